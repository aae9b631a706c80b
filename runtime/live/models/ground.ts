/**
 * The bars that models see in a run: those before the run began, which trainings learn from, and all that the run has
 * consumed since. Apart from the run's own columns, which begin later and are written when a tick is taken: here a tick
 * stands as soon as it is told, so that models can be asked about it first.
 */
import type { InstrumentData, RunData } from '../../../compiler/kernel/run.ts';
import { sliceData } from '../../models/dataset/slice.ts';
import { firstTickFrom, openMs } from '../../models/splits/calendar.ts';
import type { Grid } from '../../models/splits/fold.ts';
import type { LiveGrid } from '../grid.ts';
import type { Input } from '../store/rows.ts';

export class Ground {
  /** All instruments of the plan, with the bars before the run in them. */
  readonly grid: LiveGrid;
  /** Ticks before the run's first one. */
  readonly past: number;
  /** Views on all ticks that there is room for; those to come are not written yet. */
  readonly instruments: readonly InstrumentData[];

  /** `grid` is new; `firstMs`: open of the run's first tick. */
  constructor(grid: LiveGrid, firstMs: number) {
    if (grid.length > 0) throw new RangeError('what models see of a run is seen from its first bar on');
    this.grid = grid;
    this.past = grid.tickOf(firstMs);
    // To be asked for before the first bar.
    this.instruments = grid.markets.map(({ instrument }) => instrument);
  }

  /** Ticks that all instruments have. */
  get length(): number {
    return this.grid.length;
  }

  get clocks(): LiveGrid['spec']['clocks'] {
    return this.grid.spec.clocks;
  }

  openMs(tick: number): number {
    return this.grid.openMs(tick);
  }

  tickOf(timeMs: number): number {
    return this.grid.tickOf(timeMs);
  }

  /** Takes in what is not there yet. */
  take(input: Extract<Input, { type: 'bar' | 'missing' | 'funding' }>): void {
    const instrument = input.instrument ?? 0;
    const market = this.grid.market(instrument);
    if (input.type === 'funding') {
      market.addFunding(input.timeMs, input.rate);
      return;
    }
    if (market.tickOf(input.type === 'bar' ? input.bar.openMs : input.openMs) < market.length) return;
    if (input.type === 'bar') this.grid.append(instrument, input.bar);
    else this.grid.append(instrument, undefined, input.mark);
  }

  get #lane(): InstrumentData {
    const [first] = this.instruments;
    if (first === undefined) throw new Error('a run has at least one instrument');
    return first;
  }

  /** The clock's tick that completes with a base tick; −1 where none does. */
  completedAt(clock: number, baseTick: number): number {
    if (clock === 0) return baseTick;
    const completed = this.#lane.completed[clock];
    const at = completed?.[baseTick] ?? -1;
    return at > (baseTick === 0 ? -1 : (completed?.[baseTick - 1] ?? -1)) ? at : -1;
  }

  gridOf(clock: number): Grid {
    const period = this.clocks[clock]?.period;
    const columns = this.#lane.clocks[clock];
    if (period === undefined || columns === undefined) throw new RangeError(`a run has no clock ${clock}`);
    return { period, firstOrdinal: columns.firstOrdinal, length: columns.length };
  }

  lengthOf(clock: number): number {
    return this.gridOf(clock).length;
  }

  /** Ticks of a clock before the run's first one. */
  before(clock: number): number {
    return Math.max(0, firstTickFrom(this.gridOf(clock), this.openMs(this.past)));
  }

  /** The latest tick of a clock that is complete; −1 for none. */
  lastOf(clock: number): number {
    if (clock === 0) return this.length - 1;
    return this.length === 0 ? -1 : (this.#lane.completed[clock]?.[this.length - 1] ?? -1);
  }

  openOf(clock: number, tick: number): number {
    return openMs(this.gridOf(clock), tick);
  }

  /** Tick of a clock by the open of its bar. */
  tickOn(clock: number, timeMs: number): number {
    return firstTickFrom(this.gridOf(clock), timeMs);
  }

  /** A copy of the ticks before `until`, for another thread: nothing in it changes any more. */
  until(until: number): RunData {
    const { data } = sliceData({ instruments: this.instruments, predictions: new Map() }, this.clocks, 0, until);
    return { instruments: data.instruments.map(copyOf), predictions: new Map() };
  }
}

/** Views would travel with all that lies behind them. Where nothing comes any more, `held` says what is absent. */
function copyOf({ clocks, completed, held, firstTick, endTick }: InstrumentData): InstrumentData {
  return {
    firstTick,
    endTick,
    clocks: clocks.map(({ fields, ...clock }) => ({
      ...clock,
      fields: Object.fromEntries(Object.entries(fields).map(([name, column]) => [name, column.slice()])),
    })),
    completed: completed.map(ticks => ticks.slice()),
    held: held.slice(),
  };
}
