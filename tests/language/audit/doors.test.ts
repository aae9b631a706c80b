/**
 * A label, and the strategy's own account, at every door of a model: directly, through a `let`, a function, a state, a used
 * file or another model's features. Each combination of door and place is refused, by the code of what leaks.
 */
import { describe, expect, it } from 'vitest';
import type { Tree } from '../../../language/index.ts';
import { parse } from '../../../language/syntax/parse.ts';
import { checkText } from '../../support/language.ts';

const HEAD = 'strategy "Doors"\ninstrument "BTC/USDT" on binance\nevery 1h\n';
const UNIVERSE = 'strategy "Doors"\nuniverse majors = "BTC/USDT", "ETH/USDT" on binance\nevery 1d\n';
const DATA = 'features x { r = close / close[5] }\nlabel win = forward_return(6) > 0\nlabel edge = forward_return(6)\n';
const TRAIN = 'train m walk_forward { window: 2y  retrain: 3mo }\n';
const MODEL = `model m = xgboost learn win from x {}\n${TRAIN}`;
const LIB: Tree = parse({
  name: 'lib.vela',
  text: 'fn ahead_by(src: num, n: bars) -> num = ahead(src, n)\nfn same(src: num) -> num = src\nfn mine() -> num = profit or else 0\n',
  form: 'vela',
}).tree;

function codes(text: string): readonly string[] {
  const { diagnostics } = checkText(text, { modules: new Map([['lib.vela', LIB]]) });
  return [...new Set(diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code))];
}

/** How a number may come by a value that it must not have: lines before it, then the number itself. */
interface Door {
  readonly lines: string;
  readonly value: string;
}
const doorsOf = (leak: string): Readonly<Record<string, Door>> => ({
  directly: { lines: '', value: leak },
  'through a let': { lines: `let a = ${leak}\n`, value: 'a' },
  'through two lets': { lines: `let a = ${leak}\nlet b = a * 2\n`, value: 'b' },
  'through a function': { lines: `fn f() -> num = ${leak}\n`, value: 'f()' },
  'through an argument': { lines: 'fn f(v: num) -> num = v + 1\n', value: `f(${leak})` },
  'through a state': { lines: `state s starts 0 then 0.5 * prev s + ${leak}\n`, value: 's' },
  'through a state of a function': {
    lines: `fn f(v: num) -> num { state s starts 0 then 0.5 * prev s + v }\n`,
    value: `f(${leak})`,
  },
  'through a used file': { lines: 'use "lib.vela" as lib\n', value: `lib.same(${leak})` },
  'through a window': { lines: '', value: `mean(${leak}, 5)` },
  'through a choice': { lines: '', value: `(if close > open then ${leak} else 0)` },
  'through an older value': { lines: '', value: `(${leak})[3]` },
});

const PLACES: Readonly<Record<string, (value: string) => string>> = {
  'a feature': value => `features y { e = ${value} }\nmodel n = xgboost learn win from y {}\n`,
  '`when` of a model': value => `model n = xgboost learn win from x when ${value} > 0 {}\n`,
  '`weight` of a model': value => `model n = xgboost learn win from x { weight: ${value} }\n`,
  '`weight` of a model, among others': value =>
    `model n = xgboost learn win from x { weight: uniqueness(win) * (${value}) * decay(180d) }\n`,
  'a feature beside a forecast': value =>
    `${MODEL}features y { p = predict(m)  e = ${value} }\nmodel n = xgboost learn win from y {}\n`,
};
const TRADED: Readonly<Record<string, (value: string) => string>> = {
  'a rule': value => `when ${value} > 0 exit\n`,
  'a weight of a portfolio': value => `rebalance every 1d to ${value}\n`,
  'the instants of a portfolio': value => `rebalance when ${value} > 0 to 50%\n`,
  'the band of a drift': value => `risk { pause 5 bars when ${value} > 0 }\n`,
};

