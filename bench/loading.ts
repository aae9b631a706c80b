/** Reading the 2.1 million minutes: from gzip CSV, and again from the column cache. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, type Measure, median, type Skipped } from './measure.ts';
import { loadMinutes, whyNoMinutes } from './reference-market.ts';

const REPEATS = 3;

async function run(): Promise<readonly (Measure | Skipped)[]> {
  const name = 'loading 2.1 million minutes from gzip CSV';
  const why = whyNoMinutes();
  if (why !== undefined) return [{ name, skipped: why }];
  const cold: number[] = [];
  const cached: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const folder = mkdtempSync(join(tmpdir(), 'vela-bench-'));
    try {
      cold.push(await timed(folder));
      cached.push(await timed(folder));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return [
    {
      name,
      ours: median(cold),
      other: median(cached),
      unit: 'ms',
      against: 'from the cache',
      atLeast: 10,
    },
  ];
}

async function timed(cacheDir: string): Promise<number> {
  const start = performance.now();
  await loadMinutes(cacheDir);
  return performance.now() - start;
}

export const loading: Benchmark = { name: 'load', about: 'minutes from gzip CSV, and again from a cache', run };
