/** The strategy's results while it is written: equal to the command line's, refreshed by edits, said where there are none. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { withBuiltServer } from './built.ts';
import { candles } from './candles.ts';
import { lensesOf, lensesOnce, settled } from './results.ts';

const built = withBuiltServer();
const strategies = fileURLToPath(new URL('../../strategies', import.meta.url));
const CANDLES = candles();
const SMA = readFileSync(join(strategies, 'sma_cross.vela'), 'utf8');

function commandLine(folder: string, text: string, ...more: string[]) {
  const file = join(folder, 'compared.vela');
  writeFileSync(file, text);
  const [node = '', program = ''] = built.program;
  const out = execFileSync(
    node,
    [program, 'backtest', file, '--data', join(folder, 'candles.csv'), '--json', '--trades', ...more],
    { encoding: 'utf8', cwd: folder, maxBuffer: 1 << 28 },
  );
  return JSON.parse(out);
}

describe('runs while one types', () => {
  test('give the numbers of `vela backtest --json`, and give them again after an edit', async () => {
    const editor = await built.editor({ 'candles.csv': CANDLES }, { settings: { data: 'candles.csv' } });
    const folder = fileURLToPath(editor.uri(''));
    const uri = await editor.open('sma.vela', SMA);
    const compare = async () => {
      const { summary } = await settled(editor, uri);
      const { metrics, planHash, dataHash, span, trades } = commandLine(folder, editor.text(uri));
      expect(summary).toMatchObject({
        totalReturn: metrics.totalReturn,
        sharpe: metrics.sharpe,
        maxDrawdown: metrics.maxDrawdown,
        trades: metrics.trades,
        bars: span.bars,
        from: span.from,
        to: span.to,
        planHash,
        dataHash,
        simulated: false,
      });
      return { metrics, trades };
    };
    const first = await compare();
    const at = editor.text(uri).indexOf('bars = 20') + 'bars = '.length;
    await editor.replace(uri, at, at + 2, '35');
    const second = await compare();
    expect(second.metrics.totalReturn).not.toBe(first.metrics.totalReturn);

    const lenses = await lensesOf(editor, uri);
    const percent = (second.metrics.totalReturn * 100).toFixed(Math.abs(second.metrics.totalReturn) < 0.1 ? 2 : 1);
    expect(lenses.find(({ command }) => command === 'vela.showReport')?.title).toContain(
      `${percent} % · Sharpe ${second.metrics.sharpe.toFixed(2)}`,
    );
    expect(lenses.map(({ command }) => command)).toEqual(
      expect.arrayContaining(['vela.showGraph', 'vela.explainWarmup', 'vela.showTrade']),
    );

    const rows = await editor.connection.sendRequest<Record<string, unknown>[]>('vela/trades', { uri });
    expect(rows.map(({ entryTime, exitTime, profit }) => ({ entryTime, exitTime, profit }))).toEqual(
      second.trades.map(({ entryTime, exitTime, profit }: Record<string, unknown>) => ({
        entryTime,
        exitTime,
        profit,
      })),
    );
    await editor.stop();
  });

  test('signals and rules say how often, params how much depends on them, hovers the last value', async () => {
    const editor = await built.editor({ 'candles.csv': CANDLES }, { settings: { data: 'candles.csv' } });
    const folder = fileURLToPath(editor.uri(''));
    const uri = await editor.open('sma.vela', SMA);
    await settled(editor, uri);
    const series = commandLine(folder, SMA, '--series', 'up', 'quick').series;
    const count = series.up.values.filter((value: number) => value === 1).length;
    const line = editor.at(uri, 'signal up').line;
    expect((await lensesOf(editor, uri)).filter(lens => lens.line === line).map(({ title }) => title)).toEqual([
      expect.stringMatching(`^${count} times · last 20\\d\\d-`),
    ]);
    const ofParam = await lensesOnce(editor, uri, lens => lens.line === editor.at(uri, 'param fast').line);
    expect(ofParam[0]?.title).toMatch(/^5 .*\[.\].* 60 · .* best at \d+$/);
    const hover = await editor.ask<{ contents: { value: string } }>('textDocument/hover', uri, {
      position: editor.at(uri, 'let quick', 5),
    });
    expect(hover.contents.value).toContain(`last **${Number(series.quick.values.at(-1).toPrecision(7))}**`);
    expect(hover.contents.value).toMatch(/[▁▂▃▄▅▆▇█]{8}/);
    await editor.stop();
  });

  test('from a trade to the bars that made it', async () => {
    const editor = await built.editor({ 'candles.csv': CANDLES }, { settings: { data: 'candles.csv' } });
    const uri = await editor.open('sma.vela', SMA);
    await settled(editor, uri);
    const shown = await editor.connection.sendRequest<{
      bars: { what: string; time: string; values: { name: string; value: unknown; range?: unknown }[] }[];
      trade: { entryTime: string };
    }>('vela/trade', { uri, trade: 2 });
    const [entry] = shown.bars;
    expect(entry?.what).toBe('entry');
    expect(entry?.values.find(({ name }) => name === 'up')).toMatchObject({ value: true, range: expect.anything() });
    // Decided at the close of the bar before the one at whose open it was filled.
    expect(Date.parse(shown.trade.entryTime) - Date.parse(entry?.time ?? '')).toBe(3_600_000);
    expect(await editor.connection.sendRequest('vela/trade', { uri, trade: 99_999 })).toHaveProperty('unavailable');
    await editor.stop();
  });

  test('the report is one page without outside references', async () => {
    const editor = await built.editor({ 'candles.csv': CANDLES }, { settings: { data: 'candles.csv' } });
    const uri = await editor.open('sma.vela', SMA);
    const { html } = await editor.connection.sendRequest<{ html: string }>('vela/report', { uri });
    expect(html).toContain('<!doctype');
    expect(html).not.toMatch(/<(?:script|link|img)[^>]+(?:src|href)="https?:/);
    const command = await editor.connection.sendRequest<{ uri: string }>('workspace/executeCommand', {
      command: 'vela.showReport',
      arguments: [uri],
    });
    expect(existsSync(fileURLToPath(command.uri))).toBe(true);
    expect(editor.shown).toEqual([command.uri]);
    await editor.stop();
  });

  test('an edit overtakes the run before it: only the last text has figures', async () => {
    const editor = await built.editor({ 'candles.csv': CANDLES }, { settings: { data: 'candles.csv' } });
    const uri = await editor.open('sma.vela', SMA);
    await settled(editor, uri);
    const at = editor.text(uri).indexOf('bars = 20') + 'bars = '.length;
    for (let value = 10; value < 40; value++) await editor.replace(uri, at, at + 2, String(value));
    await settled(editor, uri);
    const done = editor.statuses.filter(({ status }) => status.state === 'done');
    expect(done.length).toBeLessThan(10);
    expect(done.at(-1)?.version).toBe(editor.documents.get(uri)?.version);
    await editor.stop();
  });
});

describe('without a result', () => {
  test('no data: the lens says how to get some', async () => {
    const editor = await built.editor({}, { settings: {} });
    const uri = await editor.open('sma.vela', SMA);
    expect(await settled(editor, uri)).toMatchObject({ state: 'noData' });
    const [lens] = await lensesOf(editor, uri);
    expect(lens?.title).toContain('vela.data');
    expect(lens?.command).toBe('vela.getData');
    await editor.stop();
  });
  test('simulated data are labelled as such', async () => {
    const editor = await built.editor({}, { settings: { simulate: true } });
    const uri = await editor.open('sma.vela', SMA);
    expect(await settled(editor, uri)).toMatchObject({ state: 'done', summary: { simulated: true } });
    expect((await lensesOf(editor, uri))[0]?.title).toMatch(/^simulated data: /);
    await editor.stop();
  });
  test('errors, files that are not there, and runs that are off', async () => {
    const editor = await built.editor({}, { settings: { data: 'nowhere.csv' } });
    const uri = await editor.open('sma.vela', SMA);
    const failed = await settled(editor, uri);
    expect(failed).toMatchObject({ state: 'failed' });
    expect(failed.why).toContain('nowhere.csv');
    const at = editor.text(uri).indexOf('sma(close');
    await editor.replace(uri, at, at + 3, 'smaa');
    await editor.until(() => editor.statuses.at(-1)?.status.state === 'errors');
    await editor.stop();
    const off = await built.editor();
    const other = await off.open('sma.vela', SMA);
    await off.diagnostics(other);
    expect((await lensesOf(off, other))[0]?.title).toContain('runs are off');
    await off.stop();
  });
});
