/**
 * The trades of a run as rows of numbers. A run may make tens of thousands, so objects are made when somebody asks for
 * them, not while the run goes on.
 */
import type { ExitReason, Trade } from './result.ts';

/** Places in a row. `side` is +1 or −1, `open` 1 or 0. */
export const TRADE = {
  side: 0,
  entryTick: 1,
  exitTick: 2,
  entryTimeMs: 3,
  exitTimeMs: 4,
  entryPrice: 5,
  exitPrice: 6,
  quantity: 7,
  profit: 8,
  profitRatio: 9,
  fees: 10,
  slippage: 11,
  funding: 12,
  bars: 13,
  open: 14,
} as const;
const ROW = 15;
const FIRST_ROWS = 64;

export class TradeLog {
  /** Row after row; replaced by a larger array when it is full. */
  numbers = new Float64Array(FIRST_ROWS * ROW);
  readonly #reasons: ExitReason[] = [];

  get length(): number {
    return this.#reasons.length;
  }

  /** Begins a row and returns where in `numbers` it starts. */
  add(reason: ExitReason): number {
    const start = this.#reasons.length * ROW;
    this.#reasons.push(reason);
    if (start === this.numbers.length) {
      const larger = new Float64Array(start * 2);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    return start;
  }

  list(instrument: string): readonly Trade[] {
    return this.#reasons.map((reason, row) => this.#trade(instrument, reason, row * ROW));
  }

  #trade(instrument: string, reason: ExitReason, start: number): Trade {
    const field = (place: number): number => this.numbers[start + place] as number;
    return {
      instrument,
      side: field(TRADE.side) === 1 ? 'long' : 'short',
      entryTick: field(TRADE.entryTick),
      exitTick: field(TRADE.exitTick),
      entryTimeMs: field(TRADE.entryTimeMs),
      exitTimeMs: field(TRADE.exitTimeMs),
      entryPrice: field(TRADE.entryPrice),
      exitPrice: field(TRADE.exitPrice),
      quantity: field(TRADE.quantity),
      profit: field(TRADE.profit),
      profitRatio: field(TRADE.profitRatio),
      fees: field(TRADE.fees),
      slippage: field(TRADE.slippage),
      funding: field(TRADE.funding),
      bars: field(TRADE.bars),
      reason,
      open: field(TRADE.open) === 1,
    };
  }
}
