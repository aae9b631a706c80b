/** Searches: what they try, that they find it, and that a broken one goes on as if it had not been. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rungsOf } from '../../../../runtime/models/search/halving.ts';
import { estimatorOf } from '../../../../runtime/models/search/parzen.ts';
import { type SearchHost, search, TrialFailed } from '../../../../runtime/models/search/search.ts';
import { checkSpace, ends, fromScale, keyOf, valueAt, valueCount } from '../../../../runtime/models/search/space.ts';
import { splitTrials } from '../../../../runtime/models/search/tpe.ts';
import type {
  Dimension,
  NumberDimension,
  Point,
  SearchPlan,
  Trial,
  Value,
} from '../../../../runtime/models/search/types.ts';
import { chance } from '../../../../runtime/statistics/chance.ts';

const METHODS = ['tpe', 'random', 'grid', 'halving'] as const;
const SPACE: readonly Dimension[] = [
  { kind: 'number', name: 'trees', low: 100, high: 800, step: 100 },
  { kind: 'number', name: 'rate', low: 0.01, high: 0.3, log: true },
  { kind: 'number', name: 'depth', low: 2, high: 9, step: 1 },
  { kind: 'choice', name: 'kind', of: ['a', 'b', 'c'] },
];
const plan = (some: Partial<SearchPlan> = {}): SearchPlan => ({
  method: 'tpe',
  trials: 30,
  space: SPACE,
  seed: 7,
  atMs: Date.parse('2023-01-01'),
  ...some,
});
/** Lowest at 500 trees, a rate of 0.05, depth 4, kind b. */
const bowl = (point: Point): number =>
  ((Number(point.trees) - 500) / 300) ** 2 +
  (Math.log(Number(point.rate) / 0.05) / 1.2) ** 2 +
  ((Number(point.depth) - 4) / 3) ** 2 +
  (point.kind === 'b' ? 0 : 1);
const host = (some: Partial<SearchHost> = {}): SearchHost => ({ score: async point => bowl(point), ...some });

describe.each(METHODS)('%s', method => {
  test('goes on from any record as an unbroken search would', async () => {
    const wanted = plan({ method, trials: 24 });
    const admits = (point: Point) => Number(point.depth) < 8 || point.kind !== 'c';
    const whole = await search(wanted, host({ admits }));
    expect(whole.trials.length).toBeGreaterThanOrEqual(24);
    for (const kept of [0, 1, 9, 10, 11, 17, 23, whole.trials.length]) {
      const record: readonly Trial[] = JSON.parse(JSON.stringify(whole.trials.slice(0, kept)));
      const scored: number[] = [];
      const again = await search(
        wanted,
        host({
          admits,
          score: async (point, _, n) => {
            scored.push(n);
            return bowl(point);
          },
        }),
        record,
      );
      expect(again).toEqual(whole);
      expect(scored.every(number => number >= kept)).toBe(true);
    }
  });
  test('tries other points at another T or with another seed', async () => {
    const points = async (some: Partial<SearchPlan>) =>
      (await search(plan({ method, trials: 12, ...some }), host())).trials.map(({ point }) => keyOf(point));
    const first = await points({});
    expect(await points({})).toEqual(first);
    for (const other of [{ seed: 8 }, { atMs: Date.parse('2023-04-01') }])
      expect(new Set([...first, ...(await points(other))]).size).toBeGreaterThan(14);
  });
  test('tries what the space holds and nothing else', async () => {
    const { trials } = await search(plan({ method }), host());
    for (const { point } of trials) {
      expect(Object.keys(point)).toEqual(['trees', 'rate', 'depth', 'kind']);
      expect(Number(point.trees) % 100).toBe(0);
      expect(Number(point.rate)).toBeGreaterThanOrEqual(0.01);
      expect(Number(point.rate)).toBeLessThanOrEqual(0.3);
      expect([2, 3, 4, 5, 6, 7, 8, 9]).toContain(point.depth);
      expect(['a', 'b', 'c']).toContain(point.kind);
    }
  });
  test('prunes what `require` refuses: recorded, never scored, not counted', async () => {
    const admits = (point: Point) => Number(point.depth) <= 5;
    const { trials } = await search(
      plan({ method }),
      host({
        admits,
        score: async point => {
          expect(admits(point)).toBe(true);
          return bowl(point);
        },
      }),
    );
    const pruned = trials.filter(({ state }) => state === 'pruned');
    expect(pruned.length).toBeGreaterThan(0);
    expect(pruned.every(({ point, score }) => !admits(point) && score === null)).toBe(true);
    expect(trials.length - pruned.length).toBeGreaterThanOrEqual(30);
  });
  test('ends where `require` refuses everything', async () => {
    const { trials, best } = await search(plan({ method, trials: 5 }), host({ admits: () => false }));
    expect([best, trials.every(({ state }) => state === 'pruned')]).toEqual([undefined, true]);
    expect(trials.length).toBeLessThanOrEqual(100);
  });
  test('records a trial that cannot be scored and goes on; any other error ends the search', async () => {
    const fails = async (point: Point) => {
      if (point.kind === 'a') throw new TrialFailed('one class only');
      return point.kind === 'c' ? Number.NaN : bowl(point);
    };
    const { trials, best } = await search(plan({ method }), host({ score: fails }));
    expect(new Set(trials.map(({ state }) => state))).toEqual(new Set(['done', 'failed']));
    expect(
      trials
        .filter(({ point }) => point.kind === 'a')
        .every(({ reason }) => /one class only|as trial/.test(reason ?? '')),
    ).toBe(true);
    expect(best?.point.kind).toBe('b');
    const broken = search(plan({ method }), host({ score: async () => Promise.reject(new Error('disk full')) }));
    await expect(broken).rejects.toThrow('disk full');
  });
  test('stops between trials when it is asked to, with what it has', async () => {
    const stop = new AbortController();
    const kept: Trial[] = [];
    const stopped = search(
      plan({ method }),
      host({
        signal: stop.signal,
        record: trial => {
          if (kept.push(trial) === 6) stop.abort();
        },
      }),
    );
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(kept.length).toBe(6);
  });
});

