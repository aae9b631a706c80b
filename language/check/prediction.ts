/**
 * The column that a `predict` or `drift` node is. A prediction enters a plan like bars do; whoever asks a model for it and
 * whoever reads it agree on the column's name here.
 */
import type { Node } from './node.ts';

/**
 * `gbm`, `gbm.up` (of one class), `gbm(y)` (from block `y` instead of its own), `drift(gbm, 500)` and
 * `drift(gbm, 500).prediction`. `blockName` gives the name of a block by its number in `Program.blocks`.
 */
export function predictionKey(node: Pick<Node, 'op' | 'attrs'>, blockName: (block: number) => string): string {
  const { name = '', field, block, value } = node.attrs;
  const from = block === undefined ? name : `${name}(${blockName(block)})`;
  const whole = node.op === 'drift' ? `drift(${from}, ${value ?? 0})` : from;
  return field === undefined ? whole : `${whole}.${field}`;
}
