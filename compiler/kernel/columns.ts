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
import type { Plan, StageInput } from '../plan.ts';
import { type Arena, doubles, type Region } from './arena.ts';
import type { LaneData } from './run.ts';

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
}

/** All columns of a run by what they hold, placed before the memory exists and filled once it does. */
export class Columns {
  private readonly plan: Plan;
  private readonly lane: LaneData;
  private readonly arena: Arena;
  private readonly capacity: readonly number[];
  private readonly fixed: Float64Array;
  private readonly hostColumns = new Map<string, ColumnPlace>();
  private outputs: readonly (readonly ColumnPlace[])[] = [];
  /** Filled before any stage runs; before stage k runs; after all market stages. */
  private readonly makers: { readonly before: number; readonly make: (memory: WebAssembly.Memory) => Fill }[] = [];
  private fills: readonly (readonly Fill[])[] = [];
  readonly carried: readonly Carried[];
  private carry = new Float64Array(0);
  private views: readonly (Float64Array | undefined)[] = [];

  constructor(plan: Plan, lane: LaneData, arena: Arena, capacity: readonly number[], fixed: Float64Array) {
    this.plan = plan;
    this.lane = lane;
    this.arena = arena;
    this.capacity = capacity;
    this.fixed = fixed;
    this.carried = carriedColumns(plan);
  }

  placeOutputs(): void {
    this.outputs = this.plan.stages.map(({ part, clock, outputs }) => {
      if (part === 'account') return [];
      return outputs.map(({ type }) => {
        const stride = type === 'flag' ? 1 : 8;
        return { region: this.arena.reserve(stride * this.capacityOf(clock)), stride };
      });
    });
  }

  private capacityOf(clock: ClockId): number {
    return this.capacity[clock] ?? 1;
  }

  /** A market stage's output. */
  output(stage: number, output: number): ColumnPlace {
    const place = this.outputs[stage]?.[output];
    if (!place) throw new Error(`market stage ${stage} has no output ${output}`);
    return place;
  }

  /** The column of an input that no account value is part of. `reader`: the stage that reads it. */
  input(from: Exclude<StageInput, { kind: 'engine' }>, clock: ClockId, reader: number): ColumnPlace {
    if (from.kind === 'stage' && from.align === 'same') return this.output(from.stage, from.output);
    const key = JSON.stringify([clock, from]);
    const known = this.hostColumns.get(key);
    if (known) return known;
    const place = { region: this.arena.reserve(8 * this.capacityOf(clock)), stride: 8 };
    this.hostColumns.set(key, place);
    this.makers.push({
      before: from.kind === 'stage' ? reader : -1,
      make: memory => this.fillOf(from, clock, doubles(memory, place.region), memory),
    });
    return place;
  }

  private fillOf(
    from: Exclude<StageInput, { kind: 'engine' }>,
    clock: ClockId,
    column: Float64Array,
    memory: WebAssembly.Memory,
  ): Fill {
    switch (from.kind) {
      case 'bar':
        return copyBars(this.lane, clock, from.field, column);
      case 'calendar':
        return calendarFill(this.plan.clocks, this.lane, clock, from, column);
      case 'stage':
        return this.crossingFill(from, clock, column, memory);
    }
  }

  private crossingFill(from: StageEdge, clock: ClockId, column: Float64Array, memory: WebAssembly.Memory): Fill {
    const source = doubles(memory, this.output(from.stage, from.output).region);
    const sourceClock = this.plan.stages[from.stage]?.clock ?? 0;
    const carryIndex = this.carried.findIndex(c => c.stage === from.stage && c.output === from.output);
    const at = completedAt(this.lane, sourceClock, clock);
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
    const isStale = staleness(this.plan.clocks, this.lane, sourceClock, clock, this.fixed[from.maxAge] ?? Number.NaN);
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

  /** Once the memory exists. `carry`: one double for each of `carried`, part of the run's state. */
  open(memory: WebAssembly.Memory, carry: Float64Array): void {
    this.carry = carry as Float64Array<ArrayBuffer>;
    carry.fill(Number.NaN);
    this.views = this.carried.map(({ stage, output }) => doubles(memory, this.output(stage, output).region));
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

function carriedColumns(plan: Plan): readonly Carried[] {
  const carried = new Map<string, Carried>();
  const add = ({ stage, output }: Carried): void => {
    carried.set(`${stage}.${output}`, { stage, output });
  };
  for (const { inputs } of plan.stages) {
    for (const { from } of inputs) {
      if (from.kind !== 'stage' || from.align === 'same') continue;
      if (plan.stages[from.stage]?.part === 'market') add(from);
    }
  }
  for (const source of plan.brackets.flatMap(bracket => bracket.sources)) {
    const column = source.from === 'market' ? plan.marketColumns[source.index] : undefined;
    if (column) add(column);
  }
  return [...carried.values()];
}

function copyBars(lane: LaneData, clock: ClockId, field: string, column: Float64Array): Fill {
  const bars = lane.clocks[clock]?.fields[field];
  // Data without the field: every value is absent.
  if (!bars) return () => column.fill(Number.NaN);
  // As bytes: into shared memory, `set` goes word by word and takes half as long again.
  const [source, target] = [bytesBehind(bars), bytesBehind(column)];
  return blocks => {
    const block = blocks[clock];
    if (!block) return;
    const from = block.start * bars.BYTES_PER_ELEMENT;
    source.copy(target, 0, from, from + block.length * bars.BYTES_PER_ELEMENT);
  };
}

function bytesBehind({ buffer, byteOffset, byteLength }: Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
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
