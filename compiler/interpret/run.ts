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
import { BLOCK_TICKS, type LaneData, type PlanRun } from '../kernel/run.ts';
import type { Plan } from '../plan.ts';
import { createEvaluation, type Evaluation, evaluateNode, readyTicks } from './evaluate.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';

export const interpretRun: OpenRun = (plan, params, lane, meta, options) =>
  new InterpretedRun(plan, params, lane, meta, options);

/** An output of the plan: the node, and for a flag the tick from which it may be 1. */
interface Column {
  readonly node: NodeId;
  readonly clock: ClockId;
  readonly ready?: number;
}

class InterpretedRun implements PlanRun {
  readonly plan: Plan;
  readonly fixed: Float64Array;
  readonly ruleReady: readonly number[];
  readonly engine: Float64Array;
  readonly account: Float64Array;
  readonly hasAccountPart: boolean;
  readonly accountReads: ReadonlySet<string>;
  private readonly lane: LaneData;
  private readonly blockTicks: number;
  private readonly evaluation: Evaluation;
  private readonly marketNodes: readonly NodeId[];
  private readonly accountNodes: readonly NodeId[];
  /** For each clock, the base tick that closes each of its ticks. */
  private readonly closing: readonly Int32Array[];
  private readonly marketColumns: readonly Column[];
  private readonly flagColumns: readonly Column[];
  private readonly accountColumns: readonly Column[];
  blocks: PlanRun['blocks'] = [];
  market: readonly Float64Array[] = [];
  flags: readonly Uint8Array[] = [];
  get lanes(): PlanRun['lanes'] {
    return [{ flags: this.flags, market: this.market }];
  }
  private position: Position = { blockStart: 0, blockLength: 0, nextStep: 0 };

  constructor(
    plan: Plan,
    params: ParamValues,
    lane: LaneData,
    meta: readonly InstrumentMeta[],
    { blockTicks = BLOCK_TICKS }: RunOptions = {},
  ) {
    const binding = bind(plan, params, lane, meta);
    this.plan = plan;
    this.lane = lane;
    this.blockTicks = blockTicks;
    this.fixed = binding.fixed;
    this.ruleReady = binding.ruleReady;
    this.engine = new Float64Array(Math.max(plan.instruments.length, 1) * ENGINE_STREAMS.length).fill(Number.NaN);
    this.evaluation = createEvaluation(plan.graph, lane, readyTicks(plan.stages, binding), (field, instrument) =>
      this.engineValue(field, instrument),
    );
    plan.graph.nodes.forEach((node, id) => {
      if (node.stage !== 'series') this.evaluation.history.column(id)[0] = binding.values[id] ?? Number.NaN;
    });
    const columns = (places: Plan['marketColumns']): Column[] =>
      places.map(({ stage, output }) => columnOf(plan, stage, output, binding.regions[stage]));
    this.marketColumns = columns(plan.marketColumns);
    this.flagColumns = columns(plan.flagColumns);
    this.accountColumns = columns(plan.accountColumns);
    const tainted = accountTaint(plan.graph);
    const series = plan.graph.nodes.flatMap((node, id) => (node.stage === 'series' ? [id] : []));
    this.marketNodes = series.filter(id => !tainted[id]);
    this.accountNodes = inAccountStages(plan, series, tainted);
    this.closing = plan.clocks.map((_, clock) => closingTicks(lane, clock));
    this.showBlock();
    this.account = new Float64Array(this.accountColumns.length).fill(Number.NaN);
    this.hasAccountPart = plan.stages.some(stage => stage.part === 'account');
    this.accountReads = new Set(
      plan.stages.flatMap(stage => stage.inputs.flatMap(({ from }) => (from.kind === 'engine' ? [from.field] : []))),
    );
  }

  get blockStart(): number {
    return this.position.blockStart;
  }
  get blockLength(): number {
    return this.position.blockLength;
  }

  nextBlock(): boolean {
    const start = this.position.blockStart + this.position.blockLength;
    const length = Math.min(this.blockTicks, (this.lane.clocks[0]?.length ?? 0) - start);
    if (length <= 0) return false;
    for (let tick = start; tick < start + length; tick++) this.walk(this.marketNodes, tick);
    this.position = { ...this.position, blockStart: start, blockLength: length };
    this.showBlock();
    return true;
  }

