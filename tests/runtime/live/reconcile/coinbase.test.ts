/** The books of a run at Coinbase, whose stream tells of sums and whose orders are found by no id of ours. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { amount, number } from '../../../venue/amount.ts';
import { coinbaseVenue, type TestVenue } from '../../../venue/start.ts';
import { BUY, type Desk, memoryRows, openDesk, SELL, SPOT_FACTS, until } from './support.ts';

let local: TestVenue;
let desks: Desk[] = [];
beforeEach(async () => {
  local = await coinbaseVenue();
  local.exchange.deposit('USD', amount('20000'));
  desks = [];
});
afterEach(async () => {
  for (const desk of desks) await desk.die();
  await local.close();
});

const TEXT = `strategy "By hand"
instrument "BTC/USD" on coinbase
every 1h
when close > 50100 enter long { size: 0.1 base  stop: entry * 0.9 }
when close < 49900 exit long
execution { fee: 10bp  slippage: 0bp }
`;

async function open(settings: Parameters<typeof openDesk>[1] = {}): Promise<Desk> {
  const facts = { ...SPOT_FACTS, minNotional: '1' };
  const desk = await openDesk(local, { symbol: 'BTC/USD', facts, text: TEXT, ...settings });
  desks.push(desk);
  return desk;
}

const coins = () => number(local.exchange.total('BTC'));
const working = () => local.exchange.openOrders('BTC-USD');

describe('a run at Coinbase', () => {
  it('holds what the account holds', async () => {
    const desk = await open();
    await desk.bar(BUY);
    await until(() => desk.position === 0.1 && working().length === 1);
    await desk.run.reconciler.now();
    expect([desk.told(), coins()]).toEqual([[], 0.1]);
    await desk.bar(SELL);
    await until(() => desk.position === 0);
    await until(() => desk.run.parts.trader.orders.length === 0);
    await desk.run.reconciler.now();
    expect([desk.told(), coins(), working().length]).toEqual([[], 0, 0]);
  });

  it('finds out at its next start that its stop has filled', async () => {
    const rows = memoryRows();
    const desk = await open({ rows });
    await desk.bar(BUY);
    await until(() => desk.position === 0.1 && working().length === 1);
    await desk.die();
    local.exchange.move('BTC-USD', amount('44900'));
    expect(coins()).toBe(0);
    // A stream that begins beside it reads what it has missed too.
    const next = await open({ rows, deaf: true });
    expect([next.told(), next.position]).toEqual([['missed fill'], 0]);
  });

  it.each([
    { name: 'a stop', close: 52_000, position: 0.1, stops: [49_400] },
    { name: 'an exit', close: SELL, position: 0, stops: [] },
  ])('knows that $name never left while the stop whose place it takes still stands', async ({ close, ...left }) => {
    const rows = memoryRows();
    let isDead = false;
    const durable = () => (isDead ? new Promise<void>(() => {}) : Promise.resolve());
    const text = TEXT.replace('entry * 0.9', 'entry * 0.9  trail: 5%');
    const desk = await open({ rows: { ...rows, sink: { ...rows.sink, durable } }, text });
    await desk.bar(BUY);
    await until(() => desk.position === 0.1 && working().length === 1);
    isDead = true;
    void desk.bar(close);
    await until(() => rows.rows.filter(({ kind }) => kind === 'intent').length === 4);
    await desk.die();
    const stops = () => working().map(({ trigger }) => number(trigger ?? 0n));
    expect(stops()).toEqual([47_500]);
    // The venue counts what it is asked in a second.
    local.exchange.clock.moveTo(local.exchange.clock.now() + 1000);
    const next = await open({ rows, text });
    await until(() => coins() === left.position && stops().join() === left.stops.join());
    expect(next.told()).toEqual([]);
    expect(rows.rows.filter(({ body }) => body.includes('orderUnknown'))).toEqual([]);
  });

  it('makes no entry when somebody trades beside it', async () => {
    const desk = await open();
    await desk.run.reconciler.now();
    local.exchange.place({
      symbol: 'BTC-USD',
      clientId: 'by-hand',
      side: 'buy',
      type: 'market',
      quantity: amount('0.02'),
    });
    await desk.run.reconciler.now();
    expect(desk.told()).toEqual(['foreign position']);
    await desk.bar(BUY);
    expect(desk.run.parts.trader.orders).toEqual([]);
    expect(coins()).toBe(0.02);
  });
});
