/**
 * What `vela backtest --json` promises to other programs, on real candles: the fields of the contract, the same result for
 * both spellings of every example and for every repetition, and a later start that shows what a longer run shows.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeWithShared, sharedPath } from '../support/shared.ts';
import { temporaryFolder, vela } from './support.ts';

const strategies = join(import.meta.dirname, '../../strategies');
const cache = join(temporaryFolder(), 'cache');

async function backtest(...words: readonly string[]) {
  const environment = { VELA_CACHE: cache };
  const said = await vela(strategies, ['backtest', ...words, '--json'], Number.POSITIVE_INFINITY, environment);
  expect(said.code, said.log).toBe(0);
  return JSON.parse(said.out);
}

const spot = (symbol: string) => ['--data', sharedPath(`data/spot-1h/binance-spot-${symbol}-1h.csv.gz`)];
const perpetual = (symbol: string) => [
  ...['--data', sharedPath(`data/perp/binance-usdm-${symbol}-1h-trade.csv.gz`)],
  ...['--mark', sharedPath(`data/perp/binance-usdm-${symbol}-1h-mark.csv.gz`)],
  ...['--funding', sharedPath(`data/perp/binance-usdm-${symbol}-funding.csv.gz`)],
];

const BITCOIN = 'BTCUSDT';
const EXAMPLES: readonly (readonly [name: string, data: () => readonly string[]])[] = [
  ['sma_cross', () => spot(BITCOIN)],
  // A part of the minutes is enough to compare runs by.
  ['dip_buyer', () => ['--data', sharedPath('data/spot-1m/*.csv.gz'), '--from', '2022-01-01']],
  ['dip_buyer_perp', () => perpetual('ETHUSDT')],
  ['donchian_breakout', () => spot(BITCOIN)],
  ['rsi_reversion', () => perpetual('ETHUSDT')],
  ['supertrend', () => perpetual(BITCOIN)],
  ['macd_trend', () => spot(BITCOIN)],
  ['bollinger_squeeze', () => spot(BITCOIN)],
  ['volatility_target', () => spot(BITCOIN)],
  ['rsi_bollinger_dip', () => spot('ETHUSDT')],
  ['momentum_portfolio', () => ['--data', sharedPath('data/spot-1d')]],
];

describeWithShared('the JSON document on real candles', () => {
  test('has every field of the contract, and each is of its kind', async () => {
    const extras = ['--trades', '--equity', '--series', 'quick,trend'];
    const found = await backtest('sma_cross.vela', ...spot(BITCOIN), ...extras);
    const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
    const number = expect.any(Number);
    const column = { times: expect.any(Array), values: expect.any(Array) };
    expect(found).toMatchObject({
      strategy: 'SMA cross',
      planHash: hash,
      dataHash: hash,
      journalHash: hash,
      span: { from: instant, to: instant, bars: 55_867, firstOrderPossible: instant },
      metrics: {
        totalReturn: number,
        cagr: number,
        sharpe: number,
        sortino: number,
        maxDrawdown: number,
        trades: 377,
        winRate: number,
        profitFactor: number,
        exposure: number,
        fees: number,
        slippage: number,
        funding: 0,
      },
      ambiguousFills: 0,
      warnings: [],
      equity: column,
      series: { quick: column, trend: column },
      timing: { loadMs: number, compileMs: number, runMs: number },
    });
    expect(found.trades).toHaveLength(377);
    for (const trade of found.trades) {
      expect(trade).toMatchObject({
        instrument: 'BTC/USDT',
        side: 'long',
        entryTime: instant,
        entryPrice: number,
        exitTime: instant,
        exitPrice: number,
        quantity: number,
        profit: number,
        fees: number,
        reason: 'signal',
      });
    }
    for (const { times, values } of [found.equity, ...Object.values<typeof found.equity>(found.series)])
      expect([times.length, values.length]).toEqual([55_867, 55_867]);
  });

  test.each(EXAMPLES)('%s: both spellings, and each repetition, give the same', async (name, data) => {
    const result = async (form: string) => {
      const { planHash, dataHash, journalHash, metrics, trades } = await backtest(
        `${name}.${form}`,
        ...data(),
        '--trades',
      );
      return { planHash, dataHash, journalHash, metrics, trades };
    };
    const first = await result('vela');
    expect(await result('yaml')).toEqual(first);
    expect(await result('vela')).toEqual(first);
    expect(first.trades.length).toBeGreaterThan(0);
  });

  test.each([
    ['sma_cross', 'quick,trend,up,down', 0],
    // What came before a recurrence settles weighs at most one part in a million.
    ['volatility_target', 'trend,deviation,share', 1e-6],
  ])('%s: a later start shows what a longer run shows from there on', async (name, streams, tolerance) => {
    const words = [`${name}.vela`, ...spot(BITCOIN), '--series', streams];
    const whole = await backtest(...words);
    const late = await backtest(...words, '--from', '2023-03-07T05:00Z');
    for (const stream of streams.split(',')) {
      const { times, values } = late.series[stream];
      const offset = whole.series[stream].times.indexOf(times[0]);
      expect(offset).toBeGreaterThan(0);
      const expected = whole.series[stream].values.slice(offset);
      const worst = values.map((value: number, i: number) => Math.abs(value / expected[i] - 1) || 0);
      expect(values.length).toBe(expected.length);
      if (tolerance === 0) expect(values).toEqual(expected);
      else expect(Math.max(...worst)).toBeLessThan(tolerance);
    }
  });

  test('candles may be named for their symbol; a folder of several markets names two of them', async () => {
    const path = sharedPath('data/spot-1h/binance-spot-BTCUSDT-1h.csv.gz');
    const [plain, named] = [
      await backtest('sma_cross.vela', ...spot(BITCOIN)),
      await backtest('sma_cross.vela', '--data', `BTC/USDT=${path}`),
    ];
    expect(named.journalHash).toBe(plain.journalHash);
    const folder = sharedPath('data/spot-1h');
    const said = await vela(strategies, ['backtest', 'sma_cross.vela', '--data', folder, '--json']);
    expect(said.code).toBe(1);
    const { error } = JSON.parse(said.out);
    expect(error.code).toBe('D1015');
    const markets = new Set(error.message.match(/[A-Z]+USDT-1h/g));
    expect(markets.size).toBe(2);
  });

  test('the strategy of a perpetual starts where candles, marks and funding all exist', async () => {
    const { span, metrics } = await backtest('dip_buyer_perp.vela', ...perpetual('ETHUSDT'));
    expect(span.from).toBe('2019-12-23T11:00:00Z');
    expect(metrics.funding).not.toBe(0);
  });
});
