/** The engine as a reducer: events in, commands out, with nobody but the test as its exchange. */
import { describe, expect, it } from 'vitest';
import { handle } from '../../../runtime/engine/engine.ts';
import type { Command, EngineEvent, FillEvent, Order } from '../../../runtime/engine/events.ts';
import { marketOf } from '../../../runtime/engine/market.ts';
import { type ActualOrder, diff, type OrderStatus } from '../../../runtime/engine/orders.ts';
import { bindSettings } from '../../../runtime/engine/settings.ts';
import { createState, type EngineState } from '../../../runtime/engine/state.ts';
import { clearEvents } from '../../../runtime/engine/streams.ts';
import { createJournal } from '../../../runtime/journal/writer.ts';
import { createRiskGate } from '../../../runtime/risk/gate.ts';
import {
  enter,
  exit,
  fixed,
  flag,
  flagsAt,
  ONE,
  type Script,
  scriptedMarket,
  scriptedRun,
} from '../../support/scripted-run.ts';

const LENGTH = 8;
const UNIT = { size: { basis: 'quantity', amount: ONE } } as const;
const level = (index: number) => ({ frozen: [fixed(index)], everyTick: false, live: [] });
const BRACKET = { stop: level(0), targets: [{ share: 'rest' as const, price: level(1) }] };

function start(script: Partial<Script> = {}): EngineState {
  const series = scriptedMarket({ bars: Array.from({ length: LENGTH }, () => [100, 101, 99, 100] as const) });
  const run = scriptedRun({
    length: LENGTH,
    rules: [enter('long', flag(0), { ...UNIT, bracket: BRACKET }), exit(flag(1))],
    flags: [flagsAt(LENGTH, 0, 4), flagsAt(LENGTH, 3)],
    fixed: [95, 110],
    blockTicks: LENGTH,
    perpetual: true,
    execution: { funding: 'ignored' },
    ...script,
  });
  run.nextBlock();
  const settings = bindSettings(run, series, {});
  const market = marketOf(series);
  const header = {
    planHash: '',
    params: {},
    capital: 1,
    dataHash: '',
    costs: {},
    span: { fromTick: 0, toTick: 8, firstMs: 0 },
  };
  const journal = createJournal(header);
  const risk = createRiskGate(run, market, journal, settings.capital);
  const state = createState({ run, settings, market, risk, journal, fromTick: 0, toTick: LENGTH });
  clearEvents(state);
  return state;
}

const closed = (tick: number): EngineEvent => ({ type: 'barClosed', tick });
function fill(order: number, tick: number, price: number): FillEvent {
  return { type: 'fill', order, tick, moment: 'open', price, quantity: 1, fee: 0, slippage: 0, maker: false };
}
/** Commands as `place stop 95`, `cancel 3`. */
function words(commands: readonly Command[]): readonly string[] {
  return commands.map(command => {
    if (command.type === 'place' || command.type === 'amend') {
      const { role, type, price } = command.order;
      return `${command.type} ${role} ${type === 'market' ? 'market' : `${type} ${price}`}`;
    }
    return command.type === 'cancel' ? `cancel ${command.order}` : command.type;
  });
}
function placed(commands: readonly Command[], role: Order['role']): Order {
  const found = commands.find(command => command.type === 'place' && command.order.role === role);
  if (found?.type !== 'place') throw new Error(`no ${role} was placed`);
  return found.order;
}

