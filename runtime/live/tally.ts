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

  /** Of named streams, as of the last bar of their clock. */
  readonly #named = new Map<string, number>();
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
    this.#remember();
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
        values: { price: record.reference, quantity: record.quantity, ...this.#namedIn(text) },
      });
    }
    this.signals.splice(KEPT_SIGNALS);
  }

  /** A bar of a slower clock completes long before the signal that it leads to. */
  #remember(): void {
    const { run } = this.#trader;
    // Where there are lanes a name has a value in each of them.
    if (run.plan.universes.length > 0) return;
    for (const { name, clock, value } of run.plan.watches) {
      const last = (run.blocks[clock]?.length ?? 0) - 1;
      if (last < 0) continue;
      const { from, index } = value;
      const column = from === 'market' ? run.market[index] : from === 'flag' ? run.flags[index] : undefined;
      const found = from === 'account' ? run.account[index] : column?.[last];
      if (found !== undefined) this.#named.set(name, found);
    }
  }

  /** Of the streams that a rule speaks of by name, what they were last. */
  #namedIn(rule: string): Record<string, number> {
    const words = new Set(rule.match(/[A-Za-z_]\w*/g));
    const known = [...this.#named].filter(([name, value]) => words.has(name) && Number.isFinite(value));
    return Object.fromEntries(known);
  }
}

function push(figures: number[], figure: number): void {
  figures.push(figure);
  if (figures.length > KEPT_FIGURES) figures.shift();
}
