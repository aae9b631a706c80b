/** What a portfolio run leaves behind: all that a run of one instrument does, and each member's part in it. */
import type { Fill, RunResult, Trade } from '../engine/result.ts';

export interface MemberResult {
  /** In `Plan.instruments`. */
  readonly number: number;
  readonly symbol: string;
  /** Realised and open, after fees and funding: the sum over the members is what the equity changed by. */
  readonly profit: number;
  readonly trades: readonly Trade[];
  readonly fills: readonly Fill[];
  readonly totals: RunResult['totals'];
  /** Ticks of the span with a position. */
  readonly ticksHeld: number;
  /** Base ticks at which the instrument existed. */
  readonly firstTick: number;
  readonly endTick: number;
}

export interface PortfolioResult extends RunResult {
  /** By symbol. */
  readonly members: readonly MemberResult[];
  /** Rebalances that were carried out, and how many of them each limit cut or refused. */
  readonly rebalances: number;
  /** First tick at which a rebalance had a weight for anyone; absent when none ever had. */
  readonly firstDecision?: number;
  readonly limited: Readonly<Record<string, number>>;
}
