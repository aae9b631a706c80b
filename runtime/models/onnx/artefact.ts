/**
 * Graphs of our own, read back to the numbers they were made from, bit for bit: then they are predicted by our own code.
 * The graph is thereby all that needs to be kept of a model.
 */
import type { Artefact, Layer, LinearArtefact, NetArtefact, Tree, TreeArtefact } from '../artefact.ts';
import { modelError } from '../errors.ts';
import { ELEMENT, type OnnxAttribute, type OnnxModel, type OnnxNode } from './graph.ts';

/** Absent for graphs made elsewhere, and for nets that were compressed. E1175 where a graph of ours was changed. */
export function artefactOf(model: OnnxModel): Artefact | undefined {
  const kind = model.metadata.get('vela.artefact');
  if (kind === undefined || model.metadata.get('vela.precision') !== 'float32') return undefined;
  if (kind === 'trees') return treesOf(model);
  if (kind === 'linear') return linearOf(model);
  if (kind === 'net') return netOf(model);
  throw damaged(`an artefact of kind \`${kind}\``);
}

function damaged(reason: string): Error {
  return modelError('E1175', { reason });
}

function widthsOf({ graph }: OnnxModel): { readonly features: number; readonly outputs: number } {
  const [features, outputs] = [graph.inputs[0]?.dims?.[1], graph.outputs[0]?.dims?.[1]];
  if (typeof features !== 'number' || typeof outputs !== 'number') throw damaged('its shapes are not stated');
  return { features, outputs };
}

// ---------------------------------------------------------------- linear models and nets

function linearOf(model: OnnxModel): LinearArtefact {
  const { features, outputs } = widthsOf(model);
  const weights = new Float64Array(tensor(model, 'weights', ELEMENT.double, [outputs, features]));
  const bias = new Float64Array(tensor(model, 'bias', ELEMENT.double, [outputs]));
  return { kind: 'linear', features, outputs, weights, bias };
}

function netOf(model: OnnxModel): NetArtefact {
  const { features, outputs } = widthsOf(model);
  const count = model.graph.nodes.filter(({ operator }) => operator === 'Gemm').length;
  let inputs = features;
  const layers = Array.from({ length: count }, (_, k): Layer => {
    const units = model.graph.initializers.find(({ name }) => name === `bias${k}`)?.dims[0] ?? 0;
    const weights = new Float32Array(tensor(model, `weights${k}`, ELEMENT.float, [units, inputs]));
    const bias = new Float32Array(tensor(model, `bias${k}`, ELEMENT.float, [units]));
    const layer = { inputs, outputs: units, weights, bias, activation: activationBehind(model, k) };
    inputs = units;
    return layer;
  });
  if (inputs !== outputs || count === 0) throw damaged('its layers do not fit together');
  return { kind: 'net', features, outputs, layers };
}

function activationBehind({ graph }: OnnxModel, layer: number): Layer['activation'] {
  const gemms = graph.nodes.flatMap(({ operator }, at) => (operator === 'Gemm' ? [at] : []));
  const next = graph.nodes[gemms[layer] + 1]?.operator;
  return next === 'Relu' ? 'relu' : next === 'Tanh' ? 'tanh' : 'none';
}

function tensor({ graph }: OnnxModel, name: string, element: number, dims: readonly number[]): ArrayBuffer {
  const found = graph.initializers.find(initializer => initializer.name === name);
  const size = dims.reduce((a, b) => a * b, element === ELEMENT.double ? 8 : 4);
  if (found?.element !== element || found.dims.join() !== dims.join() || found.raw.length !== size) {
    throw damaged(`\`${name}\` is missing, or of another shape`);
  }
  return Uint8Array.from(found.raw).buffer;
}

// ---------------------------------------------------------------- trees

function treesOf(model: OnnxModel): TreeArtefact {
  const { features, outputs } = widthsOf(model);
  const ensemble = model.graph.nodes.find(({ operator }) => operator === 'TreeEnsembleRegressor');
  if (ensemble === undefined) throw damaged('it has no trees');
  const columns = columnsOf(ensemble);
  refuseOddColumns(columns, features, outputs);
  const gains = (model.metadata.get('vela.gain') ?? '').split(' ');
  const trees: Tree[] = [];
  let leaf = 0;
  for (let start = 0; start < columns.tree.length; ) {
    let end = start + 1;
    while (end < columns.tree.length && columns.tree[end] === columns.tree[start]) end++;
    const grown = treeOf(columns, start, end, leaf, gainOf(gains[trees.length], end - start));
    leaf += grown.leaves;
    trees.push(grown.tree);
    start = end;
  }
  return { kind: 'trees', features, outputs, base: columns.base, trees };
}

