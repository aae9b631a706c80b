/** A strategy that uses each kind of order, on simulated bars that make it trade all the time. */
import type { Plan } from '../../../compiler/index.ts';
import type { MarketSeries } from '../../../runtime/data/series.ts';
import { simulateMarket } from '../../../runtime/data/simulate.ts';
import { compileText } from './support.ts';

const BUSY = `strategy "Busy"

instrument "BTC/USDT" on binance
every 1h
clock slow = 4h
clock day = 1d

at slow { let mean = sma(close, 5) }
let quick = ema(close, 4)
let reach = atr(8)

when close crosses above quick enter long {
  at:     limit close * (1 - 2bp)
  expire: 2 bars
  size:   40% of equity
  stop:   entry - 1.5 * reach
  target: [50% at entry + reach, rest at entry + 3 * reach]
  trail:  1% after 0.5%
  hold:   20 bars
}
when close > latest(mean) and profit > 0.2% add { size: 10% of equity }
when profit > 1% reduce 25%
when close crosses below latest(mean) exit long { at: limit close * (1 + 5bp)  expire: 2 bars  else: market }

risk {
  pause 2 bars when stopped_out
  cap daily_loss at 0.4% of equity else halt until day
  cap drawdown at 3% else flatten
}
execution { fee: maker 2bp taker 5bp  slippage: 0.02 * atr(14) }
`;

export function busyText(): string {
  return BUSY;
}

export function busyPlan(): Plan {
  return compileText(BUSY);
}

export function busySeries(plan: Plan, bars = 400): MarketSeries {
  const [instrument] = plan.instruments;
  if (instrument === undefined) throw new Error('the plan names no instrument');
  return simulateMarket(
    instrument,
    plan.clocks.map(({ period }) => period),
    { seed: 7, bars },
  );
}
