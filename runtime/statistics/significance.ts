/**
 * How far a Sharpe ratio can be trusted: the probability that the true one is above a benchmark, given the length and
 * shape of the record, and the same after allowing for the number of variants that were tried to find it.
 *
 * Source: D. Bailey and M. López de Prado, "The Sharpe ratio efficient frontier" (2012) and "The deflated Sharpe ratio"
 * (2014). Sharpe ratios here are those of one period, not of a year.
 */
import { deviation, excessKurtosis, mean, ratio, skewness } from './moments.ts';
import { normalCdf, normalQuantile } from './normal.ts';

const EULER_MASCHERONI = 0.5772156649015329;

export interface SharpeRecord {
  /** Of one period. */
  readonly sharpe: number;
  readonly periods: number;
  readonly skew: number;
  /** 3 for a normal distribution. */
  readonly kurtosis: number;
}

export function sharpeRecord(returns: Float64Array): SharpeRecord {
  return {
    sharpe: ratio(mean(returns), deviation(returns)),
    periods: returns.length,
    skew: skewness(returns),
    kurtosis: excessKurtosis(returns) + 3,
  };
}

/** Probability that the true Sharpe ratio is above `threshold` (of one period). */
export function probabilisticSharpe(record: SharpeRecord, threshold = 0): number {
  const { sharpe, periods, skew, kurtosis } = record;
  const spread = Math.sqrt((1 - skew * sharpe + ((kurtosis - 1) / 4) * sharpe ** 2) / (periods - 1));
  return normalCdf((sharpe - threshold) / spread);
}

/** The Sharpe ratio that the best of `trials` worthless variants is expected to show. 0 for a single one. */
export function expectedBestSharpe(trials: number, variance: number): number {
  if (trials <= 1) return 0;
  const best = normalQuantile(1 - 1 / trials);
  const nextBest = normalQuantile(1 - 1 / (trials * Math.E));
  return Math.sqrt(variance) * ((1 - EULER_MASCHERONI) * best + EULER_MASCHERONI * nextBest);
}

/** `variance` is that of the Sharpe ratios over the trials. One trial: the probabilistic Sharpe ratio. */
export function deflatedSharpe(record: SharpeRecord, trials: number, variance: number): number {
  return probabilisticSharpe(record, expectedBestSharpe(trials, variance));
}
