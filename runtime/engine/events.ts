/**
 * What the engine hears and what it says. Exchanges of every kind (simulated, a venue through its client) turn what
 * happens into these events and carry out these commands; nothing else passes between the two.
 */
import type { Sign } from './costs.ts';
import type { Refusal } from './refusals.ts';

/** Where in a bar something happened: at its open, at an unknown moment inside it, or at its close. */
export type Moment = 'open' | 'inside' | 'close';

/** What an order is for. `reduce`, `exit`, `stop` and `target` can only make the position smaller. */
export type OrderRole = 'enter' | 'add' | 'reduce' | 'exit' | 'stop' | 'target';

/** Can only make the position smaller. */
export function isReducing(role: OrderRole): boolean {
  return role !== 'enter' && role !== 'add';
}

export interface Order {
  /** Journaled number; on a venue the client order id is made from it. */
  readonly id: number;
  /** Place in the desired set: at most one order a slot. */
  readonly slot: number;
  readonly role: OrderRole;
  readonly type: 'market' | 'limit' | 'stop';
  readonly direction: Sign;
  /** NaN for a market order. */
  readonly price: number;
  readonly quantity: number;
  /** Bars after which an unfilled order is cancelled; Infinity for protection and market orders. */
  readonly expireBars: number;
  /** Orders of one group cancel one another when the position they belong to is closed; 0 is none. */
  readonly group: number;
}

export interface FeeIn {
  readonly currency: string;
  readonly quantity: number;
}

export interface FillEvent {
  readonly type: 'fill';
  readonly order: number;
  readonly tick: number;
  readonly moment: Moment;
  readonly price: number;
  readonly quantity: number;
  /** Quantity asked for, when cash or margin fell short of it. */
  readonly cutFrom?: number | undefined;
  readonly fee: number;
  /** Money that slippage took, already in the price. */
  readonly slippage: number;
  readonly maker: boolean;
  /** More of the order may fill: it goes on working with the rest. Unsaid: the order is done. */
  readonly partial?: boolean;
  /** Base coin that the venue kept as its fee: that much less is held. What it is worth is in `fee`. */
  readonly feeQuantity?: number;
  /** A fee in a coin that is not the account's: nothing of it is in `fee` until it has been converted. */
  readonly feeIn?: FeeIn;
  /** What this fill leaves of the position is less than the venue takes in an order: rules see flat. */
  readonly leavesDust?: boolean;
}

export interface FundingEvent {
  readonly type: 'funding';
  /** Number of the instrument; unsaid where a run has one. */
  readonly instrument?: number;
  readonly tick: number;
  readonly rate: number;
  readonly price: number;
  /** Received when positive. */
  readonly amount: number;
}

/** Money that came or went without a trade and is no funding; `fee`: of an earlier fill, once it was converted. */
export interface IncomeEvent {
  readonly type: 'income';
  /** Number of the instrument; unsaid where a run has one. */
  readonly instrument?: number;
  readonly tick: number;
  readonly kind: 'interest' | 'rebate' | 'fee' | 'other';
  /** Received when positive. */
  readonly amount: number;
  /** What it was before it was converted, and at which price. */
  readonly from?: FeeIn & { readonly price: number };
}

/** Why a position is another than the run's own orders made it. `taken`: somebody else closed a part of it. */
export type AdjustCause = 'adopted' | 'released' | 'taken';

/** The ledger holds this much from now on, the difference at a price; no fee, no order. */
export interface AdjustEvent {
  readonly type: 'adjust';
  /** Number of the instrument; unsaid where a run has one. */
  readonly instrument?: number;
  readonly tick: number;
  /** Signed. */
  readonly position: number;
  readonly price: number;
  readonly why: AdjustCause;
}

/** What is held is less than the venue takes in an order: rules see flat. `price`: what it is worth for each unit. */
export interface DustEvent {
  readonly type: 'dust';
  /** Number of the instrument; unsaid where a run has one. */
  readonly instrument?: number;
  readonly tick: number;
  readonly price: number;
}

/** The instrument is traded no more. `sale`: what was held was sold at its last price. */
export interface DelistedEvent {
  readonly type: 'delisted';
  /** Number of the instrument; unsaid where a run has one. */
  readonly instrument?: number;
  readonly tick: number;
  readonly sale?: Pick<FillEvent, 'price' | 'quantity' | 'fee' | 'slippage'>;
}

