/**
 * The engine of a portfolio: `handle(state, event) → commands`, as that of one instrument is. Its orders are market orders
 * that bring holdings to their weights; what becomes of them it hears, from a simulated exchange or from a venue, and the
 * same events give the same account in every mode.
 */
import {
  type Command,
  type EngineEvent,
  type FillEvent,
  NO_COMMANDS,
  type OrderCancelled,
  type OrderLost,
  type OrderRejected,
} from '../engine/events.ts';
import { charge, receiveFunding } from '../engine/ledger.ts';
import { isHeld } from '../engine/market.ts';
import { stepsOf } from '../engine/settings.ts';
import { markAccount } from './account.ts';
import { again, cancelIncrease, decide, flatten, isExposed, obey } from './decide.ts';
import { applyAdjustment, applyDelisting, applyDust, applyFill, applyLiquidation } from './fills.ts';
import type { Member } from './member.ts';
import {
  depart,
  intentOf,
  isHeldUp,
  isHopeless,
  knownOrder,
  type MemberOrder,
  settleIntent,
  sync,
  working,
} from './orders.ts';
import { type Block, type PortfolioState, refuse } from './state.ts';
import type { StreamWriter } from './streams.ts';

export function handle(state: PortfolioState, streams: StreamWriter, event: EngineEvent): readonly Command[] {
  switch (event.type) {
    case 'barClosed':
      return closeTick(state, streams, event.tick, event.late === true);
    case 'fill':
      return filled(state, event);
    case 'orderAccepted': {
      const order = working(state, event.order);
      if (order !== undefined && order.status !== 'leaving') order.status = 'working';
      break;
    }
    case 'orderUnknown': {
      const order = working(state, event.order);
      if (order !== undefined) order.status = 'unknown';
      break;
    }
    case 'orderWaits': {
      const order = working(state, event.order);
      if (order !== undefined) order.waits = true;
      break;
    }
    case 'orderRejected':
      return rejected(state, event);
    case 'orderCancelled':
      return cancelled(state, event);
    case 'orderLost':
      return lost(state, event);
    case 'funding':
    case 'income':
      receive(state, event);
      return NO_COMMANDS;
    case 'liquidation':
      applyLiquidation(state, memberOf(state, event), event);
      break;
    case 'delisted':
      applyDelisting(state, memberOf(state, event), event);
      break;
    case 'adjust':
      applyAdjustment(state, memberOf(state, event), event);
      break;
    case 'dust':
      applyDust(memberOf(state, event), event);
      break;
    case 'steps':
      memberOf(state, event).steps = stepsOf(event.steps);
      break;
    case 'halt':
      state.risk.halt(state.lastTick);
      obey(state, event.flatten === true ? 'flatten' : 'cancel entries', state.lastTick);
      break;
    case 'resume':
      state.risk.resume(state.lastTick);
      break;
    case 'block':
      block(state, event);
      break;
    case 'unblock':
      unblock(state, event);
      break;
    case 'flatten':
      for (const member of membersOf(state, event)) flatten(state, member, state.lastTick);
      break;
    case 'timer':
      // What has not filled by now holds nobody up any more.
      for (const order of state.orders) order.waits = true;
      break;
    case 'restored': // a portfolio rests no protection at a venue, so there is none to put back
    case 'touched':
      return NO_COMMANDS;
  }
  return sync(state);
}

/** The member that an event speaks of: the only one where it names none. */
function memberOf({ settings }: PortfolioState, { instrument }: { readonly instrument?: number }): Member {
  const { members } = settings;
  const member = instrument === undefined ? members[0] : members.find(({ number }) => number === instrument);
  if (member === undefined) throw new Error(`instrument ${instrument} is not a member of the portfolio`);
  return member;
}

function membersOf({ settings }: PortfolioState, { instrument }: Pick<Block, 'instrument'>): readonly Member[] {
  return settings.members.filter(({ number }) => instrument === undefined || number === instrument);
}

// ---------------------------------------------------------------- the close of a tick

/** `late`: nothing may be decided on these prices; what would have been taken off is at the next tick in time. */
export function closeTick(
  state: PortfolioState,
  streams: StreamWriter,
  tick: number,
  late: boolean,
): readonly Command[] {
  const { run, risk, account, settings, fromTick } = state;
  state.lastTick = tick;
  // An order that has not filled in all of a bar's time waits for something else.
  for (const order of state.orders) order.waits = true;
  risk.beginTick(tick, account.ledger);
  const held = markAccount(account, tick);
  streams.write(tick + 1);
  if (run.hasAccountPart) run.step(tick, 1);
  if (risk.hasPauses) risk.watchPauses(tick, tick + 1);
  if (settings.members.some(({ market }) => !isHeld(market, tick))) {
    if (risk.hasLossCaps) obey(state, risk.atClose(tick, account.ledger, isExposed(state)), tick);
    decide(state, tick, late);
  }
  if (held > 0) state.ticksInMarket += 1;
  for (const member of settings.members) if (member.ledger.position !== 0) member.ticksHeld += 1;
  state.equity[tick - fromTick] = account.ledger.equity;
  return sync(state);
}

