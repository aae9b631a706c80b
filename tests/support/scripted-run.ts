/**
 * A `PlanRun` whose columns are written by hand: what the engine is driven by in its own tests, without a kernel behind
 * it. Flags, market columns, the account part and the bracket functions are plain arrays and functions.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { Plan, PlanBracket, PlanCap, PlanExecution, PlanPause, PlanRule, ValueRef } from '../../compiler/plan.ts';
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';
import type { BarTable, FundingEvents, MarketSeries } from '../../runtime/data/series.ts';

const HOUR_MS = 3_600_000;
const NOWHERE = { start: 0, end: 0 };

/** Values of the engine streams by name, as an account part sees them. */
export type Streams = (field: string) => number;

export interface Script {
  readonly length: number;
  readonly rules: readonly PlanRule[];
  readonly flags?: readonly Uint8Array[];
  readonly market?: readonly Float64Array[];
  readonly fixed?: readonly number[];
  readonly brackets?: readonly ((frozen: Float64Array, streams: Streams) => number)[];
  /** One value for each of `accountColumns`, at a tick; the first `accountFlags` of them are conditions. */
  readonly account?: (tick: number, streams: Streams) => readonly number[];
  readonly accountColumns?: number;
  readonly accountFlags?: number;
  readonly accountReads?: readonly string[];
  readonly caps?: readonly PlanCap[];
  readonly pauses?: readonly PlanPause[];
  readonly execution?: Partial<PlanExecution>;
  readonly ruleReady?: readonly number[];
  readonly blockTicks?: number;
  readonly perpetual?: boolean;
  readonly capital?: number;
}

/** Places in `fixed` that the defaults below use; a script's own values follow them. */
export const FIXED = { zero: 0, one: 1, half: 2 } as const;
const FIRST_OWN = 3;

export const fixed = (index: number): ValueRef => ({ from: 'fixed', index: FIRST_OWN + index });
export const flag = (index: number): ValueRef => ({ from: 'flag', index });
export const market = (index: number): ValueRef => ({ from: 'market', index });
export const account = (index: number): ValueRef => ({ from: 'account', index });
export const ZERO: ValueRef = { from: 'fixed', index: FIXED.zero };
export const ONE: ValueRef = { from: 'fixed', index: FIXED.one };
export const HALF: ValueRef = { from: 'fixed', index: FIXED.half };

export const NO_BRACKET: PlanBracket = { targets: [] };
export const AT_MARKET = { type: 'market', expire: ONE } as const;

export function enter(
  side: 'long' | 'short',
  when: ValueRef,
  more: Partial<Extract<PlanRule, { verb: 'enter' }>> = {},
): PlanRule {
  return {
    verb: 'enter',
    side,
    when,
    text: `enter ${side}`,
    instrument: 0,
    size: { basis: 'equity', amount: HALF },
    order: AT_MARKET,
    bracket: NO_BRACKET,
    ...more,
  };
}

export function exit(when: ValueRef, more: Partial<Extract<PlanRule, { verb: 'exit' }>> = {}): PlanRule {
  return { verb: 'exit', when, text: 'exit', instrument: 0, order: AT_MARKET, else: 'nothing', ...more };
}

export function scriptedRun(script: Script): PlanRun {
  const { length, flags = [], market = [], blockTicks = 16 } = script;
  const engine = new Float64Array(ENGINE_STREAMS.length).fill(Number.NaN);
  const streams: Streams = field => {
    const index = ENGINE_STREAMS.findIndex(stream => stream.field === field);
    if (index < 0) throw new Error(`no stream ${field}`);
    return engine[index] as number;
  };
  const accountValues = new Float64Array(script.accountColumns ?? 0);
  const flagViews = flags.map(() => new Uint8Array(blockTicks));
  const marketViews = market.map(() => new Float64Array(blockTicks));
  let nextStep = 0;
  let blockStart = 0;
  let blockLength = 0;
  return {
    plan: planOf(script),
    fixed: Float64Array.of(0, 1, 0.5, ...(script.fixed ?? [])),
    ruleReady: script.ruleReady ?? script.rules.map(() => 0),
    get blockStart() {
      return blockStart;
    },
    get blockLength() {
      return blockLength;
    },
    get blocks() {
      return [{ start: blockStart, length: blockLength }];
    },
    flags: flagViews,
    market: marketViews,
    lanes: [{ flags: flagViews, market: marketViews, account: accountValues }],
    engine,
    hasAccountPart: script.account !== undefined,
    accountReads: new Set(script.accountReads ?? []),
    account: accountValues,
    nextBlock() {
      const start = blockStart + blockLength;
      if (start >= length) return false;
      if (script.account && nextStep !== start) throw new Error(`the account part stands at ${nextStep}, not ${start}`);
      blockStart = start;
      blockLength = Math.min(blockTicks, length - start);
      for (const [index, column] of flags.entries()) flagViews[index]?.set(column.subarray(start, start + blockLength));
      for (const [index, column] of market.entries()) {
        marketViews[index]?.set(column.subarray(start, start + blockLength));
      }
      return true;
    },
    step(tick, count) {
      if (tick !== nextStep) throw new Error(`the account part stands at ${nextStep}, not ${tick}`);
      if (tick < blockStart || tick + count > blockStart + blockLength) throw new Error('outside the block');
      for (let done = 1; done <= count; done++) {
        accountValues.set(script.account?.(nextStep, streams) ?? []);
        nextStep += 1;
        if (accountValues.subarray(0, script.accountFlags ?? 0).includes(1)) return done;
      }
      return count;
    },
    bracket(k, frozen, tick) {
      if (tick < blockStart - 1 || tick >= blockStart + blockLength) throw new Error(`tick ${tick} is out of reach`);
      return script.brackets?.[k]?.(frozen, streams) ?? Number.NaN;
    },
    stateNaN: () => 0,
    snapshot: () => new Uint8Array(0),
    restore() {
      throw new Error('a scripted run has no snapshots');
    },
  };
}

