/**
 * The library against outputs computed by others: Tulip's vectors (values of Achelis' book and hand-made spreadsheets)
 * and frozen outputs of TA-Lib, pandas-ta-classic and Tulip on 5 241 daily bars of SPY.
 */
import { expect, it } from 'vitest';
import type { BarColumns } from '../../runtime/data/series.ts';
import { evaluate } from '../support/evaluate.ts';
import { pandasFrozen, spyBars, tulipOnSpy, tulipVectors } from '../support/golden.ts';
import { describeWithShared } from '../support/shared.ts';

type Field = keyof BarColumns;

/** A Tulip vector read as ours. `skip`: outputs at the start that follow another seed, with the reason. */
interface TulipCase {
  readonly name: string;
  readonly inputs: readonly Field[];
  readonly expressions: (...options: readonly number[]) => readonly string[];
  /** Their output in terms of ours, when the scale differs. */
  readonly scale?: number;
  /** Decimals of the printed outputs, 4 unless stated. */
  readonly digits?: number;
  readonly skip?: { readonly outputs: number; readonly why: string };
}

const TULIP: readonly TulipCase[] = [
  { name: 'sma', inputs: ['close'], expressions: n => [`sma(close, ${n})`] },
  { name: 'wma', inputs: ['close'], expressions: n => [`wma(close, ${n})`] },
  { name: 'wilders', inputs: ['close'], expressions: n => [`rma(close, ${n})`] },
  { name: 'vwma', inputs: ['close', 'volume'], expressions: n => [`vwma(close, ${n})`] },
  { name: 'stddev', inputs: ['close'], expressions: n => [`stdev(close, ${n})`] },
  { name: 'var', inputs: ['close'], expressions: n => [`variance(close, ${n})`] },
  { name: 'sum', inputs: ['close'], expressions: n => [`sum(close, ${n})`] },
  { name: 'max', inputs: ['close'], expressions: n => [`highest(close, ${n})`] },
  { name: 'min', inputs: ['close'], expressions: n => [`lowest(close, ${n})`] },
  { name: 'md', inputs: ['close'], expressions: n => [`mean_deviation(close, ${n})`] },
  { name: 'mom', inputs: ['close'], expressions: n => [`momentum(close, ${n})`] },
  { name: 'roc', inputs: ['close'], expressions: n => [`roc(close, ${n})`], scale: 0.01 },
  { name: 'lag', inputs: ['close'], expressions: n => [`close[${n}]`] },
  { name: 'linreg', inputs: ['close'], expressions: n => [`linreg(close, ${n})`] },
  { name: 'linregslope', inputs: ['close'], expressions: n => [`slope(close, ${n})`] },
  {
    name: 'tr',
    inputs: ['high', 'low', 'close'],
    expressions: () => ['true_range()'],
    skip: { outputs: 1, why: 'absent on the first bar' },
  },
  {
    name: 'bbands',
    inputs: ['close'],
    expressions: (n, k) => ['lower', 'middle', 'upper'].map(line => `bollinger(close, ${n}, ${k}).${line}`),
  },
  { name: 'cci', inputs: ['high', 'low', 'close'], expressions: n => [`cci(${n})`] },
  { name: 'rsi', inputs: ['close'], expressions: n => [`rsi(close, ${n})`] },
  {
    name: 'stoch',
    inputs: ['high', 'low', 'close'],
    expressions: (n, k, d) => [`stochastic(${n}, ${k}, ${d}).k`, `stochastic(${n}, ${k}, ${d}).d`],
  },
  { name: 'willr', inputs: ['high', 'low', 'close'], expressions: n => [`williams_r(${n})`], digits: 3 },
  { name: 'mfi', inputs: ['high', 'low', 'close', 'volume'], expressions: n => [`mfi(${n})`] },
  { name: 'aroon', inputs: ['high', 'low'], expressions: n => [`aroon(${n}).down`, `aroon(${n}).up`] },
  { name: 'aroonosc', inputs: ['high', 'low'], expressions: n => [`aroon(${n}).oscillator`] },
  { name: 'di', inputs: ['high', 'low', 'close'], expressions: n => [`dmi(${n}).plus`, `dmi(${n}).minus`] },
  {
    name: 'psar',
    inputs: ['high', 'low'],
    expressions: (step, limit) => [`psar(${step}, ${limit}).line`],
    skip: { outputs: 8, why: 'another first stop; equal from the first reversal on' },
  },
];

