/** `vela diff --data`: what a run made or lost because it saw other candles than those that are held for right. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { busyText } from '../runtime/live/busy.ts';
import { temporaryFolder, writeCandles } from './support.ts';
import { vela } from './support-run.ts';

const BARS = 300;

/** The same candles with every close of the second half a little higher, within their highs and lows. */
function revised(folder: string): void {
  const [head, ...lines] = readFileSync(join(folder, 'candles.csv'), 'utf8').trim().split('\n');
  const changed = lines.map((line, k) => {
    const [time, open, high, low, close, volume] = line.split(',');
    const higher = k < BARS / 2 ? close : Math.min(Number(high), Number(close) * 1.002);
    return [time, open, high, low, higher, volume].join(',');
  });
  writeFileSync(join(folder, 'revised.csv'), [head, ...changed].join('\n'));
}

describe('vela diff --data', () => {
  it('says what other candles made of the profit, to the cent', { timeout: 120_000 }, async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'busy.vela'), busyText());
    writeCandles(join(folder, 'candles.csv'), BARS);
    revised(folder);
    expect((await vela(folder, 'run', 'busy.vela', '--replay', 'candles.csv', '--json')).code).toBe(0);

    const same = JSON.parse((await vela(folder, 'diff', '--data', 'candles.csv', '--json')).out);
    expect(same).toMatchObject({ identical: true, profit: { split: { data: 0, signal: 0, fill: 0, fee: 0 } } });
    expect(same.profit.run).toBe(same.profit.backtest);

    const { code, out } = await vela(folder, 'diff', '--data', 'revised.csv', '--json');
    const { identical, profit } = JSON.parse(out);
    expect({ code, identical }).toEqual({ code: 0, identical: true });
    const backtest = JSON.parse((await vela(folder, 'backtest', 'busy.vela', '--data', 'revised.csv', '--json')).out);
    expect(profit.backtest).toBeCloseTo(10_000 * backtest.metrics.totalReturn, 6);
    expect(Math.abs(profit.split.data)).toBeGreaterThan(1);
    expect(profit.split.data).toBeCloseTo(profit.run - profit.backtest, 6);
    expect((await vela(folder, 'diff', '--data', 'revised.csv')).out).toMatch(/identical[\s\S]*\n {4}data /);

    const lines = readFileSync(join(folder, 'candles.csv'), 'utf8').split('\n');
    writeFileSync(join(folder, 'short.csv'), lines.slice(0, 100).join('\n'));
    const short = await vela(folder, 'diff', '--data', 'short.csv');
    expect(short.log).toContain('the candles do not cover the bars of the run');
    expect((await vela(folder, 'diff', '--mark', 'short.csv')).log).toContain('give `--data` too');
  });
});
