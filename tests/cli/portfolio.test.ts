/** Strategies of several instruments from the command line: universes, named instruments, and what can be wrong. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder, vela, writeCandles } from './support.ts';

const folder = temporaryFolder();
const NAMES = ['ADA', 'BTC', 'ETH', 'SOL'];

const UNIVERSE = `strategy "Strongest"

universe coins = "ADA/USDT", "BTC/USDT", "ETH/USDT", "SOL/USDT" on binance
every 4h
clock day = 1d

param length: bars = 20 in 5..60

let gain  = close / close[length] - 1
let place = rank(gain) across coins
let first = close / close[1] - 1

rebalance every 1d to scale(if place > 0.5 then 1 else 0, gross = 100%) across coins { band: 2% }

risk { cap turnover at 80% of equity }
execution { fill: next_open  fee: 10bp  slippage: 5bp }
`;

const NAMED = `strategy "Follows"

instrument "ETH/USDT" on binance
instrument btc = "BTC/USDT" on binance
every 1h

let lead = btc.close / btc.close[24] - 1

when lead > 1% enter long { size: 95% of equity  hold: 24 bars }
execution { fill: next_open  fee: 10bp  slippage: 2bp }
`;

beforeAll(() => {
  writeFileSync(join(folder, 'strongest.vela'), UNIVERSE);
  writeFileSync(join(folder, 'follows.vela'), NAMED);
  writeFileSync(join(folder, 'long.vela'), UNIVERSE.replace('"SOL/USDT"', '"SOL/USDT", "XRP/USDT"'));
  NAMES.forEach((name, i) => {
    writeCandles(join(folder, `binance-spot-${name}USDT-1h.csv`), 3000, 20 + i);
  });
});

async function json(...words: readonly string[]) {
  const said = await vela(folder, ['backtest', ...words, '--json']);
  return { code: said.code, document: JSON.parse(said.out) };
}

describe('a portfolio', () => {
  const words = ['strongest.vela', '--data', 'binance-spot-*.csv'];

  test('has a row for each member and the figures of the whole', async () => {
    const { code, document } = await json(...words, '--trades', '--equity', '--series', 'gain,place');
    expect(code).toBe(0);
    expect(document).not.toHaveProperty('instrument');
    expect(document.instruments.map(({ symbol }: { symbol: string }) => symbol)).toEqual(
      NAMES.map(name => `${name}/USDT`),
    );
    expect(document.members.map(({ instrument }: { instrument: string }) => instrument)).toEqual(
      NAMES.map(name => `${name}/USDT`),
    );
    const { members, equity, capital, metrics, trades, rebalances, series } = document;
    const total = (of: 'profit' | 'fees' | 'trades') =>
      members.reduce((sum: number, member: Record<string, number>) => sum + (member[of] ?? 0), 0);
    expect(total('profit')).toBeCloseTo(equity.values.at(-1) - capital, 6);
    expect(total('fees')).toBeCloseTo(metrics.fees, 6);
    expect(total('trades')).toBe(metrics.trades);
    expect(new Set(trades.map(({ instrument }: { instrument: string }) => instrument)).size).toBe(4);
    expect(rebalances.count).toBe(125);
    expect(rebalances.limited.turnover).toBeGreaterThan(0);
    expect(Object.keys(series.place.members)).toEqual(NAMES.map(name => `${name}/USDT`));
    const places = NAMES.map(name => series.place.members[`${name}/USDT`].at(-1)).sort();
    expect(places).toEqual([0, 1 / 3, 2 / 3, 1]);
    expect(document.span).toMatchObject({ bars: 750, from: '2022-01-01T00:00:00Z' });
  });

  test('is the same each time, and changes with the data of any member', async () => {
    const first = (await json(...words)).document;
    const again = (await json('strongest.vela', '--data', '.')).document;
    expect([again.journalHash, again.dataHash]).toEqual([first.journalHash, first.dataHash]);
    const other = writeCandles(join(folder, 'other.csv'), 3000, 99);
    const data = [...['ADA', 'BTC', 'SOL'].map(name => `binance-spot-${name}USDT-1h.csv`), `ETH/USDT=${other}`];
    const changed = (await json('strongest.vela', '--data', ...data)).document;
    expect(changed.planHash).toBe(first.planHash);
    expect(changed.dataHash).not.toBe(first.dataHash);
    expect(changed.journalHash).not.toBe(first.journalHash);
  });

  test('a later start trades from there on, warmed up by what lies before', async () => {
    const { document } = await json(...words, '--from', '2022-03-01', '--series', 'gain');
    const whole = (await json(...words, '--series', 'gain')).document;
    const { times, members } = document.series.gain;
    const offset = whole.series.gain.times.indexOf(times[0]);
    expect(offset).toBe(354);
    for (const [symbol, values] of Object.entries(members))
      expect(values).toEqual(whole.series.gain.members[symbol].slice(offset));
    expect(document.span.firstOrderPossible).toBe('2022-03-02T00:00:00Z');
  });

  test('is told as text, member by member, with the caution that the list was made by hand', async () => {
    const { code, out } = await vela(folder, ['backtest', ...words]);
    expect(code).toBe(0);
    expect(out).toContain('Strongest  4 instruments on binance, every 4h');
    expect(out).toMatch(/All in equal parts +−?[\d.]+ %/);
    expect(out).toMatch(/\n {2}member +profit +of capital +trades +held +turnover +fees +slippage\n/);
    for (const name of NAMES) expect(out).toMatch(new RegExp(`\\n  ${name}/USDT +−?[\\d .]+`));
    expect(out).toContain('`coins`, 4 members: listed by hand');
  });

  test('has a report with a table of members and no price', async () => {
    const { code } = await vela(folder, ['backtest', ...words, '--report', 'report.html']);
    expect(code).toBe(0);
    const text = readFileSync(join(folder, 'report.html'), 'utf8');
    for (const name of NAMES) expect(text).toContain(`<td>${name}/USDT</td>`);
    expect(text).toContain('Weights and equity');
    const data = JSON.parse(/id="chart-data">(.*?)<\/script>/.exec(text)?.[1] ?? '');
    expect(data).not.toHaveProperty('candles');
    expect(data.plots.map(({ name, pane }: { name: string; pane: string }) => [name, pane]).sort()).toEqual(
      NAMES.map(name => [`${name}/USDT`, 'weights, %']),
    );
    expect(data.trades[0].at(-1)).toMatch(/^[A-Z]+\/USDT$/);
  });

  test('market facts may differ from member to member', async () => {
    const facts = { minNotional: '5', instruments: { 'BTC/USDT': { lot: '0.5' }, 'ETH/USDT': { lot: '0.25' } } };
    writeFileSync(join(folder, 'facts.json'), JSON.stringify(facts));
    const { document } = await json(...words, '--market', 'facts.json', '--trades');
    const quantities = (symbol: string): number[] =>
      document.trades
        .filter(({ instrument }: { instrument: string }) => instrument === symbol)
        .map(({ quantity }: { quantity: number }) => quantity);
    for (const quantity of quantities('ETH/USDT')) expect((quantity / 0.25) % 1).toBe(0);
    expect(quantities('SOL/USDT').some(quantity => (quantity / 0.25) % 1 !== 0)).toBe(true);
    writeFileSync(join(folder, 'wrong.json'), JSON.stringify({ instruments: { 'BTC/USDT': { lots: '1' } } }));
    const wrong = await json(...words, '--market', 'wrong.json');
    expect(wrong.document.error).toMatchObject({
      code: 'market-facts',
      message: expect.stringContaining('`BTC/USDT`: `lots`'),
    });
  });

  test('a member without candles is named, with what was found instead', async () => {
    const { code, document } = await json('long.vela', '--data', 'binance-spot-*.csv');
    expect(code).toBe(1);
    expect(document.error).toMatchObject({
      code: 'D1027',
      message: expect.stringContaining('`XRP/USDT`: the 4 files given speak of ADAUSDT (binance-spot)'),
    });
    expect(existsSync(join(folder, 'long.html'))).toBe(false);
  });
});

describe('an instrument that is only read', () => {
  test('is part of the data, and not traded', async () => {
    const { code, document } = await json('follows.vela', '--data', '.', '--trades');
    expect(code).toBe(0);
    expect(document.instrument.symbol).toBe('ETH/USDT');
    expect(document.trades.length).toBeGreaterThan(20);
    expect(document.trades.every(({ instrument }: { instrument: string }) => instrument === 'ETH/USDT')).toBe(true);
    const other = writeCandles(join(folder, 'lead.csv'), 3000, 77);
    const changed = await json('follows.vela', '--data', '.', `BTC/USDT=${other}`);
    expect(changed.document.dataHash).not.toBe(document.dataHash);
    expect(changed.document.journalHash).not.toBe(document.journalHash);
  });

  test('what is traded may be listed later than what is read', async () => {
    const late = join(folder, 'late.csv');
    const lines = readFileSync(join(folder, 'binance-spot-ETHUSDT-1h.csv'), 'utf8').split('\n');
    writeFileSync(late, [lines[0], ...lines.slice(1001)].join('\n'));
    const { code, document } = await json('follows.vela', '--data', '.', `ETH/USDT=${late}`);
    expect(code).toBe(0);
    expect(document.span).toMatchObject({ bars: 2000, from: '2022-02-11T16:00:00Z' });
  });
});
