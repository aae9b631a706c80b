/**
 * Python packages as oracles: what `tests/oracle/requirements.txt` lists, in the virtual environment `.oracle` beside the
 * repository's files. A checkout without it skips those tests, visibly; in CI they must run.
 *
 *     python3 -m venv .oracle && .oracle/bin/pip install -r tests/oracle/requirements.txt
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const python = fileURLToPath(new URL('../../.oracle/bin/python', import.meta.url));
const scripts = fileURLToPath(new URL('../oracle/', import.meta.url));

export const hasOracle: boolean = existsSync(python);

/** `describe` for tests that ask an oracle: skipped where there is none, except in CI, where they run and fail. */
export const describeWithOracle = hasOracle || process.env.CI === 'true' ? describe : describe.skip;

/** Runs `tests/oracle/NAME.py` with a JSON document on its standard input; what it prints is read as JSON. */
export function askOracle(name: string, question: unknown, args: readonly string[] = []): unknown {
  const { status, stdout, stderr, error } = spawnSync(python, [`${scripts}${name}.py`, ...args], {
    input: JSON.stringify(question),
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`the oracle ${name} failed:\n${stderr}`);
  return JSON.parse(stdout);
}
