/**
 * What a run has decided, on its way to the venue. Each instrument has a lane of its own, so that an order without an answer
 * holds up no other instrument. In a lane one thing is sent after another, but what protects a position does not wait for
 * what does not. A command leaves only when the journal that asks for it is safe on the disk.
 */
import { isReducing, type Order } from '../engine/events.ts';
import type { VenueAbilities } from './ports.ts';
import type { Input, IntentRow } from './store/rows.ts';

export interface OutboxParts {
  readonly abilities: VenueAbilities;
  /** Resolves when all that was journaled so far is safe. */
  readonly durable: () => Promise<void>;
  /** Milliseconds on a clock that never goes back. */
  readonly clock: () => number;
  /** An order that the run has, by its number. */
  readonly orderOf: (id: number) => Order | undefined;
  /** Sends; gives what is to be journaled of it. `leaves` hears when an order is on its way. */
  readonly carryOut: (intent: IntentRow, leaves: () => void) => Promise<Input | undefined>;
  /** Moves the run by an input; gives what it wants then. */
  readonly journal: (input: Input) => readonly IntentRow[];
}

interface Parcel {
  readonly intents: readonly IntentRow[];
  /** What it took from the input to the intents. */
  readonly decidedMs: number;
  /** Does not wait for anything. */
  readonly isUrgent: boolean;
  /** What does not protect goes after this. */
  readonly after?: Promise<void>;
}

interface Lane {
  sending: Promise<void>;
  /** What goes past an entry or a target that gets no answer. */
  passing: Promise<void>;
  /** At a simulated venue: what is passing, and whether something is being sent that protects nothing. */
  passes: number;
  isBusy: boolean;
}

const MOST_LATENCIES = 10_000;
const SENT: Promise<void> = Promise.resolve();

export class Outbox {
  /**
   * From the bar of a decision to where its order is handed to the network, milliseconds; the latest of them. The disk, the
   * signing and the pace that the venue allows are in it, what the venue takes to answer is not.
   */
  readonly latencies: number[] = [];
  readonly #parts: OutboxParts;
  readonly #lanes = new Map<number, Lane>();
  readonly #isSimulated: boolean;
  /** Where an order can be told only to reduce, none needs another to make room for it. */
  readonly #isApart: boolean;
  #safe: Promise<void> = SENT;
  #isSafe = true;

  constructor(parts: OutboxParts) {
    const { tellsAgain, reduceOnly } = parts.abilities;
    this.#parts = parts;
    this.#isSimulated = tellsAgain === true;
    this.#isApart = reduceOnly && !this.#isSimulated;
  }

  /** Something was journaled: what follows from it may not leave before it is safe. */
  journaled(): void {
    this.#isSafe = false;
  }

