/** How orders meet a bar: pure rules, one function each. */
import type { Sign } from '../engine/costs.ts';
import type { Order } from '../engine/events.ts';

export { isReducing } from '../engine/events.ts';

/** Way the price must go to reach the order: a limit buy and a stop sale lie below, the others above. */
export function triggerSide({ type, direction }: Order): Sign {
  return type === 'limit' ? (direction === 1 ? -1 : 1) : direction;
}

/** A stop triggers where the price touches it. */
export function stopTouched(direction: Sign, level: number, extreme: number): boolean {
  return direction === 1 ? extreme >= level : extreme <= level;
}

/** A limit fills where the price trades through it; with `touch: fills`, where it touches. */
export function limitReached(direction: Sign, level: number, extreme: number, touch: 'through' | 'fills'): boolean {
  if (extreme === level) return touch === 'fills';
  return direction === 1 ? extreme < level : extreme > level;
}

/** A stop fills at the worse of its level and the price the market is at. */
export function stopPrice(direction: Sign, level: number, market: number): number {
  return direction === 1 ? Math.max(level, market) : Math.min(level, market);
}

/** A limit fills at the better of its level and the bar's open. */
export function limitPrice(direction: Sign, level: number, open: number): number {
  return direction === 1 ? Math.min(level, open) : Math.max(level, open);
}

/** How far from the open a level on one side is; one that the open has passed is at no distance. */
export function distanceFrom(open: number, level: number, side: Sign): number {
  return Math.max(0, side * (level - open));
}