describe('the reducer', () => {
  it('asks for an entry, protects what was filled, and takes the protection away with the position', () => {
    const state = start();
    const entry = handle(state, closed(0));
    expect(words(entry)).toEqual(['place enter market']);
    const protection = handle(state, fill(placed(entry, 'enter').id, 1, 100));
    expect(words(protection)).toEqual(['place stop stop 95', 'place target limit 110']);
    for (const tick of [1, 2]) expect(handle(state, closed(tick))).toEqual([]);
    const leaving = handle(state, closed(3));
    expect(words(leaving)).toEqual(['place exit market']);
    const ids = [placed(protection, 'stop').id, placed(protection, 'target').id];
    expect(words(handle(state, fill(placed(leaving, 'exit').id, 4, 100)))).toEqual(ids.map(id => `cancel ${id}`));
    for (const order of ids) handle(state, { type: 'orderCancelled', order, tick: 4, why: 'requested' });
    expect(state.orders).toEqual([]);
  });

  it('gives the same account for the same events', () => {
    const events = [closed(0), fill(1, 1, 100), closed(1), closed(2), closed(3), fill(2, 4, 104), closed(4)];
    const play = () => {
      const state = start();
      for (const event of events) handle(state, event);
      return { ledger: state.ledger, trades: state.trades.list('BTC/USDT'), equity: [...state.equity] };
    };
    expect(play()).toEqual(play());
    expect(play().trades).toMatchObject([{ profit: 4, reason: 'signal' }]);
  });

  it('lets no entry pass while the fate of an order is unknown, and repeats none', () => {
    const state = start({ flags: [flagsAt(LENGTH, 0, 1, 2), flagsAt(LENGTH)] });
    const order = placed(handle(state, closed(0)), 'enter').id;
    handle(state, { type: 'orderUnknown', order });
    expect(handle(state, closed(1))).toEqual([]);
    handle(state, { type: 'halt' });
    expect(handle(state, closed(2))).toEqual([]);
    expect(words(handle(state, fill(order, 3, 100)))).toEqual(['place stop stop 95', 'place target limit 110']);
  });

  it('leaves at market when its protection is rejected', () => {
    const state = start();
    const entry = placed(handle(state, closed(0)), 'enter').id;
    const stop = placed(handle(state, fill(entry, 1, 100)), 'stop').id;
    const commands = handle(state, { type: 'orderRejected', order: stop, tick: 1, reason: 'rejected by the venue' });
    expect(words(commands)).toContain('place exit market');
  });

  it('halts on demand: waiting entries go, protection stays, nothing enters until it is resumed', () => {
    const state = start({
      rules: [enter('long', flag(0), { ...UNIT, order: { type: 'limit', price: fixed(0), expire: fixed(1) } })],
      flags: [flagsAt(LENGTH, 0, 1, 3)],
      fixed: [95, 5],
    });
    const order = placed(handle(state, closed(0)), 'enter').id;
    expect(words(handle(state, { type: 'halt' }))).toEqual([`cancel ${order}`]);
    handle(state, { type: 'orderCancelled', order, tick: 0, why: 'requested' });
    expect(handle(state, closed(1))).toEqual([]);
    handle(state, { type: 'resume' });
    expect(words(handle(state, closed(3)))).toEqual(['place enter limit 95']);
  });
});

describe('diff', () => {
  const order = (id: number, price: number): Order => ({
    id,
    slot: id,
    role: 'stop',
    type: 'stop',
    direction: -1,
    price,
    quantity: 1,
    expireBars: Number.POSITIVE_INFINITY,
    group: 0,
  });
  const actual = (id: number, price: number, status: OrderStatus = 'working'): ActualOrder => ({
    order: order(id, price),
    status,
    entry: undefined,
  });

  it('places what is missing, amends what moved, cancels what is not wanted, and says nothing when all is well', () => {
    expect(words(diff([order(1, 90), order(2, 95)], [actual(2, 94), actual(3, 80)]))).toEqual([
      'cancel 3',
      'place stop stop 90',
      'amend stop stop 95',
    ]);
    expect(diff([order(1, 90)], [actual(1, 90)])).toEqual([]);
  });
  it('leaves alone what it does not know the fate of, and what is leaving already', () => {
    expect(diff([order(1, 91)], [actual(1, 90, 'unknown'), actual(2, 80, 'leaving')])).toEqual([]);
  });
});
