/**
 * A plan at work: one memory that holds params, states, io tables and a block of columns, and the order in which stages
 * run over it. Holds no meaning of its own; all values come from the kernel, the data and the binding.
 */

import { bind, type InstrumentMeta, type OpenRun, type ParamValues, type RunOptions } from '../bind.ts';
import { type Numbers, slotsIn, stageNumbers, structureOf } from '../graph/structure.ts';
import { gridOf } from '../lanes.ts';
import type { Plan } from '../plan.ts';
import { dueTick, type RunningAgedCell, runAgedCell, type SlowTicks, slowTicksOf } from './account-ticks.ts';
import { bytesOf, doubles, type Region } from './arena.ts';
import type { Blocks, Columns } from './columns.ts';
import { emitKernel } from './emit.ts';
import { engineIndex, type Placement, placeRun } from './placement.ts';
import { BLOCK_TICKS, type LaneData, type PlanRun, type RunData, runDataOf, type TakenOver } from './run.ts';
import { type Bound, readSnapshot, writeSnapshot } from './snapshot.ts';
import { exported, type RunningStage, startStages } from './start.ts';
import { MISSING_UPDATES_OFFSET } from './state-builder.ts';

/** Binds a plan and instantiates its kernel. Throws a `BindError` when it cannot run with these values. */
export const openKernelRun: OpenRun = (plan, params, data, meta, options) =>
  new KernelRun(plan, params, runDataOf(data), meta, options);