describe('grid', () => {
  const grid = (space: readonly Dimension[], trials: number) => search(plan({ method: 'grid', space, trials }), host());
  const steps: NumberDimension = { kind: 'number', name: 'depth', low: 2, high: 4, step: 1 };
  const free: NumberDimension = { kind: 'number', name: 'rate', low: 1, high: 100, log: true };
  test('all of a small one, the last dimension first', async () => {
    const { trials } = await grid([steps, { kind: 'choice', name: 'kind', of: ['a', 'b'] }], 100);
    expect(trials.map(({ point }) => `${point.depth}${point.kind}`)).toEqual(['2a', '2b', '3a', '3b', '4a', '4b']);
  });
  test('a range without steps has as many levels as fit', async () => {
    const { trials } = await grid([free, steps], 10);
    expect([...new Set(trials.map(({ point }) => point.rate))]).toEqual([1, expect.closeTo(10, 9), 100]);
    expect(trials.length).toBe(9);
  });
  test('of a larger one as many points as wanted, none twice', async () => {
    const { trials } = await grid(SPACE, 40);
    expect(new Set(trials.map(({ point }) => keyOf(point))).size).toBe(40);
  });
});

describe('successive halving', () => {
  test('has the rungs of its paper for three', () => {
    expect(rungsOf(27)).toEqual([
      { points: 27, effort: 1 / 27 },
      { points: 9, effort: 1 / 9 },
      { points: 3, effort: 1 / 3 },
      { points: 1, effort: 1 },
    ]);
    expect(rungsOf(10).map(({ points }) => points)).toEqual([10, 3, 1]);
    expect(rungsOf(1)).toEqual([{ points: 1, effort: 1 }]);
  });
  test('the best of each rung go on', async () => {
    const { trials, best } = await search(plan({ method: 'halving', trials: 27 }), host());
    const rung = (effort: number) => trials.filter(trial => trial.effort === effort);
    const leading = (from: readonly Trial[], count: number) =>
      [...from]
        .sort((a, b) => (a.score ?? 0) - (b.score ?? 0))
        .slice(0, count)
        .map(({ point }) => point);
    expect(rung(1 / 9).map(({ point }) => point)).toEqual(leading(rung(1 / 27), 9));
    expect(rung(1 / 3).map(({ point }) => point)).toEqual(leading(rung(1 / 9), 3));
    expect([best?.point, best?.effort]).toEqual([leading(rung(1 / 27), 1)[0], 1]);
  });
});

