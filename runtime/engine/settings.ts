/**
 * What a run holds to: costs, fill rules, market facts and the rules sorted by verb, read once from plan, params and
 * facts. What this engine cannot do is refused here, before the first bar, never half-way.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { PlanRule, ValueRef } from '../../compiler/plan.ts';
import type { Instrument } from '../../language/check/program.ts';
import type { MarketFacts, MarketSeries } from '../data/series.ts';
import type { Sign } from './costs.ts';
import { type Decimal, parseDecimal, parseStep, type Step } from './decimal.ts';
import type { StepTexts } from './events.ts';

export interface Settings {
  readonly instrument: Instrument;
  /** Its number in the plan, and so its row of engine streams. */
  readonly row: number;
  readonly capital: number;
  readonly currency: string;
  readonly fill: 'next_open' | 'this_close';
  readonly maker: number;
  readonly taker: number;
  readonly slippage: ValueRef;
  readonly slippageIs: 'ratio' | 'price';
  readonly bothHit: 'worst' | 'best';
  readonly touch: 'through' | 'fills';
  readonly chargesFunding: boolean;
  readonly leverage: number;
  /** Maintenance margin ratio; NaN on spot, where nothing is liquidated. */
  readonly maintenance: number;
  /** Others where the venue changes them while the run goes on. */
  steps: VenueSteps;
  readonly ways: VenueWays;
  readonly rules: RuleTable;
}

/** How the venue takes orders, as far as it shows in which of them rest together. */
export interface VenueWays {
  /** An order that rests can be changed; where it cannot, another takes its place. */
  readonly amends: boolean;
  /** A resting sale sets its quantity aside, so that no other can be for it: spot. */
  readonly reserves: boolean;
  /** An order that has lived for its bars ends there by itself; where it does not, the run cancels it. */
  readonly expires: boolean;
  /**
   * The account may hold more than the run's money: what the run has no cash for is cut before an order leaves. Where it does
   * not, a market order is cut at its fill.
   */
  readonly isShared?: boolean;
}

/** As the simulated exchange does. */
export const USUAL_WAYS: VenueWays = { amends: true, reserves: false, expires: true };

/** Absent means that nothing is rounded, or that no order is too small. */
export interface VenueSteps {
  readonly tick?: Step;
  readonly lot?: Step;
  readonly minNotional?: Decimal;
}

type Of<V extends PlanRule['verb']> = Extract<PlanRule, { verb: V }>;
/** A rule with what is asked of it at every decision in front, alike for all verbs. */
export interface BoundRule<R extends PlanRule = PlanRule> {
  readonly index: number;
  readonly when: ValueRef;
  /** Where the condition stands among the flags, or among the account part's values; −1: not there. */
  readonly flag: number;
  readonly cell: number;
  /** First tick at which it can fire. */
  readonly ready: number;
  /** 0: whichever side is open. */
  readonly side: Sign | 0;
  readonly rule: R;
}
export type EnterRule = BoundRule<Of<'enter'>>;
export type AddRule = BoundRule<Of<'add'>>;
export type ReduceRule = BoundRule<Of<'reduce'>>;
/** `flatten` is an exit of both sides. */
export type ExitRule = BoundRule<Of<'exit'> | Of<'flatten'>>;
/** Rules by verb, each list in file order. */
export interface RuleTable {
  readonly enters: readonly EnterRule[];
  readonly adds: readonly AddRule[];
  readonly reduces: readonly ReduceRule[];
  readonly exits: readonly ExitRule[];
}

export interface RunConfig {
  /** Beats the strategy's own; 10 000 of the quote currency when nobody says anything. */
  readonly capital?: number;
  readonly facts?: MarketFacts;
  readonly ways?: VenueWays;
  /** Trade base ticks [fromTick, toTick); all of the data unless stated. */
  readonly fromTick?: number;
  readonly toTick?: number;
  /** Overrides the strategy's `both_hit`, for the report's other bound. */
  readonly bothHit?: 'worst' | 'best';
  /** Values of the params, for the journal's header. */
  readonly params?: Readonly<Record<string, number>>;
  /** Visit each tick instead of jumping: slower, the same to the bit. */
  readonly visitEveryTick?: boolean;
  /** Whose predictions the run reads, for the journal's header. */
  readonly models?: readonly {
    readonly model: string;
    readonly promise: 'exact' | 'approximate';
    readonly predictor?: string;
    readonly versions: readonly { readonly id: string; readonly activeFrom: string }[];
  }[];
}

export const DEFAULT_CAPITAL = 10_000;
export const DEFAULT_FACTS: MarketFacts = { maintenance: 0.005, source: 'default (nothing stated)' };

/** Something that this plan, this data or these facts ask for cannot be done. */
export class RunRefused extends Error {
  override readonly name = 'RunRefused';
}