  /** Resolves when all of it has been sent. In a decision about several instruments what makes room goes before what takes it. */
  send(intents: readonly IntentRow[], decidedMs: number, isUrgent = false): Promise<void> {
    const byLane = Map.groupBy(intents, intent => this.#laneOf(intent));
    if (byLane.size === 1) return this.#all(byLane, decidedMs, isUrgent);
    const first = new Map<Lane, IntentRow[]>();
    const then = new Map<Lane, IntentRow[]>();
    for (const [lane, all] of byLane) {
      const room = all.findIndex(intent => !this.#makesRoom(intent));
      const [before, behind] = room < 0 ? [all, []] : [all.slice(0, room), all.slice(room)];
      if (before.length > 0) first.set(lane, before);
      if (behind.length > 0) then.set(lane, behind);
    }
    const made = this.#all(first, decidedMs, isUrgent);
    return then.size === 0 ? made : together([made, this.#all(then, decidedMs, isUrgent, made)]);
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lanes.values()].flatMap(({ sending, passing }) => [sending, passing]));
  }

  // -------------------------------------------------------------- lanes

  /** A simulated venue takes orders in the order in which they were decided, whatever they are of. */
  #laneOf({ instrument = 0 }: IntentRow): Lane {
    const number = this.#isSimulated ? 0 : instrument;
    const known = this.#lanes.get(number);
    if (known !== undefined) return known;
    const lane: Lane = { sending: SENT, passing: SENT, passes: 0, isBusy: false };
    this.#lanes.set(number, lane);
    return lane;
  }

  #all(
    byLane: ReadonlyMap<Lane, readonly IntentRow[]>,
    decidedMs: number,
    isUrgent: boolean,
    after?: Promise<void>,
  ): Promise<void> {
    const about = { decidedMs, isUrgent, ...(after !== undefined && { after }) };
    return together([...byLane].map(([lane, intents]) => this.#enter(lane, { ...about, intents })));
  }

  #enter(lane: Lane, parcel: Parcel): Promise<void> {
    return this.#isSimulated ? this.#enterSimulated(lane, parcel) : this.#enterReal(lane, parcel);
  }

  #enterSimulated(lane: Lane, parcel: Parcel): Promise<void> {
    const { intents, isUrgent, after } = parcel;
    if (isUrgent) return this.#send(lane, parcel);
    if ((lane.isBusy || lane.passes > 0) && intents.every(intent => this.#protects(intent))) {
      lane.passes += 1;
      lane.passing = lane.passing
        .then(() => this.#send(lane, parcel))
        .finally(() => {
          lane.passes -= 1;
        });
      return lane.passing;
    }
    const before = lane.passes === 0 ? [lane.sending] : [lane.sending, lane.passing];
    lane.sending = followed(after === undefined ? before : [...before, after], () => this.#send(lane, parcel));
    return lane.sending;
  }

  /**
   * What protects waits for nothing but what protects. Where an order can be told only to reduce, an exit waits for nothing
   * at all; elsewhere it waits for what holds its coins to be cancelled. What an entry needs waits for both.
   */
  #enterReal(lane: Lane, parcel: Parcel): Promise<void> {
    const { intents, isUrgent, after = SENT } = parcel;
    const exits = this.#isApart ? intents.filter(isMarketExit) : [];
    const protecting = intents.filter(intent => !exits.includes(intent) && this.#goesFirst(intent));
    const rest = intents.filter(intent => !exits.includes(intent) && !protecting.includes(intent));
    const sent = exits.length === 0 ? SENT : this.#send(lane, { ...parcel, intents: exits });
    if (exits.length > 0) lane.passing = together([lane.passing, sent]);
    if (protecting.length > 0) {
      const work = () => this.#send(lane, { ...parcel, intents: protecting });
      lane.passing = isUrgent ? together([lane.passing, sent.then(work)]) : lane.passing.then(work);
    }
    if (rest.length === 0) return lane.passing;
    const isFree = rest.every(({ command }) => command.type === 'cancel');
    const before = isFree ? [lane.sending, after] : [lane.sending, lane.passing, after];
    lane.sending = followed(before, () => this.#send(lane, { ...parcel, intents: rest }));
    return together([lane.passing, lane.sending]);
  }

  /** Where a sale that rests sets its coins aside, whatever moves one makes room for what protects, or takes it. */
  #goesFirst(intent: IntentRow): boolean {
    if (this.#isApart || intent.command.type === 'place') return this.#protects(intent);
    const order = this.#orderOf(intent);
    return order !== undefined && isReducing(order.role);
  }

  async #send(lane: Lane, { intents, decidedMs }: Parcel): Promise<void> {
    const { clock, journal } = this.#parts;
    const waiting = [...intents];
    const elsewhere: Promise<void>[] = [];
    const begunMs = clock();
    let answeredMs = 0;
    let isSafe = false;
    for (let intent = waiting.shift(); intent !== undefined; intent = waiting.shift()) {
      if (!isSafe) await this.#durable();
      isSafe = true;
      const sentMs = clock();
      const beforeMs = decidedMs - begunMs - answeredMs;
      const outcome = await this.#busily(lane, intent, () => this.#noteLatency(beforeMs + clock()));
      answeredMs += clock() - sentMs;
      if (outcome === undefined) continue;
      const more = journal(outcome);
      if (more.length > 0) isSafe = false;
      // Of a stop that was refused the exit follows, before all that was to be sent after the stop.
      waiting.unshift(...more.filter(each => this.#laneOf(each) === lane));
      const others = more.filter(each => this.#laneOf(each) !== lane);
      if (others.length > 0) elsewhere.push(unheeded(this.send(others, 0)));
    }
    await Promise.all(elsewhere);
  }

  /** Lanes that set out together wait for one writing of the disk. */
  #durable(): Promise<void> {
    if (!this.#isSafe) this.#safe = this.#parts.durable();
    this.#isSafe = true;
    return this.#safe;
  }

  async #busily(lane: Lane, intent: IntentRow, leaves: () => void): Promise<Input | undefined> {
    const { carryOut } = this.#parts;
    if (this.#protects(intent)) return carryOut(intent, leaves);
    lane.isBusy = true;
    try {
      return await carryOut(intent, leaves);
    } finally {
      lane.isBusy = false;
    }
  }

  #noteLatency(ms: number): void {
    this.latencies.push(ms);
    if (this.latencies.length > MOST_LATENCIES) this.latencies.shift();
  }

  #protects(intent: IntentRow): boolean {
    const order = this.#orderOf(intent);
    return order !== undefined && protects(order);
  }

  #orderOf({ command }: IntentRow): Order | undefined {
    if (command.type === 'place' || command.type === 'amend') return command.order;
    return command.type === 'cancel' ? this.#parts.orderOf(command.order) : undefined;
  }

  /** It can only set money or coins free. */
  #makesRoom({ command }: IntentRow): boolean {
    if (command.type === 'place') return isReducing(command.order.role);
    return command.type === 'cancel';
  }
}

function isMarketExit({ command }: IntentRow): boolean {
  return command.type === 'place' && command.order.type === 'market' && isReducing(command.order.role);
}

/** Stops, and what closes at market. */
function protects({ role, type }: Order): boolean {
  return role === 'stop' || (type === 'market' && isReducing(role));
}

/** Whether or not it comes to be waited for: what is sent before that may fail as well. */
function unheeded(sent: Promise<void>): Promise<void> {
  sent.catch(() => {});
  return sent;
}

function followed(before: readonly Promise<void>[], work: () => Promise<void>): Promise<void> {
  const [only] = before;
  return only !== undefined && before.length === 1 ? only.then(work) : Promise.all(before).then(work);
}

/** One promise for all; where there is one, itself. */
export function together(all: readonly Promise<void>[]): Promise<void> {
  const [only] = all;
  if (only === undefined) return SENT;
  return all.length === 1 ? only : Promise.all(all).then(() => {});
}
