/**
 * Books quiet ticks: marks the position, follows best and worst price, moves the trail, writes the equity curve. The one
 * implementation for a single tick and for a thousand: a range of ticks is booked by the same lines as one.
 *
 * A tick is quiet when its bar triggers none of the working orders and leaves equity above the floor of every limit.
 * Triggers may be too careful (a tick that is visited and does nothing costs time, not truth), never too bold.
 */
import { readsAccount, trailedStop } from './bracket.ts';
import type { Sign } from './costs.ts';
import { isWaiting } from './intents.ts';
import { equityAt, sideOf } from './ledger.ts';
import type { EngineState } from './state.ts';
import { constantCursor, cursorOf } from './values.ts';

/** Prices at which a resting order or the venue may act. */
export interface Triggers {
  /** A traded price at or below `down`, or at or above `up`. */
  down: number;
  up: number;
  /** A mark price likewise: liquidation. */
  markDown: number;
  markUp: number;
}

export function openTriggers(): Triggers {
  return {
    down: Number.NEGATIVE_INFINITY,
    up: Number.POSITIVE_INFINITY,
    markDown: Number.NEGATIVE_INFINITY,
    markUp: Number.POSITIVE_INFINITY,
  };
}

const NO_OFFSET = constantCursor(Number.NEGATIVE_INFINITY);

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
  { down, up }: Readonly<Triggers>,
  isWatching: boolean,
): number {
  const { ledger, market, equity, fromTick } = state;
  const { held } = market;
  let end = to;
  if (isWatching && ledger.balance <= state.risk.equityFloor(ledger.peak, isWaiting(state))) {
    // What a fill at the close cost is looked at by the next real close.
    end = from;
    while (end < to && held[end] === 1) end++;
  } else if (down !== Number.NEGATIVE_INFINITY || up !== Number.POSITIVE_INFINITY) {
    const { low, high } = market.bars;
    end = from;
    while (end < to && (held[end] === 1 || !((low[end] as number) <= down || (high[end] as number) >= up))) end++;
  }
  ledger.equity = ledger.balance;
  if (ledger.balance > ledger.peak) ledger.peak = ledger.balance;
  equity.fill(ledger.balance, from - fromTick, end - fromTick);
  return end;
}

function bookPosition(
  state: EngineState,
  side: Sign,
  from: number,
  to: number,
  triggers: Readonly<Triggers>,
  isWatching: boolean,
): number {
  const { ledger, market, bracket, run, risk, equity, fromTick, insideTick } = state;
  const { held, bars } = market;
  const { low, high, close } = bars;
  const { low: markLow, high: markHigh, close: markClose } = market.mark;
  const { position, entry, balance } = ledger;
  const isLong = side === 1;
  let { down, up } = triggers;
  const { markDown, markUp } = triggers;
  let { best, worst, mark, peak } = ledger;
  let value = ledger.equity;

  const trail = bracket.trail !== undefined && !readsAccount(bracket.trail) ? bracket.trail : undefined;
  const distance = cursorOf(run, trail?.distance);
  const after = trail?.after === undefined ? NO_OFFSET : cursorOf(run, trail.after);
  const isRatio = trail?.distanceIs === 'ratio';
  const step = state.settings.steps.tick;
  let trailPrice = bracket.trailPrice;
  // The exchange hears of a trail that has moved only before a bar is played.
  if (isWatching && isLong && trailPrice > down) down = trailPrice;
  if (isWatching && !isLong && trailPrice < up) up = trailPrice;

  let floor = isWatching ? risk.equityFloor(peak, true) : Number.NEGATIVE_INFINITY;
  const moving = floor !== Number.NEGATIVE_INFINITY;

  let tick = from;
  for (; tick < to; tick++) {
    const isHeld = held[tick] === 1;
    const lowest = low[tick] as number;
    const highest = high[tick] as number;
    if (
      !isHeld &&
      (lowest <= down || highest >= up || (markLow[tick] as number) <= markDown || (markHigh[tick] as number) >= markUp)
    ) {
      break;
    }
    const marked = markClose[tick] as number;
    const markNow = Number.isNaN(marked) ? mark : marked;
    const equityNow = equityAt(balance, position, entry, markNow);
    if (equityNow <= floor && !isHeld) break;
    mark = markNow;
    value = equityNow;
    equity[tick - fromTick] = equityNow;
    if (equityNow > peak) {
      peak = equityNow;
      if (moving) floor = risk.equityFloor(peak, true);
    }
    if (isHeld) continue;
    // Of the bar inside which the position was opened, only what came after the fill for certain counts: its close.
    const top = tick === insideTick ? (close[tick] as number) : highest;
    const bottom = tick === insideTick ? (close[tick] as number) : lowest;
    if (isLong) {
      if (top > best) best = top;
      if (bottom < worst) worst = bottom;
    } else {
      if (bottom < best) best = bottom;
      if (top > worst) worst = top;
    }
    if (trail !== undefined) {
      const width = distance.column[distance.start + tick * distance.stride] as number;
      const offset = after.column[after.start + tick * after.stride] as number;
      trailPrice = trailedStop(side, trailPrice, best, entry, width, offset, isRatio, step);
      if (isLong) {
        if (trailPrice > down) down = trailPrice;
      } else if (trailPrice < up) up = trailPrice;
    }
  }

  state.ticksInMarket += tick - from;
  bracket.trailPrice = trailPrice;
  ledger.best = best;
  ledger.worst = worst;
  ledger.mark = mark;
  ledger.equity = value;
  ledger.peak = peak;
  return tick;
}
