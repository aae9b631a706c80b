/**
 * What a run has at stake: its positions over its equity, and from the latest bars how much one more bar can cost. The own
 * figures look at what equity did, whatever was held then; the held ones take the positions of now through the price moves
 * of then.
 */
import { correlationOf, tailOf } from '../statistics/tail.ts';
import type { RiskStatus, TailRisk } from './status.ts';

/** Bars that are looked back on, and how few are too few to speak. */
export const BARS_BACK = 500;
const FEWEST_BARS = 30;

export interface Holding {
  readonly symbol: string;
  /** Signed. */
  readonly quantity: number;
  readonly price: number;
  /** Closes of the latest bars, oldest first, bar by bar the same times for all holdings; NaN where there is none. */
  readonly closes: Float64Array;
}

/** `equities`: at the closes of the latest bars, oldest first. */
export function riskOf(equity: number, equities: Float64Array, holdings: readonly Holding[]): RiskStatus {
  const held = holdings.filter(({ quantity, price }) => quantity !== 0 && Number.isFinite(price));
  const shares = held.map(({ quantity, price }) => (quantity * price) / equity);
  const returns = held.map(({ closes }) => returnsOf(closes));
  const largest = [...held.keys()].sort((a, b) => Math.abs(shares[b] ?? 0) - Math.abs(shares[a] ?? 0));
  return {
    grossExposure: sum(shares.map(Math.abs)),
    netExposure: sum(shares),
    own: tailRiskOf(returnsOf(equities)),
    held: held.length === 0 ? null : tailRiskOf(weighted(shares, returns)),
    correlations: correlationsOf(
      largest.slice(0, MOST_CORRELATED).map(i => ({ symbol: held[i]?.symbol ?? '', returns: returns[i] ?? NONE })),
    ),
  };
}

/** Pairs grow with the square: only the largest positions are compared. */
const MOST_CORRELATED = 20;

interface Moves {
  readonly symbol: string;
  readonly returns: Float64Array;
}

function correlationsOf(moves: readonly Moves[]): RiskStatus['correlations'] {
  return moves.flatMap((a, i) =>
    moves.slice(i + 1).flatMap(b => {
      const value = correlationOf(a.returns, b.returns);
      return Number.isNaN(value) ? [] : [{ a: a.symbol, b: b.symbol, value }];
    }),
  );
}

const NONE = new Float64Array(0);

/** From each bar to the next; NaN where either is missing. */
function returnsOf(values: Float64Array): Float64Array {
  return values.subarray(1).map((value, i) => value / (values[i] ?? Number.NaN) - 1);
}

/** What the shares would have made in each bar; bars in which an instrument has no price are left out. */
function weighted(shares: readonly number[], returns: readonly Float64Array[]): Float64Array {
  const [first = NONE] = returns;
  return first.map((_, bar) => sum(shares.map((share, i) => share * (returns[i]?.[bar] ?? Number.NaN))));
}

function tailRiskOf(returns: Float64Array): TailRisk | null {
  const known = returns.filter(Number.isFinite);
  if (known.length < FEWEST_BARS) return null;
  const [at95, at99] = [tailOf(known, 0.95), tailOf(known, 0.99)];
  return {
    bars: known.length,
    valueAtRisk95: at95.valueAtRisk,
    expectedShortfall95: at95.expectedShortfall,
    valueAtRisk99: at99.valueAtRisk,
    expectedShortfall99: at99.expectedShortfall,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
