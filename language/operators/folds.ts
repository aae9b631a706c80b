/**
 * Rolling sums and moments as merges over anchored blocks, never as add-and-remove: the result depends on the window's
 * values and the tick's ordinal alone, so any starting point and any chunking gives the same bits.
 *
 * A window of W values is cut at `split`: `[0, split)` ends the previous block, `[split, W)` begins the current one.
 * The first part folds right to left, the second left to right, one merge joins them. The order of every operation below
 * is part of the contract: compilers repeat it to the bit. `na` and `nb` are counts, so the weights made of them depend
 * on the position in the block alone and may be tabulated.
 */

interface Fold<Part> {
  readonly unit: (index: number) => Part;
  /** `older` stands before `newer` in time. */
  readonly merge: (older: Part, newer: Part) => Part;
}

function foldWindow<Part>(length: number, split: number, { unit, merge }: Fold<Part>): Part {
  let prefix = unit(split);
  for (let i = split + 1; i < length; i++) prefix = merge(prefix, unit(i));
  if (split === 0) return prefix;
  let suffix = unit(split - 1);
  for (let i = split - 2; i >= 0; i--) suffix = merge(unit(i), suffix);
  return merge(suffix, prefix);
}

export function windowSum(x: Float64Array, split: number): number {
  return foldWindow<number>(x.length, split, { unit: i => x[i] as number, merge: (older, newer) => older + newer });
}

interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Sum of squared distances from the mean. */
  readonly m2: number;
}

export function windowMoments(x: Float64Array, split: number): Moments {
  return foldWindow<Moments>(x.length, split, {
    unit: i => ({ n: 1, mean: x[i] as number, m2: 0 }),
    merge: (older, newer) => {
      const n = older.n + newer.n;
      const delta = newer.mean - older.mean;
      return {
        n,
        mean: older.mean + delta * (newer.n / n),
        m2: older.m2 + newer.m2 + delta * delta * ((older.n * newer.n) / n),
      };
    },
  });
}

interface Comoments {
  readonly n: number;
  readonly meanX: number;
  readonly meanY: number;
  readonly m2X: number;
  readonly m2Y: number;
  /** Sum of the products of both distances from the mean. */
  readonly c: number;
}

export function windowComoments(x: Float64Array, y: Float64Array, split: number): Comoments {
  return foldWindow<Comoments>(x.length, split, {
    unit: i => ({ n: 1, meanX: x[i] as number, meanY: y[i] as number, m2X: 0, m2Y: 0, c: 0 }),
    merge: (older, newer) => {
      const n = older.n + newer.n;
      const share = newer.n / n;
      const weight = (older.n * newer.n) / n;
      const dx = newer.meanX - older.meanX;
      const dy = newer.meanY - older.meanY;
      return {
        n,
        meanX: older.meanX + dx * share,
        meanY: older.meanY + dy * share,
        m2X: older.m2X + newer.m2X + dx * dx * weight,
        m2Y: older.m2Y + newer.m2Y + dy * dy * weight,
        c: older.c + newer.c + dx * dy * weight,
      };
    },
  });
}

interface Trend {
  readonly n: number;
  readonly mean: number;
  /** Sum of the products of the distances of value and of position from their means. */
  readonly c: number;
}

export function windowTrend(x: Float64Array, split: number): Trend {
  return foldWindow<Trend>(x.length, split, {
    unit: i => ({ n: 1, mean: x[i] as number, c: 0 }),
    merge: (older, newer) => {
      const n = older.n + newer.n;
      const delta = newer.mean - older.mean;
      return {
        n,
        mean: older.mean + delta * (newer.n / n),
        // The mean positions of two neighbouring parts are (na + nb) / 2 apart: na·nb/n · n/2.
        c: older.c + newer.c + delta * ((older.n * newer.n) / 2),
      };
    },
  });
}

interface Weighted {
  readonly n: number;
  readonly sum: number;
  /** 1·x₁ + 2·x₂ + … + n·xₙ, the newest heaviest. */
  readonly weighted: number;
}

export function windowWeighted(x: Float64Array, split: number): Weighted {
  return foldWindow<Weighted>(x.length, split, {
    unit: i => ({ n: 1, sum: x[i] as number, weighted: x[i] as number }),
    merge: (older, newer) => ({
      n: older.n + newer.n,
      sum: older.sum + newer.sum,
      weighted: older.weighted + newer.weighted + older.n * newer.sum,
    }),
  });
}
