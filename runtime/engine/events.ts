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
}

export interface FundingEvent {
  readonly type: 'funding';
  readonly tick: number;
  readonly rate: number;
  readonly price: number;
  /** Received when positive. */
  readonly amount: number;
}

export interface LiquidationEvent {
  readonly type: 'liquidation';
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
  /** Whether the order exists is not known; entries wait until it is. */
  | { readonly type: 'orderUnknown'; readonly order: number }
  | OrderLost
  | FillEvent
  | FundingEvent
  | LiquidationEvent
  | { readonly type: 'timer'; readonly timer: number }
  /** A person or a watchdog stops the run: no entries, those that wait are cancelled; `flatten`: the position is closed. */
  | { readonly type: 'halt'; readonly flatten?: boolean }
  | { readonly type: 'resume' };

export type Command =
  | { readonly type: 'place'; readonly order: Order }
  | { readonly type: 'amend'; readonly order: Order }
  | { readonly type: 'cancel'; readonly order: number }
  | { readonly type: 'cancelAll' }
  | { readonly type: 'setTimer'; readonly timer: number; readonly atMs: number };

export const NO_COMMANDS: readonly Command[] = [];