type Bracket = (frozen: number, live: number) => number;

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
  readonly lanes: PlanRun['lanes'];
  readonly engine: Float64Array;
  readonly account: Float64Array;
  readonly hasAccountPart: boolean;
  readonly accountReads: ReadonlySet<string>;
  blockStart = 0;
  blockLength = 0;
  blocks: Blocks;

  private readonly grid: LaneData;
  private readonly blockTicks: number;
  /** Base ticks of the data. */
  private readonly ticks: number;
  private readonly memory: WebAssembly.Memory;
  private readonly placement: Placement;
  private readonly columns: Columns;
  /** The runs of each market stage, in the stages' order. */
  private readonly marketStages: readonly (readonly RunningStage[])[];
  private readonly accountStages: readonly RunningStage[];
  private readonly accountIndices: readonly number[];
  /** The account part, when it is one stage on the base clock that a call can run over many ticks. */
  private readonly single: RunningStage | undefined;
  private readonly slowTicks: readonly (SlowTicks | undefined)[];
  private readonly agedCells: readonly RunningAgedCell[];
  private readonly cells: Float64Array;
  private readonly accountCells: Placement['accountCells'];
  private readonly flagCells: readonly number[];
  private readonly brackets: readonly RunningBracket[];
  private readonly frozen: Float64Array;
  private readonly live: Float64Array;
  /** Of each carried column (columns.ts): its last value before the block, and its last value now. */
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
    data: RunData,
    meta: readonly InstrumentMeta[],
    { blockTicks = BLOCK_TICKS }: RunOptions = {},
  ) {
    if (!Number.isInteger(blockTicks) || blockTicks < 1)
      throw new RangeError(`a block cannot have ${blockTicks} ticks`);
    const binding = bind(plan, params, data, meta);
    const { lanes } = binding;
    const grid = gridOf(data);
    const placement = placeRun(plan, data, lanes, blockTicks, binding.fixed);
    const memory = placement.arena.createMemory();
    const stages = startStages(plan, binding, placement, memory);

    this.plan = plan;
    this.memory = memory;
    this.grid = grid;
    this.blockTicks = blockTicks;
    this.ticks = grid.clocks[0]?.length ?? 0;
    this.fixed = binding.fixed;
    this.ruleReady = binding.ruleReady;
    this.placement = placement;
    this.columns = placement.columns;
    this.blocks = plan.clocks.map(() => ({ start: 0, length: 0 }));
    this.marketStages = plan.stages.flatMap(({ part }, stage) =>
      part === 'market' ? [stages.running.filter(({ index }) => index === stage)] : [],
    );
    this.accountStages = stages.running.filter(({ index }) => plan.stages[index]?.part === 'account');
    this.accountIndices = [...new Set(this.accountStages.map(({ index }) => index))];
    this.hasAccountPart = this.accountStages.length > 0;
    this.accountReads = new Set(
      plan.stages.flatMap(stage => stage.inputs.flatMap(({ from }) => (from.kind === 'engine' ? [from.field] : []))),
    );

    const viewOf = <T>(places: Plan['marketColumns'], view: (region: Region) => T, none: T): T[][] => {
      const columns = places.map(({ stage, output }) => {
        const { axis = null } = plan.stages[stage] ?? {};
        const views = lanes.of(axis).map(({ index }) => view(placement.columns.output(stage, output, index).region));
        return (lane: number): T => views[axis === null ? 0 : lane] ?? none;
      });
      return Array.from({ length: lanes.count }, (_, lane) => columns.map(column => column(lane)));
    };
    const market = viewOf(plan.marketColumns, region => doubles(memory, region), new Float64Array(0));
    const flags = viewOf(plan.flagColumns, region => bytesOf(memory, region), new Uint8Array(0));
    this.market = market[0] ?? [];
    this.flags = flags[0] ?? [];
    this.engine = doubles(memory, placement.engine).fill(Number.NaN);
    this.cells = doubles(memory, placement.cells).fill(Number.NaN);
    this.account = this.cells.subarray(0, plan.accountColumns.length);
    this.accountCells = placement.accountCells;
    this.lanes = market.map((columns, index) => ({
      market: columns,
      flags: flags[index] ?? [],
      account: index === 0 ? this.account : new Float64Array(plan.accountColumns.length).fill(Number.NaN),
    }));
    this.frozen = doubles(memory, placement.frozen);
    this.live = doubles(memory, placement.live);

    this.carry = doubles(memory, placement.carry);
    this.beforeBlock = this.carry.slice().fill(Number.NaN);
    this.carryOfMarket = plan.marketColumns.map(place => placement.columns.carriedIndex({ ...place, lane: 0 }));
    placement.columns.open(memory, this.carry);

    const needsEach = this.accountStages.length > 1 || placement.agedCells.length > 0;
    const [first] = this.accountStages;
    this.single = first && first.clock === 0 && !needsEach ? first : undefined;
    this.slowTicks = slowTicksOf(plan, grid);
    this.agedCells = placement.agedCells.map(aged => runAgedCell(plan, grid, binding.fixed, aged));
    const flagCells = plan.accountColumns.flatMap(({ stage, output }, index) =>
      plan.stages[stage]?.outputs[output]?.type === 'flag'
        ? placement.accountCells.map(cells => cells[index] ?? -1)
        : [],
    );
    this.flagCells = [...new Set(flagCells)].filter(cell => cell >= 0);
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
      ...placement.params.flat().map(region => ({
        what: 'other params or on data that begin elsewhere',
        bytes: bytesOf(memory, region),
      })),
    ];
    this.missingUpdates = placement.states.flatMap((states, index) =>
      plan.stages[index]?.host
        ? []
        : states.map(({ offset }) => new Int32Array(memory.buffer, offset + MISSING_UPDATES_OFFSET, 1)),
    );
  }

  nextBlock(): boolean {
    const start = this.blockStart + this.blockLength;
    return this.runBlock(Math.min(this.blockTicks, this.ticks - start));
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
    for (const runs of this.marketStages) {
      const [first] = runs;
      if (first) columns.fillForStage(first.index, blocks);
      for (const run of runs) advanceRun(run, blocks[run.clock]);
    }
    for (const stage of this.accountIndices) columns.fillForStage(stage, blocks);
    columns.keepLast(blocks);
    return true;
  }

  private setBlock(start: number, length: number): void {
    this.blockStart = start;
    this.blockLength = length;
    this.blocks = this.plan.clocks.map((_, clock) => {
      if (clock === 0) return { start, length };
      const completed = this.grid.completed[clock];
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
    if (this.lanes.length > 1) this.showAccount();
    return done;
  }

  /** The account's values as each lane has them; those of the first lane are the cells themselves. */
  private showAccount(): void {
    for (let lane = 1; lane < this.lanes.length; lane++) {
      const [account, cells] = [this.lanes[lane]?.account, this.accountCells[lane]];
      if (!account || !cells) continue;
      for (let i = 0; i < cells.length; i++) account[i] = this.cells[cells[i] as number] ?? Number.NaN;
    }
  }

  /** Tick by tick, all stages that are due. */
  private stepEach(first: number, count: number): number {
    if (!this.hasAccountPart) return count;
    for (let tick = first; tick < first + count; tick++) {
      for (const { index, clock, start, advance, state, io } of this.accountStages) {
        const own = clock === 0 ? tick : dueTick(this.slowTicks[clock], tick);
        if (own < start) continue;
        for (const aged of this.agedCells) if (aged.reader === index) aged.update(this.cells, own);
        advance(state, io, own - (this.blocks[clock]?.start ?? 0), 1);
      }
      if (this.flagCells.some(cell => this.cells[cell] === 1)) return tick - first + 1;
    }
    return count;
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

  takeOver(from: PlanRun): TakenOver {
    if (!(from instanceof KernelRun)) throw new TypeError('a run takes over from a kernel alone');
    const numbers: Numbers = new Map();
    const rounds = Math.max(this.plan.graph.states.length, from.plan.graph.states.length);
    const [mine, theirs] = [this.plan, from.plan].map(plan => {
      const structure = structureOf(plan.graph, numbers, rounds);
      return { slots: structure.slots, stages: stageNumbers(plan, structure, numbers) };
    });
    if (mine === undefined || theirs === undefined) throw new Error('two plans are compared');
    const words = statePlaces(from.plan);
    const kept: string[] = [];
    const anew: string[] = [];
    const own = statePlaces(this.plan);
    for (const [stage, number] of mine.stages.entries()) {
      const about = this.plan.stages[stage];
      if (about?.part !== 'account') continue;
      const other = theirs.stages.indexOf(number);
      const isWhole = other >= 0 && this.takeStage(stage, from, other);
      for (const slot of slotsIn(this.plan.graph, about)) {
        const [place, before] = [own.get(slot), words.get(theirs.slots.indexOf(mine.slots[slot] ?? -1))];
        const isTaken = isWhole || (place !== undefined && before !== undefined && this.takeState(place, from, before));
        (isTaken ? kept : anew).push(this.plan.graph.states[slot]?.name ?? '');
      }
    }
    this.showAccount();
    return { kept, anew };
  }

  /** False where the params differ, or the states have other sizes. */
  private takeStage(stage: number, from: KernelRun, other: number): boolean {
    const [mine, theirs] = [this.stageBytes(stage), from.stageBytes(other)];
    const slots = this.plan.stages[stage]?.slots ?? [];
    const isAlike = (a: Uint8Array, b: Uint8Array | undefined) =>
      a.length === b?.length && a.every((byte, i) => byte === b[i] || slots[Math.floor(i / 8)]?.kind === 'ready');
    const fits =
      mine.params.every((bytes, run) => isAlike(bytes, theirs.params[run])) &&
      mine.states.every((bytes, run) => bytes.length === theirs.states[run]?.length);
    if (!fits) return false;
    mine.states.forEach((bytes, run) => {
      bytes.set(theirs.states[run] ?? bytes);
    });
    mine.outputs.forEach((bytes, output) => {
      bytes.set(theirs.outputs[output] ?? bytes);
    });
    return true;
  }

  /** One state of a stage that is another otherwise. */
  private takeState(place: StatePlace, from: KernelRun, before: StatePlace): boolean {
    if (place.words.length !== before.words.length) return false;
    const [mine, theirs] = [this.stageBytes(place.stage).states, from.stageBytes(before.stage).states];
    if (mine.length !== theirs.length) return false;
    mine.forEach((bytes, run) => {
      place.words.forEach((offset, word) => {
        const at = before.words[word] ?? 0;
        bytes.set((theirs[run] ?? bytes).subarray(at, at + 8), offset);
      });
    });
    return true;
  }

  /** Where a stage of the account part stands in memory: what it was bound to, what it keeps, what it said last. */
  private stageBytes(stage: number) {
    const { memory, placement, plan } = this;
    const inputs = plan.stages[stage]?.inputs.length ?? 0;
    const bytes = (region: Region) => bytesOf(memory, region);
    return {
      params: (placement.params[stage] ?? []).map(bytes),
      states: (placement.states[stage] ?? []).map(bytes),
      outputs: (placement.entries[stage] ?? []).flatMap(run => run.slice(inputs).map(({ region }) => bytes(region))),
    };
  }

  /** The run then shows the block that was being read, or as much of its beginning as it has room for. */
  restore(bytes: Uint8Array): void {
    const state = [this.marketState, this.accountState];
    const { marketTick, nextStep, blockEnd } = readSnapshot(bytes, this.bound, state, this.ticks);
    this.nextStep = nextStep;
    this.beforeBlock.set(this.carry);
    this.marketBefore.set(this.marketState);
    this.showAccount();
    this.setBlock(marketTick, 0);
    do {
      this.runBlock(Math.min(this.blockTicks, blockEnd - this.blockStart - this.blockLength));
    } while (this.hasAccountPart && this.blockStart + this.blockLength <= nextStep && nextStep < blockEnd);
  }
}

/** Where a state's value stands in the state of its stage. */
interface StatePlace {
  readonly stage: number;
  /** Offsets of its words, in bytes. */
  readonly words: readonly number[];
}

/** By slot. The layout of a stage names its words; it is written anew, since a plan keeps only its hash. */
function statePlaces(plan: Plan): ReadonlyMap<number, StatePlace> {
  const places = new Map<number, StatePlace>();
  emitKernel(plan).layout?.forEach((text, stage) => {
    for (const line of text.split('\n')) {
      const [, offset, slot] = /^(\d+) \d+ state (\d+)(?: is (?:true|false))?$/.exec(line) ?? [];
      if (offset === undefined || slot === undefined) continue;
      const known = places.get(Number(slot))?.words ?? [];
      places.set(Number(slot), { stage, words: [...known, Number(offset)] });
    }
  });
  return places;
}

/** A block of one run. Ticks before the lane's start have no values. */
function advanceRun({ start, state, io, advance, outputs }: RunningStage, block: Blocks[number] | undefined): void {
  if (!block) return;
  const early = Math.min(block.length, Math.max(0, start - block.start));
  if (early > 0) for (const column of outputs) column.fill(column instanceof Uint8Array ? 0 : Number.NaN, 0, early);
  if (early < block.length || block.length === 0) advance(state, io, early, block.length - early);
}
