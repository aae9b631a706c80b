/** Between a decision and what the venue has of it: what is on its way, given up or in doubt never adds up to more than was decided. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VenueError } from '../../../../runtime/live/ports.ts';
import { grant } from '../../../../runtime/live/reconcile/grant.ts';
import { amount, number } from '../../../venue/amount.ts';
import { spotVenue, type TestVenue, type UsdmVenue, usdmVenue } from '../../../venue/start.ts';
import { PERPETUAL_FACTS, SPOT_FACTS } from '../reconcile/support.ts';
import { BUY, memoryRows, openPost, type Post, SELL, strategy, until, withCalls } from './support.ts';

const PERPETUAL = { symbol: 'BTC/USDT:USDT', facts: PERPETUAL_FACTS };
const SPOT = { symbol: 'BTC/USDT', facts: SPOT_FACTS };

const posts: Post[] = [];
async function open(local: TestVenue, settings: Parameters<typeof openPost>[1]): Promise<Post> {
  const post = await openPost(local, settings);
  posts.push(post);
  return post;
}
afterEach(async () => {
  for (const post of posts.splice(0)) await post.die();
});

const isCalm = (post: Post) => post.run.parts.trader.orders.every(({ status }) => status === 'working');

describe('an entry that takes the place of one that has expired', () => {
  const text = strategy(PERPETUAL.symbol, 'at: limit 49900\n  expire: 1 bars\n  stop: 45000');
  let local: UsdmVenue;
  const held = () => number(local.exchange.position('BTCUSDT').quantity);
  const entries = () => local.exchange.openOrders('BTCUSDT').filter(({ trigger }) => trigger === undefined);
  beforeEach(async () => {
    local = await usdmVenue();
  });
  afterEach(() => local.close());

  it('is made when the venue has ended that one', async () => {
    const post = await open(local, { ...PERPETUAL, text });
    await post.bar(BUY);
    await until(() => entries().length === 1 && isCalm(post));
    await post.bar(BUY);
    await until(() => entries().length === 1 && isCalm(post));
    local.exchange.move('BTCUSDT', amount('49880'));
    await until(() => post.position === 0.1);
  });

  it('is not made beside one that has filled, of which nobody has heard yet', async () => {
    const post = await open(local, { ...PERPETUAL, text });
    await post.bar(BUY);
    await until(() => entries().length === 1 && isCalm(post));
    local.server.faults.addSocket('ORDER_TRADE_UPDATE', { kind: 'lose', times: 10_000 });
    local.exchange.move('BTCUSDT', amount('49880'));
    expect(held()).toBe(0.1);
    local.exchange.move('BTCUSDT', amount('49950'));
    await post.bar(BUY);
    await until(() => post.position === 0.1);
    local.exchange.move('BTCUSDT', amount('49880'));
    await until(() => post.position === held());
    expect(held()).toBe(0.1);
    expect(entries()).toEqual([]);
  });

  it('is not made beside one whose cancel gets no answer', async () => {
    const post = await open(local, { ...PERPETUAL, text });
    await post.bar(BUY);
    await until(() => entries().length === 1 && isCalm(post));
    local.server.faults.add({
      on: 'DELETE /fapi/v1/order',
      when: 'before',
      answer: { status: 503, body: '' },
      times: 1000,
    });
    await post.bar(BUY);
    expect(entries()).toHaveLength(1);
    local.exchange.move('BTCUSDT', amount('49880'));
    await until(() => post.position > 0);
    expect(held()).toBe(0.1);
  });
});

it('what is added leaves room under a cap for the entry that still fills', async () => {
  const text = `strategy "Adds"
instrument "BTC/USDT:USDT" on binance
every 1h
when close > 50100 enter long { at: limit 49900  expire: 90 bars  size: 0.1 base  stop: 45000 }
when close < 49895 and close > 49000 add long { size: 0.1 base }
risk { cap position at 55% of equity }
execution { fee: 10bp  slippage: 0bp  funding: ignored }
`;
  const local = await usdmVenue();
  try {
    local.exchange.nextPieces.push([amount('0.5'), amount('1')]);
    const held = () => number(local.exchange.position('BTCUSDT').quantity);
    const post = await open(local, { ...PERPETUAL, text });
    await post.bar(BUY);
    await until(() => local.exchange.openOrders('BTCUSDT').length === 1 && isCalm(post));
    local.exchange.move('BTCUSDT', amount('49890'));
    await until(() => post.position === 0.05 && isCalm(post));
    await post.bar(49_890);
    await until(() => post.position > 0.05 && isCalm(post));
    local.exchange.move('BTCUSDT', amount('49880'));
    await until(() => post.position === held() && isCalm(post));
    await until(() => local.exchange.openOrders('BTCUSDT').length === 1);
    expect(held()).toBeLessThanOrEqual(0.111);
    expect(held()).toBeGreaterThan(0.1);
  } finally {
    await local.close();
  }
});

describe('a reversal that rests', () => {
  const text = `strategy "Turns"
instrument "BTC/USDT:USDT" on binance
every 1h
when close > 50100 enter long { size: 0.1 base  stop: 45000 }
when close < 49900 enter short { at: stop 44900  expire: 9 bars  size: 0.1 base  stop: 60000 }
execution { fee: 10bp  slippage: 0bp  funding: ignored }
`;
  let local: UsdmVenue;
  const held = () => number(local.exchange.position('BTCUSDT').quantity);
  beforeEach(async () => {
    local = await usdmVenue();
  });
  afterEach(() => local.close());

  it.each(['the process that sent it', 'the next'])(
    'is for no more than its quantity when what it was to close is gone, in %s',
    async who => {
      const rows = memoryRows();
      let post = await open(local, { ...PERPETUAL, text, rows });
      const sizes = () =>
        local.exchange
          .openOrders('BTCUSDT')
          .filter(({ trigger }) => trigger === amount('44900'))
          .map(({ quantity }) => number(quantity));
      await post.bar(BUY);
      await until(() => post.position === 0.1 && isCalm(post));
      await post.bar(SELL);
      await until(() => sizes().join() === '0.2' && isCalm(post));
      if (who === 'the next') {
        await post.die();
        post = await open(local, { ...PERPETUAL, text, rows });
      }
      local.exchange.move('BTCUSDT', amount('44950'));
      await until(() => post.position === 0);
      await until(() => sizes().join() === '0.1');
      local.exchange.move('BTCUSDT', amount('44800'));
      await until(() => post.position !== 0);
      expect(held()).toBe(-0.1);
    },
  );
});

describe('an entry that fills although it was given up', () => {
  let local: UsdmVenue;
  const held = () => number(local.exchange.position('BTCUSDT').quantity);
  const orders = () => local.exchange.openOrders('BTCUSDT').length;
  /** Nothing is cancelled there any more. */
  const keep = () => {
    const answer = { status: 400, body: '{"code":-2011,"msg":"Unknown order sent."}' };
    const isEntry = ({ origClientOrderId = '' }: Readonly<Record<string, string | undefined>>) =>
      origClientOrderId !== '';
    local.server.faults.add({ on: 'DELETE /fapi/v1/order', of: isEntry, when: 'before', answer, times: 1000 });
    local.server.faults.add({ on: 'DELETE /fapi/v1/algoOrder', when: 'before', answer, times: 1000 });
  };
  beforeEach(async () => {
    local = await usdmVenue();
  });
  afterEach(() => local.close());

  it('is closed when it was to be added to a position that is gone', async () => {
    const text = `strategy "Adds"
instrument "BTC/USDT:USDT" on binance
every 1h
when close > 50100 enter long { size: 0.1 base  stop: 45000 }
when close > 50250 add long { at: limit 45500  expire: 90 bars  size: 0.1 base }
when close < 49900 exit long
execution { fee: 10bp  slippage: 0bp  funding: ignored }
`;
    const post = await open(local, { ...PERPETUAL, text });
    await post.bar(BUY);
    await until(() => post.position === 0.1 && orders() === 1);
    await post.bar(50_300);
    await until(() => orders() === 2 && isCalm(post));
    keep();
    void post.bar(SELL);
    await until(() => post.position === 0);
    local.exchange.move('BTCUSDT', amount('45400'));
    await until(() => post.run.parts.trader.tradeCount === 2 && held() === 0);
  });

  it('is closed while a limit holds for which all was closed', async () => {
    const text = `strategy "Breaks"
instrument "BTC/USDT:USDT" on binance
every 1h
when close > 50100 enter long { size: 0.1 base  stop: 43000 }
when close < 49900 enter short { at: stop 44900  expire: 90 bars  size: 0.1 base  stop: 60000 }
risk { cap drawdown at 1% else flatten }
execution { fee: 10bp  slippage: 0bp  funding: ignored }
`;
    const post = await open(local, { ...PERPETUAL, text });
    await post.bar(BUY);
    await until(() => post.position === 0.1 && orders() === 1);
    await post.bar(SELL);
    await until(() => orders() === 2 && isCalm(post));
    keep();
    local.exchange.move('BTCUSDT', amount('48000'));
    void post.bar(48_000);
    await until(() => post.position === 0);
    local.exchange.move('BTCUSDT', amount('44800'));
    await until(() => post.run.parts.trader.tradeCount === 2 && held() === 0);
  });
});

