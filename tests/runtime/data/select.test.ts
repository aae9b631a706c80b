import { describe, expect, test } from 'vitest';
import { globFiles } from '../../../runtime/data/glob.ts';
import { plainSymbol, readMarketName } from '../../../runtime/data/market-name.ts';
import { selectFiles } from '../../../runtime/data/select.ts';
import { folder } from './support.ts';

describe('patterns', () => {
  test.each([
    ['*.csv', ['a-2021.csv', 'a-2022.csv', 'b.csv']],
    ['a-202?.csv', ['a-2021.csv', 'a-2022.csv']],
    ['a-202[2-9].csv', ['a-2022.csv']],
    ['{a-2021,b}.csv', ['a-2021.csv', 'b.csv']],
    ['**/*.csv', ['a-2021.csv', 'a-2022.csv', 'b.csv', 'deep/er/c.csv']],
    ['d*/**/c.csv', ['deep/er/c.csv']],
    ['*.txt', []],
    ['none/*.csv', []],
  ])('%s', (pattern, expected) => {
    const files = folder();
    for (const name of ['b.csv', 'a-2022.csv', 'a-2021.csv', '.hidden.csv', 'deep/er/c.csv', 'b.csvx'])
      files.write(name, '');
    expect(globFiles(`${files.path}/${pattern}`).map(path => path.slice(files.path.length + 1))).toEqual(expected);
  });
});

test.each([
  ['binance-spot-BTCUSDT-1h.csv.gz', { symbol: 'BTCUSDT', venue: 'binance-spot', intervalMs: 3_600_000 }],
  [
    'binance-usdm-ETHUSDT-1h-mark.csv.gz',
    { symbol: 'ETHUSDT', venue: 'binance-usdm', kind: 'mark', intervalMs: 3_600_000 },
  ],
  ['binance-usdm-ETHUSDT-funding.csv.gz', { symbol: 'ETHUSDT', venue: 'binance-usdm', kind: 'funding' }],
  [
    'binance-usdm-SOLUSDT-1h-trade.csv.gz',
    { symbol: 'SOLUSDT', venue: 'binance-usdm', kind: 'bars', intervalMs: 3_600_000 },
  ],
  ['binance-spot-BTCUSDT-1m-2019.csv.gz', { symbol: 'BTCUSDT', venue: 'binance-spot', intervalMs: 60_000 }],
  ['BTCUSDT-1m-2024-01.csv', { symbol: 'BTCUSDT', intervalMs: 60_000 }],
  ['BTC_USDT-15m.csv', { symbol: 'BTCUSDT', intervalMs: 900_000 }],
  ['btc-usdt_1d.csv', { symbol: 'BTCUSDT', intervalMs: 86_400_000 }],
  ['lean-SPY-1d.csv.gz', { symbol: 'SPY', intervalMs: 86_400_000 }],
  ['part2.csv', {}],
  ['my candles.csv', { kind: 'bars' }],
])('the name %s is understood', (name, expected) => {
  expect(readMarketName(`/some/where/${name}`)).toEqual(expected);
});

test('unified symbols and file names speak of the same market', () => {
  expect(['BTC/USDT', 'ETH/USDT:USDT', 'BTC/USD:BTC'].map(plainSymbol)).toEqual(['BTCUSDT', 'ETHUSDT', 'BTCUSD']);
});

describe('a folder of a perpetual', () => {
  const names = ['x-ETHUSDT-1h-trade.csv', 'x-ETHUSDT-1h-mark.csv', 'x-ETHUSDT-funding.csv'];
  test.each([
    ['bars', 'x-ETHUSDT-1h-trade.csv'],
    ['mark', 'x-ETHUSDT-1h-mark.csv'],
    ['funding', 'x-ETHUSDT-funding.csv'],
  ] as const)('gives its %s', (kind, expected) => {
    const files = folder();
    for (const name of names) files.write(name, '');
    const { files: chosen, warnings } = selectFiles([files.path], kind, 'ETH/USDT:USDT');
    expect(chosen.map(file => file.path)).toEqual([`${files.path}/${expected}`]);
    expect(warnings).toEqual([]);
  });
});

test('a file given twice counts once', () => {
  const files = folder();
  const one = files.write('a.csv', '');
  files.write('b.csv', '');
  expect(selectFiles([one, files.path], 'bars', 'BTC/USDT').files.map(file => file.path)).toEqual([
    one,
    `${files.path}/b.csv`,
  ]);
});

test('a name of another market is a warning, unless the symbol is stated', () => {
  const file = folder().write('binance-spot-ETHUSDT-1h.csv', '');
  expect(selectFiles([file], 'bars', 'BTC/USDT').warnings.map(warning => warning.code)).toEqual(['D1051']);
  expect(selectFiles([`BTC/USDT=${file}`], 'bars', 'BTC/USDT').warnings).toEqual([]);
});
