/** Strategies with models and portfolios while they are written: figures by the versions there are, trained when somebody asks. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { withBuiltServer } from './built.ts';
import { candles } from './candles.ts';
import type { Editor } from './client.ts';
import { lensesOf, lensesOnce, settled } from './results.ts';

const built = withBuiltServer();
const CANDLES = candles();

const LEARNED = `strategy "Learned"
instrument "BTC/USDT" on binance
every 1h
param n: bars = 24 in 12..48 step 12
param least = 0 in -0.001..0.001
features x {
  drift = close / close[n] - 1
  wild  = stdev(returns(close), 24)
}
label gain = forward_return(12)
model m = ridge learn gain from x { alpha: 1 }
train m walk_forward { window: 6mo  retrain: 6mo }
let hope = predict(m) or else 0
when hope crosses above least enter long { size: 50% of equity  hold: 12 bars }
execution { fee: 10bp  slippage: 2bp }
`;
const PORTFOLIO = `strategy "Portfolio"
universe two = "BTC/USDT", "ETH/USDT" on binance
every 1h
signal strong = close > sma(close, 100)
rebalance every 1w to (if strong then 0.5 else 0) across two { band: 1% }
execution { fee: 10bp  slippage: 2bp }
`;

function commandLine(folder: string, text: string, ...more: string[]) {
  writeFileSync(join(folder, 'compared.vela'), text);
  const [node = '', program = ''] = built.program;
  const asked = [program, 'backtest', 'compared.vela', '--json', ...more];
  return JSON.parse(execFileSync(node, asked, { encoding: 'utf8', cwd: folder, maxBuffer: 1 << 28 }));
}

const learned = () => built.editor({ 'candles.csv': CANDLES }, { settings: { data: 'candles.csv' } });
const folderOf = (editor: Editor) => fileURLToPath(editor.uri(''));
const replaceIn = async (editor: Editor, uri: string, before: string, after: string) => {
  const at = editor.text(uri).indexOf(before);
  await editor.replace(uri, at, at + before.length, after);
};

describe('a strategy that asks a model', () => {
  test('says how to get figures while nothing is trained, and trains nothing by itself', async () => {
    const editor = await learned();
    const uri = await editor.open('learned.vela', LEARNED);
    expect(await settled(editor, uri)).toMatchObject({ state: 'untrained' });
    const [lens] = await lensesOf(editor, uri);
    expect(lens?.title).toMatch(/^train to see figures: m has no version of \d{4}-\d\d-\d\d for these candles/);
    expect(lens?.command).toBe('vela.train');
    expect(existsSync(join(folderOf(editor), '.vela'))).toBe(false);
    await editor.stop();
  });

  test('trained from its lens it has the figures of the command line, and keeps them after an edit of a rule', async () => {
    const editor = await learned();
    const uri = await editor.open('learned.vela', LEARNED);
    await settled(editor, uri);
    const answer = await editor.connection.sendRequest<{ trained: number }>('vela/train', { uri });
    expect(answer.trained).toBeGreaterThan(1);
    expect(editor.statuses.some(({ status }) => status.state === 'training')).toBe(true);
    await editor.until(() => editor.statuses.at(-1)?.status.state === 'done');
    const compare = async () => {
      const { summary } = await settled(editor, uri);
      const { metrics, planHash } = commandLine(folderOf(editor), editor.text(uri), '--data', 'candles.csv');
      expect(metrics.trades).toBeGreaterThan(5);
      expect(summary).toMatchObject({ totalReturn: metrics.totalReturn, trades: metrics.trades, planHash });
    };
    await compare();
    await replaceIn(editor, uri, 'hold: 12 bars', 'hold: 6 bars');
    await compare();
    await editor.stop();
  });

  test('wants another training when the model becomes another one; the strip of its params is left out', async () => {
    const editor = await learned();
    const uri = await editor.open('learned.vela', LEARNED);
    await settled(editor, uri);
    await editor.connection.sendRequest('vela/train', { uri });
    await editor.until(() => editor.statuses.at(-1)?.status.state === 'done');
    const strips = await lensesOnce(editor, uri, ({ title }) => title.includes('best at'));
    // The look-back of a feature is the model's; the threshold is the rule's.
    expect(strips.map(({ line }) => line)).toEqual([editor.at(uri, 'param least').line]);
    await replaceIn(editor, uri, 'alpha: 1', 'alpha: 2');
    expect(await settled(editor, uri)).toMatchObject({ state: 'untrained' });
    await replaceIn(editor, uri, 'alpha: 2', 'alpha: 1');
    expect(await settled(editor, uri)).toMatchObject({ state: 'done' });
    await editor.stop();
  });

  test('a training that is asked for once more stops', async () => {
    const editor = await learned();
    const slow = LEARNED.replace(
      'ridge learn gain from x { alpha: 1 }',
      'xgboost learn gain from x { n_estimators: 4000 }',
    );
    const uri = await editor.open('learned.vela', slow);
    await settled(editor, uri);
    const first = editor.connection.sendRequest('vela/train', { uri });
    await editor.until(() => editor.statuses.at(-1)?.status.state === 'training');
    expect((await lensesOf(editor, uri))[0]).toMatchObject({ title: expect.stringContaining('(click to stop)') });
    const second = editor.connection.sendRequest('vela/train', { uri });
    expect(await second).toEqual({ unavailable: 'Stopped; what was trained by then is kept.' });
    expect(await first).toEqual(await second);
    expect(await settled(editor, uri)).toMatchObject({ state: 'untrained' });
    await editor.stop();
  });
});

test('a portfolio has its figures; its rebalance and the signals of its members say how often', async () => {
  const files = { 'BTCUSDT.csv': CANDLES, 'ETHUSDT.csv': candles(777) };
  const data = ['BTC/USDT=BTCUSDT.csv', 'ETH/USDT=ETHUSDT.csv'];
  const editor = await built.editor(files, { settings: { data } });
  const uri = await editor.open('portfolio.vela', PORTFOLIO);
  const { summary } = await settled(editor, uri);
  const told = commandLine(folderOf(editor), PORTFOLIO, '--series', 'strong', ...data.flatMap(one => ['--data', one]));
  expect(summary).toMatchObject({ totalReturn: told.metrics.totalReturn, maxDrawdown: told.metrics.maxDrawdown });
  const lenses = await lensesOf(editor, uri);
  const at = (text: string) => lenses.filter(({ line }) => line === editor.at(uri, text).line);
  // Two years and their weeks.
  expect(at('rebalance every')).toEqual([
    expect.objectContaining({
      title: expect.stringMatching(/^10[345] times · last 202[34]-/),
      command: 'vela.showReport',
    }),
  ]);
  expect(at('signal strong')).toEqual([
    expect.objectContaining({ title: expect.stringMatching(/^\d{2,} times · last 2023-/) }),
  ]);
  await editor.stop();
});
