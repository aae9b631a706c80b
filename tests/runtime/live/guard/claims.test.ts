/** One run an instrument of an account, whatever folders they live in. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claim, claimsFolder } from '../../../../runtime/live/guard/claims.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vela-claims-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const of = (symbols: readonly string[], more = {}) => ({
  venue: 'binance',
  account: 'main',
  instruments: symbols.map(symbol => ({ symbol })),
  folder: '/runs/a',
  ...more,
});

describe('a claim', () => {
  it('refuses a second run on one of its instruments, and names the first', () => {
    const first = claim(of(['BTC/USDT', 'ETH/USDT']), folder);
    expect(() => claim(of(['ADA/USDT', 'ETH/USDT'], { folder: '/runs/b' }), folder)).toThrow(
      `ETH/USDT of account main at binance is traded by the run in /runs/a (process ${process.pid})`,
    );
    // What the second could have had is free again.
    claim(of(['ADA/USDT']), folder).release();
    first.release();
    claim(of(['ETH/USDT'], { folder: '/runs/b' }), folder).release();
  });

  it('is on a coin too, of which a spot account has one balance', () => {
    const first = claim(of([], { instruments: [{ symbol: 'BTC/USDT', coin: 'BTC' }] }), folder);
    const second = of([], { instruments: [{ symbol: 'BTC/USDC', coin: 'BTC' }], folder: '/runs/b' });
    expect(() => claim(second, folder)).toThrow(
      `BTC/USDC and BTC/USDT, which the run in /runs/a (process ${process.pid}) trades, are of one coin`,
    );
    claim(of([], { instruments: [{ symbol: 'ETH/USDC', coin: 'ETH' }] }), folder).release();
    first.release();
    claim(second, folder).release();
  });

  it('is about one account of one venue', () => {
    const first = claim(of(['BTC/USDT']), folder);
    const others = [
      claim(of(['BTC/USDT'], { account: 'other' }), folder),
      claim(of(['BTC/USDT'], { venue: 'coinbase' }), folder),
    ];
    for (const lock of [first, ...others]) lock.release();
  });

  it('ends with its process, however that ends', { timeout: 20_000 }, async () => {
    const module = new URL('../../../../runtime/live/guard/claims.ts', import.meta.url).href;
    const code = `import { claim } from '${module}';
      // Held on to: a lock that nobody refers to is collected, and ends.
      const held = claim(${JSON.stringify(of(['BTC/USDT'], { folder: '/runs/child' }))}, '${folder}');
      console.log('claimed');
      setInterval(() => held.release === undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise(resolve => child.stdout.once('data', resolve));
    expect(() => claim(of(['BTC/USDT']), folder)).toThrow(`the run in /runs/child (process ${child.pid})`);
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    claim(of(['BTC/USDT']), folder).release();
  });

  it('lies under the state directory of the user', () => {
    expect(claimsFolder({ XDG_STATE_HOME: '/state' })).toBe('/state/vela/claims');
    expect(claimsFolder({})).toMatch(/\.local\/state\/vela\/claims$/);
  });
});
