/**
 * The columns that stages read and write, one block of ticks at a time, and how the host fills its own: bars are copied,
 * calendar columns computed, values of another clock laid out tick by tick. A column of a slow clock holds the ticks that
 * complete inside the block.
 */
import { Buffer } from 'node:buffer';
import { closeTimeOf } from '../../language/check/calendar.ts';
import type { ClockId } from '../../language/check/node.ts';
import type { Clock, Period } from '../../language/check/program.ts';
import { type CalendarInput, fillCalendar } from '../calendar.ts';
import { completedAt } from '../crossing.ts';
import { gridOf, type Lane, type Lanes, startsOf } from '../lanes.ts';
import type { Plan, StageInput } from '../plan.ts';
import { type Arena, doubles, type Region } from './arena.ts';
import { barColumn } from './bar-column.ts';
import type { LaneData, RunData } from './run.ts';

export type ColumnInput = Exclude<StageInput, { kind: 'engine' }>;
type StageEdge = Extract<StageInput, { kind: 'stage' }>;

/** Ticks of one clock that complete in the current block. */
export interface ClockBlock {
  readonly start: number;
  readonly length: number;
}
export type Blocks = readonly ClockBlock[];

export interface ColumnPlace {
  readonly region: Region;
  readonly stride: number;
}

/** Fills one column for the block. */
type Fill = (blocks: Blocks) => void;

/** Ticks of each clock that a block can complete at most. */
export function capacities(clocks: readonly Clock[], lane: LaneData, blockTicks: number): readonly number[] {
  const base = Math.max(1, Math.min(blockTicks, lane.clocks[0]?.length ?? 0));
  return clocks.map(({ period }, clock) => {
    if (clock === 0) return base;
    const ratio = Math.max(1, Math.floor(shortestMs(period) / longestMs(clocks[0]?.period ?? period)));
    return Math.min(base, Math.ceil(base / ratio) + 1);
  });
}
const DAY_MS = 86_400_000;
const shortestMs = (period: Period): number => (period.kind === 'fixed' ? period.ms : period.months * 28 * DAY_MS);
const longestMs = (period: Period): number => (period.kind === 'fixed' ? period.ms : period.months * 31 * DAY_MS);

/** Values whose last one before the block is needed in it: read across clocks, or by a bracket at the tick before. */
export interface Carried {
  readonly stage: number;
  readonly output: number;
  readonly lane: number;
}

/** All columns of a run by what they hold, placed before the memory exists and filled once it does. */
export class Columns {
  private readonly plan: Plan;
  private readonly data: RunData;
  private readonly grid: LaneData;
  private readonly lanes: Lanes;
  private readonly arena: Arena;
  private readonly capacity: readonly number[];
  private readonly fixed: Float64Array;
  private readonly hostColumns = new Map<string, ColumnPlace>();
  /** By stage, lane and output. */
  private outputs: readonly (readonly (readonly ColumnPlace[])[])[] = [];
  /** Filled before any stage runs; before stage k runs; after all market stages. */
  private readonly makers: { readonly before: number; readonly make: (memory: WebAssembly.Memory) => Fill }[] = [];
  private fills: readonly (readonly Fill[])[] = [];
  readonly carried: readonly Carried[];
  private carry = new Float64Array(0);
  private views: readonly (Float64Array | undefined)[] = [];

  constructor(plan: Plan, data: RunData, lanes: Lanes, arena: Arena, capacity: readonly number[], fixed: Float64Array) {
    this.plan = plan;
    this.data = data;
    this.grid = gridOf(data);
    this.lanes = lanes;
    this.arena = arena;
    this.capacity = capacity;
    this.fixed = fixed;
    this.carried = carriedColumns(plan, lanes);
  }

  placeOutputs(): void {
    this.outputs = this.plan.stages.map(({ part, clock, axis, outputs }) => {
      if (part === 'account') return [];
      return this.lanes.of(axis).map(() =>
        outputs.map(({ type }) => {
          const stride = type === 'flag' ? 1 : 8;
          return { region: this.arena.reserve(stride * this.capacityOf(clock)), stride };
        }),
      );
    });
  }

  private capacityOf(clock: ClockId): number {
    return this.capacity[clock] ?? 1;
  }