  step(tick: number, count: number): number {
    for (let done = 0; done < count; done++) {
      this.stepOne(tick + done);
      if (this.accountColumns.some(({ ready }, index) => ready !== undefined && this.account[index] === 1)) {
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
      if (at < 0) return;
      this.account[index] = canonical(
        column.ready === undefined ? this.evaluation.history.at(column.node, at) : this.flagAt(column, at),
      );
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
    return this.evaluation.nanUpdates.count;
  }

  snapshot(): Uint8Array {
    return writeSnapshot(this.snapshotParts());
  }

  restore(bytes: Uint8Array): void {
    const parts = this.snapshotParts();
    readSnapshot(bytes, parts);
    const [blockStart = 0, blockLength = 0, nextStep = 0, nanUpdates = 0] = parts[0] ?? [];
    this.position = { blockStart, blockLength, nextStep };
    this.evaluation.nanUpdates.count = nanUpdates;
    this.showBlock();
  }

  // -------------------------------------------------------------- inside

  /** Everything that changes while running; the first entry is a copy of the scalars. */
  private snapshotParts(): readonly Float64Array[] {
    const { blockStart, blockLength, nextStep } = this.position;
    const { slots, recurrences, history, nanUpdates } = this.evaluation;
    const scalars = Float64Array.of(blockStart, blockLength, nextStep, nanUpdates.count);
    return [scalars, slots, ...recurrences.values(), ...history.all(), this.account];
  }

  /** Copies what the columns hold of the current block. */
  private showBlock(): void {
    const { blockStart, blockLength } = this.position;
    this.blocks = this.closing.map(closing => {
      const start = closing.filter(base => base < blockStart).length;
      return { start, length: closing.filter(base => base < blockStart + blockLength).length - start };
    });
    this.market = this.marketColumns.map(({ node, clock }) => {
      const { start, length } = this.block(clock);
      return this.evaluation.history.column(node).slice(start, start + length);
    });
    this.flags = this.flagColumns.map(column => {
      const { start, length } = this.block(0);
      return Uint8Array.from({ length }, (_, i) => this.flagAt(column, start + i));
    });
  }

  /** Evaluates the nodes that are due at a base tick, in the graph's order. */
  private walk(nodes: readonly NodeId[], base: number): void {
    const { graph, history } = this.evaluation;
    for (const id of nodes) {
      const clock = graph.nodes[id]?.clock ?? 0;
      const tick = this.lastTick(clock, base);
      if (tick < 0 || this.closing[clock]?.[tick] !== base) continue;
      history.column(id)[tick] = canonical(evaluateNode(id, tick, this.evaluation));
    }
  }

  private lastTick(clock: ClockId, base: number): number {
    return clock === 0 ? base : (this.lane.completed[clock]?.[base] ?? -1);
  }

  private isSeries(id: NodeId): boolean {
    return this.plan.graph.nodes[id]?.stage === 'series';
  }

  private flagAt({ node, ready = 0 }: Column, tick: number): number {
    const value = this.evaluation.history.at(node, this.isSeries(node) ? tick : 0);
    return tick >= ready && value === 1 ? 1 : 0;
  }

  private block(clock: ClockId): { readonly start: number; readonly length: number } {
    return this.blocks[clock] ?? { start: 0, length: 0 };
  }

  private liveValue(source: LiveSource | undefined, tick: number): number {
    switch (source?.from) {
      case 'engine':
        return this.engineValue(source.field, source.instrument);
      case 'market':
        return this.evaluation.history.at(this.marketColumns[source.index]?.node ?? -1, tick);
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

/** Tainted nodes that no account stage needs live in bracket functions alone. */
function inAccountStages(plan: Plan, series: readonly NodeId[], tainted: readonly boolean[]): readonly NodeId[] {
  const needed = new Set<NodeId>();
  for (const { part, nodes, inputs } of plan.stages) {
    if (part !== 'account') continue;
    for (const id of [...nodes, ...inputs.map(input => input.node)]) needed.add(id);
  }
  return series.filter(id => tainted[id] && needed.has(id));
}

function columnOf(plan: Plan, stage: number, output: number, region: Float64Array | undefined): Column {
  const found = plan.stages[stage];
  const column = found?.outputs[output];
  if (!found || !column) throw new Error(`stage ${stage} has no output ${output}`);
  const { node } = column;
  if (column.type === 'f64') return { node, clock: found.clock };
  return { node, clock: found.clock, ready: region?.[column.ready] ?? Number.POSITIVE_INFINITY };
}

function canonical(value: number): number {
  return Number.isNaN(value) ? Number.NaN : value;
}
