/**
 * Which models read which: a prediction among a model's columns, its `when`, its label or its weights makes the other one
 * upstream. Models are trained and asked in that order; the checker has refused cycles.
 */
import type { Model } from '../../../language/check/model.ts';
import type { Node, NodeId } from '../../../language/check/node.ts';
import type { Program } from '../../../language/check/program.ts';

/** A column of predictions that a node asks for. */
export interface Asked {
  readonly node: Node;
  readonly model: string;
}

/** `predict` and `drift` nodes that these nodes depend on directly: what lies behind a prediction is its model's own. */
export function predictionsBehind(program: Program, roots: readonly NodeId[]): readonly Asked[] {
  const seen = new Set<NodeId>();
  const found: Asked[] = [];
  const open = [...roots];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const node = program.nodes[id];
    if (node === undefined) continue;
    if (node.op === 'predict' || node.op === 'drift') found.push({ node, model: node.attrs.name ?? '' });
    else open.push(...node.args);
  }
  return found;
}

/** All nodes that a model is trained on: columns, condition, label, weights. */
export function nodesOf(program: Program, model: Model): readonly NodeId[] {
  const { block, label, when, weight = [] } = model;
  const labels = [
    ...(label === undefined ? [] : [label]),
    ...weight.flatMap(factor => (factor.kind === 'uniqueness' ? [factor.label] : [])),
  ];
  return [
    ...(program.blocks[block]?.columns.map(({ node }) => node) ?? []),
    ...(when === undefined ? [] : [when.node]),
    ...labels.flatMap(number => program.labels[number]?.node ?? []),
    ...weight.flatMap(factor => (factor.kind === 'value' ? [factor.node] : [])),
  ];
}

/** Names of the models that a model reads, in the order of their first mention. */
export function upstreamOf(program: Program, model: Model): readonly string[] {
  return [...new Set(predictionsBehind(program, nodesOf(program, model)).map(({ model: name }) => name))].sort();
}

/** Upstream models first; among those that do not read one another, the order of the file. */
export function trainingOrder(program: Program, models: readonly Model[] = program.models): readonly Model[] {
  const ordered: Model[] = [];
  const place = (model: Model): void => {
    if (ordered.includes(model)) return;
    for (const name of upstreamOf(program, model)) {
      const upstream = program.models.find(each => each.name === name);
      if (upstream !== undefined) place(upstream);
    }
    ordered.push(model);
  };
  models.forEach(place);
  return ordered;
}
