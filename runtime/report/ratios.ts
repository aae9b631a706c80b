/**
 * Figures of a series of returns. Definitions and names follow empyrical (and quantstats for the ulcer index); the risk-
 * free rate is zero. Undefined ones are NaN, never a made-up zero.
 */
import { deviation, mean, percentile, ratio, sumOf } from '../statistics/moments.ts';

/** Compound growth of all returns. */
export function compoundReturn(returns: Float64Array): number {
  return returns.reduce((wealth, r) => wealth * (1 + r), 1) - 1;
}

/** Compound growth a year; −1 for an account that lost everything (or more, on margin). */
export function yearlyGrowth(returns: Float64Array, periodsPerYear: number): number {
  if (returns.length === 0) return Number.NaN;
  return Math.max(0, 1 + compoundReturn(returns)) ** (periodsPerYear / returns.length) - 1;
}

export function yearlyVolatility(returns: Float64Array, periodsPerYear: number): number {
  return deviation(returns) * Math.sqrt(periodsPerYear);
}

export function sharpeRatio(returns: Float64Array, periodsPerYear: number): number {
  return ratio(mean(returns), deviation(returns)) * Math.sqrt(periodsPerYear);
}

/** Mean over the root mean square of the negative returns, all periods counted. */
export function sortinoRatio(returns: Float64Array, periodsPerYear: number): number {
  if (returns.length < 2) return Number.NaN;
  const downside = Math.sqrt(sumOf(returns, r => Math.min(0, r) ** 2) / returns.length);
  return ratio(mean(returns), downside) * Math.sqrt(periodsPerYear);
}

/** Sum of the gains over the sum of the losses, threshold zero. */
export function omegaRatio(returns: Float64Array): number {
  if (returns.length < 2) return Number.NaN;
  return ratio(
    sumOf(returns, r => Math.max(0, r)),
    sumOf(returns, r => Math.max(0, -r)),
  );
}

/** Historical value at risk: the return that the worst `share` of the periods fall below. */
export function valueAtRisk(returns: Float64Array, share = 0.05): number {
  return percentile(returns, share);
}

/** Mean of the worst `share` of the periods, at least one. */
export function expectedShortfall(returns: Float64Array, share = 0.05): number {
  if (returns.length === 0) return Number.NaN;
  const worst = Float64Array.from(returns)
    .sort()
    .subarray(0, Math.floor((returns.length - 1) * share) + 1);
  return mean(worst);
}

/** Size of the 95th percentile over that of the 5th: above 1, the gains' tail is the longer one. */
export function tailRatio(returns: Float64Array): number {
  return ratio(Math.abs(percentile(returns, 0.95)), Math.abs(percentile(returns, 0.05)));
}

/** Root mean square of the drawdowns, dividing by n − 1 as quantstats does. */
export function ulcerIndex(returns: Float64Array): number {
  if (returns.length < 2) return Number.NaN;
  let wealth = 1;
  let peak = 1;
  const squares = sumOf(returns, r => {
    wealth *= 1 + r;
    peak = Math.max(peak, wealth);
    return (wealth / peak - 1) ** 2;
  });
  return Math.sqrt(squares / (returns.length - 1));
}
