/** Small runs for the tests of the report. */
import type { Period } from '../../../language/check/program.ts';
import type { RunResult, Trade } from '../../../runtime/engine/result.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const hourly: Period = { kind: 'fixed', ms: HOUR_MS, anchorMs: 0 };

export function aTrade(changes: Partial<Trade>): Trade {
  return {
    instrument: 'BTC/USDT',
    side: 'long',
    entryTick: 1,
    exitTick: 5,
    entryTimeMs: HOUR_MS,
    exitTimeMs: 5 * HOUR_MS,
    entryPrice: 100,
    exitPrice: 101,
    quantity: 1,
    profit: 1,
    profitRatio: 0.01,
    fees: 0.1,
    slippage: 0.05,
    funding: 0,
    bars: 4,
    reason: 'signal',
    open: false,
    ...changes,
  };
}

export function aRun(changes: Partial<RunResult> & Pick<RunResult, 'equity'>): RunResult {
  return {
    fromTick: 0,
    toTick: changes.equity.length,
    capital: 10_000,
    currency: 'USDT',
    trades: [],
    fills: [],
    ticksInMarket: 0,
    totals: { fees: 0, slippage: 0, funding: 0, turnover: 0 },
    counts: {
      signalsIgnored: 0,
      conflictingSignals: 0,
      refusals: {},
      cuts: 0,
      expired: 0,
      ambiguousFills: 0,
      heldBars: 0,
      missedOnHeld: 0,
      stateNaN: 0,
      halts: 0,
      pausesRefused: 0,
    },
    journalHash: 'f'.repeat(64),
    journal: new Uint8Array(0),
    ...changes,
  };
}
