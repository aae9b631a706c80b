import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLedger, recordTrial, type Tried } from '../../cli/ledger.ts';
import { chance } from '../../runtime/statistics/chance.ts';
import { CROSS, temporaryFolder, vela, writeCandles } from './support.ts';

const DAY_MS = 86_400_000;

function triedWith(key: string, more: Partial<Tried> = {}, seed = 1, days = 400): Tried {
  const { next } = chance(seed);
  const closes = Float64Array.from({ length: days }, (_, i) => (i + 1) * DAY_MS);
  const returns = closes.map(() => (next() - 0.48) / 50);
  return {
    key,
    command: 'backtest',
    strategy: 'S',
    symbols: ['BTC/USDT'],
    fromMs: 0,
    toMs: days * DAY_MS,
    series: { closes, returns },
    ...more,
  };
}

function project(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '.vela'));
  process.chdir(folder);
  return join(folder, '.vela', 'ledger.jsonl');
}

describe('the ledger of a project', () => {
  test('has a line for each configuration and span, and never changes one', () => {
    const path = project();
    recordTrial(triedWith('a'), 1000);
    const before = readFileSync(path, 'utf8');
    recordTrial(triedWith('a'), 2000);
    expect(readFileSync(path, 'utf8')).toBe(before);
    recordTrial(triedWith('b', {}, 2), 3000);
    recordTrial(triedWith('a', { toMs: 399 * DAY_MS }), 4000);
    expect(readFileSync(path, 'utf8').startsWith(before)).toBe(true);
    expect(readLedger().map(({ key, at }) => [key, at])).toEqual([
      ['a', '1970-01-01T00:00:01.000Z'],
      ['b', '1970-01-01T00:00:03.000Z'],
      ['a', '1970-01-01T00:00:04.000Z'],
    ]);
  });

  test('counts what traded one of the instruments at some time of the span', () => {
    project();
    for (let i = 0; i < 5; i++) recordTrial(triedWith(`k${i}`, {}, i + 1), i);
    recordTrial(triedWith('other', { symbols: ['ETH/USDT'] }), 10);
    recordTrial(triedWith('before', { fromMs: -50 * DAY_MS, toMs: 0 }), 11);
    const found = recordTrial(triedWith('k0'), 12);
    expect(found).toMatchObject({ trials: 5, since: '1970-01-01T00:00:00.000Z' });
    // Five that have nothing to do with one another are worth about five.
    expect(found?.effective).toBeGreaterThan(4.5);
    expect(recordTrial(triedWith('eth', { symbols: ['ETH/USDT'] }), 13)?.trials).toBe(2);
  });

  test('takes equal returns for one trial, and many different ones for luck', () => {
    project();
    const alone = recordTrial(triedWith('a'), 1);
    recordTrial(triedWith('b'), 2);
    const twice = recordTrial(triedWith('a'), 3);
    expect(twice?.effective).toBeCloseTo(1, 6);
    expect(twice?.deflatedSharpe).toBeCloseTo(alone?.deflatedSharpe ?? 0, 10);
    for (let i = 0; i < 30; i++) recordTrial(triedWith(`c${i}`, {}, 100 + i), 4 + i);
    const many = recordTrial(triedWith('a'), 50);
    expect(many?.deflatedSharpe).toBeLessThan(alone?.deflatedSharpe ?? 0);
  });

  test('takes the returns of what was trained before it was traded', () => {
    project();
    for (let i = 0; i < 8; i++) {
      const { series: _, ...trained } = triedWith(`k${i}`, { command: 'train' });
      recordTrial(trained, i);
      recordTrial(triedWith(`k${i}`, {}, i + 1), i + 100);
      recordTrial(trained, i + 200);
      recordTrial({ ...trained, toMs: trained.toMs + DAY_MS }, i + 300);
    }
    expect(readLedger().map(({ returns }) => returns !== undefined)).toEqual(
      Array(8).fill([false, true, false]).flat(),
    );
    const found = recordTrial(triedWith('k0'), 1000);
    expect(found?.trials).toBe(8);
    project();
    const alone = recordTrial(triedWith('k0'), 1);
    expect(found?.deflatedSharpe).toBeLessThan(alone?.deflatedSharpe ?? 0);
  });

  test('reads past a line that was cut short', () => {
    const path = project();
    recordTrial(triedWith('a'), 1);
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"key": "b", "sym`);
    expect(readLedger().length).toBe(1);
    recordTrial(triedWith('c'), 2);
    expect(readLedger().map(({ key }) => key)).toEqual(['a', 'c']);
  });
});

test('a backtest in a project says how much was tried before it; elsewhere nothing is written', async () => {
  const folder = temporaryFolder();
  writeCandles(join(folder, 'candles.csv'), 1500);
  writeFileSync(join(folder, 'cross.vela'), CROSS);
  const run = async (fast: number) =>
    JSON.parse(
      (await vela(folder, ['backtest', 'cross.vela', '--data', 'candles.csv', '--set', `fast=${fast}`, '--json'])).out,
    );
  const outside = await run(10);
  expect(outside.trials).toBeUndefined();
  mkdirSync(join(folder, '.vela'));
  const first = await run(10);
  expect(first.trials.trials).toBe(1);
  expect(first.metrics).toEqual(outside.metrics);
  for (const fast of [15, 20, 25]) await run(fast);
  const again = await run(10);
  expect(again.trials.trials).toBe(4);
  expect(again.trials.effective).toBeLessThan(4);
  expect(again.trials.since).toBe(first.trials.since);
  expect(JSON.stringify(again.assumptions)).toContain('4 configurations');
  expect(again.journalHash).toBe(first.journalHash);
});
