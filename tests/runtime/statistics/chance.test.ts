/** Seeded chance: uniform, the same everywhere, and a place of its own for every draw that needs one. */
import { describe, expect, test } from 'vitest';
import { chance } from '../../../runtime/statistics/chance.ts';

const firsts = (count: number, draw: (i: number) => number) => Array.from({ length: count }, (_, i) => draw(i));

/** Pearson's χ² of draws in 20 bins: under 43.8 in 999 of 1000 uniform samples. */
function chiSquare(values: readonly number[]): number {
  const counts = new Float64Array(20);
  for (const value of values) counts[Math.floor(value * 20)]++;
  return counts.reduce((sum, count) => sum + (count - values.length / 20) ** 2 / (values.length / 20), 0);
}

describe('chance', () => {
  test('draws what it always drew', () => {
    const { next } = chance(7);
    expect(firsts(3, next)).toMatchInlineSnapshot(`
      [
        0.04900959390215576,
        0.16556235309690237,
        0.9298532083630562,
      ]
    `);
    const placed = chance(7, 1_700_000_000_000, 3);
    expect(firsts(3, placed.next)).toMatchInlineSnapshot(`
      [
        0.6991246982943267,
        0.08744731335900724,
        0.4997919574379921,
      ]
    `);
  });
  test('is uniform along a stream and across places', () => {
    const { next } = chance(1);
    expect(chiSquare(firsts(10_000, next))).toBeLessThan(43.8);
    expect(chiSquare(firsts(10_000, trial => chance(3, 86_400_000 * 19_000, trial).next()))).toBeLessThan(43.8);
    expect(chiSquare(firsts(10_000, day => chance(3, 86_400_000 * day, 0).next()))).toBeLessThan(43.8);
  });
  test('places differ in every part, and their order counts', () => {
    const starts = [
      chance(1),
      chance(2),
      chance(1, 0),
      chance(1, 1),
      chance(1, 2 ** 32),
      chance(1, 1, 2),
      chance(1, 2, 1),
      chance(1, -1),
    ];
    expect(new Set(starts.map(({ next }) => next())).size).toBe(starts.length);
  });
  test('two seeds share no draw of the same places', () => {
    const draws = (seed: number) => firsts(128, trial => chance(seed, 5, trial).next());
    const near = (seed: number) => firsts(128, trial => chance(seed, trial).next());
    for (const other of [2, 3, 17]) {
      expect(draws(1).filter(draw => draws(other).includes(draw))).toEqual([]);
      expect(near(1).filter(draw => near(other).includes(draw))).toEqual([]);
    }
  });
  test('whole numbers stay below their limit and reach all of it', () => {
    const { below } = chance(5);
    expect(new Set(firsts(500, () => below(7)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });
  test('a shuffle keeps the items', () => {
    const items = Int32Array.from({ length: 50 }, (_, i) => i);
    chance(2).shuffle(items);
    expect([...items].sort((a, b) => a - b)).toEqual(firsts(50, i => i));
    expect([...items]).not.toEqual(firsts(50, i => i));
  });
});
