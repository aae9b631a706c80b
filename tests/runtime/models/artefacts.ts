/** Artefacts of chance, for tests of what is done with them. */
import type { Layer, LinearArtefact, NetArtefact, Tree, TreeArtefact } from '../../../runtime/models/artefact.ts';
import type { OnnxFacts } from '../../../runtime/models/onnx/export.ts';
import { type Chance, chance } from '../../../runtime/statistics/chance.ts';
import { normals } from './rows.ts';

export function factsOf(features: number, outputs: number): OnnxFacts {
  return {
    features: Array.from({ length: features }, (_, c) => ({ name: `feature ${c}`, hash: `hash ${c}` })),
    outputs: Array.from({ length: outputs }, (_, o) => `output ${o}`),
    label: 'label',
  };
}

/** Cuts are multiples of 1/4, so that rows can hit them exactly; values of leaves have all the digits of a float32. */
export function randomTrees(
  seed: number,
  { features, outputs, trees, depth }: { features: number; outputs: number; trees: number; depth: number },
): TreeArtefact {
  const random = chance(seed);
  const draw = normals(seed + 1);
  return {
    kind: 'trees',
    features,
    outputs,
    base: Float32Array.from({ length: outputs }, draw),
    trees: Array.from({ length: trees }, (_, k) => randomTree(random, draw, features, k % outputs, depth)),
  };
}

function randomTree(random: Chance, draw: () => number, features: number, output: number, depth: number): Tree {
  const nodes: { feature: number; cut: number; left: number; right: number; absentLeft: number; value: number }[] = [];
  const grow = (level: number): number => {
    const id = nodes.length;
    const isLeaf = level === depth || random.next() < 0.08 * level;
    nodes.push({ feature: -1, cut: 0, left: -1, right: -1, absentLeft: 0, value: isLeaf ? draw() : 0 });
    if (isLeaf) return id;
    const left = grow(level + 1);
    const right = grow(level + 1);
    const feature = Math.floor(random.next() * features);
    nodes[id] = {
      feature,
      cut: Math.round(draw() * 4) / 4,
      left,
      right,
      absentLeft: Number(random.next() < 0.5),
      value: 0,
    };
    return id;
  };
  grow(0);
  const float = (of: (node: (typeof nodes)[number]) => number): Float32Array => Float32Array.from(nodes, of);
  return {
    output,
    feature: Int32Array.from(nodes, node => node.feature),
    cut: float(node => node.cut),
    left: Int32Array.from(nodes, node => node.left),
    right: Int32Array.from(nodes, node => node.right),
    absentLeft: Uint8Array.from(nodes, node => node.absentLeft),
    value: float(node => node.value),
    gain: float(node => (node.feature < 0 ? 0 : random.next())),
    cover: float(() => Math.ceil(random.next() * 100)),
  };
}

export function randomLinear(seed: number, features: number, outputs: number): LinearArtefact {
  const draw = normals(seed);
  const weights = Float64Array.from({ length: outputs * features }, draw);
  return { kind: 'linear', features, outputs, weights, bias: Float64Array.from({ length: outputs }, draw) };
}

export function randomNet(seed: number, sizes: readonly number[], activation: 'relu' | 'tanh'): NetArtefact {
  const draw = normals(seed);
  const layers = sizes.slice(1).map((outputs, k): Layer => {
    const inputs = sizes[k];
    const weights = Float32Array.from({ length: outputs * inputs }, () => draw() / Math.sqrt(inputs));
    const bias = Float32Array.from({ length: outputs }, () => 0.1 * draw());
    return { inputs, outputs, weights, bias, activation: k === sizes.length - 2 ? 'none' : activation };
  });
  return { kind: 'net', features: sizes[0], outputs: sizes[sizes.length - 1], layers };
}