/** What keeps entries out until it is lifted; each cause on its own. Exits and protection go on. */
export type BlockCause =
  | 'foreign'
  | 'claimed twice'
  | 'not trading'
  | 'clock'
  | 'blind'
  | 'disconnected'
  | 'unprotected'
  | 'disk';

/** Of all instruments, where none is named. */
interface Block {
  readonly why: BlockCause;
  readonly instrument?: number;
}

export interface LiquidationEvent {
  readonly type: 'liquidation';
  /** Number of the instrument; unsaid where a run has one. */
  readonly instrument?: number;
  readonly tick: number;
  readonly moment: Moment;
  /** Mark price at which the margin no longer covers the maintenance. */
  readonly level: number;
  /** Price at which the venue takes the position over: the margin is gone, nothing more. */
  readonly price: number;
}

export interface OrderRejected {
  readonly type: 'orderRejected';
  readonly order: number;
  readonly tick: number;
  readonly reason: Refusal;
}

export interface OrderCancelled {
  readonly type: 'orderCancelled';
  readonly order: number;
  readonly tick: number;
  readonly why: 'expired' | 'requested';
}

/** It is certain that the order never arrived: it is sent once more, if it is still wanted. */
export interface OrderLost {
  readonly type: 'orderLost';
  readonly order: number;
  readonly tick: number;
  /** An entry is wanted no more: it was meant for a price that is gone. */
  readonly late: boolean;
}

export type EngineEvent =
  /** The bar of this tick is complete; what is decided at its close is decided now. */
  /** `late`: it came after its time, so nothing may be decided on its price: no entry, and exits at the next tick in time. */
  | { readonly type: 'barClosed'; readonly tick: number; readonly late?: boolean }
  | { readonly type: 'orderAccepted'; readonly order: number }
  | OrderRejected
  | OrderCancelled
  /** Whether the order exists is not known; entries wait until it is. `sought`: it was looked for, and not found. */
  | { readonly type: 'orderUnknown'; readonly order: number; readonly sought?: true }
  | OrderLost
  | FillEvent
  | FundingEvent
  | IncomeEvent
  | LiquidationEvent
  | AdjustEvent
  | DustEvent
  | DelistedEvent
  /** The market of an order does not trade now: it rests until it does, and what waits for its fill need not. */
  | { readonly type: 'orderWaits'; readonly order: number }
  /** Time has passed: what is wanted and was refused goes out again. */
  | { readonly type: 'timer'; readonly timer: number }
  /** A person or a watchdog stops the run: no entries, those that wait are cancelled; `flatten`: the position is closed. */
  | { readonly type: 'halt'; readonly flatten?: boolean }
  | { readonly type: 'resume' }
  /** No entries, those that wait are cancelled, until each cause is lifted; told twice it is one. */
  | (Block & { readonly type: 'block' })
  | (Block & { readonly type: 'unblock' })
  /** What is held is closed at market; nothing is halted. `stop`: its protection should have, and did not. */
  | { readonly type: 'flatten'; readonly instrument?: number; readonly reason?: 'stop' }
  /** Before the run could say so itself, this was sent to protect what it holds; whether it arrived is not known yet. */
  | { readonly type: 'restored'; readonly instrument?: number; readonly order: Order }
  /** The price is at, or no longer at, a limit that closes: where a venue sets quantities aside, it rests only meanwhile. */
  | { readonly type: 'touched'; readonly instrument?: number; readonly slot: number; readonly isTouched: boolean }
  /** The venue's steps are others from now on, as decimal text. */
  | { readonly type: 'steps'; readonly instrument?: number; readonly steps: StepTexts };

/** Absent: nothing is rounded, or no order is too small. */
export interface StepTexts {
  readonly tick?: string;
  readonly lot?: string;
  readonly minNotional?: string;
}

export type Command =
  | { readonly type: 'place'; readonly order: Order }
  | { readonly type: 'amend'; readonly order: Order }
  | { readonly type: 'cancel'; readonly order: number }
  | { readonly type: 'cancelAll' }
  | { readonly type: 'setTimer'; readonly timer: number; readonly atMs: number };

export const NO_COMMANDS: readonly Command[] = [];
