/**
 * The instruments of a run on one grid. Each has its own bars; a tick is over when all of them have theirs, or are known to
 * have none. An instrument may be ahead of the others, which nothing sees before the tick is over.
 */
import type { InstrumentData, PlanData, RunData } from '../../compiler/kernel/run.ts';
import type { Clock } from '../../language/check/program.ts';
import { calendarsOf, LiveMarket, type MarketSpec, type SlowCalendar } from './market.ts';
import type { LiveBar, MarkPrices } from './ports.ts';

export interface GridSpec {
  readonly clocks: readonly Pick<Clock, 'period'>[];
  /** Open of the first bar, tick 0. */
  readonly firstMs: number;
  /** Ticks that there is room for. */
  readonly capacity: number;
  /** By number of the plan's instruments. */
  readonly markets: readonly MarketSpec[];
}

export class LiveGrid {
  readonly markets: readonly LiveMarket[];
  readonly spec: GridSpec;
  /** Ticks that are over. */
  length = 0;

  readonly #first: LiveMarket;

  readonly #calendars: readonly SlowCalendar[];

  constructor(spec: GridSpec, calendars: readonly SlowCalendar[] = calendarsOf(spec)) {
    const { clocks, firstMs, capacity } = spec;
    this.spec = spec;
    this.#calendars = calendars;
    this.markets = spec.markets.map(market => new LiveMarket({ clocks, firstMs, capacity, ...market }, calendars));
    const [first] = this.markets;
    if (first === undefined) throw new Error('a run has at least one instrument');
    this.#first = first;
  }

  /** Another of the same, without bars. */
  twin(): LiveGrid {
    return new LiveGrid(this.spec, this.#calendars);
  }

  /** By number of the instrument. */
  market(instrument: number): LiveMarket {
    const market = this.markets[instrument];
    if (market === undefined) throw new RangeError(`the run has no instrument ${instrument}`);
    return market;
  }

  /** Takes the next bar of an instrument in; undefined: there is none. Gives whether that ended a tick. */
  append(instrument: number, bar: LiveBar | undefined, mark: MarkPrices | undefined = bar?.mark): boolean {
    this.market(instrument).append(bar, mark);
    const before = this.length;
    let length = Number.POSITIVE_INFINITY;
    for (const market of this.markets) length = Math.min(length, market.length);
    this.length = length;
    return length > before;
  }

  /** Tick of the bar that opens at an instant, or holds it. */
  tickOf(timeMs: number): number {
    return this.#first.tickOf(timeMs);
  }

  openMs(tick: number): number {
    return this.#first.openMs(tick);
  }

  closeMs(tick: number): number {
    return this.#first.closeMs(tick);
  }

  get isFull(): boolean {
    return this.length === this.spec.capacity;
  }

  /** What a kernel is opened on. One instrument that asks no model is opened by its lane alone, as in a backtest. */
  data(predictions: RunData['predictions'] = new Map()): PlanData {
    if (this.markets.length === 1 && predictions.size === 0) return this.#first.lane;
    return { instruments: this.markets.map((market): InstrumentData => market.instrument), predictions };
  }
}
