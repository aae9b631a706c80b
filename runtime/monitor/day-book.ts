/**
 * Keeps the days of a run: counts what belongs to the one that goes on, and closes it when the last bar of the day has. Where
 * the process was away over the end of days, their reports are made when it is back.
 */

import { type JournalRecord, readRecords } from '../journal/reader.ts';
import type { OpenRun } from '../live/companion.ts';
import type { Notice } from '../live/run.ts';
import { DAY_MS, type DayNotes, type DayReport, dayReport, heldAfter, NO_NOTES, type Quantities } from './day.ts';
import type { Speaker } from './message.ts';

/** Where the day that goes on began; plain data, kept over restarts. */
export interface KeptDay {
  readonly dayMs: number;
  /** Place in the engine's journal, in bytes. */
  readonly bytes: number;
  /** Signed quantities by number of the instrument. */
  readonly held: Quantities;
  readonly notes: DayNotes;
}

/** Longest time that is caught up on: who plays years of bars at once wants none of their days. */
const MOST_DAYS = 7;

/** What a run counts since its process began, of which a day takes its share. */
type Counted = Pick<DayNotes, 'slippage' | 'repairs' | 'missingBars' | 'lateBars' | 'reconnects' | 'errors'>;

export class DayBook {
  readonly #opened: OpenRun;
  readonly #speaker: Speaker;
  #kept: KeptDay | undefined;
  #counted: Counted = NO_NOTES;
  readonly #notices: Record<string, number> = {};

  constructor(opened: OpenRun, speaker: Speaker, kept: KeptDay | undefined) {
    this.#opened = opened;
    this.#speaker = speaker;
    this.#kept = kept;
  }

  /** With what has been counted so far. */
  get kept(): KeptDay | undefined {
    return this.#kept;
  }

  note({ level, what }: Notice): void {
    if (level !== 'warning' && level !== 'alert') return;
    this.#notices[what] = (this.#notices[what] ?? 0) + 1;
  }

  /** Reports of the days that have ended since it was asked last. */
  look(): readonly DayReport[] {
    const { live, fromTick } = this.#opened.trader;
    const last = live.length - 1;
    if (last < fromTick) return [];
    const nowMs = Math.floor(live.closeMs(last) / DAY_MS) * DAY_MS;
    let kept = this.#counting(this.#from(nowMs));
    const ended: DayReport[] = [];
    while (kept.dayMs < nowMs) {
      const report = this.#report(kept, true);
      if (report.bars > 0) ended.push(report);
      kept = this.#after(kept);
    }
    this.#kept = kept;
    return ended;
  }

  /** Of the day that goes on; undefined before its first bar. */
  soFar(): DayReport | undefined {
    const report = this.#kept && this.#report(this.#kept, false);
    return report !== undefined && report.bars > 0 ? report : undefined;
  }

  /** The day that goes on, or the first one that is told of. */
  #from(nowMs: number): KeptDay {
    const { live, fromTick } = this.#opened.trader;
    const earliestMs = nowMs - MOST_DAYS * DAY_MS;
    if (this.#kept !== undefined && this.#kept.dayMs >= earliestMs) return this.#kept;
    const firstMs = Math.floor(live.openMs(fromTick) / DAY_MS) * DAY_MS;
    const start = { dayMs: 0, bytes: 0, held: {}, notes: NO_NOTES, ...this.#kept };
    const dayMs = Math.max(firstMs, earliestMs);
    return this.#jump(start, dayMs, this.#kept?.notes ?? NO_NOTES);
  }

  /** Adds what was counted since the last look to the day. */
  #counting(kept: KeptDay): KeptDay {
    const { tally } = this.#opened.run;
    const { repairs, missingBars, lateBars, reconnects, errors } = tally.counts;
    const now: Counted = { slippage: tally.slippage, repairs, missingBars, lateBars, reconnects, errors };
    const { notes } = kept;
    const since = (key: keyof Counted) => notes[key] + now[key] - this.#counted[key];
    const notices = { ...notes.notices };
    for (const [what, count] of Object.entries(this.#notices)) {
      notices[what] = (notices[what] ?? 0) + count;
      delete this.#notices[what];
    }
    const counted = {
      slippage: since('slippage'),
      repairs: since('repairs'),
      missingBars: since('missingBars'),
      lateBars: since('lateBars'),
      reconnects: since('reconnects'),
      errors: since('errors'),
    };
    this.#counted = now;
    return { ...kept, notes: { ...counted, notices } };
  }

  #after(kept: KeptDay): KeptDay {
    return this.#jump(kept, kept.dayMs + DAY_MS, NO_NOTES);
  }

  /** To the start of another day: past the records that lie before it. */
  #jump({ bytes, held }: KeptDay, dayMs: number, notes: DayNotes): KeptDay {
    const { journal } = this.#opened.trader;
    const endTick = this.#firstTick(dayMs);
    const records = this.#records(bytes);
    const next = records.findIndex(({ tick }) => tick >= endTick);
    const before = next < 0 ? records : records.slice(0, next);
    return {
      dayMs,
      bytes: bytes + before.length * journal.recordBytes,
      held: this.#heldAt(before, records.length, held),
      notes,
    };
  }

  /** Where nothing has happened since, it is what the engine holds, fees in coins taken off. */
  #heldAt(before: readonly JournalRecord[], records: number, held: Quantities): Quantities {
    if (before.length < records) return heldAfter(before, held);
    const { trader } = this.#opened;
    const { traded } = trader;
    const numberOf = (instrument: number) => (traded.length === 1 ? 0 : instrument);
    return Object.fromEntries(
      traded.map(instrument => [numberOf(instrument), trader.position(instrument).quantity] as const),
    );
  }

  #report({ dayMs, bytes, held, notes }: KeptDay, isComplete: boolean): DayReport {
    const { trader } = this.#opened;
    const { fromTick, equity, live, capital } = trader;
    const from = Math.max(fromTick, this.#firstTick(dayMs));
    const to = Math.max(from, Math.min(live.length, this.#firstTick(dayMs + DAY_MS)));
    const first = from - fromTick;
    const known = this.#records(bytes);
    const records = known.filter(({ tick }) => tick < this.#firstTick(dayMs + DAY_MS));
    return dayReport({
      run: this.#speaker,
      currency: trader.currency,
      dayMs,
      startEquity: first === 0 ? capital : (equity[first - 1] ?? capital),
      equities: [...equity.subarray(first, to - fromTick)],
      records,
      trades: trader.tradesClosed(from, to),
      held: this.#heldAt(records, known.length, held),
      symbols: this.#symbols(),
      notes,
      isComplete,
    });
  }

  #records(bytes: number): readonly JournalRecord[] {
    const { journal } = this.#opened.trader;
    return readRecords(journal.recordsFrom(bytes), journal.recordBytes);
  }

  /** First tick that opens at an instant or later. */
  #firstTick(timeMs: number): number {
    const { live } = this.#opened.trader;
    const tick = live.tickOf(timeMs);
    return live.openMs(tick) < timeMs ? tick + 1 : tick;
  }

  /** As the journal numbers instruments: one that trades a single one says nothing of it. */
  #symbols(): readonly string[] {
    const { run, traded } = this.#opened.trader;
    const { instruments } = run.plan;
    const [only, ...others] = traded;
    if (only !== undefined && others.length === 0) return [instruments[only]?.symbol ?? ''];
    return instruments.map(({ symbol }) => symbol);
  }
}
