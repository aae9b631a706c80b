/** What can happen to protection at a venue, through the real client: at no time is a position bare past its deadline. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEADLINE_MS } from '../../../../runtime/live/guard/protection.ts';
import { amount, number } from '../../../venue/amount.ts';
import type { LocalExchange } from '../../../venue/exchange.ts';
import { coinbaseVenue, spotVenue, type TestVenue, type UsdmVenue, usdmVenue } from '../../../venue/start.ts';
import { PERPETUAL_FACTS, SPOT_FACTS } from '../reconcile/support.ts';
import {
  BUY,
  memoryRows,
  NOTHING,
  openPost,
  type Post,
  type Rows,
  SELL,
  strategy,
  until,
  withCalls,
} from './support.ts';

const PERPETUAL = { symbol: 'BTC/USDT:USDT', facts: PERPETUAL_FACTS };
const SPOT = { symbol: 'BTC/USDT', facts: SPOT_FACTS };
/** A test's own slowness counts as the run's, twentyfold. */
const LATE_MS = 3000;

type Through = NonNullable<Parameters<typeof openPost>[1]['through']>;

const posts: Post[] = [];
async function open(local: TestVenue, settings: Parameters<typeof openPost>[1]): Promise<Post> {
  const post = await openPost(local, settings);
  posts.push(post);
  return post;
}
afterEach(async () => {
  for (const post of posts.splice(0)) await post.die();
});

function stopsAt(exchange: LocalExchange): readonly number[] {
  return exchange.openOrders('BTCUSDT').flatMap(({ trigger }) => (trigger === undefined ? [] : [number(trigger)]));
}

const isStop = ({ role }: { readonly role: string }) => role === 'stop';

