/**
 * The interpreter: a plan run without a kernel, from the reference forms of the operators. Slow and obvious on purpose, it
 * is what the kernel is compared with, so it uses the graph alone and knows nothing of stages, rings or blocks: at each
 * base tick it walks all nodes that are due, in order, and remembers everything.
 */
import type { ClockId, NodeId } from '../../language/check/node.ts';
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';
import { specOf } from '../../language/operators/table.ts';
import { bind, type InstrumentMeta, type OpenRun, type ParamValues, type RunOptions } from '../bind.ts';
import { closingTicks } from '../crossing.ts';
import type { LiveSource } from '../graph/schedule.ts';
import { accountTaint } from '../graph/taint.ts';
import { BLOCK_TICKS, type LaneData, type PlanRun, type RunData, runDataOf } from '../kernel/run.ts';
import { gridOf } from '../lanes.ts';
import type { Plan } from '../plan.ts';
import {
  createEvaluation,
  crossingsOf,
  type Evaluation,
  evaluateCrossSection,
  evaluateNode,
  readyTicks,
  type World,
} from './evaluate.ts';
import { inputReader } from './inputs.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';

export const interpretRun: OpenRun = (plan, params, data, meta, options) =>
  new InterpretedRun(plan, params, runDataOf(data), meta, options);

/** An output of the plan: the node, and for a flag the tick of each lane from which it may be 1. */
interface Column {
  readonly node: NodeId;
  readonly clock: ClockId;
  readonly axis: number | null;
  readonly ready?: readonly number[];
}

class InterpretedRun implements PlanRun {
  readonly plan: Plan;
  readonly fixed: Float64Array;
  readonly ruleReady: readonly number[];
  readonly engine: Float64Array;
  readonly account: Float64Array;
  readonly hasAccountPart: boolean;
  readonly accountReads: ReadonlySet<string>;
  private readonly grid: LaneData;
  private readonly blockTicks: number;
  private readonly nanUpdates = { count: 0 };
  /** What has no axis first, then each universe, lane by lane. */
  private readonly evaluations: readonly (readonly Evaluation[])[];
  private readonly world: World;
  private readonly marketNodes: readonly NodeId[];
  private readonly accountNodes: readonly NodeId[];
  /** For each clock, the base tick that closes each of its ticks. */
  private readonly closing: readonly Int32Array[];
  private readonly marketColumns: readonly Column[];
  private readonly flagColumns: readonly Column[];
  private readonly accountColumns: readonly Column[];
  private readonly accounts: readonly Float64Array[];
  blocks: PlanRun['blocks'] = [];
  lanes: PlanRun['lanes'] = [];
  private position: Position = { blockStart: 0, blockLength: 0, nextStep: 0 };

  constructor(
    plan: Plan,
    params: ParamValues,
    data: RunData,
    meta: readonly InstrumentMeta[],
    { blockTicks = BLOCK_TICKS }: RunOptions = {},
  ) {
    const binding = bind(plan, params, data, meta);
    this.plan = plan;
    this.grid = gridOf(data);
    this.blockTicks = blockTicks;
    this.fixed = binding.fixed;
    this.ruleReady = binding.ruleReady;
    this.engine = new Float64Array(Math.max(plan.instruments.length, 1) * ENGINE_STREAMS.length).fill(Number.NaN);
    this.world = {
      graph: plan.graph,
      grid: this.grid,
      inputValue: inputReader(plan, data),
      engineValue: (field, instrument) => this.engineValue(field, instrument),
      nanUpdates: this.nanUpdates,
      crossings: crossingsOf(plan.graph, this.grid),
      lanes: axis => this.lanesOf(axis),
    };
    this.evaluations = [null, ...plan.universes.keys()].map(axis =>
      binding.of(axis).map(({ lane, values }, index) => {
        const evaluation = createEvaluation(this.world, axis, lane, readyTicks(plan, axis, index, binding));
        plan.graph.nodes.forEach((node, id) => {
          if (node.stage !== 'series') evaluation.history.column(id)[0] = values[id] ?? Number.NaN;
        });
        return evaluation;
      }),
    );
    const columns = (places: Plan['marketColumns']): Column[] =>
      places.map(({ stage, output }) => columnOf(plan, stage, output, binding.regions[stage] ?? []));
    this.marketColumns = columns(plan.marketColumns);
    this.flagColumns = columns(plan.flagColumns);
    this.accountColumns = columns(plan.accountColumns);
    const tainted = accountTaint(plan.graph);
    const needed = neededNodes(plan);
    this.marketNodes = needed.filter(id => !tainted[id]);
    this.accountNodes = needed.filter(id => tainted[id]);
    this.closing = plan.clocks.map((_, clock) => closingTicks(this.grid, clock));
    this.accounts = Array.from({ length: binding.lanes.count }, () =>
      new Float64Array(this.accountColumns.length).fill(Number.NaN),
    );
    this.account = this.accounts[0] ?? new Float64Array();
    this.showBlock();
    this.hasAccountPart = plan.stages.some(stage => stage.part === 'account');
    this.accountReads = new Set(
      plan.stages.flatMap(stage => stage.inputs.flatMap(({ from }) => (from.kind === 'engine' ? [from.field] : []))),
    );
  }

