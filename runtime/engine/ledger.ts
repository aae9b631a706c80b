/**
 * The ledger of a run: capital, what it earned and paid, and the position it holds. A run owns a ledger, not an account:
 * deposits, other programs and a person's trades never move it.
 *
 *   balance = capital + realised profit + funding − fees        equity = balance + position × (mark − entry)
 *
 * Spot and linear perpetuals share this form; a spot position binds all of its cost, a perpetual its margin.
 */
import type { Sign } from './costs.ts';
import { addExactly, roundToStep, type Step } from './decimal.ts';

export interface Ledger {
  readonly capital: number;
  readonly leverage: number;
  balance: number;
  /** Signed base quantity. */
  position: number;
  /** The position is no whole number of lots: fees were paid of it, or a person gave it to the run. */
  isOffGrid: boolean;
  /** Signed quantity that no order can be made of, and the price at which it was written down; not in `position`. */
  dust: number;
  dustPrice: number;
  /** Average fill price of the open position; NaN while flat, like everything below that belongs to a position. */
  entry: number;
  firstEntry: number;
  lastEntry: number;
  /** Fills that built the position. */
  entries: number;
  /** Tick whose close counts as the position's first bar. */
  openTick: number;
  best: number;
  worst: number;
  /** Last known price to mark by. */
  mark: number;
  equity: number;
  peak: number;
  readonly totals: Totals;
  readonly trade: OpenTrade;
}

export interface Totals {
  fees: number;
  slippage: number;
  funding: number;
  turnover: number;
}

/** Sums of the position that is open, from its first fill on. */
export interface OpenTrade {
  side: Sign;
  realised: number;
  fees: number;
  slippage: number;
  funding: number;
  entered: number;
  enteredNotional: number;
  exited: number;
  exitedNotional: number;
  largest: number;
  entryTick: number;
  entryTimeMs: number;
}

export function createLedger(capital: number, leverage: number): Ledger {
  return {
    capital,
    leverage,
    balance: capital,
    position: 0,
    isOffGrid: false,
    dust: 0,
    dustPrice: Number.NaN,
    entry: Number.NaN,
    firstEntry: Number.NaN,
    lastEntry: Number.NaN,
    entries: 0,
    openTick: -1,
    best: Number.NaN,
    worst: Number.NaN,
    mark: Number.NaN,
    equity: capital,
    peak: capital,
    totals: { fees: 0, slippage: 0, funding: 0, turnover: 0 },
    trade: {
      side: 1,
      realised: 0,
      fees: 0,
      slippage: 0,
      funding: 0,
      entered: 0,
      enteredNotional: 0,
      exited: 0,
      exitedNotional: 0,
      largest: 0,
      entryTick: -1,
      entryTimeMs: 0,
    },
  };
}

/** The one formula of equity, for a position that is open. */
export function openEquity(balance: number, position: number, entry: number, mark: number): number {
  return balance + position * (mark - entry);
}

export function equityAt(balance: number, position: number, entry: number, mark: number): number {
  return position === 0 ? balance : openEquity(balance, position, entry, mark);
}

/** Margin bound by the open position; on spot, at leverage 1, what it cost. */
export function marginOf({ position, entry, leverage }: Ledger): number {
  return position === 0 ? 0 : (Math.abs(position) * entry) / leverage;
}

export function freeCash(ledger: Ledger): number {
  return ledger.balance - marginOf(ledger);
}

export function sideOf(position: number): Sign | 0 {
  return position > 0 ? 1 : position < 0 ? -1 : 0;
}

/** What is held after a fill of a signed quantity that makes the position larger; sums stay multiples of the lot. */
export function heldAfterMore({ position, isOffGrid }: Ledger, quantity: number, lot: Step | undefined): number {
  return isOffGrid ? addExactly(position, quantity) : onGrid(position + quantity, lot);
}

/** What is held after a fill that takes a quantity off the position. */
export function heldAfterLess({ position, isOffGrid }: Ledger, quantity: number, lot: Step | undefined): number {
  const held = Math.abs(position);
  const left = isOffGrid ? addExactly(held, -quantity) : held - quantity;
  if (!(left > held * ARTEFACT)) return 0;
  const signed = position > 0 ? left : -left;
  return isOffGrid ? signed : onGrid(signed, lot);
}

/** Quantity of the position that an order can be made of: all of it, or as many whole lots as are in it. */
export function closableQuantity({ position, isOffGrid }: Ledger, lot: Step | undefined): number {
  const held = Math.abs(position);
  return isOffGrid && lot !== undefined ? roundToStep(held, lot, 'down') : held;
}

