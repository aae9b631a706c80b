/**
 * Where a run is killed: a local venue, a state folder, and what else moves them: prices, other people at the account, the
 * person whose run it is. What a history does happens once, whether a process is there to see it or not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunFolder, resetStop, runFolder, writeStop } from '../../../../runtime/live/folder.ts';
import { type Wish, writeWish } from '../../../../runtime/live/wishes.ts';
import { amount, amountOf, number, ONE } from '../../../venue/amount.ts';
import type { RestingOrder, VenueTrade } from '../../../venue/exchange.ts';
import { venueBar } from '../../../venue/market.ts';
import { START_MS, type TestVenue } from '../../../venue/start.ts';
import { HOUR_MS } from '../reconcile/support.ts';
import { type KillClock, killClock } from './clock.ts';
import { GROUNDS, type Ground, type Kind } from './grounds.ts';

/** The volume of a bar says what is to be decided at its close. */
export const SIGNAL = { nothing: 1, long: 2, short: 3, exit: 4, reduce: 5 } as const;
export type Signal = keyof typeof SIGNAL;

/** What is traded at each price of a bar but the last; exact as a double, so that whoever adds trades up gets the signal. */
const TRADED = 1 / 256;
/** A new day begins after so many bars. */
const BARS_OF_DAY = 7;
const BEGINNING_MS = START_MS + 24 * HOUR_MS - BARS_OF_DAY * HOUR_MS;
/** Bars that have closed before the run begins. */
const PAST = 2;

export function isOwn({ clientId }: Pick<RestingOrder, 'clientId'>): boolean {
  return clientId.startsWith('vela');
}

/** What a trade changes of what is held: at Binance spot a buyer's fee is in the coin. */
export function heldBy({ order, quantity, fee, feeCurrency }: VenueTrade, { base }: Ground): number {
  const bought = order.side === 'buy' ? quantity : -quantity;
  return number(feeCurrency === base ? bought - fee : bought);
}

export interface StageSettings {
  readonly kind: Kind;
  readonly speed: number;
  readonly leapt?: (offsetMs: number) => void;
}

export class Stage {
  readonly kind: Kind;
  readonly ground: Ground;
  readonly local: TestVenue;
  readonly clock: KillClock;
  /** What it holds, the folder of the run included, goes with the stage. */
  readonly home: string;
  readonly folder: RunFolder;
  /** What others hold at the account of the first market, in base coins. */
  others = 0;
  /** Of what the run holds: what it was given, for which its strategy states no stop. */
  adopted = 0;
  /** Entries must not be made now. */
  isHalted = false;
  /** Prices of the bar that is going on, by market. */
  readonly #prices = new Map<string, number[]>();
  #closed = 0;
  #byHand = 0;
  #wishes: string[] = [];

  constructor(kind: Kind, local: TestVenue, clock: KillClock) {
    this.kind = kind;
    this.ground = GROUNDS[kind];
    this.local = local;
    this.clock = clock;
    this.home = mkdtempSync(join(tmpdir(), 'vela-killed-'));
    this.folder = runFolder(join(this.home, 'run'));
    this.#watch();
    for (const { id, firstPrice } of this.ground.markets) local.exchange.move(id, amountOf(firstPrice));
    this.#open();
    for (let k = 0; k < PAST; k++) this.bar('nothing');
  }

