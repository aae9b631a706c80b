/**
 * A plan at work: one memory that holds params, states, io tables and a block of columns, and the order in which stages
 * run over it. Holds no meaning of its own; all values come from the kernel, the data and the binding.
 */

import { type Binding, bind, type InstrumentMeta, type OpenRun, type ParamValues, type RunOptions } from '../bind.ts';
import { closingTicks, completedAt } from '../crossing.ts';
import type { Plan } from '../plan.ts';
import { bytesOf, doubles } from './arena.ts';
import { type Blocks, type Columns, staleness } from './columns.ts';
import { MATH_IMPORTS } from './math.ts';
import { type AgedCell, engineIndex, type Placement, placeRun } from './placement.ts';
import { BLOCK_TICKS, type LaneData, type PlanRun } from './run.ts';
import { type Bound, readSnapshot, writeSnapshot } from './snapshot.ts';
import { MISSING_UPDATES_OFFSET } from './stage-builder.ts';

/** Binds a plan and instantiates its kernel. Throws a `BindError` when it cannot run with these values. */
export const openKernelRun: OpenRun = (plan, params, lane, meta, options) =>
  new KernelRun(plan, params, lane, meta, options);

type Advance = (state: number, io: number, offset: number, count: number) => number;
type Bracket = (frozen: number, live: number) => number;

/** Modules by the bytes of their plan: a sweep compiles once. */
const modules = new WeakMap<Uint8Array, WebAssembly.Module>();

function moduleOf(wasm: Uint8Array): WebAssembly.Module {
  const known = modules.get(wasm);
  if (known) return known;
  const module = new WebAssembly.Module(wasm);
  modules.set(wasm, module);
  return module;
}

interface RunningStage {
  readonly index: number;
  readonly clock: number;
  readonly state: number;
  readonly io: number;
  readonly advance: Advance;
}

interface RunningBracket {
  readonly evaluate: Bracket;
  /** Reads the live values into their places. */
  readonly sources: readonly { readonly array: 'engine' | 'market' | 'account'; readonly index: number }[];
}

class KernelRun implements PlanRun {
  readonly plan: Plan;
  readonly fixed: Float64Array;
  readonly ruleReady: readonly number[];
  readonly flags: readonly Uint8Array[];
  readonly market: readonly Float64Array[];
  readonly engine: Float64Array;
  readonly account: Float64Array;
  readonly hasAccountPart: boolean;
  readonly accountReads: ReadonlySet<string>;
  blockStart = 0;
  blockLength = 0;
  blocks: Blocks;

  private readonly lane: LaneData;
  private readonly blockTicks: number;
  private readonly placement: Placement;
  private readonly columns: Columns;
  private readonly marketStages: readonly RunningStage[];
  private readonly accountStages: readonly RunningStage[];
  /** The account part, when it is one stage on the base clock that a call can run over many ticks. */
  private readonly single: RunningStage | undefined;
  private readonly slowTicks: readonly (SlowTicks | undefined)[];
  private readonly agedCells: readonly RunningAgedCell[];
  private readonly cells: Float64Array;
  private readonly flagCells: readonly number[];
  private readonly brackets: readonly RunningBracket[];
  private readonly frozen: Float64Array;
  private readonly live: Float64Array;
  /** For each market column a bracket reads, its value at the tick before the block; else 0. */
  private readonly beforeBlock: Float64Array;
  private readonly carry: Float64Array;
  private readonly carryOfMarket: readonly number[];
  private readonly marketState: Uint8Array;
  private readonly marketBefore: Uint8Array;
  private readonly accountState: Uint8Array;
  private readonly bound: readonly Bound[];
  private readonly missingUpdates: readonly Int32Array[];
  private nextStep = 0;

