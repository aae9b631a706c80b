/**
 * Artefacts as ONNX graphs: one input `features`, float[rows, columns], one output `margins`. The graph ends at the margins;
 * sigmoid, softmax and calibration stay in our kernel, as do the fitted steps before it (scale, clip, impute, selection):
 * they run in f64 before the float32 edge, which a float32 graph could not repeat.
 *
 * Trees are `TreeEnsembleRegressor` without a transform: onnxruntime adds the leaves in tree order and the base value last,
 * in float32, so that one CPU thread gives our bits. A linear model is a `Gemm` of doubles, a net a chain of float `Gemm`s.
 */
import type { Artefact, LinearArtefact, NetArtefact, TreeArtefact } from '../artefact.ts';
import { encodeOnnx } from './encode.ts';
import { ELEMENT, MACHINE_LEARNING, type OnnxAttribute, type OnnxNode, type OnnxTensor } from './graph.ts';
import { rawOf } from './wire.ts';

/** What a graph says of itself, for people and for serving: kept in its `metadata_props` under `vela.…`. */
export interface OnnxFacts {
  readonly features: readonly { readonly name: string; readonly hash: string }[];
  /** `value`, or the names of the classes. */
  readonly outputs: readonly string[];
  readonly label: string;
  /** Anything else, by key. */
  readonly more?: Readonly<Record<string, string>>;
}

export type Precision = 'float32' | 'float16' | 'int8';

/** Equal artefacts and facts give equal bytes. `precision` is for nets; others have but one. */
export function exportOnnx(
  artefact: Artefact,
  facts: OnnxFacts,
  precision: Precision = 'float32',
): Uint8Array<ArrayBuffer> {
  const part = partOf(artefact, precision);
  const element = artefact.kind === 'linear' ? ELEMENT.double : ELEMENT.float;
  return encodeOnnx({
    irVersion: 8,
    producer: 'vela',
    opsets: [
      { domain: '', version: 17 },
      ...(artefact.kind === 'trees' ? [{ domain: MACHINE_LEARNING, version: 3 }] : []),
    ],
    metadata: metadataOf(artefact, facts, precision),
    external: false,
    graph: {
      name: artefact.kind,
      nodes: part.nodes,
      initializers: part.initializers,
      inputs: [{ name: 'features', kind: 'tensor', element: ELEMENT.float, dims: ['rows', artefact.features] }],
      outputs: [{ name: 'margins', kind: 'tensor', element, dims: ['rows', artefact.outputs] }],
    },
  });
}

interface Part {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
}

function partOf(artefact: Artefact, precision: Precision): Part {
  switch (artefact.kind) {
    case 'trees':
      return { nodes: [ensemble(artefact)], initializers: [] };
    case 'linear':
      return linear(artefact);
    case 'net':
      return NETS[precision](artefact);
  }
}

