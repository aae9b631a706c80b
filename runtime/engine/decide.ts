/**
 * Rules: what the signals of a tick make the engine want. A condition is a level, tested at each tick in file order;
 * exits first, since they refuse entries; then entries, adds, reductions, and the time exit of the bracket.
 */
import type { Sign } from './costs.ts';
import { sideOf } from './ledger.ts';
import { requestEntry, requestExit, requestReduce } from './request.ts';
import type { BoundRule, EnterRule, ExitRule } from './settings.ts';
import type { EngineState } from './state.ts';
import { holdsAt } from './values.ts';

/** Decides at the close of a real, traded tick. */
export function decide(state: EngineState, tick: number): void {
  if (state.lateExit >= 0) takeLateExit(state, tick);
  const covered = decideExits(state, tick);
  decideEntries(state, tick, covered);
  if (state.ledger.position === 0) return;
  decideAdds(state, tick);
  decideReductions(state, tick);
  decideHold(state, tick);
}

/** A tick that came late decides nothing: what it would have done is counted, and an exit is not forgotten. */
export function noteLateExit(state: EngineState, tick: number): void {
  if (wantsMore(state, tick)) state.counts.missedOnHeld += 1;
  const side = sideOf(state.ledger.position);
  const asked = state.settings.rules.exits.find(rule => covers(rule, side) && holds(state, rule, tick));
  if (asked !== undefined && state.lateExit < 0) state.lateExit = asked.index;
}

function takeLateExit(state: EngineState, tick: number): void {
  const rule = state.settings.rules.exits.find(({ index }) => index === state.lateExit);
  state.lateExit = -1;
  // The position that it was meant for may be gone.
  if (rule === undefined || !covers(rule, sideOf(state.ledger.position))) return;
  requestExit(state, rule.index, rule.rule, tick);
  state.add = undefined;
}

/** A held bar is a tick on which no rule acts; one that would have acted is counted. */
export function countMissed(state: EngineState, tick: number): void {
  const { exits } = state.settings.rules;
  const side = sideOf(state.ledger.position);
  const waiting = state.enter?.order.direction ?? 0;
  const misses =
    exits.some(rule => (covers(rule, side) || covers(rule, waiting)) && holds(state, rule, tick)) ||
    wantsMore(state, tick);
  if (misses) state.counts.missedOnHeld += 1;
}

/** Whether an entry, an addition or a reduction would be decided at the tick. */
function wantsMore(state: EngineState, tick: number): boolean {
  const { enters, adds, reduces } = state.settings.rules;
  const side = sideOf(state.ledger.position);
  return (
    enters.some(rule => state.enter === undefined && rule.side !== side && holds(state, rule, tick)) ||
    adds.some(rule => covers(rule, side) && becomesTrue(state, rule, tick)) ||
    reduces.some(rule => covers(rule, side) && becomesTrue(state, rule, tick))
  );
}

/** Notes which conditions held, for the rules that act when theirs becomes true. */
export function rememberConditions(state: EngineState, tick: number): void {
  const { adds, reduces } = state.settings.rules;
  for (const rule of adds) state.heldBefore[rule.index] = holds(state, rule, tick) ? 1 : 0;
  for (const rule of reduces) state.heldBefore[rule.index] = holds(state, rule, tick) ? 1 : 0;
}

/** Whether a rule speaks of the side that is open; of none while flat. */
export function covers(rule: BoundRule, side: Sign | 0): boolean {
  return side !== 0 && (rule.side === 0 || rule.side === side);
}

export function holds(state: EngineState, rule: BoundRule, tick: number): boolean {
  if (tick < rule.ready) return false;
  const { run } = state;
  if (rule.cell >= 0) return run.account[rule.cell] === 1;
  return rule.flag >= 0 ? run.flags[rule.flag]?.[tick - run.blockStart] === 1 : holdsAt(run, rule.when, tick);
}

function becomesTrue(state: EngineState, rule: BoundRule, tick: number): boolean {
  return state.heldBefore[rule.index] === 0 && holds(state, rule, tick);
}

