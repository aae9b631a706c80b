/**
 * A cold compile: an example's text to an instantiated kernel, the first in a fresh process, from a bundle built and
 * started as the published program is. Loading the bundle is part of the start-up measure, not of this one.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { plainBuiltins } from '../tools/builtins.ts';
import { embed } from '../tools/embed.ts';
import { type Benchmark, type Measure, median } from './measure.ts';

const ROOT = join(import.meta.dirname, '..');
const EXAMPLES = ['sma_cross', 'rsi_reversion'];
const BOUND_MS = 30;
const REPEATS = 15;

async function run(): Promise<readonly Measure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vela-bench-'));
  try {
    // As the published program: a chunk, and what loads it with the code that V8 made of it at an earlier start.
    const [chunk, start] = [join(folder, 'chunk.js'), join(folder, 'start.mjs')];
    const common = { bundle: true, platform: 'node', minify: true, charset: 'ascii' } as const;
    await build({
      ...common,
      entryPoints: [join(import.meta.dirname, 'cold-compile-child.ts')],
      outfile: chunk,
      format: 'cjs',
      plugins: [embed(), plainBuiltins()],
    });
    await build({
      ...common,
      entryPoints: [join(import.meta.dirname, 'cold-compile-start.ts')],
      outfile: start,
      format: 'esm',
      plugins: [plainBuiltins()],
    });
    const once = (example: string) => {
      const words = [start, chunk, join(folder, 'code'), join(ROOT, 'strategies', `${example}.vela`)];
      return Number(execFileSync(process.execPath, words, { encoding: 'utf8' }));
    };
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
