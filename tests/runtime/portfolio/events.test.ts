/** What a venue may tell a portfolio: parts of orders, refusals, silence, orders that end, positions that are others'. */
import { describe, expect, test } from 'vitest';
import type { Command, EngineEvent, FillEvent, Order } from '../../../runtime/engine/events.ts';
import { marketOf } from '../../../runtime/engine/market.ts';
import { readJournal } from '../../../runtime/journal/reader.ts';
import { createJournalOfSeveral } from '../../../runtime/journal/writer.ts';
import { UNKNOWN_HEADER } from '../../../runtime/live/trader.ts';
import { closeTick, handle } from '../../../runtime/portfolio/engine.ts';
import { withLossLimits } from '../../../runtime/portfolio/limits.ts';
import { loadBlock } from '../../../runtime/portfolio/run.ts';
import { bindPortfolio } from '../../../runtime/portfolio/settings.ts';
import { createPortfolio } from '../../../runtime/portfolio/state.ts';
import { streamsOf } from '../../../runtime/portfolio/streams.ts';
import { createRiskGate } from '../../../runtime/risk/gate.ts';
import { type PortfolioScript, scriptedPortfolio, steady } from '../../support/scripted-portfolio.ts';

const [A, B] = ['A/USDT', 'B/USDT'];

/** A portfolio whose fills are told by hand. */
class Desk {
  readonly #parts;
  tick = -1;
  constructor(script: PortfolioScript) {
    const { run, set } = scriptedPortfolio({ blockTicks: 1, ...script });
    const settings = bindPortfolio(
      run,
      number => {
        const series = set.members[number];
        if (series === undefined) throw new Error('no such member');
        return { market: marketOf(series), firstTick: series.firstTick, endTick: series.endTick, hasFunding: false };
      },
      { capital: 1000 },
    );
    const [first] = settings.members;
    if (first === undefined) throw new Error('no members');
    const journal = createJournalOfSeveral(UNKNOWN_HEADER);
    const risk = createRiskGate(withLossLimits(run), first.market, journal, 1000);
    const state = createPortfolio({ run, settings, risk, journal, fromTick: 0, toTick: first.market.length });
    this.#parts = { state, journal, streams: streamsOf(state) };
  }

  close(late = false): readonly Command[] {
    const { state, streams } = this.#parts;
    this.tick += 1;
    loadBlock(state, streams);
    return closeTick(state, streams, this.tick, late);
  }

