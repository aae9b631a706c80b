/**
 * A backtest in this process: a bound plan, a market and a configuration become a result. The one place where engine,
 * limits, journal and simulated exchange are put together; the command line and the tests call it.
 */
import type { PlanRun } from '../compiler/kernel/run.ts';
import type { MarketSet } from './data/market-set.ts';
import type { MarketSeries } from './data/series.ts';
import { numberOf } from './engine/decimal.ts';
import { marketOf, openTime } from './engine/market.ts';
import { outcomeOf } from './engine/outcome.ts';
import type { RunResult } from './engine/result.ts';
import { bindSettings, DEFAULT_FACTS, type RunConfig, RunRefused, type Settings } from './engine/settings.ts';
import { Slippage } from './engine/slippage.ts';
import { createState } from './engine/state.ts';
import { runBatch } from './exchange/batch.ts';
import { SimulatedExchange } from './exchange/simulated.ts';
import { fillsOf } from './journal/fills.ts';
import type { JournalHeader } from './journal/format.ts';
import { createJournal, createJournalOfSeveral } from './journal/writer.ts';
import { PortfolioExchange } from './portfolio/exchange.ts';
import { withLossLimits } from './portfolio/limits.ts';
import { outcomeOfPortfolio } from './portfolio/outcome.ts';
import type { PortfolioResult } from './portfolio/result.ts';
import { runPortfolioState } from './portfolio/run.ts';
import { bindPortfolio, factsOf, type MemberMarket, type PortfolioConfig } from './portfolio/settings.ts';
import { createPortfolio } from './portfolio/state.ts';
import { createRiskGate } from './risk/gate.ts';

/**
 * Runs a fresh `PlanRun` over a market. Throws `RunRefused` when something that the plan asks for cannot be done with this
 * data; never half-way through, except where a cost turns out to have no value.
 */
export function runPlan(run: PlanRun, series: MarketSeries, config: RunConfig = {}): RunResult {
  const market = marketOf(series);
  const fromTick = config.fromTick ?? 0;
  const toTick = config.toTick ?? market.length;
  if (!(fromTick >= 0 && fromTick < toTick && toTick <= market.length)) {
    throw new RunRefused(`no ticks to trade: [${fromTick}, ${toTick}) of ${market.length}`);
  }
  const settings = bindSettings(run, series, config);
  const span = { fromTick, toTick, firstMs: openTime(market, 0) };
  const journal = createJournal(headerOf(run, series, config, settings, span));
  const risk = createRiskGate(run, market, journal, settings.capital);
  const state = createState({ run, settings, market, risk, journal, fromTick, toTick });
  const slippage = new Slippage(run, settings.slippage);
  const exchange = new SimulatedExchange(market, settings, state.ledger, slippage);
  runBatch(state, exchange, slippage, { visitEveryTick: config.visitEveryTick ?? false });
  const fills = (bytes: Uint8Array) => fillsOf(bytes, tick => openTime(market, tick));
  return outcomeOf(state, { bytes: () => journal.bytes(), hash: journal.hash(), fills }, exchange.ambiguousFills);
}

/**
 * Runs a fresh `PlanRun` whose rebalances give the instruments of a market set their weights. Throws `RunRefused` as
 * `runPlan` does.
 */
export function runPortfolio(
  run: PlanRun,
  set: Pick<MarketSet, 'members' | 'hash'>,
  config: PortfolioConfig = {},
): PortfolioResult {
  const settings = bindPortfolio(run, number => memberMarket(set, number), config);
  const calendar = settings.members[0]?.market;
  if (calendar === undefined) throw new RunRefused('the rebalance gives no instrument a weight');
  const fromTick = config.fromTick ?? 0;
  const toTick = config.toTick ?? calendar.length;
  if (!(fromTick >= 0 && fromTick < toTick && toTick <= calendar.length)) {
    throw new RunRefused(`no ticks to trade: [${fromTick}, ${toTick}) of ${calendar.length}`);
  }
  const span = { fromTick, toTick, firstMs: openTime(calendar, 0) };
  const header = portfolioHeader(run, set.hash, config, settings, span);
  const journal = createJournalOfSeveral(header);
  const risk = createRiskGate(withLossLimits(run), calendar, journal, settings.capital, settings.limits);
  const state = createPortfolio({ run, settings, risk, journal, fromTick, toTick });
  runPortfolioState(state, new PortfolioExchange({ settings, members: settings.members }));
  const bytes = journal.bytes();
  const fills = (instrument?: number) => fillsOf(bytes, tick => openTime(calendar, tick), instrument);
  return outcomeOfPortfolio(state, { bytes, hash: journal.hash(), fills });
}

function memberMarket({ members }: Pick<MarketSet, 'members'>, number: number): MemberMarket {
  const series = members[number];
  if (series === undefined) throw new Error(`there are no data of instrument ${number}`);
  const { firstTick, endTick, funding } = series;
  return { market: marketOf(series), firstTick, endTick, hasFunding: funding !== undefined };
}

/** What the journal of a portfolio is bound to, as `headerOf` for one instrument. */
export function portfolioHeader(
  run: PlanRun,
  dataHash: string,
  config: PortfolioConfig,
  settings: ReturnType<typeof bindPortfolio>,
  span: JournalHeader['span'],
): JournalHeader {
  const { maker, taker, slippageIs, fill, leverage, chargesFunding, members } = settings;
  const { execution, planHash, params } = run.plan;
  const slippage = execution.slippage.from === 'fixed' ? (run.fixed[execution.slippage.index] ?? 'none') : 'a stream';
  const facts = members.map(({ instrument: { symbol } }): [string, string] => {
    const { tick = 'none', lot = 'none', minNotional = 'none', maintenance } = factsOf(config, symbol);
    return [`facts ${symbol}`, `${tick} ${lot} ${minNotional} ${maintenance}`];
  });
  return {
    planHash,
    params: { ...Object.fromEntries(params.map(({ name, value }) => [name, value])), ...config.params },
    capital: settings.capital,
    dataHash,
    costs: {
      maker,
      taker,
      slippage,
      slippageIs,
      fill,
      leverage,
      margin: execution.margin,
      funding: chargesFunding ? 'data' : 'none',
      ...Object.fromEntries(facts),
    },
    span,
    ...(config.models !== undefined && { models: config.models }),
  };
}

/** What a journal is bound to: everything besides the code that could change a record. */
export function headerOf(
  run: PlanRun,
  series: Pick<MarketSeries, 'hash'>,
  { params = {}, facts = DEFAULT_FACTS, models }: RunConfig,
  settings: Settings,
  span: JournalHeader['span'],
): JournalHeader {
  const { maker, taker, slippageIs, bothHit, touch, fill, leverage, chargesFunding, steps } = settings;
  const { margin } = run.plan.execution;
  const slippage = settings.slippage.from === 'fixed' ? (run.fixed[settings.slippage.index] ?? 'none') : 'a stream';
  return {
    planHash: run.plan.planHash,
    params: { ...Object.fromEntries(run.plan.params.map(({ name, value }) => [name, value])), ...params },
    capital: settings.capital,
    dataHash: series.hash,
    costs: {
      maker,
      taker,
      slippage,
      slippageIs,
      bothHit,
      touch,
      fill,
      leverage,
      margin,
      funding: chargesFunding ? 'data' : 'none',
      tick: steps.tick?.size ?? 'none',
      lot: steps.lot?.size ?? 'none',
      minNotional: steps.minNotional === undefined ? 'none' : numberOf(steps.minNotional),
      maintenance: facts.maintenance,
    },
    span,
    ...(models !== undefined && { models }),
  };
}
