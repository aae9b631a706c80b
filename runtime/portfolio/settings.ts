/**
 * What a portfolio run holds to, read once from plan, data and facts. What cannot be done is refused here, before the
 * first bar.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { PlanCap, PlanRebalance, ValueRef } from '../../compiler/plan.ts';
import type { MarketFacts } from '../data/series.ts';
import type { Market } from '../engine/market.ts';
import {
  DEFAULT_CAPITAL,
  DEFAULT_FACTS,
  fixedValue,
  type RunConfig,
  RunRefused,
  stepsOf,
  type VenueWays,
} from '../engine/settings.ts';
import { laneRun } from './lane-run.ts';
import { createMember, type Member } from './member.ts';
import type { WeightLimit } from './targets.ts';

export interface PortfolioConfig {
  /** Beats the strategy's own; 10 000 of the quote currency when nobody says anything. */
  readonly capital?: number;
  /** Venue facts by symbol; the stated default where there are none. */
  readonly facts?: Readonly<Record<string, MarketFacts>>;
  /** Trade base ticks [fromTick, toTick); all of the data unless stated. */
  readonly fromTick?: number;
  readonly toTick?: number;
  /** Values of the params, and whose predictions the run reads, for the journal's header. */
  readonly params?: Readonly<Record<string, number>>;
  readonly models?: RunConfig['models'];
  /** How the venue takes orders; absent: as the simulated exchange does. */
  readonly ways?: VenueWays;
}

export interface PortfolioSettings {
  readonly capital: number;
  readonly currency: string;
  readonly fill: 'next_open' | 'this_close';
  readonly maker: number;
  readonly taker: number;
  readonly slippageIs: 'ratio' | 'price';
  readonly chargesFunding: boolean;
  readonly leverage: number;
  /** The account may hold more than the run's money (`VenueWays`). */
  readonly isShared: boolean;
  /** Traded instruments in the order of their symbols, which is the order of lanes and of all that is done one by one. */
  readonly members: readonly Member[];
  readonly rebalances: readonly BoundRebalance[];
  readonly limits: readonly WeightLimit[];
}

export interface BoundRebalance {
  /** In records: the number after those of the plan's rules. */
  readonly rule: number;
  readonly when: ValueRef;
  /** Over equity; 0 without a band. */
  readonly band: number;
  readonly targets: readonly WeightSource[];
}
/** Where a member's weight is found. */
export interface WeightSource {
  /** Place in `PortfolioSettings.members`. */
  readonly member: number;
  /** The run as the member's lane sees it. */
  readonly run: PlanRun;
  readonly weight: ValueRef;
}

/** Whether a plan is run as a portfolio. */
export function isPortfolio({ plan }: Pick<PlanRun, 'plan'>): boolean {
  return plan.rebalances.length > 0;
}

export function factsOf({ facts = {} }: PortfolioConfig, symbol: string): MarketFacts {
  return facts[symbol] ?? DEFAULT_FACTS;
}

/** What a member is traded on. */
export interface MemberMarket {
  readonly market: Market;
  /** Base ticks [firstTick, endTick) at which it exists. */
  readonly firstTick: number;
  readonly endTick: number;
  readonly hasFunding: boolean;
}

/** `marketOf`: by number of the instrument. */
export function bindPortfolio(
  run: PlanRun,
  marketOf: (instrument: number) => MemberMarket,
  config: PortfolioConfig,
): PortfolioSettings {
  const { plan } = run;
  const { execution } = plan;
  if (plan.rules.some(rule => rule.verb !== 'alert')) refuse('rules beside a rebalance cannot be run yet');
  if (execution.participation !== undefined) refuse('participation (partial fills by volume) cannot be run yet');
  const leverage = fixedValue(run, execution.leverage, 'leverage');
  if (!(leverage >= 1)) refuse(`leverage must be 1 or more, not ${leverage}`);
  const capital = config.capital ?? plan.account.capital ?? DEFAULT_CAPITAL;
  if (!(capital > 0) || capital === Number.POSITIVE_INFINITY) refuse(`capital must be positive, not ${capital}`);
  const traded = tradedBy(run);
  const members = traded.map(place => bindMember(run, marketOf(place.number), config, leverage, place));
  const currency = plan.account.currency ?? members[0]?.instrument.settle ?? '';
  const other = members.find(({ instrument }) => instrument.settle !== members[0]?.instrument.settle);
  if (other !== undefined) {
    refuse(
      `${other.instrument.symbol} settles in ${other.instrument.settle}, ${members[0]?.instrument.symbol} in ${members[0]?.instrument.settle}: one account holds one currency`,
    );
  }
  return {
    capital,
    currency,
    fill: execution.fill,
    maker: fixedValue(run, execution.maker, 'the maker fee'),
    taker: fixedValue(run, execution.taker, 'the taker fee'),
    slippageIs: execution.slippageIs,
    chargesFunding: execution.funding === 'data',
    leverage,
    isShared: config.ways?.isShared === true,
    members,
    rebalances: plan.rebalances.map((rebalance, index) => bindRebalance(run, rebalance, index, members)),
    limits: plan.caps.flatMap(cap => limitOf(run, cap) ?? []),
  };
}

