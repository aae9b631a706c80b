/**
 * Cross-sections: what a stream is among the members of a universe at one tick (language.md, Cross-section). Written once,
 * for the interpreter and for the stages beside the kernel alike. A row holds one value a lane, in lane order, which is the
 * order of every sum; NaN is a member that is absent or held, and has no part in anything.
 */

/** Fills `out` from `row`; `settings` are the operator's own, in their order, `to` is the second stream of `neutral`. */
export type KeepsAxis = (row: Float64Array, out: Float64Array, settings: readonly number[], to: Float64Array) => void;
/** One value for the whole universe. */
export type DropsAxis = (row: Float64Array) => number;

export const KEEPS_AXIS: Readonly<Record<string, KeepsAxis>> = {
  rank: (row, out, [need = 1]) => {
    const sorted = sortedPresent(row);
    for (let i = 0; i < row.length; i++) out[i] = sorted.length < need ? Number.NaN : shareOf(at(row, i), sorted);
  },

  zscore: (row, out, [need = 1]) => {
    const { count, mean } = momentsOf(row);
    const deviation = Math.sqrt(squares(row, mean) / count);
    const isFlat = allEqual(row);
    for (let i = 0; i < row.length; i++) {
      const value = at(row, i);
      if (Number.isNaN(value) || count < need) out[i] = Number.NaN;
      else out[i] = isFlat ? 0 : (value - mean) / deviation;
    }
  },

  demean: (row, out) => {
    const { mean } = momentsOf(row);
    for (let i = 0; i < row.length; i++) out[i] = at(row, i) - mean;
  },

  // With `net`, the long and the short side are scaled apart: they come to (gross + net) / 2 and (gross - net) / 2.
  scale: (row, out, [gross = 1, net = Number.NaN]) => {
    const [long, short] = [sumOf(row, 1), sumOf(row, -1)];
    const isApart = !Number.isNaN(net);
    const longShare = isApart ? (gross + net) / 2 / long : gross / (long + short);
    const shortShare = isApart ? (gross - net) / 2 / short : gross / (long + short);
    for (let i = 0; i < row.length; i++) {
      const value = at(row, i);
      if (value === 0 || Number.isNaN(value)) out[i] = value === 0 ? 0 : Number.NaN;
      else out[i] = value * (value > 0 ? longShare : shortShare);
    }
  },

  // Quantiles interpolated between neighbours, as over time.
  winsor: (row, out, [share = 0]) => {
    const sorted = sortedPresent(row);
    const [low, high] = [quantileOf(sorted, share), quantileOf(sorted, 1 - share)];
    for (let i = 0; i < row.length; i++) out[i] = Math.max(low, Math.min(at(row, i), high));
  },

  // What a straight line through the members leaves over; where all of `to` are equal, the distance from the mean.
  neutral: (row, out, _settings, to) => {
    let count = 0;
    let [sumX, sumTo] = [0, 0];
    for (let i = 0; i < row.length; i++) {
      if (Number.isNaN(at(row, i)) || Number.isNaN(at(to, i))) continue;
      count += 1;
      sumX += at(row, i);
      sumTo += at(to, i);
    }
    const [meanX, meanTo] = [sumX / count, sumTo / count];
    let [together, spread] = [0, 0];
    for (let i = 0; i < row.length; i++) {
      if (Number.isNaN(at(row, i)) || Number.isNaN(at(to, i))) continue;
      const distance = at(to, i) - meanTo;
      together += (at(row, i) - meanX) * distance;
      spread += distance * distance;
    }
    const slope = spread === 0 ? 0 : together / spread;
    for (let i = 0; i < row.length; i++) out[i] = at(row, i) - meanX - slope * (at(to, i) - meanTo);
  },

  // Group 1 is the lowest, group n the highest; equal values share one.
  quantile_of: (row, out, [groups = 1]) => {
    const sorted = sortedPresent(row);
    for (let i = 0; i < row.length; i++) {
      out[i] = 1 + Math.min(groups - 1, Math.floor(shareOf(at(row, i), sorted) * groups));
    }
  },
};

/** Absent where no member is present: no operator turns absent into 0. */
export const DROPS_AXIS: Readonly<Record<string, DropsAxis>> = {
  mean: row => momentsOf(row).mean,
  sum: row => {
    const { count, sum } = momentsOf(row);
    return count === 0 ? Number.NaN : sum;
  },
  count: row => DROPS_AXIS.sum?.(row) ?? Number.NaN,
  breadth: row => momentsOf(row).mean,
  // Made by the compiler alone: a label of the whole universe ends with the last of its members.
  max: row => {
    const sorted = sortedPresent(row);
    return sorted.length === 0 ? Number.NaN : at(sorted, sorted.length - 1);
  },
};

function at(values: Float64Array, index: number): number {
  return values[index] as number;
}

interface Moments {
  readonly count: number;
  readonly sum: number;
  readonly mean: number;
}

function momentsOf(row: Float64Array): Moments {
  let count = 0;
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    if (Number.isNaN(at(row, i))) continue;
    count += 1;
    sum += at(row, i);
  }
  return { count, sum, mean: sum / count };
}

function squares(row: Float64Array, mean: number): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) {
    if (!Number.isNaN(at(row, i))) sum += (at(row, i) - mean) ** 2;
  }
  return sum;
}

/** Of the values on one side of 0, without their sign. */
function sumOf(row: Float64Array, sign: 1 | -1): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) if (at(row, i) * sign > 0) sum += at(row, i) * sign;
  return sum;
}

function allEqual(row: Float64Array): boolean {
  let first = Number.NaN;
  for (let i = 0; i < row.length; i++) {
    const value = at(row, i);
    if (Number.isNaN(value)) continue;
    if (Number.isNaN(first)) first = value;
    else if (value !== first) return false;
  }
  return true;
}

function sortedPresent(row: Float64Array): Float64Array {
  const sorted = row.slice().sort();
  // NaN stands last.
  let length = sorted.length;
  while (length > 0 && Number.isNaN(at(sorted, length - 1))) length -= 1;
  return sorted.subarray(0, length);
}

/** (2r - 2) / (2n - 2) with r the average rank among the n sorted ones, in one division; 0.5 for a single one. */
function shareOf(value: number, sorted: Float64Array): number {
  if (Number.isNaN(value)) return Number.NaN;
  if (sorted.length === 1) return 0.5;
  const below = firstNotBelow(sorted, value);
  const equal = firstAbove(sorted, value) - below;
  return (2 * below + equal - 1) / (2 * sorted.length - 2);
}

function firstNotBelow(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(sorted, middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
function firstAbove(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(sorted, middle) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function quantileOf(sorted: Float64Array, share: number): number {
  const last = sorted.length - 1;
  const place = last * share;
  if (!(place >= 0 && place <= last)) return Number.NaN;
  const low = Math.floor(place);
  const below = at(sorted, low);
  return low === last ? below : below + (place - low) * (at(sorted, low + 1) - below);
}
