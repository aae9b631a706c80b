/**
 * What a venue tells, as the engine hears it: the venue speaks of client ids and instants, the engine of numbers and ticks.
 * What is told twice has the same key both times.
 */
import type { EngineEvent } from '../engine/events.ts';
import type { Refusal } from '../engine/refusals.ts';
import type { RejectReason, VenueEvent, VenueFill } from './ports.ts';
import { type FillContext, realFill } from './reconcile/real-fill.ts';

/** What a run knows of its orders and of time. */
export interface Known {
  /** Of an order of this run; `undefined` for all others, which are none of its business. */
  readonly orderOf: (clientId: string) => number | undefined;
  /**
   * The same, of what the order goes by now. A stop that was put back has the number of the one whose place it takes: that
   * one's end is not its own.
   */
  readonly currentOf: (clientId: string) => number | undefined;
  /** A cancel of the order is under way. */
  readonly isLeaving: (order: number) => boolean;
  /** Number of an instrument of the run; negative for others. */
  readonly instrumentOf: (symbol: string) => number;
  /** The run has one instrument, of which then nothing needs to be said. */
  readonly isAlone: boolean;
  /** The bar that is going on. */
  readonly tick: number;
  /** The bar that was going on just before an instant. */
  readonly tickOf: (timeMs: number) => number;
  /** The account's. */
  readonly currency: string;
  readonly fillContext: (order: number, symbol: string) => FillContext;
  /** Part of what is held in an instrument that is the run's own. */
  readonly shareOf: (symbol: string) => number;
}

export interface Heard {
  readonly event: EngineEvent;
  /** Of a trade that closes and opens: what it opens. */
  readonly then?: EngineEvent;
  readonly key?: string;
  /** By the venue's clock, and of which instrument: of fills. */
  readonly atMs?: number;
  readonly instrument?: number;
}

const NOTHING: readonly Heard[] = [];

/** What the engine is told of it, in order; nothing where it is none of the run's business. */
export function heard(told: VenueEvent, known: Known): readonly Heard[] {
  const { orderOf, currentOf, isLeaving, tick, tickOf } = known;
  switch (told.type) {
    case 'accepted': {
      const order = currentOf(told.clientId);
      return order === undefined ? NOTHING : [{ event: { type: 'orderAccepted', order } }];
    }
    case 'fill': {
      const order = orderOf(told.fill.clientId ?? '');
      return order === undefined ? NOTHING : fillsOf(told.fill, order, known);
    }
    case 'gone': {
      const order = currentOf(told.clientId);
      if (order === undefined) return NOTHING;
      const why = told.why === 'expired' || !isLeaving(order) ? 'expired' : 'requested';
      const event = { type: 'orderCancelled', order, tick: tickOf(told.timeMs), why } as const;
      return [{ event, key: `gone ${told.clientId}` }];
    }
    case 'rejected': {
      const order = currentOf(told.clientId);
      if (order === undefined) return NOTHING;
      const at = told.timeMs === undefined ? tick : tickOf(told.timeMs);
      const event = { type: 'orderRejected', order, tick: at, reason: refusalOf(told.reason) } as const;
      return [{ event, key: `rejected ${told.clientId}` }];
    }
    case 'liquidated': {
      const { level, price, moment, id, symbol } = told;
      const about = aboutOf(symbol, known);
      if (about === undefined) return NOTHING;
      return [{ event: { type: 'liquidation', ...about, tick, moment, level, price }, key: `liquidated ${id}` }];
    }
    case 'waits': {
      const order = currentOf(told.clientId);
      return order === undefined ? NOTHING : [{ event: { type: 'orderWaits', order } }];
    }
    case 'delisted': {
      const { id, symbol, sale } = told;
      const about = aboutOf(symbol, known);
      if (about === undefined) return NOTHING;
      const event = { type: 'delisted', ...about, tick, ...(sale !== undefined && { sale }) } as const;
      return [{ event, key: `delisted ${id}` }];
    }
    case 'income':
      return incomeOf(told, known);
    case 'disconnected':
    case 'reconnected':
    case 'blind':
      return NOTHING;
  }
}

/** The key of a fill: venues number the trades of each market apart. */
export function fillKey({ symbol, tradeId }: Pick<VenueFill, 'symbol' | 'tradeId'>): string {
  return `fill ${symbol} ${tradeId}`;
}

/** A trade that closes a position and opens the next is two fills, which are known together. */
function fillsOf(fill: VenueFill, order: number, known: Known): readonly Heard[] {
  const key = fillKey(fill);
  const { symbol, timeMs, simulated } = fill;
  if (simulated !== undefined) return [{ event: simulatedFill(fill, simulated, order), key }];
  const about = known.isAlone ? {} : { instrument: known.instrumentOf(symbol) };
  const [event, then] = realFill(fill, known.fillContext(order, symbol));
  return [{ event, ...about, key, atMs: timeMs, ...(then !== undefined && { then }) }];
}

/** What of it is the run's: a position may be others' in part. In other coins than the account's nothing is counted. */
function incomeOf(told: Extract<VenueEvent, { type: 'income' }>, known: Known): readonly Heard[] {
  const { rate = Number.NaN, price = Number.NaN, id, symbol, kind, currency, timeMs: atMs } = told;
  const about = aboutOf(symbol, known);
  if (about === undefined || (currency !== '' && currency !== known.currency)) return NOTHING;
  const share = known.shareOf(symbol);
  if (share === 0) return NOTHING;
  const amount = told.amount * share;
  const key = `income ${id}`;
  if (kind === 'funding')
    return [{ event: { type: 'funding', ...about, tick: known.tick, rate, price, amount }, key, atMs }];
  return [{ event: { type: 'income', ...about, tick: known.tick, kind, amount }, key, atMs }];
}

/** Undefined for an instrument that is none of the run's. */
function aboutOf(symbol: string, { instrumentOf, isAlone }: Known): { readonly instrument?: number } | undefined {
  const instrument = instrumentOf(symbol);
  if (instrument < 0) return undefined;
  return isAlone ? {} : { instrument };
}

export function refusalOf(reason: RejectReason | undefined): Refusal {
  return reason === 'insufficient funds' ? 'not enough cash' : 'rejected by the venue';
}

function simulatedFill(
  { price, quantity, fee, maker }: VenueFill,
  { tick, moment, slippage, cutFrom }: NonNullable<VenueFill['simulated']>,
  order: number,
): EngineEvent {
  return {
    type: 'fill',
    order,
    tick,
    moment,
    price,
    quantity,
    ...(cutFrom !== undefined && { cutFrom }),
    fee,
    slippage,
    maker,
  };
}
