/**
 * The bars of one instrument in the order in which they are told: each once, none before its time, gaps filled or declared.
 * Knows nothing of sockets: it is offered what a stream says and what a look by REST brought, and answers with what is to be
 * told now.
 *
 * A bar is over by the venue's own flag or by the first bar after it. A timer may ask the venue again; it never ends a bar.
 */
import type { LiveBar } from '../../live/ports.ts';

export type Telling =
  | { readonly type: 'bar'; readonly bar: LiveBar }
  | { readonly type: 'missing'; readonly openMs: number }
  | { readonly type: 'revised'; readonly bar: LiveBar };

/** What was wrong with bars that were offered; monitoring reads it. */
export interface SequenceCounts {
  duplicates: number;
  outOfOrder: number;
  unsound: number;
  missing: number;
  revised: number;
}

/** Bars that are compared with what comes later. */
const REMEMBERED = 512;

export class BarSequence {
  readonly periodMs: number;
  readonly counts: SequenceCounts = { duplicates: 0, outOfOrder: 0, unsound: 0, missing: 0, revised: 0 };
  /** Open of the bar that is told next. */
  nextMs: number;
  /** A bar of this open has been seen, so all before it are over. */
  #seenMs = Number.NEGATIVE_INFINITY;
  readonly #closed = new Map<number, LiveBar>();
  readonly #told = new Map<number, LiveBar | undefined>();

  constructor(periodMs: number, fromMs: number) {
    this.periodMs = periodMs;
    this.nextMs = fromMs;
  }

  /** Whether bars are over that have not been told, so that a look by REST must bring them. */
  get isBehind(): boolean {
    return this.#seenMs > this.nextMs;
  }

  /** A bar of the stream; `isClosed`: by the venue's own word. */
  offer(bar: LiveBar, isClosed: boolean): readonly Telling[] {
    if (!isSound(bar, this.periodMs)) {
      this.counts.unsound++;
      return [];
    }
    if (bar.openMs < this.#seenMs) this.counts.outOfOrder++;
    this.#see(bar.openMs);
    if (!isClosed) return [];
    this.#see(bar.openMs + this.periodMs);
    if (bar.openMs < this.nextMs) {
      const tellings = this.#compare(bar);
      if (tellings.length === 0) this.counts.duplicates++;
      return tellings;
    }
    if (this.#closed.has(bar.openMs)) this.counts.duplicates++;
    // Where the venue says two things, the later is what it will say from now on.
    this.#closed.set(bar.openMs, bar);
    return this.#advance();
  }

  /**
   * Bars that REST gave, in order, the newest perhaps unfinished: an answer may be older than the stream, and have the last
   * bar as it was before its end. `isFinal`: the venue has been asked before, so a bar that it has not, although it has
   * later ones, does not exist, and its last one is what it will be.
   */
  fill(bars: readonly LiveBar[], isFinal: boolean): readonly Telling[] {
    const tellings: Telling[] = [];
    for (const bar of bars) {
      if (!isSound(bar, this.periodMs)) {
        this.counts.unsound++;
        continue;
      }
      this.#see(bar.openMs);
    }
    const newestMs = bars.at(-1)?.openMs ?? 0;
    for (const bar of bars) {
      const { openMs } = bar;
      if (!isSound(bar, this.periodMs) || openMs >= this.#seenMs) continue;
      const isNewest = openMs === newestMs;
      if (openMs < this.nextMs) tellings.push(...(isNewest ? [] : this.#compare(bar)));
      else if (!this.#closed.has(openMs) && (isFinal || !isNewest)) this.#closed.set(openMs, bar);
    }
    tellings.push(...this.#advance());
    while (isFinal && this.isBehind) {
      this.counts.missing++;
      tellings.push({ type: 'missing', openMs: this.nextMs });
      this.#remember(this.nextMs, undefined);
      this.nextMs += this.periodMs;
      tellings.push(...this.#advance());
    }
    return tellings;
  }

  #see(openMs: number): void {
    this.#seenMs = Math.max(this.#seenMs, openMs);
  }

  #advance(): readonly Telling[] {
    const tellings: Telling[] = [];
    for (let bar = this.#closed.get(this.nextMs); bar !== undefined; bar = this.#closed.get(this.nextMs)) {
      tellings.push({ type: 'bar', bar });
      this.#closed.delete(this.nextMs);
      this.#remember(this.nextMs, bar);
      this.nextMs += this.periodMs;
    }
    return tellings;
  }

  #compare(bar: LiveBar): readonly Telling[] {
    if (!this.#told.has(bar.openMs)) return [];
    const before = this.#told.get(bar.openMs);
    if (before !== undefined && isSame(before, bar)) return [];
    this.counts.revised++;
    this.#remember(bar.openMs, bar);
    return [{ type: 'revised', bar }];
  }

  #remember(openMs: number, bar: LiveBar | undefined): void {
    this.#told.set(openMs, bar);
    if (this.#told.size <= REMEMBERED) return;
    const [oldest] = this.#told.keys();
    if (oldest !== undefined) this.#told.delete(oldest);
  }
}

/** Volumes that were summed here and there differ in their last digits. */
const VOLUME_TOLERANCE = 1e-9;

function isSame(a: LiveBar, b: LiveBar): boolean {
  const isVolumeSame = Math.abs(a.volume - b.volume) <= VOLUME_TOLERANCE * Math.max(a.volume, b.volume);
  return a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close && isVolumeSame;
}

/** Numbers that a bar can have, on the grid. */
export function isSound({ openMs, open, high, low, close, volume }: LiveBar, periodMs: number): boolean {
  const isOrdered = low <= Math.min(open, close) && high >= Math.max(open, close);
  const areNumbers = [open, high, low, close, volume].every(Number.isFinite);
  return areNumbers && isOrdered && low > 0 && volume >= 0 && openMs % periodMs === 0;
}
