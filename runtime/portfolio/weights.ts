/** Weights of the members over time, read out of their fills: for charts and tables. */
import type { PlacedSeries } from '../data/market-set.ts';
import type { MemberResult, PortfolioResult } from './result.ts';

/** Signed notional over equity at the close of each tick of the span; entry 0 is `fromTick`. */
export function weightsOver(
  { equity, fromTick, toTick }: PortfolioResult,
  { fills }: MemberResult,
  series: PlacedSeries,
): Float64Array {
  const weights = new Float64Array(toTick - fromTick);
  const [base] = series.clocks;
  if (base === undefined) return weights;
  let [next, position, last] = [0, 0, Number.NaN];
  for (let tick = fromTick; tick < toTick; tick++) {
    for (let fill = fills[next]; fill !== undefined && fill.tick <= tick; fill = fills[++next]) {
      position += fill.side === 'buy' ? fill.quantity : -fill.quantity;
      if (Math.abs(position) < fill.quantity * ARTEFACT) position = 0;
    }
    const close = base.close[tick] as number;
    if (!Number.isNaN(close)) last = close;
    weights[tick - fromTick] = position === 0 ? 0 : (position * last) / (equity[tick - fromTick] as number);
  }
  return weights;
}
const ARTEFACT = 1e-9;