  get market(): readonly Float64Array[] {
    return this.lanes[0]?.market ?? [];
  }
  get flags(): readonly Uint8Array[] {
    return this.lanes[0]?.flags ?? [];
  }
  get blockStart(): number {
    return this.position.blockStart;
  }
  get blockLength(): number {
    return this.position.blockLength;
  }

  nextBlock(): boolean {
    const start = this.position.blockStart + this.position.blockLength;
    const length = Math.min(this.blockTicks, (this.grid.clocks[0]?.length ?? 0) - start);
    if (length <= 0) return false;
    for (let tick = start; tick < start + length; tick++) this.walk(this.marketNodes, tick);
    this.position = { ...this.position, blockStart: start, blockLength: length };
    this.showBlock();
    return true;
  }

  step(tick: number, count: number): number {
    for (let done = 0; done < count; done++) {
      this.stepOne(tick + done);
      const fired = ({ ready }: Column, index: number) =>
        ready !== undefined && this.accounts.some(account => account[index] === 1);
      if (this.accountColumns.some(fired)) {
        return done + 1;
      }
    }
    return count;
  }

  private stepOne(tick: number): void {
    const { blockStart, blockLength, nextStep } = this.position;
    if (tick !== nextStep) throw new Error(`the account part stands at tick ${nextStep}, not ${tick}`);
    if (tick < blockStart || tick >= blockStart + blockLength) throw new Error(`tick ${tick} is outside the block`);
    this.walk(this.accountNodes, tick);
    this.position = { ...this.position, nextStep: tick + 1 };
    this.accountColumns.forEach((column, index) => {
      const at = this.lastTick(column.clock, tick);
      this.accounts.forEach((account, lane) => {
        const evaluation = this.laneOf(column, lane);
        if (!evaluation || at < (evaluation.lane.start[column.clock] ?? 0)) return;
        account[index] = canonical(
          column.ready === undefined ? evaluation.history.at(column.node, at) : this.flagAt(column, at, lane),
        );
      });
    });
  }

  bracket(k: number, frozen: Float64Array, tick: number): number {
    const bracket = this.plan.brackets[k];
    if (!bracket) throw new Error(`no bracket ${k}`);
    const values = new Map<NodeId, number>();
    bracket.frozen.forEach((id, index) => {
      values.set(id, frozen[index] ?? Number.NaN);
    });
    bracket.live.forEach((id, index) => {
      values.set(id, this.liveValue(bracket.sources[index], tick));
    });
    const valueOfNode = (id: NodeId): number => values.get(id) ?? this.plan.graph.nodes[id]?.attrs.value ?? Number.NaN;
    for (const id of bracket.nodes) {
      const node = this.plan.graph.nodes[id];
      const reference = specOf(node?.op ?? '').reference;
      if (!node || reference.kind !== 'pointwise') throw new Error(`node ${id} has no place in a bracket`);
      values.set(id, reference.evaluate(node.args.map(valueOfNode)));
    }
    return canonical(valueOfNode(bracket.root));
  }

  stateNaN(): number {
    return this.nanUpdates.count;
  }

  snapshot(): Uint8Array {
    return writeSnapshot(this.snapshotParts());
  }

  restore(bytes: Uint8Array): void {
    const parts = this.snapshotParts();
    readSnapshot(bytes, parts);
    const [blockStart = 0, blockLength = 0, nextStep = 0, nanUpdates = 0] = parts[0] ?? [];
    this.position = { blockStart, blockLength, nextStep };
    this.nanUpdates.count = nanUpdates;
    this.showBlock();
  }

  // -------------------------------------------------------------- inside

  /** Everything that changes while running; the first entry is a copy of the scalars. */
  private snapshotParts(): readonly Float64Array[] {
    const { blockStart, blockLength, nextStep } = this.position;
    const scalars = Float64Array.of(blockStart, blockLength, nextStep, this.nanUpdates.count);
    const kept = this.evaluations
      .flat()
      .flatMap(({ slots, recurrences, history }) => [slots, ...recurrences.values(), ...history.all()]);
    return [scalars, ...kept, ...this.accounts];
  }

