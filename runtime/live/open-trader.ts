/** From a plan that is opened on a grid to what a run drives, and to what its journal is bound to. */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { MarketFacts } from '../data/series.ts';
import { DEFAULT_FACTS, tradedInstrument } from '../engine/settings.ts';
import { isPortfolio, type PortfolioConfig } from '../portfolio/settings.ts';
import type { LiveGrid } from './grid.ts';
import type { LiveTrader } from './live-trader.ts';
import { PortfolioTrader } from './portfolio-trader.ts';
import type { BoundModel, RunBinding } from './store/rows.ts';
import { Trader } from './trader.ts';

/** What a run is to hold to besides its plan. Market facts are by symbol. */
export type LiveConfig = Omit<PortfolioConfig, 'toTick'>;

/** `run`: fresh, bound to the data of the grid, in blocks of one tick. */
export function openTrader(run: PlanRun, live: LiveGrid, config: LiveConfig): LiveTrader {
  return isPortfolio(run) ? new PortfolioTrader(run, live, config) : openSingle(run, live, config);
}

function openSingle(run: PlanRun, live: LiveGrid, { facts, models, ...config }: LiveConfig): Trader {
  const traded = tradedInstrument(run);
  const own = facts?.[traded.symbol];
  const { firstTick = 0 } = live.market(run.plan.instruments.indexOf(traded)).spec;
  return new Trader({
    run,
    live,
    config: { ...config, ...(own !== undefined && { facts: own }), ...(models !== undefined && { models }) },
    // What is traded may be listed later than what is only read.
    fromTick: Math.max(config.fromTick ?? 0, firstTick),
  });
}

export interface BindingParts {
  readonly trader: LiveTrader;
  readonly config: LiveConfig;
  readonly runId: string;
  readonly strategy: string;
  readonly mode: RunBinding['mode'];
  readonly dataHash?: string;
  /** Of a live run: venue and account. */
  readonly account?: string;
  readonly models?: readonly BoundModel[];
}

export function bindingOf({ trader, config, dataHash, account, models, ...named }: BindingParts): RunBinding {
  const { plan } = trader.run;
  const { firstMs, markets } = trader.live.spec;
  const symbols = plan.instruments.map(({ symbol }) => symbol);
  return {
    format: 2,
    ...named,
    symbols,
    planHash: plan.planHash,
    params: { ...Object.fromEntries(plan.params.map(({ name, value }) => [name, value])), ...config.params },
    capital: trader.capital,
    facts: Object.fromEntries(symbols.map(symbol => [symbol, factsText(config.facts?.[symbol])])),
    firstMs,
    fromTick: trader.fromTick,
    markets: markets.map(({ gaps: _, ...market }) => market),
    ...(config.ways !== undefined && { ways: config.ways }),
    ...(dataHash !== undefined && { dataHash }),
    ...(account !== undefined && { account }),
    ...(models !== undefined && { models }),
  };
}

function factsText({ tick, lot, minNotional, maintenance }: MarketFacts = DEFAULT_FACTS): string {
  return JSON.stringify({ tick, lot, minNotional, maintenance });
}
