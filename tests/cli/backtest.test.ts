/** `vela backtest`: the JSON contract, what can be set, and every way in which it can go wrong. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeWithShared, sharedPath } from '../support/shared.ts';
import { BROKEN, CROSS, HOUR_MS, temporaryFolder, vela, writeCandles } from './support.ts';

const folder = temporaryFolder();
const BARS = 3000;
writeFileSync(join(folder, 'cross.vela'), CROSS);
writeCandles(join(folder, 'candles.csv'), BARS);
const csv = readFileSync(join(folder, 'candles.csv'), 'utf8').split('\n');

const run = (...more: readonly string[]) => vela(folder, ['backtest', 'cross.vela', '--data', 'candles.csv', ...more]);
const json = async (...more: readonly string[]) => {
  const said = await run('--json', ...more);
  expect(said.log).toBe('');
  expect(said.code).toBe(0);
  return JSON.parse(said.out);
};

/** A file of candles made from the lines of the good one; line 0 is the header. */
function candles(name: string, change: (lines: readonly string[]) => readonly string[]): string {
  writeFileSync(join(folder, name), change(csv).join('\n'));
  return name;
}

function withField(name: string, line: number, column: number, value: string): string {
  const changed = (csv[line] ?? '').split(',').with(column, value).join(',');
  return candles(name, lines => lines.with(line, changed));
}

function withHole(name: string): string {
  return candles(name, lines => lines.toSpliced(500, 80));
}

describe('the JSON document', () => {
  test('holds the contract', async () => {
    const document = await json('--trades', '--equity', '--series', 'quick,trend');
    expect(document).toMatchObject({
      strategy: 'Cross',
      span: {
        from: '2022-01-01T00:00:00Z',
        to: '2022-05-06T00:00:00Z',
        bars: BARS,
        firstOrderPossible: '2022-01-02T17:00:00Z',
      },
      params: { fast: 10, slow: 40, share: 0.95 },
      capital: 10_000,
      currency: 'USDT',
      simulated: false,
    });
    for (const hash of ['planHash', 'dataHash', 'journalHash']) expect(document[hash]).toMatch(/^[0-9a-f]{64}$/);
    const named = [
      'totalReturn',
      'cagr',
      'sharpe',
      'sortino',
      'maxDrawdown',
      'trades',
      'winRate',
      'profitFactor',
      'exposure',
      'fees',
      'slippage',
      'funding',
    ];
    for (const name of named) expect(typeof document.metrics[name], name).toBe('number');
    for (const name of ['loadMs', 'compileMs', 'runMs']) expect(document.timing[name]).toBeGreaterThanOrEqual(0);
    expect(document.ambiguousFills).toBe(0);
    expect(document.warnings).toEqual([]);
    expect(document.metrics.trades).toBeGreaterThan(10);
    expect(document.trades.length).toBe(document.metrics.trades + document.metrics.openTrades);
    expect(document.trades[0]).toMatchObject({ instrument: 'BTC/USDT', side: 'long', reason: 'signal' });
    expect(document.equity.values.length).toBe(BARS);
    expect(document.equity.values.at(-1)).toBeCloseTo(10_000 * (1 + document.metrics.totalReturn), 6);
  });

  test('series are the values at each bar: a moving average by hand', async () => {
    const { series } = await json('--series', 'quick');
    const closes = csv.slice(1, -1).map(line => Number(line.split(',')[4]));
    const average = (end: number) => closes.slice(end - 9, end + 1).reduce((a, b) => a + b, 0) / 10;
    expect(series.quick.values.slice(0, 9)).toEqual(Array(9).fill(null));
    for (const bar of [9, 10, 500, BARS - 1]) expect(series.quick.values[bar]).toBeCloseTo(average(bar), 8);
    expect(series.quick.times[1] - series.quick.times[0]).toBe(HOUR_MS);
  });

  test('leaves out what was not asked for', async () => {
    const document = await json();
    expect(['trades' in document, 'equity' in document, 'series' in document]).toEqual([false, false, false]);
  });

  test('fees add up', async () => {
    const { trades, metrics } = await json('--trades');
    const sum = (key: string) =>
      trades.reduce((total: number, trade: Record<string, number>) => total + (trade[key] ?? 0), 0);
    expect(sum('fees')).toBeCloseTo(metrics.fees, 6);
    expect(sum('profit')).toBeCloseTo(metrics.profit, 6);
  });
});

