/**
 * What a portfolio is measured against: all of its members in equal parts, brought back to equal parts at every bar,
 * without costs. A member counts at the bars it has.
 */
import type { PlacedSeries } from '../data/market-set.ts';

/** The index at the close of each tick of [from, to), from 1 at the first open. */
export function equalWeightIndex(members: readonly PlacedSeries[], from: number, to: number): Float64Array {
  const index = new Float64Array(to - from);
  const last = members.map(() => Number.NaN);
  let value = 1;
  for (let tick = from; tick < to; tick++) {
    let [sum, count] = [0, 0];
    members.forEach(({ clocks: [base], firstTick, endTick }, i) => {
      if (base === undefined || tick < firstTick || tick >= endTick || base.held[tick] === 1) return;
      const before = tick === from ? (base.open[tick] as number) : (last[i] as number);
      const close = base.close[tick] as number;
      if (!Number.isNaN(before)) {
        sum += close / before;
        count += 1;
      }
      last[i] = close;
    });
    if (count > 0) value *= sum / count;
    index[tick - from] = value;
  }
  return index;
}
