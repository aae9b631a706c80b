/**
 * What a training leaves behind: numbers alone, the same bytes for the same inputs. An artefact maps a float32 row to
 * margins; sigmoid, softmax and calibration are applied behind it, in f64 with the house's `exp` (runtime/models/output.ts).
 */
export type Artefact = TreeArtefact | LinearArtefact | NetArtefact;

/**
 * Trees. The margin of an output is the float32 sum of its leaves in tree order from 0, the base value last. A row goes
 * left where `x < cut`; absent goes where `absentLeft` says.
 */
export interface TreeArtefact {
  readonly kind: 'trees';
  readonly features: number;
  /** 1, or the number of classes. */
  readonly outputs: number;
  readonly base: Float32Array;
  readonly trees: readonly Tree[];
}
/** Node 0 is the root. A leaf has `feature` −1. Children have greater numbers than their parent. */
export interface Tree {
  readonly output: number;
  readonly feature: Int32Array;
  readonly cut: Float32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly absentLeft: Uint8Array;
  /** Of leaves. */
  readonly value: Float32Array;
  readonly gain: Float32Array;
  /** Sum of the hessians that reached the node. */
  readonly cover: Float32Array;
}

/** margin[o] = bias[o] + Σ weights[o * features + c] · x[c], summed in column order from the bias, in f64. */
export interface LinearArtefact {
  readonly kind: 'linear';
  readonly features: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

export interface NetArtefact {
  readonly kind: 'net';
  readonly features: number;
  readonly outputs: number;
  readonly layers: readonly Layer[];
}
/** y = activation(bias + W x); `weights[o * inputs + i]`. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly activation: 'relu' | 'tanh' | 'none';
}
