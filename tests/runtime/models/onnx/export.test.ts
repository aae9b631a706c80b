import { describe, expect, test } from 'vitest';
import type { Artefact } from '../../../../runtime/models/artefact.ts';
import { exactPredictor } from '../../../../runtime/models/inference/exact.ts';
import { openPredictor } from '../../../../runtime/models/inference/open.ts';
import { artefactOf } from '../../../../runtime/models/onnx/artefact.ts';
import { decodeOnnx } from '../../../../runtime/models/onnx/decode.ts';
import { exportOnnx, halvesOf } from '../../../../runtime/models/onnx/export.ts';
import { columnOf, fieldsOf, intsOf, NotAMessage, WireWriter } from '../../../../runtime/models/onnx/wire.ts';
import { askOracle, describeWithOracle } from '../../../support/oracle.ts';
import { factsOf, randomLinear, randomNet, randomTrees } from '../artefacts.ts';
import { randomMatrix } from '../rows.ts';

const ARTEFACTS: Readonly<Record<string, Artefact>> = {
  'trees of one output': randomTrees(1, { features: 7, outputs: 1, trees: 20, depth: 5 }),
  'trees of three outputs': randomTrees(2, { features: 7, outputs: 3, trees: 21, depth: 4 }),
  'trees that are leaves': randomTrees(3, { features: 2, outputs: 1, trees: 3, depth: 0 }),
  'no trees': { kind: 'trees', features: 2, outputs: 1, base: Float32Array.of(0.5), trees: [] },
  'a linear model': randomLinear(4, 7, 3),
  'a net': randomNet(5, [7, 9, 4, 3], 'relu'),
  'a net with tanh': randomNet(6, [7, 5, 1], 'tanh'),
  'a net without hidden layers': randomNet(7, [3, 2], 'relu'),
};

describe('our graphs', () => {
  test.each(Object.entries(ARTEFACTS))('%s: back to the same numbers', (_, artefact) => {
    const bytes = exportOnnx(artefact, factsOf(artefact.features, artefact.outputs));
    expect(artefactOf(decodeOnnx(bytes))).toEqual(artefact);
  });

  test('the same artefact gives the same bytes, whatever the order of what is said beside it', () => {
    const artefact = ARTEFACTS['a net'];
    const one = exportOnnx(artefact, { ...factsOf(7, 3), more: { a: '1', b: '2' } });
    const other = exportOnnx(artefact, { ...factsOf(7, 3), more: { b: '2', a: '1' } });
    expect(one).toEqual(other);
    expect(exportOnnx(artefact, factsOf(7, 2))).not.toEqual(exportOnnx(artefact, factsOf(7, 3)));
  });

  test('what was changed afterwards is refused instead of predicted', () => {
    const bytes = exportOnnx(ARTEFACTS['trees of one output'], factsOf(7, 1));
    const at = Buffer.from(bytes).indexOf('nodes_truenodeids');
    // The child of the first node: itself, a loop.
    const looped = bytes.slice();
    const first = looped.indexOf(1, at + 'nodes_truenodeids'.length + 4);
    looped[first] = 0;
    expect(() => artefactOf(decodeOnnx(looped))).toThrow(expect.objectContaining({ code: 'E1175' }));
    const renamed = Buffer.from(bytes);
    renamed.write('nodes_modus', renamed.indexOf('nodes_modes'));
    expect(() => artefactOf(decodeOnnx(renamed))).toThrow(expect.objectContaining({ code: 'E1175' }));
  });
});

