/**
 * A training with a search in it, killed at points of chance by the system and begun again: in the end the registry has the
 * bytes of an unbroken one. With real processes; two at once share the work.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chance } from '../../runtime/statistics/chance.ts';
import { temporaryFolder, writeCandles } from './support.ts';

const isDeep = process.env.VELA_DEEP === '1';
const MAIN = join(import.meta.dirname, '../../cli/main.ts');

const STRATEGY = `strategy "Searched"
instrument "BTC/USDT" on binance
every 1h
features x {
  a = close / close[5] - 1
  b = stdev(returns(close), 12)
}
label win = forward_return(3) > 0
model m = xgboost learn win from x {
  n_estimators: 6 in 2..10
  max_depth: 2 in 1..3
  learning_rate: 0.1 in 0.01..0.5
}
train m walk_forward {
  window: 30d  retrain: 1w  min_rows: 200
  search { method: tpe  trials: 6  inner: purged_kfold(3)  every: 1mo }
}
when predict(m) > 0.55 enter long { size: 50% of equity }
when predict(m) < 0.5 exit
execution { fill: next_open  fee: 10bp  slippage: 2bp }
`;

function project(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '.vela'));
  writeFileSync(join(folder, 'searched.vela'), STRATEGY);
  writeCandles(join(folder, 'candles.csv'), 2200);
  return folder;
}

function training(folder: string): ChildProcess {
  const words = ['train', 'searched.vela', '--data', 'candles.csv', '--threads', '1', '--json'];
  return spawn(process.execPath, [MAIN, ...words], {
    cwd: folder,
    env: { ...process.env, VELA_CACHE: '' },
    stdio: 'ignore',
  });
}

function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  return new Promise(resolve => child.on('close', (code, signal) => resolve({ code, signal })));
}

/** Of everything in the registry, but for what lies aside. */
function registryBytes(folder: string): ReadonlyMap<string, string> {
  const place = join(folder, '.vela', 'models');
  if (!existsSync(place)) return new Map();
  const names = readdirSync(place, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));
  return new Map(names.sort().map(name => [name.slice(place.length), hashOfFile(name)]));
}

function hashOfFile(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

test('killed again and again, a training ends with the bytes of an unbroken one', async () => {
  const [whole, broken] = [project(), project()];
  const startedMs = performance.now();
  expect((await ended(training(whole))).code).toBe(0);
  const wholeMs = performance.now() - startedMs;
  const wanted = registryBytes(whole);
  expect([...wanted.keys()].filter(name => name.startsWith('/searches')).length).toBeGreaterThan(1);

  const { next } = chance(5);
  let killed = 0;
  for (let round = 0; round < (isDeep ? 50 : 4); round++) {
    const child = training(broken);
    const end = ended(child);
    // Once as soon as it has written something, then anywhere from its start on; later rounds find more done, and come further.
    const fromMs = performance.now();
    const afterMs = wholeMs * (0.2 + 0.8 * next());
    const isTime = () => (round === 0 ? registryBytes(broken).size > 0 : performance.now() - fromMs > afterMs);
    const timer = setInterval(() => isTime() && child.kill('SIGKILL'), 20);
    const { signal } = await end;
    clearInterval(timer);
    if (signal === 'SIGKILL') killed++;
    for (const [name, bytes] of registryBytes(broken))
      if (name.startsWith('/versions')) expect(bytes).toBe(wanted.get(name));
  }
  expect(killed).toBeGreaterThan(0);
  expect((await ended(training(broken))).code).toBe(0);
  expect(registryBytes(broken)).toEqual(wanted);
});

test('two at once end with the same versions, each written once', async () => {
  const [whole, shared] = [project(), project()];
  await ended(training(whole));
  const both = await Promise.all([ended(training(shared)), ended(training(shared))]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(registryBytes(shared)).toEqual(registryBytes(whole));
});
