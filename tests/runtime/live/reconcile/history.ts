/** What can happen to a run and its venue, step by step, and a run and a venue to which it happens. */
import fc from 'fast-check';
import { amount, amountOf, number } from '../../../venue/amount.ts';
import { venueClock } from '../../../venue/clock.ts';
import { DirectVenue, type PlaceFault } from '../../../venue/direct.ts';
import { LocalExchange } from '../../../venue/exchange.ts';
import { spotMarket } from '../../../venue/market.ts';
import { START_MS } from '../../../venue/start.ts';
import { BUY, type Desk, type DeskSettings, HOUR_MS, memoryRows, NOTHING, openAt, type Rows, SELL } from './support.ts';

export const CAPITAL = 10_000;

const TEXT = `strategy "Any"
instrument "BTC/USDT" on binance
every 1h
when close > 50100 enter long {
  at:     limit 49990
  expire: 3 bars
  size:   0.05432 base
  stop:   entry * 0.97
  target: [40% at entry * 1.02, rest at entry * 1.05]
}
when close < 49900 exit long
execution { fee: 10bp  slippage: 0bp }
`;

export type Step =
  | { readonly do: 'bar'; readonly close: number }
  | { readonly do: 'price'; readonly price: number }
  | { readonly do: 'pieces'; readonly shares: readonly number[] }
  | { readonly do: 'deliver'; readonly count: number }
  | { readonly do: 'lose' | 'double' | 'swap' }
  | { readonly do: 'fault'; readonly fault: PlaceFault }
  | { readonly do: 'deposit'; readonly quantity: number }
  | { readonly do: 'stranger buys'; readonly quantity: number }
  | { readonly do: 'cancelled by hand' }
  | { readonly do: 'reconcile' }
  | { readonly do: 'dies'; readonly rows: number };

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('bar' as const), close: fc.constantFrom(BUY, BUY, SELL, NOTHING) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('price' as const),
      price: fc.constantFrom(46_000, 48_400, 49_900, 50_000, 50_500, 51_300, 53_000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'double' as const, 'swap' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pieces' as const),
      shares: fc.constantFrom([0.3, 1], [0.5, 0.2, 1], [0.4], [0.25, 0.25]),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom<PlaceFault>('arrives, unheard', 'does not arrive, unheard', 'refused'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deposit' as const), quantity: fc.constantFrom(0.01, 0.5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('stranger buys' as const), quantity: fc.constantFrom(0.002, 0.01) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancelled by hand' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reconcile' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('dies' as const), rows: fc.integer({ min: 0, max: 3 }) }) },
);

export class History {
  readonly exchange = new LocalExchange(venueClock(START_MS, true), HOUR_MS);
  readonly venue = new DirectVenue(this.exchange, 'BTC/USDT');
  rows: Rows = memoryRows();
  durable = 0;
  strangers = false;
  desk!: Desk;
  readonly #settings: DeskSettings;
  readonly #stepMs: number;
  #hands = 0;

  /** `stepMs`: between two steps. */
  constructor(settings: DeskSettings = {}, stepMs = 60_000) {
    this.#settings = settings;
    this.#stepMs = stepMs;
  }

  async begin(): Promise<void> {
    this.exchange.list(spotMarket('BTCUSDT', 'BTC', 'USDT'), amount('50000'));
    this.exchange.deposit('USDT', amount('100000'));
    await this.open();
  }

  async open(): Promise<void> {
    const { rows } = this.rows;
    const sink = {
      ...this.rows.sink,
      // What waits for the disk is safe then, and what is cut off by a death had led to nothing.
      durable: async () => {
        this.durable = rows.length;
      },
    };
    this.desk = await openAt(this.venue, {
      text: TEXT,
      rows: { ...this.rows, sink },
      capital: CAPITAL,
      deaf: true,
      isPatient: false,
      ...this.#settings,
    });
    this.venue.sink = this.desk.run.onVenue;
  }

  async play(what: Step): Promise<void> {
    const { exchange, venue } = this;
    exchange.clock.moveTo(exchange.clock.now() + this.#stepMs);
    switch (what.do) {
      case 'bar':
        return this.desk.bar(what.close);
      case 'price':
        return exchange.move('BTCUSDT', amountOf(what.price));
      case 'pieces':
        exchange.nextPieces.push(what.shares.map(amountOf));
        return;
      case 'deliver':
        for (let i = 0; i < what.count; i++) await venue.deliver();
        return;
      case 'lose':
        venue.waiting.shift();
        return;
      case 'double':
        if (venue.waiting[0] !== undefined) venue.waiting.unshift(venue.waiting[0]);
        return;
      case 'swap': {
        const [first, second] = venue.waiting.splice(0, 2);
        venue.waiting.unshift(...[second, first].flatMap(event => (event === undefined ? [] : [event])));
        return;
      }
      case 'fault':
        venue.faults.push(what.fault);
        return;
      case 'deposit':
        exchange.deposit('BTC', amountOf(what.quantity));
        return;
      case 'stranger buys':
        this.strangers = true;
        exchange.nextPieces.unshift([amount('1')]);
        exchange.place({
          symbol: 'BTCUSDT',
          clientId: `hand${++this.#hands}`,
          side: 'buy',
          type: 'market',
          quantity: amountOf(what.quantity),
        });
        return;
      case 'cancelled by hand': {
        const [order] = exchange.openOrders('BTCUSDT');
        if (order !== undefined) exchange.cancel(order);
        return;
      }
      case 'reconcile':
        await this.desk.run.reconciler.now();
        return;
      case 'dies': {
        await this.desk.run.idle();
        const kept = Math.max(this.durable, this.rows.rows.length - what.rows);
        const rows = memoryRows();
        rows.rows.push(...this.rows.rows.slice(0, kept));
        rows.snapshots.push(...this.rows.snapshots.filter(({ seq }) => seq <= kept));
        this.rows = rows;
        this.durable = kept;
        venue.waiting.length = 0;
        return this.open();
      }
    }
  }

  /** Whatever is left to be found out is found out. */
  async settle(): Promise<void> {
    const { exchange, venue } = this;
    venue.faults.length = 0;
    exchange.nextPieces.length = 0;
    venue.waiting.length = 0;
    for (let i = 0; i < 8; i++) {
      exchange.clock.moveTo(exchange.clock.now() + 60_000);
      await this.desk.run.idle();
      await this.desk.run.reconciler.now();
      while (venue.waiting.length > 0) await venue.deliver();
      await this.desk.run.take({ type: 'event', event: { type: 'timer', timer: 0 } });
    }
    await this.desk.run.idle();
  }

  /** What the run's own orders have left in coins and in quote. */
  own() {
    let [coins, cash] = [0, 0];
    for (const { order, quantity, price, fee, feeCurrency } of this.exchange.trades) {
      if (order.clientId.startsWith('hand')) continue;
      const sign = order.side === 'buy' ? 1 : -1;
      coins += sign * number(quantity) - (feeCurrency === 'BTC' ? number(fee) : 0);
      cash -= sign * number(quantity) * number(price) + (feeCurrency === 'USDT' ? number(fee) : 0);
    }
    return { coins, cash };
  }
}
