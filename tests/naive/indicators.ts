/** Indicators by their textbook definitions, each value from scratch. NaN: not defined yet. */
import type { Candles } from './candles.ts';

export type Series = readonly number[];

const at = (values: Series, index: number): number => values[index] ?? Number.NaN;

function windows(x: Series, n: number, of: (window: Series) => number): number[] {
  return x.map((_, i) => (i + 1 < n ? Number.NaN : of(x.slice(i + 1 - n, i + 1))));
}

function mean(window: Series): number {
  return window.reduce((sum, value) => sum + value, 0) / window.length;
}

export function sma(x: Series, n: number): number[] {
  return windows(x, n, mean);
}

/** Population standard deviation. */
export function stdev(x: Series, n: number): number[] {
  return windows(x, n, window => {
    const middle = mean(window);
    return Math.sqrt(mean(window.map(value => (value - middle) ** 2)));
  });
}

export function highest(x: Series, n: number): number[] {
  return windows(x, n, window => Math.max(...window));
}

/** How many of the last n are true; undefined while any of them is. */
export function count(x: readonly (boolean | undefined)[], n: number): number[] {
  return x.map((_, i) => {
    const window = i + 1 < n ? [undefined] : x.slice(i + 1 - n, i + 1);
    return window.includes(undefined) ? Number.NaN : window.filter(value => value === true).length;
  });
}

/** Seeded with the mean of the first n defined values, then y + alpha (x - y). */
function smooth(x: Series, n: number, alpha: number): number[] {
  const first = x.findIndex(value => !Number.isNaN(value));
  const y: number[] = x.map(() => Number.NaN);
  if (first < 0) return y;
  for (let i = first + n - 1; i < x.length; i++)
    y[i] = i === first + n - 1 ? mean(x.slice(first, i + 1)) : at(y, i - 1) + alpha * (at(x, i) - at(y, i - 1));
  return y;
}

export function ema(x: Series, n: number): number[] {
  return smooth(x, n, 2 / (n + 1));
}

/** Wilder's average. */
export function rma(x: Series, n: number): number[] {
  return smooth(x, n, 1 / n);
}

export function rsi(x: Series, n: number): number[] {
  const up = rma(
    x.map((value, i) => (i === 0 ? Number.NaN : Math.max(value - at(x, i - 1), 0))),
    n,
  );
  const down = rma(
    x.map((value, i) => (i === 0 ? Number.NaN : Math.max(at(x, i - 1) - value, 0))),
    n,
  );
  return up.map((value, i) => (100 * value) / (value + at(down, i)));
}

export function atr({ high, low, close }: Candles, n: number): number[] {
  const range = close.map((_, i) => {
    const before = at(close, i - 1);
    return Math.max(at(high, i) - at(low, i), Math.abs(at(high, i) - before), Math.abs(at(low, i) - before));
  });
  return rma(range, n);
}

/** Line and trigger; the fast average is seeded over the bars that end where the slow one's first value stands. */
export function macd(x: Series, fast: number, slow: number, smoothing: number): { line: number[]; trigger: number[] } {
  const late = x.map((value, i) => (i < slow - fast ? Number.NaN : value));
  const slowAverage = ema(x, slow);
  const line = ema(late, fast).map((value, i) => value - at(slowAverage, i));
  return { line, trigger: ema(line, smoothing) };
}

/** Whether the supertrend is rising: its band under the price. */
export function supertrendRising(candles: Candles, n: number, k: number): boolean[] {
  const { high, low, close } = candles;
  const range = atr(candles, n);
  const rising: boolean[] = [];
  let [upper, lower] = [Number.NaN, Number.NaN];
  for (let i = 0; i < close.length; i++) {
    const middle = (at(high, i) + at(low, i)) / 2;
    const [top, bottom] = [middle + k * at(range, i), middle - k * at(range, i)];
    const before = at(close, i - 1);
    if (Number.isNaN(upper)) [upper, lower] = [top, bottom];
    else {
      if (top < upper || before > upper) upper = top;
      if (bottom > lower || before < lower) lower = bottom;
    }
    const was = rising[i - 1] ?? at(close, i) > middle;
    if (Number.isNaN(upper)) rising.push(was);
    else rising.push(was ? !(at(close, i) < lower) : at(close, i) > upper);
  }
  return rising;
}

/** True at i when a was at or under b at i - 1 and is above it at i. */
export function crossesAbove(a: Series, b: Series | number, i: number): boolean {
  const other = (index: number): number => (typeof b === 'number' ? b : at(b, index));
  return at(a, i - 1) <= other(i - 1) && at(a, i) > other(i);
}

export function crossesBelow(a: Series, b: Series | number, i: number): boolean {
  const other = (index: number): number => (typeof b === 'number' ? b : at(b, index));
  return at(a, i - 1) >= other(i - 1) && at(a, i) < other(i);
}
