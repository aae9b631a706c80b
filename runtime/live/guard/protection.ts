/**
 * A position whose strategy gives it a stop is protected while a stop of its size works at the venue. Where none does, a
 * deadline runs; when it has passed, and when the price has been beyond a stop for a while without a fill, the position is to
 * be closed at market. Knows of numbers and instants alone: what is demanded is journaled and done by others.
 */

/** Longest that a position may be without the stop that it should have. */
export const DEADLINE_MS = 5000;
/** Longest that the price may be beyond a stop that does not fill. */
export const STUCK_MS = 10_000;
/** Between two demands: the one before is under way. */
const AGAIN_MS = 1000;
/** Quantities differ by less than this, relative, from their sum's rounding alone. */
const SAME = 1e-9;

/** One instrument, as far as its protection goes. */
export interface Holding {
  /** Signed base quantity. */
  readonly position: number;
  /** Where the strategy wants to be out; NaN: it wants no stop. */
  readonly stop: number;
  /** Quantity of the stops that the venue has taken and not been asked to cancel. */
  readonly stopped: number;
  /** Quantity that orders at a price the market is at would close: on venues that set it aside, no stop can be for it. */
  readonly leaving: number;
  /** A market exit of the whole is wanted: it is sent until the position is gone. */
  readonly isExiting: boolean;
}

export type Demand = 'deadline' | 'stuck';

export interface ProtectionState {
  /** On the run's clock; NaN while protected. */
  readonly unprotectedSinceMs: number;
  /** The price has been beyond the stop since then; NaN while it is not. */
  readonly beyondSinceMs: number;
}

interface Lane {
  unprotectedSinceMs: number;
  beyondSinceMs: number;
  demandedMs: number;
  price: number;
}

export class ProtectionWatch {
  readonly #lanes = new Map<number, Lane>();

  stateOf(instrument: number): ProtectionState {
    return this.#laneOf(instrument);
  }

  /** It is known to lack its stop since an instant before anybody looked here. */
  bareSince(instrument: number, sinceMs: number): void {
    this.#laneOf(instrument).unprotectedSinceMs = sinceMs;
  }

  /** The price of an instrument, from wherever it is known soonest. */
  priced(instrument: number, price: number): void {
    this.#laneOf(instrument).price = price;
  }

  /** NaN before one is known. */
  priceOf(instrument: number): number {
    return this.#laneOf(instrument).price;
  }

  /** Looks at an instrument at an instant of a clock that never goes back; says what must be done about it now. */
  look(instrument: number, holding: Holding, nowMs: number): Demand | undefined {
    const lane = this.#laneOf(instrument);
    if (isProtected(holding)) lane.unprotectedSinceMs = Number.NaN;
    else if (Number.isNaN(lane.unprotectedSinceMs)) lane.unprotectedSinceMs = nowMs;
    if (!isBeyond(holding, lane.price)) lane.beyondSinceMs = Number.NaN;
    else if (Number.isNaN(lane.beyondSinceMs)) lane.beyondSinceMs = nowMs;
    const demand = demandOf(lane, nowMs);
    if (demand === undefined || holding.isExiting || nowMs - lane.demandedMs < AGAIN_MS) return undefined;
    lane.demandedMs = nowMs;
    return demand;
  }

  #laneOf(instrument: number): Lane {
    let lane = this.#lanes.get(instrument);
    if (lane === undefined) {
      lane = {
        unprotectedSinceMs: Number.NaN,
        beyondSinceMs: Number.NaN,
        demandedMs: Number.NEGATIVE_INFINITY,
        price: Number.NaN,
      };
      this.#lanes.set(instrument, lane);
    }
    return lane;
  }
}

function demandOf({ unprotectedSinceMs, beyondSinceMs }: Lane, nowMs: number): Demand | undefined {
  if (nowMs - unprotectedSinceMs >= DEADLINE_MS) return 'deadline';
  if (nowMs - beyondSinceMs >= STUCK_MS) return 'stuck';
  return undefined;
}

export function isProtected({ position, stop, stopped, leaving }: Holding): boolean {
  const quantity = Math.abs(position);
  return quantity === 0 || Number.isNaN(stop) || stopped + leaving >= quantity * (1 - SAME);
}

/** A stop that should have filled. While none works that is a matter of the deadline. */
function isBeyond({ position, stop, stopped }: Holding, price: number): boolean {
  if (position === 0 || stopped === 0) return false;
  return position > 0 ? price < stop : price > stop;
}
