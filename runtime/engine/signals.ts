/**
 * Which signals matter now, and where the next one stands: what lets a batch jump. A signal that could neither act nor be
 * counted in the present state of the account is passed over.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { Sign } from './costs.ts';
import { covers, holds } from './decide.ts';
import { isWaiting } from './intents.ts';
import { sideOf } from './ledger.ts';
import type { BoundRule, RuleTable } from './settings.ts';
import { createSignal, forget, nextOf, type Signal } from './signal.ts';
import type { EngineState } from './state.ts';

/** Signals by what they can do, sorted out before the run. */
export interface SignalTable {
  /** Those that data alone decide: all of them, and those that matter in each situation. */
  readonly all: readonly Signal[];
  readonly known: readonly (readonly Signal[])[];
  /** Places among the account part's values that matter while nothing is held or waits, and while something does. */
  readonly seenIdle: Int32Array;
  readonly seen: Int32Array;
  /** By side: signals for what is held already, which are counted. */
  readonly repeated: readonly (readonly Signal[])[];
}

/** Number of a situation in `known`; of a side, in `repeated`. */
const SIDES: readonly (Sign | 0)[] = [-1, 0, 1];
const WAITS = SIDES.length;
const placeOf = (side: Sign | 0): number => side + 1;

export function createSignals({ plan }: PlanRun, rules: RuleTable): SignalTable {
  const { enters, exits, adds, reduces } = rules;
  const all: Signal[] = [];
  const signals = new Map<BoundRule, Signal>();
  for (const rule of [...enters, ...exits, ...adds, ...reduces]) {
    if (rule.when.from === 'account') continue;
    const signal = createSignal(rule);
    signals.set(rule, signal);
    all.push(signal);
  }
  const signalsOf = (chosen: readonly BoundRule[]) => chosen.flatMap(rule => signals.get(rule) ?? []);
  const known = (side: Sign | 0, waits: boolean): readonly Signal[] =>
    signalsOf([
      // Repeated signals for the open side change nothing; they are counted where the ticks are taken in.
      ...enters.filter(rule => side === 0 || rule.side !== side),
      // An exit of the other side drops an entry that waits to turn the position round.
      ...exits.filter(rule => waits || covers(rule, side)),
      ...(side === 0 ? [] : [...adds, ...reduces]),
    ]);
  const cells = (conditions: readonly Pick<BoundRule, 'when'>[]): Int32Array =>
    Int32Array.from(new Set(conditions.flatMap(({ when }) => (when.from === 'account' ? [when.index] : []))));
  const always = [...enters, ...adds, ...reduces, ...plan.pauses];
  return {
    all,
    known: [...SIDES.map(side => known(side, false)), ...SIDES.map(side => known(side, true))],
    seenIdle: cells(always),
    seen: cells([...always, ...exits]),
    repeated: SIDES.map(side => signalsOf(enters.filter(rule => rule.side === side))),
  };
}

/** First tick of [from, to), inside the current block, with a signal that matters and is known from data alone, or `to`. */
export function nextSignal(state: EngineState, from: number, to: number): number {
  const situation = placeOf(sideOf(state.ledger.position)) + (isWaiting(state) ? WAITS : 0);
  return earliest(state.run, state.signals.known[situation] as readonly Signal[], from, to);
}

function earliest(run: PlanRun, signals: readonly Signal[], from: number, to: number): number {
  let next = to;
  for (let i = 0; i < signals.length; i++) {
    const found = nextOf(run, signals[i] as Signal, from);
    if (found < next) next = found;
  }
  return next;
}

/** To be called when a block has been loaded: what was found belongs to the one before. */
export function forgetSignals({ run, signals }: EngineState): void {
  for (const signal of signals.all) forget(run, signal);
}

/** Whether the account part, as of its latest step, shows something that matters. */
export function firesNow(state: EngineState): boolean {
  const { signals } = state;
  const { account } = state.run;
  const cells = state.ledger.position !== 0 || isWaiting(state) ? signals.seen : signals.seenIdle;
  for (let i = 0; i < cells.length; i++) if (account[cells[i] as number] === 1) return true;
  return false;
}

/** Counts signals for the open side at quiet ticks [from, to): at each tick the first rule's, as when it is visited. */
export function countIgnored(state: EngineState, from: number, to: number): void {
  const side = sideOf(state.ledger.position);
  const repeated = state.signals.repeated[placeOf(side)] as readonly Signal[];
  const { run } = state;
  let tick = earliest(run, repeated, from, to);
  if (tick === to) return;
  const { held } = state.market;
  while (tick < to) {
    // A level stays true for long: it is walked tick by tick.
    for (; tick < to && repeats(state, side, tick); tick++) {
      if (held[tick] === 0) state.counts.signalsIgnored += 1;
    }
    tick = earliest(run, repeated, tick, to);
  }
}

/** Whether a rule for the open side asks, by data alone, for what is there already. */
function repeats(state: EngineState, side: Sign | 0, tick: number): boolean {
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
