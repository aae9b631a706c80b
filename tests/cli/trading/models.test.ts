/** `vela run --paper` of a strategy that asks a model: trained beside the run, as a backtest of its candles would train it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { OpenRun } from '../../../runtime/live/companion.ts';
import { JournalDatabase } from '../../../runtime/live/store/database.ts';
import type { Row } from '../../../runtime/live/store/rows.ts';
import { activationsOf } from '../../runtime/live/models-support.ts';
import { text } from '../../venue/amount.ts';
import { spotVenue, type TestVenue } from '../../venue/start.ts';
import { temporaryFolder, vela } from '../support.ts';
import { HOUR_MS, type Process, type Project, play, project, refusal, start } from './support.ts';

const STRATEGY = `strategy "Judged"

instrument "BTC/USDT" on binance
every 1h

features x { a = close / close[3] - 1  b = close / sma(close, 5) - 1 }
label rise = forward_return(2) > 0
model m = logistic learn rise from x { max_iter: 20 }
train m walk_forward { window: 10d  retrain: 1d  min_rows: 100 }

when predict(m) > 0.5 enter long { size: 40% of equity }
when predict(m) < 0.5 exit

execution { fee: 10bp  slippage: 1bp }
`;

/** Twelve days before the run, which then sees four midnights. */
const BEFORE = 12 * 24 + 6;
const BARS = BEFORE + 84;

let local: TestVenue | undefined;
afterEach(async () => {
  await local?.close();
  local = undefined;
});

/** Two waves of different length, so that what they say of tomorrow changes. */
function step(at: Project, k: number): void {
  const level = (n: number) => 50_000 + Math.round(400 * Math.sin(n / 2.5) + 300 * Math.sin(n / 17));
  const [open, close] = [level(k - 1), level(k)];
  play(at, 'BTCUSDT', k, [open, Math.max(open, close) + 20, Math.min(open, close) - 20, close]);
}

function times(said: string, what: string): number {
  return said.split(what).length - 1;
}

async function follow(run: Process, at: Project, from: number, to: number, streams = 1): Promise<void> {
  await run.connected();
  // Bars are followed when the versions that serve have been found; a live run listens to its orders before that.
  await run.until(() => at.local.server.sockets >= streams);
  await run.connected();
  for (let k = from; k < to; k++) {
    step(at, k);
    await run.consumed(k + 1);
    if (streams > 1) await run.settled();
    if (k === from) await run.connected();
    // A day here passes in no time, a training does not.
    const midnights = run.view().opened.models?.() ?? [];
    await run.until(({ opened }) => (opened.models?.() ?? midnights).every(({ training }) => training === undefined));
  }
}

interface Backtest {
  readonly models: readonly { readonly versions: readonly { readonly id: string; readonly activeFrom: string }[] }[];
  readonly trades: readonly { readonly entryTime: string; readonly profit: number }[];
}

/** Over the candles that a run kept, in another folder, so that every version is trained anew. */
async function backtestElsewhere(at: Project, { binding }: OpenRun): Promise<Backtest> {
  const other = temporaryFolder();
  mkdirSync(join(other, 'candles'));
  writeFileSync(join(other, 's.vela'), STRATEGY);
  writeFileSync(join(other, 'facts.json'), binding.facts['BTC/USDT'] ?? '');
  const candles = readFileSync(join(at.folder, '.vela', 'candles', 'binance-spot-BTCUSDT-1h.csv'));
  writeFileSync(join(other, 'candles', 'BTCUSDT-1h.csv'), candles);
  const from = new Date(binding.firstMs + binding.fromTick * HOUR_MS).toISOString();
  const { out } = await vela(other, [
    ...['backtest', 's.vela', '--json', '--trades', '--market', 'facts.json', '--from', from],
    ...['--data', 'candles/BTCUSDT-1h.csv'],
  ]);
  return JSON.parse(out);
}

function rowsOf(at: Project, name: string): readonly Row[] {
  const database = new JournalDatabase(join(at.folder, '.vela', 'runs', name, 'run.sqlite'), { readOnly: true });
  const rows = [...database.rows()];
  database.abandon();
  return rows;
}

