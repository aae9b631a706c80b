/** `vela run --live` sees to its protection before anything else, and shares no instrument with another folder. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runFolder } from '../../../runtime/live/folder.ts';
import { healthOf, sightOf } from '../../../runtime/monitor/health.ts';
import { text } from '../../venue/amount.ts';
import { type UsdmVenue, usdmVenue } from '../../venue/start.ts';
import { HOUR_MS, type Process, type Project, play, project, refusal, start } from './support.ts';

const STRATEGY = `strategy "Steps"

instrument "BTC/USDT:USDT" on binance
every 1h

when close > 50500 enter long { size: 0.1 base  stop: entry - 900 }

execution { fee: 5bp  slippage: 1bp  funding: ignored  leverage: 2 }
`;

let local: UsdmVenue;
let at: Project;
beforeEach(async () => {
  local = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
  at = project(local, 'binanceusdm', STRATEGY);
});
afterEach(() => local.close());

const stops = () => local.exchange.openOrders('BTCUSDT').filter(({ trigger }) => trigger !== undefined);
const isHeld = () => local.exchange.position('BTCUSDT').quantity > 0n;

/** A run that has bought, and whose stop works. */
async function bought(): Promise<{ readonly run: Process; readonly bars: number }> {
  for (let k = 0; k < 4; k++) play(at, 'BTCUSDT', k, [50_000, 50_100, 49_900, 50_050]);
  const run = start(at, 'live');
  await run.consumed(3);
  await run.connected();
  let bars = 4;
  while (!isHeld() || stops().length === 0) {
    play(at, 'BTCUSDT', bars, [50_600, 50_700, 50_550, 50_650]);
    bars += 1;
    await run.consumed(bars);
    await run.settled();
  }
  return { run, bars };
}

describe('a live run', () => {
  it('puts a missing stop back before it reads a candle, and also when its strategy has been edited', async () => {
    const { run } = await bought();
    await run.end();
    const [stop] = stops();
    if (stop === undefined) throw new Error('it has no stop');
    const level = text(stop.trigger ?? 0n);
    // Somebody takes it away while no process is there.
    local.exchange.cancel(stop);
    local.server.requests.length = 0;
    const again = start(at, 'live');
    await again.until(({ opened }) => opened.trader.position(0).quantity === 0.1);
    const names = local.server.requests.map(({ name }) => name);
    const placed = names.indexOf('POST /fapi/v1/algoOrder');
    expect(placed).toBeGreaterThan(0);
    expect(names.slice(0, placed).filter(name => name.includes('klines') || name.includes('userTrades'))).toEqual([]);
    await again.settled();
    expect(stops().map(({ trigger, quantity }) => [text(trigger ?? 0n), text(quantity)])).toEqual([
      [level, '0.10000000'],
    ]);
    await again.end();
    for (const order of stops()) local.exchange.cancel(order);
    writeFileSync(join(at.folder, 's.vela'), STRATEGY.replace('50500', '50600'));
    const edited = await refusal(start(at, 'live').over);
    expect(edited.code).toBe('other-plan');
    expect(stops().map(({ trigger }) => text(trigger ?? 0n))).toEqual([level]);
  });

  it('refuses a second one on its instrument, in whatever folder', async () => {
    const { run } = await bought();
    const second = await refusal(start(at, 'live', { texts: { state: 'elsewhere' } }).over);
    expect(second.code).toBe('claimed');
    expect(second.text).toContain('BTC/USDT:USDT');
    expect(second.text).toContain(`process ${process.pid}`);
    await run.end();
    const after = start(at, 'live', { texts: { state: 'elsewhere' } });
    await after.until(() => true);
    await after.end();
  });

  it('lets a run that only reads its instrument be', async () => {
    const { run } = await bought();
    const reading = STRATEGY.replace('"BTC/USDT:USDT" on binance', '"ETH/USDT:USDT" on binance').replace(
      'every 1h',
      'instrument btc = "BTC/USDT:USDT" on binance\nevery 1h',
    );
    writeFileSync(join(at.folder, 's.vela'), reading.replace('close > 50500', 'btc.close > 90000'));
    const other = start(at, 'live', { texts: { state: 'reading' }, capital: '1000' });
    await other.until(({ state }) => state === 'running');
    // Orders of the run that trades what this one reads.
    writeFileSync(join(at.folder, '.vela/runs/s-live/stop'), JSON.stringify({ by: 'test', atMs: 0, flatten: true }));
    await run.until(() => !isHeld());
    await run.settled();
    expect(other.view().opened.degraded?.()).toEqual([]);
    await other.end();
    await run.end();
  });
});

describe('a venue that does not answer when a run starts', () => {
  const silent = () =>
    local.server.faults.add({
      on: 'GET /fapi/v1/openOrders',
      when: 'before',
      answer: { status: 502, body: 'Bad Gateway' },
      times: 10_000,
    });

  it('is waited for, and what it waits for is said', { timeout: 30_000 }, async () => {
    const { run, bars } = await bought();
    await run.end();
    silent();
    const again = start(at, 'live', { readBudgetMs: 100 });
    const folder = runFolder(join(at.folder, '.vela/runs/s-live'));
    const health = () => healthOf(sightOf(folder, Date.now()));
    await vi.waitFor(
      () =>
        expect(
          health()
            .reasons.map(({ text: why }) => why)
            .join(),
        ).toContain('it waits for binanceusdm'),
      {
        timeout: 20_000,
      },
    );
    expect(health().health).toBe('degraded');
    expect(again.said()).toContain('waiting for the venue');
    local.server.faults.clear();
    await again.until(({ state }) => state === 'running');
    await again.consumed(bars);
    expect(again.view().opened.trader.position(0).quantity).toBe(0.1);
    expect(again.view().why).toBeUndefined();
    await again.end();
    expect(stops()).toHaveLength(1);
  });

  it('holds up no end of the process', { timeout: 30_000 }, async () => {
    const { run } = await bought();
    await run.end();
    silent();
    const again = start(at, 'live', { readBudgetMs: 100 });
    await vi.waitFor(() => expect(again.said()).toContain('waiting for the venue'), { timeout: 20_000 });
    const { status } = await again.end();
    expect(status).toMatchObject({ state: 'stopped', why: 'its process was asked to end' });
    expect(stops()).toHaveLength(1);
  });

  it('is not waited for when it has said no', async () => {
    const { run } = await bought();
    await run.end();
    local.server.faults.add({
      on: 'GET /fapi/v1/openOrders',
      when: 'before',
      answer: { status: 401, body: '{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}' },
      times: 10,
    });
    expect((await refusal(start(at, 'live').over)).code).toBe('keys-refused');
  });
});
