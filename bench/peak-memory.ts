/** Peak memory of the reference job on the 2.1 million minutes, bars read from the cache. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, Measure, Skipped } from './measure.ts';
import { whyNoMinutes } from './reference-market.ts';

const BOUND_MB = 400;

async function run(): Promise<readonly (Measure | Skipped)[]> {
  const name = 'peak memory of the reference strategy';
  const why = whyNoMinutes();
  if (why !== undefined) return [{ name, skipped: why }];
  const folder = mkdtempSync(join(tmpdir(), 'vela-bench-'));
  const once = () =>
    Number(
      execFileSync(process.execPath, [join(import.meta.dirname, 'peak-memory-child.ts'), folder], { encoding: 'utf8' }),
    );
  try {
    const cold = once();
    return [
      {
        name,
        ours: once(),
        other: BOUND_MB,
        unit: 'MB',
        against: 'the bound of',
        atMost: 1,
        notes: [`${cold.toFixed(0)} MB when the bars come from gzip CSV`],
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const peakMemory: Benchmark = {
  name: 'memory',
  about: 'peak memory of the reference job',
  run,
};