/** Columns of pandas-ta-classic on SPY, as expressions of ours. */
const PANDAS: Readonly<Record<string, string>> = {
  'sma_20.SMA_20': 'sma(close, 20)',
  'ema_20.EMA_20': 'ema(close, 20)',
  'dema_10.DEMA_10': 'dema(close, 10)',
  'tema_10.TEMA_10': 'tema(close, 10)',
  'wma_10.WMA_10': 'wma(close, 10)',
  'hma_10.HMA_10': 'hma(close, 10)',
  'vwma_10.VWMA_10': 'vwma(close, 10)',
  'rsi_14.RSI_14': 'rsi(close, 14)',
  'macd_12_26_9.MACD_12_26_9': 'macd(close, 12, 26, 9).line',
  'macd_12_26_9.MACDs_12_26_9': 'macd(close, 12, 26, 9).trigger',
  'macd_12_26_9.MACDh_12_26_9': 'macd(close, 12, 26, 9).histogram',
  'stoch.STOCHk_14_3_3': 'stochastic(14, 3, 3).k',
  'stoch.STOCHd_14_3_3': 'stochastic(14, 3, 3).d',
  'cci_14.CCI_14_0.015': 'cci(14)',
  'roc_10.ROC_10': 'roc(close, 10)',
  'willr_14.WILLR_14': 'williams_r(14)',
  'mom_10.MOM_10': 'momentum(close, 10)',
  'atr_14.ATRr_14': 'atr(14)',
  'bbands_20.BBL_20_2.0': 'bollinger(close, 20, 2).lower',
  'bbands_20.BBM_20_2.0': 'bollinger(close, 20, 2).middle',
  'bbands_20.BBU_20_2.0': 'bollinger(close, 20, 2).upper',
  'natr_14.NATR_14': '100 * atr(14) / close',
  'true_range.TRUERANGE_1': 'true_range()',
  'donchian_20.DCL_20_20': 'donchian(20).lower',
  'donchian_20.DCM_20_20': 'donchian(20).middle',
  'donchian_20.DCU_20_20': 'donchian(20).upper',
  'adx_14.ADX_14': 'adx(14)',
  'adx_14.DMP_14': 'dmi(14).plus',
  'adx_14.DMN_14': 'dmi(14).minus',
  'aroon_14.AROOND_14': 'aroon(14).down',
  'aroon_14.AROONU_14': 'aroon(14).up',
  'aroon_14.AROONOSC_14': 'aroon(14).oscillator',
  'obv.OBV': 'obv()',
  'mfi_14.MFI_14': 'mfi(14)',
  'stdev_20.STDEV_20': 'stdev(close, 20)',
  'variance_20.VAR_20': 'variance(close, 20)',
  'log_return.LOGRET_1': 'log_returns(close)',
  'percent_return.PCTRET_1': 'returns(close)',
  'linreg_14.LR_14': 'linreg(close, 14)',
  'rma.RMA_10': 'rma(close, 10)',
  'correl.CORREL_30': 'correlation(open, close, 30)',
  'median_14.MEDIAN_14': 'median(close, 14)',
  'quantile_14.QTL_14_0.5': 'quantile(close, 14, 0.5)',
  'slope.SLOPE_1': 'change(close)',
};

