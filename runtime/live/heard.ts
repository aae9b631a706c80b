/**
 * What a venue tells, as the engine hears it: the venue speaks of client ids and instants, the engine of numbers and ticks.
 * What is told twice has the same key both times.
 */
import type { EngineEvent } from '../engine/events.ts';
import type { Refusal } from '../engine/refusals.ts';
import type { RejectReason, VenueEvent, VenueFill } from './ports.ts';

/** What a run knows of its orders and of time. */
export interface Known {
  /** Of an order of this run; `undefined` for all others, which are none of its business. */
  readonly orderOf: (clientId: string) => number | undefined;
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
}

export interface Heard {
  readonly event: EngineEvent;
  readonly key?: string;
}

export function heard(told: VenueEvent, known: Known): Heard | undefined {
  const { orderOf, isLeaving, tick, tickOf } = known;
  switch (told.type) {
    case 'accepted': {
      const order = orderOf(told.clientId);
      return order === undefined ? undefined : { event: { type: 'orderAccepted', order } };
    }
    case 'fill': {
      const order = orderOf(told.fill.clientId ?? '');
      if (order === undefined) return undefined;
      return { event: fillEvent(told.fill, order, tick), key: `fill ${told.fill.tradeId}` };
    }
    case 'gone': {
      const order = orderOf(told.clientId);
      if (order === undefined) return undefined;
      const why = told.why === 'expired' || !isLeaving(order) ? 'expired' : 'requested';
      return { event: { type: 'orderCancelled', order, tick: tickOf(told.timeMs), why }, key: `gone ${told.clientId}` };
    }
    case 'rejected': {
      const order = orderOf(told.clientId);
      if (order === undefined) return undefined;
      const at = told.timeMs === undefined ? tick : tickOf(told.timeMs);
      const event = { type: 'orderRejected', order, tick: at, reason: refusalOf(told.reason) } as const;
      return { event, key: `rejected ${told.clientId}` };
    }
    case 'liquidated': {
      const { level, price, moment, id, symbol } = told;
      const about = aboutOf(symbol, known);
      if (about === undefined) return undefined;
      return { event: { type: 'liquidation', ...about, tick, moment, level, price }, key: `liquidated ${id}` };
    }
    case 'income': {
      if (told.kind !== 'funding') return undefined;
      const { amount, rate = Number.NaN, price = Number.NaN, id, symbol } = told;
      const about = aboutOf(symbol, known);
      if (about === undefined) return undefined;
      return { event: { type: 'funding', ...about, tick, rate, price, amount }, key: `income ${id}` };
    }
    case 'reconnected':
    case 'blind':
      return undefined;
  }
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

function fillEvent(fill: VenueFill, order: number, tick: number): EngineEvent {
  const { price, quantity, fee, maker, simulated } = fill;
  return {
    type: 'fill',
    order,
    tick: simulated?.tick ?? tick,
    moment: simulated?.moment ?? 'inside',
    price,
    quantity,
    ...(simulated?.cutFrom !== undefined && { cutFrom: simulated.cutFrom }),
    fee,
    slippage: simulated?.slippage ?? 0,
    maker,
  };
}