describe('a label is refused', () => {
  for (const [door, { lines, value }] of Object.entries(doorsOf('edge')))
    for (const [place, make] of Object.entries({ ...PLACES, ...TRADED }))
      it(`${door}, in ${place}`, () => {
        expect(codes(HEAD + DATA + lines + make(value))).toEqual(['E0301']);
      });

  it('through a function that looks ahead, wherever it is called', () => {
    const use = 'use "lib.vela" as lib\n';
    for (const make of Object.values({ ...PLACES, ...TRADED }))
      expect(codes(HEAD + DATA + use + make('lib.ahead_by(close, 3) / close'))).toEqual(['E0303']);
  });

  it('as a forecast: `predict` names a model, never a label', () => {
    expect(codes(`${HEAD}${DATA}let p = predict(edge)`)).toEqual(['E0151', 'E0301']);
  });

  it('across the members of a universe', () => {
    const data =
      'features x { r = rank(close) }\nlabel edge = rank(forward_return(7))\nmodel m = xgboost learn edge from x {}\n';
    for (const more of [
      'features y { e = rank(edge) }\n',
      'let a = demean(edge)\nfeatures y { e = a }\n',
      'rebalance every 1w to scale(edge) across majors\n',
      'rebalance when mean(edge) > 0 to 50% across majors\n',
    ])
      expect(codes(UNIVERSE + data + TRAIN + more)).toEqual(['E0301']);
  });

  it('but may be learned from, built on by labels, and named by `uniqueness`', () => {
    const body = `label both = edge > 0 and win\nmodel m = xgboost learn both from x { weight: uniqueness(edge) }\n${TRAIN}when predict(m) > 0.6 exit\n`;
    expect(codes(HEAD + DATA + body)).toEqual([]);
  });
});

describe("the strategy's own account is refused", () => {
  const account = { ...PLACES, 'a label': (value: string) => `label y = forward_return(6) * (1 + ${value})\n` };
  for (const leak of ['equity / 10000', '(profit or else 0)'])
    for (const [door, { lines, value }] of Object.entries(doorsOf(leak)))
      for (const [place, make] of Object.entries(account))
        it(`${leak} ${door}, in ${place}`, () => {
          expect(codes(HEAD + DATA + lines + make(value))).toContain('E0306');
        });

  it('through a function of a used file', () => {
    const use = 'use "lib.vela" as lib\n';
    for (const make of Object.values(account)) expect(codes(HEAD + DATA + use + make('lib.mine()'))).toEqual(['E0306']);
  });

  it('where members are chosen by it', () => {
    const head = 'strategy "top"\nuniverse top = "*/USDT" on binance { pick: 20 by equity  every: 1w }\nevery 1d\n';
    expect(codes(head)).toEqual(['E0306']);
  });
});

describe('what never settles is refused', () => {
  const lines = 'state counted starts 0 then prev counted + 1\n';
  const settled = { ...PLACES, 'a label': (value: string) => `label y = forward_return(6) * ${value}\n` };
  for (const [place, make] of Object.entries(settled))
    it(`in ${place}`, () => {
      expect(codes(HEAD + DATA + lines + make('counted'))).toEqual(['E0308']);
      expect(codes(HEAD + DATA + make('obv() / volume'))).toEqual(['E0308']);
    });

  it('but a rule may read it', () => {
    expect(codes(`${HEAD}${lines}when counted > 100 exit\n`)).toEqual([]);
  });
});

describe('a model that has seen later bars is refused', () => {
  const folded = `${DATA}model m = xgboost learn win from x {}\ntrain m purged_kfold { folds: 5 }\n`;
  const forecast = 'predict(m)';
  for (const [door, { lines, value }] of Object.entries(doorsOf(forecast)))
    for (const [place, make] of Object.entries(TRADED))
      it(`${door}, in ${place}`, () => {
        expect(codes(HEAD + folded + lines + make(value))).toEqual(['E0307']);
      });
});
