/**
 * What protects the filled position: one stop, one set of targets, a trail, a time exit. It belongs to the position, not
 * to an order. A level is a number frozen at the signal tick, or a function of frozen numbers and the live account.
 *
 * A stop only ever tightens; a target moves freely; absent means none. A trail stands from the fill that states it and then
 * moves at ticks only. An `add` that states a part of the bracket replaces it, looser or not.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { LevelRef, PlanBracket, ValueRef } from '../../compiler/plan.ts';
import type { Sign } from './costs.ts';
import { roundToStep, type Step } from './decimal.ts';
import { valueAt } from './values.ts';

/** A level with the values it froze. */
export interface Level {
  readonly ref: LevelRef;
  readonly frozen: Float64Array;
}

/** A rule's bracket as it was at the signal tick: kept with the intent. */
export interface FrozenBracket {
  readonly stop: Level | undefined;
  readonly hold: Level | undefined;
  readonly trail: PlanBracket['trail'];
  /** `share` NaN: the rest. */
  readonly targets: readonly { readonly level: Level; readonly share: number }[];
}

export interface Target {
  readonly level: Level;
  readonly share: number;
  /** NaN while there is none. */
  price: number;
  filled: boolean;
  /** What it took off the position. */
  taken: number;
}

/** The bracket of the open position. */
export interface Bracket {
  stop: Level | undefined;
  hold: Level | undefined;
  trail: PlanBracket['trail'];
  targets: readonly Target[];
  /** NaN: none. */
  stopPrice: number;
  trailPrice: number;
  /** Where the venue took no stop: it is not asked for the same again. */
  refusedStop: number;
  holdBars: number;
  /** A level other than the trail moves between fills, so it is evaluated at each tick. */
  everyTick: boolean;
}

const NO_TARGETS: readonly Target[] = [];

export function emptyBracket(): Bracket {
  return {
    stop: undefined,
    hold: undefined,
    trail: undefined,
    targets: NO_TARGETS,
    stopPrice: Number.NaN,
    trailPrice: Number.NaN,
    refusedStop: Number.NaN,
    holdBars: Number.NaN,
    everyTick: false,
  };
}

/** Makes the bracket as empty as `emptyBracket` does. */
export function clearBracket(bracket: Bracket): void {
  bracket.stop = undefined;
  bracket.hold = undefined;
  bracket.trail = undefined;
  bracket.targets = NO_TARGETS;
  bracket.stopPrice = Number.NaN;
  bracket.trailPrice = Number.NaN;
  bracket.refusedStop = Number.NaN;
  bracket.holdBars = Number.NaN;
  bracket.everyTick = false;
}

/** Nothing stated: what an `add` without a bracket of its own brings. */
export const NOTHING: FrozenBracket = { stop: undefined, hold: undefined, trail: undefined, targets: [] };
const NO_VALUES = new Float64Array(0);

export function freeze(run: PlanRun, bracket: PlanBracket, tick: number): FrozenBracket {
  if (!bracket.stop && !bracket.hold && !bracket.trail && bracket.targets.length === 0) return NOTHING;
  const frozen = (ref: LevelRef | undefined): Level | undefined => ref && freezeLevel(run, ref, tick);
  return {
    stop: frozen(bracket.stop),
    hold: frozen(bracket.hold),
    trail: bracket.trail,
    targets: bracket.targets.map(({ share, price }) => ({
      level: freezeLevel(run, price, tick),
      share: share === 'rest' ? Number.NaN : valueAt(run, share, tick),
    })),
  };
}

function freezeLevel(run: PlanRun, ref: LevelRef, tick: number): Level {
  if (ref.frozen.length === 0) return { ref, frozen: NO_VALUES };
  const frozen = new Float64Array(ref.frozen.length);
  for (const [index, value] of ref.frozen.entries()) frozen[index] = valueAt(run, value, tick);
  return { ref, frozen };
}

