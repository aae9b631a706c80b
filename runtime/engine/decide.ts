/**
 * Rules: what the signals of a tick make the engine want. A condition is a level, tested at each tick in file order;
 * exits first, since they refuse entries; then entries, adds, reductions, and the time exit of the bracket.
 */
import type { PlanRule } from '../../compiler/plan.ts';
import type { Side } from '../../language/syntax/tree.ts';
import type { Sign } from './costs.ts';
import { sideOf } from './ledger.ts';
import { requestEntry, requestExit, requestReduce } from './request.ts';
import type { EngineState } from './state.ts';
import { holdsAt } from './values.ts';

/** Decides at the close of a real, traded tick. */
export function decide(state: EngineState, tick: number): void {
  const exits = decideExits(state, tick);
  decideEntries(state, tick, exits);
  decideAdds(state, tick);
  decideReductions(state, tick);
  decideHold(state, tick);
}

/** A held bar is a tick on which no rule acts; one that would have acted is counted. */
export function countMissed(state: EngineState, tick: number): void {
  const { rules } = state.settings;
  const { position } = state.ledger;
  const side = sideOf(position);
  const exits = rules.exits.some(
    ({ index, rule }) =>
      ((side !== 0 && covers(rule, side)) || waitsOn(state, rule)) && holds(state, index, rule, tick),
  );
  const enters = rules.enters.some(
    ({ index, rule }) => state.enter === undefined && signOf(rule.side) !== side && holds(state, index, rule, tick),
  );
  const changes = [...rules.adds, ...rules.reduces].some(
    ({ index, rule }) => side !== 0 && covers(rule, side) && becomesTrue(state, index, rule, tick),
  );
  if (exits || enters || changes) state.counts.missedOnHeld += 1;
}

/** Notes which conditions held, for the rules that act when theirs becomes true. */
export function rememberConditions(state: EngineState, tick: number): void {
  const { rules } = state.settings;
  for (const { index, rule } of rules.adds) state.heldBefore[index] = holds(state, index, rule, tick) ? 1 : 0;
  for (const { index, rule } of rules.reduces) state.heldBefore[index] = holds(state, index, rule, tick) ? 1 : 0;
}

export function signOf(side: Side): Sign {
  return side === 'long' ? 1 : -1;
}

export function covers(rule: { readonly side?: Side } | { readonly verb: 'flatten' }, side: Sign): boolean {
  return !('side' in rule) || rule.side === undefined || signOf(rule.side) === side;
}

function waitsOn({ enter }: EngineState, rule: Parameters<typeof covers>[0]): boolean {
  return enter !== undefined && covers(rule, enter.side);
}

export function holds(state: EngineState, index: number, rule: PlanRule, tick: number): boolean {
  const ready = state.run.ruleReady[index];
  return ready !== undefined && tick >= ready && holdsAt(state.run, rule.when, tick);
}

function becomesTrue(state: EngineState, index: number, rule: PlanRule, tick: number): boolean {
  return state.heldBefore[index] === 0 && holds(state, index, rule, tick);
}

// ---------------------------------------------------------------- exits

interface CoveredSides {
  long: boolean;
  short: boolean;
}

/** The first exit that covers the open side decides how it is left. Entries that wait on a covered side are dropped. */
function decideExits(state: EngineState, tick: number): CoveredSides {
  const covered = { long: false, short: false };
  const side = sideOf(state.ledger.position);
  let acted = false;
  for (const { index, rule } of state.settings.rules.exits) {
    if (!holds(state, index, rule, tick)) continue;
    covered.long ||= covers(rule, 1);
    covered.short ||= covers(rule, -1);
    if (side !== 0 && !acted && covers(rule, side)) {
      acted = true;
      requestExit(state, index, rule, tick);
      state.add = undefined;
    }
  }
  if (state.enter && (state.enter.side === 1 ? covered.long : covered.short)) state.enter = undefined;
  return covered;
}

// ---------------------------------------------------------------- entries

type Enter = EngineState['settings']['rules']['enters'][number];

function decideEntries(state: EngineState, tick: number, exits: CoveredSides): void {
  const { enters } = state.settings.rules;
  let long = firstOf(state, enters, 'long', tick);
  let short = firstOf(state, enters, 'short', tick);
  if (long && exits.long) long = ignored(state);
  if (short && exits.short) short = ignored(state);
  if (long && short) {
    state.counts.conflictingSignals += 1;
    return;
  }
  const chosen = long ?? short;
  if (chosen) enter(state, chosen, tick);
}

function firstOf(state: EngineState, enters: readonly Enter[], side: Side, tick: number): Enter | undefined {
  for (const numbered of enters) {
    if (numbered.rule.side === side && holds(state, numbered.index, numbered.rule, tick)) return numbered;
  }
  return undefined;
}

function ignored(state: EngineState): undefined {
  state.counts.signalsIgnored += 1;
}

function enter(state: EngineState, { index, rule }: Enter, tick: number): void {
  const side = signOf(rule.side);
  if (state.enter !== undefined || sideOf(state.ledger.position) === side) {
    ignored(state);
    return;
  }
  if (!mayEnter(state, tick)) return;
  // A reversal at market supersedes what was asked of the position it closes.
  if (requestEntry(state, 'enter', index, rule, side, tick) && rule.order.type === 'market') {
    state.add = undefined;
    if (state.exit?.type !== 'market') state.exit = undefined;
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
  for (const { index, rule } of state.settings.rules.adds) {
    if (!becomesTrue(state, index, rule, tick)) continue;
    if (side === 0 || !covers(rule, side) || isLeaving(state)) continue;
    if (state.add !== undefined) ignored(state);
    else if (mayEnter(state, tick)) requestEntry(state, 'add', index, rule, side, tick);
  }
}

/** The position is being closed at the next fill, so nothing is added to it or taken from it. */
function isLeaving({ exit, enter, ledger }: EngineState): boolean {
  const reverses = enter?.type === 'market' && sideOf(ledger.position) === -enter.side;
  return exit?.type === 'market' || reverses;
}

// ---------------------------------------------------------------- reductions and the time exit

function decideReductions(state: EngineState, tick: number): void {
  const side = sideOf(state.ledger.position);
  for (const { index, rule } of state.settings.rules.reduces) {
    if (!becomesTrue(state, index, rule, tick)) continue;
    if (side !== 0 && covers(rule, side) && !isLeaving(state)) requestReduce(state, index, rule, tick);
  }
}

function decideHold(state: EngineState, tick: number): void {
  const { ledger, bracket } = state;
  const barsHeld = tick + 1 - ledger.openTick;
  if (ledger.position === 0 || isLeaving(state) || !(barsHeld >= bracket.holdBars)) return;
  requestExit(state, -1, 'hold', tick);
}
