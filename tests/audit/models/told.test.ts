/** What a trader is told of models: when orders are possible, what a value may be, what a version leans on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportOnnx } from '../../../runtime/models/onnx/export.ts';
import { temporaryFolder, vela, writeCandles } from '../../cli/support.ts';

const FEATURES = `strategy "Rise"
instrument "BTC/USDT" on binance
every 1h
features x {
  a = close / close[5] - 1
  b = stdev(returns(close), 12)
}
label win = forward_return(3) > 0
`;
const rise = (model = '', rule = 'predict(m) > 0.5') => `${FEATURES}
model m = xgboost learn win from x { n_estimators: 4  max_depth: 2  ${model} }
train m walk_forward { window: 30d  retrain: 1w  min_rows: 200 }
when ${rule} enter long { size: 50% of equity }
when predict(m) < 0.45 exit
execution { fill: next_open  fee: 10bp  slippage: 2bp }
`;

function projectWith(source: string, bars = 1500): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '.vela'));
  writeCandles(join(folder, 'candles.csv'), bars);
  writeFileSync(join(folder, 'rise.vela'), source);
  return folder;
}

async function json(folder: string, ...words: readonly string[]) {
  const { out } = await vela(folder, [...words, '--data', 'candles.csv', '--json']);
  return JSON.parse(out);
}

describe('the first order is possible', () => {
  test('once the model that a rule asks has a version', async () => {
    const folder = projectWith(rise());
    const { span, models } = await json(folder, 'backtest', 'rise.vela');
    const [{ activeFrom }] = models[0].versions;
    expect(Date.parse(span.firstOrderPossible)).toBe(Date.parse(activeFrom) + 3_600_000);
  });

  test('before, where something stands in for what it says', async () => {
    const folder = projectWith(rise('', '(predict(m) or else 1) > 0.5'));
    const { span, models } = await json(folder, 'backtest', 'rise.vela');
    expect(Date.parse(span.firstOrderPossible)).toBeLessThan(Date.parse(models[0].versions[0].activeFrom));
  });
});

test('a setting out of its range is told as a sentence', async () => {
  const folder = projectWith(rise('max_bin: 512'));
  const { out } = await vela(folder, ['check', 'rise.vela']);
  expect(out).toContain('help: it must be a number that is whole and from 2 to 256');
});

test('what is leaned on is told of the newest version with closed labels', async () => {
  const folder = projectWith(rise());
  const all = await json(folder, 'train', 'rise.vela');
  const { activeFrom } = all.models[0].folds.at(-1);
  const to = new Date(Date.parse(activeFrom) + 2 * 3_600_000).toISOString();
  const { models } = await json(folder, 'train', 'rise.vela', '--to', to);
  expect(models[0].folds.at(-1)).toMatchObject({ activeFrom, rows: { test: 0 } });
  expect(models[0].permutation.map(({ name }: { name: string }) => name).sort()).toEqual(['a', 'b']);
});

test('a learning curve has the rounds that were measured, and no others', async () => {
  const folder = projectWith(rise());
  const without = await json(folder, 'train', 'rise.vela');
  expect(without.models[0].folds[0].curve).toEqual([]);
  writeFileSync(join(folder, 'rise.vela'), rise().replace('min_rows: 200', 'min_rows: 200  valid: 20%'));
  const { models } = await json(folder, 'train', 'rise.vela');
  for (const { curve, metric } of models[0].folds) {
    expect(curve).toHaveLength(4);
    expect(metric).toBe('logloss');
    for (const { train, valid } of curve) expect([train, valid].every(Number.isFinite)).toBe(true);
  }
});

describe('a training that makes nothing says why, and how to mend it', () => {
  const all = rise();
  test.each([
    [
      'one class only',
      all.replace('forward_return(3) > 0', 'forward_return(3) > -0.99'),
      'have the label true',
      'both ways',
    ],
    [
      'no feature left',
      all.replace(/[ab] = .*/g, line => `${line.slice(0, 1)} = close * 0`),
      'every feature is',
      'look at',
    ],
    ['few rows', all.replace('min_rows: 200', 'min_rows: 1000'), 'finds 716 usable ticks in its window', '`min_rows`'],
    ['a long window', all.replace('window: 30d', 'window: 1y'), 'of the window of model `m`', 'shorten `window`'],
    ['none due', all.replace('retrain: 1w', 'retrain: 10y'), 'is due in these data', 'retrain instant'],
  ])('%s', async (_, source, message, help) => {
    const { error } = await json(projectWith(source), 'train', 'rise.vela');
    expect(error.code).toBe('untrained');
    expect(error.message).toContain(message);
    expect(error.help).toContain(help);
  });
});

