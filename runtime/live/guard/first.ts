/**
 * The first thing that a run does when it starts again: positions, protection, and only then the rest. Data, warm-up, kernel
 * and the replay of the journal take their time; until they are done a position may stand without its stop. So the last rows
 * of the journal are read for the numbers of the last protection, the venue is asked what is held and what works, and what is
 * missing is placed. Where it holds more than the journal accounts for, it is also asked what the run's orders have filled
 * since: an entry that works goes on filling while no process is there. That is journaled before it is sent; the replay that
 * follows takes it in, and goes on with it as if the run had sent it itself.
 */
import { roundStop } from '../../engine/bracket.ts';
import { addExactly, type Rounding, roundToStep, type Step } from '../../engine/decimal.ts';
import type { Order, StepTexts } from '../../engine/events.ts';
import { FIRST_RESTORED, SLOT } from '../../engine/orders.ts';
import { stepsOf } from '../../engine/settings.ts';
import { clientIdOf, ownerOf } from '../client-id.ts';
import { decode } from '../codec.ts';
import { fillKey } from '../heard.ts';
import { type Venue, VenueError, type VenueFill, type VenueOrder, type VenueOrderState } from '../ports.ts';
import { type Foreign, NOTHING_FOREIGN } from '../reconcile/books.ts';
import { smaller } from '../reconcile/differences.ts';
import type { Notice } from '../run.ts';
import { type Input, type IntentRow, of, type Row, type RunBinding } from '../store/rows.ts';

export interface FirstParts {
  /** From the last one back. */
  readonly rows: Iterable<Row>;
  /** Number of the last one. */
  readonly lastSeq: number;
  readonly binding: RunBinding;
  readonly account: string;
  readonly venue: Venue;
  /** As the venue has them now: what lies between two of them is refused, and a refused stop is an exit. */
  readonly steps: (symbol: string) => StepTexts;
  /** By number of the instrument, as the newest snapshot knows it: what is there and is not the run's. */
  readonly foreign?: () => ReadonlyMap<number, Foreign>;
  /** Resolves when the input is safe on the disk, as the row behind the last one. */
  readonly append: (input: Input) => Promise<void>;
  readonly notice: (notice: Notice) => void;
}

/** An order that the journal's end says was sent. */
interface Sent {
  readonly order: Order;
  readonly clientId: string;
  /** Of an entry: where its stop was to be. */
  readonly stop: number;
}

/** What the journal's end says of an instrument's protection. */
interface Trace {
  /** The last stop that was asked for, unless it was taken away again. */
  stop: Sent | undefined;
  /** Entries and exits asked for since then, newest first. */
  readonly since: Sent[];
  /** Keys of the fills that were known when it was asked for, and the venue's time of the latest of them; NaN: of none. */
  readonly filled: Set<string>;
  filledMs: number;
}

export interface Restored {
  readonly instrument: number;
  readonly order: Order;
  readonly clientId: string;
  readonly outcome: 'placed' | 'closed at market' | 'unknown' | 'failed';
}

/** By number of the instrument, whose protection got no answer or was refused, and so was the exit: bare since then. */
export function bareSince(restored: readonly Restored[], sinceMs: number): ReadonlyMap<number, number> {
  const bare = restored.filter(({ outcome }) => outcome === 'unknown' || outcome === 'failed');
  return new Map(bare.map(({ instrument }) => [instrument, sinceMs]));
}

/** Rows that are looked at: a stop that is older than that has been working for weeks. */
const MOST_ROWS = 50_000;
/** Fills of this long before the last known one are read again: a venue may list a trade late. */
const OVERLAP_MS = 60_000;
/** Fills are read from so long ago where none is known. */
const DAY_MS = 86_400_000;

/** Puts back what is missing. Throws nothing but what the journal throws: a venue that does not answer is told of. */
export async function protectFirst(parts: FirstParts): Promise<readonly Restored[]> {
  const { traces, foreign } = tracesOf(parts.rows);
  const restored: Restored[] = [];
  if (traces.size === 0) return restored;
  const symbols = [...traces.keys()].map(instrument => parts.binding.symbols[instrument] ?? '');
  const held = await answered(parts, {}, () => parts.venue.positions(symbols));
  if (held === undefined) return restored;
  for (const [instrument, trace] of traces) {
    const symbol = parts.binding.symbols[instrument] ?? '';
    const there = held.find(each => each.symbol === symbol)?.quantity ?? 0;
    if (there === 0) continue;
    const others = foreign.get(instrument) ?? parts.foreign?.().get(instrument) ?? NOTHING_FOREIGN;
    const position = smaller(addExactly(there, -others.quantity), there);
    if (position === 0) continue;
    const wish = await answered(parts, { symbol }, () => missingStop(parts, symbol, position, trace));
    if (wish === undefined) continue;
    restored.push(await restore(parts, instrument, wish.order, wish.isWhole, restored.length));
  }
  return restored;
}

/** What the venue says; undefined, and told, when it does not. Of the other instruments it may be asked all the same. */
async function answered<T>(
  { notice }: FirstParts,
  about: Readonly<Record<string, string>>,
  ask: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    notice({ level: 'alert', what: 'protection cannot be looked at', facts: { ...about, why: error.message } });
    return undefined;
  }
}