/** Value of a level; live market values are those of `tick`, engine streams as they were last written. NaN: none. */
export function levelValue(run: PlanRun, level: Level, tick: number): number {
  const { ref, frozen } = level;
  const value = ref.bracket === undefined ? (frozen[0] ?? Number.NaN) : run.bracket(ref.bracket, frozen, tick);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** Takes over what the filled order states; with an empty bracket, all of it. */
export function restate(bracket: Bracket, stated: FrozenBracket): void {
  if (stated === NOTHING) return;
  if (stated.stop) {
    bracket.stop = stated.stop;
    bracket.stopPrice = Number.NaN;
  }
  if (stated.trail) {
    bracket.trail = stated.trail;
    bracket.trailPrice = Number.NaN;
  }
  if (stated.hold) {
    bracket.hold = stated.hold;
    bracket.holdBars = Number.NaN;
  }
  if (stated.targets.length > 0) {
    bracket.targets = stated.targets.map(({ level, share }) => ({
      level,
      share,
      price: Number.NaN,
      filled: false,
      taken: 0,
    }));
  }
  bracket.everyTick =
    (bracket.stop?.ref.everyTick ?? false) ||
    (bracket.hold?.ref.everyTick ?? false) ||
    bracket.targets.some(({ level }) => level.ref.everyTick);
}

/** Evaluates levels for a position on `side`: all of them after a fill, those that move between fills at a tick. */
export function evaluateLevels(
  run: PlanRun,
  bracket: Bracket,
  side: Sign,
  step: Step | undefined,
  tick: number,
  which: 'all' | 'every tick',
): void {
  const { stop, hold } = bracket;
  if (stop && (which === 'all' || stop.ref.everyTick)) {
    bracket.stopPrice = tighter(side, bracket.stopPrice, roundStop(side, levelValue(run, stop, tick), step));
  }
  if (hold && (which === 'all' || hold.ref.everyTick)) bracket.holdBars = levelValue(run, hold, tick);
  for (const target of bracket.targets) {
    if (target.filled || (which === 'every tick' && !target.level.ref.everyTick)) continue;
    target.price = roundLimit(side === 1 ? -1 : 1, levelValue(run, target.level, tick), step);
  }
}

/** The nearer of two stops to the price; NaN is none. */
export function tighter(side: Sign, a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  if (Number.isNaN(b)) return a;
  return side === 1 ? Math.max(a, b) : Math.min(a, b);
}

/** The stop that works: the tighter of stop and trail. */
export function workingStop(bracket: Bracket, side: Sign): number {
  return tighter(side, bracket.stopPrice, bracket.trailPrice);
}

/** No stop, trail or target that could be an order. */
export function protectsNothing({ stopPrice, trailPrice, targets }: Bracket): boolean {
  return Number.isNaN(stopPrice) && Number.isNaN(trailPrice) && targets.length === 0;
}

export function isTrailing({ stopPrice, trailPrice }: Bracket, side: Sign): boolean {
  return !Number.isNaN(trailPrice) && !(side === 1 ? trailPrice <= stopPrice : trailPrice >= stopPrice);
}

/** A protective stop is rounded towards the price, so that it never risks more than was asked. */
export function roundStop(side: Sign, price: number, step: Step | undefined): number {
  return step === undefined ? price : roundToStep(price, step, side === 1 ? 'up' : 'down');
}

/** A limit is never worse than asked: a buy is rounded down, a sale up. */
export function roundLimit(direction: Sign, price: number, step: Step | undefined): number {
  return step === undefined ? price : roundToStep(price, step, direction === 1 ? 'down' : 'up');
}

/** A stop that enters triggers no sooner than asked: a buy is rounded up, a sale down. */
export function roundTrigger(direction: Sign, price: number, step: Step | undefined): number {
  return step === undefined ? price : roundToStep(price, step, direction === 1 ? 'up' : 'down');
}

/**
 * Level of a trail after a tick: `previous` until the best price has reached the offset, and never looser than it.
 * Without an offset `after` is −Infinity.
 */
export function trailedStop(
  side: Sign,
  previous: number,
  best: number,
  entry: number,
  distance: number,
  after: number,
  isRatio: boolean,
  step: Step | undefined,
): number {
  const start = isRatio ? entry * (1 + side * after) : entry + side * after;
  if (!(side === 1 ? best >= start : best <= start)) return previous;
  const level = isRatio ? best * (1 - side * distance) : best - side * distance;
  // A looser level stays looser when it is rounded to the grid that `previous` stands on.
  if (side === 1 ? level <= previous : level >= previous) return previous;
  return tighter(side, previous, roundStop(side, level, step));
}

/** Moves the trail to where the account and the distance as of a tick put it; never looser. */
export function moveTrail(
  run: PlanRun,
  bracket: Bracket,
  side: Sign,
  { best, entry }: { readonly best: number; readonly entry: number },
  step: Step | undefined,
  tick: number,
): void {
  const { trail } = bracket;
  if (trail === undefined) return;
  bracket.trailPrice = trailedStop(
    side,
    bracket.trailPrice,
    best,
    entry,
    valueAt(run, trail.distance, tick),
    trail.after === undefined ? Number.NEGATIVE_INFINITY : valueAt(run, trail.after, tick),
    trail.distanceIs === 'ratio',
    step,
  );
}

/** Whether the trail reads the account, so that it cannot be moved over a range of ticks at once. */
export function readsAccount(trail: NonNullable<PlanBracket['trail']>): boolean {
  const isAccount = (ref: ValueRef | undefined) => ref?.from === 'account';
  return isAccount(trail.distance) || isAccount(trail.after);
}