  constructor(
    plan: Plan,
    params: ParamValues,
    lane: LaneData,
    meta: readonly InstrumentMeta[],
    { blockTicks = BLOCK_TICKS }: RunOptions = {},
  ) {
    if (!Number.isInteger(blockTicks) || blockTicks < 1)
      throw new RangeError(`a block cannot have ${blockTicks} ticks`);
    const binding = bind(plan, params, lane, meta);
    const placement = placeRun(plan, lane, blockTicks, binding.fixed);
    const memory = placement.arena.createMemory();
    const stages = startStages(plan, binding, placement, memory);

    this.plan = plan;
    this.lane = lane;
    this.blockTicks = blockTicks;
    this.fixed = binding.fixed;
    this.ruleReady = binding.ruleReady;
    this.placement = placement;
    this.columns = placement.columns;
    this.blocks = plan.clocks.map(() => ({ start: 0, length: 0 }));
    this.marketStages = stages.running.filter(({ index }) => plan.stages[index]?.part === 'market');
    this.accountStages = stages.running.filter(({ index }) => plan.stages[index]?.part === 'account');
    this.hasAccountPart = this.accountStages.length > 0;
    this.accountReads = new Set(
      plan.stages.flatMap(stage => stage.inputs.flatMap(({ from }) => (from.kind === 'engine' ? [from.field] : []))),
    );

    const column = ({ stage, output }: { readonly stage: number; readonly output: number }) =>
      placement.columns.output(stage, output).region;
    this.market = plan.marketColumns.map(place => doubles(memory, column(place)));
    this.flags = plan.flagColumns.map(place => bytesOf(memory, column(place)));
    this.engine = doubles(memory, placement.engine).fill(Number.NaN);
    this.cells = doubles(memory, placement.cells).fill(Number.NaN);
    this.account = this.cells.subarray(0, plan.accountColumns.length);
    this.frozen = doubles(memory, placement.frozen);
    this.live = doubles(memory, placement.live);

    this.carry = doubles(memory, placement.carry);
    this.beforeBlock = this.carry.slice().fill(Number.NaN);
    this.carryOfMarket = plan.marketColumns.map(({ stage, output }) =>
      placement.columns.carried.findIndex(c => c.stage === stage && c.output === output),
    );
    placement.columns.open(memory, this.carry);

    const needsEach = this.accountStages.length > 1 || placement.agedCells.length > 0;
    const [first] = this.accountStages;
    this.single = first && first.clock === 0 && !needsEach ? first : undefined;
    this.slowTicks = slowTicksOf(plan, lane);
    this.agedCells = placement.agedCells.map(aged => runAgedCell(plan, lane, binding.fixed, aged));
    this.flagCells = plan.accountColumns.flatMap(({ stage, output }, index) =>
      plan.stages[stage]?.outputs[output]?.type === 'flag' ? [index] : [],
    );
    this.brackets = plan.brackets.map(({ sources }, k) => ({
      evaluate: exported<Bracket>(stages.exports, `bracket_${k}`),
      sources: sources.map(source =>
        source.from === 'engine'
          ? { array: 'engine', index: engineIndex(source) }
          : { array: source.from, index: source.index },
      ),
    }));

    this.marketState = bytesOf(memory, placement.marketState);
    this.marketBefore = bytesOf(memory, placement.marketBefore);
    this.accountState = bytesOf(memory, placement.accountState);
    this.bound = [
      { what: 'another state layout', bytes: new TextEncoder().encode(plan.layoutHash) },
      ...placement.params.map(region => ({
        what: 'other params or on data that begin elsewhere',
        bytes: bytesOf(memory, region),
      })),
    ];
    this.missingUpdates = placement.states.map(
      ({ offset }) => new Int32Array(memory.buffer, offset + MISSING_UPDATES_OFFSET, 1),
    );
  }

  nextBlock(): boolean {
    const start = this.blockStart + this.blockLength;
    return this.runBlock(Math.min(this.blockTicks, (this.lane.clocks[0]?.length ?? 0) - start));
  }

