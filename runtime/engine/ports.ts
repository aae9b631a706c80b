/**
 * What the engine needs from the rooms above it: somebody who keeps the journal and somebody who keeps the limits. Both
 * are synchronous and deterministic.
 */
import type { PlanCap } from '../../compiler/plan.ts';
import type { Sign } from './costs.ts';
import type { FillEvent, FundingEvent, IncomeEvent, LiquidationEvent, Order } from './events.ts';
import type { Ledger } from './ledger.ts';
import type { Refusal } from './refusals.ts';
import type { Fill } from './result.ts';

/** Decisions and their consequences, in the order in which they happen; nothing per bar. */
export interface Journal {
  /** `reference`: the price that the quantity was reckoned from. */
  intent(tick: number, order: JournalOrder, rule: number, reference: number): void;
  /** A resting order of an intent left the book unfilled. */
  gone(tick: number, order: number, why: 'expired' | 'cancelled'): void;
  fill(event: FillEvent, direction: Sign, reason: Fill['reason'], rule: number): void;
  cut(tick: number, order: number, asked: number, given: number): void;
  refusal(tick: number, order: number, rule: number, reason: Refusal): void;
  /** Levels of the position as numbers, whenever a fill made them: protection can be put back from these alone. */
  levels(tick: number, levels: JournalLevels): void;
  funding(event: FundingEvent): void;
  income(event: IncomeEvent): void;
  liquidation(event: LiquidationEvent): void;
  halt(tick: number, cause: Refusal, flattens: boolean): void;
  resume(tick: number): void;
}

export type JournalOrder = Pick<Order, 'id' | 'role' | 'type' | 'direction' | 'quantity' | 'price'>;

export interface JournalLevels {
  /** NaN where there is none. */
  readonly stop: number;
  readonly hold: number;
  readonly targets: readonly { readonly price: number; readonly quantity: number }[];
}

/** What a limit wants done about the account as a whole. */
export type RiskDemand = 'nothing' | 'cancel entries' | 'flatten';

export interface ReviewedQuantity {
  /** What may be ordered, unrounded; 0 with a refusal. */
  readonly quantity: number;
  readonly refusal?: Refusal;
  readonly demand: RiskDemand;
}

/** Each limit is one object throughout a run: a halt is told by it. */
export interface ReachedLimit {
  readonly refusal: Refusal;
  readonly action: PlanCap['action'];
}

export interface RiskSnapshot {
  readonly halts: number;
  readonly dayStartEquity: number;
  readonly nextDay: number;
  readonly pausesEnd: number;
  /** `cap`: its number among the plan's caps, -1 for a person's halt. */
  readonly active: readonly { readonly cap: number; readonly isForGood: boolean; readonly resumeTick: number }[];
}

/** Limits and pauses. They may shrink, refuse, halt or flatten, never enlarge, and never stand in the way of an exit. */
export interface RiskGate {
  /** Before the tick is marked: days roll over, halts end. */
  beginTick(tick: number, ledger: Ledger): void;
  /** At a real close, marked. `exposed`: there is a position or a waiting entry that nothing is closing yet. */
  atClose(tick: number, ledger: Ledger, exposed: boolean): RiskDemand;
  /** Why no new entry may be made now. Not journaled each time: the halt that caused it is. */
  blocked(ledger: Ledger): Refusal | undefined;
  /** An order of `quantity` at reference price `price`, on top of `existing` held on that side. */
  review(tick: number, ledger: Ledger, quantity: number, existing: number, price: number): ReviewedQuantity;
  /** A limit outside of the gate was reached: what its action demands, besides cutting or refusing what was asked. */
  reached(tick: number, limit: ReachedLimit): RiskDemand;
  /** Takes in what the pauses saw at ticks [from, to), which lie in the current block. */
  watchPauses(from: number, to: number): void;
  paused(tick: number): boolean;
  halt(tick: number): void;
  resume(tick: number): void;
  readonly halts: number;
  /** Of its limits, in the order in which snapshots count them. */
  readonly limitNames: readonly string[];
  /** All that the gate remembers, as plain data; `restore` on a gate of the same plan goes on from there. */
  snapshot(): RiskSnapshot;
  restore(snapshot: RiskSnapshot): void;
  /** What the plan has none of need not be asked for. */
  readonly hasPauses: boolean;
  readonly hasLossCaps: boolean;
  readonly hasOrderCaps: boolean;

  /** First tick after `tick` at which `beginTick` does something; Infinity when there is none. */
  nextTick(tick: number): number;
  /** At or below this equity `atClose` may demand something; −Infinity when it will not. Moves with the peak. */
  equityFloor(peak: number, exposed: boolean): number;
}