interface Columns {
  readonly tree: Float64Array;
  readonly feature: Float64Array;
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly absentLeft: Float64Array;
  readonly mode: readonly string[];
  readonly cut: Float32Array;
  readonly cover: Float32Array;
  readonly base: Float32Array;
  readonly leafOutput: Float64Array;
  readonly leafValue: Float32Array;
}

function columnsOf(ensemble: OnnxNode): Columns {
  const ints = (name: string): Float64Array => Float64Array.from(attribute(ensemble, name, 'ints').values);
  const floats = (name: string): Float32Array => attribute(ensemble, name, 'floats').values;
  return {
    tree: ints('nodes_treeids'),
    feature: ints('nodes_featureids'),
    left: ints('nodes_truenodeids'),
    right: ints('nodes_falsenodeids'),
    absentLeft: ints('nodes_missing_value_tracks_true'),
    mode: attribute(ensemble, 'nodes_modes', 'texts').values,
    cut: floats('nodes_values'),
    cover: floats('nodes_hitrates'),
    base: floats('base_values'),
    leafOutput: ints('target_ids'),
    leafValue: floats('target_weights'),
  };
}

/** Everything that is read at a place must have that place. */
function refuseOddColumns(columns: Columns, features: number, outputs: number): void {
  const { tree, feature, left, right, absentLeft, mode, cut, cover, base, leafOutput, leafValue } = columns;
  const nodes = tree.length;
  const leaves = mode.filter(name => name === 'LEAF').length;
  const isOdd =
    [feature, left, right, absentLeft, mode, cut, cover].some(({ length }) => length !== nodes) ||
    [leafOutput, leafValue].some(({ length }) => length !== leaves) ||
    base.length !== outputs ||
    mode.some(name => name !== 'LEAF' && name !== 'BRANCH_LT') ||
    feature.some(column => !(column >= 0 && column < features)) ||
    leafOutput.some(output => !(output >= 0 && output < outputs)) ||
    absentLeft.some(way => way !== 0 && way !== 1);
  if (isOdd) throw damaged('its trees are not of one piece');
}

function attribute<Kind extends OnnxAttribute['kind']>(
  { attributes }: OnnxNode,
  name: string,
  kind: Kind,
): Extract<OnnxAttribute, { readonly kind: Kind }> {
  const found = attributes.get(name);
  if (found?.kind !== kind) throw damaged(`its trees lack \`${name}\``);
  return found as Extract<OnnxAttribute, { readonly kind: Kind }>;
}

function gainOf(text: string | undefined, nodes: number): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text ?? '', 'base64'));
  if (bytes.length !== 4 * nodes) throw damaged('its gains are not those of its trees');
  return new Float32Array(bytes.buffer);
}

/** Nodes `start .. end` are one tree; its leaves follow each other from `firstLeaf`, in the order of their nodes. */
function treeOf(columns: Columns, start: number, end: number, firstLeaf: number, gain: Float32Array) {
  const part = (values: Float64Array): Int32Array => Int32Array.from(values.subarray(start, end));
  const feature = part(columns.feature);
  const left = part(columns.left);
  const right = part(columns.right);
  const value = new Float32Array(end - start);
  let leaves = 0;
  for (let id = 0; id < feature.length; id++) {
    if (columns.mode[start + id] === 'LEAF') {
      feature[id] = left[id] = right[id] = -1;
      value[id] = columns.leafValue[firstLeaf + leaves++];
    } else if (!(left[id] > id && right[id] > id && left[id] < feature.length && right[id] < feature.length)) {
      throw damaged('a node of its trees leads to none below it');
    }
  }
  const tree: Tree = {
    output: columns.leafOutput[firstLeaf],
    feature,
    cut: columns.cut.slice(start, end),
    left,
    right,
    absentLeft: Uint8Array.from(columns.absentLeft.subarray(start, end)),
    value,
    gain,
    cover: columns.cover.slice(start, end),
  };
  return { tree, leaves };
}