  /** A market stage's output. What has no axis stands in one column, whatever the lane that reads it. */
  output(stage: number, output: number, lane: number): ColumnPlace {
    const place = this.outputs[stage]?.[this.laneIn(stage, lane)]?.[output];
    if (!place) throw new Error(`market stage ${stage} has no output ${output} in lane ${lane}`);
    return place;
  }

  private laneIn(stage: number, lane: number): number {
    return this.plan.stages[stage]?.axis === null ? 0 : lane;
  }

  /** The column of an input that no account value is part of. `reader`: the stage that reads it. */
  input(from: ColumnInput, clock: ClockId, reader: number, lane: Lane): ColumnPlace {
    if (from.kind === 'stage' && from.align === 'same') return this.output(from.stage, from.output, lane.index);
    const key = JSON.stringify([clock, from, this.ownerOf(from, lane)]);
    const known = this.hostColumns.get(key);
    if (known) return known;
    const place = { region: this.arena.reserve(8 * this.capacityOf(clock)), stride: 8 };
    this.hostColumns.set(key, place);
    this.makers.push({
      before: from.kind === 'stage' ? reader : -1,
      make: memory => this.fillOf(from, clock, lane, doubles(memory, place.region), memory),
    });
    return place;
  }

  /** What tells a lane's column from another's: equal ones are laid out once. */
  private ownerOf(from: ColumnInput, lane: Lane): number {
    switch (from.kind) {
      case 'bar':
        return from.instrument === 'member' ? lane.instrument : from.instrument;
      case 'prediction':
        return from.member ? lane.index : 0;
      case 'calendar':
        return 0;
      case 'stage':
        return this.laneIn(from.stage, lane.index);
    }
  }

  private fillOf(
    from: ColumnInput,
    clock: ClockId,
    lane: Lane,
    column: Float64Array,
    memory: WebAssembly.Memory,
  ): Fill {
    switch (from.kind) {
      case 'bar': {
        const instrument = this.data.instruments[this.ownerOf(from, lane)];
        if (!instrument) throw new Error(`the data have no instrument ${this.ownerOf(from, lane)}`);
        const start = startsOf(this.plan.clocks, instrument)[clock] ?? 0;
        return copyColumn(barColumn(this.plan.clocks, instrument, clock, from), clock, start, column);
      }
      case 'prediction':
        return copyColumn(this.data.predictions.get(from.key)?.[this.ownerOf(from, lane)], clock, 0, column);
      case 'calendar':
        return calendarFill(this.plan.clocks, this.grid, clock, from, column);
      case 'stage':
        return this.crossingFill(from, clock, lane, column, memory);
    }
  }

  private crossingFill(
    from: StageEdge,
    clock: ClockId,
    lane: Lane,
    column: Float64Array,
    memory: WebAssembly.Memory,
  ): Fill {
    const source = doubles(memory, this.output(from.stage, from.output, lane.index).region);
    const sourceClock = this.plan.stages[from.stage]?.clock ?? 0;
    const carryIndex = this.carriedIndex({ ...from, lane: this.laneIn(from.stage, lane.index) });
    const at = completedAt(this.grid, sourceClock, clock);
    const lay: Fill = blocks => {
      const [to, of] = [blocks[clock], blocks[sourceClock]];
      if (!to || !of) return;
      for (let i = 0; i < to.length; i++) {
        const tick = at[to.start + i] ?? -1;
        if (tick < 0) column[i] = Number.NaN;
        else column[i] = tick < of.start ? (this.carry[carryIndex] as number) : (source[tick - of.start] as number);
      }
    };
    if (from.maxAge === undefined) return lay;
    const isStale = staleness(this.plan.clocks, this.grid, sourceClock, clock, this.fixed[from.maxAge] ?? Number.NaN);
    return blocks => {
      lay(blocks);
      const to = blocks[clock];
      if (!to) return;
      for (let i = 0; i < to.length; i++) {
        const tick = at[to.start + i] ?? -1;
        if (tick >= 0 && isStale(tick, to.start + i)) column[i] = Number.NaN;
      }
    };
  }

  /** -1 for a value that is not carried. */
  carriedIndex({ stage, output, lane }: Carried): number {
    return this.carried.findIndex(one => one.stage === stage && one.output === output && one.lane === lane);
  }

