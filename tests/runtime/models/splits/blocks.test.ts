/** Purged and combinatorial k-fold, against scikit-learn, the book's snippets, and the definition written out. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KFold } from '../../../../language/check/model.ts';
import { HONEST, type LearningParts } from '../../../../runtime/models/parts.ts';
import {
  blockFolds,
  combinatorialPaths,
  embargoTicks,
  heldOutBlocks,
} from '../../../../runtime/models/splits/blocks.ts';
import { type LiarName, liar } from '../../../support/liars.ts';
import { askOracle, describeWithOracle } from '../../../support/oracle.ts';
import { rowsOf } from './support.ts';

const FRESH_SEED = Number(process.env.VELA_SEED ?? Math.floor(Math.random() * 2 ** 31));

const kFold = (folds: number, embargo: KFold['embargo'] = 'auto'): KFold => ({
  kind: 'purged_kfold',
  folds,
  test: 1,
  embargo,
});
const combinatorial = (folds: number, held: number, embargo: KFold['embargo'] = 'auto'): KFold => ({
  kind: 'combinatorial',
  folds,
  test: held,
  embargo,
});

const shapes = fc.record({
  ticks: fc.integer({ min: 30, max: 160 }),
  folds: fc.integer({ min: 2, max: 6 }),
  held: fc.integer({ min: 1, max: 2 }),
  horizon: fc.integer({ min: 1, max: 12 }),
  embargo: fc.constantFrom<KFold['embargo']>('auto', 0, 3, 9),
});

describeWithOracle('against the field', () => {
  test('blocks as scikit-learn, rows as the snippets of purging and embargo', () => {
    const samples = fc
      .sample(shapes, { numRuns: 80, seed: 21 })
      .map(shape => ({ ...shape, held: Math.min(shape.held, shape.folds - 1) }));
    const answers = askOracle(
      'splits',
      samples.map(({ ticks, folds, held, horizon, embargo }) => ({
        ticks,
        folds,
        test: held,
        horizon,
        embargo: embargoTicks(embargo, horizon, ticks),
      })),
    );
    const ours = samples.map(({ ticks, folds, held, horizon, embargo }) =>
      blockFolds(rowsOf(ticks), combinatorial(folds, held, embargo), horizon).map(fold => ({
        train: [...fold.train],
        test: [...fold.test],
      })),
    );
    expect(ours).toEqual(answers);
  });
});

/** Overlaps by the definition: a learned label and a held-out one span a common tick, or the embargo is broken. */
function faults(
  split: KFold,
  ticks: number,
  lanes: number,
  horizon: number,
  parts: LearningParts = HONEST,
): readonly string[] {
  const places = rowsOf(ticks, lanes, (t, l) => (t + l) % 5 !== 0);
  const found = new Set<string>();
  const tickOf = (row: number) => places.tick[row] ?? -1;
  for (const fold of blockFolds(places, split, horizon, {}, parts)) {
    const held = new Set([...fold.test].map(tickOf));
    const spanned = new Set([...held].flatMap(t => Array.from({ length: horizon }, (_, i) => t + 1 + i)));
    for (const row of fold.train) {
      const t = tickOf(row);
      if (held.has(t)) found.add('one tick on both sides');
      for (let s = t + 1; s <= t + horizon; s++)
        if (spanned.has(s)) found.add('a learned label overlaps a held-out one');
    }
    if (
      held.size > 0 &&
      Math.max(...held) - Math.min(...held) + 1 > (ticks / split.folds + 1) * split.test &&
      split.test === 1
    )
      found.add('a block is not one stretch of time');
  }
  return [...found].sort();
}