  /** The next `length` ticks. */
  private runBlock(length: number): boolean {
    const start = this.blockStart + this.blockLength;
    if (length <= 0) return false;
    this.marketBefore.set(this.marketState);
    this.beforeBlock.set(this.carry);
    this.setBlock(start, length);
    const { columns, blocks } = this;
    columns.fillFromData(blocks);
    for (const { index, clock, advance, state, io } of this.marketStages) {
      columns.fillForStage(index, blocks);
      advance(state, io, 0, blocks[clock]?.length ?? 0);
    }
    for (const { index } of this.accountStages) columns.fillForStage(index, blocks);
    columns.keepLast(blocks);
    return true;
  }

  private setBlock(start: number, length: number): void {
    this.blockStart = start;
    this.blockLength = length;
    this.blocks = this.plan.clocks.map((_, clock) => {
      if (clock === 0) return { start, length };
      const completed = this.lane.completed[clock];
      if (!completed) throw new Error(`the data have no clock ${clock}`);
      const first = start === 0 ? 0 : (completed[start - 1] ?? -1) + 1;
      const end = length === 0 ? first : (completed[start + length - 1] ?? -1) + 1;
      const count = end - first;
      if (count > (this.placement.capacity[clock] ?? 0)) {
        throw new Error(`${count} ticks of clock ${clock} complete in a block of ${length}`);
      }
      return { start: first, length: count };
    });
  }

  step(tick: number, count: number): number {
    if (tick !== this.nextStep) throw new Error(`the account part stands at tick ${this.nextStep}, not ${tick}`);
    const offset = tick - this.blockStart;
    if (offset < 0 || offset + count > this.blockLength) throw new Error(`tick ${tick} is outside the block`);
    const { single } = this;
    const done = single ? single.advance(single.state, single.io, offset, count) : this.stepEach(tick, count);
    this.nextStep = tick + done;
    return done;
  }

  /** Tick by tick, all stages that are due. */
  private stepEach(first: number, count: number): number {
    if (!this.hasAccountPart) return count;
    for (let tick = first; tick < first + count; tick++) {
      for (const { index, clock, advance, state, io } of this.accountStages) {
        const own = clock === 0 ? tick : this.dueTick(clock, tick);
        if (own < 0) continue;
        for (const aged of this.agedCells) if (aged.reader === index) aged.update(this.cells, own);
        advance(state, io, own - (this.blocks[clock]?.start ?? 0), 1);
      }
      if (this.flagCells.some(cell => this.cells[cell] === 1)) return tick - first + 1;
    }
    return count;
  }

  /** The tick of a slow clock that this base tick closes, or -1. */
  private dueTick(clock: number, base: number): number {
    const slow = this.slowTicks[clock];
    const own = slow?.completed[base] ?? -1;
    return own >= 0 && slow?.closing[own] === base ? own : -1;
  }

  bracket(k: number, frozen: Float64Array, tick: number): number {
    const bracket = this.brackets[k];
    if (!bracket) throw new Error(`there is no bracket ${k}`);
    for (let i = 0; i < this.frozen.length && i < frozen.length; i++) this.frozen[i] = frozen[i] as number;
    for (let i = 0; i < bracket.sources.length; i++) {
      const { array, index } = bracket.sources[i] as RunningBracket['sources'][number];
      this.live[i] =
        array === 'engine'
          ? (this.engine[index] as number)
          : array === 'account'
            ? (this.account[index] as number)
            : this.marketAt(index, tick);
    }
    return bracket.evaluate(this.placement.frozen.offset, this.placement.live.offset);
  }

  private marketAt(index: number, tick: number): number {
    const at = tick - this.blockStart;
    const value = at >= 0 ? this.market[index]?.[at] : this.beforeBlock[this.carryOfMarket[index] ?? -1];
    return value ?? Number.NaN;
  }

  stateNaN(): number {
    return this.missingUpdates.reduce((sum, counter) => sum + (counter[0] ?? 0), 0);
  }