describe('any byte of ours changed', () => {
  test.each(['trees of three outputs', 'a linear model', 'a net'])('%s: numbers, or an error of ours', async name => {
    const artefact = ARTEFACTS[name];
    const bytes = exportOnnx(artefact, factsOf(7, 3));
    const matrix = randomMatrix(9, 5, 7);
    const whole = exactPredictor(artefact).predictNow(matrix);
    const step = process.env.VELA_DEEP === '1' ? 1 : Math.ceil(bytes.length / 300);
    let refused = 0;
    for (let at = 0; at < bytes.length; at += step) {
      const changed = bytes.slice();
      changed[at] ^= 0x2b;
      try {
        const what = { kind: 'onnx', bytes: changed, features: 7 } as const;
        const predictor = await openPredictor(what, { device: 'auto', batch: 5 });
        expect((await predictor.predict(matrix)).length).toBe(5 * predictor.outputs);
        await predictor.close();
      } catch (error) {
        expect(error).toMatchObject({ name: 'ModelError', code: expect.stringMatching(/^E11[67]\d$/) });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(20);
    expect(exactPredictor(artefact).predictNow(matrix)).toEqual(whole);
  });
});

describe('the wire format', () => {
  test('whole numbers of any size and sign come back', () => {
    const numbers = [0, 1, 127, 128, 300, 2 ** 31, 2 ** 53 - 1, -1, -128, -(2 ** 40)];
    const writer = new WireWriter().ints(3, numbers);
    for (const number of numbers) writer.int(3, number);
    expect(intsOf(fieldsOf(writer.done()))).toEqual([...numbers, ...numbers]);
    expect([...columnOf(fieldsOf(writer.done()))]).toEqual([...numbers, ...numbers]);
  });

  test('every cut of a file is told from the whole', () => {
    const bytes = exportOnnx(randomNet(8, [2, 2, 1], 'relu'), factsOf(2, 1));
    for (let length = 0; length < bytes.length; length++) {
      // A cut between two fields of the outermost message leaves a shorter message, which lacks the graph or its facts.
      try {
        expect(decodeOnnx(bytes.subarray(0, length)).metadata.size).toBeLessThan(5);
      } catch (error) {
        expect(error).toBeInstanceOf(NotAMessage);
      }
    }
  });

  test('bytes of chance are no message, or one without a graph', () => {
    let seed = 1;
    for (let file = 0; file < 300; file++) {
      const bytes = Uint8Array.from({ length: 40 }, () => {
        seed = (seed * 48271) % 2147483647;
        return seed & 255;
      });
      expect(() => decodeOnnx(bytes)).toThrow(NotAMessage);
    }
  });

  test('halves are rounded to even, at every border', () => {
    const cases: [number, number][] = [
      [0, 0x0000],
      [-0, 0x8000],
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [65519.996, 0x7bff],
      [65520, 0x7c00],
      [Number.POSITIVE_INFINITY, 0x7c00],
      [2 ** -14, 0x0400],
      [2 ** -24, 0x0001],
      [2 ** -25, 0x0000],
      [2 ** -25 * 1.001, 0x0001],
      [3 * 2 ** -25, 0x0002],
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [2 ** -14 - 2 ** -25, 0x0400],
    ];
    expect([...halvesOf(Float32Array.from(cases, ([value]) => value))]).toEqual(cases.map(([, half]) => half));
  });
});

describeWithOracle('the Python package onnx', () => {
  test('finds our files sound, with what they say of themselves', () => {
    const named = Object.entries(ARTEFACTS).filter(([name]) => name !== 'no trees');
    const compressed = (['float16', 'int8'] as const).map(precision =>
      exportOnnx(ARTEFACTS['a net'], factsOf(7, 3), precision),
    );
    const files = [
      ...named.map(([, artefact]) => exportOnnx(artefact, factsOf(artefact.features, artefact.outputs))),
      ...compressed,
    ];
    const found = askOracle('onnx_files', {
      do: 'check',
      files: files.map(file => Buffer.from(file).toString('base64')),
    }) as { metadata: Record<string, string>; inputs: object; outputs: object }[];
    for (const [k, [, artefact]] of named.entries()) {
      const { features, outputs, kind } = artefact;
      expect(found[k]).toMatchObject({
        metadata: {
          'vela.artefact': kind,
          'vela.features': JSON.stringify(factsOf(features, outputs).features.map(f => [f.name, f.hash])),
          'vela.label': 'label',
          'vela.outputs': JSON.stringify(factsOf(features, outputs).outputs),
        },
        inputs: { features: ['rows', features] },
        outputs: { margins: ['rows', outputs] },
      });
    }
    expect(found.slice(named.length).map(({ metadata }) => metadata['vela.precision'])).toEqual(['float16', 'int8']);
  });
});