test('the terminal names the columns that told nothing', async () => {
  const folder = projectWith(rise().replace('a = close / close[5] - 1', 'a = close * 0'));
  const { out } = await vela(folder, ['train', 'rise.vela', '--data', 'candles.csv']);
  expect(out).toContain('Columns left out     a (constant)');
  expect(out).toContain('Leans on (gain)      b 100 %\n');
});

test('a file says from when on it speaks, or that it is unproven', async () => {
  const from = (source: string) => rise().replace(/model m.*\ntrain .*/, `model m = ${source} from x`);
  const folder = projectWith(from('onnx("net.onnx")'));
  const net = {
    kind: 'linear',
    features: 2,
    outputs: 1,
    weights: new Float64Array([1, 0]),
    bias: new Float64Array([0.5]),
  } as const;
  const about = { features: [], outputs: ['value'], label: '' };
  writeFileSync(join(folder, 'net.onnx'), exportOnnx(net, about));
  const unproven = await vela(folder, ['backtest', 'rise.vela', '--data', 'candles.csv']);
  expect(unproven.out).toMatch(/Model m +1 version, unproven: it may have seen these bars/);
  writeFileSync(join(folder, 'rise.vela'), from('onnx("net.onnx", trained_to = 2022-01-31)'));
  const { out } = await vela(folder, ['backtest', 'rise.vela', '--data', 'candles.csv']);
  expect(out).toMatch(/Model m +1 version, the first from 2022-02-01 on/);
  expect(out).toMatch(/First order possible +2022-02-01 01:00 UTC/);
});

test('a ledger that cannot be kept is a warning', async () => {
  const folder = projectWith(rise());
  mkdirSync(join(folder, '.vela', 'ledger.jsonl'));
  for (const command of ['train', 'backtest']) {
    const { code, log } = await vela(folder, [command, 'rise.vela', '--data', 'candles.csv']);
    expect([code, log]).toEqual([0, expect.stringContaining('warning the ledger could not be kept: ')]);
  }
});

describe('versions', () => {
  test('that may predict at different times are different ones', async () => {
    const folder = projectWith(rise());
    const ids = async () =>
      (await json(folder, 'train', 'rise.vela')).models[0].folds.map((fold: { version: string }) => fold.version);
    const early = await ids();
    writeFileSync(join(folder, 'rise.vela'), rise().replace('retrain: 1w', 'retrain: 1w  train_lag: 2d'));
    const late = await ids();
    expect(early.length).toBeGreaterThan(2);
    expect(late.filter((id: string) => early.includes(id))).toEqual([]);
  });

  test('promoted or not are two configurations of the ledger', async () => {
    const folder = projectWith(rise());
    const { models } = await json(folder, 'backtest', 'rise.vela');
    await vela(folder, ['models', 'promote', models[0].versions[0].id]);
    const { trials } = await json(folder, 'backtest', 'rise.vela');
    expect(trials.trials).toBe(2);
  });

  test('of a model that nobody has trained do not serve again', async () => {
    const folder = projectWith(rise());
    await vela(folder, ['train', 'rise.vela', '--data', 'candles.csv']);
    const { code, log } = await vela(folder, ['models', 'promote', '--trained', 'n']);
    expect([code, log]).toEqual([2, expect.stringContaining('there is no version of a model `n`')]);
    expect((await vela(folder, ['models', 'promote', '--trained', 'm'])).code).toBe(0);
  });
});

test('a report says that probabilities are of the weighted sample where they are', async () => {
  const folder = projectWith(rise());
  const said = async () => (await vela(folder, ['train', 'rise.vela', '--data', 'candles.csv'])).out;
  expect(await said()).toContain('of rows as they were weighted');
  expect((await json(folder, 'train', 'rise.vela')).models[0].weighted).toBe(true);
  writeFileSync(join(folder, 'rise.vela'), rise('weight: 1'));
  expect(await said()).not.toContain('weighted');
});