  hear(event: EngineEvent): readonly Command[] {
    return handle(this.#parts.state, this.#parts.streams, event);
  }

  fill(order: Order, more: Partial<FillEvent> = {}): readonly Command[] {
    const { id, quantity } = order;
    const fill = {
      order: id,
      tick: this.tick + 1,
      moment: 'inside',
      price: 10,
      quantity,
      fee: 0,
      slippage: 0,
    } as const;
    return this.hear({ type: 'fill', ...fill, maker: false, ...more });
  }

  get positions(): readonly number[] {
    return this.#parts.state.settings.members.map(({ ledger }) => ledger.position);
  }

  get open(): readonly string[] {
    return this.#parts.state.orders.map(({ order, status }) => `${order.role} ${order.quantity} ${status}`);
  }

  get records(): readonly string[] {
    return readJournal(this.#parts.journal.bytes()).records.map(({ kind }) => kind);
  }
}

function orders(commands: readonly Command[]): readonly Order[] {
  return commands.flatMap(command => (command.type === 'place' ? [command.order] : []));
}

function only(commands: readonly Command[]): Order {
  const [order, ...more] = orders(commands);
  if (order === undefined || more.length > 0) throw new Error(`not one order but ${commands.length} commands`);
  return order;
}

const bars = steady(10, 10, 10, 10, 10, 10, 10, 10);

/** A holds 50, then B is to have what A has. */
function turning(): Desk {
  const desk = new Desk({
    members: [
      { symbol: A, bars, weights: [0.5, 0] },
      { symbol: B, bars, weights: [undefined, 0.5] },
    ],
    at: [0, 1, 4],
  });
  desk.fill(only(desk.close()));
  return desk;
}

describe('an order that is over, as far as is known', () => {
  test('is known still, however often another instrument sends others', () => {
    const desk = new Desk({
      members: [
        { symbol: A, bars, weights: [0.4, 0] },
        { symbol: B, bars, weights: [0.4, 0] },
      ],
      at: [0, 1],
    });
    for (const order of orders(desk.close())) desk.fill(order);
    const [sale, other] = orders(desk.close());
    if (sale === undefined || other === undefined) throw new Error('both are to be sold');
    // The venue says that it is done, and lists its last part late.
    desk.fill(sale, { quantity: 30 });
    let asked = other;
    for (let i = 0; i < 300; i++) {
      const { id: order } = asked;
      desk.hear({ type: 'orderRejected', order, tick: desk.tick + 1, reason: 'rejected by the venue' });
      // What closes a position is asked for again.
      asked = only(desk.hear({ type: 'timer', timer: 0 }));
    }
    desk.fill(sale, { quantity: 10 });
    expect(desk.positions).toEqual([0, 40]);
  });

  test('is known when fifty take turns', () => {
    const names = Array.from({ length: 50 }, (_, i) => `${String.fromCharCode(65 + (i % 26))}${i}/USDT`);
    const ticks = 24;
    const weights = (i: number) => Array.from({ length: ticks }, (_, tick) => ((tick + i) % 2 === 0 ? 0.02 : 0));
    const desk = new Desk({
      members: names.map((symbol, i) => ({
        symbol,
        bars: steady(...Array.from({ length: ticks }, () => 10)),
        weights: weights(i),
      })),
      at: Array.from({ length: ticks }, (_, tick) => tick),
    });
    let first: Order | undefined;
    for (let tick = 0; tick < ticks; tick++) {
      let sent = orders(desk.close());
      first ??= sent[0];
      while (sent.length > 0) {
        const done = sent.flatMap(order =>
          orders(desk.fill(order, order === first ? { quantity: order.quantity - 1 } : {})),
        );
        sent = done;
      }
    }
    const before = desk.positions.reduce((sum, quantity) => sum + quantity, 0);
    if (first === undefined) throw new Error('nothing was bought');
    desk.fill(first, { quantity: 1 });
    expect(desk.positions.reduce((sum, quantity) => sum + quantity, 0)).toBeCloseTo(before + 1, 9);
  });
});

describe('sales and purchases', () => {
  test('what is bought waits until what is sold has filled', () => {
    const desk = turning();
    const sale = only(desk.close());
    expect([sale.role, sale.direction, sale.quantity]).toEqual(['exit', -1, 50]);
    const purchase = only(desk.fill(sale));
    expect([purchase.role, purchase.direction, purchase.quantity]).toEqual(['enter', 1, 50]);
    desk.fill(purchase);
    expect(desk.positions).toEqual([0, 50]);
    expect(desk.open).toEqual([]);
  });

  test('a part of a sale lets nothing go yet, and the rest goes on working', () => {
    const desk = turning();
    const sale = only(desk.close());
    expect(desk.fill(sale, { quantity: 20, partial: true })).toEqual([]);
    expect(desk.open).toEqual(['exit 30 sent']);
    expect(orders(desk.fill(sale, { quantity: 30 })).map(({ role }) => role)).toEqual(['enter']);
    expect(desk.positions).toEqual([0, 0]);
  });

  test('a sale whose market rests, or that hangs until time has passed, holds up nobody', () => {
    for (const event of [{ type: 'orderWaits' }, { type: 'timer', timer: 0 }] as const) {
      const desk = turning();
      const sale = only(desk.close());
      const heard = event.type === 'timer' ? event : { ...event, order: sale.id };
      expect(only(desk.hear(heard)).role).toBe('enter');
      expect(desk.open).toEqual(['exit 50 sent', 'enter 50 sent']);
    }
  });

  test('what turns a position round is two orders: one that takes off, then one that adds', () => {
    const desk = new Desk({ members: [{ symbol: A, bars, weights: [0.5, -0.5] }], at: [0, 1], perpetual: true });
    desk.fill(only(desk.close()));
    const closing = only(desk.close());
    expect([closing.role, closing.direction, closing.quantity]).toEqual(['exit', -1, 50]);
    const opening = only(desk.fill(closing));
    expect([opening.role, opening.direction, opening.quantity]).toEqual(['enter', -1, 50]);
    desk.fill(opening);
    expect(desk.positions).toEqual([-50]);
    expect(desk.records).toEqual(['intent', 'fill', 'intent', 'fill', 'fill']);
  });
});

describe('a venue that says no', () => {
  test('a purchase is given up, a sale of all is asked for again with what happens next', () => {
    const desk = turning();
    const sale = only(desk.close());
    expect(desk.hear({ type: 'orderRejected', order: sale.id, tick: 2, reason: 'rejected by the venue' })).toEqual([]);
    const again = only(desk.hear({ type: 'timer', timer: 0 }));
    expect([again.role, again.quantity, again.id === sale.id]).toEqual(['exit', 50, false]);
    const purchase = only(desk.fill(again));
    expect(desk.hear({ type: 'orderRejected', order: purchase.id, tick: 2, reason: 'not enough cash' })).toEqual([]);
    expect(desk.open).toEqual([]);
    expect(desk.hear({ type: 'timer', timer: 0 })).toEqual([]);
    expect(desk.positions).toEqual([0, 0]);
  });

  test('a sale that is refused again and again holds up nobody in the end, and is asked for still', () => {
    const desk = turning();
    let sale = only(desk.close());
    const refused = (order: Order) =>
      desk.hear({ type: 'orderRejected', order: order.id, tick: 2, reason: 'rejected by the venue' });
    for (let i = 0; i < 2; i++) {
      expect(refused(sale)).toEqual([]);
      sale = only(desk.hear({ type: 'timer', timer: 0 }));
    }
    expect(orders(refused(sale)).map(({ role }) => role)).toEqual(['enter']);
    expect(orders(desk.hear({ type: 'timer', timer: 0 })).map(({ role }) => role)).toEqual(['exit']);
    expect(desk.open).toEqual(['enter 50 sent', 'exit 50 sent']);
  });

  test('an order that the venue ended after a part of it is not doubled', () => {
    const desk = turning();
    const sale = only(desk.close());
    desk.fill(sale, { quantity: 20, partial: true });
    const rest = only(desk.hear({ type: 'orderCancelled', order: sale.id, tick: 2, why: 'expired' }));
    expect([rest.role, rest.quantity]).toEqual(['exit', 30]);
    desk.fill(rest);
    expect(desk.positions[0]).toBe(0);
  });

  test('what never arrived goes out once more under its own number', () => {
    const desk = turning();
    const sale = only(desk.close());
    desk.hear({ type: 'orderUnknown', order: sale.id });
    const again = only(desk.hear({ type: 'orderLost', order: sale.id, tick: 2, late: false }));
    expect(again.id).toBe(sale.id);
  });
});

describe('an order of which nobody knows', () => {
  test('lets nothing be added until it is found, and is never doubled', () => {
    const desk = new Desk({ members: [{ symbol: A, bars, weights: [0.5, 0.9, 0.9] }], at: [0, 1, 2] });
    const first = only(desk.close());
    desk.hear({ type: 'orderUnknown', order: first.id });
    expect(desk.close()).toEqual([]);
    expect(desk.open).toEqual(['enter 50 unknown']);
    // It had filled: what is held is known, and the next rebalance goes on from there.
    desk.fill(first);
    expect(desk.positions).toEqual([50]);
    expect(only(desk.close()).quantity).toBe(40);
  });

  test('fills after it was given up: what is asked for leads from there to where it was to be', () => {
    const desk = new Desk({ members: [{ symbol: A, bars, weights: [0.5, 0.3] }], at: [0, 1] });
    const first = only(desk.close());
    desk.hear({ type: 'orderAccepted', order: first.id });
    // The rebalance wants 30 while 50 are on their way: those are cancelled, and nothing works beside them.
    expect(desk.close()).toEqual([{ type: 'cancel', order: first.id }]);
    // Too late: they fill.
    const trim = only(desk.fill(first));
    expect([trim.role, trim.direction, trim.quantity]).toEqual(['exit', -1, 20]);
    desk.fill(trim);
    expect(desk.positions).toEqual([30]);
  });
});

describe('what keeps entries out', () => {
  test('a blocked instrument is not added to, and what is on order for it is cancelled; the others go on', () => {
    const desk = new Desk({
      members: [
        { symbol: A, bars, weights: [0.3, 0.4] },
        { symbol: B, bars, weights: [0.3, 0.4] },
      ],
      at: [0, 1],
    });
    const [first, second] = orders(desk.close());
    expect(desk.hear({ type: 'block', why: 'foreign', instrument: 0 })).toEqual([{ type: 'cancel', order: first?.id }]);
    desk.hear({ type: 'orderCancelled', order: first?.id ?? 0, tick: 1, why: 'requested' });
    if (second !== undefined) desk.fill(second);
    expect(orders(desk.close()).map(({ role, quantity }) => [role, quantity])).toEqual([['add', 10]]);
    expect(desk.positions).toEqual([0, 30]);
  });

  test('a late tick decides nothing; the next one in time makes holdings smaller and none larger', () => {
    const desk = new Desk({
      members: [
        { symbol: A, bars, weights: [0.5, 0.1, 0.2] },
        { symbol: B, bars, weights: [undefined, 0.5, 0.5] },
      ],
      at: [0, 1],
    });
    desk.fill(only(desk.close()));
    expect(desk.close(true)).toEqual([]);
    const trim = only(desk.close());
    expect([trim.role, trim.quantity]).toEqual(['reduce', 30]);
    expect(desk.fill(trim)).toEqual([]);
    expect(desk.positions).toEqual([20, 0]);
  });

  test('halt with flatten sells all, and a position that somebody else closed is not sold again', () => {
    const desk = turning();
    const sale = only(desk.hear({ type: 'halt', flatten: true }));
    expect([sale.role, sale.quantity]).toEqual(['exit', 50]);
    expect(desk.hear({ type: 'adjust', instrument: 0, tick: 1, position: 0, price: 10, why: 'taken' })).toEqual([
      { type: 'cancel', order: sale.id },
    ]);
    expect(desk.positions).toEqual([0, 0]);
  });
});
