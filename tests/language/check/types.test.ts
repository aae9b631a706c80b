import { describe, expect, it } from 'vitest';
import { complaints, facts, lowered, mended, typeOf } from './support.ts';

describe('units that may meet', () => {
  it.each([
    ['close + 1', 'a price in USDT per BTC'],
    ['close - open', 'a price in USDT per BTC'],
    ['close / open', 'a ratio'],
    ['close / close[1] - 1', 'a ratio'],
    ['close * volume', 'an amount of USDT'],
    ['volume * 2 + 1', 'an amount of BTC'],
    ['close ^ 2', 'a value in USDT^2 per BTC^2'],
    ['sqrt(variance(close, 20)) + close', 'a price in USDT per BTC'],
    ['1 / close', 'a price in BTC per USDT'],
    ['95% of equity', 'an amount of USDT'],
    ['rsi(close, 14)', 'an index of 0 to 100'],
    ['rsi(close, 14) - 50', 'an index of 0 to 100'],
    ['bars_held + 1', 'a number of bars'],
    ['held / 2', 'a length of time'],
    ['log(close)', 'a plain number'],
    ['count(close > open, 10)', 'a plain number'],
    ['since_highest(high, 20)', 'a number of bars'],
    ['covariance(close, volume, 20)', 'an amount of USDT'],
    ['profit * 100', 'a ratio'],
    ['plain(close) + plain(volume)', 'a plain number'],
    ['if close > open then 1 else 0', 'a plain number'],
    ['hour_of_day()', 'a plain number'],
    ['atr(14) / close', 'a ratio'],
    ['steps(held, 0m, 4%, 60m, 2%)', 'a ratio'],
  ])('%s is %s', (expression, unit) => {
    expect(typeOf(`let x = ${expression}`, 'x')).toBe(`${unit} @base`);
  });

  it.each([
    'let x = close > 30000',
    'let x = held > 5h and held > 0',
    'let x = entries < 3',
    'param thr = 0.02\nlet x = returns(close) > thr',
    'param oversold = 28 in 15..40\nlet x = rsi(close, 14) crosses below oversold',
    'param level: price = 30000\nlet x = close > level',
    'let k = 30000\nlet x = close > k',
    'let x = max(close, open, low) > min(1, 2)',
  ])('%s', body => {
    expect(complaints(body)).toEqual([]);
  });
});

describe('units that may not meet', () => {
  it.each([
    ['let x = close + volume', 'E0401 close + volume'],
    ['let x = close + 5%', 'E0401 close + 5%'],
    ['let x = close > rsi(close, 14)', 'E0401 close > rsi(close, 14)'],
    ['let x = close crosses above 70%', 'E0401 close crosses above 70%'],
    ['let x = close between 1 and volume', 'E0401 close between 1 and volume'],
    ['let x = if close > 1 then close else volume', 'E0401 if close > 1 then close else volume'],
    ['let x = max(close, volume)', 'E0401 max(close, volume)'],
    ['let x = held > 2 bars', 'E0401 held > 2 bars'],
    ['let x = held > 5', 'E0411 5'],
    ['let x = steps(held, 0, 4%, 60, 2%)', 'E0411 60'],
    ['let x = steps(held, 0m, 4%, 60m, close)', 'E0401 close'],
    ['let x = close ^ returns(close)', 'E0410 close ^ returns(close)'],
    ['param k = 2.0\nlet x = close + k', 'E0401 close + k'],
    ['let x = 5 of equity', 'E0404 5'],
    ['let x = close of equity', 'E0405 close'],
    ['let x = close bars', 'E0405 close'],
    ['state s starts close then prev s + volume', 'E0401 prev s + volume'],
    ['state s starts close then volume', 'E0401 volume'],
    ['when close > 1 enter long { size: 5 of equity }', 'E0404 5'],
    ['when close > 1 enter long { size: 5% of equity  stop: entry - 2% }', 'E0401 entry - 2%'],
    ['when close > 1 enter long { size: 5% of equity  stop: volume }', 'E0405 volume'],
  ])('%s', (body, problem) => {
    expect(complaints(body)).toEqual([problem]);
  });

  it('says that a price and a ratio multiply', () => {
    expect(facts('let x = close + 5%', 'E0401')).toMatchObject({ growth: true, leftText: 'close', rightText: '5%' });
  });

  it('writes the percent sign that was forgotten', () => {
    const rule = 'when close > 1 enter long { size: 5 of equity }';
    expect(mended(rule, 'E0404')).toBe('when close > 1 enter long { size: 5% of equity }');
  });
});