it('an exit on spot does not wait for the cancel of the entry that still fills, which gets no answer', async () => {
  const local = await spotVenue();
  try {
    local.exchange.nextPieces.push([amount('0.5'), amount('1')]);
    let entry = '';
    const post = await open(local, {
      ...SPOT,
      text: strategy(SPOT.symbol, 'at: limit 49900\n  expire: 9 bars\n  stop: 45000'),
      through: venue =>
        withCalls(venue, {
          place: order => {
            if (order.order.role === 'enter') entry = order.clientId;
            return venue.place(order);
          },
          cancel: (symbol, clientId, id) =>
            clientId === entry ? new Promise(() => {}) : venue.cancel(symbol, clientId, id),
        }),
    });
    await post.bar(BUY);
    await until(() => local.exchange.openOrders('BTCUSDT').length === 1);
    local.exchange.move('BTCUSDT', amount('49890'));
    await until(() => post.position > 0 && local.exchange.openOrders('BTCUSDT').length === 2);
    void post.bar(SELL);
    await until(() => post.position === 0);
    expect(local.exchange.total('BTC')).toBeLessThan(amount('0.0001'));
  } finally {
    await local.close();
  }
});

describe('an order in doubt', () => {
  let local: TestVenue;
  const held = () => local.exchange.total('BTC');
  beforeEach(async () => {
    local = await spotVenue();
  });
  afterEach(() => local.close());

  it('of which a person says that it never arrived is not sent once more when its look-ups end', async () => {
    // Its watch would close the position before the person has spoken.
    const post = await open(local, { ...SPOT, unguarded: true });
    const isSale = ({ side }: Readonly<Record<string, string | undefined>>) => side === 'SELL';
    local.server.faults.add({ on: 'POST /api/v3/order', of: isSale, when: 'before', answer: 'cut' });
    await post.bar(BUY);
    await until(() => post.run.parts.trader.orders.some(({ status }) => status === 'unknown'));
    const [unknown] = post.run.parts.trader.orders;
    const clientId = post.run.clientIds.get(unknown?.order.id ?? 0) ?? '';
    expect(await grant(post.run, { type: 'resolve', clientId, as: 'never' })).toMatchObject({ outcome: 'done' });
    await until(() => local.exchange.openOrders('BTCUSDT').length === 1 && isCalm(post));
    await post.run.idle();
    expect(post.notices.filter(({ what, facts }) => what === 'order placed' && facts?.role === 'stop')).toHaveLength(1);
    expect(post.said('order rejected')).toBe(false);
    expect(post.position).toBeGreaterThan(0);
  });

  it('is not made up for with coins that are not the run’s', async () => {
    local.exchange.deposit('BTC', amount('1'));
    const post = await open(local, {
      ...SPOT,
      unguarded: true,
      through: venue =>
        withCalls(venue, {
          // The stop arrives, and nobody is told of it or of what it fills.
          place: async order => {
            if (order.order.role !== 'stop') return venue.place(order);
            local.server.faults.addSocket('executionReport', { kind: 'lose', times: 10_000 });
            await venue.place(order);
            throw new VenueError('unknown', 'no answer');
          },
          lookup: async () => {
            throw new VenueError('not sent', 'no answer');
          },
        }),
    });
    await post.bar(BUY);
    await until(() => local.exchange.openOrders('BTCUSDT').length === 1);
    local.exchange.move('BTCUSDT', amount('44000'));
    const left = held();
    expect(left).toBeLessThan(amount('1.001'));
    expect(post.position).toBeGreaterThan(0);
    await post.bar(SELL);
    expect(post.notices.map(({ facts }) => facts?.why)).toContain('nothing of BTC/USDT is held there');
    expect(held()).toBe(left);
  });
});
