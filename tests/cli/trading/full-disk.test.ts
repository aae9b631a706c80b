/** A live run on a disk that is full: it says so, makes no entry, and still closes and protects what it holds. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type UsdmVenue, usdmVenue } from '../../venue/start.ts';
import { HOUR_MS, type Project, play, project, start } from './support.ts';

const STRATEGY = `strategy "Steps"

instrument "BTC/USDT:USDT" on binance
every 1h

when close > 50500 enter long { size: 0.1 base  stop: entry - 900 }
when close < 50300 exit long

execution { fee: 5bp  slippage: 1bp  funding: ignored  leverage: 2 }
`;

let local: UsdmVenue;
let at: Project;
let disk = '';
let isMounted = false;
beforeEach(async () => {
  local = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
  at = project(local, 'binanceusdm', STRATEGY);
  disk = mkdtempSync(join(tmpdir(), 'vela-full-'));
  isMounted = mount();
});
afterEach(async () => {
  await local.close();
  if (isMounted) execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
});

/** Only root may; elsewhere this test has nothing to say. */
function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=72m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** To the last page. */
function fill(): void {
  mkdirSync(join(disk, 'junk'));
  let name = 0;
  for (const bytes of [1024 * 1024, 4 * 1024]) {
    const piece = Buffer.alloc(bytes, 7);
    for (let isRoom = true; isRoom; name++) {
      try {
        writeFileSync(join(disk, 'junk', String(name)), piece);
      } catch {
        isRoom = false;
      }
    }
  }
}

describe('on a full disk', () => {
  it('a live run closes what it holds, enters nothing, and goes on when there is room', async ({ skip }) => {
    if (!isMounted) skip();
    const stops = () => local.exchange.openOrders('BTCUSDT').length;
    const isHeld = () => local.exchange.position('BTCUSDT').quantity > 0n;
    for (let k = 0; k < 4; k++) play(at, 'BTCUSDT', k, [50_400, 50_450, 50_350, 50_400]);
    const run = start(at, 'live', { texts: { state: join(disk, 'state') } });
    await run.consumed(3);
    await run.connected();
    let bars = 4;
    const bar = async (price: number) => {
      play(at, 'BTCUSDT', bars, [price, price + 10, price - 10, price]);
      bars += 1;
      await run.consumed(bars);
      await run.settled();
    };
    while (!isHeld() || stops() === 0) await bar(50_600);
    fill();
    const isDisk = () => run.view().opened.run.guard.degraded.some(({ code }) => code === 'disk');
    for (let i = 0; i < 40 && !isDisk(); i++) await bar(50_400);
    expect(isDisk()).toBe(true);
    expect(isHeld()).toBe(true);
    await bar(50_200);
    await run.until(() => !isHeld() && stops() === 0);
    await bar(50_600);
    expect(isHeld()).toBe(false);
    rmSync(join(disk, 'junk'), { recursive: true });
    await run.until(() => !isDisk());
    while (!isHeld()) await bar(50_600);
    await run.until(() => stops() === 1);
    await run.end();
  });
});
