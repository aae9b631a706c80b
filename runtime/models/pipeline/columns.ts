/** Every column that a program asks of a model, by its key: what `predict`, `likeliest` and `drift` are. */
import type { Node } from '../../../language/check/node.ts';
import { predictionKey } from '../../../language/check/prediction.ts';
import { type FeatureTable, featureTable } from './data.ts';
import { driftOf, likeliestOf, type Outputs, predictSpan } from './predict.ts';
import type { PreparedModel, PrepareRequest } from './types.ts';

/** `servedBy`: by tick of the block's clock the number of the version that answers. */
export async function columnsOf(
  { program, plans, ground }: PrepareRequest,
  prepared: PreparedModel,
  servedBy: Int32Array,
): Promise<ReadonlyMap<string, readonly Float64Array[]>> {
  const { model, table, serving } = prepared;
  const outputs =
    servedBy === prepared.servedBy ? prepared.outputs : await predictSpan(table, servedBy, serving, model.objective);
  const blockName = (block: number) => program.blocks[block]?.name ?? `${block}`;
  const columns = new Map<string, readonly Float64Array[]>();
  const others = new Map<number, { readonly table: FeatureTable; readonly outputs: Outputs }>();
  for (const node of program.nodes) {
    if ((node.op !== 'predict' && node.op !== 'drift') || node.attrs.name !== model.name) continue;
    const key = predictionKey(node, blockName);
    if (columns.has(key)) continue;
    const { block } = node.attrs;
    let from = { table, outputs };
    if (block !== undefined) {
      const known = others.get(block);
      const other = known?.table ?? featureTable(ground, plans.features(model, block));
      from = known ?? { table: other, outputs: await predictSpan(other, servedBy, serving, model.objective) };
      others.set(block, from);
    }
    columns.set(key, columnOf(node, from.table, from.outputs, { ...prepared, servedBy }));
  }
  return columns;
}

function columnOf(
  { op, attrs }: Node,
  table: FeatureTable,
  outputs: Outputs,
  { model, servedBy, serving }: PreparedModel,
): readonly Float64Array[] {
  if (op === 'drift') {
    const column = driftOf(
      table,
      attrs.field === 'prediction' ? outputs : undefined,
      servedBy,
      serving,
      attrs.value ?? 1,
    );
    return table.from.map(() => column);
  }
  if (attrs.field === undefined) return outputs[0] ?? [];
  if (attrs.field === 'likeliest') return likeliestOf(outputs);
  const classes = model.objective.kind === 'softmax' ? model.objective.classes : [];
  return outputs[classes.indexOf(attrs.field)] ?? [];
}
