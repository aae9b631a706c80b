/** Rows of walk-forward and hold-out, against `{t : T − window < t, t + h ≤ T}` written out. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HONEST } from '../../../../runtime/models/parts.ts';
import type { RowPlaces, TrainingInstant } from '../../../../runtime/models/splits/fold.ts';
import { timedFolds } from '../../../../runtime/models/splits/timed.ts';
import { type LiarName, liar } from '../../../support/liars.ts';
import { rowsOf } from './support.ts';

const FRESH_SEED = Number(process.env.VELA_SEED ?? Math.floor(Math.random() * 2 ** 31));

const instant = (cut: number, window: number): TrainingInstant => ({
  gridMs: 0,
  atMs: 86_400_000 * cut,
  baseTick: cut,
  activeFrom: cut + 1,
  activeMs: 0,
  cut,
  after: cut - window,
  serves: cut + 1,
});

interface Case {
  readonly places: RowPlaces;
  readonly lanes: number;
  readonly cuts: readonly number[];
  readonly window: number;
  readonly horizon: number;
  readonly share: number;
  readonly calibrate: boolean;
}

/** Members come and go, some ticks have none. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    ticks: fc.integer({ min: 60, max: 220 }),
    lanes: fc.integer({ min: 1, max: 4 }),
    holes: fc.integer({ min: 0, max: 3 }),
    first: fc.integer({ min: 20, max: 60 }),
    every: fc.integer({ min: 7, max: 40 }),
    window: fc.integer({ min: 15, max: 120 }),
    horizon: fc.integer({ min: 1, max: 20 }),
    share: fc.constantFrom(0.1, 0.2, 0.25, 1 / 3, 0.5),
    calibrate: fc.boolean(),
  })
  .map(({ ticks, lanes, holes, first, every, ...rest }) => ({
    ...rest,
    lanes,
    places: rowsOf(ticks, lanes, (t, l) => holes === 0 || (t * 7 + l * 5) % (2 + holes) !== 0),
    cuts: Array.from({ length: 12 }, (_, i) => first + i * every).filter(cut => cut < ticks),
  }));

const idsOf = (places: RowPlaces, keep: (t: number) => boolean): readonly number[] =>
  [...places.tick.keys()].filter(row => keep(places.tick[row] ?? -1));

/** What is wrong with the folds of these parts, by the definitions; nothing for an honest build. */
function faults({ places, cuts, window, horizon, share, calibrate }: Case, parts = HONEST): readonly string[] {
  const found = new Set<string>();
  const folds = timedFolds(
    places,
    cuts.map(cut => instant(cut, window)),
    horizon,
    { share, calibrate },
    parts,
  );
  folds.forEach((fold, i) => {
    const T = cuts[i] ?? 0;
    const v = fold.validFrom ?? 0;
    const c = fold.calibrateFrom ?? T + 1;
    const same = (rows: Int32Array, ids: readonly number[], fault: string) => {
      if (JSON.stringify([...rows]) !== JSON.stringify(ids)) found.add(fault);
    };
    same(
      fold.refit,
      idsOf(places, t => T - window < t && t + horizon <= T),
      'label open at T',
    );
    same(
      fold.train,
      idsOf(places, t => T - window < t && t + horizon <= Math.min(v, T)),
      'label open at the valid part',
    );
    same(
      fold.valid,
      idsOf(places, t => v <= t && t < c && t + horizon <= Math.min(c, T)),
      'label open at a cut of the valid part',
    );
    same(
      fold.calibrate,
      idsOf(places, t => c <= t && t + horizon <= T),
      'wrong calibrating half',
    );
    const next = cuts[i + 1] ?? Number.POSITIVE_INFINITY;
    same(
      fold.test,
      idsOf(places, t => T < t && t <= next),
      'serves other ticks than its own',
    );
  });
  return [...found];
}

describe('rows of a training at T', () => {
  test.each([
    { name: 'a fixed seed', seed: 5 },
    { name: `the fresh seed ${FRESH_SEED} (VELA_SEED repeats it)`, seed: FRESH_SEED },
  ])('are those of the definition, in every part: $name', ({ seed }) => {
    fc.assert(
      fc.property(cases, sample => {
        expect(faults(sample)).toEqual([]);
      }),
      { numRuns: process.env.VELA_DEEP === '1' ? 5000 : 100, seed },
    );
  });

  test('the valid part is the last share of the ticks of the window', () => {
    const [fold] = timedFolds(rowsOf(400), [instant(300, 200)], 3, { share: 0.2, calibrate: false });
    expect([fold?.validFrom, fold?.train.at(-1), fold?.valid[0], fold?.valid.at(-1)]).toEqual([261, 258, 261, 297]);
    expect(fold?.dropped).toEqual({
      'label open at the cut': 3,
      'label open at the valid part': 2,
      purged: 0,
      embargo: 0,
    });
    const [halved] = timedFolds(rowsOf(400), [instant(300, 200)], 3, { share: 0.2, calibrate: true });
    expect([halved?.calibrateFrom, halved?.valid.at(-1), halved?.calibrate.length]).toEqual([281, 278, 17]);
  });

  test('every row of the window is learned from, kept apart, or counted', () => {
    fc.assert(
      fc.property(cases, ({ places, cuts, window, horizon, share, calibrate }) => {
        const folds = timedFolds(
          places,
          cuts.map(cut => instant(cut, window)),
          horizon,
          { share, calibrate },
        );
        folds.forEach((fold, i) => {
          const T = cuts[i] ?? 0;
          const parts = [fold.train, fold.valid, fold.calibrate].reduce((sum, rows) => sum + rows.length, 0);
          const gone = Object.values(fold.dropped).reduce((sum, count) => sum + count, 0);
          expect(parts + gone).toBe(idsOf(places, t => T - window < t && t <= T).length);
        });
      }),
      { numRuns: 100, seed: 6 },
    );
  });

  test('a horizon longer by one loses exactly one tick an instrument and fold', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 4 }), (horizon, lanes) => {
        const places = rowsOf(200, lanes);
        const cuts = [60, 100, 140, 180].map(cut => instant(cut, 50));
        const short = timedFolds(places, cuts, horizon);
        const long = timedFolds(places, cuts, horizon + 1);
        short.forEach((fold, i) => {
          const lost = [...fold.train].filter(row => !long[i]?.train.includes(row));
          expect(lost.map(row => places.tick[row])).toEqual(Array(lanes).fill((cuts[i]?.cut ?? 0) - horizon));
          expect(long[i]?.train.length).toBe(fold.train.length - lanes);
        });
      }),
      { numRuns: 40, seed: 8 },
    );
  });
});

describe('a build that leaks is noticed', () => {
  const noticed = (name: LiarName) =>
    [...new Set(fc.sample(cases, { numRuns: 60, seed: 3 }).flatMap(sample => faults(sample, liar(name))))].sort();

  test('no purge before T', () => expect(noticed('no purge before T')).toContain('label open at T'));
  test('no purge before the valid part', () =>
    expect(noticed('no purge before the valid part')).toEqual([
      'label open at a cut of the valid part',
      'label open at the valid part',
    ]));
});