function planOf(script: Script): Plan {
  const perpetual = script.perpetual ?? false;
  return {
    format: 1,
    title: 'scripted',
    planHash: 'scripted',
    layoutHash: '',
    cacheKey: '',
    instruments: [
      {
        symbol: perpetual ? 'BTC/USDT:USDT' : 'BTC/USDT',
        venue: 'test',
        market: perpetual ? 'linear' : 'spot',
        base: 'BTC',
        quote: 'USDT',
        settle: 'USDT',
        gaps: 'hold',
        maxGapMs: 48 * HOUR_MS,
        span: NOWHERE,
      },
    ],
    universes: [],
    clocks: [
      { period: { kind: 'fixed', ms: HOUR_MS, anchorMs: 0 }, span: NOWHERE },
      { name: 'day', period: { kind: 'fixed', ms: 24 * HOUR_MS, anchorMs: 0 }, span: NOWHERE },
    ],
    params: [],
    account: script.capital === undefined ? {} : { capital: script.capital },
    graph: { nodes: [], clocks: [], params: [], states: [], roots: [] },
    stages: [],
    brackets: [],
    marketColumns: [],
    flagColumns: [],
    accountColumns: [],
    fixed: [],
    requires: [],
    rules: script.rules,
    caps: script.caps ?? [],
    pauses: script.pauses ?? [],
    rebalances: [],
    execution: {
      fill: 'next_open',
      maker: ZERO,
      taker: ZERO,
      feeStated: true,
      slippage: ZERO,
      slippageIs: 'ratio',
      slippageStated: true,
      bothHit: 'worst',
      touch: 'through',
      funding: 'none',
      leverage: ONE,
      margin: 'isolated',
      ...script.execution,
    },
    watches: [],
    memory: { stateBytes: 0, blockBytes: 0 },
    wasm: new Uint8Array(0),
  };
}

// ---------------------------------------------------------------- markets

export type Bar = readonly [open: number, high: number, low: number, close: number];

export interface ScriptedMarket {
  /** `null`: no real bar; the close before it is held. */
  readonly bars: readonly (Bar | null)[];
  readonly mark?: readonly Bar[];
  readonly funding?: readonly { readonly timeMs: number; readonly rate: number }[];
  /** Ordinal of the first hour. */
  readonly firstOrdinal?: number;
}

/** Hourly bars; bar i opens at hour `firstOrdinal + i`. */
export function scriptedMarket({ bars, mark, funding, firstOrdinal = 0 }: ScriptedMarket): MarketSeries {
  const table = tableOf(bars, firstOrdinal);
  const events: FundingEvents | undefined = funding && {
    times: Float64Array.from(funding, ({ timeMs }) => timeMs),
    rates: Float64Array.from(funding, ({ rate }) => rate),
    hash: 'funding',
  };
  return {
    symbol: 'BTC/USDT',
    venue: 'test',
    clocks: [table],
    completed: [new Int32Array(0)],
    ...(mark && { mark: tableOf(mark, firstOrdinal) }),
    ...(events && { funding: events }),
    quality: {
      rows: bars.length,
      firstMs: firstOrdinal * HOUR_MS,
      lastMs: (firstOrdinal + bars.length - 1) * HOUR_MS,
      periodMs: HOUR_MS,
      missingBars: 0,
      duplicates: 0,
      outOfOrder: 0,
      offGrid: 0,
      merged: 0,
      ohlcViolations: 0,
      zeroVolume: 0,
      unfinishedLast: false,
      thinBars: 0,
      heldBars: 0,
    },
    hash: 'scripted',
  };
}

function tableOf(bars: readonly (Bar | null)[], firstOrdinal: number): BarTable {
  const columns = [0, 1, 2, 3].map(() => new Float64Array(bars.length));
  const held = new Uint8Array(bars.length);
  let last = Number.NaN;
  bars.forEach((bar, tick) => {
    held[tick] = bar === null ? 1 : 0;
    for (const [index, column] of columns.entries()) column[tick] = bar === null ? last : (bar[index] as number);
    last = columns[3]?.[tick] as number;
  });
  const [open, high, low, close] = columns as [Float64Array, Float64Array, Float64Array, Float64Array];
  return {
    period: { kind: 'fixed', ms: HOUR_MS, anchorMs: 0 },
    firstOrdinal,
    length: bars.length,
    held,
    open,
    high,
    low,
    close,
    volume: new Float64Array(bars.length).fill(1),
  };
}

/** A flag column that is true at the given ticks. */
export function flagsAt(length: number, ...ticks: readonly number[]): Uint8Array {
  const column = new Uint8Array(length);
  for (const tick of ticks) column[tick] = 1;
  return column;
}

export { HOUR_MS };
