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
  /** Place in `EXIT_REASONS`. */
  reason: 15,
} as const;
const ROW = 16;
const CHUNK_ROWS = 256;
const CHUNK = CHUNK_ROWS * ROW;

const EXIT_REASONS: readonly ExitReason[] = [
  'signal',
  'stop',
  'trail',
  'target',
  'hold',
  'flatten',
  'reverse',
  'liquidation',
  'limit exit',
  'end of data',
  'adopted',
  'released',
  'taken',
  'dust',
];

export class TradeLog {
  /** The rows added last; those before them stand in `#full`. */
  numbers = new Float64Array(CHUNK);
  #end = 0;
  readonly #full: Float64Array[] = [];

  /** Begins a row and returns where in `numbers` it starts. */
  add(reason: ExitReason): number {
    if (this.#end === CHUNK) {
      this.#full.push(this.numbers);
      this.numbers = new Float64Array(CHUNK);
      this.#end = 0;
    }
    const start = this.#end;
    this.#end = start + ROW;
    this.numbers[start + TRADE.reason] = codeOf(reason);
    return start;
  }

  get count(): number {
    return this.#full.length * CHUNK_ROWS + this.#end / ROW;
  }

  /** Trades that were closed in a span of ticks. */
  countClosed(fromTick: number, toTick: number): number {
    let count = 0;
    for (const rows of [...this.#full, this.numbers.subarray(0, this.#end)]) {
      for (let row = 0; row < rows.length; row += ROW) {
        const exitTick = rows[row + TRADE.exitTick] as number;
        if (rows[row + TRADE.open] !== 1 && exitTick >= fromTick && exitTick < toTick) count += 1;
      }
    }
    return count;
  }

  /** All rows as numbers, one behind the other. */
  snapshot(): Float64Array {
    const rows = [...this.#full, this.numbers.subarray(0, this.#end)];
    const all = new Float64Array(rows.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of rows) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  copy(): TradeLog {
    const other = new TradeLog();
    other.restore(this.snapshot());
    return other;
  }

  /** Into a log that is empty. */
  restore(rows: Float64Array): void {
    for (let from = 0; from < rows.length; from += ROW) {
      const at = this.add('signal');
      this.numbers.set(rows.subarray(from, from + ROW), at);
    }
  }

  list(instrument: string): readonly Trade[] {
    const chunks = [...this.#full, this.numbers.subarray(0, this.#end)];
    return chunks.flatMap(rows =>
      Array.from({ length: rows.length / ROW }, (_, row) => tradeOf(instrument, rows, row * ROW)),
    );
  }
}

function tradeOf(instrument: string, numbers: Float64Array, start: number): Trade {
  const field = (place: number): number => numbers[start + place] as number;
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
    reason: EXIT_REASONS[field(TRADE.reason)] as ExitReason,
    open: field(TRADE.open) === 1,
  };
}

/** Written out, since it is asked for at each trade. */
function codeOf(reason: ExitReason): number {
  let code = 0;
  while (EXIT_REASONS[code] !== reason) code++;
  return code;
}
