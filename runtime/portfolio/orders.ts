/**
 * The orders of a portfolio as a desired set. What a member is to become (its intent) is one market order that takes off and
 * one that adds; both are made from the intent each time something happens, and what works is brought to what is desired.
 *
 * What takes off goes first, and what adds waits for it, so that a venue has the cash of the sales when it is asked to buy,
 * and turns no position round in one order. An order that cannot fill now (its market rests, its venue is silent) holds up
 * nobody but its own member.
 */
import { type Command, NO_COMMANDS, type Order } from '../engine/events.ts';
import { closableQuantity, sideOf } from '../engine/ledger.ts';
import { type ActualOrder, appended, removeOrder } from '../engine/orders.ts';
import { boundByCash } from './cash.ts';
import type { Member, MemberIntent } from './member.ts';
import type { PortfolioState } from './state.ts';

/** `close` can only make the position smaller. */
export type Part = 'close' | 'open';

export interface MemberOrder extends ActualOrder {
  readonly entry: undefined;
  readonly member: Member;
  readonly part: Part;
  readonly intent: MemberIntent;
  /** Nothing is held up by it any more. */
  waits: boolean;
}

/** Orders that take off are numbered apart: an intent that turns a position round is two orders, and one number is its own. */
const FIRST_CLOSING = 2 ** 29;
/** Of each member, whatever the others do: what a venue tells late is of one of its last orders. */
const MOST_DEPARTED = 32;
const PARTS = 2;

/** Members are counted in slots by their places in the settings. */
export function memberPlace({ slot }: Pick<Order, 'slot'>): number {
  return Math.floor(slot / PARTS);
}

/** Sends what makes the working orders the desired ones; `resting`: whose sale has just been refused, and goes out later. */
export function sync(state: PortfolioState, resting?: Member): readonly Command[] {
  const { members } = state.settings;
  let commands: Command[] | undefined; // most often there is nothing to send
  for (const actual of state.orders) {
    if ((actual.status === 'sent' || actual.status === 'working') && !isWanted(actual)) {
      actual.status = 'leaving';
      commands = appended(commands ?? [], { type: 'cancel', order: actual.order.id });
    }
  }
  for (let place = 0; place < members.length; place++) {
    const member = members[place] as Member;
    if (member.order === undefined || member.closing !== undefined || member === resting) continue;
    const quantity = toClose(member);
    if (!(quantity > 0)) continue;
    commands = appended(commands ?? [], send(state, member, place, 'close', quantity));
  }
  if (isHeldUp(state)) return commands ?? NO_COMMANDS;
  for (let place = 0; place < members.length; place++) {
    const member = members[place] as Member;
    // Two orders of a member never work beside one another, but that an exit waits for no entry.
    if (member.order === undefined || member.closing !== undefined || member.opening !== undefined) continue;
    if (member === resting) continue;
    if (state.settings.isShared && member.order.open !== 0) boundByCash(state, member, member.order);
    const quantity = Math.abs(member.order?.open ?? 0);
    if (quantity > 0) commands = appended(commands ?? [], send(state, member, place, 'open', quantity));
  }
  return commands ?? NO_COMMANDS;
}

/** What adds waits. */
export function isHeldUp({ orders }: PortfolioState): boolean {
  for (const { part, waits } of orders) if (part === 'close' && !waits) return true;
  return false;
}

/** Refused so often, it holds up nobody: whether it ever comes about is not known. */
export function isHopeless({ refusals = 0 }: MemberIntent): boolean {
  return refusals >= MOST_REFUSED;
}

const MOST_REFUSED = 3;

/** What its intent takes off a member now; 0 where there is nothing to take. */
function toClose({ order, ledger, steps }: Member): number {
  return order === undefined ? 0 : Math.min(order.close, closableQuantity(ledger, steps.lot));
}

/** Whether it is what its member's intent asks for still. */
function isWanted({ member, intent, part, order }: MemberOrder): boolean {
  if (member.order !== intent) return false;
  const quantity = part === 'close' ? toClose(member) : Math.abs(intent.open);
  return Math.abs(quantity - order.quantity) <= SAME * quantity;
}

/** Sums of parts differ by less than this, relative, from the arithmetic alone. */
const SAME = 1e-9;

function send(state: PortfolioState, member: Member, place: number, part: Part, quantity: number): Command {
  const intent = member.order as MemberIntent;
  const side = sideOf(member.ledger.position);
  const order: Order = {
    id: part === 'close' ? FIRST_CLOSING + intent.id : intent.id,
    slot: PARTS * place + (part === 'close' ? 0 : 1),
    role: part === 'open' ? (side === 0 ? 'enter' : 'add') : intent.reason === 'reduce' ? 'reduce' : 'exit',
    type: 'market',
    direction: part === 'close' ? (side === 1 ? -1 : 1) : intent.open > 0 ? 1 : -1,
    price: Number.NaN,
    quantity,
    expireBars: Number.POSITIVE_INFINITY,
    group: 0,
  };
  const sent: MemberOrder = {
    order,
    status: 'sent',
    entry: undefined,
    begun: false,
    member,
    part,
    intent,
    waits: isHopeless(intent),
  };
  state.orders = appended(state.orders, sent);
  if (part === 'close') member.closing = sent;
  else member.opening = sent;
  return { type: 'place', order };
}

export function working({ orders }: PortfolioState, id: number): MemberOrder | undefined {
  for (const actual of orders) if (actual.order.id === id) return actual;
  return undefined;
}

/** Also one that is over: the venue may have filled it before it heard that. */
export function knownOrder(state: PortfolioState, id: number): MemberOrder | undefined {
  return working(state, id) ?? state.departed.findLast(({ order }) => order.id === id);
}

/** The order is over, as far as is known. */
export function depart(state: PortfolioState, actual: MemberOrder): void {
  if (!removeOrder(state.orders, actual.order.id)) return;
  const { member, part } = actual;
  if (part === 'close') member.closing = undefined;
  else member.opening = undefined;
  state.departed = appended(state.departed, actual);
  const most = MOST_DEPARTED * state.settings.members.length;
  if (state.departed.length > 2 * most) state.departed = latestOfEach(state.departed);
}

function latestOfEach(departed: readonly MemberOrder[]): MemberOrder[] {
  const counts = new Map<Member, number>();
  const isLate = ({ member }: MemberOrder) => {
    const count = (counts.get(member) ?? 0) + 1;
    counts.set(member, count);
    return count <= MOST_DEPARTED;
  };
  return departed.toReversed().filter(isLate).reverse();
}

/** The intent whose order it is, while that is its member's still. */
export function intentOf({ member, intent }: MemberOrder): MemberIntent | undefined {
  return member.order === intent ? intent : undefined;
}

/** An intent of which nothing is left is done. */
export function settleIntent(member: Member): void {
  const { order, ledger } = member;
  if (order === undefined) return;
  if (ledger.position === 0) order.close = 0;
  if (order.close === 0 && order.open === 0) member.order = undefined;
}
