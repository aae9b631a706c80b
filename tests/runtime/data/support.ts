/** Small data files for tests, in a folder of their own that goes away with the test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { periodOf } from '../../../language/check/calendar.ts';
import type { Period } from '../../../language/check/program.ts';
import type { MarketInstrument } from '../../../runtime/data/assemble.ts';
import { DataError } from '../../../runtime/data/errors.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** 2024-01-01T00:00Z, a Monday. */
export const START = 1_704_067_200_000;
export const HEADER = 'timestamp,open,high,low,close,volume';

export const BTC: MarketInstrument = { symbol: 'BTC/USDT', venue: 'binance', gaps: 'hold', maxGapMs: 2 * DAY };

export function clock(count: number, unit: 'm' | 'h' | 'd' | 'w' | 'mo'): Period {
  return periodOf({ count, unit, span: { start: 0, end: 0 } });
}

export interface TestFolder {
  readonly path: string;
  /** Writes a file (gzip where the name says so) and gives its path. */
  readonly write: (name: string, content: string | Uint8Array) => string;
}

export function folder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'vela-data-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write: (name, content) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, name.endsWith('.gz') && typeof content === 'string' ? gzipSync(content) : content);
      return file;
    },
  };
}

/** Rows of a plausible market, one an interval; row i has the close 100 + i. */
export function rows(count: number, intervalMs = HOUR, startMs = START): string[] {
  return Array.from({ length: count }, (_, i) => {
    const close = 100 + i;
    return `${startMs + i * intervalMs},${close - 0.5},${close + 1},${close - 1},${close},${10 + i}`;
  });
}

export function csv(lines: readonly string[], header = HEADER): string {
  return `${[header, ...lines].join('\n')}\n`;
}

/** The `DataError` that the call throws or rejects with. */
export async function failure(call: () => unknown): Promise<DataError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
  throw new Error('expected a DataError, nothing was thrown');
}