/** A stop for what no stop of the run's at the venue is for; undefined where nothing is missing that an order can be made of. */
async function missingStop(
  parts: FirstParts,
  symbol: string,
  position: number,
  trace: Trace,
): Promise<{ readonly order: Order; readonly isWhole: boolean } | undefined> {
  const { venue, binding, steps } = parts;
  const wanted = await wantedStop(parts, symbol, position, trace);
  if (wanted === undefined) return undefined;
  const { lot, tick } = stepsOf(steps(symbol));
  const price = roundStop(position > 0 ? 1 : -1, wanted.price, tick);
  const whole = onLot(wanted.quantity, lot, 'down');
  const stopped = stoppedBy(await venue.openOrders(symbol), binding.runId, wanted);
  const missing = onLot(whole - stopped, lot, 'nearest');
  if (!(missing > 0)) return undefined; // dust needs none
  return { order: { ...wanted, price, quantity: missing }, isWhole: missing === whole };
}

function onLot(quantity: number, lot: Step | undefined, rounding: Rounding): number {
  return lot === undefined ? quantity : roundToStep(quantity, lot, rounding);
}

// ---------------------------------------------------------------- what the journal says

interface Traces {
  readonly traces: ReadonlyMap<number, Trace>;
  /** By number of the instrument, as it was written down last. */
  readonly foreign: ReadonlyMap<number, Foreign>;
}

function tracesOf(rows: Iterable<Row>): Traces {
  const traces = new Map<number, Trace>();
  const foreign = new Map<number, Foreign>();
  /** Stops that were taken away later than what is read now; instruments whose trace is complete. */
  const cancelled = new Set<number>();
  const complete = new Set<number>();
  const note = (instrument: number, sent: Sent, isWhole: boolean) => {
    if (complete.has(instrument)) return;
    const trace = traces.get(instrument) ?? { stop: undefined, since: [], filled: new Set(), filledMs: Number.NaN };
    traces.set(instrument, trace);
    if (!isWhole) {
      trace.since.push(sent);
      return;
    }
    if (!cancelled.has(sent.order.id)) trace.stop = sent;
    complete.add(instrument);
  };
  let read = 0;
  for (const { kind, body } of rows) {
    if (++read > MOST_ROWS) break;
    if (kind === 'intent') {
      const { command, clientId, instrument = 0, stop = Number.NaN } = decode<IntentRow>(body);
      if (command.type === 'cancel') cancelled.add(command.order);
      if (command.type !== 'place' && command.type !== 'amend') continue;
      const { role } = command.order;
      if (NOTED.has(role)) note(instrument, { order: command.order, clientId, stop }, role === 'stop');
    } else if (TELLING.test(body)) {
      const input = decode<Input>(body);
      const instrument = 'instrument' in input ? (input.instrument ?? 0) : 0;
      if (input.type === 'foreign' && !foreign.has(instrument)) foreign.set(instrument, input);
      if (input.type === 'event' && complete.has(instrument)) noteFilled(traces.get(instrument), input);
      if (input.type !== 'restored') continue;
      const { order, clientId, replaces } = input;
      // One for a part of the position is noted as what it closed of it.
      note(instrument, { order, clientId, stop: Number.NaN }, replaces && order.role === 'stop');
    }
  }
  return { traces, foreign };
}

function noteFilled(trace: Trace | undefined, { key, atMs }: Extract<Input, { readonly type: 'event' }>): void {
  if (trace === undefined || key === undefined) return;
  trace.filled.add(key);
  if (atMs !== undefined && !(atMs <= trace.filledMs)) trace.filledMs = atMs;
}

