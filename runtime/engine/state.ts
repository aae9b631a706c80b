/** Everything a run knows between two events. Hot numbers stand in plain fields and typed arrays; nothing grows per bar. */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { PlanBracket } from '../../compiler/plan.ts';
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';
import { type Bracket, emptyBracket } from './bracket.ts';
import type { BlockCause } from './events.ts';
import type { EntryIntent, ExitIntent, ReduceIntent, SpareIntents } from './intents.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { Market } from './market.ts';
import type { ActualOrder } from './orders.ts';
import type { Journal, RiskGate } from './ports.ts';
import { REFUSALS } from './refusals.ts';
import type { Settings } from './settings.ts';
import { createSignals, type SignalTable } from './signals.ts';
import { TICK_STREAMS } from './streams.ts';
import { TradeLog } from './trade-log.ts';

export interface EngineState {
  readonly run: PlanRun;
  readonly settings: Settings;
  readonly market: Market;
  readonly risk: RiskGate;
  readonly journal: Journal;
  readonly fromTick: number;
  readonly toTick: number;

  readonly ledger: Ledger;
  bracket: Bracket;
  enter: EntryIntent | undefined;
  add: EntryIntent | undefined;
  exit: ExitIntent | undefined;
  reduces: ReduceIntent[];
  /** Set where intents may be used again. */
  spares: SpareIntents | undefined;
  /** Orders that the exchange holds, as far as is known. */
  orders: ActualOrder[];
  /** The latest of those that are over: a venue may still tell of a fill of one, and what it fills is held. */
  departed: ActualOrder[];
  /** Slots of closing limits that the price is at; of use where the venue sets quantities aside. */
  touched: readonly number[];
  /** What keeps entries out. */
  blocks: readonly BlockCause[];
  lastId: number;
  lastProtection: number;

  /** The row of engine streams in the kernel's memory. */
  readonly streams: Float64Array;
  /** The account part or a bracket reads the row. */
  readonly usesStreams: boolean;
  /** A bracket reads it, so it has to be right at each fill and decision, not only when a tick is stepped. */
  readonly bracketsUseStreams: boolean;
  /** Somebody reads streams that move between fills; else they are not written. */
  readonly readsMoving: boolean;
  /** There are rows of instruments that are data alone. */
  readonly hasUntradedRows: boolean;
  /** Somebody reads the best or the worst price since the entry. */
  readonly readsExtremes: boolean;
  /** Of each stream, 1 where the account part or a bracket may read it. */
  readonly hears: Uint8Array;
  /** An event is set and waits for its tick. */
  eventsSet: boolean;
  /** A tick was decided since the row was written. */
  streamsStale: boolean;
  /** An order was refused since the last tick: an event of the next one. */
  refusedSince: boolean;
  started: boolean;
  /** The tick closed last. */
  lastTick: number;
  /** Rule of an exit that a late tick asked for, to be taken at the next tick in time; -1: none. */
  lateExit: number;
  /** Tick inside whose bar the position was opened: of that bar only fill price and close count. */
  insideTick: number;
  /** Whether the condition of each rule held at the tick before. */
  readonly heldBefore: Uint8Array;
  readonly signals: SignalTable;

  /** Equity at the close of each traded tick; entry 0 is `fromTick`. */
  readonly equity: Float64Array;
  ticksInMarket: number;
  readonly trades: TradeLog;
  readonly counts: Counts;
  readonly refusals: Float64Array;
}

export interface Counts {
  signalsIgnored: number;
  conflictingSignals: number;
  cuts: number;
  expired: number;
  missedOnHeld: number;
  pausesRefused: number;
}

/** Numbers of protective orders start here, those of intents at 1. */
const FIRST_PROTECTION = 2 ** 30;

export interface EngineParts {
  readonly run: PlanRun;
  readonly settings: Settings;
  readonly market: Market;
  readonly risk: RiskGate;
  readonly journal: Journal;
  readonly fromTick: number;
  readonly toTick: number;
}

export function createState(parts: EngineParts): EngineState {
  const { run, settings, fromTick, toTick } = parts;
  const bracketsUseStreams = run.plan.rules.some(rule => 'bracket' in rule && hasFunctions(rule.bracket));
  const trails = run.plan.rules.some(rule => 'bracket' in rule && rule.bracket.trail !== undefined);
  const hasUntradedRows = run.engine.length > ENGINE_STREAMS.length;
  return {
    ...parts,
    ledger: createLedger(settings.capital, settings.leverage),
    bracket: emptyBracket(),
    enter: undefined,
    add: undefined,
    exit: undefined,
    reduces: [],
    spares: undefined,
    orders: [],
    departed: [],
    blocks: [],
    touched: [],
    lastId: 0,
    lastProtection: FIRST_PROTECTION,
    streams: run.engine.subarray(settings.row * ENGINE_STREAMS.length, (settings.row + 1) * ENGINE_STREAMS.length),
    readsMoving: bracketsUseStreams || hasUntradedRows || [...run.accountReads].some(field => TICK_STREAMS.has(field)),
    hasUntradedRows,
    readsExtremes: bracketsUseStreams || trails || run.accountReads.has('best') || run.accountReads.has('worst'),
    usesStreams: run.hasAccountPart || bracketsUseStreams,
    bracketsUseStreams,
    hears: Uint8Array.from(ENGINE_STREAMS, ({ field }) => (bracketsUseStreams || run.accountReads.has(field) ? 1 : 0)),
    eventsSet: false,
    streamsStale: true,
    refusedSince: false,
    started: false,
    lastTick: fromTick - 1,
    lateExit: -1,
    insideTick: -1,
    heldBefore: new Uint8Array(run.plan.rules.length),
    signals: createSignals(run, settings.rules),
    equity: new Float64Array(toTick - fromTick),
    ticksInMarket: 0,
    trades: new TradeLog(),
    counts: {
      signalsIgnored: 0,
      conflictingSignals: 0,
      cuts: 0,
      expired: 0,
      missedOnHeld: 0,
      pausesRefused: 0,
    },
    refusals: new Float64Array(REFUSALS.length),
  };
}

function hasFunctions({ stop, hold, targets }: PlanBracket): boolean {
  return [stop, hold, ...targets.map(target => target.price)].some(level => level?.bracket !== undefined);
}
