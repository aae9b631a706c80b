/**
 * Drawdowns of the equity curve, at every bar rather than at daily closes: a trader lives through the intraday ones too.
 * The capital before the first bar is the first peak. Depths are negative ratios, as empyrical has them.
 */

export interface Drawdown {
  /** Deepest point of the whole run, 0 or below. */
  readonly depth: number;
  /** Index of the peak it fell from (−1: the starting capital), and of its lowest bar. */
  readonly peak: number;
  readonly valley: number;
  /** Longest time spent below a peak, in milliseconds, also when it has not ended yet. */
  readonly longestMs: number;
  readonly longestEnded: boolean;
}

/** Depth below the running peak at each bar: `equity / peak − 1`. */
export function drawdownSeries(equity: Float64Array, capital: number): Float64Array {
  let peak = capital;
  return equity.map(value => {
    peak = Math.max(peak, value);
    return value / peak - 1;
  });
}

/** `closeTimes[i]` is the close of bar i; `startMs` the open of the first. */
export function measureDrawdown(
  equity: Float64Array,
  capital: number,
  closeTimes: Float64Array,
  startMs: number,
): Drawdown {
  const timeOf = (bar: number) => (bar < 0 ? startMs : (closeTimes[bar] ?? Number.NaN));
  let running = { value: capital, bar: -1 };
  let deepest = { depth: 0, peak: -1, valley: -1 };
  let longest = { ms: 0, ended: true };
  equity.forEach((value, bar) => {
    const underMs = timeOf(bar) - timeOf(running.bar);
    if (value >= running.value) {
      if (running.bar < bar - 1 && underMs > longest.ms) longest = { ms: underMs, ended: true };
      running = { value, bar };
      return;
    }
    if (underMs > longest.ms) longest = { ms: underMs, ended: false };
    const depth = value / running.value - 1;
    if (depth < deepest.depth) deepest = { depth, peak: running.bar, valley: bar };
  });
  return { ...deepest, longestMs: longest.ms, longestEnded: longest.ended };
}