  snapshot(): Uint8Array {
    const end = this.blockStart + this.blockLength;
    const isDone = this.hasAccountPart && this.nextStep === end;
    const position = { marketTick: isDone ? end : this.blockStart, nextStep: this.nextStep, blockEnd: end };
    const market = isDone ? this.marketState : this.marketBefore;
    return writeSnapshot(position, this.bound, [market, this.accountState]);
  }

  /** The run then shows the block that was being read, or as much of its beginning as it has room for. */
  restore(bytes: Uint8Array): void {
    const { marketTick, nextStep, blockEnd } = readSnapshot(bytes, this.bound, [this.marketState, this.accountState]);
    this.nextStep = nextStep;
    this.beforeBlock.set(this.carry);
    this.marketBefore.set(this.marketState);
    this.setBlock(marketTick, 0);
    do {
      this.runBlock(Math.min(this.blockTicks, blockEnd - this.blockStart - this.blockLength));
    } while (this.hasAccountPart && this.blockStart + this.blockLength <= nextStep && nextStep < blockEnd);
  }
}

function exported<T>(exports: WebAssembly.Exports, name: string): T {
  const found = exports[name];
  if (typeof found !== 'function') throw new Error(`the kernel has no ${name}`);
  return found as T;
}

/** Writes params and io tables, then lets each stage write the state of a run that has seen nothing. */
function startStages(plan: Plan, binding: Binding, placement: Placement, memory: WebAssembly.Memory) {
  const instance = new WebAssembly.Instance(moduleOf(plan.wasm), { env: { memory }, math: MATH_IMPORTS });
  const running = plan.stages.map(({ clock }, index): RunningStage => {
    const [params, state, io] = [placement.params[index], placement.states[index], placement.io[index]];
    if (!params || !state || !io) throw new Error(`stage ${index} has no place`);
    doubles(memory, params).set(binding.regions[index] ?? []);
    const table = new Int32Array(memory.buffer, io.offset, io.bytes / 4);
    placement.entries[index]?.forEach(({ region, stride }, entry) => {
      table[2 * entry] = region.offset;
      table[2 * entry + 1] = stride;
    });
    exported<(state: number, params: number) => void>(instance.exports, `init_${index}`)(state.offset, params.offset);
    const advance = exported<Advance>(instance.exports, `advance_${index}`);
    return { index, clock, state: state.offset, io: io.offset, advance };
  });
  return { running, exports: instance.exports };
}

interface SlowTicks {
  readonly completed: Int32Array;
  readonly closing: Int32Array;
}

/** For each clock that an account stage ticks on, other than the base clock. */
function slowTicksOf(plan: Plan, lane: LaneData): readonly (SlowTicks | undefined)[] {
  return plan.clocks.map((_, clock) => {
    const completed = lane.completed[clock];
    const isUsed = plan.stages.some(stage => stage.part === 'account' && stage.clock === clock);
    return clock > 0 && isUsed && completed ? { completed, closing: closingTicks(lane, clock) } : undefined;
  });
}

interface RunningAgedCell {
  readonly reader: number;
  /** Before the reader's tick `own`. */
  readonly update: (cells: Float64Array, own: number) => void;
}

function runAgedCell(plan: Plan, lane: LaneData, fixed: Float64Array, aged: AgedCell): RunningAgedCell {
  const { reader, from, source, cell } = aged;
  const fromClock = plan.stages[from.stage]?.clock ?? 0;
  const toClock = plan.stages[reader]?.clock ?? 0;
  const maxAgeMs = fixed[from.maxAge ?? -1] ?? Number.NaN;
  const at = completedAt(lane, fromClock, toClock);
  const isStale = staleness(plan.clocks, lane, fromClock, toClock, maxAgeMs);
  return {
    reader,
    update: (cells, own) => {
      const tick = at[own] ?? -1;
      cells[cell] = tick < 0 || isStale(tick, own) ? Number.NaN : (cells[source] ?? Number.NaN);
    },
  };
}