describe('rows around a block', () => {
  test.each([
    { name: 'a fixed seed', seed: 22 },
    { name: `the fresh seed ${FRESH_SEED} (VELA_SEED repeats it)`, seed: FRESH_SEED },
  ])('no learned label overlaps a held-out one: $name', ({ seed }) => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 3 }), ({ ticks, folds, horizon, embargo }, lanes) => {
        expect(faults(kFold(folds, embargo), ticks, lanes, horizon)).toEqual([]);
      }),
      { numRuns: process.env.VELA_DEEP === '1' ? 2000 : 40, seed },
    );
  });

  test('leave by the definition: a − h < t < b + h, then the embargo; and all are counted', () => {
    const places = rowsOf(100, 2);
    const [, , third] = blockFolds(places, kFold(5, 7), 4);
    const [a, b] = [40, 59];
    const expected = [...places.tick.keys()].filter(row => {
      const t = places.tick[row] ?? -1;
      return !(a - 4 < t && t < b + 4) && !(b + 4 <= t && t < b + 4 + 7);
    });
    expect([...(third?.train ?? [])]).toEqual(expected);
    expect(third).toMatchObject({ id: '3', held: [{ from: a, to: b }] });
    expect(third?.dropped).toMatchObject({ purged: 2 * 6, embargo: 2 * 7 });
    expect((third?.train.length ?? 0) + (third?.test.length ?? 0) + 26).toBe(200);
  });

  test('ticks count from the first row given to the last, and other rows take no part', () => {
    const places = rowsOf(300);
    const within = places.tick.subarray(50, 150).map(t => t);
    const folds = blockFolds(places, kFold(4, 0), 2, { within });
    expect(folds.map(({ held }) => held[0])).toEqual([
      { from: 50, to: 74 },
      { from: 75, to: 99 },
      { from: 100, to: 124 },
      { from: 125, to: 149 },
    ]);
    const used = folds.flatMap(fold => [...fold.train, ...fold.test]);
    expect([Math.min(...used), Math.max(...used)]).toEqual([50, 149]);
  });

  test('automatic embargo: the horizon, or one tick in a hundred', () => {
    expect([embargoTicks('auto', 6, 500), embargoTicks('auto', 6, 1001), embargoTicks(0, 6, 1000)]).toEqual([6, 11, 0]);
  });

  test('the valid part is the newest share of what is learned from, purged at its start', () => {
    const places = rowsOf(100);
    const [first] = blockFolds(places, kFold(5, 0), 3, { valid: { share: 0.25, calibrate: false } });
    // Block 0..19 is held out, 20..21 purged: 78 ticks from 22 on, the newest 20 from 80 on.
    expect([first?.train[0], first?.train.at(-1), first?.validFrom, first?.valid.length]).toEqual([22, 77, 80, 20]);
    expect(first?.dropped).toMatchObject({ purged: 2, 'label open at the valid part': 2 });
    const [last] = blockFolds(places, kFold(5, 0), 3, { valid: { share: 0.25, calibrate: true } }).slice(-1);
    expect([last?.validFrom, last?.calibrateFrom, last?.valid.at(-1), last?.calibrate.at(-1)]).toEqual([
      58, 68, 65, 77,
    ]);
  });

  test('too few ticks leave a fold without training rows, never with a leak', () => {
    const folds = blockFolds(rowsOf(10), kFold(2), 20);
    expect(folds.map(({ train, test: rows }) => [train.length, rows.length])).toEqual([
      [0, 5],
      [0, 5],
    ]);
    expect(blockFolds(rowsOf(0), kFold(2), 3)).toEqual([]);
  });
});

describe('combinatorial: six blocks, two held out (the example of chapter 12)', () => {
  const split = combinatorial(6, 2);
  test('fifteen splits', () => {
    expect(heldOutBlocks(split).length).toBe(15);
    expect(heldOutBlocks(split).slice(0, 6)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [0, 4],
      [0, 5],
      [1, 2],
    ]);
  });
  test('five paths, the first two as in its figure', () => {
    const paths = combinatorialPaths(split).map(path => path.map(fold => fold + 1));
    expect(paths.length).toBe(5);
    expect(paths.slice(0, 2)).toEqual([
      [1, 1, 2, 3, 4, 5],
      [2, 6, 6, 7, 8, 9],
    ]);
  });
  test('every path holds each block out, and every held-out block is on one path', () => {
    const sets = heldOutBlocks(split);
    const seen = combinatorialPaths(split).flatMap(path => path.map((fold, block) => `${fold}:${block}`));
    expect(new Set(seen).size).toBe(30);
    for (const path of combinatorialPaths(split))
      for (const [block, fold] of path.entries()) expect(sets[fold]).toContain(block);
  });
});

describe('a build that leaks is noticed', () => {
  const noticed = (name: LiarName) => faults(kFold(4, 0), 120, 2, 3, liar(name));
  test('no purge around a block', () =>
    expect(noticed('no purge around a block')).toEqual(['a learned label overlaps a held-out one']));
  test('shuffled folds', () =>
    expect(noticed('shuffled folds')).toEqual([
      'a block is not one stretch of time',
      'a learned label overlaps a held-out one',
    ]));
});