describe('vela run --paper with a model', () => {
  it('has the versions, activations and predictions of the backtest on the candles that it kept', {
    timeout: 120_000,
  }, async () => {
    local = await spotVenue({ frozen: true, periodMs: HOUR_MS });
    const at = project(local, 'binance', STRATEGY, {});
    for (let k = 0; k < BEFORE; k++) step(at, k);
    const first = start(at, 'paper', { environment: {} });
    await first.consumed(BEFORE - 1);
    await follow(first, at, BEFORE, BEFORE + 40);
    await first.end();
    const run = start(at, 'paper', { environment: {} });
    await follow(run, at, BEFORE + 40, BARS);
    const { opened } = await run.end();
    expect(run.said()).toContain('recovered');
    for (const said of [first.said(), run.said()]) expect(times(said, 'model begins to serve late')).toBe(0);
    const began = activationsOf(rowsOf(at, 's-paper'));
    expect(began.length).toBeGreaterThan(3);
    const result = opened.result();
    expect(result.fills.length).toBeGreaterThan(10);

    const backtest = await backtestElsewhere(at, opened);
    expect(began.map(({ version, atMs }) => [version, atMs])).toEqual(
      (backtest.models[0]?.versions ?? []).map(({ id, activeFrom }) => [id, Date.parse(activeFrom)]),
    );
    const closed = result.trades.filter(({ open }) => !open);
    expect(
      backtest.trades.slice(0, closed.length).map(({ entryTime, profit }) => [Date.parse(entryTime), profit]),
    ).toEqual(closed.map(({ entryTimeMs, profit }) => [entryTimeMs, profit]));
    const { out: difference } = await vela(at.folder, ['diff']);
    expect(difference).toContain('identical');
  });
});

describe('vela run --live with a model', () => {
  it('ends, goes on, and holds what the venue holds', { timeout: 60_000 }, async () => {
    local = await spotVenue({ frozen: true, periodMs: HOUR_MS });
    const at = project(local, 'binance', STRATEGY);
    for (let k = 0; k < BEFORE; k++) step(at, k);
    const first = start(at, 'live', { capital: '10000' });
    await first.consumed(BEFORE - 1);
    await follow(first, at, BEFORE, BEFORE + 30, 2);
    await first.end();
    const run = start(at, 'live', { capital: '10000' });
    await follow(run, at, BEFORE + 30, BEFORE + 70, 2);
    await run.settled();
    const { opened, status } = await run.end();
    const { models } = status;

    const began = activationsOf(rowsOf(at, 's-live'));
    const { versions = [] } = (await backtestElsewhere(at, opened)).models[0] ?? {};
    expect(began.length).toBeGreaterThan(2);
    expect(began.map(({ version, atMs }) => [version, atMs])).toEqual(
      versions.map(({ id, activeFrom }) => [id, Date.parse(activeFrom)]),
    );
    expect(models).toMatchObject([{ name: 'm', failures: 0 }]);
    expect(local.exchange.trades.length).toBeGreaterThan(2);
    const held = Number(text(local.exchange.total('BTC')));
    expect(opened.trader.position(0).quantity).toBeCloseTo(held, 8);

    // Its rules and its model are edited.
    writeFileSync(
      join(at.folder, 's.vela'),
      STRATEGY.replace('max_iter: 20', 'max_iter: 3').replace('> 0.5', '> 0.52'),
    );
    const refused = await refusal(start(at, 'live', { capital: '10000' }).over);
    expect(refused.code).toBe('other-plan');
    expect(refused.text).toContain('of another strategy, models');
    expect(refused.text).toContain('--adopt keep');
    const edited = start(at, 'live', { capital: '10000', texts: { adopt: 'keep' } });
    await follow(edited, at, BEFORE + 70, BARS + 10, 2);
    await edited.settled();
    const { opened: after } = await edited.end();
    expect(edited.said()).toContain('edited strategy takes the journal over');
    expect(edited.said()).toContain('other models answer from here on');
    expect(edited.said()).not.toContain('begins to serve late');
    const others = activationsOf(rowsOf(at, 's-live')).slice(began.length);
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter(({ version }) => began.some(known => known.version === version))).toEqual([]);
    expect(after.binding.models).not.toEqual(opened.binding.models);
    const { quantity, dust = 0 } = after.trader.position(0);
    expect(quantity + dust).toBeCloseTo(Number(text(local.exchange.total('BTC'))), 8);
    // Once is enough: from now on it is the run.
    const again = start(at, 'live', { capital: '10000' });
    await follow(again, at, BARS + 10, BARS + 12, 2);
    await again.end();
  });
});
