/** Models made elsewhere: what is taken, and how each kind of unfit file is refused. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Objective } from '../../../../language/check/model.ts';
import { openPredictor } from '../../../../runtime/models/inference/open.ts';
import type { Predictor } from '../../../../runtime/models/inference/predictor.ts';
import type { Matrix } from '../../../../runtime/models/matrix.ts';
import { exportOnnx } from '../../../../runtime/models/onnx/export.ts';
import { signatureOf } from '../../../../runtime/models/onnx/signature.ts';
import { outputsOf } from '../../../../runtime/models/output.ts';
import { askOracle, describeWithOracle } from '../../../support/oracle.ts';
import { factsOf, randomNet } from '../artefacts.ts';
import { matrixOf } from '../rows.ts';

function open(bytes: Uint8Array, features = 2): Promise<Predictor> {
  return openPredictor({ kind: 'onnx', bytes, features, file: 'model.onnx' }, { device: 'auto', batch: 4 });
}

async function predict(bytes: Uint8Array, matrix: Matrix): Promise<number[]> {
  const predictor = await open(bytes, matrix.columns);
  try {
    return [...(await predictor.predict(matrix))];
  } finally {
    await predictor.close();
  }
}

const rowsOf = (...rows: readonly (readonly number[])[]): Matrix =>
  matrixOf(rows.length, rows[0].length, (r, c) => rows[r][c]);

describe('files that are no ONNX', () => {
  const whole = exportOnnx(randomNet(1, [2, 3, 1], 'relu'), factsOf(2, 1));
  test.each([
    { name: 'an empty file', bytes: new Uint8Array(), why: 'empty' },
    { name: 'half a file', bytes: whole.subarray(0, whole.length >> 1), why: 'cut short' },
    { name: 'a file cut in its last byte', bytes: whole.subarray(0, whole.length - 1), why: 'cut short' },
    { name: 'a CSV', bytes: Buffer.from('time,open,high,low,close\n1,2,3,4,5\n'), why: 'other format' },
    { name: 'a pickle', bytes: Uint8Array.of(0x80, 0x04, 0x95, 0x10, 0, 0, 0), why: 'other format' },
    { name: 'a picture', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), why: 'other format' },
  ])('$name: E1160, $why', async ({ bytes, why }) => {
    await expect(open(bytes)).rejects.toMatchObject({ code: 'E1160', facts: { why }, file: 'model.onnx' });
  });
});

describeWithOracle('files of the Python package onnx', () => {
  let files: ReadonlyMap<string, Uint8Array>;
  beforeAll(() => {
    const made = askOracle('onnx_files', { do: 'make' }) as Record<string, string>;
    files = new Map(Object.entries(made).map(([name, text]) => [name, new Uint8Array(Buffer.from(text, 'base64'))]));
  });
  const file = (name: string): Uint8Array => {
    const found = files.get(name);
    if (found === undefined) throw new Error(`no file ${name}`);
    return found;
  };

  describe('are taken', () => {
    test('a forest of another library, which is approximate here', async () => {
      const predictor = await open(file('forest'));
      expect(predictor).toMatchObject({ promise: 'approximate', features: 2, outputs: 1 });
      expect(predictor.name).toMatch(/^onnxruntime \d+\.\d+\.\d+ cpu$/);
      // `x <= 0.5` is its rule, so the cut itself goes left.
      expect([...(await predictor.predict(rowsOf([0, 0.5], [0, 0.6])))]).toEqual([-1, 1]);
      await predictor.close();
    });

    test.each([['classifier'], ['zipmap']])(
      '%s: probabilities of a pipeline, the label beside them passed over',
      async name => {
        const predictor = await open(file(name));
        expect(predictor.outputs).toBe(2);
        await predictor.close();
        // The imputer would fill in a row without any feature; here such a row has no answer.
        const rows = [
          [0.1, 0.7],
          [2, -1],
          [Number.NaN, Number.NaN],
          [Number.NaN, 0.25],
        ];
        const found = await predict(file(name), rowsOf(...rows));
        for (const [r, [a, b]] of rows.entries()) {
          const [filledA, filledB] = [Number.isNaN(a) ? 0.5 : a, Number.isNaN(b) ? 0.25 : b];
          const up = 1 / (1 + Math.exp(-((filledA - 0.5) * 2 + 0.5 * filledB - 0.25)));
          const answer = [found[r], found[4 + r]];
          if (r === 2) expect(answer).toEqual([Number.NaN, Number.NaN]);
          else for (const [k, share] of [1 - up, up].entries()) expect(answer[k]).toBeCloseTo(share, 6);
        }
      },
    );

    test.each([
      ['flat output', 1],
      ['double', 1],
      ['weights as inputs', 1],
      ['unstated width', 1],
    ])('%s', async (name, outputs) => {
      expect(await predict(file(name), rowsOf([1, 2], [3, 4], [-1, 0]))).toEqual([5, 11, -1]);
      const predictor = await open(file(name));
      expect(predictor.outputs).toBe(outputs);
      await predictor.close();
    });

    describe('under an objective', () => {
      const what = { kind: 'onnx', features: 2, file: 'model.onnx' } as const;
      const options = { device: 'auto', batch: 2 } as const;
      const matrix = rowsOf([0.1, 0.7], [2, -1], [40, 40]);
      const SOFTMAX: Objective = { kind: 'softmax', classes: ['no', 'yes'] };

      test('of a bool, of two probabilities the second, and of a category all come out as they went in', async () => {
        const bytes = file('zipmap');
        const raw = await (await openPredictor({ ...what, bytes }, options)).predict(matrix);
        for (const [objective, expected] of [
          [{ kind: 'logistic' }, raw.slice(3)],
          [SOFTMAX, raw],
          [{ kind: 'squared' }, raw.slice(3)],
        ] as const) {
          const predictor = await openPredictor({ ...what, bytes, objective }, options);
          expect(predictor.outputs).toBe(objective.kind === 'softmax' ? 2 : 1);
          const found = outputsOf(objective, await predictor.predict(matrix), 3);
          // Its float32 shares sum 1 to seven digits only.
          for (const [k, p] of found.entries())
            expect(p).toBeCloseTo(expected[k], objective.kind === 'softmax' ? 6 : 12);
          await predictor.close();
        }
      });

      test('graphs of our own are margins whatever is asked', async () => {
        const bytes = exportOnnx(randomNet(3, [2, 3, 1], 'relu'), factsOf(2, 1), 'float16');
        const plain = await openPredictor({ ...what, bytes }, options);
        const asked = await openPredictor({ ...what, bytes, objective: { kind: 'logistic' } }, options);
        expect(await asked.predict(matrix)).toEqual(await plain.predict(matrix));
      });

      test('other numbers of outputs, and what is no probability, are refused', async () => {
        const three: Objective = { kind: 'softmax', classes: ['a', 'b', 'c'] };
        await expect(
          openPredictor({ ...what, bytes: file('zipmap'), objective: three }, options),
        ).rejects.toMatchObject({
          code: 'E1176',
          facts: { outputs: 2, needed: 3 },
          file: 'model.onnx',
        });
        const sums = await openPredictor(
          { ...what, bytes: file('flat output'), objective: { kind: 'logistic' } },
          options,
        );
        await expect(sums.predict(rowsOf([1, 2]))).rejects.toMatchObject({ code: 'E1177', facts: { value: 5 } });
      });
    });

    test('what a ZipMap is taken off stays otherwise as it was', () => {
      const before = file('zipmap');
      const { bytes, model } = signatureOf(before, 2);
      expect(bytes.length).toBeLessThan(before.length + 40);
      expect(model.graph.nodes.map(({ operator }) => operator)).toEqual([
        'Imputer',
        'Scaler',
        'LinearClassifier',
        'Normalizer',
      ]);
      expect(model.graph.outputs.map(({ name }) => name)).toEqual(['label', 'probabilities']);
    });
  });

  describe('are refused', () => {
    test.each([
      { name: 'width 3', code: 'E1162', words: ['[?, 3]', '[rows, 2]'] },
      { name: 'one row', code: 'E1162', words: ['[1, 2]'] },
      { name: 'flat input', code: 'E1162', words: ['[?]'] },
      { name: 'whole numbers', code: 'E1163', words: ['int64'] },
      { name: 'text', code: 'E1163', words: ['string'] },
      { name: 'two inputs', code: 'E1161', words: ['`a`', '`b`'] },
      { name: 'no input', code: 'E1161', words: ['no input'] },
      { name: 'two outputs', code: 'E1165', words: ['`Y`', '`Z`'] },
      { name: 'labels alone', code: 'E1165', words: ['no output'] },
      { name: 'unknown operator', code: 'E1164', words: ['Frobnicate'] },
      { name: 'foreign operator', code: 'E1164', words: ['Secret'] },
      { name: 'future operators', code: 'E1164', words: ['99'] },
      { name: 'future format', code: 'E1164', words: ['99'] },
      { name: 'shapes that clash', code: 'E1166', words: ['onnxruntime'] },
      { name: 'fixed inside', code: 'E1168', words: ['2 rows'] },
      { name: 'external', code: 'E1173', words: ['another file'] },
    ])('$name: $code', async ({ name, code, words }) => {
      const refusal = await open(file(name)).then(
        () => undefined,
        error => error,
      );
      expect(refusal).toMatchObject({ code, file: 'model.onnx' });
      for (const word of words) expect(refusal.message).toContain(word);
      expect(refusal.help.length).toBeGreaterThan(20);
    });

    test('a graph that gives no number for a complete row, when it does', async () => {
      expect(await predict(file('logarithm'), rowsOf([1, 0], [Number.NaN, 1]))).toEqual([0, Number.NaN]);
      for (const value of [-1, 0]) {
        await expect(predict(file('logarithm'), rowsOf([1, 0], [value, 0]))).rejects.toMatchObject({
          code: 'E1167',
          facts: { row: 1, output: 0 },
        });
      }
    });

    test('a file cut anywhere, or with any byte changed, gives an error of ours or numbers, never a crash', async () => {
      const bytes = file('classifier');
      const matrix = rowsOf([1, 2], [3, 4]);
      const step = process.env.VELA_DEEP === '1' ? 1 : 13;
      const taken = (damaged: Uint8Array): Promise<unknown> =>
        predict(damaged, matrix).catch(error => {
          expect(error).toMatchObject({ name: 'ModelError', code: expect.stringMatching(/^E11[67]\d$/) });
        });
      for (let at = 0; at < bytes.length; at += step) {
        await taken(bytes.subarray(0, at));
        const changed = bytes.slice();
        changed[at] ^= 0x55;
        await taken(changed);
      }
    });
  });
});
