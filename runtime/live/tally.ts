/**
 * What a run notes of itself while it goes on and its journal does not keep: how often what happened, how late bars came,
 * what fills cost against what was expected of them, the latest signals. It is told, never asked: nothing is decided by it.
 */
import { readRecords } from '../journal/reader.ts';
import type { LiveTrader } from './live-trader.ts';
import { NOTHING_COUNTED, type RunCounts, type SignalStatus } from './status.ts';
import type { Input } from './store/rows.ts';

/** Of the latest fills and orders. */
const KEPT_FIGURES = 1000;
const KEPT_SIGNALS = 20;

export class Tally {
  /** Since the process began. */
  readonly counts: { -readonly [K in keyof RunCounts]: number } = { ...NOTHING_COUNTED };
  /** Money that fills cost beyond what was expected of them; of the latest ones, in hundredths of a percent. */
  slippage = 0;
  readonly slippageBps: number[] = [];
  /** By number of the instrument: from the close of its last bar until it was known here. */
  readonly latenessMs = new Map<number, number>();
  /** The latest, newest first. */
  readonly signals: SignalStatus[] = [];

  readonly #trader: LiveTrader;

  constructor(trader: LiveTrader) {
    this.#trader = trader;
  }

  /** To be told before the engine is moved by an input: what was expected of an order is known as long as it works. */
  input(input: Input): void {
    const { live, orders } = this.#trader;
    if (input.type === 'bar') {
      const instrument = input.instrument ?? 0;
      this.latenessMs.set(instrument, input.receivedMs - live.closeMs(live.market(instrument).length));
    }
    if (input.type !== 'event' || input.event.type !== 'fill') return;
    const { price, quantity, order: id } = input.event;
    const order = orders.find(known => known.order.id === id)?.order;
    if (order === undefined) return;
    const closed = live.market(this.#trader.instrumentOf(id)).market.bars.close[live.length - 1] ?? Number.NaN;
    const expected = Number.isNaN(order.price) ? closed : order.price;
    const worse = (price - expected) * order.direction;
    if (Number.isNaN(worse)) return;
    this.slippage += worse * quantity;
    push(this.slippageBps, (worse / expected) * 10_000);
  }

  /** What the engine has journaled of an input. */
  records(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { live, run, journal } = this.#trader;
    const { rules, rebalances, instruments } = run.plan;
    for (const record of readRecords(bytes, journal.recordBytes)) {
      if (record.kind !== 'intent') continue;
      const rule = rules[record.rule];
      const text = rule?.text ?? rebalances[record.rule - rules.length]?.text;
      if (text === undefined) continue;
      this.signals.unshift({
        symbol: instruments[record.instrument ?? rule?.instrument ?? 0]?.symbol ?? '',
        rule: text,
        timeMs: live.closeMs(record.tick),
        values: { price: record.reference, quantity: record.quantity, ...watched(this.#trader) },
      });
    }
    this.signals.splice(KEPT_SIGNALS);
  }
}

function push(figures: number[], figure: number): void {
  figures.push(figure);
  if (figures.length > KEPT_FIGURES) figures.shift();
}

/** Named streams as of the bar that closed last; those of a slower clock only where a bar of it has just completed. */
function watched({ run }: LiveTrader): Record<string, number> {
  const values: Record<string, number> = {};
  for (const { name, clock, value } of run.plan.watches) {
    const length = run.blocks[clock]?.length ?? 0;
    const column = value.from === 'market' ? run.market[value.index] : undefined;
    const found = column?.[length - 1];
    if (found !== undefined && Number.isFinite(found)) values[name] = found;
  }
  return values;
}