  /** Copies what the columns hold of the current block. */
  private showBlock(): void {
    const { blockStart, blockLength } = this.position;
    this.blocks = this.closing.map(closing => {
      const start = closing.filter(base => base < blockStart).length;
      return { start, length: closing.filter(base => base < blockStart + blockLength).length - start };
    });
    this.lanes = this.accounts.map((account, lane) => ({
      market: this.marketColumns.map(column => {
        const { start, length } = this.block(column.clock);
        const shown = this.laneOf(column, lane)?.history.column(column.node);
        if (!shown || this.isSeries(column.node)) return shown?.slice(start, start + length) ?? new Float64Array(0);
        // A fact of a member's market, from where the lane begins.
        const first = this.laneOf(column, lane)?.lane.start[column.clock] ?? 0;
        return Float64Array.from({ length }, (_, i) => (start + i < first ? Number.NaN : (shown[0] ?? Number.NaN)));
      }),
      flags: this.flagColumns.map(column => {
        const { start, length } = this.block(0);
        if (!this.laneOf(column, lane)) return new Uint8Array(0);
        return Uint8Array.from({ length }, (_, i) => this.flagAt(column, start + i, lane));
      }),
      account,
    }));
  }

  /** Evaluates the nodes that are due at a base tick, in the graph's order, each in all its lanes. */
  private walk(nodes: readonly NodeId[], base: number): void {
    const { graph } = this.world;
    for (const id of nodes) {
      const node = graph.nodes[id];
      const clock = node?.clock ?? 0;
      const tick = this.lastTick(clock, base);
      if (!node || tick < 0 || this.closing[clock]?.[tick] !== base) continue;
      if (node.op === 'cross_section') {
        evaluateCrossSection(id, tick, this.world);
        continue;
      }
      for (const evaluation of this.lanesOf(node.axis)) {
        if (tick < (evaluation.lane.start[clock] ?? 0)) continue;
        evaluation.history.column(id)[tick] = canonical(evaluateNode(id, tick, evaluation));
      }
    }
  }

  private lanesOf(axis: number | null): readonly Evaluation[] {
    return this.evaluations[axis === null ? 0 : axis + 1] ?? [];
  }
  /** The lane that has the column, for who looks at the given one. */
  private laneOf({ axis }: Column, lane: number): Evaluation | undefined {
    return this.lanesOf(axis)[axis === null ? 0 : lane];
  }

  private lastTick(clock: ClockId, base: number): number {
    return clock === 0 ? base : (this.grid.completed[clock]?.[base] ?? -1);
  }

  private isSeries(id: NodeId): boolean {
    return this.plan.graph.nodes[id]?.stage === 'series';
  }

  private flagAt(column: Column, tick: number, lane: number): number {
    const { node, clock, axis, ready = [] } = column;
    const evaluation = this.laneOf(column, lane);
    if (!evaluation) return 0;
    const value = evaluation.history.at(node, this.isSeries(node) ? tick : 0);
    const first = (ready[axis === null ? 0 : lane] ?? 0) + (evaluation.lane.start[clock] ?? 0);
    return tick >= first && value === 1 ? 1 : 0;
  }

  private block(clock: ClockId): { readonly start: number; readonly length: number } {
    return this.blocks[clock] ?? { start: 0, length: 0 };
  }

  private liveValue(source: LiveSource | undefined, tick: number): number {
    switch (source?.from) {
      case 'engine':
        return this.engineValue(source.field, source.instrument);
      case 'market':
        return this.lanesOf(null)[0]?.history.at(this.marketColumns[source.index]?.node ?? -1, tick) ?? Number.NaN;
      case 'account':
        return this.account[source.index] ?? Number.NaN;
      case undefined:
        throw new Error('a live value without a source');
    }
  }

  private engineValue(field: string, instrument: number): number {
    const at = ENGINE_STREAMS.findIndex(stream => stream.field === field);
    if (at < 0) throw new Error(`no engine stream ${field}`);
    return this.engine[instrument * ENGINE_STREAMS.length + at] ?? Number.NaN;
  }
}

interface Position {
  readonly blockStart: number;
  readonly blockLength: number;
  /** The tick that the account part computes next. */
  readonly nextStep: number;
}

/** What stages compute, read and give, in order. What only brackets read, and what a prediction is made from, is not walked. */
function neededNodes(plan: Plan): readonly NodeId[] {
  const needed = new Set<NodeId>();
  for (const { nodes, inputs, outputs } of plan.stages) {
    for (const id of [...nodes, ...[...inputs, ...outputs].map(({ node }) => node)]) needed.add(id);
  }
  return [...needed].filter(id => plan.graph.nodes[id]?.stage === 'series').toSorted((a, b) => a - b);
}

function columnOf(plan: Plan, stage: number, output: number, regions: readonly Float64Array[]): Column {
  const found = plan.stages[stage];
  const column = found?.outputs[output];
  if (!found || !column) throw new Error(`stage ${stage} has no output ${output}`);
  const { node } = column;
  const { clock, axis } = found;
  if (column.type === 'f64') return { node, clock, axis };
  return { node, clock, axis, ready: regions.map(region => region[column.ready] ?? Number.POSITIVE_INFINITY) };
}

function canonical(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value;
}