/** Tulip's outputs on SPY, as expressions of ours. */
const TULIP_ON_SPY: Readonly<Record<string, string>> = {
  sma: 'sma(close, 20)',
  ema: 'ema(close, 20)',
  wma: 'wma(close, 20)',
  hma: 'hma(close, 9)',
  wilders: 'rma(close, 14)',
  dema: 'dema(close, 20)',
  tema: 'tema(close, 20)',
  vwma: 'vwma(close, 20)',
  rsi: 'rsi(close, 14)',
  mom: 'momentum(close, 10)',
  roc: 'returns(close, 10)',
  willr: 'williams_r(14)',
  cci: 'cci(14)',
  mfi: 'mfi(14)',
  aroon_down: 'aroon(14).down',
  aroon_up: 'aroon(14).up',
  aroonosc: 'aroon(14).oscillator',
  atr: 'atr(14)',
  natr: '100 * atr(14) / close',
  bbands_lower: 'bollinger(close, 20, 2).lower',
  bbands_mid: 'bollinger(close, 20, 2).middle',
  bbands_upper: 'bollinger(close, 20, 2).upper',
  stddev: 'stdev(close, 20)',
  var: 'variance(close, 20)',
  linreg: 'linreg(close, 14)',
  md: 'mean_deviation(close, 5)',
  stoch_k: 'stochastic(14, 3, 3).k',
  stoch_d: 'stochastic(14, 3, 3).d',
};

function barsOf(fields: readonly Field[], arrays: readonly (readonly number[])[]): BarColumns {
  const length = arrays[0].length;
  const blank = () => new Float64Array(length).fill(1);
  const bars = { open: blank(), high: blank(), low: blank(), close: blank(), volume: blank() };
  fields.forEach((field, index) => {
    bars[field].set(arrays[index]);
  });
  return bars;
}

/** The vectors are printed with a few decimals, some cut off instead of rounded. */
function printed(value: number, digits: number): number {
  return 10 ** -digits * Math.max(1, Math.abs(value));
}

describeWithShared("Tulip's test vectors", () => {
  for (const file of ['atoz', 'extra'] as const) {
    for (const vector of tulipVectors(file)) {
      const known = TULIP.find(({ name }) => name === vector.name);
      if (!known) continue;
      it(`${file}: ${vector.name} ${vector.options.join(' ')}`, () => {
        const expressions = known.expressions(...vector.options);
        const columns = evaluate(expressions, barsOf(known.inputs, vector.arrays));
        vector.arrays.slice(known.inputs.length).forEach((output, index) => {
          const column = columns[index];
          const start = column.length - output.length;
          for (let i = known.skip?.outputs ?? 0; i < output.length; i++) {
            const want = output[i];
            const got = column[start + i] * (known.scale ?? 1);
            expect(Math.abs(got - want), `${expressions[index]} at ${i}: ${got} is not ${want}`).toBeLessThan(
              printed(want, known.digits ?? 4),
            );
          }
        });
      });
    }
  }
});

describeWithShared('pandas-ta-classic and TA-Lib on SPY', () => {
  const names = Object.keys(PANDAS);
  const frozen = pandasFrozen();
  const columns = evaluate(
    names.map(name => PANDAS[name]),
    spyBars(),
  );
  it.each(names)('%s', name => {
    const want = frozen.get(name)?.last ?? Number.NaN;
    const got = columns[names.indexOf(name)].at(-1) ?? Number.NaN;
    expect(Math.abs(got - want), `${got} is not ${want}`).toBeLessThan(1e-8 * Math.max(1, Math.abs(want)));
  });
});

describeWithShared('Tulip on SPY, the last 2 100 values', () => {
  const names = Object.keys(TULIP_ON_SPY);
  const theirs = tulipOnSpy();
  const columns = evaluate(
    names.map(name => TULIP_ON_SPY[name]),
    spyBars(),
  );
  it.each(names)('%s', name => {
    const tail = columns[names.indexOf(name)].subarray(-theirs[name].length);
    theirs[name].forEach((want, i) => {
      expect(Math.abs(tail[i] - want), `at ${i}: ${tail[i]} is not ${want}`).toBeLessThan(
        1e-9 * Math.max(1, Math.abs(want)),
      );
    });
  });
});
