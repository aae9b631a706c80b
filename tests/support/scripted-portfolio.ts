/** A portfolio whose weights are written by hand: a `PlanRun` with one lane a member, and a market set to go with it. */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { PlanCap, PlanExecution, PlanPause, PlanRebalance, ValueRef } from '../../compiler/plan.ts';
import type { Instrument } from '../../language/check/program.ts';
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';
import { type MarketSet, placeTogether } from '../../runtime/data/market-set.ts';
import { type Bar, flag, HOUR_MS, market, scriptedMarket, scriptedRun } from './scripted-run.ts';

export interface ScriptedMember {
  readonly symbol: string;
  /** `null`: no real bar. */
  readonly bars: readonly (Bar | null)[];
  /** Ticks before its first bar. */
  readonly start?: number;
  /** One a tick of the common calendar; what is left out is absent. */
  readonly weights: readonly (number | undefined)[];
  readonly mark?: readonly Bar[];
  readonly funding?: readonly { readonly timeMs: number; readonly rate: number }[];
}

export interface PortfolioScript {
  readonly members: readonly ScriptedMember[];
  /** Ticks at which to rebalance. */
  readonly at: readonly number[];
  readonly band?: ValueRef;
  readonly leavers?: 'exit' | 'keep';
  readonly perpetual?: boolean;
  readonly fixed?: readonly number[];
  readonly caps?: readonly PlanCap[];
  readonly pauses?: readonly PlanPause[];
  readonly execution?: Partial<PlanExecution>;
  readonly blockTicks?: number;
  /** Slippage of each member, a column a tick, instead of `execution.slippage`. */
  readonly slippage?: readonly (readonly number[])[];
  /** Of the calendar, where the market does not come from the script. */
  readonly length?: number;
}

export interface ScriptedPortfolio {
  readonly run: PlanRun;
  readonly set: MarketSet;
}

const WEIGHT = 0;
const SLIPPAGE = 1;

export function scriptedPortfolio(script: PortfolioScript): ScriptedPortfolio {
  const set = placeTogether(
    script.members.map(({ symbol, bars, start = 0, mark, funding }) => ({
      ...scriptedMarket({ bars, firstOrdinal: start, ...(mark && { mark }), ...(funding && { funding }) }),
      symbol,
      hash: `${symbol} ${JSON.stringify(bars)}`,
    })),
  );
  const length = script.length ?? set.members[0]?.clocks[0]?.length ?? 0;
  const instants = new Set(script.at);
  const when = Uint8Array.from({ length }, (_, tick) => (instants.has(tick) ? 1 : 0));
  const columnsOf = (member: ScriptedMember, number: number) => [
    Float64Array.from({ length }, (_, tick) => member.weights[tick] ?? Number.NaN),
    Float64Array.from({ length }, (_, tick) => script.slippage?.[number]?.[tick] ?? Number.NaN),
  ];
  const lanes = script.members.map((member, number) =>
    scriptedRun({
      length,
      rules: [],
      flags: [when],
      market: columnsOf(member, number),
      ...(script.fixed && { fixed: script.fixed }),
      ...(script.blockTicks !== undefined && { blockTicks: script.blockTicks }),
      ...(script.caps && { caps: script.caps }),
      ...(script.pauses && { pauses: script.pauses }),
      execution: { ...script.execution, ...(script.slippage && { slippage: market(SLIPPAGE) }) },
    }),
  );
  const [first] = lanes;
  if (first === undefined) throw new Error('a portfolio has members');
  const rebalance: PlanRebalance = {
    when: flag(0),
    text: 'scripted',
    to: { kind: 'across', axis: 0, weight: market(WEIGHT) },
    leavers: script.leavers ?? 'exit',
    ...(script.band && { band: script.band }),
  };
  const plan = {
    ...first.plan,
    instruments: script.members.map(({ symbol }) => instrumentOf(symbol, script.perpetual ?? false)),
    universes: [{ name: 'all', members: script.members.map((_, number) => number) }],
    rebalances: [rebalance],
  };
  const engine = new Float64Array(ENGINE_STREAMS.length * script.members.length);
  const run: PlanRun = {
    ...first,
    plan,
    engine,
    get blockStart() {
      return first.blockStart;
    },
    get blockLength() {
      return first.blockLength;
    },
    get blocks() {
      return first.blocks;
    },
    lanes: lanes.map(({ flags, market: columns, account }) => ({ flags, market: columns, account })),
    nextBlock: () => lanes.map(lane => lane.nextBlock()).every(loaded => loaded),
  };
  return { run, set };
}

function instrumentOf(symbol: string, perpetual: boolean): Instrument {
  const [base = '', quote = ''] = symbol.split(/[/:]/);
  return {
    symbol,
    venue: 'test',
    market: perpetual ? 'linear' : 'spot',
    base,
    quote,
    settle: quote,
    gaps: 'hold',
    maxGapMs: 48 * HOUR_MS,
    span: { start: 0, end: 0 },
  };
}

/** Bars that stand at given prices: open and close alike. */
export function steady(...prices: readonly number[]): Bar[] {
  return prices.map(price => [price, price, price, price]);
}
