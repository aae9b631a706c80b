/** `vela check` on an example, from the built program, against the least that Node can do. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, interleaved, type Measure, type Skipped } from './measure.ts';

const ROOT = join(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'dist', 'vela.js');
const REPEATS = 15;

async function run(): Promise<readonly (Measure | Skipped)[]> {
  const name = 'vela check';
  if (!existsSync(PROGRAM)) return [{ name, skipped: 'dist/vela.js is not built: npm run build' }];
  const node = (...args: string[]) => execFileSync(process.execPath, args, { stdio: 'ignore' });
  const check = () => node(PROGRAM, 'check', join(ROOT, 'strategies', 'sma_cross.vela'));
  check();
  const [ours, nothing] = await interleaved(REPEATS, [check, () => node('-e', '0')]);
  return [{ name, ours, other: nothing, unit: 'ms', against: 'node -e 0', atMost: 4 }];
}

export const startUp: Benchmark = { name: 'start', about: '`vela check` against `node -e 0`', run };