function metadataOf(artefact: Artefact, facts: OnnxFacts, precision: Precision): ReadonlyMap<string, string> {
  const entries: Record<string, string> = {
    'vela.artefact': artefact.kind,
    'vela.features': JSON.stringify(facts.features.map(({ name, hash }) => [name, hash])),
    'vela.label': facts.label,
    'vela.outputs': JSON.stringify(facts.outputs),
    'vela.precision': precision,
    ...(artefact.kind === 'trees' && { 'vela.gain': gainText(artefact) }),
  };
  for (const [key, value] of Object.entries(facts.more ?? {})) entries[`vela.${key}`] = value;
  return new Map(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** ONNX has no place for the gain of a split: float32 of all nodes in their order, base64. */
function gainText({ trees }: TreeArtefact): string {
  return trees.map(tree => Buffer.from(rawOf(tree.gain)).toString('base64')).join(' ');
}

// ---------------------------------------------------------------- trees

function ensemble({ trees, outputs, base }: TreeArtefact): OnnxNode {
  const nodes = trees.flatMap((tree, number) => Array.from(tree.feature, (_, id) => ({ tree, number, id })));
  const leaves = nodes.filter(({ tree, id }) => tree.feature[id] < 0);
  const ints = (of: (node: (typeof nodes)[number]) => number, from = nodes): OnnxAttribute => ({
    kind: 'ints',
    values: from.map(of),
  });
  const floats = (of: (node: (typeof nodes)[number]) => number, from = nodes): OnnxAttribute => ({
    kind: 'floats',
    values: Float32Array.from(from, of),
  });
  const isLeaf = ({ tree, id }: (typeof nodes)[number]): boolean => tree.feature[id] < 0;
  return {
    operator: 'TreeEnsembleRegressor',
    domain: MACHINE_LEARNING,
    inputs: ['features'],
    outputs: ['margins'],
    attributes: new Map<string, OnnxAttribute>([
      ['aggregate_function', { kind: 'text', value: 'SUM' }],
      ['base_values', { kind: 'floats', values: base }],
      ['n_targets', { kind: 'int', value: outputs }],
      ['nodes_falsenodeids', ints(node => (isLeaf(node) ? 0 : node.tree.right[node.id]))],
      ['nodes_featureids', ints(node => Math.max(0, node.tree.feature[node.id]))],
      ['nodes_hitrates', floats(node => node.tree.cover[node.id])],
      ['nodes_missing_value_tracks_true', ints(node => (isLeaf(node) ? 0 : node.tree.absentLeft[node.id]))],
      ['nodes_modes', { kind: 'texts', values: nodes.map(node => (isLeaf(node) ? 'LEAF' : 'BRANCH_LT')) }],
      ['nodes_nodeids', ints(node => node.id)],
      ['nodes_treeids', ints(node => node.number)],
      ['nodes_truenodeids', ints(node => (isLeaf(node) ? 0 : node.tree.left[node.id]))],
      ['nodes_values', floats(node => (isLeaf(node) ? 0 : node.tree.cut[node.id]))],
      ['post_transform', { kind: 'text', value: 'NONE' }],
      ['target_ids', ints(node => node.tree.output, leaves)],
      ['target_nodeids', ints(node => node.id, leaves)],
      ['target_treeids', ints(node => node.number, leaves)],
      ['target_weights', floats(node => node.tree.value[node.id], leaves)],
    ]),
  };
}

// ---------------------------------------------------------------- linear models and nets

const TRANSPOSED = new Map<string, OnnxAttribute>([['transB', { kind: 'int', value: 1 }]]);

function linear({ features, outputs, weights, bias }: LinearArtefact): Part {
  return {
    nodes: [
      cast('features', 'features64', ELEMENT.double),
      node('Gemm', ['features64', 'weights', 'bias'], ['margins'], TRANSPOSED),
    ],
    initializers: [
      { name: 'weights', element: ELEMENT.double, dims: [outputs, features], raw: rawOf(weights) },
      { name: 'bias', element: ELEMENT.double, dims: [outputs], raw: rawOf(bias) },
    ],
  };
}

const NETS: Readonly<Record<Precision, (artefact: NetArtefact) => Part>> = {
  float32: artefact => chain(artefact, 'features', 'margins', ELEMENT.float, rawOf),
  float16: artefact => {
    const inside = chain(artefact, 'features16', 'margins16', ELEMENT.float16, values => rawOf(halvesOf(values)));
    const first = cast('features', 'features16', ELEMENT.float16);
    const last = cast('margins16', 'margins', ELEMENT.float);
    return { ...inside, nodes: [first, ...inside.nodes, last] };
  },
  int8: quantised,
};

function chain(
  { layers }: NetArtefact,
  from: string,
  to: string,
  element: number,
  raw: (values: Float32Array) => Uint8Array,
): Part {
  const parts = layers.map((layer, k): Part => {
    const [input, output] = [k === 0 ? from : `values${k}`, k === layers.length - 1 ? to : `values${k + 1}`];
    const gemm = [input, `weights${k}`, `bias${k}`];
    return {
      nodes: activated(layer.activation, output, sums => [node('Gemm', gemm, [sums], TRANSPOSED)]),
      initializers: [
        { name: `weights${k}`, element, dims: [layer.outputs, layer.inputs], raw: raw(layer.weights) },
        { name: `bias${k}`, element, dims: [layer.outputs], raw: raw(layer.bias) },
      ],
    };
  });
  return joined(parts);
}

/**
 * Dynamic int8: values are scaled to 8 bits where they arrive, weights are whole numbers of −127 to 127 with one scale a
 * unit; products and sums are whole numbers, scaled back in float32. Weights are stored as 1 to 255 around 128: products of
 * unsigned with signed bytes overflow on processors without VNNI, and a net would lose more there than where it was accepted.
 */
function quantised({ layers }: NetArtefact): Part {
  const parts = layers.map((layer, k): Part => {
    const [input, output] = [
      k === 0 ? 'features' : `values${k}`,
      k === layers.length - 1 ? 'margins' : `values${k + 1}`,
    ];
    const { whole, scales } = wholeOf(layer);
    return {
      nodes: activated(layer.activation, output, sums => [
        node('DynamicQuantizeLinear', [input], [`x${k}`, `xscale${k}`, `xzero${k}`]),
        node('MatMulInteger', [`x${k}`, `weights${k}`, `xzero${k}`, 'middle'], [`whole${k}`]),
        cast(`whole${k}`, `float${k}`, ELEMENT.float),
        node('Mul', [`xscale${k}`, `wscale${k}`], [`scale${k}`]),
        node('Mul', [`float${k}`, `scale${k}`], [`scaled${k}`]),
        node('Add', [`scaled${k}`, `bias${k}`], [sums]),
      ]),
      initializers: [
        { name: `weights${k}`, element: ELEMENT.uint8, dims: [layer.inputs, layer.outputs], raw: rawOf(whole) },
        { name: `wscale${k}`, element: ELEMENT.float, dims: [layer.outputs], raw: rawOf(scales) },
        { name: `bias${k}`, element: ELEMENT.float, dims: [layer.outputs], raw: rawOf(layer.bias) },
      ],
    };
  });
  const middle = { name: 'middle', element: ELEMENT.uint8, dims: [], raw: Uint8Array.of(MIDDLE) };
  return joined([{ nodes: [], initializers: [middle] }, ...parts]);
}

const MIDDLE = 128;

/** `[input][unit]`, as `MatMulInteger` reads them; the largest weight of a unit becomes 128 ± 127. */
function wholeOf({ inputs, outputs, weights }: NetArtefact['layers'][number]): {
  whole: Uint8Array;
  scales: Float32Array;
} {
  const whole = new Uint8Array(inputs * outputs);
  const scales = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const own = weights.subarray(o * inputs, (o + 1) * inputs);
    const largest = own.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    scales[o] = largest === 0 ? 1 : largest / 127;
    for (let i = 0; i < inputs; i++) whole[i * outputs + o] = MIDDLE + Math.round(own[i] / scales[o]);
  }
  return { whole, scales };
}

const ACTIVATIONS = { relu: 'Relu', tanh: 'Tanh' } as const;

function activated(
  activation: NetArtefact['layers'][number]['activation'],
  output: string,
  sumsTo: (name: string) => readonly OnnxNode[],
): readonly OnnxNode[] {
  if (activation === 'none') return sumsTo(output);
  return [...sumsTo(`${output}sums`), node(ACTIVATIONS[activation], [`${output}sums`], [output])];
}

function joined(parts: readonly Part[]): Part {
  return { nodes: parts.flatMap(part => part.nodes), initializers: parts.flatMap(part => part.initializers) };
}

function cast(from: string, to: string, element: number): OnnxNode {
  return node('Cast', [from], [to], new Map([['to', { kind: 'int', value: element }]]));
}

function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: ReadonlyMap<string, OnnxAttribute> = new Map(),
): OnnxNode {
  return { operator, domain: '', inputs, outputs, attributes };
}

/** IEEE half precision, ties to even. Beyond its range a weight becomes infinite, which the bound on the metric refuses. */
export function halvesOf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.slice().buffer);
  return Uint16Array.from(bits, halfOf);
}

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size >= 0x7f800000) return sign | 0x7c00 | (size > 0x7f800000 ? 0x200 : 0);
  if (size >= 0x477ff000) return sign | 0x7c00;
  // Below 2^-14 a half loses digits; the smallest step there is 2^-24.
  const isSmall = size < 0x38800000;
  const exponent = size >>> 23;
  const significand = isSmall ? (size & 0x7fffff) | 0x800000 : size - 0x38000000;
  const drop = isSmall ? 126 - exponent : 13;
  if (drop > 24) return sign;
  const kept = significand >>> drop;
  const rest = significand & ((1 << drop) - 1);
  const middle = 1 << (drop - 1);
  return sign | (kept + Number(rest > middle || (rest === middle && (kept & 1) === 1)));
}
