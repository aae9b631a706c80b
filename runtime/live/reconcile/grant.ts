/** Does what a person has asked of a run, or says why not. What is done is journaled as an input of its own. */
import { addExactly } from '../../engine/decimal.ts';
import { ownerOf } from '../client-id.ts';
import { VenueError, type VenueOrderState } from '../ports.ts';
import type { LiveRun } from '../run.ts';
import { of } from '../store/rows.ts';
import type { Wish, WishAnswer } from '../wishes.ts';

type Answer = Omit<WishAnswer, 'id'>;

/** Rejects only for what ends the run. */
export async function grant(run: LiveRun, wish: Wish): Promise<Answer> {
  try {
    switch (wish.type) {
      case 'resolve':
        return await resolve(run, wish);
      case 'adopt':
        return await adopt(run, wish.symbol);
      case 'release':
        return await release(run, wish.symbol);
      case 'flatten':
        await run.take({ type: 'event', event: { type: 'flatten' } });
        return done('what is held is closed at market');
    }
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    return refused(`${run.parts.venue.name} cannot be asked now (${error.message}): ask again when it answers`);
  }
}

function refused(text: string): Answer {
  return { outcome: 'refused', text };
}

function done(text: string): Answer {
  return { outcome: 'done', text };
}

// ---------------------------------------------------------------- an order of which nobody knows what became

async function resolve(run: LiveRun, { clientId, as, price }: Extract<Wish, { type: 'resolve' }>): Promise<Answer> {
  const { trader, venue } = run.parts;
  const id = run.orderOf(clientId);
  if (id === undefined) return refused(`the run has sent no order ${clientId}`);
  const actual = trader.orders.find(({ order }) => order.id === id);
  if (actual === undefined) return refused(`order ${clientId} is over: it is known what became of it`);
  if (actual.status !== 'unknown') return refused(`order ${clientId} is not in doubt: ${STATUS[actual.status]}`);
  const { order } = actual;
  const instrument = run.instrumentOf(id);
  const symbol = run.symbolOf(instrument);
  const found = await quietly(venue.lookup(symbol, clientId));
  if (found !== undefined) {
    await run.take({ type: 'placed', order: id, clientId, venueId: found.venueId });
    return refused(`${venue.name} knows order ${clientId} (${found.status}): the run goes by that`);
  }
  const tick = trader.live.length;
  if (as === 'never') {
    await run.take({ type: 'event', event: { type: 'orderLost', order: id, tick, late: true } });
    return done(`order ${clientId} never arrived: ${order.role} of ${order.quantity} ${symbol} given up or sent anew`);
  }
  const at = price ?? (Number.isNaN(order.price) ? trader.position(instrument).mark : order.price);
  if (!(at > 0)) return refused(`at which price did order ${clientId} fill? give \`--price\``);
  const fill = {
    symbol,
    tradeId: `by hand ${clientId}`,
    venueId: '',
    clientId,
    side: order.direction === 1 ? 'buy' : 'sell',
    price: at,
    quantity: order.quantity,
    fee: 0,
    feeCurrency: trader.currency,
    maker: false,
    timeMs: venue.now(),
  } as const;
  await run.onVenue({ type: 'fill', fill });
  return done(`order ${clientId} has filled: ${fill.side} ${order.quantity} ${symbol} at ${at}, its fee not counted`);
}

const STATUS = {
  sent: 'it is on its way',
  working: 'it works at the venue',
  leaving: 'it is being cancelled',
  unknown: '',
} as const;

async function quietly<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    return undefined;
  }
}

// ---------------------------------------------------------------- whose a position is

interface Held {
  readonly instrument: number;
  /** At the venue, others of the run taken off; signed. */
  readonly venue: number;
  readonly ledger: number;
  readonly dust: number;
  readonly price: number;
  /** The venue's numbers of open orders that are not the run's. */
  readonly foreignOrders: readonly string[];
  /** Open orders of the run that its journal does not know: it was put back from a backup. */
  readonly unknown: readonly VenueOrderState[];
}