  /** Once the memory exists. `carry`: one double for each of `carried`, part of the run's state. */
  open(memory: WebAssembly.Memory, carry: Float64Array): void {
    this.carry = carry as Float64Array<ArrayBuffer>;
    carry.fill(Number.NaN);
    this.views = this.carried.map(({ stage, output, lane }) =>
      doubles(memory, this.output(stage, output, lane).region),
    );
    const fills = Array.from({ length: this.plan.stages.length + 1 }, (): Fill[] => []);
    for (const { before, make } of this.makers) fills[before + 1]?.push(make(memory));
    this.fills = fills;
  }

  /** Bars and calendar. */
  fillFromData(blocks: Blocks): void {
    for (const fill of this.fills[0] ?? []) fill(blocks);
  }

  /** What stage k reads of other clocks; the stages before it have run. */
  fillForStage(stage: number, blocks: Blocks): void {
    for (const fill of this.fills[stage + 1] ?? []) fill(blocks);
  }

  /** After the block: what the next one needs of it. */
  keepLast(blocks: Blocks): void {
    this.carried.forEach(({ stage }, index) => {
      const block = blocks[this.plan.stages[stage]?.clock ?? 0];
      if (!block || block.length === 0) return;
      this.carry[index] = this.views[index]?.[block.length - 1] ?? Number.NaN;
    });
  }
}

function carriedColumns(plan: Plan, lanes: Lanes): readonly Carried[] {
  const carried = new Map<string, Carried>();
  const add = (one: Carried): void => {
    carried.set(`${one.stage}.${one.output}.${one.lane}`, one);
  };
  for (const { inputs } of plan.stages) {
    for (const { from } of inputs) {
      if (from.kind !== 'stage' || from.align === 'same') continue;
      const source = plan.stages[from.stage];
      if (source?.part !== 'market') continue;
      for (const { index } of lanes.of(source.axis)) add({ stage: from.stage, output: from.output, lane: index });
    }
  }
  for (const source of plan.brackets.flatMap(bracket => bracket.sources)) {
    const column = source.from === 'market' ? plan.marketColumns[source.index] : undefined;
    if (column) add({ ...column, lane: 0 });
  }
  return [...carried.values()];
}

/** `start`: the first tick that the column has; before it every value is absent. */
function copyColumn(values: Float64Array | undefined, clock: ClockId, start: number, column: Float64Array): Fill {
  // Data without the field, or a model that has said nothing: every value is absent.
  if (!values) return () => column.fill(Number.NaN);
  // As bytes: into shared memory, `set` goes word by word and takes half as long again.
  const [source, target] = [bytesBehind(values), bytesBehind(column)];
  return blocks => {
    const block = blocks[clock];
    if (!block) return;
    const from = block.start * values.BYTES_PER_ELEMENT;
    Buffer.prototype.copy.call(source, target, 0, from, from + block.length * values.BYTES_PER_ELEMENT);
    if (block.start < start) column.fill(Number.NaN, 0, start - block.start);
  };
}

/** Of a column that grows while the run goes on: bytes that grow with it. */
function bytesBehind({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  const grows = buffer instanceof ArrayBuffer && buffer.resizable;
  return grows ? new Uint8Array(buffer, byteOffset) : Buffer.from(buffer, byteOffset, byteLength);
}

function calendarFill(
  clocks: readonly Clock[],
  lane: LaneData,
  clock: ClockId,
  input: CalendarInput,
  column: Float64Array,
): Fill {
  const period = clocks[clock]?.period;
  const first = lane.clocks[clock]?.firstOrdinal;
  if (!period || first === undefined) throw new Error(`the data have no clock ${clock}`);
  return blocks => {
    const block = blocks[clock];
    if (block) fillCalendar(input, clocks, period, first + block.start, block.length, column);
  };
}

/** Whether a value of clock `from` is older than `maxAgeMs` at a tick of clock `to`, both counted at their closes. */
export function staleness(
  clocks: readonly Clock[],
  lane: LaneData,
  from: ClockId,
  to: ClockId,
  maxAgeMs: number,
): (fromTick: number, toTick: number) => boolean {
  const closing = (clock: ClockId): ((tick: number) => number) => {
    const period = clocks[clock]?.period;
    const first = lane.clocks[clock]?.firstOrdinal;
    if (!period || first === undefined) throw new Error(`the data have no clock ${clock}`);
    return tick => closeTimeOf(period, first + tick);
  };
  const [closeFrom, closeTo] = [closing(from), closing(to)];
  return (fromTick, toTick) => closeTo(toTick) - closeFrom(fromTick) > maxAgeMs;
}