// ---------------------------------------------------------------- exits

/** Sides whose entries an exit of this tick refuses. */
const LONG = 1;
const SHORT = 2;

/** The first exit that covers the open side decides how it is left. Entries that wait on a covered side are dropped. */
export function decideExits(state: EngineState, tick: number): number {
  let covered = 0;
  const side = sideOf(state.ledger.position);
  let acted = false;
  const { exits } = state.settings.rules;
  for (let i = 0; i < exits.length; i++) {
    const rule = exits[i] as ExitRule;
    if (!holds(state, rule, tick)) continue;
    if (covers(rule, 1)) covered |= LONG;
    if (covers(rule, -1)) covered |= SHORT;
    if (acted || !covers(rule, side)) continue;
    acted = true;
    requestExit(state, rule.index, rule.rule, tick);
    state.add = undefined;
  }
  if (state.enter && covered & (state.enter.order.direction === 1 ? LONG : SHORT)) state.enter = undefined;
  return covered;
}

// ---------------------------------------------------------------- entries

export function decideEntries(state: EngineState, tick: number, covered: number): void {
  let long = firstOf(state, 1, tick);
  let short = firstOf(state, -1, tick);
  if (long && covered & LONG) long = ignored(state);
  if (short && covered & SHORT) short = ignored(state);
  if (long && short) {
    state.counts.conflictingSignals += 1;
    return;
  }
  const chosen = long ?? short;
  if (chosen) enter(state, chosen, tick);
}

function firstOf(state: EngineState, side: Sign, tick: number): EnterRule | undefined {
  for (const rule of state.settings.rules.enters) if (rule.side === side && holds(state, rule, tick)) return rule;
  return undefined;
}

function ignored(state: EngineState): undefined {
  state.counts.signalsIgnored += 1;
}

function enter(state: EngineState, { index, rule, side }: EnterRule, tick: number): void {
  if (side === 0) return;
  if (state.enter !== undefined || sideOf(state.ledger.position) === side) {
    ignored(state);
    return;
  }
  if (!mayEnter(state, tick)) return;
  // A reversal at market supersedes what was asked of the position it closes.
  if (requestEntry(state, 'enter', index, rule, side, tick) && rule.order.type === 'market') {
    state.add = undefined;
    if (state.exit?.order.type !== 'market') state.exit = undefined;
  }
}

function mayEnter(state: EngineState, tick: number): boolean {
  if (state.risk.paused(tick)) {
    state.counts.pausesRefused += 1;
    return false;
  }
  return true;
}

function decideAdds(state: EngineState, tick: number): void {
  const side = sideOf(state.ledger.position);
  for (const rule of state.settings.rules.adds) {
    if (side === 0 || !covers(rule, side) || !becomesTrue(state, rule, tick) || isLeaving(state)) continue;
    if (state.add !== undefined) ignored(state);
    else if (mayEnter(state, tick)) requestEntry(state, 'add', rule.index, rule.rule, side, tick);
  }
}

/** The position is being closed at the next fill, so nothing is added to it or taken from it. */
function isLeaving({ exit, enter, ledger }: EngineState): boolean {
  if (exit?.order.type === 'market') return true;
  return enter?.order.type === 'market' && sideOf(ledger.position) === -enter.order.direction;
}

// ---------------------------------------------------------------- reductions and the time exit

function decideReductions(state: EngineState, tick: number): void {
  const side = sideOf(state.ledger.position);
  for (const rule of state.settings.rules.reduces) {
    if (covers(rule, side) && becomesTrue(state, rule, tick) && !isLeaving(state)) {
      requestReduce(state, rule.index, rule.rule, tick);
    }
  }
}

function decideHold(state: EngineState, tick: number): void {
  const { ledger, bracket } = state;
  const barsHeld = tick + 1 - ledger.openTick;
  if (ledger.position === 0 || isLeaving(state) || !(barsHeld >= bracket.holdBars)) return;
  requestExit(state, -1, 'hold', tick);
}
