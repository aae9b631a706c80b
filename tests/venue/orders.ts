/** Orders as a run sends them, in one line. */
import type { Order } from '../../runtime/engine/events.ts';
import type { VenueOrder } from '../../runtime/live/ports.ts';

function order(clientId: string, symbol: string, reduceOnly: boolean, changes: Partial<Order>): VenueOrder {
  return {
    symbol,
    clientId,
    reduceOnly,
    order: {
      id: 1,
      slot: 0,
      role: 'enter',
      type: 'market',
      direction: 1,
      price: Number.NaN,
      quantity: 0,
      expireBars: Number.POSITIVE_INFINITY,
      group: 0,
      ...changes,
    },
  };
}

const DIRECTION = { buy: 1, sell: -1 } as const;

export interface OrderPlace {
  readonly symbol?: string;
  readonly reduceOnly?: boolean;
}

export function marketOrder(
  clientId: string,
  side: 'buy' | 'sell',
  quantity: number,
  place: OrderPlace = {},
): VenueOrder {
  const { symbol = 'BTC/USDT', reduceOnly = false } = place;
  return order(clientId, symbol, reduceOnly, { direction: DIRECTION[side], quantity });
}

export function limitOrder(
  clientId: string,
  side: 'buy' | 'sell',
  quantity: number,
  price: number,
  { symbol = 'BTC/USDT', reduceOnly = false }: OrderPlace = {},
): VenueOrder {
  return order(clientId, symbol, reduceOnly, { type: 'limit', direction: DIRECTION[side], quantity, price });
}

export function stopOrder(
  clientId: string,
  side: 'buy' | 'sell',
  quantity: number,
  price: number,
  { symbol = 'BTC/USDT', reduceOnly = true }: OrderPlace = {},
): VenueOrder {
  return order(clientId, symbol, reduceOnly, {
    type: 'stop',
    role: 'stop',
    direction: DIRECTION[side],
    quantity,
    price,
  });
}
