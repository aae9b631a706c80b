/** Everything a portfolio run knows between two ticks. */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { BlockCause } from '../engine/events.ts';
import type { Journal, RiskGate } from '../engine/ports.ts';
import { REFUSALS, type Refusal, refusalCode } from '../engine/refusals.ts';
import type { Counts } from '../engine/state.ts';
import { type Account, createAccount } from './account.ts';
import type { Member } from './member.ts';
import type { MemberOrder } from './orders.ts';
import type { PortfolioSettings } from './settings.ts';

export interface Block {
  readonly why: BlockCause;
  /** Number of the instrument; absent: all of them. */
  readonly instrument?: number;
}

/** A journal whose records name the instrument they are about. */
export interface PortfolioJournal extends Journal {
  /** Number of the instrument that the next records are about. */
  instrument: number;
}

export interface PortfolioState {
  readonly run: PlanRun;
  readonly settings: PortfolioSettings;
  readonly risk: RiskGate;
  readonly journal: PortfolioJournal;
  readonly account: Account;
  readonly fromTick: number;
  readonly toTick: number;
  /** Orders that the venue has or should have, as far as is known. */
  orders: MemberOrder[];
  /** The latest of those that are over: a venue may still tell of a fill of one, and what it fills is held. */
  departed: MemberOrder[];
  /** What keeps increases out, of all members or of one. */
  blocks: readonly Block[];
  /** Numbers of the rebalances that a late tick left undone, to be taken at the next one in time. */
  missed: readonly number[];
  lastId: number;
  /** The tick closed last. */
  lastTick: number;
  /** Equity at the close of each traded tick; entry 0 is `fromTick`. */
  readonly equity: Float64Array;
  ticksInMarket: number;
  rebalances: number;
  /** First tick at which a rebalance had a weight for anyone. */
  firstDecision: number | undefined;
  readonly limited: Map<string, number>;
  readonly counts: Counts;
  readonly refusals: Float64Array;
}

export interface PortfolioParts {
  readonly run: PlanRun;
  readonly settings: PortfolioSettings;
  readonly risk: RiskGate;
  readonly journal: PortfolioJournal;
  readonly fromTick: number;
  readonly toTick: number;
}

export function createPortfolio(parts: PortfolioParts): PortfolioState {
  const { settings, fromTick, toTick } = parts;
  return {
    ...parts,
    account: createAccount(settings.capital, settings.leverage, settings.members),
    orders: [],
    departed: [],
    blocks: [],
    missed: [],
    lastId: 0,
    lastTick: fromTick - 1,
    equity: new Float64Array(toTick - fromTick),
    ticksInMarket: 0,
    rebalances: 0,
    firstDecision: undefined,
    limited: new Map(),
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

/** Counts and journals why something was not done. */
export function refuse(state: PortfolioState, member: Member, tick: number, rule: number, reason: Refusal, order = 0) {
  state.journal.instrument = member.number;
  state.journal.refusal(tick, order, rule, reason);
  countRefusal(state, reason);
}

export function countRefusal({ refusals }: PortfolioState, reason: Refusal): void {
  const code = refusalCode(reason);
  refusals[code] = (refusals[code] ?? 0) + 1;
}
