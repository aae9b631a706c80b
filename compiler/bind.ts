/**
 * Binding: a plan meets values of its params, the data of a lane and the facts of its instruments. What depends on those
 * alone is computed here, once, on the host, by the reference forms of the operators, and is the same for every back-end.
 */
import type { Warmup } from '../language/check/facts.ts';
import { fixedValues } from '../language/check/fixed.ts';
import type { NodeId } from '../language/check/node.ts';
import type { Param } from '../language/check/program.ts';
import { specOf } from '../language/operators/table.ts';
import type { Slot } from './graph/schedule.ts';
import { type LaneData, type PlanData, type PlanRun, runDataOf } from './kernel/run.ts';
import { laneWarmups } from './lane-warmup.ts';
import { gridOf, type Lane, type Lanes, lanesOf, runsOf } from './lanes.ts';
import type { Plan, PlanStage, ValueRef } from './plan.ts';

/** Values by name, as the kernel sees them (`Param.value`); a param that is left out has its own value. */
export type ParamValues = Readonly<Record<string, number>>;
/** META_STREAMS of an instrument by field; one that is left out is NaN. */
export type InstrumentMeta = Readonly<Record<string, number>>;

/** What a lane is bound to. */
export interface LaneBinding {
  readonly lane: Lane;
  /** One value a graph node; NaN for series. */
  readonly values: Float64Array;
  /** Of the nodes that the lane has, counted from its own first ticks. */
  readonly warmups: readonly Warmup[];
}

export interface Binding {
  /** The `fixed` table: values of `Plan.fixed`. */
  readonly fixed: Float64Array;
  readonly lanes: Lanes;
  /** Parallel to the lanes of an axis. */
  of(axis: number | null): readonly LaneBinding[];
  /** The params region of each run of each stage: one f64 a slot. */
  readonly regions: readonly (readonly Float64Array[])[];
  /** For each rule, the first base tick at which it can fire; Infinity if never on this data. */
  readonly ruleReady: readonly number[];
}

export interface RunOptions {
  /** Ticks of a block at most; `BLOCK_TICKS` unless stated. */
  readonly blockTicks?: number;
}

/** How the interpreter and the kernel's instance are opened. */
export type OpenRun = (
  plan: Plan,
  params: ParamValues,
  data: PlanData,
  meta: readonly InstrumentMeta[],
  options?: RunOptions,
) => PlanRun;

/** Values for which the plan cannot run. `name` of the param, or the text of the `require` that does not hold. */
export class BindError extends Error {
  override readonly name = 'BindError';
  readonly reason: 'unknown param' | 'out of range' | 'requirement' | 'length';
  readonly subject: string;
  constructor(reason: BindError['reason'], subject: string, message: string) {
    super(message);
    this.reason = reason;
    this.subject = subject;
  }
}

/** Throws a `BindError` when the plan cannot run with these values, a RangeError when the data are not the plan's. */
export function bind(plan: Plan, params: ParamValues, given: PlanData, meta: readonly InstrumentMeta[]): Binding {
  const data = runDataOf(given);
  const lanes = lanesOf(plan, data);
  const grid = gridOf(data);
  const axes = [null, ...plan.universes.keys()];
  const values = axes.map(axis => lanes.of(axis).map(lane => evaluateFixed(plan, params, meta, lane.instrument)));
  const warmups = laneWarmups(plan, data, lanes, values);
  const bindings = axes.map((axis, number) =>
    lanes.of(axis).map((lane, index): LaneBinding => {
      const [fixed, ready] = [values[number]?.[index], warmups[number]?.[index]];
      if (!fixed || !ready) throw new Error(`lane ${index} is not bound`);
      return { lane, values: fixed, warmups: ready };
    }),
  );
  const of = (axis: number | null): readonly LaneBinding[] => bindings[axis === null ? 0 : axis + 1] ?? [];
  const shared = of(null)[0];
  if (!shared) throw new Error('a plan has a lane of its own');
  return {
    fixed: Float64Array.from(plan.fixed, id => shared.values[id] ?? Number.NaN),
    lanes,
    of,
    regions: plan.stages.map(stage =>
      (runsOf(stage, lanes) === lanes.of(null) ? [shared] : of(stage.axis)).map(lane => regionOf(stage, lane, grid)),
    ),
    ruleReady: plan.rules.map(rule =>
      readyOf(conditionGates(plan, rule.when), shared.warmups, grid.clocks[0]?.length ?? 0),
    ),
  };
}

// ---------------------------------------------------------------- values of params

/**
 * Values of the nodes that no tick changes; NaN for series. `member`: the instrument whose facts those of a member are.
 * Throws a `BindError` when the plan cannot run with them.
 */
