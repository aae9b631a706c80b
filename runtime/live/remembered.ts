/**
 * What a run remembers of its orders beside the engine: the ids that they were sent under, and what has been told of them,
 * so that what is told twice counts once. A run goes on for months: of an order that is over nothing is kept once its venue
 * cannot be asked about it again. What is forgotten follows from the inputs alone, so a replay forgets the same.
 */
import type { Input } from './store/rows.ts';

type EventInput = Extract<Input, { type: 'event' }>;

/** About something that was told, by which it is known how long it matters. */
export interface Told {
  /** The tick that was going on. */
  readonly tick: number;
  readonly order?: number;
  /** By the venue's clock, of what a venue is asked about by time. */
  readonly atMs?: number;
  /** Number of its instrument: of fills, which are read by instrument. Money without a trade is read for all of them. */
  readonly instrument?: number;
}

/** How far a run is. */
export interface Present {
  /** Ticks that have closed. */
  readonly tick: number;
  /** An order that works, or that has ended so lately that a fill of it is taken in. */
  readonly knows: (order: number) => boolean;
  /** What happened before this instant no venue is asked about any more; absent instrument: money without a trade. */
  readonly readFromMs: (instrument: number | undefined) => number;
}

export interface RememberedSnapshot {
  readonly clientIds: ReadonlyMap<number, string>;
  readonly venueIds: ReadonlyMap<string, string>;
  readonly orderOf: ReadonlyMap<string, number>;
  /** Of versions before, keys alone. */
  readonly seen: ReadonlyMap<string, Told> | ReadonlySet<string>;
  readonly room?: number;
}

/** So many ids and keys are added before anything is let go of: it takes a while to find out what is over. */
const FORGET_AFTER = 2000;

/** A simulated venue that is begun anew tells of the tick that closed last once more. */
const TICKS_TOLD_AGAIN = 1;
/** Of what is known by its key alone it is not known when it will be over. */
const FOR_EVER: Told = { tick: 0, atMs: Number.POSITIVE_INFINITY };

export class Remembered {
  /** By number of the order: the id it was sent under last. */
  readonly clientIds = new Map<number, string>();
  /** By client id: the venue's number. */
  readonly venueIds = new Map<string, string>();
  readonly #orderOf = new Map<string, number>();
  readonly #told = new Map<string, Told>();
  readonly #forgetAfter: number;
  /** Ids and keys that there is room for. */
  #room: number;

  constructor(forgetAfter = FORGET_AFTER) {
    this.#forgetAfter = forgetAfter;
    this.#room = forgetAfter;
  }

  sent(order: number, clientId: string): void {
    this.clientIds.set(order, clientId);
    this.#orderOf.set(clientId, order);
  }

  /** The venue's number of an order of this run; of others nothing is remembered. */
  numbered(clientId: string, venueId: string): void {
    if (this.#orderOf.has(clientId)) this.venueIds.set(clientId, venueId);
  }

  /** By any id that an order was sent under, as long as it is remembered. */
  orderOf(clientId: string): number | undefined {
    return this.#orderOf.get(clientId);
  }

  tell(key: string, told: Told): void {
    this.#told.set(key, told);
  }

  /** Whether something was told before, as long as it is remembered. */
  hasTold(key: string): boolean {
    return this.#told.has(key);
  }

  /** What inputs bring about, and nothing else. */
  get #size(): number {
    return this.#orderOf.size + this.#told.size;
  }

  /** Something should be let go of. */
  get isFull(): boolean {
    return this.#size > this.#room;
  }

  /** Lets go of all that nothing can ask for any more. */
  forget(present: Present): void {
    const { knows } = present;
    for (const [clientId, order] of this.#orderOf) if (!knows(order)) this.#orderOf.delete(clientId);
    for (const order of this.clientIds.keys()) if (!knows(order)) this.clientIds.delete(order);
    for (const clientId of this.venueIds.keys()) if (!this.#orderOf.has(clientId)) this.venueIds.delete(clientId);
    for (const [key, told] of this.#told) if (isOver(told, present)) this.#told.delete(key);
    this.#room = this.#size + this.#forgetAfter;
  }

  snapshot(): RememberedSnapshot {
    const { clientIds, venueIds } = this;
    return { clientIds, venueIds, orderOf: this.#orderOf, seen: this.#told, room: this.#room };
  }

  restore({ clientIds, venueIds, orderOf, seen, room = this.#forgetAfter }: RememberedSnapshot): void {
    this.#room = room;
    for (const map of [this.clientIds, this.venueIds, this.#orderOf, this.#told]) map.clear();
    for (const [order, clientId] of clientIds) this.clientIds.set(order, clientId);
    for (const [clientId, venueId] of venueIds) this.venueIds.set(clientId, venueId);
    for (const [clientId, order] of orderOf) this.#orderOf.set(clientId, order);
    for (const [key, told] of seen.entries()) this.#told.set(key, typeof told === 'string' ? FOR_EVER : told);
  }
}

/** `tick`: the one that is going on. */
export function toldOf({ event, atMs, instrument = 0 }: EventInput, tick: number): Told {
  return {
    tick,
    ...('order' in event && typeof event.order === 'number' && { order: event.order }),
    ...(atMs !== undefined && { atMs }),
    ...(event.type === 'fill' && { instrument }),
  };
}

function isOver({ tick, order, atMs, instrument }: Told, present: Present): boolean {
  if (order !== undefined && present.knows(order)) return false;
  if (tick >= present.tick - TICKS_TOLD_AGAIN) return false;
  return atMs === undefined || atMs < present.readFromMs(instrument);
}
