/** Trades of others are counted once each, however often they are read, and remembered only while they can be read again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VenueFill } from '../../../../runtime/live/ports.ts';
import { Strangers } from '../../../../runtime/live/reconcile/strangers.ts';

const OVERLAP_MS = 60_000;

function trade(number: number, timeMs: number, side: 'buy' | 'sell', lots: number): VenueFill {
  return {
    symbol: 'BTC/USDT',
    tradeId: String(number),
    venueId: '',
    side,
    price: 50_000,
    quantity: lots / 1000,
    fee: 0,
    feeCurrency: 'USDT',
    maker: false,
    timeMs,
  };
}

const step = fc.record({
  /** Until the next look. */
  ms: fc.integer({ min: 1, max: 200_000 }),
  trades: fc.array(
    fc.record({
      agoMs: fc.integer({ min: 0, max: OVERLAP_MS - 1 }),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      lots: fc.integer({ min: 1, max: 5000 }),
    }),
    { maxLength: 6 },
  ),
});

describe('trades of others', () => {
  it('count once each and are forgotten in time', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), steps => {
        const strangers = new Strangers();
        const all: VenueFill[] = [];
        let [nowMs, readMs, lots] = [1_000_000, 1_000_000, 0];
        for (const { ms, trades } of steps) {
          nowMs += ms;
          for (const { agoMs, side, lots: quantity } of trades) {
            // Listed late, by less than the overlap of two looks.
            all.push(trade(all.length, Math.max(readMs - OVERLAP_MS, nowMs - agoMs), side, quantity));
            lots += side === 'buy' ? quantity : -quantity;
          }
          const since = readMs - OVERLAP_MS;
          strangers.trades.readFrom(since);
          for (const fill of all) if (fill.timeMs >= since) strangers.note(fill);
          readMs = nowMs;
          expect(strangers.trades.size).toBe(all.filter(({ timeMs }) => timeMs >= since).length);
        }
        expect(strangers.sum).toBe(lots / 1000);
      }),
      { numRuns: 200, seed: 8 },
    );
  });
});