const NOTED: ReadonlySet<Order['role']> = new Set(['enter', 'add', 'exit', 'stop']);
/** Inputs that are read here; most rows are bars. */
const TELLING = /^{"type":"(foreign"|restored"|event","event":{"type":"fill")/;

/** For the whole of what is held, as far as it is this run's: what its last stop was for, and what has filled since. */
async function wantedStop(
  parts: FirstParts,
  symbol: string,
  position: number,
  trace: Trace,
): Promise<Order | undefined> {
  const { venue } = parts;
  const { stop, since } = trace;
  // Where no stop was ever meant, as in a portfolio, nobody need ask what became of all that was ordered.
  if (stop === undefined && since.every(sent => Number.isNaN(sent.stop))) return undefined;
  const direction = position > 0 ? -1 : 1;
  let order = stop?.order.direction === direction ? stop.order : undefined;
  let quantity = order === undefined || stop === undefined ? 0 : await leftOf(venue, symbol, stop);
  // Oldest first: the latest that filled says where the stop is.
  for (const sent of since.toReversed()) {
    const filled = (await venue.lookup(symbol, sent.clientId))?.filled ?? 0;
    if (filled === 0) continue;
    if (sent.order.direction === direction) {
      quantity = Math.max(0, addExactly(quantity, -filled));
      continue;
    }
    quantity = addExactly(quantity, filled);
    if (!Number.isNaN(sent.stop)) order = stopAt(order?.id ?? 0, sent.stop, direction);
  }
  const held = Math.abs(position);
  if (order !== undefined && stop !== undefined && quantity < held) {
    // What the journal accounts for is protected, also when the venue lists no fills.
    const more = (await answered(parts, { symbol }, () => filledUnheard(parts, symbol, trace))) ?? 0;
    quantity = Math.max(0, addExactly(quantity, -direction * more));
  }
  if (order === undefined || quantity === 0) return undefined;
  return { ...order, quantity: Math.min(quantity, held) };
}

/**
 * Signed base quantity of what orders have filled that were sent before the last stop was asked for, and that it does not
 * cover: an entry goes on filling.
 */
async function filledUnheard(
  { venue, binding: { runId } }: FirstParts,
  symbol: string,
  { stop, since, filled, filledMs }: Trace,
): Promise<number> {
  const counted = new Set([...since, ...(stop === undefined ? [] : [stop])].map(({ clientId }) => clientId));
  const fromMs = Number.isNaN(filledMs) ? venue.now() - DAY_MS : filledMs - OVERLAP_MS;
  const isUnheard = (fill: VenueFill) =>
    ownerOf(fill.clientId, runId) === 'this run' && !counted.has(fill.clientId ?? '') && !filled.has(fillKey(fill));
  const fills = (await venue.fills(symbol, fromMs)).filter(isUnheard);
  return fills.reduce((sum, { side, quantity }) => addExactly(sum, side === 'buy' ? quantity : -quantity), 0);
}

/** What a stop that filled has closed needs no other: what is still there is somebody else's. */
async function leftOf(venue: Venue, symbol: string, { order, clientId }: Sent): Promise<number> {
  const there = await venue.lookup(symbol, clientId);
  if (there === undefined || there.filled === 0) return order.quantity;
  // One that was to be changed since may have been changed for what it had filled.
  if (there.status !== 'filled' && there.quantity !== order.quantity) return order.quantity;
  return Math.max(0, addExactly(order.quantity, -there.filled));
}

function stopAt(id: number, price: number, direction: 1 | -1): Order {
  return {
    id,
    slot: SLOT.stop,
    role: 'stop',
    type: 'stop',
    direction,
    price,
    quantity: 0,
    expireBars: Number.POSITIVE_INFINITY,
    group: 1,
  };
}

/** Quantity that stops of this run would close. */
function stoppedBy(open: readonly VenueOrderState[], runId: string, { direction }: Order): number {
  const side = direction === 1 ? 'buy' : 'sell';
  const ours = open.filter(
    order => order.type === 'stop' && order.side === side && ownerOf(order.clientId, runId) === 'this run',
  );
  return ours.reduce((sum, { quantity, filled }) => sum + quantity - filled, 0);
}

// ---------------------------------------------------------------- what is sent

async function restore(
  parts: FirstParts,
  instrument: number,
  stop: Order,
  replaces: boolean,
  done: number,
): Promise<Restored> {
  const order = numbered(stop, parts, done);
  const sent = await send(parts, instrument, order, replaces);
  if (sent.outcome !== 'failed') return sent;
  // Through already, or no room for it: a definite no to protection is an exit at once.
  const exit = {
    ...order,
    id: order.id + 1,
    slot: SLOT.exit,
    role: 'exit',
    type: 'market',
    price: Number.NaN,
  } as const;
  const closed = await send(parts, instrument, exit, false);
  return closed.outcome === 'placed' ? { ...closed, outcome: 'closed at market' } : closed;
}

/** A number of its own where the journal has none for it: engine and run count elsewhere. Rows number them apart. */
function numbered(order: Order, { lastSeq }: FirstParts, done: number): Order {
  return { ...order, id: FIRST_RESTORED + 4 * (lastSeq + done) };
}

async function send(parts: FirstParts, instrument: number, order: Order, replaces: boolean): Promise<Restored> {
  const { venue, binding, account, append, notice } = parts;
  const symbol = binding.symbols[instrument] ?? '';
  // Numbers of intents are positive.
  const clientId = clientIdOf({ runId: binding.runId, account, symbol, slot: order.slot, number: -order.id });
  await append({ type: 'restored', ...of(instrument), order, clientId, replaces });
  const wish: VenueOrder = { symbol, clientId, order, reduceOnly: true };
  const { price, quantity } = order;
  try {
    await venue.place(wish);
    const what = order.role === 'stop' ? 'protection put back' : 'closed at market, its protection was refused';
    notice({ level: 'alert', what, facts: { symbol, price, quantity } });
    return { instrument, order, clientId, outcome: 'placed' };
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    notice({
      level: 'alert',
      what: `protection ${error.kind}`,
      facts: { symbol, price, quantity, why: error.message },
    });
    if (error.kind === 'rejected') return { instrument, order, clientId, outcome: 'failed' };
    // It may have arrived without a word.
    const there = await answered(parts, { symbol }, () => venue.lookup(symbol, clientId));
    return { instrument, order, clientId, outcome: there?.status === 'open' ? 'placed' : 'unknown' };
  }
}