export function evaluateFixed(
  plan: Plan,
  params: ParamValues,
  meta: readonly InstrumentMeta[],
  member = 0,
): Float64Array {
  const { nodes } = plan.graph;
  const values = fixedValues(nodes, paramValues(plan.params, params), node => {
    const facts = meta[node.attrs.instrument ?? (node.axis === null ? 0 : member)];
    return facts?.[node.attrs.field ?? ''] ?? Number.NaN;
  });
  for (const { fixed, text } of plan.requires) {
    if (values[plan.fixed[fixed] ?? -1] !== 1) {
      throw new BindError('requirement', text, `these values break \`require ${text}\``);
    }
  }
  for (const stage of plan.stages) checkLengths(plan, stage, values);
  return values;
}

function paramValues(declared: readonly Param[], given: ParamValues): ReadonlyMap<string, number> {
  for (const name of Object.keys(given)) {
    if (declared.some(param => param.name === name)) continue;
    const known = declared.map(param => param.name).join(', ');
    throw new BindError('unknown param', name, `no param is named \`${name}\`; there are: ${known || 'none'}`);
  }
  return new Map(declared.map(param => [param.name, checked(param, given[param.name] ?? param.value)]));
}

function checked(param: Param, value: number): number {
  const { name, type, low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY, choices } = param;
  const top = choices ? choices.length - 1 : type === 'bool' ? 1 : high;
  const bottom = choices || type === 'bool' ? 0 : low;
  const whole = choices !== undefined || type === 'bool' || type === 'bars';
  if (value >= bottom && value <= top && (!whole || Number.isInteger(value))) return value;
  const range = `${whole ? 'a whole number ' : ''}from ${bottom} to ${top}`;
  throw new BindError('out of range', name, `\`${name}\` is ${value}, but it must be ${range}`);
}

/** Lengths must be whole and within what the state was sized for. */
function checkLengths(plan: Plan, stage: PlanStage, values: Float64Array): void {
  for (const id of stage.nodes) {
    const node = plan.graph.nodes[id];
    if (!node) continue;
    specOf(node.op).arguments.forEach(({ name, rule }, index) => {
      if (rule.kind !== 'length') return;
      const argument = node.args[index] ?? -1;
      const value = values[argument] ?? Number.NaN;
      if (Number.isInteger(value) && value >= rule.min + (rule.plus ?? 0) && value <= highestOf(stage, argument))
        return;
      throw new BindError(
        'length',
        node.op,
        `the length \`${name}\` of ${node.op} comes to ${value}; it must be a whole number of at least ${rule.min}`,
      );
    });
  }
}

function highestOf(stage: PlanStage, id: NodeId): number {
  const slot = stage.slots.find(candidate => candidate.kind === 'node' && candidate.node === id);
  return slot?.kind === 'node' ? slot.high : Number.POSITIVE_INFINITY;
}

// ---------------------------------------------------------------- params regions

function regionOf(stage: PlanStage, { lane, values, warmups }: LaneBinding, grid: LaneData): Float64Array {
  const columns = grid.clocks[stage.clock];
  if (!columns) throw new Error(`the data have no clock ${stage.clock}`);
  const fill = (slot: Slot): number => {
    switch (slot.kind) {
      case 'node':
        return values[slot.node] ?? Number.NaN;
      case 'ready':
        // Not cut to the data's length: a snapshot goes on where more data have come.
        return readyOf(slot.nodes, warmups);
      case 'ordinal':
        return columns.firstOrdinal + (lane.start[stage.clock] ?? 0);
    }
  };
  return Float64Array.from(stage.slots, fill);
}

/** First tick at which all are ready; Infinity when the data end before. */
export function readyOf(
  nodes: readonly NodeId[],
  warmups: readonly Warmup[],
  length = Number.POSITIVE_INFINITY,
): number {
  const ready = Math.max(0, ...nodes.map(id => warmups[id]?.ready ?? 0));
  return ready < length ? ready : Number.POSITIVE_INFINITY;
}

export function outputAt(plan: Plan, place: Plan['flagColumns'][number] | undefined) {
  return plan.stages[place?.stage ?? -1]?.outputs[place?.output ?? -1];
}

/** The nodes that must be ready before a rule can fire. */
export function conditionGates(plan: Plan, when: ValueRef): readonly NodeId[] {
  const place = (when.from === 'flag' ? plan.flagColumns : plan.accountColumns)[when.index];
  const stage = plan.stages[place?.stage ?? -1];
  const output = outputAt(plan, place);
  const slot = output?.type === 'flag' ? stage?.slots[output.ready] : undefined;
  return slot?.kind === 'ready' ? slot.nodes : [];
}
