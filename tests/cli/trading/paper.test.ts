/** `vela run --paper` at the local venue: bars as they close, simulated fills, and what stays when the process goes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { runDiff } from '../../../cli/live/diff.ts';
import { runFolder } from '../../../runtime/live/folder.ts';
import { amount } from '../../venue/amount.ts';
import { spotVenue, type TestVenue, usdmVenue } from '../../venue/start.ts';
import { vela } from '../support.ts';
import { HOUR_MS, type Process, type Project, play, project, start } from './support.ts';

const STRATEGY = `strategy "Steps"

instrument "BTC/USDT" on binance
every 1h

let mean = sma(close, 5)

when close crosses above mean enter long { size: 40% of equity  stop: entry - 900 }
when close crosses below mean exit

execution { fee: 10bp  slippage: 1bp }
`;

let local: TestVenue | undefined;
afterEach(async () => {
  await local?.close();
  local = undefined;
});

/** A wave: up and down by turns, the same each time. */
function wave(at: Project, from: number, to: number): void {
  for (let k = from; k < to; k++) step(at, k);
}

function step(at: Project, k: number): void {
  const level = (n: number) => 50_000 + Math.round(400 * Math.sin(n / 2.5));
  const [open, close] = [level(k - 1), level(k)];
  play(at, 'BTCUSDT', k, [open, Math.max(open, close) + 20, Math.min(open, close) - 20, close]);
}

async function follow(run: Process, at: Project, from: number, to: number): Promise<void> {
  await run.connected();
  for (let k = from; k < to; k++) {
    step(at, k);
    await run.consumed(k + 1);
    // The first one brings the one before it by REST, and a stream that was silent is opened anew.
    if (k === from) await run.connected();
  }
}

async function paper(): Promise<Project> {
  local = await spotVenue({ frozen: true, periodMs: HOUR_MS });
  return project(local, 'binance', STRATEGY, {});
}