describe('what can be set', () => {
  test('params, by name, as the strategy writes them', async () => {
    expect((await json('--set', 'fast=15', 'share=50%')).params).toEqual({ fast: 15, slow: 40, share: 0.5 });
    expect((await json('--set', 'slow=60 bars', '--set', 'share=0.2')).params).toEqual({
      fast: 10,
      slow: 60,
      share: 0.2,
    });
  });

  test('a value between the steps of a search runs, and is noted beside the result', async () => {
    const { code, out, log } = await run('--json', '--set', 'fast=7', 'slow=60', 'share=33%');
    expect([code, JSON.parse(out).params, log]).toEqual([
      0,
      { fast: 7, slow: 60, share: 0.33 },
      'note: fast = 7 bars is between the steps of a search (step 5 bars)\n',
    ]);
    writeFileSync(join(folder, 'tenths.vela'), CROSS.replace('10%..100%', '10%..100% step 0.1%'));
    const tenths = (share: string) =>
      vela(folder, ['backtest', 'tenths.vela', '--data', 'candles.csv', '--set', `share=${share}`]);
    expect((await tenths('30.7%')).log).toBe('');
    expect((await tenths('30.75%')).log).toBe('note: share = 30.75% is between the steps of a search (step 0.1%)\n');
  });

  test('another value of a param keeps the plan and changes the journal', async () => {
    const [base, other] = [await json(), await json('--set', 'fast=15')];
    expect(other.planHash).toBe(base.planHash);
    expect(other.journalHash).not.toBe(base.journalHash);
  });

  test('capital', async () => {
    const [base, double] = [await json(), await json('--capital', '20_000')];
    expect(double.capital).toBe(20_000);
    expect(double.metrics.totalReturn).toBeCloseTo(base.metrics.totalReturn, 9);
  });

  test('a span: earlier bars only warm up, later ones do not exist', async () => {
    const { span, equity } = await json('--from', '2022-02-01', '--to', '2022-03-01T12:00Z', '--equity');
    expect(span).toEqual({
      from: '2022-02-01T00:00:00Z',
      to: '2022-03-01T12:00:00Z',
      bars: 28 * 24 + 12,
      // Warm from the first bar on.
      firstOrderPossible: '2022-02-01T01:00:00Z',
    });
    expect(equity.values.length).toBe(span.bars);
  });

  test('market facts round quantities and are named', async () => {
    writeFileSync(
      join(folder, 'facts.json'),
      '{ "tick": "0.01", "lot": "0.001", "minNotional": 5, "source": "the venue" }',
    );
    const { trades, assumptions } = await json('--market', 'facts.json', '--trades');
    for (const { quantity } of trades) expect(quantity * 1000).toBeCloseTo(Math.round(quantity * 1000), 9);
    expect(assumptions).toContainEqual({ topic: 'market', label: 'Facts from', value: 'the venue', caution: false });
  });

  test('the strategy may stand behind the candles', async () => {
    const { code, out } = await vela(folder, ['backtest', '--data', 'candles.csv', 'cross.vela', '--json']);
    expect([code, JSON.parse(out).strategy]).toEqual([0, 'Cross']);
  });

  test('equal inputs give equal hashes', async () => {
    const [a, b] = [await json(), await json()];
    expect([a.planHash, a.dataHash, a.journalHash]).toEqual([b.planHash, b.dataHash, b.journalHash]);
  });
});

