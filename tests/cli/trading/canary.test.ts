/**
 * Keys that are easily found, planted where a live run takes them from, at a venue that says them back in its errors: nothing
 * that the run lets out holds them.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { listener, until } from '../../runtime/monitor/support.ts';
import { venueBar } from '../../venue/market.ts';
import { playBar } from '../../venue/play.ts';
import { KEY, START_MS, type TestVenue, usdmVenue } from '../../venue/start.ts';
import { ACCOUNT, HOUR_MS, project, refusal, start } from './support.ts';

const TOKEN = 'CANARY-token-c7d91e02b4';
const HOOK = 'CANARY-hook-91bb04d7';

const STEPS = `strategy "Steps"

instrument "BTC/USDT:USDT" on binance
every 1h

let mean = sma(close, 5)

when close crosses above mean enter long { size: 40% of equity  stop: entry - 900 }
when close crosses below mean exit

execution { fee: 5bp  slippage: 1bp  funding: ignored }
`;

let local: TestVenue | undefined;
afterEach(async () => {
  await local?.close();
  local = undefined;
});

function play(venue: TestVenue, k: number): void {
  const level = (n: number) => 50_000 + Math.round(400 * Math.sin(n / 2.5));
  const [open, close] = [level(k - 1), level(k)];
  const prices = [open, Math.max(open, close) + 20, Math.min(open, close) - 20, close] as const;
  playBar(venue.exchange, 'BTCUSDT', venueBar([START_MS + k * HOUR_MS, ...prices, 8]));
}

/** Every file that the run has written, and what it said. */
function written(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
}

describe('canary keys', () => {
  it.each(['environment', 'file'] as const)('from the %s are in nothing that a live run lets out', async place => {
    const venue = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
    local = venue;
    const hook = await listener();
    const at = project(venue, 'binanceusdm', STEPS);
    const keys = join(at.folder, 'keys');
    mkdirSync(keys);
    const keyFile = join(keys, 'venue.json');
    writeFileSync(keyFile, JSON.stringify({ apiKey: KEY.key, secret: KEY.secret }), { mode: 0o600 });
    writeFileSync(join(keys, 'hook'), `${hook.url}/${HOOK}`, { mode: 0o600 });
    const system = {
      venues: {
        binanceusdm: {
          account: ACCOUNT,
          redirect: venue.server.redirect,
          ...(place === 'file' && { key_file: keyFile }),
        },
      },
      logging: { level: 'TRACE', handlers: ['console', 'file'] },
      monitoring: {
        listen: '127.0.0.1:0',
        webhook: { url_file: join(keys, 'hook') },
        daily_report: ['webhook', 'log'],
      },
      alerts: [{ when: 'rejects > 0', cool_down: '1s' }],
    };
    writeFileSync(join(at.folder, 'config', 'system.yaml'), JSON.stringify({ system }));
    const environment = {
      VELA_MONITOR_TOKEN: TOKEN,
      ...(place === 'environment' && { VELA_REHEARSAL_KEY: KEY.key, VELA_REHEARSAL_SECRET: KEY.secret }),
    };
    // The venue says the key back: in a definite no, in a no to a cancel, and by cutting the line of a signed call.
    const echo = (code: number) => ({
      status: 400,
      body: JSON.stringify({
        code,
        msg: `no: key ${KEY.key}, secret ${KEY.secret}, ${encodeURIComponent(KEY.secret)}`,
      }),
    });
    venue.server.faults.add({ on: 'POST /fapi/v1/order', when: 'before', answer: echo(-2019) });
    venue.server.faults.add({ on: 'POST /fapi/v1/order', when: 'after', answer: 'cut' });
    venue.server.faults.add({ on: 'POST /fapi/v1/algoOrder', when: 'before', answer: echo(-4045) });
    for (let k = 0; k < 12; k++) play(venue, k);
    const run = start(at, 'live', { environment });
    const told: string[] = [];
    try {
      await run.consumed(11);
      await run.connected();
      const [, url = ''] = /url=(http\S+)/.exec(run.said()) ?? [];
      const headers = { authorization: `Bearer ${TOKEN}` };
      for (let k = 12; k < 34; k++) {
        play(venue, k);
        await run.consumed(k);
        await run.settled();
      }
      await until(() => hook.heard.some(({ body }) => body.includes('rejects')));
      for (const page of ['metrics', 'health']) told.push(await (await fetch(`${url}/${page}`, { headers })).text());
      told.push(await (await fetch(`${url}/metrics`)).text());
    } finally {
      await run.end();
    }
    // What the venue said has come as far as the log and the messages, without the keys.
    expect(run.said()).toMatch(/order rejected .*no: key \[redacted\], secret \[redacted\]/);
    expect(venue.exchange.trades.length).toBeGreaterThan(0);
    const outputs = [run.said(), ...told, ...hook.heard.map(({ body }) => body), ...written(join(at.folder, '.vela'))];
    expect(outputs.length).toBeGreaterThan(8);
    for (const canary of [KEY.key, KEY.secret, TOKEN, HOOK]) {
      expect(outputs.filter(text => text.includes(canary)).map(text => text.slice(0, 200))).toEqual([]);
    }
  });

  it('are not in what a run that is refused says', async () => {
    const venue = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
    local = venue;
    const at = project(venue, 'binanceusdm', STEPS);
    const no = JSON.stringify({ code: -2015, msg: `Invalid API-key ${KEY.key}, IP, or permissions, ${KEY.secret}` });
    venue.server.faults.add({ on: 'account', when: 'before', answer: { status: 401, body: no }, times: 50 });
    venue.server.faults.add({ on: 'apiRestrictions', when: 'before', answer: { status: 401, body: no }, times: 50 });
    const { text } = await refusal(start(at, 'live').over);
    expect(text).not.toBe('');
    expect(text).not.toMatch(/CANARY/);
  });
});
