/**
 * Which signals matter now, and where the next one stands: what lets a batch jump. A signal that could neither act nor be
 * counted in the present state of the account is passed over.
 */
import type { PlanRule } from '../../compiler/plan.ts';
import type { Sign } from './costs.ts';
import { covers, holds, signOf } from './decide.ts';
import { isWaiting } from './intents.ts';
import { sideOf } from './ledger.ts';
import type { EngineState } from './state.ts';
import { holdsAt, nextTrue } from './values.ts';

/** First tick of [from, to), inside the current block, with a signal that matters and is known from data alone, or `to`. */
export function nextSignal(state: EngineState, from: number, to: number): number {
  const { enters, exits, adds, reduces } = state.settings.rules;
  const side = sideOf(state.ledger.position);
  let next = to;
  for (const { index, rule } of enters) {
    // Repeated signals for the open side change nothing; they are counted where the ticks are taken in.
    if (side === 0 || signOf(rule.side) !== side) next = nextOf(state, index, rule, from, next);
  }
  const waits = isWaiting(state);
  if (side === 0 && !waits) return next;
  for (const { index, rule } of exits) {
    // An exit of the other side drops an entry that waits to turn the position round.
    if (waits || side === 0 || covers(rule, side)) next = nextOf(state, index, rule, from, next);
  }
  if (side === 0) return next;
  for (const { index, rule } of adds) next = nextOf(state, index, rule, from, next);
  for (const { index, rule } of reduces) next = nextOf(state, index, rule, from, next);
  return next;
}

/** Remembers where it found the next signal of a rule: ticks only go on, so that stands until it is passed. */
function nextOf(state: EngineState, index: number, rule: PlanRule, from: number, to: number): number {
  if (rule.when.from === 'account') return to;
  const { run, nextSignals } = state;
  let next = nextSignals[index] as number;
  if (next < from) {
    next = firstTrue(state, index, rule, from, run.blockStart + run.blockLength);
    nextSignals[index] = next;
  }
  return Math.min(next, to);
}

function firstTrue({ run }: EngineState, index: number, { when }: PlanRule, from: number, to: number): number {
  const ready = Math.max(from, run.ruleReady[index] ?? to);
  return ready >= to ? to : nextTrue(run, when, ready, to);
}

/** To be called when a block has been loaded: what was found belongs to the one before. */
export function forgetSignals(state: EngineState): void {
  state.nextSignals.fill(-1);
}

/** Whether the account part, as of its latest step, shows something that matters. */
export function firesNow(state: EngineState): boolean {
  const { run, settings } = state;
  const { enters, exits, adds, reduces } = settings.rules;
  const minds = state.ledger.position !== 0 || isWaiting(state);
  const fires = ({ when }: { readonly when: PlanRule['when'] }) => when.from === 'account' && holdsAt(run, when, 0);
  for (const { rule } of enters) if (fires(rule)) return true;
  if (minds) for (const { rule } of exits) if (fires(rule)) return true;
  for (const { rule } of adds) if (fires(rule)) return true;
  for (const { rule } of reduces) if (fires(rule)) return true;
  for (const pause of run.plan.pauses) if (fires(pause)) return true;
  return false;
}

/** Counts signals for the open side at quiet ticks [from, to): at each tick the first rule's, as when it is visited. */
export function countIgnored(state: EngineState, side: Sign | 0, from: number, to: number): void {
  const rules = state.settings.rules.enters.filter(
    ({ rule }) => signOf(rule.side) === side && rule.when.from !== 'account',
  );
  if (rules.length === 0) return;
  const { held } = state.market;
  let tick = from;
  for (;;) {
    let next = to;
    for (const { index, rule } of rules) next = firstTrue(state, index, rule, tick, next);
    if (next >= to) return;
    tick = next;
    // A level stays true for long: walk it tick by tick.
    while (tick < to && rules.some(({ index, rule }) => holds(state, index, rule, tick))) {
      if (held[tick] === 0) state.counts.signalsIgnored += 1;
      tick++;
    }
  }
}

/**
 * After quiet ticks, `tick` the last of them: conditions known from data hold or not, those of the account part did not,
 * or it would have stopped there.
 */
export function settleConditions(state: EngineState, tick: number): void {
  const { adds, reduces } = state.settings.rules;
  for (const { index, rule } of adds) state.heldBefore[index] = heldBefore(state, index, rule, tick);
  for (const { index, rule } of reduces) state.heldBefore[index] = heldBefore(state, index, rule, tick);
}

function heldBefore(state: EngineState, index: number, rule: PlanRule, tick: number): 0 | 1 {
  return rule.when.from !== 'account' && holds(state, index, rule, tick) ? 1 : 0;
}
