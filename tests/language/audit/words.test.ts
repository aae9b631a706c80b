/** Words of language.md §2 that are made of others by the checker: what they give, by hand. */
import { describe, expect, it } from 'vitest';
import type { BarColumns } from '../../../runtime/data/series.ts';
import { evaluate } from '../../support/evaluate.ts';
import { checkText, codesOf } from '../../support/language.ts';

const NONE = Number.NaN;

function bars(close: readonly number[]): BarColumns {
  const column = Float64Array.from(close);
  return { open: column, high: column, low: column, close: column, volume: column.map(() => 1) };
}

function values(expression: string, close: readonly number[]): readonly number[] {
  return [...(evaluate([expression], bars(close))[0] ?? [])];
}

/** What the signal of a condition is: unknown is false. */
const whether = (condition: string, close: readonly number[]) => values(`if ${condition} then 1 else 0`, close);

describe('`need = k`: a window over the ticks that are present', () => {
  const holes = [1, NONE, 3, NONE, NONE, 6, 7, 8];
  it.each([
    ['mean(close, 3, need = 2)', [NONE, NONE, 2, NONE, NONE, NONE, 6.5, 7]],
    ['mean(close, 3, need = 1)', [NONE, NONE, 2, 3, 3, 6, 6.5, 7]],
    ['sma(close, 3, need = 2)', [NONE, NONE, 2, NONE, NONE, NONE, 6.5, 7]],
    ['sma(close, 3, need = 3)', [NONE, NONE, NONE, NONE, NONE, NONE, NONE, 7]],
    ['sma(close, 3)', [NONE, NONE, NONE, NONE, NONE, NONE, NONE, 7]],
    ['sum(close, 3, need = 1)', [NONE, NONE, 4, 3, 3, 6, 13, 21]],
    ['highest(close, 3, need = 1)', [NONE, NONE, 3, 3, 3, 6, 7, 8]],
    ['lowest(close, 3, need = 2)', [NONE, NONE, 1, NONE, NONE, NONE, 6, 6]],
    ['plain(count(close > 2, 3, need = 1))', [NONE, NONE, 1, 1, 1, 1, 2, 3]],
  ])('%s', (expression, expected) => {
    expect(values(expression, holes)).toEqual(expected);
  });

  it('is a number of bars, at least one', () => {
    const of = (need: string) => codesOf(`${HEAD}let x = mean(close, 20, need = ${need})`);
    expect(of('0')).toContain('E0407');
    expect(of('1.5')).toContain('E0407');
    expect(of('bars_held')).toContain('E0601');
    expect(of('close > open')).toContain('E0402');
    expect(codesOf(`${HEAD}let x = median(close, 20, need = 5)`)).toContain('E0135');
  });
});

const HEAD = 'strategy "words"\ninstrument "BTC/USDT" on binance\nevery 1h\n';

describe('`changed(x)`', () => {
  it('of a number, unknown where one of the two is', () => {
    expect(whether('changed(close)', [1, 1, 2, 2, NONE, 2, 2])).toEqual([NONE, 0, 1, 0, NONE, NONE, 0]);
  });
  it('of a condition', () => {
    expect(whether('changed(close > 2)', [1, 3, 4, 1, NONE, 1, 3])).toEqual([NONE, 1, 0, 1, NONE, NONE, 1]);
  });
  it('of a category', () => {
    expect(codesOf(`${HEAD}let turned = changed(side)\nwhen turned exit`)).not.toContain('E0402');
  });
});

describe('`bar`', () => {
  it('is true at each tick that has one', () => {
    expect(whether('bar', [1, NONE, 3])).toEqual([1, 0, 1]);
    expect(values('plain(count(bar, 3))', [1, NONE, 3, 4])).toEqual([NONE, NONE, 2, 2]);
  });
});

describe('trigonometry', () => {
  it('cos is the sine of a quarter turn later', () => {
    values('cos(plain(close))', [0, 1, Math.PI, -2.5]).forEach((value, index) => {
      expect(value).toBeCloseTo(Math.cos([0, 1, Math.PI, -2.5][index] ?? 0), 14);
    });
  });
});

describe('since an event', () => {
  it('only what is definitely true is one', () => {
    const close = [1, 3, NONE, 2, 5];
    expect(values('plain(bars_since(close > 2))', close)).toEqual([NONE, 0, 1, 2, 0]);
    expect(values('value_when(close, close > 2)', close)).toEqual([NONE, 3, 3, 3, 5]);
    expect(values('highest_since(close, close > 4)', close)).toEqual([NONE, NONE, NONE, NONE, 5]);
    expect(values('lowest_since(close, close > 2)', close)).toEqual([NONE, 3, 3, 2, 5]);
  });
});

describe('help', () => {
  const helpOf = (body: string) => checkText(HEAD + body).diagnostics.map(({ help }) => help)[0];
  it('names what a state that reads itself means', () => {
    expect(helpOf('state s starts 0 then s + 1')).toBe('what it held a bar before is `prev s`');
  });
  it('says how fast ticks are added up over a slower clock', () => {
    expect(helpOf('clock day = 1d\nlet x = resample(volume, day)')).toContain('`sample(total, day)`');
  });
});