describe('vela run --paper', () => {
  it('waits for candles that the venue does not give when it starts, and ends when asked meanwhile', {
    timeout: 60_000,
  }, async () => {
    const at = await paper();
    wave(at, 0, 12);
    const answer = { status: 502, body: 'Bad Gateway' };
    at.local.server.faults.add({ on: 'GET /api/v3/klines', when: 'before', answer, times: 10_000 });
    const asked = { environment: {}, readBudgetMs: 100 };
    const first = start(at, 'paper', asked);
    await first.until(() => first.said().includes('feed disconnected'));
    expect((await first.end()).status.state).toBe('stopped');
    const second = start(at, 'paper', asked);
    await second.until(() => second.said().includes('feed disconnected'));
    at.local.server.faults.clear();
    await second.consumed(11);
    expect(second.said()).toContain('feed reconnected');
    await second.end();
  });

  it('trades as the backtest of the strategy that took its journal over, whatever numbers its orders have', {
    timeout: 60_000,
  }, async () => {
    const at = await paper();
    const write = (stop: number) => {
      const text = STRATEGY.replace('40% of equity', '0.05 base').replace('entry - 900', `entry - ${stop}`);
      writeFileSync(join(at.folder, 's.vela'), text);
    };
    write(900);
    wave(at, 0, 12);
    const first = start(at, 'paper', { environment: {} });
    await follow(first, at, 12, 40);
    const { trader } = first.view().opened;
    expect(trader.tradeCount).toBeGreaterThan(0);
    let k = 40;
    for (; trader.position(0).quantity !== 0; k++) {
      step(at, k);
      await first.consumed(k + 1);
    }
    await first.end();
    write(950);
    const second = start(at, 'paper', { environment: {}, texts: { adopt: 'keep' } });
    await follow(second, at, k, k + 40);
    expect(second.said()).toContain('edited strategy takes the journal over');
    await second.end();
    const { first: difference, records } = await runDiff(runFolder(join(at.folder, '.vela/runs/s-paper')));
    expect(difference).toBeUndefined();
    expect(records[0]).toBeGreaterThan(5);
  });

  it('trades on live bars without keys, as the backtest does on the candles that it kept', {
    timeout: 60_000,
  }, async () => {
    const at = await paper();
    wave(at, 0, 12);
    const run = start(at, 'paper', { environment: {} });
    await run.consumed(11);
    await follow(run, at, 12, 60);
    const { opened, status } = await run.end();
    expect(status).toMatchObject({ mode: 'paper', venue: 'binance (paper)', state: 'stopped' });
    const result = opened.result();
    expect(result.fills.length).toBeGreaterThan(4);
    const from = new Date(opened.binding.firstMs + opened.binding.fromTick * HOUR_MS).toISOString();
    writeFileSync(join(at.folder, 'facts.json'), opened.binding.facts['BTC/USDT'] ?? '');
    const { out } = await vela(at.folder, [
      ...['backtest', 's.vela', '--json', '--trades', '--market', 'facts.json', '--from', from],
      ...['--data', '.vela/candles/binance-spot-BTCUSDT-1h.csv'],
    ]);
    const closed = result.trades.filter(({ open }) => !open);
    const backtest: readonly { readonly entryTime: string; readonly profit: number }[] = JSON.parse(out).trades;
    expect(closed.length).toBeGreaterThan(1);
    expect(backtest.slice(0, closed.length).map(({ entryTime, profit }) => [Date.parse(entryTime), profit])).toEqual(
      closed.map(({ entryTimeMs, profit }) => [entryTimeMs, profit]),
    );
  });

  it('pays funding of a perpetual as the backtest does on what it kept', { timeout: 60_000 }, async () => {
    const venue = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
    local = venue;
    const text = STRATEGY.replace('"BTC/USDT"', '"BTC/USDT:USDT"').replace(
      'slippage: 1bp',
      'slippage: 1bp  funding: data',
    );
    const at = project(venue, 'binanceusdm', text, {});
    const settle = (k: number) => {
      if (k % 4 === 0) venue.exchange.settleFunding('BTCUSDT', amount(k % 8 === 0 ? '0.0005' : '-0.0002'));
    };
    for (let k = 0; k < 12; k++) {
      settle(k);
      step(at, k);
    }
    const run = start(at, 'paper', { environment: {} });
    await run.consumed(11);
    await run.connected();
    for (let k = 12; k < 50; k++) {
      settle(k);
      await sleep(40);
      step(at, k);
      await run.consumed(k + 1);
      if (k === 12) await run.connected();
    }
    const { opened } = await run.end();
    const { totals, trades } = opened.result();
    expect(Math.abs(totals.funding)).toBeGreaterThan(0.5);
    const from = new Date(opened.binding.firstMs + opened.binding.fromTick * HOUR_MS).toISOString();
    writeFileSync(join(at.folder, 'facts.json'), opened.binding.facts['BTC/USDT:USDT'] ?? '');
    const kept = (part: string) => `.vela/candles/binance-usdm-BTCUSDT-${part}.csv`;
    const { out, log } = await vela(at.folder, [
      ...['backtest', 's.vela', '--json', '--trades', '--market', 'facts.json', '--from', from],
      ...['--data', kept('1h-trade'), '--mark', kept('1h-mark'), '--funding', kept('funding')],
    ]);
    expect(log).not.toContain('error');
    const closed = trades.filter(({ open }) => !open);
    const backtest: readonly { readonly profit: number }[] = JSON.parse(out).trades;
    expect(closed.length).toBeGreaterThan(1);
    expect(backtest.slice(0, closed.length).map(({ profit }) => profit)).toEqual(closed.map(({ profit }) => profit));
  });

  it('goes on after a pause, and says what it missed', { timeout: 60_000 }, async () => {
    const at = await paper();
    wave(at, 0, 12);
    const first = start(at, 'paper');
    await first.consumed(11);
    await follow(first, at, 12, 30);
    const before = (await first.end()).opened.result();
    wave(at, 30, 38);
    const second = start(at, 'paper');
    await second.consumed(37);
    await follow(second, at, 38, 60);
    const { opened } = await second.end();
    const after = opened.result();
    expect(after.fills.slice(0, before.fills.length)).toEqual(before.fills);
    expect(after.fills.length).toBeGreaterThan(before.fills.length);
    expect(second.said()).toContain('caught up');
    const csv = readFileSync(join(at.folder, '.vela/candles/binance-spot-BTCUSDT-1h.csv'), 'utf8').trim().split('\n');
    const times = csv.slice(1).map(line => Number(line.split(',')[0]));
    const { firstMs } = opened.binding;
    expect(times).toEqual(Array.from({ length: opened.trader.live.length }, (_, k) => firstMs + k * HOUR_MS));
  });
});
