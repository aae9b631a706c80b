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
import { START_MS, spotVenue, type TestVenue, usdmVenue } from '../../../venue/start.ts';
import { HOUR_MS } from '../reconcile/support.ts';
import { type KillClock, killClock } from './clock.ts';

export type Kind = 'perpetual' | 'spot';

/** The volume of a bar says what is to be decided at its close. */
export const SIGNAL = { nothing: 1, long: 2, short: 3, exit: 4 } as const;
export type Signal = keyof typeof SIGNAL;

export const MARKET = 'BTCUSDT';
/** A new day begins after so many bars. */
const BARS_OF_DAY = 7;
const BEGINNING_MS = START_MS + 24 * HOUR_MS - BARS_OF_DAY * HOUR_MS;
/** Bars that have closed before the run begins. */
const PAST = 2;
const FIRST_PRICE = 50_300;

export function isOwn({ clientId }: Pick<RestingOrder, 'clientId'>): boolean {
  return clientId.startsWith('vela');
}

/** What a trade changes of what is held: on spot a buyer's fee is in the coin. */
export function heldBy({ order, quantity, fee, feeCurrency }: VenueTrade): number {
  const bought = order.side === 'buy' ? quantity : -quantity;
  return number(feeCurrency === 'BTC' ? bought - fee : bought);
}

export interface StageSettings {
  readonly kind: Kind;
  readonly speed: number;
  readonly leapt?: (offsetMs: number) => void;
}

export class Stage {
  readonly kind: Kind;
  readonly symbol: string;
  readonly local: TestVenue;
  readonly clock: KillClock;
  /** What it holds, the folder of the run included, goes with the stage. */
  readonly home: string;
  readonly folder: RunFolder;
  /** What others hold at the account, in base coins. */
  others = 0;
  /** Of what the run holds: what it was given, for which its strategy states no stop. */
  adopted = 0;
  /** Entries must not be made now. */
  isHalted = false;
  /** Prices of the bar that is going on. */
  #prices: number[] = [];
  #closed = 0;
  #byHand = 0;
  #wishes: string[] = [];

  constructor(kind: Kind, local: TestVenue, clock: KillClock) {
    this.kind = kind;
    this.symbol = kind === 'spot' ? 'BTC/USDT' : 'BTC/USDT:USDT';
    this.local = local;
    this.clock = clock;
    this.home = mkdtempSync(join(tmpdir(), 'vela-killed-'));
    this.folder = runFolder(join(this.home, 'run'));
    this.#watch();
    local.exchange.move(MARKET, amountOf(FIRST_PRICE));
    this.#open();
    for (let k = 0; k < PAST; k++) this.bar('nothing', FIRST_PRICE);
  }

  /** Entries at a limit fill in two parts, one a move of the price; what others trade is theirs. */
  #watch(): void {
    this.local.exchange.on(event => {
      if (event.type === 'order' && event.execution === 'NEW') {
        const { order } = event;
        const isEntry = order.type === 'limit' && order.reduceOnly !== true && order.side === 'buy';
        if (isEntry) order.pieces = [ONE / 2n, ONE];
      }
      if (event.type === 'trade' && !isOwn(event.trade.order)) this.others += heldBy(event.trade);
    });
  }

  /** Base coins at the account, or the position there. */
  get held(): number {
    const { exchange } = this.local;
    return number(this.kind === 'spot' ? exchange.total('BTC') : exchange.position(MARKET).quantity);
  }

  get #price(): number {
    return number(this.local.exchange.listing(MARKET).price);
  }

  /** Open of the bar that is going on. */
  get openMs(): number {
    return BEGINNING_MS + this.#closed * HOUR_MS;
  }

  // -------------------------------------------------------------- prices

  #open(): void {
    const price = amountOf(this.#price);
    this.#prices = [this.#price];
    const ends = { open: price, high: price, low: price, close: price };
    this.local.exchange.openBar(MARKET, { openMs: this.openMs, ...ends, volume: ONE });
  }

  touch(price: number): void {
    this.#prices.push(price);
    this.local.exchange.touch(MARKET, amountOf(price), amount('0.1'));
  }

  /** Ends the bar at a price, and begins the next one; what its volume says is decided at its close. */
  bar(signal: Signal, price = this.#price): void {
    this.touch(price);
    const [open = price] = this.#prices;
    const ends = [Math.max(...this.#prices), Math.min(...this.#prices)] as const;
    const bar = venueBar([this.openMs, open, ...ends, price, SIGNAL[signal]]);
    this.#closed += 1;
    this.clock.moveTo(this.openMs);
    this.local.exchange.closeBar(MARKET, bar);
    this.#open();
  }

  // -------------------------------------------------------------- others

  byHand(side: 'buy' | 'sell', quantity: number): void {
    const clientId = `web_${this.#byHand++}`;
    const request = { symbol: MARKET, clientId, side, type: 'market', quantity: amountOf(quantity) } as const;
    this.local.exchange.place(request);
  }

  cutStreams(): void {
    this.local.server.dropSockets();
  }

  funding(rate: string): void {
    this.local.exchange.settleFunding(MARKET, amount(rate));
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
    const wish: Wish = { type, symbol: this.symbol };
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
  const settings = { clock, periodMs: HOUR_MS };
  const local = kind === 'spot' ? await spotVenue(settings) : await usdmVenue(settings);
  return new Stage(kind, local, clock);
}
