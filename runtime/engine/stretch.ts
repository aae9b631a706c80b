/**
 * The loops over a stretch of bars: where its quiet ends, how far the trail came, the best and the worst price, equity.
 * Each walks typed arrays and nothing else; together they are most of what a backtest's engine does (booking.ts).
 */
import { trailedStop } from './bracket.ts';
import type { Sign } from './costs.ts';
import { type Ledger, openEquity } from './ledger.ts';
import type { Market } from './market.ts';
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

export function hasTriggers({ down, up, markDown, markUp }: Readonly<Triggers>): boolean {
  return (
    down !== Number.NEGATIVE_INFINITY ||
    up !== Number.POSITIVE_INFINITY ||
    markDown !== Number.NEGATIVE_INFINITY ||
    markUp !== Number.POSITIVE_INFINITY
  );
}

/** First real bar of [from, to), or `to`. */
export function nextReal({ held }: Market, from: number, to: number): number {
  let tick = from;
  while (tick < to && held[tick] === 1) tick++;
  return tick;
}

/** First real bar of [from, to) that reaches a trigger, or `to`. */
export function quietUntil(market: Market, from: number, to: number, triggers: Readonly<Triggers>): number {
  if (!hasTriggers(triggers)) return to;
  const { down, up, markDown, markUp } = triggers;
  const { held } = market;
  const { low, high } = market.bars;
  const { low: markLow, high: markHigh } = market.mark;
  for (let tick = from; tick < to; tick++) {
    const isReached =
      (low[tick] as number) <= down ||
      (high[tick] as number) >= up ||
      (markLow[tick] as number) <= markDown ||
      (markHigh[tick] as number) >= markUp;
    if (isReached && held[tick] === 0) return tick;
  }
  return to;
}

const NO_OFFSET = constantCursor(Number.NEGATIVE_INFINITY);

/**
 * The same with a trail that moves at each real tick: moves it, and returns the first bar that reaches it or another
 * trigger. Unless `isWatching`, bars are not looked at: they have been played.
 */
export function followTrail(
  state: EngineState,
  side: Sign,
  from: number,
  to: number,
  triggers: Readonly<Triggers>,
  isWatching: boolean,
): number {
  const { market, bracket, ledger, run, insideTick } = state;
  const { trail } = bracket;
  if (trail === undefined) return to;
  const { entry } = ledger;
  const { held } = market;
  const { low, high, close } = market.bars;
  const { low: markLow, high: markHigh } = market.mark;
  const distance = cursorOf(run, trail.distance);
  const after = trail.after === undefined ? NO_OFFSET : cursorOf(run, trail.after);
  const isRatio = trail.distanceIs === 'ratio';
  const step = state.settings.steps.tick;
  const { markDown, markUp } = triggers;
  let { down, up } = triggers;
  let best = ledger.best;
  let price = bracket.trailPrice;
  let tick = from;
  for (; tick < to; tick++) {
    if (held[tick] === 1) continue;
    const lowest = low[tick] as number;
    const highest = high[tick] as number;
    if (isWatching) {
      // The exchange hears of a trail that has moved only before a bar is played.
      if (side === 1 ? price > down : price < up) {
        if (side === 1) down = price;
        else up = price;
      }
      const isReached =
        lowest <= down ||
        highest >= up ||
        (markLow[tick] as number) <= markDown ||
        (markHigh[tick] as number) >= markUp;
      if (isReached) break;
    }
    const reached = tick === insideTick ? (close[tick] as number) : side === 1 ? highest : lowest;
    if (side === 1 ? reached > best : reached < best) best = reached;
    const width = distance.column[distance.start + tick * distance.stride] as number;
    const offset = after.column[after.start + tick * after.stride] as number;
    price = trailedStop(side, price, best, entry, width, offset, isRatio, step);
  }
  bracket.trailPrice = price;
  return tick;
}

/**
 * Best and worst price over real bars [from, to). Of the bar inside which the position was opened only the close counts:
 * what else of it came after the fill is not known.
 */
export function followExtremes(
  { market, ledger, insideTick }: EngineState,
  side: Sign,
  from: number,
  to: number,
): void {
  const { low, high, close } = market.bars;
  if (from === insideTick && from < to) {
    const price = close[from] as number;
    reach(ledger, side, price, price);
    if (to > from + 1) reach(ledger, side, lowest(market, low, from + 1, to), highest(market, high, from + 1, to));
  } else if (from < to) reach(ledger, side, lowest(market, low, from, to), highest(market, high, from, to));
}

function reach(ledger: Ledger, side: Sign, bottom: number, top: number): void {
  const best = side === 1 ? top : bottom;
  const worst = side === 1 ? bottom : top;
  if (side === 1 ? best > ledger.best : best < ledger.best) ledger.best = best;
  if (side === 1 ? worst < ledger.worst : worst > ledger.worst) ledger.worst = worst;
}

function highest({ held }: Market, prices: Float64Array, from: number, to: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let tick = from; tick < to; tick++) {
    const price = prices[tick] as number;
    if (price > top && held[tick] === 0) top = price;
  }
  return top;
}

function lowest({ held }: Market, prices: Float64Array, from: number, to: number): number {
  let bottom = Number.POSITIVE_INFINITY;
  for (let tick = from; tick < to; tick++) {
    const price = prices[tick] as number;
    if (price < bottom && held[tick] === 0) bottom = price;
  }
  return bottom;
}

/** Marks the position at each tick of [from, to), up to the first real close that reaches the floor of a loss limit. */
export function markUntil(state: EngineState, from: number, to: number, isWatching: boolean): number {
  const { ledger, market, risk, equity, fromTick } = state;
  const { held } = market;
  const { close } = market.mark;
  const { position, entry, balance } = ledger;
  let { mark, peak, equity: value } = ledger;
  let floor = isWatching && risk.hasLossCaps ? risk.equityFloor(peak, true) : Number.NEGATIVE_INFINITY;
  const hasFloor = floor !== Number.NEGATIVE_INFINITY;
  const end = to | 0; // says that ticks are integers, which the loop is compiled for
  let tick = from | 0;
  for (; tick < end; tick++) {
    const price = close[tick] as number;
    const marked = Number.isNaN(price) ? mark : price; // absent where the mark has no bar
    const worth = openEquity(balance, position, entry, marked);
    if (hasFloor && worth <= floor && held[tick] === 0) break;
    mark = marked;
    equity[tick - fromTick] = worth;
    if (worth > peak) {
      peak = worth;
      if (hasFloor) floor = risk.equityFloor(peak, true);
    }
  }
  if (tick > from) value = equity[tick - 1 - fromTick] as number;
  ledger.mark = mark;
  ledger.equity = value;
  ledger.peak = peak;
  return tick;
}