describe('on USD-M', () => {
  let local: UsdmVenue;
  const held = () => local.exchange.position('BTCUSDT').quantity;
  beforeEach(async () => {
    local = await usdmVenue();
  });
  afterEach(() => local.close());

  it('a filled entry has its stop', async () => {
    const post = await open(local, PERPETUAL);
    await post.bar(BUY);
    await until(() => post.position > 0 && local.exchange.openOrders('BTCUSDT').length === 1);
    await post.bar(NOTHING);
    expect(post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS);
    await until(() => post.degraded().length === 0);
    await post.bar(SELL);
    await until(() => held() === 0n && local.exchange.openOrders().length === 0);
  });

  it('a stop that is refused because the price is through is an exit at once', async () => {
    const post = await open(local, { ...PERPETUAL, text: strategy(PERPETUAL.symbol, 'stop: entry + 100') });
    await post.bar(BUY);
    await until(() => post.said('order rejected') && held() === 0n);
    expect(post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS);
    await until(() => post.position === 0);
  });

  it('a stop that does not arrive is an exit at its deadline', async () => {
    const post = await open(local, PERPETUAL);
    local.server.faults.add({ on: 'POST /fapi/v1/algoOrder', when: 'before', answer: 'silence', times: 1000 });
    await post.bar(BUY);
    await until(() => held() > 0n);
    await until(() => held() === 0n);
    expect(post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS + LATE_MS);
    expect(post.said('without its stop for 5 s')).toBe(true);
  });

  it('a stop that arrived without a word is found before its deadline', async () => {
    const post = await open(local, PERPETUAL);
    local.server.faults.add({ on: 'POST /fapi/v1/algoOrder', when: 'after', answer: 'silence' });
    await post.bar(BUY);
    await until(
      () =>
        post.run.guard.degraded.length === 0 &&
        post.run.parts.trader.orders.some(({ order, status }) => order.role === 'stop' && status === 'working'),
    );
    expect(held() > 0n).toBe(true);
    expect(post.said('closed at market')).toBe(false);
    expect(local.exchange.openOrders('BTCUSDT')).toHaveLength(1);
  });

  it('a stop that triggers and does not fill is an exit', async () => {
    const post = await open(local, PERPETUAL);
    await post.bar(BUY);
    await until(() => local.exchange.openOrders('BTCUSDT').length === 1);
    const [stop] = local.exchange.openOrders('BTCUSDT');
    if (stop !== undefined) stop.pieces = [];
    local.exchange.move('BTCUSDT', amount('44000'));
    for (let i = 0; i < 40 && held() > 0n; i++) {
      await post.feed({ type: 'price', symbol: PERPETUAL.symbol, price: 44_000 });
      await new Promise(resolve => setTimeout(resolve, 25));
    }
    await until(() => held() === 0n);
    expect(post.said('beyond the stop')).toBe(true);
  });

  it('a fill is heard, and its stop grows, while a target gets no answer', async () => {
    local.exchange.nextPieces.push([amount('0.5'), amount('1')]);
    const text = strategy(
      PERPETUAL.symbol,
      'at: limit 49900\n  expire: 9 bars\n  stop: 45000\n  target: [50% at 55000, rest at 60000]',
    );
    const post = await open(local, {
      ...PERPETUAL,
      text,
      speed: 4,
      through: venue =>
        withCalls(venue, {
          place: order => (order.order.role === 'target' ? new Promise(() => {}) : venue.place(order)),
        }),
    });
    const stopped = () =>
      local.exchange
        .openOrders('BTCUSDT')
        .filter(({ trigger }) => trigger !== undefined)
        .map(({ quantity }) => number(quantity));
    await post.bar(BUY);
    await until(() => local.exchange.openOrders('BTCUSDT').length === 1);
    local.exchange.move('BTCUSDT', amount('49890'));
    await until(() => stopped().join() === '0.05');
    local.exchange.move('BTCUSDT', amount('49880'));
    await until(() => stopped().join() === '0.1');
    expect(post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS);
  });

  it('an exit goes out as soon as it can be asked what is held, while an order is unknown', async () => {
    const post = await open(local, {
      ...PERPETUAL,
      text: strategy(PERPETUAL.symbol, 'stop: entry * 0.9\n  target: [rest at entry * 1.2]'),
    });
    local.server.faults.add({
      on: 'POST /fapi/v1/order',
      of: ({ type }) => type === 'LIMIT',
      when: 'before',
      answer: 'silence',
    });
    await post.bar(BUY);
    await until(() => post.run.parts.trader.orders.some(({ status }) => status === 'unknown'));
    local.server.faults.add({
      on: 'GET /fapi/v3/positionRisk',
      when: 'before',
      answer: { status: 503, body: '' },
      times: 1000,
    });
    await post.bar(SELL);
    await until(() => post.said('order not sent'));
    local.server.faults.clear();
    await until(() => held() === 0n);
    expect(post.notices.filter(({ what }) => what === 'order unknown')).toHaveLength(1);
  });

  it('an exit does not wait for the cancel of its stop, which gets no answer', async () => {
    const through: Through = venue => withCalls(venue, { cancel: () => new Promise(() => {}) });
    const post = await open(local, { ...PERPETUAL, through });
    await post.bar(BUY);
    await until(() => post.position > 0 && local.exchange.openOrders('BTCUSDT').length === 1);
    void post.bar(SELL);
    await until(() => held() === 0n);
  });

  it('a position whose process died before its stop was placed gets it first of all', async () => {
    const rows = memoryRows();
    const dying = await open(local, {
      ...PERPETUAL,
      rows,
      unguarded: true,
      through: venue =>
        withCalls(venue, {
          place: order => (order.order.type === 'stop' ? new Promise(() => {}) : venue.place(order)),
        }),
    });
    void dying.bar(BUY);
    await until(() => held() > 0n && rows.rows.some(({ body }) => body.includes('"stop"')));
    await dying.die();
    expect(stopsAt(local.exchange)).toEqual([]);
    const again = await open(local, { ...PERPETUAL, rows });
    expect(again.restored).toMatchObject([{ outcome: 'placed', order: { type: 'stop' } }]);
    await until(() => again.position > 0);
    await again.bar(NOTHING);
    expect(local.exchange.openOrders('BTCUSDT')).toHaveLength(1);
    expect(again.run.blocks).toEqual([]);
    // The journal that was written around it goes on as it stands.
    await again.die();
    const third = await open(local, { ...PERPETUAL, rows });
    expect(third.restored).toEqual([]);
    expect(third.position).toBe(0.1);
    await third.bar(SELL);
    await until(() => held() === 0n && local.exchange.openOrders().length === 0);
  });

  it('a position whose process died before it heard of the fill gets the stop that was planned', async () => {
    const rows = memoryRows();
    const dying = await open(local, {
      ...PERPETUAL,
      rows,
      unguarded: true,
      through: venue =>
        withCalls(venue, {
          place: async order => {
            await venue.place(order);
            return new Promise(() => {});
          },
          listen: async () => {},
        }),
    });
    void dying.bar(BUY);
    await until(() => held() > 0n);
    await dying.die();
    const before = rows.rows.length;
    const again = await open(local, { ...PERPETUAL, rows });
    expect(rows.rows.length).toBeGreaterThan(before);
    // Of the price that it was reckoned from: nine tenths of 50 200.
    expect(again.restored).toMatchObject([{ outcome: 'placed', order: { type: 'stop', price: 45_180 } }]);
    await until(() => again.position > 0);
    // Of the price that it filled at.
    await until(() => stopsAt(local.exchange).join() === '45000');
    expect(again.longestUnprotectedMs).toBeLessThan(DEADLINE_MS);
  });

  it('a stop that was put back outlives the end of the one whose place it took', async () => {
    const rows = memoryRows();
    const dying = await open(local, { ...PERPETUAL, rows });
    await dying.bar(BUY);
    await until(() => dying.run.parts.trader.orders.some(({ order, status }) => isStop(order) && status === 'working'));
    const [old] = local.exchange.openOrders('BTCUSDT');
    if (old === undefined) throw new Error('there is no stop');
    await dying.die();
    local.exchange.cancel(old);
    const again = await open(local, { ...PERPETUAL, rows });
    expect(again.restored).toMatchObject([{ outcome: 'placed', order: { type: 'stop' } }]);
    await again.run.onVenue({ type: 'gone', clientId: old.clientId, why: 'cancelled', timeMs: again.venue.now() });
    await again.bar(NOTHING);
    const stops = again.run.parts.trader.orders.filter(({ order }) => isStop(order));
    expect(stops.map(({ order }) => again.run.clientIds.get(order.id))).toEqual([again.restored[0]?.clientId]);
    expect(stopsAt(local.exchange)).toHaveLength(1);
  });

  const ENTRY = 'at: limit 49900\n  expire: 9 bars\n  stop: 45000';
  const sizes = () =>
    local.exchange
      .openOrders('BTCUSDT')
      .flatMap(({ trigger, quantity }) => (trigger === undefined ? [] : [number(quantity)]));

  /** An entry that has filled by half, and goes on filling when the process has died. */
  async function diedWhileFilling(rows: Rows): Promise<void> {
    local.exchange.nextPieces.push([amount('0.5'), amount('1')]);
    const dying = await open(local, { ...PERPETUAL, rows, text: strategy(PERPETUAL.symbol, ENTRY) });
    await dying.bar(BUY);
    await until(() => local.exchange.openOrders('BTCUSDT').length === 1);
    local.exchange.move('BTCUSDT', amount('49890'));
    const isKnown = () => dying.run.parts.trader.orders.every(({ status }) => status === 'working');
    await until(() => sizes().join() === '0.05' && isKnown());
    await dying.die();
    local.exchange.move('BTCUSDT', amount('49880'));
    expect(held()).toBe(amount('0.1'));
  }

  it('what an entry goes on filling while no process is there is protected first of all', async () => {
    const rows = memoryRows();
    await diedWhileFilling(rows);
    const before = rows.rows.length;
    const again = await open(local, { ...PERPETUAL, rows, text: strategy(PERPETUAL.symbol, ENTRY) });
    expect(again.restored).toMatchObject([
      { outcome: 'placed', order: { type: 'stop', price: 45_000, quantity: 0.05 } },
    ]);
    // Before anything else was journaled.
    expect(rows.rows[before]?.body).toContain('"restored"');
    await until(() => again.position === 0.1);
    await again.bar(NOTHING);
    await until(() => sizes().reduce((sum, size) => sum + size, 0) === 0.1);
    await again.bar(SELL);
    await until(() => held() === 0n && local.exchange.openOrders().length === 0);
  });

  it('what somebody else holds beside it is not protected first', async () => {
    const rows = memoryRows();
    await diedWhileFilling(rows);
    const quantity = amount('0.3');
    local.exchange.place({ symbol: 'BTCUSDT', clientId: 'hand', side: 'buy', type: 'market', quantity });
    expect(held()).toBe(amount('0.4'));
    const again = await open(local, { ...PERPETUAL, rows, text: strategy(PERPETUAL.symbol, ENTRY) });
    expect(again.restored).toMatchObject([{ order: { quantity: 0.05 } }]);
    await until(() => again.position === 0.1);
  });

  describe('a stream that is open and says nothing', () => {
    const mute = () => local.server.faults.addSocket('ORDER_TRADE_UPDATE', { kind: 'lose', times: 10_000 });
    // A test's own slowness counts for less.
    const SLOW = { speed: 4 };

    it('leaves no entry at market without its stop', async () => {
      const post = await open(local, { ...PERPETUAL, ...SLOW });
      mute();
      await post.bar(BUY);
      await until(() => post.position > 0 && local.exchange.openOrders('BTCUSDT').length === 1);
      expect(post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS);
      expect(post.said('missed fill')).toBe(true);
    });

    it('leaves no entry at a price without its stop', async () => {
      const post = await open(local, { ...PERPETUAL, ...SLOW, text: strategy(PERPETUAL.symbol, ENTRY) });
      mute();
      await post.bar(BUY);
      await until(() => local.exchange.openOrders('BTCUSDT').length === 1);
      local.exchange.move('BTCUSDT', amount('49880'));
      await post.feed({ type: 'price', symbol: PERPETUAL.symbol, price: 49_880 });
      await until(() => post.position > 0 && sizes().join() === '0.1');
      expect(post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS);
    });

    it('hides no stop that has filled', async () => {
      const post = await open(local, { ...PERPETUAL, ...SLOW });
      await post.bar(BUY);
      await until(() => post.position > 0 && local.exchange.openOrders('BTCUSDT').length === 1);
      mute();
      local.exchange.move('BTCUSDT', amount('44000'));
      await post.feed({ type: 'price', symbol: PERPETUAL.symbol, price: 44_000 });
      await until(() => post.position === 0);
      expect(post.said('beyond the stop')).toBe(false);
    });
  });

  it('a ban blinds it: no entries until it has been held against the venue again', async () => {
    const post = await open(local, PERPETUAL);
    await post.bar(BUY);
    await until(() => local.exchange.openOrders('BTCUSDT').length === 1);
    const banned = { status: 418, body: '{"code":-1003,"msg":"banned"}', headers: { 'retry-after': '100' } };
    local.server.faults.add({ on: 'POST /fapi/v1/order', when: 'before', answer: banned });
    await post.bar(SELL);
    await until(() => post.blocks().join() === 'blind');
    expect(post.degraded()).toContain('blind');
    const before = local.server.requests.length;
    await new Promise(resolve => setTimeout(resolve, 200));
    // What rests there goes on protecting; nothing is asked of a venue that has shut the door.
    expect(local.server.requests.length).toBe(before);
    expect(local.exchange.openOrders('BTCUSDT')).toHaveLength(1);
    local.exchange.clock.moveTo(local.exchange.clock.now() + 101_000);
    await until(() => post.degraded().length === 0 && held() === 0n);
    expect(post.blocks()).toEqual([]);
    await until(() => local.exchange.openOrders('BTCUSDT').length === 0);
  });

  it('a venue under maintenance blinds it, and is looked at until it answers', async () => {
    const post = await open(local, PERPETUAL);
    await post.bar(BUY);
    await until(() => local.exchange.openOrders('BTCUSDT').length === 1);
    local.server.maintenance = true;
    local.server.dropSockets();
    await until(() => post.blocks().includes('blind'));
    local.server.maintenance = false;
    await until(() => post.degraded().length === 0, 10_000);
    expect(post.blocks()).toEqual([]);
    expect(held() > 0n).toBe(true);
  });

  it('a venue that answers no call about the account blinds it, although its streams are open', async () => {
    const post = await open(local, PERPETUAL);
    local.server.maintenance = true;
    // As the minute's comparison asks.
    await expect(post.run.reconciler.now()).rejects.toThrow('503');
    await until(() => post.blocks().includes('blind'));
    expect(post.blocks()).toEqual(['blind']);
    await post.bar(BUY);
    expect(local.server.requests.filter(({ name }) => name === 'POST /fapi/v1/order')).toEqual([]);
    local.server.maintenance = false;
    await until(() => post.degraded().length === 0, 10_000);
    expect(post.blocks()).toEqual([]);
  });

  it('a venue that fails once is not blind to it', async () => {
    const post = await open(local, PERPETUAL);
    const answer = { status: 502, body: 'Bad Gateway' };
    local.server.faults.add({ on: 'GET /fapi/v1/openOrders', when: 'before', answer });
    await post.run.reconciler.now();
    await post.run.reconciler.now();
    expect(post.said('blind')).toBe(false);
  });

  it('a stream of orders that stays away halts entries', async () => {
    const post = await open(local, PERPETUAL);
    await post.run.onVenue({ type: 'disconnected', why: 'cut' });
    await until(() => post.blocks().join() === 'disconnected');
    await post.bar(BUY);
    expect(local.exchange.openOrders()).toEqual([]);
    await post.run.onVenue({ type: 'reconnected' });
    expect(post.blocks()).toEqual([]);
    await post.bar(BUY);
    await until(() => held() > 0n);
  });

  it("a venue's clock that leaps by two minutes halts entries until it is measured again", async () => {
    const post = await open(local, PERPETUAL);
    const measured = async () => {
      const { jumpMs, offsetMs, uncertaintyMs } = await post.connection.measureClock();
      await post.feed({ type: 'clock', jumpMs, offsetMs, uncertaintyMs });
    };
    await measured();
    expect(post.blocks()).toEqual([]);
    local.told.aheadMs = 120_000;
    await measured();
    expect(post.blocks()).toEqual(['clock']);
    await post.bar(BUY);
    expect(held()).toBe(0n);
    await measured();
    expect(post.blocks()).toEqual([]);
  });

  it('a market that is not traded takes no entries, and no other cause is lifted with its', async () => {
    const post = await open(local, PERPETUAL);
    local.exchange.listing('BTCUSDT').trading = false;
    await post.run.guard.readMarkets();
    await post.run.guard.begin('disk', 'full');
    expect(post.blocks()).toEqual(['not trading', 'disk']);
    local.exchange.listing('BTCUSDT').trading = true;
    await post.run.guard.readMarkets();
    await post.bar(BUY);
    expect(held()).toBe(0n);
    await post.run.guard.end('disk');
    await post.bar(BUY);
    await until(() => held() > 0n);
  });

  it('other steps of the venue put what rests on them', async () => {
    let tick = '0.1';
    const post = await open(local, {
      ...PERPETUAL,
      text: strategy(PERPETUAL.symbol, 'stop: entry * 0.90003'),
      through: venue =>
        withCalls(venue, {
          market: async symbol => {
            const market = await venue.market(symbol);
            return { ...market, facts: { ...market.facts, tick } };
          },
        }),
    });
    await post.bar(BUY);
    await until(() => stopsAt(local.exchange).join() === '45001.5');
    tick = '2';
    await post.run.guard.readMarkets();
    // Towards the price: it never risks more than was asked.
    await until(() => stopsAt(local.exchange).join() === '45002');
    expect(post.said('other steps')).toBe(true);
    await post.run.guard.readMarkets();
    expect(post.notices.filter(({ what }) => what.includes('other steps'))).toHaveLength(1);
  });

  it('protection that is put back lies on the steps that the venue has by then', async () => {
    const rows = memoryRows();
    const text = strategy(PERPETUAL.symbol, 'stop: entry * 0.90003');
    const dying = await open(local, {
      ...PERPETUAL,
      text,
      rows,
      unguarded: true,
      through: venue =>
        withCalls(venue, {
          place: order => (order.order.type === 'stop' ? new Promise(() => {}) : venue.place(order)),
        }),
    });
    void dying.bar(BUY);
    await until(() => held() > 0n && rows.rows.some(({ body }) => body.includes('"role":"stop"')));
    await dying.die();
    const { market } = local.exchange.listing('BTCUSDT');
    local.exchange.list({ ...market, tick: amount('2'), lot: amount('0.05') }, amount(String(BUY)));
    const again = await open(local, { ...PERPETUAL, text, rows });
    expect(again.restored).toMatchObject([{ outcome: 'placed', order: { role: 'stop', price: 45_002 } }]);
    expect(stopsAt(local.exchange)).toEqual([45_002]);
    expect(again.said('closed at market')).toBe(false);
  });

  it('a market that will be settled takes no entries, and is left before', async () => {
    let endsMs: number | undefined;
    const post = await open(local, {
      ...PERPETUAL,
      through: venue =>
        withCalls(venue, {
          market: async symbol => ({ ...(await venue.market(symbol)), ...(endsMs !== undefined && { endsMs }) }),
        }),
    });
    await post.bar(BUY);
    await until(() => held() > 0n && post.position > 0);
    endsMs = post.venue.now() + 5 * 3_600_000;
    await post.run.guard.readMarkets();
    expect(post.blocks()).toEqual(['not trading']);
    expect(held() > 0n).toBe(true);
    endsMs = post.venue.now() + 1.5 * 3_600_000;
    await post.run.guard.readMarkets();
    await until(() => held() === 0n);
  });

  it('an order of another run on its instrument halts entries', async () => {
    const post = await open(local, PERPETUAL);
    await post.run.onVenue({ type: 'accepted', clientId: `vela${'0'.repeat(28)}`, venueId: '1' });
    expect(post.degraded()).toEqual(['claimed twice']);
    expect(post.blocks()).toEqual(['claimed twice']);
  });
});

