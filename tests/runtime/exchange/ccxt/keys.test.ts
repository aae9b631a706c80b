/** Keys come from two places and go nowhere else. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readKeys, redactor } from '../../../../runtime/exchange/ccxt/keys.ts';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import { marketOrder } from '../../../venue/orders.ts';
import { KEY, spotVenue, type TestVenue } from '../../../venue/start.ts';

const SYMBOL = 'BTC/USDT';

describe('where keys come from', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vela-keys-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function file(text: string, mode: number): string {
    const path = join(folder, 'keys.json');
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  test('the environment, by the name of the account', () => {
    const environment = { VELA_BINANCE_MAIN_KEY: 'k', VELA_BINANCE_MAIN_SECRET: 'first\\nsecond' };
    expect(readKeys({ account: 'binance-main' }, environment)).toMatchObject({ apiKey: 'k', secret: 'first\nsecond' });
    expect(() => readKeys({ account: 'other' }, environment)).toThrow(/VELA_OTHER_KEY and VELA_OTHER_SECRET/);
  });

  test('a file that only its owner can read', () => {
    const path = file(JSON.stringify({ apiKey: 'k', secret: 's' }), 0o600);
    expect(readKeys({ account: 'a', file: path }, {})).toMatchObject({ apiKey: 'k', secret: 's' });
    for (const mode of [0o640, 0o604, 0o666]) {
      chmodSync(path, mode);
      expect(() => readKeys({ account: 'a', file: path }, {})).toThrow(/others can read .*chmod 600/);
    }
  });

  test('an error never holds a piece of the file', () => {
    const path = file(`{ "apiKey": "${KEY.key}", "secret": ${KEY.secret} }`, 0o600);
    const error = caught(() => readKeys({ account: 'a', file: path }, {}));
    expect(inspect(error, { depth: 9 })).not.toMatch(/CANARY/);
  });
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('what a key can do is asked first', () => {
  test('one that can move money to another account there is refused', async () => {
    const local = await spotVenue({ key: { ...KEY, canTransfer: true } });
    await expect(local.connect()).rejects.toThrow(/can withdraw/);
    await local.close();
  });

  test('one that can withdraw is refused, unless a person has allowed it', async () => {
    const local = await spotVenue({ key: { ...KEY, canWithdraw: true } });
    await expect(local.connect()).rejects.toThrow(/can withdraw/);
    await expect(local.connect({ allowWithdrawals: true })).resolves.toBeDefined();
    await local.close();
  });

  test('one that cannot trade is refused', async () => {
    const local = await spotVenue({ key: { ...KEY, canTrade: false } });
    await expect(local.connect()).rejects.toThrow(/cannot trade/);
    await local.close();
  });
});

describe('canaries', () => {
  let local: TestVenue;
  beforeAll(async () => {
    local = await spotVenue();
  });
  afterAll(() => local.close());

  test('no error of any kind shows a key or a signature', async () => {
    const connection = await local.connect({ pace: { readBudgetMs: 400 } });
    const venue = ccxtVenue(connection);
    const seen: unknown[] = [];
    const keep = (error: unknown) => {
      seen.push(error);
    };
    // A venue that throws back what it was sent is the worst case.
    const echo = JSON.stringify({ code: -1102, msg: `${KEY.key} ${KEY.secret} signature=abcdef0123` });
    for (const answer of [
      'silence',
      'cut',
      { status: 503, body: 'Service Unavailable' },
      { status: 400, body: echo },
      { status: 200, body: '' },
      { status: 429, body: echo },
    ] as const) {
      local.server.faults.clear();
      if (answer === 'silence') connection.exchange.timeout = 250;
      for (const on of ['GET /api/v3/account', 'GET /api/v3/order', 'POST /api/v3/order', 'DELETE /api/v3/order'])
        local.server.faults.add({ on, when: 'before', answer, times: 9 });
      await venue.balances().catch(keep);
      await venue.lookup(SYMBOL, 'x').catch(keep);
      await venue.place(marketOrder('x', 'sell', 0.001, { reduceOnly: true })).catch(keep);
      await venue.cancel(SYMBOL, 'x', undefined).catch(keep);
    }
    expect(seen.length).toBeGreaterThan(20);
    for (const error of seen) {
      const text = inspect(error, { depth: 20, showHidden: true });
      expect(text).not.toMatch(/CANARY/);
      expect(text).not.toMatch(/signature=(?!\[redacted\])/);
    }
  });

  test('blotting out finds keys in every form, also a key of several lines', () => {
    const redact = redactor({
      apiKey: 'organizations/abc',
      secret: '-----BEGIN-----\nMHcCAQEEI+/=\n-----END-----',
      source: '',
    });
    const text = `a organizations/abc b organizations%2Fabc c MHcCAQEEI+/= d MHcCAQEEI%2B%2F%3D jwt=eyJhbGci.x.y&z`;
    expect(redact(text)).toBe('a [redacted] b [redacted] c [redacted] d [redacted] jwt=[redacted]&z');
  });
});
