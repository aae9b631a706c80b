/**
 * What should have been told by now. A stream that is open and says nothing looks like one on which nothing happens; the
 * minute's reconciliation would find out, and a position could be bare until then. So an order that must be filling is
 * looked for soon: one at market, one whose price the market is beyond, one that was cancelled and of whose end nobody has
 * heard. Knows of orders, prices and instants alone.
 */
import type { ActualOrder } from '../../engine/orders.ts';

/** From the moment on at which an order should have been heard of. Leaves most of the deadline of protection. */
export const UNHEARD_MS = 1000;
/** Between two looks for the same order: twice as long each time, at most so long. */
const LONGEST_MS = 60_000;

/** What to ask: of fills alone first, and when that has not told, of everything. */
export type Look = 'fills' | 'everything';

interface Waiting {
  nextMs: number;
  pauseMs: number;
  readonly status: ActualOrder['status'];
}

export class Unheard {
  /** By number of the order. */
  readonly #waiting = new Map<number, Waiting>();

  /** Looks at the orders of an instrument at an instant of a clock that never goes back; says what must be asked now. */
  look(orders: readonly ActualOrder[], price: number, nowMs: number): Look | undefined {
    let asked: Look | undefined;
    for (const actual of orders) {
      const { id } = actual.order;
      if (!isDue(actual, price)) {
        this.#waiting.delete(id);
        continue;
      }
      const known = this.#waiting.get(id);
      if (known === undefined || known.status !== actual.status) {
        this.#waiting.set(id, { nextMs: nowMs + UNHEARD_MS, pauseMs: UNHEARD_MS, status: actual.status });
        continue;
      }
      if (nowMs < known.nextMs) continue;
      const isFirst = known.pauseMs === UNHEARD_MS;
      known.pauseMs = Math.min(LONGEST_MS, 2 * known.pauseMs);
      known.nextMs = nowMs + known.pauseMs;
      asked = isFirst && actual.status !== 'leaving' ? (asked ?? 'fills') : 'everything';
    }
    return asked;
  }

  /** Forgets orders that are over. */
  tidy(orders: readonly ActualOrder[]): void {
    const known = new Set(orders.map(({ order }) => order.id));
    for (const id of this.#waiting.keys()) if (!known.has(id)) this.#waiting.delete(id);
  }
}

/** It fills now, or has ended: something of it is to be heard. */
function isDue({ order, status }: ActualOrder, price: number): boolean {
  if (status === 'leaving' || order.type === 'market') return true;
  if (status !== 'working') return false;
  const beyond = order.direction === 1 ? price - order.price : order.price - price;
  return order.type === 'stop' ? beyond > 0 : beyond < 0;
}