describe('the summary', () => {
  test('says what came out, what it assumes, and how it was made', async () => {
    const { out } = await run('--set', 'fast=15');
    expect(out).toMatch(/^Cross {2}BTC\/USDT on binance, every 1h\n/);
    expect(out).toContain('fast 15 bars');
    for (const label of ['Total return', 'Max drawdown', 'Win rate', 'Fees', 'Assumes', 'Capital', 'Facts from'])
      expect(out).toContain(label);
    expect(out).toMatch(/plan [0-9a-f]{12} {2}data [0-9a-f]{12} {2}journal [0-9a-f]{12}/);
  });

  test('says how long a trade is held in bars and in time', async () => {
    const { averageBars } = (await json()).metrics;
    const { out } = await run();
    expect(out).toContain(`${averageBars.toFixed(1)} bars, ${(averageBars / 24).toFixed(1)} d\n`);
  });

  test('columns are aligned', async () => {
    const { out } = await run();
    const figures = out.split('Assumes')[0]?.split('\n') ?? [];
    const lines = figures.filter(line => line.startsWith('  '));
    expect(lines.length).toBe(10);
    expect(new Set(lines.map(line => line.length)).size).toBe(1);
  });
});

describe('--trades without --json', () => {
  test('is a table under the summary: every trade, one aligned line each', async () => {
    const [{ out }, { trades }] = [await run('--trades'), await json('--trades')];
    const [summary = '', table = ''] = out.split('\nTrades, profit in USDT after all costs\n');
    expect(summary).toMatch(/plan [0-9a-f]{12} .*\n$/);
    const [heads = '', ...lines] = table.trimEnd().split('\n');
    expect(heads.trim().split(/ {2,}/)).toEqual([
      '#',
      'side',
      'entry, UTC',
      'price',
      'exit, UTC',
      'price',
      'quantity',
      'profit',
      'return',
      'bars',
      'reason',
    ]);
    expect(lines.length).toBe(trades.length);
    const [first] = trades;
    const minute = (iso: string) => iso.slice(0, 16).replace('T', ' ');
    expect(lines[0]?.trim().split(/ {2,}/)).toMatchObject({
      0: '1',
      1: 'long',
      2: minute(first.entryTime),
      10: 'signal',
    });
    const reasonAt = heads.indexOf('reason');
    for (const line of lines) expect(line.slice(reasonAt - 2)).toMatch(/^ {2}\S/);
  });

  test('says when there are none', async () => {
    expect((await run('--trades', '--to', '2022-01-01T12:00')).out).toMatch(/\nTrades\n {2}none\n/);
  });
});