/** A fill at the close changes what that close is worth, and who is held through it. */
function remark(state: PortfolioState, tick: number, member: Member, wasHeld: boolean): void {
  markAccount(state.account, tick);
  const isHeldNow = member.ledger.position !== 0;
  if (wasHeld !== isHeldNow) member.ticksHeld += isHeldNow ? 1 : -1;
  state.equity[tick - state.fromTick] = state.account.ledger.equity;
}

// ---------------------------------------------------------------- what became of orders

function filled(state: PortfolioState, event: FillEvent): readonly Command[] {
  const actual = knownOrder(state, event.order);
  if (actual === undefined) throw new Error(`a fill of order ${event.order}, which was never sent`);
  const { member } = actual;
  const wasHeld = member.ledger.position !== 0;
  const wasWanted = intentOf(actual) !== undefined;
  if (actual.status === 'unknown') actual.status = 'working';
  applyFill(state, actual, event);
  if (event.partial !== true) depart(state, actual);
  if (event.moment === 'close') remark(state, event.tick, member, wasHeld);
  // What was wanted and is done lets others go only when it was the last that they waited for.
  const isDone = wasWanted && event.partial !== true;
  return isDone && (actual.part === 'open' || isHeldUp(state)) ? NO_COMMANDS : sync(state);
}

function rejected(state: PortfolioState, { order: id, tick, reason }: OrderRejected): readonly Command[] {
  const actual = working(state, id);
  if (actual === undefined) return NO_COMMANDS;
  depart(state, actual);
  refuse(state, actual.member, tick, -1, reason, actual.intent.id);
  return giveUp(state, actual, tick) ? withoutIt(state, actual.member) : sync(state);
}

/** What closes is asked for again, but not at once. Where that has been in vain before, nobody waits for it any more. */
function withoutIt(state: PortfolioState, member: Member): readonly Command[] {
  return member.order !== undefined && isHopeless(member.order) ? sync(state, member) : NO_COMMANDS;
}

function cancelled(state: PortfolioState, { order: id, tick, why }: OrderCancelled): readonly Command[] {
  const actual = working(state, id);
  if (actual === undefined) return NO_COMMANDS;
  depart(state, actual);
  // One that was given up has been journaled as gone.
  if (why === 'requested' || intentOf(actual) === undefined) return sync(state);
  state.counts.expired += 1;
  state.journal.instrument = actual.member.number;
  state.journal.gone(tick, actual.intent.id, 'expired');
  // One of which nothing filled would end in the same way now: it goes out with what happens next.
  return giveUp(state, actual, tick) && actual.begun !== true ? withoutIt(state, actual.member) : sync(state);
}

/**
 * An order ended before it was filled: its part of the intent is given up, but that what closes a position is asked for once
 * more. Gives whether it was.
 */
function giveUp(state: PortfolioState, actual: MemberOrder, tick: number): boolean {
  const intent = intentOf(actual);
  if (intent === undefined) return false;
  if (actual.part === 'close' && intent.reason !== 'reduce') {
    again(state, actual.member, intent, tick);
    return true;
  }
  if (actual.part === 'close') intent.close = 0;
  else intent.open = 0;
  settleIntent(actual.member);
  return false;
}

/** It is certain that it never arrived: the same order goes out once more, if it is still wanted. */
function lost(state: PortfolioState, event: OrderLost): readonly Command[] {
  const { order: id, tick, late } = event;
  const actual = working(state, id);
  if (actual === undefined) return NO_COMMANDS;
  if (late && actual.part === 'open') {
    return rejected(state, { type: 'orderRejected', order: id, tick, reason: 'rejected by the venue' });
  }
  depart(state, actual);
  return sync(state);
}

// ---------------------------------------------------------------- money, blocks

function receive(state: PortfolioState, event: Extract<EngineEvent, { type: 'funding' | 'income' }>): void {
  const member = memberOf(state, event);
  state.journal.instrument = member.number;
  if (event.type === 'income' && event.kind === 'fee') charge(member.ledger, -event.amount, 0, 0);
  else receiveFunding(member.ledger, event.amount);
  if (event.type === 'funding') state.journal.funding(event);
  else state.journal.income(event);
}

function isSame(a: Block, b: Block): boolean {
  return a.why === b.why && a.instrument === b.instrument;
}

function block(state: PortfolioState, { why, instrument }: Block): void {
  const asked: Block = { why, ...(instrument !== undefined && { instrument }) };
  if (state.blocks.some(known => isSame(known, asked))) return;
  state.blocks = [...state.blocks, asked];
  if (instrument !== undefined) state.journal.instrument = instrument;
  state.journal.halt(state.lastTick, 'entries are blocked', false);
  for (const member of membersOf(state, asked)) cancelIncrease(state, member, state.lastTick);
}

function unblock(state: PortfolioState, asked: Block): void {
  if (!state.blocks.some(known => isSame(known, asked))) return;
  state.blocks = state.blocks.filter(known => !isSame(known, asked));
  if (asked.instrument !== undefined) state.journal.instrument = asked.instrument;
  if (!state.blocks.some(({ instrument }) => instrument === asked.instrument)) state.journal.resume(state.lastTick);
}
