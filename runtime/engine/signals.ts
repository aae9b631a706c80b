/**
 * Which signals matter now, and where the next one stands: what lets a batch jump. A signal that could neither act nor be
 * counted in the present state of the account is passed over.
 */
import type { ValueRef } from '../../compiler/plan.ts';
import { covers, holds } from './decide.ts';
import { isWaiting } from './intents.ts';
import { sideOf } from './ledger.ts';
import type { BoundRule } from './settings.ts';
import { findTrue, type Signal } from './signal.ts';
import type { EngineState } from './state.ts';

/** First tick of [from, to), inside the current block, with a signal that matters and is known from data alone, or `to`. */
export function nextSignal(state: EngineState, from: number, to: number): number {
  const { enters, exits, adds, reduces } = state.settings.rules;
  const side = sideOf(state.ledger.position);
  let next = to;
  // Repeated signals for the open side change nothing; they are counted where the ticks are taken in.
  for (const rule of enters) if (side === 0 || rule.side !== side) next = nextOf(state, rule, from, next);
  const waits = isWaiting(state);
  if (side === 0 && !waits) return next;
  // An exit of the other side drops an entry that waits to turn the position round.
  for (const rule of exits) if (waits || covers(rule, side)) next = nextOf(state, rule, from, next);
  if (side === 0) return next;
  for (const rule of adds) next = nextOf(state, rule, from, next);
  for (const rule of reduces) next = nextOf(state, rule, from, next);
  return next;
}

/** Remembers where it found the next signal of a rule: ticks only go on, so that stands until it is passed. */
function nextOf(state: EngineState, rule: BoundRule, from: number, to: number): number {
  if (rule.when.from === 'account') return to;
  const { run } = state;
  const signal = state.signals[rule.index] as Signal;
  if (signal.next < from) signal.next = firstTrue(state, rule, from, run.blockStart + run.blockLength);
  return Math.min(signal.next, to);
}

function firstTrue({ run, signals }: EngineState, rule: BoundRule, from: number, to: number): number {
  const start = Math.max(from, rule.ready);
  return start >= to ? to : findTrue(run, signals[rule.index] as Signal, rule.when, start, to);
}

/** To be called when a block has been loaded: what was found belongs to the one before. */
export function forgetSignals(state: EngineState): void {
  for (const signal of state.signals) signal.next = -1;
}

/** Whether the account part, as of its latest step, shows something that matters. */
export function firesNow(state: EngineState): boolean {
  const { run, settings } = state;
  const { enters, exits, adds, reduces } = settings.rules;
  for (const rule of enters) if (fires(state, rule.when)) return true;
  if (state.ledger.position !== 0 || isWaiting(state)) {
    for (const rule of exits) if (fires(state, rule.when)) return true;
  }
  for (const rule of adds) if (fires(state, rule.when)) return true;
  for (const rule of reduces) if (fires(state, rule.when)) return true;
  for (const pause of run.plan.pauses) if (fires(state, pause.when)) return true;
  return false;
}

function fires({ run }: EngineState, when: ValueRef): boolean {
  return when.from === 'account' && run.account[when.index] === 1;
}

/** Counts signals for the open side at quiet ticks [from, to): at each tick the first rule's, as when it is visited. */
export function countIgnored(state: EngineState, from: number, to: number): void {
  const side = sideOf(state.ledger.position);
  const { held } = state.market;
  const { enters } = state.settings.rules;
  let tick = from;
  while (tick < to) {
    let next = to;
    for (const rule of enters) {
      if (rule.side === side && rule.when.from !== 'account') next = nextOf(state, rule, tick, next);
    }
    // A level stays true for long: it is walked tick by tick.
    for (tick = next; tick < to && repeats(state, tick); tick++) {
      if (held[tick] === 0) state.counts.signalsIgnored += 1;
    }
  }
}

/** Whether a rule for the open side asks, by data alone, for what is there already. */
function repeats(state: EngineState, tick: number): boolean {
  const side = sideOf(state.ledger.position);
  for (const rule of state.settings.rules.enters) {
    if (rule.side === side && rule.when.from !== 'account' && holds(state, rule, tick)) return true;
  }
  return false;
}

/**
 * After quiet ticks, `tick` the last of them: conditions known from data hold or not, those of the account part did not,
 * or it would have stopped there.
 */
export function settleConditions(state: EngineState, tick: number): void {
  const { adds, reduces } = state.settings.rules;
  for (const rule of adds) state.heldBefore[rule.index] = heldQuietly(state, rule, tick);
  for (const rule of reduces) state.heldBefore[rule.index] = heldQuietly(state, rule, tick);
}

function heldQuietly(state: EngineState, rule: BoundRule, tick: number): 0 | 1 {
  return rule.when.from !== 'account' && holds(state, rule, tick) ? 1 : 0;
}
