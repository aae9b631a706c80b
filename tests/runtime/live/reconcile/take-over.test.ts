/** An edited strategy on the journal of the one before it: what is held, what protects it, what it remembers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodePlan } from '../../../../compiler/index.ts';
import { grant } from '../../../../runtime/live/reconcile/grant.ts';
import { JournalDatabase } from '../../../../runtime/live/store/database.ts';
import { type Adoption, takeOver } from '../../../../runtime/live/take-over.ts';
import { pendingWishes } from '../../../../runtime/live/wishes.ts';
import { amount, number } from '../../../venue/amount.ts';
import { spotVenue, type TestVenue } from '../../../venue/start.ts';
import { compileText } from '../support.ts';
import { BUY, type Desk, NOTHING, openDesk, SELL, until } from './support.ts';

let local: TestVenue;
let path = '';
let database: JournalDatabase;
let desks: Desk[] = [];
beforeEach(async () => {
  local = await spotVenue();
  path = mkdtempSync(join(tmpdir(), 'vela-edited-'));
  database = new JournalDatabase(join(path, 'run.sqlite'), { forced: false });
  desks = [];
});
afterEach(async () => {
  for (const desk of desks) await desk.die();
  database.close();
  await local.close();
  rmSync(path, { recursive: true, force: true });
});

interface Text {
  readonly exit?: number;
  readonly stop?: string;
  readonly states?: string;
  readonly risk?: string;
}

const STATES = `state bought starts 0 then prev bought + (if opened then 1 else 0)
state left starts 0 then prev left + (if closed then 1 else 0)`;

const textOf = ({ exit = 49_900, stop = 'entry * 0.9', states = STATES, risk = '' }: Text = {}) => `strategy "Edited"
instrument "BTC/USDT" on binance
every 1h
${states}
when close > 50100 and bought < 3 and left < 9 enter long {
  size: 0.1 base
  stop: ${stop}
  target: 60000
}
when close < ${exit} exit long
execution { fee: 10bp  slippage: 0bp }
${risk}
`;

async function open(text: string): Promise<Desk> {
  const desk = await openDesk(local, { text, database });
  desks.push(desk);
  return desk;
}

async function close(desk: Desk): Promise<void> {
  await desk.run.idle();
  await desk.die();
  database.commit();
}

function edit(text: string, how: Adoption = 'keep') {
  const known = database.binding();
  if (known === undefined) throw new Error('the journal is bound to nothing');
  const plan = compileText(text);
  return takeOver(database, { path }, known, {
    how,
    plan,
    planBytes: encodePlan(plan),
    params: {},
    strategy: plan.title,
  });
}

/** A stop may still be leaving. */
const entries = ({ run }: Desk) => run.parts.trader.orders.filter(({ order }) => order.role === 'enter');

const working = () => local.exchange.openOrders('BTCUSDT').map(({ type, trigger }) => [type, number(trigger ?? 0n)]);

async function bought(text = textOf()): Promise<Desk> {
  const desk = await open(text);
  await desk.bar(NOTHING);
  await desk.bar(BUY);
  await until(() => desk.position > 0 && working().length === 1);
  await desk.bar(NOTHING);
  return desk;
}

describe('an edited strategy', () => {
  it('is none when it means the same', async () => {
    await close(await bought());
    expect(edit(`# other words\n${textOf()}`)).toBeUndefined();
  });

  it('goes on with what is held, its stop where it stood; its own rules end it', async () => {
    await close(await bought());
    const placed = local.exchange.orders.length;
    const taken = edit(textOf({ exit: 49_990, stop: 'entry * 0.8' }));
    expect(taken).toMatchObject({ positions: { 'BTC/USDT': 0.0999 }, kept: ['bought', 'left'], anew: [] });
    const desk = await open(textOf({ exit: 49_990, stop: 'entry * 0.8' }));
    expect([desk.position, desk.told(), working()]).toEqual([0.0999, [], [['stop', 45_000]]]);
    expect(local.exchange.orders.length).toBe(placed);
    await desk.bar(NOTHING);
    expect(working()).toEqual([['stop', 45_000]]);
    await desk.bar(49_950);
    await until(() => desk.position === 0);
    await desk.run.reconciler.now();
    expect([desk.told(), working()]).toEqual([[], []]);
    // What it enters now has its own stop.
    await desk.bar(BUY);
    await until(() => working().some(([type, at]) => type === 'stop' && at === 40_000));
  });

  it('starts again from where it took over', async () => {
    await close(await bought());
    edit(textOf({ exit: 49_990 }));
    const desk = await open(textOf({ exit: 49_990 }));
    await desk.bar(NOTHING);
    await close(desk);
    const next = await open(textOf({ exit: 49_990 }));
    expect([next.position, next.told(), working()]).toEqual([0.0999, [], [['stop', 45_000]]]);
    await next.bar(SELL);
    await until(() => next.position === 0);
  });

  it('can have it closed first', async () => {
    await close(await bought());
    edit(textOf({ exit: 49_990 }), 'flatten');
    const desk = await open(textOf({ exit: 49_990 }));
    expect(pendingWishes({ path }).map(({ wish }) => wish.type)).toEqual(['flatten']);
    for (const { wish } of pendingWishes({ path })) await grant(desk.run, wish);
    await until(() => desk.position === 0 && working().length === 0);
    // Nothing is halted.
    await desk.bar(BUY);
    await until(() => desk.position > 0);
  });

  it('remembers what is the same, and says what begins anew', async () => {
    await close(await bought());
    const states = STATES.replace('if closed then 1', 'if closed then 2');
    expect(edit(textOf({ states }))).toMatchObject({ kept: ['bought'], anew: ['left'] });
  });

  it('remembers what it bought: a counter goes on', async () => {
    const desk = await bought();
    await desk.bar(SELL);
    await until(() => desk.position === 0);
    await desk.bar(BUY);
    await until(() => desk.position > 0);
    await desk.bar(SELL);
    await until(() => desk.position === 0);
    await close(desk);
    edit(textOf({ exit: 49_990 }));
    const next = await open(textOf({ exit: 49_990 }));
    await next.bar(BUY);
    await until(() => next.position > 0);
    await next.bar(SELL);
    await until(() => next.position === 0);
    // Three were bought: no more.
    await next.bar(NOTHING);
    await next.bar(BUY);
    expect(entries(next)).toEqual([]);
  });

  it('is halted where the one before it was, and measures from the same peak', async () => {
    const risk = 'risk { cap drawdown at 1% else halt }';
    const desk = await bought(textOf({ risk }));
    local.exchange.move('BTCUSDT', amount('48000'));
    await desk.bar(48_000);
    await until(() => desk.position === 0);
    await desk.bar(NOTHING);
    await close(desk);
    const peak = desk.run.parts.trader.account.peak;
    edit(textOf({ risk: 'risk { cap drawdown at 2% else halt }' }));
    const next = await open(textOf({ risk: 'risk { cap drawdown at 2% else halt }' }));
    expect(next.run.parts.trader.account.peak).toBe(peak);
    await next.bar(BUY);
    expect(entries(next)).toEqual([]);
  });

  it('of another instrument, or of bars of another length, is refused', async () => {
    await close(await bought());
    expect(() => edit(textOf().replace('BTC/USDT', 'ETH/USDT'))).toThrow(
      'the journal is about BTC/USDT, the strategy about ETH/USDT',
    );
    expect(() => edit(textOf().replace('every 1h', 'every 15m'))).toThrow(
      'the strategy has bars of another length than the journal',
    );
  });
});
