/**
 * A cold compile: an example's text to an instantiated kernel, the first in a fresh process, from a bundle built as the
 * published program is. Loading the bundle is part of the start-up measure, not of this one.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { embed } from '../tools/embed.ts';
import { type Benchmark, type Measure, median } from './measure.ts';

const ROOT = join(import.meta.dirname, '..');
const EXAMPLES = ['sma_cross', 'rsi_reversion'];
const BOUND_MS = 30;
const REPEATS = 15;

async function run(): Promise<readonly Measure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vela-bench-'));
  try {
    const child = join(folder, 'cold-compile.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'cold-compile-child.ts')],
      outfile: child,
      bundle: true,
      format: 'esm',
      platform: 'node',
      minifySyntax: true,
      minifyWhitespace: true,
      plugins: [embed()],
    });
    // As for the published program, V8 keeps the compiled code of the bundle between starts.
    const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'code') };
    const once = (example: string) =>
      Number(
        execFileSync(process.execPath, [child, join(ROOT, 'strategies', `${example}.vela`)], { env, encoding: 'utf8' }),
      );
    return EXAMPLES.map(example => {
      once(example);
      return {
        name: `cold compile of ${example}`,
        ours: median(Array.from({ length: REPEATS }, () => once(example))),
        other: BOUND_MS,
        unit: 'ms',
        against: 'the bound of',
        atMost: 1,
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const coldCompile: Benchmark = {
  name: 'compile',
  about: 'an example from source to instantiated kernel, the first in a fresh process',
  run,
};
