/**
 * What a run drives: an engine with its kernel, one bar at a time. One instrument by its rules (trader.ts) and a portfolio
 * by its weights (portfolio-trader.ts) are driven alike; the run, its sender, recovery and all that watches it know of
 * instruments by their numbers in the plan and of nothing else that is different about the two.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { Command, EngineEvent } from '../engine/events.ts';
import type { Ledger, Totals } from '../engine/ledger.ts';
import type { ActualOrder } from '../engine/orders.ts';
import type { RiskGate } from '../engine/ports.ts';
import type { RunResult } from '../engine/result.ts';
import type { RunConfig } from '../engine/settings.ts';
import type { JournalWriter } from '../journal/writer.ts';
import type { LiveGrid } from './grid.ts';

/** What the run holds of an instrument by its own ledger. */
export interface Position {
  /** Signed base quantity; 0 is flat. */
  readonly quantity: number;
  /** Average fill price; NaN while flat. */
  readonly entry: number;
  /** Last known price to value it by; NaN before there was one. */
  readonly mark: number;
  /** Levels at which it should be closed; NaN and empty where there are none. */
  readonly stop: number;
  readonly targets: readonly number[];
  /** Held beside `quantity`: too little for an order; 0 when unsaid. */
  readonly dust?: number;
}

/** What is wanted of a position's protection, whatever the venue has of it. */
export interface Guarded {
  /** Signed base quantity that orders can be made of. */
  readonly quantity: number;
  /** NaN: the strategy wants no stop. */
  readonly stop: number;
  /** All of it is to be sold or bought back at market. */
  readonly isClosing: boolean;
  /** The venue sets the quantity of a resting order aside. */
  readonly reserves: boolean;
  /** Where it does: limits that close, each with its slot of the desired set. */
  readonly limits: readonly { readonly slot: number; readonly price: number; readonly direction: 1 | -1 }[];
  /** Slots of those that the price is at, as far as the engine was told. */
  readonly touched: readonly number[];
}

export interface LiveTrader {
  readonly live: LiveGrid;
  readonly run: PlanRun;
  /** Ticks before it are only warm-up. */
  readonly fromTick: number;
  readonly journal: JournalWriter;
  readonly risk: RiskGate;
  readonly capital: number;
  readonly currency: string;
  /** Balance, equity and peak of the account as limits read them; what is held is asked of `position`. */
  readonly account: Readonly<Ledger>;
  readonly totals: Readonly<Totals>;
  /** Equity at the close of each traded tick; entry 0 is `fromTick`, what is behind the last closed one is nothing yet. */
  readonly equity: Float64Array;
  /** An entry against a position is one order, which closes that too; absent: what closes is an order of its own. */
  readonly turnsWithOneOrder?: true;
  /** Numbers of the instruments that it may have orders of. */
  readonly traded: readonly number[];
  /** Orders that the venue has or should have, as far as is known. */
  readonly orders: readonly ActualOrder[];
  /** Trades that are closed. */
  readonly tradeCount: number;
  /** Those of them that were closed in a span of ticks. */
  tradesClosed(fromTick: number, toTick: number): number;
  /** Ticks that came late or not at all, and on which something would have been decided. */
  readonly missedSignals: number;
  /** An exit that a late tick asked for is to be taken at the next one in time. */
  readonly isExitWaiting: boolean;

  /** One of `orders`, or one that has ended lately: what fills of it still is taken in. */
  knows(order: number): boolean;
  /** Numbers of all that it knows. */
  readonly known: readonly number[];
  /** The instrument of one of `orders`. */
  instrumentOf(order: number): number;
  position(instrument: number): Position;
  /** What its guard watches; absent where no position ever has a stop. */
  guarded?(instrument: number): Guarded;
  /** Where the stop of an entry would be, if it filled at the price that it was reckoned from; NaN: nowhere. */
  plannedStop?(order: number): number;

  /**
   * The tick that the grid ended last is complete, and what happened inside it has been told. Gives what is to be sent.
   */
  closeBar(late?: boolean): readonly Command[];
  handle(event: EngineEvent): readonly Command[];

  /** A bar of the traded span has closed: before that there is nothing to keep. */
  readonly canSnapshot: boolean;
  /** All that the rest of the run depends on besides the bars; plain data and typed arrays. */
  snapshot(): object;
  /** The grid holds the bars of then. Throws a RangeError when the snapshot is not of this plan. */
  restore(snapshot: object): void;

  /** What the run amounts to up to the last closed tick, as a backtest over the same bars would say. */
  result(dataHash: string, ambiguousFills: number, models?: RunConfig['models']): RunResult;
}

export const NOT_GUARDED: Guarded = {
  quantity: 0,
  stop: Number.NaN,
  isClosing: false,
  reserves: false,
  limits: [],
  touched: [],
};

export const FLAT: Position = { quantity: 0, entry: Number.NaN, mark: Number.NaN, stop: Number.NaN, targets: [] };