async function heldOf(run: LiveRun, symbol: string): Promise<Held | Answer> {
  const { trader, venue, binding } = run.parts;
  const instrument = binding.symbols.indexOf(symbol);
  if (!trader.traded.includes(instrument)) {
    const own = trader.traded.map(each => run.symbolOf(each)).join(', ');
    return refused(`the run does not trade ${symbol}: it trades ${own}`);
  }
  if (venue.abilities.tellsAgain === true)
    return refused('at a simulated venue there is nothing but what is the run’s: `vela stop --flatten` closes it');
  if (run.reconciler.isUnderWay(instrument))
    return refused(`an order of ${symbol} is under way: ask again in a moment`);
  const { seq } = run;
  const [there] = await venue.positions([symbol]);
  const open = await venue.openOrders(symbol);
  const isOurs = ({ clientId }: VenueOrderState) => ownerOf(clientId, binding.runId) === 'this run';
  if (run.seq !== seq || there === undefined) return refused(`something of ${symbol} moved just now: ask again`);
  const { quantity: ledger, dust = 0, mark } = trader.position(instrument);
  return {
    instrument,
    venue: run.reconciler.withoutOthers(instrument, there.quantity),
    ledger,
    dust,
    price: [mark, there.entry, lastClose(run, instrument)].find(price => price > 0) ?? Number.NaN,
    foreignOrders: open.filter(order => !isOurs(order)).map(({ venueId }) => venueId),
    unknown: open.filter(
      order => isOurs(order) && order.clientId !== undefined && run.remembered.orderOf(order.clientId) === undefined,
    ),
  };
}

/** What has been flat from the beginning has no mark yet. */
function lastClose({ parts: { trader } }: LiveRun, instrument: number): number {
  const { live } = trader;
  const { close } = live.market(instrument).market.bars;
  return close.subarray(0, live.length).findLast(price => price > 0) ?? Number.NaN;
}

async function adopt(run: LiveRun, symbol: string): Promise<Answer> {
  const held = await heldOf(run, symbol);
  if ('outcome' in held) return held;
  const { instrument, ledger, dust, price, unknown } = held;
  const position = addExactly(held.venue, -dust);
  if (position !== ledger && !(price > 0))
    return refused(`no price of ${symbol} is known yet: ask again after its first bar`);
  // Where the run has a stop of its own, that takes their place: what a resting sale holds, no other can have.
  const isReplaced = !Number.isNaN(run.parts.trader.position(instrument).stop);
  if (isReplaced)
    for (const { clientId = '', venueId } of unknown) await run.parts.venue.cancel(symbol, clientId, venueId);
  const kept = isReplaced ? [] : unknown.map(({ venueId }) => venueId);
  await settle(run, instrument, position, ledger, price, 'adopted', 0, [...held.foreignOrders, ...kept]);
  const { stop } = run.parts.trader.position(instrument);
  if (position === ledger) return done(`${symbol}: the run holds ${ledger}, as before; entries are made again`);
  const protection =
    position === 0
      ? ''
      : kept.length > 0
        ? `; order ${kept.join(', ')}, which was there, stays as its stop: cancel it at the venue before the run is to sell`
        : Number.isNaN(stop)
          ? '; it has no stop: the rules decide when it is left'
          : `; its stop is at ${stop}`;
  return done(
    `${symbol}: the run holds ${position} from now on, ${ledger} before${protection}; entries are made again`,
  );
}

async function release(run: LiveRun, symbol: string): Promise<Answer> {
  const held = await heldOf(run, symbol);
  if ('outcome' in held) return held;
  const { instrument, ledger, dust, venue, price } = held;
  const foreignOrders = [...held.foreignOrders, ...held.unknown.map(({ venueId }) => venueId)];
  if (ledger !== 0 && !(price > 0)) return refused(`no price of ${symbol} is known yet: ask again after its first bar`);
  await settle(run, instrument, 0, ledger, price, 'released', addExactly(venue, -dust), foreignOrders);
  const left = addExactly(venue, -dust);
  if (ledger === 0)
    return done(`${symbol}: ${left} at the venue are not the run's, which is known now; entries are made again`);
  return done(
    `${symbol}: the run holds nothing from now on; ${left} at the venue are yours, and the run's stop and targets for them are cancelled; entries are made again`,
  );
}

/** All of it stands in the journal before anything else comes in. */
async function settle(
  run: LiveRun,
  instrument: number,
  position: number,
  ledger: number,
  price: number,
  why: 'adopted' | 'released',
  foreign: number,
  orders: readonly string[],
): Promise<void> {
  const tick = run.parts.trader.live.length;
  const known = run.take({ type: 'foreign', ...of(instrument), quantity: foreign, orders, why });
  if (position !== ledger) {
    const event = { type: 'adjust', ...run.about(instrument), tick, position, price, why } as const;
    await run.take({ type: 'event', event });
  }
  await known;
  await run.reconciler.lift(instrument);
}
