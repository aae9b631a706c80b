/**
 * Fewer points for drawing, never for numbers. Ticks are taken in groups of equal length: a candle keeps of the values that
 * are present the first open, highest high, lowest low and last close; a line keeps of each group the extreme that stands
 * out more, and whichever groups hold the whole line's highest and lowest value keep those.
 */
export interface Candles {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
}

/** Ticks a group, so that at most `limit` groups remain. */
export function groupSize(length: number, limit: number): number {
  return Math.max(1, Math.ceil(length / limit));
}

export function groupCandles(bars: Candles, size: number): Candles {
  return {
    open: pickGroups(bars.open, size, firstPresent),
    high: pickGroups(bars.high, size, (values, from, to) => extreme(values, from, to, 1)),
    low: pickGroups(bars.low, size, (values, from, to) => extreme(values, from, to, -1)),
    close: pickGroups(bars.close, size, lastPresent),
  };
}

export function groupFirst(values: Float64Array, size: number): Float64Array {
  return pickGroups(values, size, (all, from) => all[from] ?? Number.NaN);
}

/** The lowest of each group: for drawdowns, whose depth is what matters. */
export function groupLowest(values: Float64Array, size: number): Float64Array {
  return pickGroups(values, size, (all, from, to) => extreme(all, from, to, -1));
}

export function groupLine(values: Float64Array, size: number): Float64Array {
  if (size === 1) return values;
  const highest = indexOfExtreme(values, 0, values.length, 1);
  const lowest = indexOfExtreme(values, 0, values.length, -1);
  let before = values[0] ?? Number.NaN;
  return pickGroups(values, size, (all, from, to) => {
    const start = Number.isNaN(before) ? (all[from] ?? Number.NaN) : before;
    const last = all[to - 1] ?? Number.NaN;
    before = last;
    if (highest >= from && highest < to) return all[highest] ?? Number.NaN;
    if (lowest >= from && lowest < to) return all[lowest] ?? Number.NaN;
    const high = extreme(all, from, to, 1);
    const low = extreme(all, from, to, -1);
    const middle = (start + (Number.isNaN(last) ? start : last)) / 2;
    return high - middle >= middle - low ? high : low;
  });
}

function pickGroups(
  values: Float64Array,
  size: number,
  pick: (values: Float64Array, from: number, to: number) => number,
): Float64Array {
  if (size === 1) return values;
  return Float64Array.from({ length: Math.ceil(values.length / size) }, (_, group) =>
    pick(values, group * size, Math.min(values.length, (group + 1) * size)),
  );
}

function firstPresent(values: Float64Array, from: number, to: number): number {
  for (let i = from; i < to; i++) if (!Number.isNaN(values[i])) return values[i] ?? Number.NaN;
  return Number.NaN;
}

function lastPresent(values: Float64Array, from: number, to: number): number {
  for (let i = to - 1; i >= from; i--) if (!Number.isNaN(values[i])) return values[i] ?? Number.NaN;
  return Number.NaN;
}

/** Highest (`sign` 1) or lowest (−1) present value; NaN where there is none. */
function extreme(values: Float64Array, from: number, to: number, sign: 1 | -1): number {
  return values[indexOfExtreme(values, from, to, sign)] ?? Number.NaN;
}

function indexOfExtreme(values: Float64Array, from: number, to: number, sign: 1 | -1): number {
  let best = -1;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) {
    const value = sign * (values[i] ?? Number.NaN);
    if (value > bestValue) {
      best = i;
      bestValue = value;
    }
  }
  return best;
}
