import { describe, expect, it } from 'vitest';
import { complaints, program } from './support.ts';

const UNIVERSE = 'strategy "many"\nuniverse majors = "BTC/USDT", "ETH/USDT" on binance\nevery 1d\n';
const notYet = (body: string, head?: string) => program(body, head).notYet.map(({ what }) => what);

const MODEL = `
features x across majors { mom = rank(close[21] / close[126] - 1)  vol = zscore(stdev(returns(close), 20)) }
label edge = rank(forward_return(7)) across majors
model gbm = xgboost learn edge from x { max_depth: 5 }
train gbm walk_forward { window: 2y }
`;

describe('declarations whose meaning comes later', () => {
  it('are checked without complaint when they are right, and say that they cannot run', () => {
    const body = `${MODEL}
      let pick = rank(predict(gbm, x)) across majors
      let want = (if pick >= 0.6 then 1 else 0) / stdev(returns(close), 60)
      rebalance every 1w to scale(want, gross = 100%) across majors { band: 1% }`;
    expect(complaints(body, UNIVERSE)).toEqual([]);
    expect(new Set(notYet(body, UNIVERSE))).toEqual(
      new Set([
        'a universe of instruments',
        'a block of features',
        'a cross-section of a universe',
        'a label',
        'a model',
        'the training of a model',
        '`predict`, the forecast of a model',
        'a portfolio (`rebalance`)',
      ]),
    );
  });

  it.each([
    ['features x across majrs { a = close }', ['E0130 majrs']],
    ['features x { a = close + volume  a = close }', ['E0401 close + volume', 'E0131 a']],
    ['features x { a = equity / 2 }', ['E0306 equity']],
    [`${MODEL}signal s = edge > 0.5`, ['E0301 edge']],
    [`${MODEL}let p = predict(gbn, x)`, ['E0130 gbn']],
    [`${MODEL}let p = predict(gbm, y)`, ['E0130 y']],
    [`${MODEL}let p = likeliest(gbm)`, ['E0151 likeliest(gbm)']],
    ['model m = xgboost learn edge from x {}', ['E0130 edge', 'E0130 x']],
    ['train m walk_forward {}', ['E0130 m']],
    ['let a = rank(close) across minors', ['E0130 minors']],
    ['let a = rank(close > 1)', ['E0402 close > 1']],
    ['rebalance every 1w to rank(clse) across majors', ['E0130 clse']],
  ] as const)('%s', (body, expected) => {
    expect(complaints(body, UNIVERSE)).toEqual(expected);
  });

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
    ['let x = config.entry_threshold > 0.5', []],
  ] as const)('%s', (body, expected) => {
    expect(complaints(body)).toEqual(expected);
  });

  it('types several instruments, each with its own prices', () => {
    const head =
      'strategy "two"\ninstrument spot = "BTC/USDT" on binance\ninstrument perp = "ETH/USDT:USDT" on binance\nevery 1h\n';
    expect(complaints('let x = perp.close / spot.close\nlet y = perp.funding', head)).toEqual([]);
    expect(complaints('let x = perp.close - spot.close', head)).toEqual(['E0401 perp.close - spot.close']);
    expect(complaints('let x = perp.clsoe', head)).toEqual(['E0137 clsoe']);
    expect(complaints('let x = close', head)).toEqual(['E0132 close']);
    expect(complaints('let x = equity', head)).toEqual([]);
    expect(notYet('let x = perp.close', head)).toEqual(['a strategy with several instruments']);
  });
});
