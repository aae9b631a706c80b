/**
 * The bars of the reference job as both contestants get them: the rows of `../shared/data/spot-1m`, stamped minute after
 * minute without holes, so that a tick of ours is a row of the C loop's.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { importBars } from '../runtime/data/import.ts';
import { selectFiles } from '../runtime/data/select.ts';
import type { BarTable, MarketSeries, RawBars } from '../runtime/data/series.ts';

const SHARED = join(import.meta.dirname, '..', '..', 'shared');
export const MINUTES = join(SHARED, 'data', 'spot-1m', '*.csv.gz');

/** Why the minutes cannot be had here; `undefined` when they can. */
export function whyNoMinutes(): string | undefined {
  return globSync(MINUTES).length > 0 ? undefined : 'no ../shared/data/spot-1m';
}

export async function loadMinutes(cacheDir?: string): Promise<RawBars> {
  const { files } = selectFiles([MINUTES], 'bars', 'BTC/USDT');
  return (await importBars(files, 'bars', cacheDir)).series;
}

/** The first `length` rows as a market of one clock. */
export function contiguous(bars: RawBars, length: number): MarketSeries {
  const cut = (column: Float64Array) => column.subarray(0, length);
  const base: BarTable = {
    period: { kind: 'fixed', ms: 60_000, anchorMs: 0 },
    firstOrdinal: Math.floor((bars.times[0] ?? 0) / 60_000),
    length,
    open: cut(bars.open),
    high: cut(bars.high),
    low: cut(bars.low),
    close: cut(bars.close),
    volume: cut(bars.volume),
    held: new Uint8Array(length),
  };
  return {
    symbol: 'BTC/USDT',
    venue: 'binance',
    clocks: [base],
    completed: [new Int32Array(0)],
    quality: {
      rows: length,
      firstMs: bars.times[0] ?? 0,
      lastMs: bars.times[length - 1] ?? 0,
      periodMs: 60_000,
      missingBars: 0,
      duplicates: 0,
      outOfOrder: 0,
      offGrid: 0,
      merged: 0,
      ohlcViolations: 0,
      zeroVolume: 0,
      unfinishedLast: false,
      thinBars: 0,
      heldBars: 0,
    },
    hash: bars.hash,
  };
}
