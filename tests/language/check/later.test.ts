import { describe, expect, it } from 'vitest';
import { complaints, program } from './support.ts';

const UNIVERSE = 'strategy "many"\nuniverse majors = "BTC/USDT", "ETH/USDT" on binance\nevery 1d\n';
const notYet = (body: string, head?: string) => program(body, head).notYet.map(({ what }) => what);

describe('declarations whose meaning comes later', () => {
  it.each([
    ['while close > open keep buy 5% of equity at limit close - volume', ['E0401 close - volume']],
    ['while close keep buy 5% of equity at limit close * 0.99', ['E0403 close']],
    ['while close > 1 keep buy 5% of equity at limit close * (1 - k * 1%) for k in 1..5', []],
    ['session ny = "09:30-16:00" in "America/New_York" on mon..fri\nlet x = active(ny) and new(ny)', []],
    ['input fng: index every 1d from "fng" { lag: 1h }\nlet x = latest(fng) > 50', []],
    ['input fng: index every 1d from "fng" { lag: 1h }\nlet x = rsi(close, 14) > fng', ['E0201 rsi(close, 14) > fng']],
    ['test "up" { given let a = close  expect a > open  expect a + 1 }', ['E0403 a + 1']],
    ['let x = open_interest', ['E0150 open_interest']],
    ['let x = rank(close)', ['E0210 rank(close)']],
  ] as const)('%s', (body, expected) => {
    expect(complaints(body)).toEqual(expected);
  });

  it.each([
    ['while close > open keep buy 5% of equity at limit close * 0.99', 'a standing order (`while … keep`)'],
    ['session ny = "09:30-16:00" in "America/New_York" on mon..fri', 'a session'],
    ['input fng: index every 1d from "fng" { lag: 1h }', 'an input beside the bars'],
    ['test "up" { given let a = close  expect a > open }', 'a test'],
  ])('%s', (body, what) => {
    expect(notYet(body)).toEqual([what]);
  });

  it.each([
    ['when close > close[20] exit across majors', 'a rule across a universe'],
    ['let x = rank(close, by = open)', 'a cross-section by groups'],
    ['rebalance every 1w to 50% across majors { legs: together }', '`legs: together`, orders that fill as one'],
    ['risk { cap gross at 100% of equity }', '`cap gross`'],
  ])('%s', (body, what) => {
    expect(complaints(body, UNIVERSE)).toEqual([]);
    expect(notYet(body, UNIVERSE)).toEqual([what]);
  });

  it('members that a rule chooses', () => {
    const head =
      'strategy "top"\nuniverse top = "*/USDT" on binance { pick: 20 by sma(volume, 30)  where: age > 90d  every: 1w }\nevery 1d\n';
    expect(complaints('', head)).toEqual([]);
    expect(notYet('', head)).toEqual(['a universe whose members are chosen by a rule']);
  });

  it('a rule for another instrument than the first', () => {
    const head = 'strategy "two"\ninstrument "BTC/USDT" on binance\ninstrument eth = "ETH/USDT" on binance\nevery 1h\n';
    expect(notYet('let x = close / eth.close', head)).toEqual([]);
    expect(notYet('when close > 1 exit', head)).toEqual([]);
    expect(notYet('when eth.close > 1 exit on eth', head)).toEqual(['a rule for another instrument than the first']);
  });
});
