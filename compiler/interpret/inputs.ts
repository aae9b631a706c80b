/** What the interpreter reads from outside, in the lane that asks: columns of the data, and what models say. */
import type { Node, NodeId } from '../../language/check/node.ts';
import { barColumn } from '../kernel/bar-column.ts';
import type { RunData } from '../kernel/run.ts';
import { instrumentAt, type Lane, startsOf } from '../lanes.ts';
import type { Plan } from '../plan.ts';
import type { World } from './evaluate.ts';

/** Bars and predictions, as the stages' inputs name them. */
export function inputReader(plan: Plan, data: RunData): World['inputValue'] {
  const inputs = new Map(plan.stages.flatMap(stage => stage.inputs.map(({ node, from }) => [node, from] as const)));
  const columns = new Map<string, { readonly first: number; readonly values: Float64Array | undefined }>();
  const columnFor = (id: NodeId, node: Node, lane: Lane) => {
    const from = inputs.get(id);
    if (from?.kind === 'prediction')
      return { first: 0, values: data.predictions.get(from.key)?.[from.member ? lane.index : 0] };
    const number = node.axis === null ? (node.attrs.instrument ?? 0) : lane.instrument;
    const instrument = instrumentAt(data, number);
    const bar = { field: node.attrs.field ?? '', ...(node.attrs.name === 'last' && { ended: 'last' as const }) };
    return {
      first: startsOf(plan.clocks, instrument)[node.clock] ?? 0,
      values: barColumn(plan.clocks, instrument, node.clock, bar),
    };
  };
  return (node, id, lane, tick) => {
    const key = `${id} ${lane.index}`;
    const column = columns.get(key) ?? columnFor(id, node, lane);
    columns.set(key, column);
    return tick < column.first ? Number.NaN : (column.values?.[tick] ?? Number.NaN);
  };
}
