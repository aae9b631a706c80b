/** Compiled trees against walking them: equal bits, for any rows, for any size of batch. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tree, TreeArtefact } from '../../../../runtime/models/artefact.ts';
import type { Matrix } from '../../../../runtime/models/matrix.ts';
import { compileTrees } from '../../../../runtime/models/trees/compiled.ts';
import { walkTrees } from '../../../../runtime/models/trees/predict.ts';
import { chance } from './support.ts';

const CUTS = [-1.5, -0, 0, 0.1, 2, 1e-45, 3.4e38];

/** A tree of any shape, its cuts from a few values that rows have as well. */
function randomTree(uniform: () => number, features: number, outputs: number, nodes: number): Tree {
  const [feature, left, right]: [number[], number[], number[]] = [[-1], [-1], [-1]];
  const leaves = [0];
  while (feature.length + 2 <= nodes) {
    const [leaf] = leaves.splice(Math.floor(uniform() * leaves.length), 1);
    feature[leaf] = Math.floor(uniform() * features);
    left[leaf] = feature.length;
    right[leaf] = feature.length + 1;
    for (let child = 0; child < 2; child++) {
      leaves.push(feature.length);
      feature.push(-1);
      left.push(-1);
      right.push(-1);
    }
  }
  const floats = (make: () => number) => Float32Array.from(feature, make);
  return {
    output: Math.floor(uniform() * outputs),
    feature: Int32Array.from(feature),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    cut: floats(() => CUTS[Math.floor(uniform() * CUTS.length)]),
    absentLeft: Uint8Array.from(feature, () => Math.floor(2 * uniform())),
    value: floats(() => uniform() - 0.5),
    gain: floats(() => 0),
    cover: floats(() => 0),
  };
}

function randomForest(seed: number, features: number, outputs: number, count: number): TreeArtefact {
  const uniform = chance(seed);
  return {
    kind: 'trees',
    features,
    outputs,
    base: Float32Array.from({ length: outputs }, uniform),
    trees: Array.from({ length: count }, () => randomTree(uniform, features, outputs, 1 + Math.floor(60 * uniform()))),
  };
}

/** Values that hit cuts exactly, lie one float beside them, or are absent. */
function randomRows(seed: number, rows: number, columns: number): Matrix {
  const uniform = chance(seed);
  const next = new Float32Array(1);
  const bits = new Int32Array(next.buffer);
  const values = Float32Array.from({ length: rows * columns }, () => {
    const kind = uniform();
    if (kind < 0.2) return Number.NaN;
    next[0] = CUTS[Math.floor(uniform() * CUTS.length)] + 0;
    if (kind < 0.4 && next[0] !== 0) bits[0] += kind < 0.3 ? 1 : -1;
    return Number.isFinite(next[0]) ? next[0] : 0;
  });
  return { rows, columns, values };
}

function rowsOf({ rows, columns, values }: Matrix, from: number, count: number): Matrix {
  const part = Array.from({ length: columns }, (_, c) => values.subarray(c * rows + from, c * rows + from + count));
  return { rows: count, columns, values: Float32Array.from(part.flatMap(column => [...column])) };
}

const same = (a: Float64Array, b: Float64Array) => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

describe('compiled trees', () => {
  it('equal walking them, bit for bit', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 0, max: 600 }),
        (seed, features, outputs, count, rows) => {
          const artefact = randomForest(seed, features, outputs, count);
          const matrix = randomRows(seed + 1, rows, features);
          expect(same(compileTrees(artefact)(matrix), walkTrees(artefact, matrix))).toBe(true);
        },
      ),
      { numRuns: process.env.VELA_DEEP === '1' ? 1000 : 60 },
    );
  });

  it('give the same bits for batches of 1, 31, 256 and 65 536 rows', () => {
    const artefact = randomForest(3, 10, 2, 40);
    const whole = randomRows(4, 65_536, 10);
    const predict = compileTrees(artefact);
    const margins = predict(whole);
    for (const [batch, upTo] of [
      [1, 500],
      [31, 3100],
      [256, 65_536],
    ]) {
      for (let from = 0; from < upTo; from += batch) {
        const some = predict(rowsOf(whole, from, Math.min(batch, 65_536 - from)));
        for (let o = 0; o < 2; o++) {
          const rows = some.length / 2;
          const expected = margins.slice(o * 65_536 + from, o * 65_536 + from + rows);
          if (!same(some.slice(o * rows, (o + 1) * rows), expected))
            throw new Error(`batch ${batch} at ${from} differs`);
        }
      }
    }
  });

  it('are the float sum in tree order from 0, the base last', () => {
    const leaf = (value: number): Tree => ({
      ...randomTree(chance(1), 1, 1, 1),
      value: Float32Array.of(value),
    });
    const artefact: TreeArtefact = {
      kind: 'trees',
      features: 1,
      outputs: 1,
      base: Float32Array.of(-16_777_216),
      trees: [leaf(16_777_216), leaf(1), leaf(1)],
    };
    // From the base on, or in doubles, it would be 2.
    expect([...compileTrees(artefact)({ rows: 1, columns: 1, values: Float32Array.of(0) })]).toEqual([0]);
  });
});
