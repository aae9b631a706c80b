/** A model as XGBoost saves it (JSON) as an artefact of ours. Nodes are renumbered level by level; deleted ones fall away. */
import type { Tree, TreeArtefact } from '../../artefact.ts';

interface SavedTree {
  readonly split_indices: readonly number[];
  /** Cuts; of leaves their values. */
  readonly split_conditions: readonly number[];
  readonly left_children: readonly number[];
  readonly right_children: readonly number[];
  readonly default_left: readonly (number | boolean)[];
  readonly loss_changes: readonly number[];
  readonly sum_hessian: readonly number[];
}
interface SavedModel {
  readonly learner: {
    readonly gradient_booster: {
      readonly model: { readonly trees: readonly SavedTree[]; readonly tree_info: readonly number[] };
    };
    readonly learner_model_param: { readonly base_score: string };
  };
}

/** `marginOf`: what XGBoost keeps as the base score is in the terms of the label. */
export function artefactOf(
  saved: unknown,
  { features, outputs }: Pick<TreeArtefact, 'features' | 'outputs'>,
  marginOf: (score: number) => number,
): TreeArtefact {
  const { learner } = saved as SavedModel;
  const { trees, tree_info: info } = learner.gradient_booster.model;
  const scores = learner.learner_model_param.base_score.replace(/[[\]]/g, '').split(',').map(Number);
  return {
    kind: 'trees',
    features,
    outputs,
    base: Float32Array.from({ length: outputs }, (_, o) => marginOf(scores[scores.length === 1 ? 0 : o])),
    trees: trees.map((tree, i) => treeOf(tree, info[i])),
  };
}

function treeOf(saved: SavedTree, output: number): Tree {
  const order = [0];
  for (let i = 0; i < order.length; i++) {
    const left = saved.left_children[order[i]];
    if (left >= 0) order.push(left, saved.right_children[order[i]]);
  }
  const numbers = new Map(order.map((node, i) => [node, i]));
  const isLeaf = (node: number) => saved.left_children[node] < 0;
  const child = (node: number) => numbers.get(node) ?? -1;
  const leafOr = (leaf: number, inner: (node: number) => number) => (node: number) =>
    isLeaf(node) ? leaf : inner(node);
  return {
    output,
    feature: Int32Array.from(
      order,
      leafOr(-1, node => saved.split_indices[node]),
    ),
    cut: Float32Array.from(
      order,
      leafOr(0, node => saved.split_conditions[node]),
    ),
    left: Int32Array.from(
      order,
      leafOr(-1, node => child(saved.left_children[node])),
    ),
    right: Int32Array.from(
      order,
      leafOr(-1, node => child(saved.right_children[node])),
    ),
    absentLeft: Uint8Array.from(
      order,
      leafOr(0, node => Number(saved.default_left[node])),
    ),
    value: Float32Array.from(order, node => (isLeaf(node) ? saved.split_conditions[node] : 0)),
    gain: Float32Array.from(
      order,
      leafOr(0, node => saved.loss_changes[node]),
    ),
    cover: Float32Array.from(order, node => saved.sum_hessian[node]),
  };
}