function refuse(why: string): never {
  throw new RunRefused(why);
}

// ---------------------------------------------------------------- members

interface TradedPlace {
  readonly number: number;
  readonly lane: number;
  readonly leavers: 'exit' | 'keep';
}

/** Every instrument that a rebalance gives a weight, by symbol. */
function tradedBy({ plan }: PlanRun): readonly TradedPlace[] {
  const places = new Map<number, TradedPlace>();
  for (const rebalance of plan.rebalances) {
    for (const { instrument: number, lane } of weightsOf(plan.universes, rebalance)) {
      if (places.has(number)) {
        refuse(`${plan.instruments[number]?.symbol ?? number} is given weights by two rebalances; one must do it all`);
      }
      places.set(number, { number, lane, leavers: rebalance.leavers });
    }
  }
  const symbol = ({ number }: TradedPlace) => plan.instruments[number]?.symbol ?? '';
  return [...places.values()].toSorted((a, b) =>
    symbol(a) < symbol(b) ? -1 : symbol(a) > symbol(b) ? 1 : a.number - b.number,
  );
}

function weightsOf(
  universes: PlanRun['plan']['universes'],
  { to }: PlanRebalance,
): readonly { readonly instrument: number; readonly lane: number; readonly weight: ValueRef }[] {
  if (to.kind === 'named') return to.weights.map(weight => ({ ...weight, lane: 0 }));
  const members = universes[to.axis]?.members ?? [];
  return members.map((instrument, lane) => ({ instrument, lane, weight: to.weight }));
}

function bindMember(
  run: PlanRun,
  traded: MemberMarket,
  config: PortfolioConfig,
  leverage: number,
  { number, lane, leavers }: TradedPlace,
): Member {
  const { execution, instruments } = run.plan;
  const instrument = instruments[number];
  if (instrument === undefined) throw new Error(`the plan has no instrument ${number}`);
  const { symbol, market } = instrument;
  const facts = factsOf(config, symbol);
  if (market === 'inverse') refuse(`${symbol}: inverse contracts cannot be traded yet`);
  if (market === 'spot' && leverage !== 1) refuse(`${symbol} is spot: leverage must be 1`);
  if (market === 'linear' && execution.margin === 'cross') refuse('cross margin cannot be run yet');
  if (market === 'linear' && execution.funding === 'data' && !traded.hasFunding) {
    refuse(`${symbol}: funding is charged from data, and none was given; or write \`funding: ignored\``);
  }
  if (market === 'linear' && !(facts.maintenance >= 0 && facts.maintenance < 1)) {
    refuse(`${symbol}: the maintenance margin must be a ratio from 0 to 1, not ${facts.maintenance}`);
  }
  return createMember({
    run,
    number,
    lane,
    traded,
    steps: stepsOf(facts),
    maintenance: market === 'linear' ? facts.maintenance : Number.NaN,
    leverage,
    slippage: execution.slippage,
    leavers,
  });
}

// ---------------------------------------------------------------- rebalances and limits

function bindRebalance(
  run: PlanRun,
  rebalance: PlanRebalance,
  index: number,
  members: readonly Member[],
): BoundRebalance {
  const { plan } = run;
  const band = rebalance.band === undefined ? 0 : fixedValue(run, rebalance.band, 'the band');
  if (!(band >= 0)) refuse(`the band must be 0 or more, not ${band}`);
  const targets = weightsOf(plan.universes, rebalance).map(({ instrument, lane, weight }) => ({
    member: members.findIndex(({ number }) => number === instrument),
    run: laneRun(run, lane),
    weight,
  }));
  return { rule: plan.rules.length + index, when: rebalance.when, band, targets };
}

const WEIGHT_LIMITS: Partial<Record<PlanCap['name'], Pick<WeightLimit, 'name' | 'refusal'>>> = {
  position: { name: 'position', refusal: 'cap position' },
  gross: { name: 'gross', refusal: 'cap gross' },
  exposure: { name: 'gross', refusal: 'cap exposure' },
  leverage: { name: 'gross', refusal: 'cap leverage' },
  net: { name: 'net', refusal: 'cap net' },
  turnover: { name: 'turnover', refusal: 'cap turnover' },
  positions: { name: 'positions', refusal: 'cap positions' },
};
export const LOSS_LIMITS: ReadonlySet<PlanCap['name']> = new Set(['daily_loss', 'drawdown']);

function limitOf(run: PlanRun, cap: PlanCap): WeightLimit | undefined {
  if (LOSS_LIMITS.has(cap.name)) return undefined;
  const known = WEIGHT_LIMITS[cap.name];
  if (known === undefined) refuse(`cap ${cap.name} cannot be run yet`);
  const limit = fixedValue(run, cap.limit, `cap ${cap.name}`);
  if (!(limit >= 0)) refuse(`cap ${cap.name} needs a limit of 0 or more`);
  return { ...known, limit, action: cap.action };
}
