/** Between a decision and what the venue has of it: what is on its way, given up or in doubt never adds up to more than was decided. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { amount, number } from '../../../venue/amount.ts';
import { type TestVenue, type UsdmVenue, usdmVenue } from '../../../venue/start.ts';
import { PERPETUAL_FACTS } from '../reconcile/support.ts';
import { BUY, openPost, type Post, SELL, strategy, until } from './support.ts';

const PERPETUAL = { symbol: 'BTC/USDT:USDT', facts: PERPETUAL_FACTS };

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

  it('is for no more than its quantity when what it was to close is gone', async () => {
    const post = await open(local, { ...PERPETUAL, text });
    const sizes = () =>
      local.exchange
        .openOrders('BTCUSDT')
        .filter(({ trigger }) => trigger === amount('44900'))
        .map(({ quantity }) => number(quantity));
    await post.bar(BUY);
    await until(() => post.position === 0.1 && isCalm(post));
    await post.bar(SELL);
    await until(() => sizes().join() === '0.2' && isCalm(post));
    local.exchange.move('BTCUSDT', amount('44950'));
    await until(() => post.position === 0);
    await until(() => sizes().join() === '0.1');
    local.exchange.move('BTCUSDT', amount('44800'));
    await until(() => post.position !== 0);
    expect(held()).toBe(-0.1);
  });
});
