import { describe, expect, it } from 'vitest';
import { complaints, facts, lowered, mended } from './support.ts';

const LABEL = 'label edge = ahead(close, 6) / close - 1\n';

describe('every way to look ahead is refused where it is written', () => {
  it.each([
    ['let x = close[-1]', 'E0302 -1'],
    ['param k: bars = 5 in -3..10\nlet x = close[k]', 'E0302 k'],
    ['let x = close[2 - 5]', 'E0302 2 - 5'],
    ['let x = returns(close, -1)', 'E0302 -1'],
    ['let x = ahead(close, 3)', 'E0303 ahead(close, 3)'],
    ['fn peek(x: num) -> num = ahead(x, 1)\nlet x = peek(close)', 'E0303 ahead(x, 1)'],
    ['let x = forward_return(5)', 'E0303 forward_return(5)'],
    ['let x = triple_barrier(up = 1, down = 1, within = 5)', 'E0303 triple_barrier(up = 1, down = 1, within = 5)'],
    ['let x = fill_price', 'E0130 fill_price'],
    ['let x = close - mean(close)', 'E0304 mean(close)'],
    ['let x = close / max(close)', 'E0304 max(close)'],
    ['let x = (close - lowest(close)) / close', 'E0304 lowest(close)'],
    ['let x = close / variance(close)', 'E0304 variance(close)'],
    [`${LABEL}signal s = edge > 0.8`, 'E0301 edge'],
    [`${LABEL}let y = edge * 2\nsignal s = y > 0`, 'E0301 edge'],
    [`${LABEL}when edge > 0 exit`, 'E0301 edge'],
    [`${LABEL}state s starts 0 then prev s + edge`, 'E0301 edge'],
    [`fn same(x: num) -> num = x\n${LABEL}let y = same(edge)`, 'E0301 edge'],
  ])('%s', (body, problem) => {
    expect(complaints(body)).toEqual([problem]);
  });

  it('turns a negative index round', () => {
    expect(mended('let x = close[-3]', 'E0302')).toBe('let x = close[3]');
  });

  it('gives a statistic of the whole file a length', () => {
    expect(mended('let x = close / max(close)', 'E0304')).toBe('let x = close / highest(close, 20)');
    expect(mended('let x = close - mean(close)', 'E0304')).toBe('let x = close - mean(close, 20)');
  });

  it('says how far a label reads', () => {
    expect(facts(`${LABEL}signal s = edge > 0.8`, 'E0301')).toMatchObject({
      name: 'edge',
      bars: 6,
      what: 'signal `s`',
    });
  });
});

describe('labels', () => {
  it.each([
    ['label x = ahead(close, 6) / close - 1', '(- (/ (ahead close 6) close) 1)'],
    ['label x = forward_return(7)', '(- (/ (ahead (ahead open 1) 7) (ahead open 1)) 1)'],
    ['execution { fill: this_close }\nlabel x = forward_return(7)', '(- (/ (ahead close 7) close) 1)'],
    ['fn later(src: num, n: bars) -> num = ahead(src, n)\nlabel x = later(close, 3)', '(ahead close 3)'],
  ])('%s', (body, form) => {
    expect(complaints(body)).toEqual([]);
    expect(lowered(body, 'x')).toBe(form);
  });
});

describe('lengths are known and bounded before the first bar', () => {
  it.each([
    ['let x = sma(close, bars_held)', 'E0601 bars_held'],
    ['let x = mean(close, round(volume / volume[1]))', 'E0601 round(volume / volume[1])'],
    ['param n: bars = 14\nlet x = sma(close, n)', 'E0601 n'],
    ['let x = close[bars_held]', 'E0601 bars_held'],
    ['let x = sma(close, volume)', 'E0405 volume'],
    ['let x = mean(close, 5%)', 'E0405 5%'],
    ['let x = sma(close, 0)', 'E0407 0'],
    ['let x = mean(close, 14 / 4)', 'E0407 14 / 4'],
    ['let x = close[1.5]', 'E0407 1.5'],
    ['let x = slope(close, 1)', 'E0407 1'],
    ['param n: bars = 14 in 0..20\nlet x = sma(close, n)', 'E0407 n'],
    ['param n = 14 in 5..20\nlet x = sma(close, n)', 'E0407 n'],
  ])('%s', (body, problem) => {
    expect(complaints(body)).toEqual([problem]);
  });

  it('follows the bounds of params through arithmetic', () => {
    expect(
      complaints('param n: bars = 14 in 5..20\nlet x = mean(close, round(n / 2)) + mean(close, 2 * n + 1)'),
    ).toEqual([]);
    expect(complaints('param n: bars = 14 in 5..20\nlet x = mean(close, n - 5)')).toEqual(['E0407 n - 5']);
    expect(complaints('param n: bars = 14\nlet x = mean(close, min(n, 50) + 100)')).toEqual(['E0601 min(n, 50) + 100']);
  });

  it('has a param declared as bars, or rounds', () => {
    expect(mended('param n = 14 in 5..20\nlet x = mean(close, n)', 'E0407')).toBe(
      'param n: bars = 14 in 5..20\nlet x = mean(close, n)',
    );
    expect(mended('let x = mean(close, 14 / 4)', 'E0407')).toBe('let x = mean(close, round(14 / 4))');
  });
});
