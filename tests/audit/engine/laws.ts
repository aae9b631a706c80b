/**
 * What must hold of any account, checked from the outside: fills and the journal are booked once more, by cash alone, and
 * held against the equity, the trades and the bars.
 */
import { expect } from 'vitest';
import type { MarketSeries } from '../../../runtime/data/series.ts';
import type { RunResult } from '../../../runtime/engine/result.ts';
import { type JournalRecord, readJournal } from '../../../runtime/journal/reader.ts';

export interface Circumstances {
  readonly perpetual: boolean;
  readonly leverage: number;
  readonly fillsAtClose: boolean;
  /** As the text says them; Infinity where there is none. */
  readonly exposureCap: number;
}

const near = (a: number, b: number, scale = 1): boolean =>
  Math.abs(a - b) <= 1e-8 * (1 + Math.abs(a) + Math.abs(b) + scale);

export function checkLaws(
  result: RunResult,
  series: MarketSeries,
  { perpetual, leverage, fillsAtClose, exposureCap }: Circumstances,
): void {
  const { records } = readJournal(result.journal);
  const [bars] = series.clocks;
  if (bars === undefined) throw new Error('no bars');
  const mark = series.mark ?? bars;
  let cash = result.capital;
  let position = 0;
  let cost = 0; // of the position, at its average
  let halted = false;
  let next = 0;
  const at = <T>(values: ArrayLike<T>, index: number): T => {
    const value = values[index];
    if (value === undefined) throw new Error(`nothing at ${index}`);
    return value;
  };

  const book = (record: JournalRecord): void => {
    switch (record.kind) {
      case 'fill': {
        const { tick, price, side, reason, maker, moment, slippage, quantity, fee } = record;
        expect(at(bars.held, tick), 'a fill on a held bar').toBe(0);
        const sign = side === 'buy' ? 1 : -1;
        if (reason !== 'liquidation') {
          const raw = price - (sign * slippage) / quantity;
          const [open, high, low, close] = [
            at(bars.open, tick),
            at(bars.high, tick),
            at(bars.low, tick),
            at(bars.close, tick),
          ];
          expect(raw >= low - 1e-9 && raw <= high + 1e-9, `${tick} ${reason} at ${raw} outside ${low}–${high}`).toBe(
            true,
          );
          if (maker) expect(slippage).toBe(0);
          if (moment === 'open')
            expect(near(raw, open), `${tick} ${reason} at the open: ${raw}, not ${open}`).toBe(true);
          if (moment === 'close') expect(near(raw, close)).toBe(true);
          if (moment === 'close') expect(fillsAtClose).toBe(true);
        }
        const opens = reason === 'entry' || reason === 'add';
        if (opens) {
          expect(position * sign >= 0, 'an entry against the position').toBe(true);
          cost += price * quantity;
        } else {
          expect(position * sign < 0, `${tick} ${reason} of a position that is not there`).toBe(true);
          expect(quantity <= Math.abs(position) * (1 + 1e-12), 'closes more than there is').toBe(true);
          cost *= 1 - quantity / Math.abs(position);
        }
        position += sign * quantity;
        cash -= sign * quantity * price + fee;
        // What is left of a closed position is nothing, not dust.
        if (Math.abs(position) < 1e-9 * quantity) [position, cost] = [0, 0];
        if (opens) {
          // Money that is not bound: all cash on spot, what the margin leaves on a perpetual.
          const free = perpetual ? cash + position * (cost / Math.abs(position)) - cost / leverage : cash;
          expect(free >= -1e-6 * result.capital, `${tick} ${free} left after an ${reason}`).toBe(true);
        }
        break;
      }
      case 'funding':
        expect(near(record.amount, -position * record.price * record.rate)).toBe(true);
        cash += record.amount;
        break;
      case 'intent':
        expect(at(bars.held, record.tick), 'a decision on a held bar').toBe(0);
        if (record.role === 'enter' || record.role === 'add') {
          expect(halted, `${record.tick} an entry during a halt`).toBe(false);
          const equity = at(result.equity, record.tick - result.fromTick);
          const existing = position * (record.side === 'long' ? 1 : -1) > 0 ? Math.abs(position) : 0;
          const exposure = ((existing + record.quantity) * record.reference) / equity;
          if (!fillsAtClose)
            expect(exposure <= exposureCap * (1 + 1e-9), `${record.tick} exposure ${exposure}`).toBe(true);
        }
        break;
      case 'halt':
        halted ||= !record.flattens;
        break;
      case 'resume':
        halted = false;
        break;
      default:
    }
  };

  for (let tick = result.fromTick; tick < result.toTick; tick++) {
    for (; next < records.length && at(records, next).tick === tick; next++) book(at(records, next));
    const price = at(mark.close, tick);
    const worth = cash + position * (Number.isNaN(price) ? 0 : price);
    const equity = at(result.equity, tick - result.fromTick);
    expect(
      near(worth, equity, result.capital),
      `${tick} cash and position are worth ${worth}, equity says ${equity}`,
    ).toBe(true);
  }
  expect(next).toBe(records.length);

  const profit = result.trades.reduce((sum, trade) => sum + trade.profit, 0);
  expect(
    near(result.capital + profit, result.equity.at(-1) ?? result.capital, result.capital),
    'trades and equity',
  ).toBe(true);
  expect(result.trades.filter(trade => trade.open).length, 'an open trade').toBe(position === 0 ? 0 : 1);
  for (const trade of result.trades) {
    // A fill at a close belongs to the next bar.
    if (!fillsAtClose)
      expect(trade.bars, 'bars of a trade').toBe(trade.exitTick - trade.entryTick + (trade.open ? 1 : 0));
    expect(near(trade.profitRatio * trade.entryPrice * entered(trade, result), trade.profit, result.capital)).toBe(
      true,
    );
  }
}

/** All that was bought into a trade. */
function entered(trade: RunResult['trades'][number], { fills }: RunResult): number {
  const own = fills.filter(
    ({ timeMs, reason }) =>
      (reason === 'entry' || reason === 'add') && timeMs >= trade.entryTimeMs && timeMs <= trade.exitTimeMs,
  );
  const side = trade.side === 'long' ? 'buy' : 'sell';
  return own.filter(fill => fill.side === side).reduce((sum, { quantity }) => sum + quantity, 0);
}
