/**
 * The account against buying the instrument at the start and holding it. Alpha, beta as in empyrical; the information
 * ratio as in quantstats (its `information_ratio`, of one period) times the root of the periods of a year.
 */
import { deviation, mean, ratio } from '../statistics/moments.ts';
import { compoundReturn } from './ratios.ts';

export interface AgainstBenchmark {
  readonly benchmarkReturn: number;
  readonly alpha: number;
  readonly beta: number;
  readonly informationRatio: number;
}

/** Both series over the same periods. */
export function againstBenchmark(
  returns: Float64Array,
  benchmark: Float64Array,
  periodsPerYear: number,
): AgainstBenchmark {
  const active = returns.map((r, i) => r - (benchmark[i] ?? Number.NaN));
  const beta = betaOf(returns, benchmark);
  const meanAlpha = mean(returns.map((r, i) => r - beta * (benchmark[i] ?? Number.NaN)));
  return {
    benchmarkReturn: compoundReturn(benchmark),
    alpha: (1 + meanAlpha) ** periodsPerYear - 1,
    beta,
    informationRatio: ratio(mean(active), deviation(active)) * Math.sqrt(periodsPerYear),
  };
}

/** Covariance over the variance of the benchmark. */
function betaOf(returns: Float64Array, benchmark: Float64Array): number {
  if (returns.length < 2) return Number.NaN;
  const centre = mean(benchmark);
  let covariance = 0;
  let variance = 0;
  benchmark.forEach((b, i) => {
    covariance += (b - centre) * (returns[i] ?? Number.NaN);
    variance += (b - centre) ** 2;
  });
  return variance / benchmark.length < 1e-30 ? Number.NaN : covariance / variance;
}