describe('the tree-structured Parzen estimator', () => {
  test('takes the best tenth, at least one, at most 25', () => {
    const trials = (count: number): Trial[] =>
      Array.from({ length: count }, (_, number) => ({
        number,
        point: { x: number },
        score: count - number,
        state: 'done',
        effort: 1,
      }));
    expect(splitTrials(trials(10)).good).toEqual([{ x: 9 }]);
    expect(splitTrials(trials(11)).good).toEqual([{ x: 10 }, { x: 9 }]);
    const refused: Trial = { number: 99, point: { x: 99 }, score: null, state: 'pruned', effort: 1 };
    expect(splitTrials([refused, ...trials(10)]).rest.at(-1)).toEqual({ x: 99 });
    expect([splitTrials(trials(400)).good.length, splitTrials(trials(400)).rest.length]).toEqual([25, 375]);
  });

  test('finds better points than chance, over thirty seeds', async () => {
    const found = async (method: SearchPlan['method'], seed: number) =>
      (await search(plan({ method, seed, trials: 50 }), host())).best?.score ?? Number.POSITIVE_INFINITY;
    const seeds = Array.from({ length: 30 }, (_, i) => i + 1);
    const [tpe, random] = [
      await Promise.all(seeds.map(seed => found('tpe', seed))),
      await Promise.all(seeds.map(seed => found('random', seed))),
    ];
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(tpe)).toBeLessThan(0.6 * mean(random));
    expect(seeds.filter((_, i) => (tpe[i] ?? 0) < (random[i] ?? 0)).length).toBeGreaterThan(20);
  }, 30_000);

  const numbers: readonly NumberDimension[] = [
    { kind: 'number', name: 'x', low: -2, high: 5 },
    { kind: 'number', name: 'x', low: 0.01, high: 10, log: true },
    { kind: 'number', name: 'x', low: 1, high: 40, step: 1, log: true },
    { kind: 'number', name: 'x', low: 0.1, high: 0.7, step: 0.15 },
  ];
  const seenOf = (dimension: Dimension, seed: number, count: number): readonly Value[] => {
    const { next } = chance(seed);
    return Array.from({ length: count }, () =>
      dimension.kind === 'choice'
        ? (dimension.of[Math.floor(next() * dimension.of.length)] ?? '')
        : fromScale(
            dimension,
            (ends(dimension)[0] ?? 0) + next() * ((ends(dimension)[1] ?? 0) - (ends(dimension)[0] ?? 0)),
          ),
    );
  };

  test.each(numbers)('its densities are densities: $low to $high, step $step', dimension => {
    fc.assert(
      fc.property(fc.nat(99), fc.integer({ min: 0, max: 12 }), (seed, count) => {
        const { logDensity } = estimatorOf(dimension, seenOf(dimension, seed, count));
        const [low, high] = ends(dimension);
        const cells = 4000;
        const sum =
          dimension.step === undefined
            ? Array.from({ length: cells }, (_, i) => low + ((i + 0.5) * (high - low)) / cells)
                .map(place => (Math.exp(logDensity(fromScale(dimension, place))) * (high - low)) / cells)
                .reduce((a, b) => a + b, 0)
            : Array.from({ length: valueCount(dimension) }, (_, i) =>
                Math.exp(logDensity(valueAt(dimension, i))),
              ).reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(1, 4);
      }),
      { numRuns: 10, seed: 1 },
    );
  });

  test.each([...numbers.slice(2), SPACE[3] as Dimension])('draws as its densities say: $name', dimension => {
    const estimator = estimatorOf(dimension, seenOf(dimension, 3, 6));
    const draws = chance(11);
    const counts = new Map<Value, number>();
    const total = 4000;
    for (let i = 0; i < total; i++) {
      const value = estimator.draw(draws);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const values = Array.from({ length: valueCount(dimension) }, (_, i) => valueAt(dimension, i));
    const chiSquare = values.reduce<number>((sum, value) => {
      const expected = total * Math.exp(estimator.logDensity(value));
      return sum + ((counts.get(value) ?? 0) - expected) ** 2 / expected;
    }, 0);
    expect([...counts.keys()].every(value => values.includes(value))).toBe(true);
    const freedom = values.length - 1;
    expect(chiSquare).toBeLessThan(freedom + 4 * Math.sqrt(2 * freedom) + 4);
  });
});

describe('a space', () => {
  test.each<readonly [readonly Dimension[], RegExp]>([
    [[{ kind: 'number', name: 'x', low: 2, high: 1 }], /range of x goes from 2 to 1/],
    [[{ kind: 'number', name: 'x', low: 0, high: 1, log: true }], /logarithmic and begins at 0/],
    [[{ kind: 'number', name: 'x', low: 0, high: 1, step: 0 }], /a step of 0/],
    [[{ kind: 'choice', name: 'x', of: [] }], /is empty/],
    [
      [
        { kind: 'choice', name: 'x', of: [1] },
        { kind: 'choice', name: 'x', of: [2] },
      ],
      /stands there twice/,
    ],
  ])('that is wrong is refused: %#', (space, words) => {
    expect(() => checkSpace(space)).toThrow(words);
  });
  test('values of a step are written as a person would', () => {
    const dimension: NumberDimension = { kind: 'number', name: 'x', low: 0.1, high: 0.4, step: 0.05 };
    expect(Array.from({ length: valueCount(dimension) }, (_, i) => valueAt(dimension, i))).toEqual([
      0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4,
    ]);
    expect(fromScale(dimension, 0.26)).toBe(0.25);
  });
  test('a step that does not reach the end stops before it', () => {
    const dimension: NumberDimension = { kind: 'number', name: 'x', low: 1, high: 10, step: 4 };
    expect([valueCount(dimension), fromScale(dimension, 10)]).toEqual([3, 9]);
  });
  test('every value of a step is as likely', async () => {
    const space: readonly Dimension[] = [{ kind: 'number', name: 'x', low: 1, high: 5, step: 1 }];
    const { trials } = await search(plan({ method: 'random', space, trials: 2000 }), host({ score: async () => 1 }));
    const counts = [1, 2, 3, 4, 5].map(x => trials.filter(({ point }) => point.x === x).length);
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(80);
  });
  test('one value only is that value', async () => {
    const space: readonly Dimension[] = [{ kind: 'number', name: 'x', low: 3, high: 3 }];
    for (const method of METHODS) {
      const { best } = await search(plan({ method, space, trials: 12 }), host({ score: async () => 1 }));
      expect(best?.point).toEqual({ x: 3 });
    }
  });
});