export function bindSettings(run: PlanRun, series: Pick<MarketSeries, 'funding'>, config: RunConfig): Settings {
  const { plan } = run;
  const instrument = tradedInstrument(run);
  const { execution } = plan;
  const facts = config.facts ?? DEFAULT_FACTS;
  const leverage = fixedValue(run, execution.leverage, 'leverage');
  const capital = config.capital ?? plan.account.capital ?? DEFAULT_CAPITAL;
  const chargesFunding = instrument.market === 'linear' && execution.funding === 'data';
  if (!(capital > 0) || capital === Number.POSITIVE_INFINITY) refuse(`capital must be positive, not ${capital}`);
  if (instrument.market === 'inverse') refuse(`${instrument.symbol}: inverse contracts cannot be traded yet`);
  if (instrument.market === 'spot' && leverage !== 1) refuse(`${instrument.symbol} is spot: leverage must be 1`);
  if (!(leverage >= 1)) refuse(`leverage must be 1 or more, not ${leverage}`);
  if (execution.margin === 'cross' && instrument.market === 'linear') refuse('cross margin cannot be run yet');
  if (execution.participation !== undefined) refuse('participation (partial fills by volume) cannot be run yet');
  if (chargesFunding && series.funding === undefined) {
    refuse(`${instrument.symbol}: funding is charged from data, and none was given; or write \`funding: ignored\``);
  }
  if (instrument.market === 'linear' && !(facts.maintenance >= 0 && facts.maintenance < 1)) {
    refuse(`the maintenance margin must be a ratio from 0 to 1, not ${facts.maintenance}`);
  }
  return {
    instrument,
    row: plan.instruments.indexOf(instrument),
    capital,
    currency: plan.account.currency ?? instrument.settle,
    fill: execution.fill,
    maker: fixedValue(run, execution.maker, 'the maker fee'),
    taker: fixedValue(run, execution.taker, 'the taker fee'),
    slippage: execution.slippage,
    slippageIs: execution.slippageIs,
    bothHit: config.bothHit ?? execution.bothHit,
    touch: execution.touch,
    chargesFunding,
    leverage,
    maintenance: instrument.market === 'linear' ? facts.maintenance : Number.NaN,
    steps: stepsOf(facts),
    ways: config.ways ?? USUAL_WAYS,
    rules: ruleTable(run),
  };
}

function refuse(why: string): never {
  throw new RunRefused(why);
}

/** The one instrument that a plan's rules are about; its first one where there are none. */
export function tradedInstrument({ plan }: Pick<PlanRun, 'plan'>): Instrument {
  const traded = new Set(plan.rules.filter(rule => rule.verb !== 'alert').map(rule => rule.instrument));
  if (traded.size > 1) refuse('rules on several instruments cannot be run yet');
  const instrument = plan.instruments[[...traded][0] ?? 0];
  return instrument ?? refuse('the plan names no instrument');
}

/** A value that must be known before the run: refused by its name where it is not. */
export function fixedValue(run: PlanRun, ref: ValueRef, what: string): number {
  const value = ref.from === 'fixed' ? run.fixed[ref.index] : undefined;
  if (value === undefined || !Number.isFinite(value)) refuse(`${what} must be a number known before the run`);
  return value;
}

export function stepsOf({ tick, lot, minNotional }: StepTexts): VenueSteps {
  return {
    ...(tick !== undefined && { tick: parseStep(tick) }),
    ...(lot !== undefined && { lot: parseStep(lot) }),
    ...(minNotional !== undefined && { minNotional: parseDecimal(minNotional) }),
  };
}

function ruleTable({ plan, ruleReady }: PlanRun): RuleTable {
  const table = {
    enters: [] as EnterRule[],
    adds: [] as AddRule[],
    reduces: [] as ReduceRule[],
    exits: [] as ExitRule[],
  };
  plan.rules.forEach((rule, index) => {
    switch (rule.verb) {
      case 'enter':
        table.enters.push(bound(rule, index, ruleReady));
        break;
      case 'add':
        table.adds.push(bound(rule, index, ruleReady));
        break;
      case 'reduce':
        table.reduces.push(bound(rule, index, ruleReady));
        break;
      case 'exit':
      case 'flatten':
        table.exits.push(bound(rule, index, ruleReady));
        break;
      case 'alert': // heard by a live run; there is nothing in it that an account could notice
        break;
    }
  });
  return table;
}

function bound<R extends PlanRule>(rule: R, index: number, ruleReady: readonly number[]): BoundRule<R> {
  const side = 'side' in rule ? rule.side : undefined;
  return {
    index,
    when: { from: rule.when.from, index: rule.when.index },
    flag: rule.when.from === 'flag' ? rule.when.index : -1,
    cell: rule.when.from === 'account' ? rule.when.index : -1,
    ready: ruleReady[index] ?? Number.POSITIVE_INFINITY,
    side: side === undefined ? 0 : side === 'long' ? 1 : -1,
    rule,
  };
}
