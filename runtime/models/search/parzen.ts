/**
 * Parzen estimators of one dimension: how likely a value is among points seen. Numbers are a mixture of normal
 * distributions around them, cut off at the ends, and one as wide as the range; choices are counts plus one.
 *
 * Source: J. Bergstra, R. Bardenet, Y. Bengio and B. Kégl, "Algorithms for hyper-parameter optimization" (2011), section
 * 4; widths as in its implementation (hyperopt): the distance to the further neighbour.
 */
import exp from '@stdlib/math-base-special-exp';
import log from '@stdlib/math-base-special-ln';
import type { Chance } from '../../statistics/chance.ts';
import { normalCdf, normalQuantile } from '../../statistics/normal.ts';
import { ends, fromScale, toScale } from './space.ts';
import type { ChoiceDimension, Dimension, NumberDimension, Value } from './types.ts';

export interface Estimator {
  readonly draw: (chance: Chance) => Value;
  /** Natural logarithm of the density, or with steps and choices of the probability. */
  readonly logDensity: (value: Value) => number;
}

export function estimatorOf(dimension: Dimension, seen: readonly Value[]): Estimator {
  return dimension.kind === 'choice' ? ofChoices(dimension, seen) : ofNumbers(dimension, seen.map(Number));
}

function ofChoices({ of }: ChoiceDimension, seen: readonly Value[]): Estimator {
  const counts = of.map(value => 1 + seen.filter(other => other === value).length);
  const total = counts.reduce((a, b) => a + b, 0);
  return {
    draw: ({ next }) => {
      let left = next() * total;
      const index = counts.findIndex(count => {
        left -= count;
        return left < 0;
      });
      return of[index < 0 ? of.length - 1 : index];
    },
    logDensity: value => log(counts[of.indexOf(value)] / total),
  };
}

interface Hill {
  readonly centre: number;
  readonly width: number;
  /** Probability under the whole normal distribution of lying left of the lower end, and between the ends. */
  readonly below: number;
  readonly inside: number;
}

function ofNumbers(dimension: NumberDimension, seen: readonly number[]): Estimator {
  const [low, high] = ends(dimension);
  if (low === high) return { draw: () => dimension.low, logDensity: () => 0 };
  const hills = hillsOf(
    seen.map(value => toScale(dimension, value)),
    low,
    high,
  );
  const stepped = dimension.step !== undefined;
  return {
    draw: ({ next }) => {
      const { centre, width, below, inside } = hills[Math.floor(next() * hills.length)];
      return fromScale(dimension, centre + width * normalQuantile(below + next() * inside));
    },
    logDensity: value => {
      const [from, to] = stepped ? roomOf(dimension, Number(value)) : [0, 0];
      const place = toScale(dimension, Number(value));
      const sum = hills.reduce((total, { centre, width, inside }) => {
        const share = stepped
          ? normalCdf((to - centre) / width) - normalCdf((from - centre) / width)
          : density((place - centre) / width) / width;
        return total + share / inside;
      }, 0);
      return log(Math.max(sum / hills.length, Number.MIN_VALUE));
    },
  };
}

/** One hill a point, and one over the whole range. */
function hillsOf(places: readonly number[], low: number, high: number): readonly Hill[] {
  const range = high - low;
  const sorted = [...places, (low + high) / 2].sort((a, b) => a - b);
  const narrowest = range / Math.min(100, sorted.length + 1);
  const hill = (centre: number, width: number): Hill => {
    const below = normalCdf((low - centre) / width);
    return { centre, width, below, inside: normalCdf((high - centre) / width) - below };
  };
  const prior = sorted.indexOf((low + high) / 2);
  return sorted.map((centre, i) => {
    if (i === prior) return hill(centre, range);
    const left = centre - (sorted[i - 1] ?? low);
    const right = (sorted[i + 1] ?? high) - centre;
    return hill(centre, Math.min(range, Math.max(narrowest, left, right)));
  });
}

/** The stretch of the scale that rounds to a value of a dimension with steps. */
function roomOf(dimension: NumberDimension, value: number): readonly [number, number] {
  const [low, high] = ends(dimension);
  const half = (dimension.step ?? 0) / 2;
  const from = value - half;
  return [
    dimension.log === true && from <= 0 ? low : Math.max(low, toScale(dimension, from)),
    Math.min(high, toScale(dimension, value + half)),
  ];
}

function density(z: number): number {
  return exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}
