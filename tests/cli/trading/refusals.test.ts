/** What keeps a paper or live run from beginning: each refusal has a code, and words that say how to mend it. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { dryText } from '../../../cli/live/dry.ts';
import { plainPaint } from '../../../cli/terminal.ts';
import { amount } from '../../venue/amount.ts';
import { coinbaseVenue, KEY, spotVenue, type TestVenue, usdmVenue, type VenueSettings } from '../../venue/start.ts';
import { vela } from '../support.ts';
import { type Asked, dry, HOUR_MS, KEYS, type Project, play, project, refusal, start } from './support.ts';

const strategy = (instrument = '"BTC/USDT" on binance', every = '1h') => `strategy "Steps"

instrument ${instrument}
every ${every}
clock day = 1d

let mean = sma(close, 5)

when close crosses above mean enter long { size: 40% of equity  stop: entry - 900 }
when close crosses below mean exit

risk { cap daily_loss at 2% of equity else halt until day }
execution { fee: 10bp  slippage: 1bp ${instrument.includes(':USDT') ? 'funding: ignored' : ''} }
`;

let local: TestVenue | undefined;
afterEach(async () => {
  await local?.close();
  local = undefined;
});

async function spot(settings: VenueSettings = {}): Promise<TestVenue> {
  local = await spotVenue({ frozen: true, periodMs: HOUR_MS, ...settings });
  for (let k = 0; k < 12; k++) play({ local } as Project, 'BTCUSDT', k, [50_000, 50_100, 49_900, 50_050]);
  return local;
}

interface Case {
  readonly venue?: VenueSettings;
  readonly text?: string;
  readonly document?: Readonly<Record<string, unknown>>;
  readonly mode?: 'paper' | 'live';
  readonly asked?: Asked;
  readonly before?: (at: Project) => void;
  readonly code: string;
  readonly says: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  'no account': {
    document: {},
    code: 'no-account',
    says: ['names no account at binance', 'account: binance-main'],
  },
  'no keys': {
    asked: { environment: {} },
    code: 'no-keys',
    says: ['VELA_REHEARSAL_KEY', 'VELA_REHEARSAL_SECRET', 'read and trade'],
  },
  'a key file that others can read': {
    document: { account: 'rehearsal', key_file: 'keys.json' },
    before: ({ folder }) => {
      writeFileSync(join(folder, 'keys.json'), JSON.stringify({ apiKey: KEY.key, secret: KEY.secret }));
      chmodSync(join(folder, 'keys.json'), 0o644);
    },
    code: 'no-keys',
    says: ['others can read', 'chmod 600'],
  },
  'a key file that is not there': {
    document: { account: 'rehearsal', key_file: 'keys.json' },
    code: 'no-keys',
    says: ['the key file keys.json cannot be read: it is not there'],
  },
  'a key that can withdraw': {
    venue: { key: { ...KEY, canWithdraw: true } },
    code: 'keys-refused',
    says: ['can withdraw', 'read and trade, and nothing else'],
  },
  'a key that cannot trade': {
    venue: { key: { ...KEY, canTrade: false } },
    code: 'keys-refused',
    says: ['cannot trade'],
  },
  'a wrong key': {
    asked: { environment: { ...KEYS, VELA_REHEARSAL_SECRET: 'CANARYSECRETthatIsWrong00000000' } },
    code: 'keys-refused',
    says: ['binance: Signature for this request is not valid. (its code -1022)', 'belong together'],
  },
  'a venue that is not known': {
    text: strategy('"BTC/USDT" on kraken'),
    mode: 'paper',
    code: 'no-venue',
    says: ['cannot trade spot markets of kraken', '--replay'],
  },
  'a venue that the deployment does not use': {
    mode: 'paper',
    before: ({ folder }) =>
      writeFileSync(join(folder, 'config', 'system.yaml'), 'system: { data_sources: [coinbase] }\n'),
    code: 'no-venue',
    says: ['does not list binance', 'data_sources: [coinbase, binance]'],
  },
  'a market that is not there': {
    text: strategy('"DOGE/USDT" on binance'),
    mode: 'paper',
    code: 'no-market',
    says: ['binance: has no market DOGE/USDT'],
  },
  'a market that is halted': {
    mode: 'paper',
    before: ({ local: { exchange } }) => {
      exchange.listing('BTCUSDT').trading = false;
    },
    code: 'no-market',
    says: ['does not trade BTC/USDT at present'],
  },
  'a bar length that the venue has not': {
    text: strategy(undefined, '45m'),
    mode: 'paper',
    code: 'no-bars',
    says: ['no bars of 45m', '1m, '],
  },
  'a venue that does not answer': {
    document: { account: 'rehearsal', redirect: '127.0.0.1:9' },
    mode: 'paper',
    code: 'no-network',
    says: ['cannot be reached', '`redirect` sends all of it to 127.0.0.1:9', 'take `redirect` out'],
  },
  'more capital than there is': {
    asked: { capital: '20000' },
    code: 'too-little-money',
    says: ['20000 USDT', '10000 USDT are free'],
  },
  'less capital than an order is worth': {
    asked: { capital: '3' },
    code: 'refused',
    says: ['at least 5 USDT', '--paper'],
  },
};

describe('a run is refused', () => {
  it.each(Object.entries(CASES))('for %s', { timeout: 30_000 }, async (_, found) => {
    const { venue, text = strategy(), document, mode = 'live', asked, before, code, says } = found;
    const at = project(await spot(venue), 'binance', text, document);
    before?.(at);
    const told = await refusal(start(at, mode, asked).over);
    expect(told).toMatchObject({ code });
    for (const words of says) expect(told.text).toContain(words);
    expect(told.text).not.toContain('CANARY');
    expect(local?.exchange.orders).toEqual([]);
  });

  it('for an account in hedge mode', { timeout: 30_000 }, async () => {
    const venue = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
    local = venue;
    venue.controls.hedged = true;
    const at = project(venue, 'binanceusdm', strategy('"BTC/USDT:USDT" on binance'));
    const told = await refusal(start(at, 'live').over);
    expect(told.code).toBe('keys-refused');
    expect(told.text).toContain('one-way mode');
  });

  it('for the journal of a paper run', { timeout: 30_000 }, async () => {
    const at = project(await spot(), 'binance', strategy());
    const paper = start(at, 'paper', { texts: { state: 'runs/one' } });
    await paper.consumed(11);
    await paper.end();
    const again = await dry(at, 'paper', { texts: { state: 'runs/one' } });
    expect(dryText(again, plainPaint)).toMatch(/Catches up +the bars behind that of 2024-03-01 10:00 UTC/);
    expect(again.refused).toEqual([]);
    const asOther = (capital?: string, flags: readonly string[] = []) =>
      dry(at, capital === undefined ? 'live' : 'paper', {
        texts: { state: 'runs/one' },
        flags,
        ...(capital !== undefined && { capital }),
      });
    expect((await asOther('5000')).refused).toEqual([expect.stringContaining('of another capital')]);
    expect((await asOther()).refused).toEqual([expect.stringContaining('of another mode')]);
    expect((await asOther('5000', ['new'])).refused).toEqual([]);
    const told = await refusal(start(at, 'live', { texts: { state: 'runs/one' } }).over);
    expect(told.code).toBe('other-plan');
    expect(told.text).toContain('another mode');
    // No strategy takes over what is about another instrument.
    writeFileSync(join(at.folder, 's.vela'), strategy('"ETH/USDT" on binance'));
    const edited = await dry(at, 'paper', { texts: { state: 'runs/one', adopt: 'keep' } });
    expect(edited.refused).toEqual([
      expect.stringContaining('of another strategy, instruments: `--new` sets it aside'),
    ]);
  });

  it('for the journal of another account', { timeout: 30_000 }, async () => {
    const at = project(await spot(), 'binance', strategy());
    const run = start(at, 'live');
    await run.consumed(11);
    await run.end();
    const other = { ...KEYS, VELA_OTHER_KEY: KEY.key, VELA_OTHER_SECRET: KEY.secret };
    const venues = { binance: { redirect: at.local.server.redirect, account: 'other' } };
    writeFileSync(join(at.folder, 'config', 'system.yaml'), JSON.stringify({ system: { venues } }));
    const told = await refusal(start(at, 'live', { environment: other }).over);
    expect(told.code).toBe('other-plan');
    expect(told.text).toContain('another account');
  });

  it('for a secret that cannot sign, without a word of it', { timeout: 30_000 }, async () => {
    const venue = await coinbaseVenue({ frozen: true });
    local = venue;
    const at = project(venue, 'coinbase', strategy('"BTC/USD" on coinbase'));
    const environment = { VELA_REHEARSAL_KEY: venue.key.key, VELA_REHEARSAL_SECRET: 'CANARYSECRET' };
    const told = await refusal(start(at, 'live', { environment }).over);
    expect(told.code).toBe('keys-refused');
    expect(told.text).toContain('not of the form that coinbase gives out');
    expect(told.text).not.toContain('CANARY');
  });

  it('for a state folder that cannot be made', { timeout: 30_000 }, async () => {
    const at = project(await spot(), 'binance', strategy());
    const told = await refusal(start(at, 'paper', { texts: { state: join(at.folder, 's.vela', 'run') } }).over);
    expect(told.code).toBe('ENOTDIR');
    expect(told.text).toContain('a part of its path is a file');
  });

  it.each([
    [['--paper', '--live'], 'two different runs'],
    [[], '--paper'],
    [['--paper', '--from', '2024-01-01'], 'about recorded candles'],
    [['--replay', 'x.csv', '--dry'], 'sends nothing anyway'],
  ])('for the words %s', async (words, says) => {
    const at = project(await spot(), 'binance', strategy());
    const { code, log } = await vela(at.folder, ['run', 's.vela', ...words]);
    expect(code).toBe(2);
    expect(log).toContain(says);
  });
});

describe('a dry start', () => {
  it('says what is there and what would be done, and does nothing', { timeout: 30_000 }, async () => {
    const venue = await spot();
    const { exchange } = venue;
    exchange.deposit('BTC', amount('0.25'));
    const foreign = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', timeInForce: 'GTC' } as const;
    exchange.place({ ...foreign, clientId: 'mine', quantity: amount('0.01'), price: amount('45000') });
    const at = project(venue, 'binance', strategy());
    const asked = exchange.orders.length;
    const found = await dry(at, 'live', { capital: '5000' });
    expect(found).toMatchObject({
      strategy: 'Steps',
      venue: 'binance',
      account: 'rehearsal',
      capital: 5000,
      currency: 'USDT',
      held: {
        positions: [{ symbol: 'BTC/USDT', quantity: 0.25 }],
        orders: [{ side: 'buy', quantity: 0.01, price: 45_000, owner: 'foreign' }],
      },
      facts: { 'BTC/USDT': { tick: '0.01', lot: '0.00001', minNotional: '5' } },
      limits: [expect.stringMatching(/^daily loss 2\.0.%, else halt$/)],
      refused: [],
    });
    expect(found.warmup.bars).toBeGreaterThanOrEqual(5);
    expect(found.firstDecisionMs - found.warmup.fromMs).toBe((found.warmup.bars + 1) * HOUR_MS);
    expect(exchange.orders.length).toBe(asked);
    expect(existsSync(join(at.folder, '.vela'))).toBe(false);
    expect((await dry(at, 'live', { capital: '50000' })).refused).toEqual([expect.stringContaining('are free')]);
    expect(await dry(at, 'paper', { environment: {} })).toMatchObject({ mode: 'paper', capital: 10_000, refused: [] });
  });

  it('says of a run that is set aside what it holds, and what its start would wait for', {
    timeout: 30_000,
  }, async () => {
    const venue = await usdmVenue({ frozen: true, periodMs: HOUR_MS });
    local = venue;
    const text = strategy('"BTC/USDT:USDT" on binance').replace('close crosses above mean', 'close > 100');
    const at = project(venue, 'binanceusdm', text);
    for (let k = 0; k < 12; k++) play(at, 'BTCUSDT', k, [50_000, 50_100, 49_900, 50_050]);
    // What it goes by is told to accounts alone.
    const { facts: assumed } = await dry(at, 'paper', { environment: {} });
    expect(assumed['BTC/USDT:USDT']?.source).toContain('the maintenance margin is assumed');
    const { facts: told } = await dry(at, 'live', { capital: '5000' });
    expect(told['BTC/USDT:USDT']?.source).toBe('the metadata of binanceusdm');
    const run = start(at, 'live', { capital: '5000' });
    await run.consumed(11);
    await run.connected();
    for (let k = 12; venue.exchange.position('BTCUSDT').quantity === 0n; k++) {
      play(at, 'BTCUSDT', k, [50_000, 50_100, 49_900, 50_050]);
      await run.consumed(k + 1);
      await run.settled();
    }
    const going = await dry(at, 'live', { flags: ['dry', 'new'] });
    expect(going.refused).toEqual([expect.stringContaining('another process is running')]);
    const elsewhere = await dry(at, 'live', { texts: { state: 'elsewhere' } });
    expect(elsewhere.refused).toEqual([expect.stringContaining('is traded by the run in')]);
    // Nobody is told to take over, or to leave, what the other run holds.
    expect(elsewhere.halted).toEqual([]);
    await run.end();
    const found = await dry(at, 'live', { flags: ['dry', 'new'] });
    expect(found.refused).toEqual([]);
    expect(found.aside?.positions['BTC/USDT:USDT']).toBeGreaterThan(0);
    expect(found.halted).toEqual([
      expect.stringMatching(/^no entry in BTC\/USDT:USDT until .* is held and an order of it is open/),
    ]);
    const folder = join(at.folder, '.vela/runs/s-live');
    // A start that is refused sets nothing aside for good.
    const refused = await refusal(start(at, 'live', { flags: ['new'], capital: '50000' }).over);
    expect(refused.code).toBe('too-little-money');
    expect((await dry(at, 'live', { flags: ['dry', 'new'], capital: '50000' })).refused).toEqual([
      expect.stringContaining('the run is to trade with 50000 USDT'),
    ]);
    expect(existsSync(`${folder}.old-1`)).toBe(false);
    const again = start(at, 'live', { flags: ['new'], capital: '5000' });
    await again.until(({ opened }) => opened.run.blocks.some(({ why }) => why === 'foreign'));
    expect(again.said()).toMatch(/older run set aside .*holds=/);
    expect(existsSync(`${folder}.old-1`)).toBe(true);
    await again.end();
  });
});
