/**
 * Orders as a desired set. The engine knows which orders *should* be working; `diff` says what to send so that they are.
 * It is one pure function, used at each tick, after each fill, after a reconnect and after a restart, so there is no
 * order that somebody forgot to cancel.
 */
import type { Command, Order } from './events.ts';
import { NO_COMMANDS } from './events.ts';
import type { EntryIntent } from './intents.ts';

/** `sent` until the exchange has answered, `leaving` once it was told to cancel; an `unknown` order may or may not exist. */
export type OrderStatus = 'sent' | 'working' | 'leaving' | 'unknown';

export interface ActualOrder {
  order: Order;
  status: OrderStatus;
  /** What an entry asked for: an order that is leaving may still fill, and what it fills is protected as was meant. */
  readonly entry: EntryIntent | undefined;
  /** While it is unknown: it was looked for, and not found. It may still arrive. */
  sought?: boolean;
  /** A part of it has filled; `order.quantity` is what is left. */
  begun?: boolean;
  /** Its time is over, which has been journaled; it may still fill until the venue has cancelled it. */
  expired?: boolean;
}

/** Slots of the desired set. Target k has `FIRST_TARGET + k`, the reduce order of rule r `FIRST_REDUCE + r`. */
export const SLOT = { enter: 0, add: 1, exit: 2, stop: 3 } as const;
export const FIRST_TARGET = 4;
export const FIRST_REDUCE = 1000;

/** Numbers of orders that were sent before the engine stood where it had stood; those that it gives are smaller. */
export const FIRST_RESTORED = 2 ** 30 + 2 ** 29;

/**
 * Cancels first, so that what replaces an order never works beside it. An order whose fate is unknown is left alone: it
 * is neither repeated nor taken for gone.
 */
export function diff(desired: readonly Order[], actual: readonly ActualOrder[]): readonly Command[] {
  let commands: Command[] | undefined; // most often there is nothing to send
  for (const { order, status } of actual) {
    if (isOurs(status) && !isAmong(desired, order)) {
      commands = push(commands, { type: 'cancel', order: order.id });
    }
  }
  for (const wanted of desired) {
    const existing = actualOf(actual, wanted);
    if (existing === undefined) commands = push(commands, { type: 'place', order: wanted });
    else if (isOurs(existing.status) && isMoved(wanted, existing.order)) {
      commands = push(commands, { type: 'amend', order: wanted });
    }
  }
  return commands ?? NO_COMMANDS;
}

function isAmong(desired: readonly Order[], order: Order): boolean {
  for (const wanted of desired) if (isSame(wanted, order)) return true;
  return false;
}

function actualOf(actual: readonly ActualOrder[], wanted: Order): ActualOrder | undefined {
  for (const existing of actual) if (isSame(wanted, existing.order)) return existing;
  return undefined;
}

function isOurs(status: OrderStatus): boolean {
  return status === 'sent' || status === 'working';
}

function push(commands: Command[] | undefined, command: Command): Command[] {
  if (commands === undefined) return [command];
  commands.push(command);
  return commands;
}

function isSame(a: Order, b: Order): boolean {
  return a.id === b.id && a.slot === b.slot;
}

function isMoved(a: Order, b: Order): boolean {
  return a.quantity !== b.quantity || !Object.is(a.price, b.price);
}

/**
 * Puts an order on a short list. One that was emptied is begun anew: pushing onto it would make room for many more each
 * time, and most of the time one order works.
 */
export function appended<T>(list: T[], order: T): T[] {
  if (list.length === 0) return [order];
  list.push(order);
  return list;
}

/** Takes an order off a short list, in place. */
export function removeOrder(orders: { readonly order: Order }[], id: number): boolean {
  let kept = 0;
  for (const entry of orders) if (entry.order.id !== id) orders[kept++] = entry;
  const found = kept < orders.length;
  while (orders.length > kept) orders.pop();
  return found;
}