/** What is left of a closed position counts as sold at a price, until a position is opened that it can be sold with. */
export function leaveDust(ledger: Ledger, price: number): void {
  // What was left before is written down anew, so that one price is that of all of it.
  if (ledger.dust !== 0) ledger.balance += ledger.dust * (price - ledger.dustPrice);
  ledger.dust = addExactly(ledger.dust, ledger.position);
  ledger.dustPrice = price;
  shrink(ledger, 0, price);
}

/** A position that has just been opened takes in what was left of the one before, at the price it was written down at. */
export function takeInDust(ledger: Ledger): void {
  const { dust, dustPrice, trade } = ledger;
  if (dust === 0 || Math.sign(dust) !== Math.sign(ledger.position)) return;
  const position = addExactly(ledger.position, dust);
  ledger.entry = (ledger.entry * ledger.position + dustPrice * dust) / position;
  ledger.position = position;
  ledger.isOffGrid = true;
  ledger.dust = 0;
  ledger.dustPrice = Number.NaN;
  trade.entered += Math.abs(dust);
  trade.enteredNotional += Math.abs(dust) * dustPrice;
  trade.largest = Math.max(trade.largest, Math.abs(position));
}

function onGrid(quantity: number, lot: Step | undefined): number {
  return lot === undefined ? quantity : roundToStep(quantity, lot, 'nearest');
}

/** Parts of a whole need not sum to it in doubles: what is left of a position beneath this share of it is nothing. */
const ARTEFACT = 1e-12;

/** A fill that opens a position or makes it larger. `position` is the signed quantity held after it. */
export function grow(ledger: Ledger, position: number, price: number): void {
  const before = Math.abs(ledger.position);
  const after = Math.abs(position);
  const quantity = after - before;
  const { trade } = ledger;
  if (before === 0) {
    ledger.entry = price;
    ledger.firstEntry = price;
    ledger.best = price;
    ledger.worst = price;
    ledger.entries = 0;
    trade.side = position > 0 ? 1 : -1;
  } else ledger.entry = (ledger.entry * before + price * quantity) / after;
  ledger.lastEntry = price;
  ledger.entries += 1;
  ledger.position = position;
  trade.entered += quantity;
  trade.enteredNotional += price * quantity;
  if (after > trade.largest) trade.largest = after;
}

/** A fill that makes the position smaller or closes it. Returns the profit realised, before fees. */
export function shrink(ledger: Ledger, position: number, price: number): number {
  const quantity = Math.abs(ledger.position) - Math.abs(position);
  const signed = ledger.position > 0 ? quantity : -quantity;
  const profit = signed * (price - ledger.entry);
  ledger.balance += profit;
  ledger.position = position;
  const { trade } = ledger;
  trade.realised += profit;
  trade.exited += quantity;
  trade.exitedNotional += price * quantity;
  return profit;
}

export function charge(ledger: Ledger, fee: number, slippage: number, notional: number): void {
  ledger.balance -= fee;
  ledger.totals.fees += fee;
  ledger.totals.slippage += slippage;
  ledger.totals.turnover += notional;
  ledger.trade.fees += fee;
  ledger.trade.slippage += slippage;
}

/** Funding, and what else comes or goes without a trade: interest, rebates. */
export function receiveFunding(ledger: Ledger, amount: number): void {
  ledger.balance += amount;
  ledger.totals.funding += amount;
  ledger.trade.funding += amount;
}

/** Profit of the trade that is open or has just been closed: realised and funding, less fees. */
export function tradeProfit({ trade }: Ledger): number {
  return trade.realised + trade.funding - trade.fees;
}

/** Forgets the closed position, so that the next one starts from nothing. */
export function clearPosition(ledger: Ledger): void {
  ledger.position = 0;
  ledger.isOffGrid = false;
  ledger.entry = Number.NaN;
  ledger.firstEntry = Number.NaN;
  ledger.lastEntry = Number.NaN;
  ledger.entries = 0;
  ledger.openTick = -1;
  ledger.best = Number.NaN;
  ledger.worst = Number.NaN;
  const { trade } = ledger;
  trade.realised = 0;
  trade.fees = 0;
  trade.slippage = 0;
  trade.funding = 0;
  trade.entered = 0;
  trade.enteredNotional = 0;
  trade.exited = 0;
  trade.exitedNotional = 0;
  trade.largest = 0;
  trade.entryTick = -1;
  trade.entryTimeMs = 0;
}