describe('on spot, where a resting sale holds its quantity', () => {
  let local: TestVenue;
  const held = () => local.exchange.total('BTC');
  beforeEach(async () => {
    local = await spotVenue();
  });
  afterEach(() => local.close());

  it('an exit takes the place of the stop', async () => {
    const post = await open(local, SPOT);
    await post.bar(BUY);
    await until(() => post.position > 0 && local.exchange.openOrders('BTCUSDT').length === 1);
    await post.bar(SELL);
    await until(() => held() < amount('0.00001'));
    expect(local.exchange.openOrders('BTCUSDT')).toEqual([]);
    expect(post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS);
    expect(post.notices.filter(({ what }) => what === 'order rejected')).toEqual([]);
  });

  it('an exit waits for two cancels of its stop, not for all that get no answer', async () => {
    const post = await open(local, SPOT);
    await post.bar(BUY);
    await until(() => post.position > 0 && local.exchange.openOrders('BTCUSDT').length === 1);
    local.server.faults.add({ on: 'DELETE /api/v3/order', when: 'before', answer: 'silence', times: 1000 });
    void post.bar(SELL);
    for (let i = 0; i < 4 && !post.said('order rejected'); i++) await new Promise(resolve => setTimeout(resolve, 2000));
    const said = post.notices.map(({ what }) => what);
    expect(said.slice(0, said.indexOf('order rejected')).filter(what => what === 'cancel unknown')).toHaveLength(2);
    local.server.faults.clear();
    await until(() => post.position === 0);
    expect(held()).toBeLessThan(amount('0.00001'));
    expect(local.exchange.openOrders('BTCUSDT')).toEqual([]);
    expect(post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS);
  });

  it('an exit does not wait for a stream that says nothing of the end of its stop', async () => {
    const post = await open(local, { ...SPOT, speed: 4 });
    await post.bar(BUY);
    await until(() => post.position > 0 && local.exchange.openOrders('BTCUSDT').length === 1);
    local.server.faults.addSocket('executionReport', { kind: 'lose', times: 10_000 });
    void post.bar(SELL);
    await until(() => held() < amount('0.00001'));
    expect(post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS);
    await until(() => post.position === 0);
  });

  it('coins that are not the run’s get no stop and are not sold when it starts again after its stop filled', async () => {
    local.exchange.deposit('BTC', amount('1'));
    const rows = memoryRows();
    const first = await open(local, { ...SPOT, rows });
    await first.bar(BUY);
    await until(() => first.position > 0 && local.exchange.openOrders('BTCUSDT').length === 1);
    local.exchange.move('BTCUSDT', amount('44000'));
    await until(() => first.position === 0);
    await first.die();
    const before = held();
    // Somebody else's, that came while the run was away.
    local.exchange.deposit('BTC', amount('0.5'));
    const again = await open(local, { ...SPOT, rows });
    expect(again.restored).toEqual([]);
    expect(held()).toBe(before + amount('0.5'));
    expect(local.exchange.openOrders('BTCUSDT')).toEqual([]);
  });

  it('a target waits until the price is at it, and takes the place of its part of the stop', async () => {
    const text = strategy(SPOT.symbol, 'stop: entry * 0.9\n  target: [50% at entry * 1.1, rest at entry * 1.2]');
    const post = await open(local, { ...SPOT, text });
    await post.bar(BUY);
    await until(() => local.exchange.openOrders('BTCUSDT').length === 1);
    local.exchange.move('BTCUSDT', amount('54990'));
    local.exchange.move('BTCUSDT', amount('55000'));
    await post.feed({ type: 'price', symbol: SPOT.symbol, price: 55_000 });
    await until(() => post.position < 0.06 && local.exchange.openOrders('BTCUSDT').length === 1);
    expect(post.position).toBeGreaterThan(0.04);
    expect(post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS);
    expect(post.notices.filter(({ what }) => what === 'order rejected')).toEqual([]);
  });
});

describe('on Coinbase, which changes no order', () => {
  let local: TestVenue;
  beforeEach(async () => {
    local = await coinbaseVenue();
  });
  afterEach(() => local.close());

  it('a stop that moves is another stop', async () => {
    const symbol = 'BTC/USD';
    const post = await open(local, {
      symbol,
      facts: SPOT_FACTS,
      text: strategy(symbol, 'stop: entry * 0.9\n  trail: 5%').replace('binance', 'coinbase'),
    });
    await post.bar(BUY);
    await until(() => post.position > 0 && local.exchange.openOrders('BTC-USD').length === 1);
    local.exchange.move('BTC-USD', amount('51000'));
    await post.bar(51_000);
    await until(() => local.exchange.openOrders('BTC-USD').some(({ trigger }) => trigger === amount('48450')));
    expect(local.exchange.openOrders('BTC-USD')).toHaveLength(1);
    expect(post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS);
  });
});
