/** From which tick on a model has rows: when its features, and the condition of its rows, can exist and have settled. */
import type { Warmup } from '../../language/check/facts.ts';
import type { NodeId } from '../../language/check/node.ts';
import { worstTiming } from '../../language/check/timing.ts';
import { warmup } from '../../language/check/warmup.ts';
import { bind, evaluateFixed, type InstrumentMeta, type ParamValues } from '../bind.ts';
import type { PlanData } from '../kernel/run.ts';
import type { FeaturesPlan } from '../learning.ts';

/** Ticks of the block's clock, on the grid that the instruments share. */
export interface RowWarmup {
  /** First tick of the lane. */
  readonly start: number;
  /** First tick at which all features are ready. */
  readonly ready: number;
  /** First tick at which what happened before `start` has stopped mattering; where that was nothing, `ready` is enough. */
  readonly settled: number;
}

/** One a lane, exact for the data. Throws a `BindError` as `bind` does. */
export function rowWarmup(
  features: FeaturesPlan,
  params: ParamValues,
  data: PlanData,
  meta: readonly InstrumentMeta[],
): readonly RowWarmup[] {
  const read = nodesRead(features);
  return bind(features.plan, params, data, meta)
    .of(features.axis)
    .map(({ lane, warmups }) => {
      const start = lane.start[features.clock] ?? 0;
      const { ready, settled } = latestOf(read, warmups);
      return { start, ready: start + ready, settled: start + settled };
    });
}

/** Of any lane and any data, counted from its start: how much must lie before the first row that a training wants. */
export function worstRowWarmup(features: FeaturesPlan, params: ParamValues, meta: readonly InstrumentMeta[]): Warmup {
  const { plan } = features;
  const warmups = warmup(plan.graph.nodes, evaluateFixed(plan, params, meta), worstTiming(plan.clocks));
  return latestOf(nodesRead(features), warmups);
}

function nodesRead({ plan, columns, when }: FeaturesPlan): readonly NodeId[] {
  const watches = [...columns.map(({ watch }) => watch), ...(when === undefined ? [] : [when])];
  const names = new Set(watches.map(watch => `watch.${plan.watches[watch]?.name}`));
  return plan.graph.roots.flatMap(({ name, node }) => (names.has(name) ? [node] : []));
}

function latestOf(nodes: readonly NodeId[], warmups: readonly Warmup[]): Warmup {
  const of = (one: keyof Warmup) => Math.max(0, ...nodes.map(id => warmups[id]?.[one] ?? 0));
  return { ready: of('ready'), settled: of('settled') };
}