  /** Entries at a limit, and all orders of a portfolio, fill in two parts; what others trade is theirs. */
  #watch(): void {
    this.local.exchange.on(event => {
      if (event.type === 'order' && event.execution === 'NEW') {
        const { order } = event;
        const isEntry = order.type === 'limit' && order.reduceOnly !== true && order.side === 'buy';
        if (isEntry || (!this.ground.hasStops && isOwn(order))) order.pieces = [ONE / 2n, ONE];
      }
      if (event.type === 'trade' && !isOwn(event.trade.order)) this.others += heldBy(event.trade, this.ground);
    });
  }

  /** The venue's name of the market that moves the history on. */
  get market(): string {
    return this.ground.markets[0].id;
  }

  /** Base coins at the account, or the position there. */
  get held(): number {
    return this.heldOf(this.market);
  }

  heldOf(market: string): number {
    const { exchange } = this.local;
    return number(this.ground.isSpot ? exchange.total(this.ground.base) : exchange.position(market).quantity);
  }

  /** Held for the run, as the venue has it. */
  ownOf(market: string): number {
    return this.heldOf(market) - (market === this.market ? this.others : 0);
  }

  priceOf(market: string): number {
    return number(this.local.exchange.listing(market).price);
  }

  /** Of the account, at present prices, in the quote. */
  get equity(): number {
    const { exchange } = this.local;
    let equity = number(exchange.total(this.ground.quote));
    for (const { id } of this.ground.markets) {
      const at = this.priceOf(id);
      const { quantity, entry } = exchange.position(id);
      equity += this.ground.isSpot ? this.heldOf(id) * at : number(quantity) * (at - number(entry));
    }
    return equity;
  }

  /** Notional of what is held for the run over the equity of the account, by market. */
  get weights(): readonly number[] {
    const { equity } = this;
    return this.ground.markets.map(({ id }) => (this.ownOf(id) * this.priceOf(id)) / equity);
  }

  /** Open of the bar that is going on. */
  get openMs(): number {
    return BEGINNING_MS + this.#closed * HOUR_MS;
  }

  // -------------------------------------------------------------- prices

  #open(): void {
    for (const { id } of this.ground.markets) {
      const price = this.priceOf(id);
      this.#prices.set(id, [price]);
      const at = amountOf(price);
      // A fourth of it is traded at the open.
      const volume = amountOf(4 * TRADED);
      this.local.exchange.openBar(id, { openMs: this.openMs, open: at, high: at, low: at, close: at, volume });
    }
  }

  touch(price: number, market = this.market, traded = TRADED): void {
    this.#prices.get(market)?.push(price);
    this.local.exchange.touch(market, amountOf(price), amountOf(traded));
  }

  /** Ends the bar at a price, and begins the next one; what its volume says is decided at its close. */
  bar(signal: Signal, price = this.priceOf(this.market)): void {
    const bars = this.ground.markets.map(({ id }) => {
      const prices = this.#prices.get(id) ?? [];
      this.touch(id === this.market ? price : this.priceOf(id), id, SIGNAL[signal] - TRADED * prices.length);
      const [open = price] = prices;
      const ends = [Math.max(...prices), Math.min(...prices), prices.at(-1) ?? price] as const;
      return { id, bar: venueBar([this.openMs, open, ...ends, SIGNAL[signal]]) };
    });
    this.#closed += 1;
    this.clock.moveTo(this.openMs);
    for (const { id, bar } of bars) this.local.exchange.closeBar(id, bar);
    this.#open();
  }

  // -------------------------------------------------------------- others

  byHand(side: 'buy' | 'sell', quantity: number): void {
    const clientId = `web_${this.#byHand++}`;
    const request = { symbol: this.market, clientId, side, type: 'market', quantity: amountOf(quantity) } as const;
    this.local.exchange.place(request);
  }

  cutStreams(): void {
    this.local.server.dropSockets();
  }

  funding(rate: string): void {
    for (const { id } of this.ground.markets) this.local.exchange.settleFunding(id, amount(rate));
  }

  // -------------------------------------------------------------- the person

  stop(flatten: boolean): void {
    this.isHalted = true;
    writeStop(this.folder, { by: 'command', atMs: Date.now(), flatten });
  }

  reset(): void {
    this.isHalted = false;
    resetStop(this.folder);
  }

  wish(type: 'adopt' | 'release'): void {
    const wish: Wish = { type, symbol: this.ground.markets[0].symbol };
    const id = `wish-${this.#wishes.length}`;
    this.#wishes.push(id);
    writeWish(this.folder, { id, by: 'command', atMs: this.#wishes.length, wish });
    if (type === 'adopt') this.adopted += this.others;
    this.others = type === 'adopt' ? 0 : this.held;
  }

  close = async (): Promise<void> => {
    await this.local.close();
    rmSync(this.home, { recursive: true, force: true });
  };
}

export async function openStage({ kind, speed, leapt }: StageSettings): Promise<Stage> {
  const clock = killClock(BEGINNING_MS, speed, leapt);
  return new Stage(kind, await GROUNDS[kind].open({ clock, periodMs: HOUR_MS }), clock);
}
