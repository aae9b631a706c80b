/** A live run in which something is the matter: whoever looks, and whoever only reads messages, learns what and what to do. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { grant } from '../../../runtime/live/reconcile/grant.ts';
import { listener, until } from '../../runtime/monitor/support.ts';
import { amount } from '../../venue/amount.ts';
import { venueBar } from '../../venue/market.ts';
import { playBar } from '../../venue/play.ts';
import { START_MS, type TestVenue, usdmVenue } from '../../venue/start.ts';
import { vela } from '../support.ts';
import { ACCOUNT, HOUR_MS, KEYS, project, start } from './support.ts';

const TOKEN = 'a-token-of-some-length';
const QUIET = `strategy "Quiet"

instrument "BTC/USDT:USDT" on binance
every 1h

when close > 1000000 enter long { size: 10% of equity  stop: entry - 900 }

execution { fee: 5bp  slippage: 1bp  funding: ignored }
`;

let local: TestVenue | undefined;
afterEach(async () => {
  await local?.close();
  local = undefined;
});

function play({ exchange }: TestVenue, k: number): void {
  playBar(exchange, 'BTCUSDT', venueBar([START_MS + k * HOUR_MS, 50_000, 50_020, 49_980, 50_000, 8]));
}

describe('a live run in which something is the matter', () => {
  it('tells of it, of what to do, and when it is over', { timeout: 90_000 }, async () => {
    const venue = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
    local = venue;
    const hook = await listener();
    const at = project(venue, 'binanceusdm', QUIET);
    const system = {
      venues: { binanceusdm: { account: ACCOUNT, redirect: venue.server.redirect } },
      logging: { level: 'INFO', handlers: ['file'] },
      monitoring: { listen: '127.0.0.1:0', webhook: { url: hook.url } },
      alerts: [{ name: 'disconnected', for: '0s' }],
    };
    writeFileSync(join(at.folder, 'config', 'system.yaml'), JSON.stringify({ system }));
    for (let k = 0; k < 3; k++) play(venue, k);
    const run = start(at, 'live', { environment: { ...KEYS, VELA_MONITOR_TOKEN: TOKEN } });
    const messages = () => hook.heard.map(({ body }) => JSON.parse(body));
    const heard = (kind: string, rule: string) => messages().find(one => one.kind === kind && one.rule === rule);
    try {
      await run.consumed(2);
      await run.connected();
      expect((await vela(at.folder, ['health'])).code).toBe(0);

      // Somebody trades in the account by hand.
      venue.exchange.place({
        symbol: 'BTCUSDT',
        clientId: 'hand',
        side: 'buy',
        type: 'market',
        quantity: amount('0.3'),
      });
      await run.view().opened.run.reconciler.now();
      await until(() => heard('alert', 'foreign') !== undefined);
      expect(heard('alert', 'foreign')).toMatchObject({
        severity: 'critical',
        labels: { instrument: 'BTC/USDT:USDT' },
        todo: expect.stringContaining('vela adopt INSTRUMENT'),
        runbook: 'docs/runbooks.md#foreign',
        run: { strategy: 'Quiet', mode: 'live', account: ACCOUNT },
      });
      const health = await vela(at.folder, ['health', '--json']);
      expect(health.code).toBe(1);
      expect(JSON.parse(health.out)).toMatchObject({
        health: 'degraded',
        reasons: [{ code: 'foreign', symbol: 'BTC/USDT:USDT', runbook: 'docs/runbooks.md#foreign' }],
      });
      // Told once: the same trouble is not a notice beside.
      expect(messages().filter(({ rule }) => rule === 'notice')).toEqual([]);

      // A person says whose it is.
      await grant(run.view().opened.run, { type: 'release', symbol: 'BTC/USDT:USDT' });
      await until(() => heard('resolved', 'foreign') !== undefined);
      expect((await vela(at.folder, ['health'])).code).toBe(0);

      // The line is cut, for longer than a reconnect takes.
      venue.server.maintenance = true;
      venue.server.dropSockets();
      await until(() => heard('alert', 'disconnected') !== undefined);
      expect(heard('alert', 'disconnected').todo).toContain('reconnects by itself');
      venue.server.maintenance = false;
      await until(() => heard('resolved', 'disconnected') !== undefined);
      // It said that it was being worked on for some seconds of its time, which passes when it is moved.
      venue.exchange.clock.moveTo(venue.exchange.clock.now() + 10_000);
      await until(() => run.view().opened.run.blocks.length === 0);
    } finally {
      await run.end();
    }
  });
});