describe('the report', () => {
  test('is one file and nothing beside it', async () => {
    mkdirSync(join(folder, 'reports'));
    const { code, out } = await run('--report', 'reports/run.html');
    expect(code).toBe(0);
    expect(out).toContain('report: reports/run.html');
    expect(readdirSync(join(folder, 'reports'))).toEqual(['run.html']);
    const html = readFileSync(join(folder, 'reports/run.html'), 'utf8');
    expect(html).toContain('<h1>Cross</h1>');
    expect(html).toContain('&#34;quick&#34;'.replace(/&#34;/g, '"'));
  });

  test('a place that cannot be written says so; no result is shown as if all were well', async () => {
    const { code, out, log } = await run('--report', 'nowhere/run.html');
    expect([code, out]).toEqual([3, '']);
    expect(log).toContain('cannot write');
    expect(log).toContain('its folder does not exist');
  });

  test('an interrupt leaves nothing behind', async () => {
    for (const checkpoint of [0, 1, 2]) {
      const said = await vela(
        folder,
        ['backtest', 'cross.vela', '--data', 'candles.csv', '--report', 'late.html', '--json'],
        checkpoint,
      );
      expect(said.code).toBe(130);
      expect(JSON.parse(said.out)).toEqual({ error: { code: 'interrupted', message: 'interrupted' } });
    }
    expect(existsSync(join(folder, 'late.html'))).toBe(false);
  });
});

describe('wrong usage', () => {
  test('a series that is none', async () => {
    const { code, out } = await run('--json', '--series', 'qick');
    expect([code, JSON.parse(out).error.help]).toEqual([2, 'did you mean `quick`?']);
  });

  test.each([
    [['--set', 'fats=20'], 'did you mean `fast`?'],
    [['--equity'], 'add `--json`'],
    [['--series', 'quick'], 'add `--json`'],
    [['--set', 'fast'], 'write `--set name=value`'],
    [['--set', 'fast=2.5'], 'write a whole number of bars'],
    [['--set', 'fast=5%'], 'write a whole number of bars'],
    [['--set', 'share=much'], 'write a ratio such as `5%`'],
    [['--set', 'fast=200'], 'the strategy allows 5 bars to 60 bars'],
    [['--set', 'share=5%'], 'the strategy allows 10% to 100%'],
    [['--set', 'fast=50', 'slow=40'], 'require fast < slow'],
    [['--from', 'yesterday'], 'write 2024-01-31'],
    [['--from', '2022-02-30'], 'write 2024-01-31'],
    [['--from', '2022-03-01', '--to', '2022-02-01'], '`--from` must be before `--to`'],
    [['--from', '2030-01-01'], 'no bar opens at or after `--from`'],
    [['--capital', '0'], 'write a number above zero'],
    [['--capital', 'ten'], 'write a number above zero'],
    [['--max-gap', 'long'], 'write it as in `6h`'],
  ])('%j', async (words, hint) => {
    const { code, out, log } = await run(...words);
    expect([code, out]).toEqual([2, '']);
    expect(log).toContain(hint);
    expect(log).not.toMatch(/bug|\n\s+at /);
  });

  test('no candles', async () => {
    const { code, log } = await vela(folder, ['backtest', 'cross.vela']);
    expect(code).toBe(2);
    expect(log).toContain('`--data`');
  });
});

describe('bad input', () => {
  const cases: readonly (readonly [what: string, code: number, said: RegExp, make: () => string])[] = [
    ['a missing file', 3, /D1001.*nowhere\.csv/s, () => 'nowhere.csv'],
    ['an empty file', 1, /empty\.csv/, () => candles('empty.csv', () => [])],
    ['a wrong header', 1, /header\.csv/, () => candles('header.csv', lines => ['a,b,c', ...lines.slice(1)])],
    ['text in a number column', 1, /text\.csv:101/, () => withField('text.csv', 100, 4, 'high')],
    ['a stamp twice', 1, /twice\.csv:\d+/, () => withField('twice.csv', 100, 0, csv[99]?.split(',')[0] ?? '')],
    [
      'unsorted stamps',
      1,
      /unsorted\.csv:\d+/,
      () => candles('unsorted.csv', ([head = '', ...rows]) => [head, ...rows.slice(50, 100), ...rows.slice(0, 50)]),
    ],
    ['a negative price', 1, /negative\.csv:101/, () => withField('negative.csv', 100, 3, '-5')],
    ['an infinite volume', 1, /infinite\.csv:101/, () => withField('infinite.csv', 100, 5, 'Infinity')],
    ['a hole longer than max_gap', 1, /E0810/, () => withHole('hole.csv')],
    [
      'bars coarser than the clock',
      1,
      /coarse\.csv|1d/,
      () => candles('coarse.csv', lines => lines.filter((_, i) => i % 24 === 0 || i === 0)),
    ],
  ];

  test.each(cases)('%s is a message with a place and a mend', async (_, code, said, make) => {
    const result = await vela(folder, ['backtest', 'cross.vela', '--data', make(), '--report', 'bad.html']);
    expect(result.log).toMatch(said);
    expect(result.log).toMatch(/help: /);
    expect(result.log).not.toMatch(/bug in Vela|\n\s+at /);
    expect([result.code, result.out]).toEqual([code, '']);
    expect(existsSync(join(folder, 'bad.html'))).toBe(false);
  });

  test('--max-gap lets a long hole pass, and the result says so', async () => {
    withHole('hole.csv');
    const { out } = await vela(folder, ['backtest', 'cross.vela', '--data', 'hole.csv', '--max-gap', '5d', '--json']);
    const document = JSON.parse(out);
    expect(document.quality).toMatchObject({ missingBars: 80, heldBars: 80 });
    expect(document.assumptions).toContainEqual({
      topic: 'data',
      label: 'Largest hole allowed',
      value: '5 d, as --max-gap says',
      caution: true,
    });
  });

  test('a warm-up longer than the data is said, not run silently', async () => {
    candles('short.csv', lines => lines.slice(0, 31));
    const { code, out } = await vela(folder, ['backtest', 'cross.vela', '--data', 'short.csv', '--json']);
    expect(code).toBe(0);
    const document = JSON.parse(out);
    expect(document.span.firstOrderPossible).toBeNull();
    expect(document.warnings.join()).toContain('W0701');
  });

  test('a warm-up that the bars before --from were enough for is no warning', async () => {
    const warnings = async (...words: readonly string[]) => (await json(...words)).warnings.join();
    expect(await warnings('--from', '2022-01-03', '--to', '2022-01-06')).toBe('');
    expect(await warnings('--to', '2022-01-06')).toContain('W0702');
    expect(await warnings('--from', '2022-01-01T06:00', '--to', '2022-01-06')).toContain('W0702');
  });

  test('a strategy with mistakes: its diagnostics, as text or as the document', async () => {
    writeFileSync(join(folder, 'broken.vela'), BROKEN);
    const text = await vela(folder, ['backtest', 'broken.vela', '--data', 'candles.csv']);
    expect([text.code, text.out]).toEqual([1, '']);
    expect(text.log).toContain('2 errors');
    const { out } = await vela(folder, ['backtest', 'broken.vela', '--data', 'candles.csv', '--json']);
    expect(JSON.parse(out)).toMatchObject({ file: 'broken.vela', errors: 2 });
  });

  test.each([
    ['not JSON', '{', 'market facts are a JSON object'],
    ['an unknown fact', '{ "tik": "0.01" }', '`tik` is no market fact'],
    ['a step of zero', '{ "tick": "0" }', '`tick` must be a positive decimal'],
    ['a maintenance rate above one', '{ "maintenance": 2 }', 'half a percent is 0.005'],
  ])('market facts: %s', async (_, text, hint) => {
    writeFileSync(join(folder, 'bad.json'), text);
    const { code, log } = await run('--market', 'bad.json');
    expect(code).toBe(1);
    expect(log).toContain(hint);
  });

  test('a perpetual without funding is refused', async () => {
    writeFileSync(
      join(folder, 'perp.vela'),
      CROSS.replace('"BTC/USDT"', '"BTC/USDT:USDT"').replace('fee: 10bp', 'fee: 10bp  funding: data'),
    );
    const { code, log } = await vela(folder, ['backtest', 'perp.vela', '--data', 'candles.csv']);
    expect(code).toBe(1);
    expect(log).toContain('error[D1022]: `BTC/USDT:USDT` pays funding, and no funding file is given');
  });
});

test('a hole that lies before everything the run reads is none of its business', async () => {
  // The hole ends on 25 January at 04:00; the slow average wants 40 bars before the first traded one.
  const words = ['backtest', 'cross.vela', '--data', withHole('early.csv')];
  expect((await vela(folder, [...words, '--from', '2022-01-27'])).code).toBe(0);
  const inReach = await vela(folder, [...words, '--from', '2022-01-26']);
  expect(inReach.log).toContain('error[E0810]');
});

test('what is missing is counted in the traded span', async () => {
  const words = ['backtest', 'cross.vela', '--data', withHole('counted.csv'), '--max-gap', '10d', '--json'];
  const quality = async (...more: readonly string[]) => {
    const document = JSON.parse((await vela(folder, [...words, ...more])).out);
    const labels = document.assumptions.map((assumption: { label: string }) => assumption.label);
    return [document.quality.missingBars, labels.includes('Missing bars'), labels.includes('Longest hole')];
  };
  expect(await quality()).toEqual([80, true, true]);
  expect(await quality('--from', '2022-01-25')).toEqual([3, true, true]);
  expect(await quality('--from', '2022-01-26')).toEqual([0, false, false]);
  expect(await quality('--to', '2022-01-20')).toEqual([0, false, false]);
});

test('a cache that cannot be kept is told, and no part of the result', async () => {
  const words = ['backtest', 'cross.vela', '--data', 'many.csv', '--report', 'cached.html'];
  writeCandles(join(folder, 'many.csv'), 6000);
  const blocked = { VELA_CACHE: join(folder, 'cross.vela') };
  const [plain, said] = [await vela(folder, words), await vela(folder, words, undefined, blocked)];
  expect(said.code).toBe(0);
  expect(said.log).toMatch(/^warning D1052: .*\n {2}help: make room/);
  const document = JSON.parse((await vela(folder, [...words, '--json'], undefined, blocked)).out);
  expect([document.warnings, plain.log]).toEqual([[], '']);
  expect(said.out).not.toContain('D1052');
  expect(readFileSync(join(folder, 'cached.html'), 'utf8')).not.toContain('D1052');
});

test.skipIf(!existsSync('/proc/self'))('a cache below /proc is told as one that cannot be kept, at once', async () => {
  writeCandles(join(folder, 'many.csv'), 6000);
  const nowhere = { VELA_CACHE: '/proc/vela/cache' };
  const said = await vela(folder, ['backtest', 'cross.vela', '--data', 'many.csv'], undefined, nowhere);
  expect(said.code).toBe(0);
  expect(said.log).toMatch(/^warning D1052: .*`\/proc\/vela\/cache\/candles.*no such file or directory/);
  expect((await vela(folder, ['doctor'], undefined, nowhere)).out).toContain('/proc/vela/cache: cannot be written');
  expect((await vela(folder, ['init', '/proc/vela/project'])).code).toBe(3);
});

test('where absent bars may delay the first order, the summary says no more than it knows', async () => {
  const firstOrder = async (gaps: string, data: string) => {
    writeFileSync(join(folder, 'gaps.vela'), CROSS.replace('on binance', `on binance { gaps: ${gaps}  max_gap: 10d }`));
    const { out } = await vela(folder, ['backtest', 'gaps.vela', '--data', data]);
    return /First order possible +(.*)/.exec(out)?.[1];
  };
  const holed = withHole('delayed.csv');
  expect(await firstOrder('absent', holed)).toBe('not before 2022-01-02 17:00 UTC: absent bars delay it');
  expect(await firstOrder('hold', holed)).toBe('2022-01-02 17:00 UTC');
  expect(await firstOrder('absent', 'candles.csv')).toBe('2022-01-02 17:00 UTC');
});

test('absent bars do not hide what buying and holding gave', async () => {
  writeFileSync(join(folder, 'absent.vela'), CROSS.replace('on binance', 'on binance { gaps: absent  max_gap: 10d }'));
  const words = ['backtest', 'absent.vela', '--data', withHole('absent.csv'), '--json', '--report', 'absent.html'];
  const { metrics, counts } = JSON.parse((await vela(folder, words)).out);
  const closeOf = (line: string | undefined) => Number(line?.split(',')[4]);
  const rows = csv.filter(line => line !== '');
  const held = closeOf(rows.at(-1)) / Number(rows[1]?.split(',')[1]) - 1;
  expect(counts.heldBars).toBe(80);
  expect(metrics.benchmarkReturn).toBeCloseTo(held, 10);
  expect(readFileSync(join(folder, 'absent.html'), 'utf8')).not.toContain('"priceDecimals":null');
});

describe('demo', () => {
  test('runs on a simulated market and says so', async () => {
    const { code, out } = await vela(folder, ['demo', '--report', 'demo.html']);
    expect(code).toBe(0);
    expect(out).toContain('simulated: they say nothing about any market');
    expect(out).toContain('report: demo.html');
    expect(readFileSync(join(folder, 'demo.html'), 'utf8')).toContain('Simulated market.');
  });
});

describeWithShared('on real candles', () => {
  test('the command of the readme', async () => {
    const data = sharedPath('data/spot-1h/binance-spot-BTCUSDT-1h.csv.gz');
    const said = await vela(join(import.meta.dirname, '../..'), [
      'backtest',
      'strategies/sma_cross.vela',
      '--data',
      data,
      '--json',
    ]);
    expect(said.code).toBe(0);
    const { span, metrics, quality } = JSON.parse(said.out);
    expect(span).toMatchObject({ from: '2020-01-01T00:00:00Z', bars: 55_867 });
    expect(quality.missingBars).toBe(32);
    expect(metrics.trades).toBe(377);
  });
});
