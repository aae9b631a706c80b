/** What the tests of portfolios in live runs share. */

import type { RunResult } from '../../../../runtime/engine/result.ts';
import type { PortfolioResult } from '../../../../runtime/portfolio/result.ts';
import { comparable } from '../support.ts';

/** All that a person could compare of two runs of a portfolio. */
export function comparablePortfolio(result: RunResult) {
  if (!('members' in result)) throw new Error('the result is not that of a portfolio');
  const { members, rebalances, limited, firstDecision, ticksInMarket } = result as PortfolioResult;
  return {
    ...comparable(result),
    members: members.map(({ symbol, profit, trades, fills, totals, ticksHeld, firstTick, endTick }) => ({
      symbol,
      profit,
      trades,
      fills,
      totals: { ...totals },
      ticksHeld,
      firstTick,
      endTick,
    })),
    rebalances,
    limited,
    firstDecision,
    ticksInMarket,
  };
}