describe('conditions and numbers', () => {
  it.each([
    ['signal s = close', 'E0403 close'],
    ['let x = not close', 'E0403 close'],
    ['let x = close > 1 and volume', 'E0403 volume'],
    ['let x = (close > 1) + 1', 'E0402 (close > 1)'],
    ['let x = if close then 1 else 2', 'E0403 close'],
    ['let x = if close > 1 then 1 else close > 2', 'E0402 close > 2'],
    ['let x = count(close, 10)', 'E0403 close'],
    ['let x = sma(close > 1, 10)', 'E0402 close > 1'],
    ['state s starts 0 then close > 1', 'E0402 close > 1'],
    ['state s starts 0 then prev s reset when close', 'E0403 close'],
    ['when close exit', 'E0403 close'],
    ['when close > 1 enter long { size: close > 2 }', 'E0402 close > 2'],
    ['let x = side > 3', 'E0409 side'],
    ['let x = close is long', 'E0409 close'],
    ['let x = side is lng', 'E0408 lng'],
    ['param kind = "ema" of "ema", "sma"\nlet x = kind == "emma"', 'E0408 "emma"'],
    ['param kind = "ema" of "ema", "sma"\nlet x = kind + 1', 'E0409 kind'],
    ['let x = close == "ema"', 'E0409 close'],
  ])('%s', (body, problem) => {
    expect(complaints(body)).toEqual([problem]);
  });

  it('lets `absent` stand for either', () => {
    expect(lowered('let x = if close > 1 then close > 2 else absent', 'x')).toBe('(if (> close 1) (> close 2) NaN)');
    expect(complaints('state armed starts absent then if close > open then true else prev armed')).toEqual([]);
  });

  it('compares choices by their place in the list', () => {
    const kind = 'param kind = "ema" of "ema", "sma"\n';
    expect(lowered(`${kind}let x = if kind == "sma" then close else open`, 'x')).toBe('(if (is $kind 1) close open)');
    expect(lowered(`${kind}let x = if kind != "sma" then close else open`, 'x')).toBe(
      '(if (not (is $kind 1)) close open)',
    );
    expect(lowered('let x = side is short', 'x')).toBe('(is side 2)');
  });
});

describe('stages', () => {
  it.each([
    ['let x = variance(close, 20, sample = close > 1)', 'E0406 close > 1'],
    ['let x = smooth(close, 20, volume)', 'E0406 volume'],
    ['require close > 1', 'E0406 close > 1'],
    ['param a = close', 'E0406 close'],
    ['risk { cap drawdown at volume / volume[1] }', 'E0406 volume / volume[1]'],
  ])('%s', (body, problem) => {
    expect(complaints(body)).toEqual([problem]);
  });
});

describe('params', () => {
  it.each([
    ['param a = 50 in 1..10', ['E0146 50']],
    ['param a = 5 in 10..1', ['E0147 10..1']],
    ['param a = 5 in 1..10 step 0', ['E0147 1..10 step 0']],
    ['param a = "x" of "y", "z"', ['E0148 "x"']],
    ['param a: ratio = 5', ['E0404 5']],
    ['param a: bars = 2.5', ['E0407 2.5']],
    ['param a: num = 5%', ['E0405 5%']],
    ['param a: duration = 5', ['E0411 5']],
    ['param a: prce = 5', ['E0139 prce']],
    ['param a = 5 in 1..10\nparam b = 3 in 1..10\nrequire a < b', ['E0149 a < b']],
    ['param a = 2 in 1..10\nparam b = 3 in 1..10\nrequire a < b', []],
    ['param a: price = 30000 in 1..100000\nparam d: duration = 4h\nparam on = true', []],
  ] as const)('%s', (body, problems) => {
    expect(complaints(body)).toEqual(problems);
  });
});
