/** Every column that a program asks of a model, by its key: what `predict`, `likeliest` and `drift` are. */
import type { Model } from '../../../language/check/model.ts';
import type { Node } from '../../../language/check/node.ts';
import { predictionKey } from '../../../language/check/prediction.ts';
import type { FeatureTable } from './data.ts';
import { driftOf, likeliestOf, type Outputs, predictSpan, type Serving } from './predict.ts';
import type { PrepareRequest } from './types.ts';

/** What answers at each tick, and from what it reads. */
export interface Answering {
  readonly model: Model;
  /** By tick of the block's clock: number in `serving`, −1 for none. */
  readonly servedBy: Int32Array;
  readonly serving: readonly (Serving | undefined)[];
  /** Of the model's own block, or of another one that it is asked about. */
  readonly tableOf: (block?: number) => FeatureTable;
  /** Of its own block, where that was worked out before. */
  readonly known?: Read;
}

interface Read {
  readonly table: FeatureTable;
  readonly outputs: Outputs;
}

export async function columnsOf(
  { program }: Pick<PrepareRequest, 'program'>,
  { model, servedBy, serving, tableOf, known: first }: Answering,
): Promise<ReadonlyMap<string, readonly Float64Array[]>> {
  const blockName = (block: number) => program.blocks[block]?.name ?? `${block}`;
  const columns = new Map<string, readonly Float64Array[]>();
  const read = new Map<number | undefined, Read>(first === undefined ? [] : [[undefined, first]]);
  for (const node of program.nodes) {
    if ((node.op !== 'predict' && node.op !== 'drift') || node.attrs.name !== model.name) continue;
    const key = predictionKey(node, blockName);
    if (columns.has(key)) continue;
    const { block } = node.attrs;
    const known = read.get(block);
    const table = known?.table ?? tableOf(block);
    const outputs = known?.outputs ?? (await predictSpan(table, servedBy, serving, model.objective));
    read.set(block, { table, outputs });
    columns.set(key, columnOf(node, table, outputs));
  }
  return columns;

  function columnOf({ op, attrs }: Node, table: FeatureTable, outputs: Outputs): readonly Float64Array[] {
    if (op === 'drift') {
      const of = attrs.field === 'prediction' ? outputs : undefined;
      const column = driftOf(table, of, servedBy, serving, attrs.value ?? 1);
      return table.from.map(() => column);
    }
    if (attrs.field === undefined) return outputs[0] ?? [];
    if (attrs.field === 'likeliest') return likeliestOf(outputs);
    const classes = model.objective.kind === 'softmax' ? model.objective.classes : [];
    return outputs[classes.indexOf(attrs.field)] ?? [];
  }
}
