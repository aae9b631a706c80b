/**
 * How far a Sharpe ratio can be trusted: the probability that the true one is above a benchmark, given the length and
 * shape of the record, and the same after allowing for the number of variants that were tried to find it.
 *
 * Source: D. Bailey and M. López de Prado, "The Sharpe ratio efficient frontier" (2012) and "The deflated Sharpe ratio"
 * (2014). Sharpe ratios here are those of one period, not of a year.
 */
import { deviation, excessKurtosis, mean, ratio, skewness, sumOf } from './moments.ts';
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

/** The Sharpe ratio that the best of `trials` (whole or not) worthless variants is expected to show. 0 for a single one. */
export function expectedBestSharpe(trials: number, variance: number): number {
  if (trials <= 1) return 0;
  const best = normalQuantile(1 - 1 / trials);
  const nextBest = normalQuantile(1 - 1 / (trials * Math.E));
  // The approximation turns negative between one trial and about one and a half.
  return Math.sqrt(variance) * Math.max(0, (1 - EULER_MASCHERONI) * best + EULER_MASCHERONI * nextBest);
}

/** `variance` is that of the Sharpe ratios over the trials. One trial: the probabilistic Sharpe ratio. */
export function deflatedSharpe(record: SharpeRecord, trials: number, variance: number): number {
  return probabilisticSharpe(record, expectedBestSharpe(trials, variance));
}

/**
 * How many independent variants `trials` ones are worth whose returns correlate by ρ̄ on average: 1 + (N − 1)(1 − ρ̄).
 * A negative mean correlation counts as none.
 */
export function effectiveTrials(trials: number, meanCorrelation: number): number {
  return 1 + Math.max(0, trials - 1) * (1 - Math.min(1, Math.max(0, meanCorrelation)));
}

/** Mean of the correlations of all pairs of return series of equal length; NaN where there is no pair that moves. */
export function meanCorrelation(series: readonly Float64Array[]): number {
  const scaled = series.flatMap(returns => {
    const centre = mean(returns);
    const size = Math.sqrt(sumOf(returns, x => (x - centre) ** 2));
    return size > 0 ? [returns.map(x => (x - centre) / size)] : [];
  });
  // The sum over all pairs is (|Σ z|² − n) / 2 for unit vectors z: linear in the number of series.
  const n = scaled.length;
  if (n < 2) return Number.NaN;
  const total = new Float64Array(scaled[0].length);
  for (const z of scaled) for (let i = 0; i < total.length; i++) total[i] += z[i];
  return (sumOf(total, x => x * x) - n) / (n * (n - 1));
}

export interface DeflatedSharpe {
  readonly trials: number;
  readonly effectiveTrials: number;
  /** Of the trials' Sharpe ratios of one period. */
  readonly variance: number;
  /** The Sharpe ratio of one period that the best of so many worthless trials is expected to show. */
  readonly expectedBest: number;
  /** Probability that the true one is above that. */
  readonly probability: number;
}

/** Of the chosen returns, after so many trials: their Sharpe ratios of one period, and how their returns correlate. */
export function deflate(returns: Float64Array, trialSharpes: Float64Array, correlation: number): DeflatedSharpe {
  const trials = Math.max(1, trialSharpes.length);
  const effective = effectiveTrials(trials, Number.isNaN(correlation) ? 0 : correlation);
  const variance = trialSharpes.length < 2 ? 0 : deviation(trialSharpes) ** 2;
  return {
    trials,
    effectiveTrials: effective,
    variance,
    expectedBest: expectedBestSharpe(effective, variance),
    probability: deflatedSharpe(sharpeRecord(returns), effective, variance),
  };
}
