/**
 * Intervals of a figure by moving blocks of ticks: stretches of neighbouring ticks are drawn with replacement until they
 * are as many as there were, a thousand times; labels that overlap and markets that remember stay together.
 *
 * Source: H. Künsch, "The jackknife and the bootstrap for general stationary observations" (1989).
 */
import { chance } from '../../statistics/chance.ts';
import { percentile } from '../../statistics/moments.ts';
import type { Figure } from './sample.ts';
import type { Interval } from './types.ts';

export const DRAWS = 1000;

/** Ticks of a block for labels of this horizon. */
export function blockLength(horizon: number): number {
  return Math.max(2 * horizon, 20);
}

/**
 * 95 % intervals of the figures, all over the same draws. `ticks`: how many there are. NaN where a figure is not defined
 * on more than half of the draws.
 */
export function intervalsOf(
  figures: readonly Figure[],
  ticks: number,
  horizon: number,
  seed: number,
  draws: number = DRAWS,
): readonly Interval[] {
  const values = figures.map(() => new Float64Array(draws));
  for (let draw = 0; draw < draws; draw++) {
    const times = resample(ticks, blockLength(horizon), seed, draw);
    figures.forEach((figure, i) => {
      values[i][draw] = figure(times);
    });
  }
  return values.map(own => {
    const known = own.filter(value => !Number.isNaN(value));
    if (known.length <= draws / 2) return { low: Number.NaN, high: Number.NaN };
    return { low: percentile(known, 0.025), high: percentile(known, 0.975) };
  });
}

/** How often each tick stands in one resample; the sum is `ticks`. */
export function resample(ticks: number, length: number, seed: number, draw: number): Uint32Array {
  const { below } = chance(seed, draw);
  const times = new Uint32Array(ticks);
  const block = Math.min(length, ticks);
  for (let left = ticks; left > 0; left -= block) {
    const start = below(ticks - block + 1);
    for (let i = start; i < start + Math.min(block, left); i++) times[i]++;
  }
  return times;
}
