/**
 * Figures of the round trips. Only closed trades count; one that is still open at the end of the data is shown apart,
 * since its profit is not decided. All profits are after fees, slippage and funding.
 */
import type { Trade } from '../engine/result.ts';
import { ratio } from '../statistics/moments.ts';

export interface TradeStatistics {
  readonly trades: number;
  readonly openTrades: number;
  readonly winRate: number;
  /** Money won over money lost. */
  readonly profitFactor: number;
  /** Mean profit of a trade, as a ratio of its entry notional. */
  readonly expectancy: number;
  /** Mean win over mean loss, as ratios of entry notional. */
  readonly payoff: number;
  /** Mean profit of a trade, in money. */
  readonly averageProfit: number;
  readonly bestTrade: number;
  readonly worstTrade: number;
  readonly averageBars: number;
  readonly longestBars: number;
}

export function measureTrades(trades: readonly Trade[]): TradeStatistics {
  const closed = trades.filter(trade => !trade.open);
  const wins = closed.filter(trade => trade.profit > 0);
  const losses = closed.filter(trade => trade.profit < 0);
  const average = (chosen: readonly Trade[], f: (trade: Trade) => number) => ratio(total(chosen, f), chosen.length);
  return {
    trades: closed.length,
    openTrades: trades.length - closed.length,
    winRate: ratio(wins.length, closed.length),
    profitFactor: ratio(total(wins, profit), -total(losses, profit)),
    expectancy: average(closed, profitRatio),
    payoff: ratio(average(wins, profitRatio), -average(losses, profitRatio)),
    averageProfit: average(closed, profit),
    bestTrade: extreme(closed, Math.max),
    worstTrade: extreme(closed, Math.min),
    averageBars: average(closed, trade => trade.bars),
    longestBars: closed.reduce((most, trade) => Math.max(most, trade.bars), 0),
  };
}

const profit = (trade: Trade) => trade.profit;
const profitRatio = (trade: Trade) => trade.profitRatio;

function total(trades: readonly Trade[], f: (trade: Trade) => number): number {
  return trades.reduce((sum, trade) => sum + f(trade), 0);
}

function extreme(trades: readonly Trade[], pick: (a: number, b: number) => number): number {
  return trades.length === 0 ? Number.NaN : trades.map(profitRatio).reduce((a, b) => pick(a, b));
}
