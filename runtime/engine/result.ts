/** What a run leaves behind: read by reports, the command line and tests. Money in the quote (or settle) currency. */
import type { Side } from '../../language/syntax/tree.ts';

export type ExitReason =
  | 'signal'
  | 'stop'
  | 'trail'
  | 'target'
  | 'hold'
  | 'flatten'
  | 'reverse'
  | 'liquidation'
  | 'limit exit'
  | 'end of data'
  /** Of a live run: a person gave the position to the run, took it away, or closed it beside the run. */
  | 'adopted'
  | 'released'
  | 'taken'
  /** What was left is too little for an order. */
  | 'dust';

export interface Trade {
  readonly instrument: string;
  readonly side: Side;
  /** Base ticks of the first entry fill and of the last exit fill. */
  readonly entryTick: number;
  readonly exitTick: number;
  readonly entryTimeMs: number;
  readonly exitTimeMs: number;
  /** Averages over the fills. */
  readonly entryPrice: number;
  readonly exitPrice: number;
  /** Largest quantity held. */
  readonly quantity: number;
  /** After fees, slippage and funding. */
  readonly profit: number;
  /** Over the entry notional. */
  readonly profitRatio: number;
  readonly fees: number;
  readonly slippage: number;
  /** Received; negative where it was paid. */
  readonly funding: number;
  readonly bars: number;
  readonly reason: ExitReason;
  /** Still open at the end of the data: marked at the last close, no exit costs. Not counted in win rate. */
  readonly open: boolean;
}

export interface Fill {
  readonly tick: number;
  readonly timeMs: number;
  readonly side: 'buy' | 'sell';
  readonly price: number;
  readonly quantity: number;
  readonly fee: number;
  readonly slippage: number;
  readonly maker: boolean;
  readonly reason: 'entry' | 'add' | 'reduce' | ExitReason;
}

export interface RunCounts {
  readonly signalsIgnored: number;
  readonly conflictingSignals: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly cuts: number;
  readonly expired: number;
  readonly ambiguousFills: number;
  readonly heldBars: number;
  /** Ticks on which nothing could be decided, held or come late, and something would have been. */
  readonly missedOnHeld: number;
  readonly stateNaN: number;
  readonly halts: number;
  readonly pausesRefused: number;
}

export interface RunResult {
  /** Base ticks [fromTick, toTick) were traded. */
  readonly fromTick: number;
  readonly toTick: number;
  readonly capital: number;
  readonly currency: string;
  readonly trades: readonly Trade[];
  readonly fills: readonly Fill[];
  /** Equity at the close of each base tick of the span; entry 0 is fromTick. */
  readonly equity: Float64Array;
  /** Ticks of the span with a position. */
  readonly ticksInMarket: number;
  readonly totals: {
    readonly fees: number;
    readonly slippage: number;
    /** Received; negative where it was paid. */
    readonly funding: number;
    /** Sum of fill notionals. */
    readonly turnover: number;
  };
  readonly counts: RunCounts;
  readonly journalHash: string;
  readonly journal: Uint8Array;
}
