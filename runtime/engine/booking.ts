/**
 * Books quiet ticks: marks the position, follows best and worst price, moves the trail, writes the equity curve. The one
 * implementation for a single tick and for a thousand: a range of ticks is booked by the same lines as one.
 *
 * A tick is quiet when its bar triggers none of the working orders and leaves equity above the floor of every limit.
 * Triggers may be too careful (a tick that is visited and does nothing costs time, not truth), never too bold.
 */
import { readsAccount } from './bracket.ts';
import type { Sign } from './costs.ts';
import { isWaiting } from './intents.ts';
import { sideOf } from './ledger.ts';
import type { EngineState } from './state.ts';
import {
  followExtremes,
  followTrail,
  markUntil,
  nextReal,
  openTriggers,
  quietUntil,
  type Triggers,
} from './stretch.ts';

const NO_TRIGGERS: Readonly<Triggers> = openTriggers();

/** Books a tick that has been played, whatever its prices were. */
export function bookPlayed(state: EngineState, tick: number): void {
  const side = sideOf(state.ledger.position);
  if (side === 0) bookFlat(state, tick, tick + 1, NO_TRIGGERS, false);
  else bookPosition(state, side, tick, tick + 1, NO_TRIGGERS, false);
}

/**
 * Books ticks [from, to) up to the first that is not quiet, and returns that tick, or `to`. All of them lie in the current
 * block. Ticks with events of their own (signals, settlements, expiries) are the caller's business.
 */
export function bookQuiet(state: EngineState, from: number, to: number, triggers: Readonly<Triggers>): number {
  const side = sideOf(state.ledger.position);
  return side === 0 ? bookFlat(state, from, to, triggers, true) : bookPosition(state, side, from, to, triggers, true);
}

/** What booking moves, so that a range can be booked again to an earlier end. */
export interface Bookmark {
  ticksInMarket: number;
  trailPrice: number;
  best: number;
  worst: number;
  mark: number;
  equity: number;
  peak: number;
}

export function createBookmark(): Bookmark {
  return { ticksInMarket: 0, trailPrice: 0.5, best: 0.5, worst: 0.5, mark: 0.5, equity: 0.5, peak: 0.5 };
}

export function keep(bookmark: Bookmark, { ledger, bracket, ticksInMarket }: EngineState): void {
  bookmark.ticksInMarket = ticksInMarket;
  bookmark.trailPrice = bracket.trailPrice;
  bookmark.best = ledger.best;
  bookmark.worst = ledger.worst;
  bookmark.mark = ledger.mark;
  bookmark.equity = ledger.equity;
  bookmark.peak = ledger.peak;
}

export function goBack(bookmark: Readonly<Bookmark>, state: EngineState): void {
  state.ticksInMarket = bookmark.ticksInMarket;
  state.bracket.trailPrice = bookmark.trailPrice;
  state.ledger.best = bookmark.best;
  state.ledger.worst = bookmark.worst;
  state.ledger.mark = bookmark.mark;
  state.ledger.equity = bookmark.equity;
  state.ledger.peak = bookmark.peak;
}

function bookFlat(
  state: EngineState,
  from: number,
  to: number,
  triggers: Readonly<Triggers>,
  isWatching: boolean,
): number {
  const { ledger, market, risk, equity, fromTick } = state;
  const isLow = isWatching && risk.hasLossCaps && ledger.balance <= risk.equityFloor(ledger.peak, isWaiting(state));
  // What a fill at the close cost is looked at by the next real close.
  const end = isLow ? nextReal(market, from, to) : quietUntil(market, from, to, triggers);
  ledger.equity = ledger.balance;
  if (ledger.balance > ledger.peak) ledger.peak = ledger.balance;
  fill(equity, ledger.balance, from - fromTick, end - fromTick);
  return end;
}

/** A call of `fill` costs more than a few values do. */
function fill(values: Float64Array, value: number, from: number, to: number): void {
  if (to - from > FEW) values.fill(value, from, to);
  else for (let i = from | 0, end = to | 0; i < end; i++) values[i] = value;
}
const FEW = 256;

function bookPosition(
  state: EngineState,
  side: Sign,
  from: number,
  to: number,
  triggers: Readonly<Triggers>,
  isWatching: boolean,
): number {
  const { bracket, market } = state;
  const trails = bracket.trail !== undefined && !readsAccount(bracket.trail);
  const trailBefore = bracket.trailPrice;
  const quiet = trails
    ? followTrail(state, side, from, to, triggers, isWatching)
    : quietUntil(market, from, to, triggers);
  const end = markUntil(state, from, quiet, isWatching);
  if (trails && end < quiet) {
    bracket.trailPrice = trailBefore;
    followTrail(state, side, from, end, triggers, isWatching);
  }
  if (state.readsExtremes) followExtremes(state, side, from, end);
  state.ticksInMarket += end - from;
  return end;
}
