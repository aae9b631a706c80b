/** Strategies of several instruments on real candles: recorded bars through the path of a live run are the backtest. */
import { expect, it } from 'vitest';
import { openKernelRun, type Plan } from '../../../../compiler/index.ts';
import { runPlan, runPortfolio } from '../../../../runtime/backtest.ts';
import { loadMarkets } from '../../../../runtime/data/load-many.ts';
import type { MarketSet } from '../../../../runtime/data/market-set.ts';
import { tradedInstrument } from '../../../../runtime/engine/settings.ts';
import { dataOf, metaOf, setFrom } from '../../../../runtime/lane.ts';
import { replayOf } from '../../../../runtime/live/replay.ts';
import { fleetingMemory } from '../../../../runtime/live/simulated/memory.ts';
import { NO_ROWS, openSimulatedRun } from '../../../../runtime/live/simulated-run.ts';
import { isPortfolio } from '../../../../runtime/portfolio/settings.ts';
import { describeWithShared, sharedPath } from '../../../support/shared.ts';
import { comparable, compileExample, compileText, FACTS } from '../support.ts';
import { comparablePortfolio } from './support.ts';

const EQUAL = `strategy "Equal weights"
universe few = "ADA/USDT", "AVAX/USDT", "BTC/USDT", "DOGE/USDT", "ETH/USDT", "SOL/USDT", "TRX/USDT", "XRP/USDT" on binance
every 1h
rebalance every 12h to 1 / 8 across few { band: 0.2% }
execution { fee: 10bp  slippage: 5bp }
`;

const NAMED = `strategy "Two by name"
instrument btc = "BTC/USDT" on binance
instrument eth = "ETH/USDT" on binance
every 1h
clock day = 1d
at day { let slow = sma(btc.close, 5) }
let calm = 1 / stdev(returns(btc.close), 48)
let other = 1 / stdev(returns(eth.close), 48)
rebalance every 12h to btc = if btc.close > latest(slow) then 0.9 * calm / (calm + other) else 0.1, eth = 0.9 * other / (calm + other) { band: 2% }
risk { cap drawdown at 20% of equity else halt }
execution { fee: 10bp  slippage: 5bp }
`;

const LED = `strategy "Led by another"
instrument "ETH/USDT" on binance
instrument btc = "BTC/USDT" on binance
every 1h
clock slow = 4h
at slow { let mean = sma(btc.close, 10) }
when btc.close crosses above latest(mean) enter long { size: 50% of equity  stop: entry * 0.97  target: entry * 1.05 }
when btc.close < latest(mean) exit long
execution { fee: 10bp  slippage: 5bp }
`;

/** Bitcoin's funding ends in June: from then on it does not exist for the run. */
const PERPETUALS = `strategy "Long and short"
universe few = "ARB/USDT:USDT", "BTC/USDT:USDT", "DOGE/USDT:USDT", "ETH/USDT:USDT", "NEAR/USDT:USDT" on binance
every 1h
clock day = 1d
let gain = close / close[24] - 1
rebalance every 8h to scale((rank(gain) across few) - 0.5, gross = 150%, net = 0%) across few { band: 2%  leavers: exit }
risk { cap daily_loss at 5% of equity else halt until day }
execution { fee: 5bp  slippage: 3bp  leverage: 3 }
`;

const SPOT_1H = [sharedPath('data/spot-1h/*.csv.gz')];
const CASES = {
  'inverse volatility of dailies': {
    plan: () => compileExample('momentum_portfolio.vela'),
    data: [sharedPath('data/spot-1d/*.csv.gz')],
    bars: 1300,
  },
  'equal weights of hourlies': {
    plan: () => compileText(EQUAL),
    data: SPOT_1H,
    toMs: Date.UTC(2024, 2, 1),
    bars: 700,
  },
  'two by name, over two clocks': {
    plan: () => compileText(NAMED),
    data: SPOT_1H,
    toMs: Date.UTC(2024, 2, 1),
    bars: 700,
  },
  'one that is led by another': {
    plan: () => compileText(LED),
    data: SPOT_1H,
    toMs: Date.UTC(2024, 2, 1),
    bars: 700,
  },
  'perpetuals, of which one ends': {
    plan: () => compileText(PERPETUALS),
    data: perpetual('1h-trade'),
    mark: perpetual('1h-mark'),
    funding: perpetual('funding'),
    toMs: Date.UTC(2025, 5, 20),
    bars: 900,
  },
} as const;

function perpetual(part: string): string[] {
  return ['ARB', 'BTC', 'DOGE', 'ETH', 'NEAR'].map(base =>
    sharedPath(`data/perp/binance-usdm-${base}USDT-${part}.csv.gz`),
  );
}

const facts = (plan: Plan) => Object.fromEntries(plan.instruments.map(({ symbol }) => [symbol, FACTS]));
const metas = (plan: Plan) => plan.instruments.map(() => metaOf(FACTS));

function backtest(plan: Plan, set: MarketSet) {
  const run = openKernelRun(plan, {}, dataOf(set), metas(plan));
  if (isPortfolio(run)) return comparablePortfolio(runPortfolio(run, set, { facts: facts(plan) }));
  const traded = set.members[plan.instruments.indexOf(tradedInstrument(run))];
  if (traded === undefined) throw new Error('nothing is traded');
  return comparable(runPlan(run, { ...traded, hash: set.hash }, { facts: FACTS }));
}

describeWithShared('recorded bars of several instruments', () => {
  it.each(Object.entries(CASES))('%s', { timeout: 60_000 }, async (_, { plan: compiled, bars, ...request }) => {
    const plan = compiled();
    const { instruments, clocks } = plan;
    const whole = await loadMarkets({
      instruments,
      clocks: clocks.map(({ period }) => period),
      cacheDir: false,
      ...request,
    });
    const set = setFrom(whole, Math.max(0, (whole.members[0]?.clocks[0]?.length ?? 0) - bars));
    const replay = openSimulatedRun({
      ...replayOf({ set, gaps: instruments.map(({ gaps }) => gaps) }),
      open: live => openKernelRun(plan, {}, live.data(), metas(plan), { blockTicks: 1 }),
      config: { facts: facts(plan) },
      strategy: plan.title,
      runId: 'test',
      memory: fleetingMemory(),
      rows: NO_ROWS,
    });
    await replay.follow(new AbortController().signal);
    const result = replay.result();
    expect(result.fills.length).toBeGreaterThan(30);
    expect('members' in result ? comparablePortfolio(result) : comparable(result)).toEqual(backtest(plan, set));
  });
});
