/**
 * Rows to be judged, prepared: those with a label and a prediction, their ticks numbered. A figure is a function of how
 * often each tick counts, so that the value itself and a thousand resamples of blocks of ticks are the same arithmetic.
 */
import type { Judged } from './types.ts';

export interface Sample {
  /** Different ticks, ascending. */
  readonly ticks: Int32Array;
  /** Of each row, the number of its tick in `ticks`. */
  readonly position: Int32Array;
  readonly lanes: number;
  readonly label: Float64Array;
  readonly prediction: readonly Float64Array[];
  readonly weight: Float64Array;
}

/** Value of a metric when tick i of the sample counts `times[i]` times; NaN where it is not defined. */
export type Figure = (times: ArrayLike<number>) => number;

export function sampleOf({ tick, lane, label, prediction, weight }: Judged): Sample {
  const rows = [...label.keys()].filter(
    row => !Number.isNaN(label[row]) && prediction.every(column => !Number.isNaN(column[row])),
  );
  const pick = (values: ArrayLike<number>) => Float64Array.from(rows, row => values[row]);
  const ticks = Int32Array.from([...new Set(rows.map(row => tick[row]))].sort((a, b) => a - b));
  const numbers = new Map(Array.from(ticks, (value, number) => [value, number]));
  return {
    ticks,
    position: Int32Array.from(rows, row => numbers.get(tick[row]) ?? -1),
    lanes: new Set(rows.map(row => lane[row])).size,
    label: pick(label),
    prediction: prediction.map(pick),
    weight: weight === undefined ? new Float64Array(rows.length).fill(1) : pick(weight),
  };
}

/** Every tick once: the sample as it is. */
export function once(sample: Sample): ArrayLike<number> {
  return new Uint8Array(sample.ticks.length).fill(1);
}

/** Mean of a number of each row, by weight. */
export function meanOf(sample: Sample, values: Float64Array): Figure {
  const { position, weight } = sample;
  return times => {
    let sum = 0;
    let total = 0;
    for (let row = 0; row < values.length; row++) {
      const w = weight[row] * times[position[row]];
      sum += w * values[row];
      total += w;
    }
    return total === 0 ? Number.NaN : sum / total;
  };
}

/** Mean of a number of each tick; NaN entries do not count. */
export function meanOfTicks(values: Float64Array): Figure {
  return times => {
    let sum = 0;
    let total = 0;
    for (let tick = 0; tick < values.length; tick++)
      if (!Number.isNaN(values[tick])) {
        sum += times[tick] * values[tick];
        total += times[tick];
      }
    return total === 0 ? Number.NaN : sum / total;
  };
}

/** Rows of each tick, in row order. */
export function rowsByTick({ ticks, position }: Sample): readonly (readonly number[])[] {
  const rows: number[][] = Array.from(ticks, () => []);
  position.forEach((tick, row) => {
    rows[tick].push(row);
  });
  return rows;
}

/** Positions of the values from low to high; equal ones in their order. */
export function ascending(values: Float64Array): Int32Array {
  return Int32Array.from(values.keys()).sort((a, b) => values[a] - values[b] || a - b);
}

/** Where each run of equal values ends in their order. */
export function endsOfTies(values: Float64Array, order: Int32Array): Int32Array {
  const ends: number[] = [];
  for (let i = 1; i <= order.length; i++)
    if (i === order.length || values[order[i]] !== values[order[i - 1]]) ends.push(i);
  return Int32Array.from(ends);
}
