/** What can go wrong, in the words of the tables of faults. */
import { clientIdOf } from '../../../../runtime/live/client-id.ts';
import { amount } from '../../../venue/amount.ts';
import type { HttpFault } from '../../../venue/faults.ts';
import type { TestVenue } from '../../../venue/start.ts';
import { type Act, type Ground, type Requests, settle } from './life.ts';

type Kind = keyof Ground['requests'];

/** A request of the run goes wrong on its way there or back. */
export function http(kind: Kind, when: HttpFault['when'], answer: HttpFault['answer'], times = 1): Act {
  return ({ ground, local }) => local.server.faults.add({ ...ground.requests[kind], when, answer, times });
}

/** As Binance refuses. */
export const refusal = (code: number, msg: string, status = 400) => ({ status, body: JSON.stringify({ code, msg }) });
export const BUSY = { status: 503, body: 'Service Unavailable' };
export const EMPTY = { status: 200, body: '' };

/** Such a request has come to the venue. */
export function wasAsked({ server }: TestVenue, { on, of }: Requests): boolean {
  return server.requests.some(({ name, params }) => name.endsWith(on) && of?.(params) !== false);
}

/** One after another. */
export function both(...acts: readonly Act[]): Act {
  return async scene => {
    for (const act of acts) await act(scene);
  };
}

/** A person, or another program, at the same account. */
export function byHand(side: 'buy' | 'sell', quantity: string): Act {
  return ({ ground, local: { exchange } }) => {
    const clientId = `web_${exchange.orders.length}`;
    exchange.place({ symbol: ground.id, clientId, side, type: 'market', quantity: amount(quantity) });
  };
}

/** Another run of Vela, on another machine: no lock can see it. */
export const byAnotherRun: Act = ({ ground, local: { exchange } }) => {
  const clientId = clientIdOf({ runId: 'another', account: 'test', symbol: ground.symbol, slot: 0, number: 1 });
  const quantity = amount('0.01');
  exchange.place({ symbol: ground.id, clientId, side: 'buy', type: 'limit', quantity, price: amount('40000') });
};

/** The venue's clock goes on by so much, a little later. */
export function laterBy(ms: number, afterMs = 500): Act {
  return ({ local: { exchange } }) => {
    setTimeout(() => exchange.clock.moveTo(exchange.clock.now() + ms), afterMs);
  };
}

/** There and back. */
export function priceTouches(price: string, back = '50000'): Act {
  return ({ ground, local: { exchange } }) => {
    exchange.move(ground.id, amount(price));
    exchange.move(ground.id, amount(back));
  };
}

export const cutStreams: Act = ({ local }) => local.server.dropSockets();

export const maintenance: Act = async ({ local, post }) => {
  local.server.maintenance = true;
  local.server.dropSockets();
  // Which of the two is seen first is chance.
  await settle(() => post.blocks().includes('blind') && post.blocks().includes('disconnected'));
  local.server.maintenance = false;
};

/** They are opened and answer pings, and nothing is told. */
export const halfOpen: Act = ({ local }) => {
  local.server.door = 'mute';
  local.server.dropSockets();
  setTimeout(() => {
    local.server.door = 'open';
  }, 2000);
};

/** The stop triggers, the price is far beyond, and nobody takes the other side. */
export const stopDoesNotFill: Act = async ({ ground, local: { exchange }, post }) => {
  const price = 44_000;
  const [stop] = exchange.openOrders(ground.id).filter(({ trigger }) => trigger !== undefined);
  if (stop !== undefined) stop.pieces = [];
  exchange.move(ground.id, amount(String(price)));
  while (post.position > 0) {
    await post.feed({ type: 'price', symbol: ground.symbol, price });
    await new Promise(resolve => setTimeout(resolve, 50));
  }
};

/** The venue says that it does not trade the market, and trades it again a little later; markets are read. */
export function notTrading(forMs: number | undefined): Act {
  return async ({ ground, local: { exchange }, post }) => {
    exchange.listing(ground.id).trading = false;
    await post.run.guard.readMarkets();
    if (forMs === undefined) return;
    setTimeout(() => {
      exchange.listing(ground.id).trading = true;
      void post.run.guard.readMarkets();
    }, forMs);
  };
}

/** The venue announces the end of the market; markets are read. */
export function endsIn(ms: number): Act {
  return async ({ ground, local: { exchange }, post }) => {
    exchange.listing(ground.id).endsMs = exchange.clock.now() + ms;
    await post.run.guard.readMarkets();
  };
}

/** This machine's clock is set, or it slept. */
export function clockLeaps(ms: number): Act {
  return scene => {
    scene.aheadMs += ms;
  };
}

/** The comparison of clocks that is made every minute. */
export const clocksCompared: Act = async ({ post }) => void (await post.connection.measureClock());

/** The next one: a minute is long. */
export const clocksComparedLater: Act = ({ post }) => {
  setTimeout(() => void post.connection.measureClock().catch(() => undefined), 1500);
};

export const deposit = (currency: string, quantity: string): Act => {
  return ({ local }) => local.exchange.deposit(currency, amount(quantity));
};

export const cancelStops: Act = ({ ground, local: { exchange } }) => {
  for (const order of exchange.openOrders(ground.id)) exchange.cancel(order);
};

/** The shares in which the next order fills. */
export function inParts(...shares: readonly string[]): Act {
  return ({ local }) => void local.exchange.nextPieces.push(shares.map(amount));
}

export const told = (kind: 'twice' | 'swap' | 'lose', times: number, event = 'ORDER_TRADE'): Act => {
  return ({ local }) => local.server.faults.addSocket(event, { kind, times });
};

export const diesProtected: Act = ({ ground, local, diesWhen }) =>
  diesWhen(() => local.exchange.openOrders(ground.id).some(({ trigger }) => trigger !== undefined));

export const diesAsItProtects: Act = ({ ground, local, diesWhen }) =>
  diesWhen(() => wasAsked(local, ground.requests.stop));

export const diesAsItLeaves: Act = ({ local, diesWhen }) => diesWhen(() => local.exchange.trades.length > 1);
