/** A portfolio that trades all the time, on simulated bars of instruments of which some begin later than others. */
import type { Plan } from '../../../../compiler/index.ts';
import { type MarketSet, placeTogether } from '../../../../runtime/data/market-set.ts';
import { simulateMarket } from '../../../../runtime/data/simulate.ts';
import { marketFrom } from '../../../../runtime/lane.ts';
import { compileText } from '../support.ts';

const BUSY = `strategy "Busy portfolio"

universe few = "ADA/USDT", "BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT" on binance
every 1h
clock slow = 4h
clock day = 1d

at slow { let mean = sma(close, 3) }
let gain  = close / close[5] - 1
let place = rank(gain) across few
let calm  = 1 / stdev(returns(close), 12)
let want  = if place >= 0.4 and close > latest(mean) * 0.99 then calm else 0

rebalance every 3h to scale(want, gross = 95%) across few { band: 1%  leavers: exit }

risk {
  cap position at 60% of equity
  cap daily_loss at 1.5% of equity else halt until day
  cap drawdown at 4% else flatten
}
execution { fee: 10bp  slippage: 0.1 * stdev(returns(close), 10) }
`;

/** `more`: other limits than its own. */
export function busyPortfolio(more?: string): Plan {
  return compileText(more === undefined ? BUSY : BUSY.replace(/risk \{[^}]*\}/, `risk { ${more} }`));
}

/** The second instrument is listed after some days, the third between two bars of the slower clock. */
const LISTED = [0, 61, 30, 0, 0];

export function busySet(plan: Plan, bars = 240): MarketSet {
  const periods = plan.clocks.map(({ period }) => period);
  return placeTogether(
    plan.instruments.map((instrument, number) => {
      const series = simulateMarket(instrument, periods, { seed: 11 + number, bars });
      return marketFrom(series, LISTED[number] ?? 0);
    }),
  );
}
