import { describe, expect, it } from 'vitest';
import { labelHorizon, toDiagnostic } from '../../../language/index.ts';
import { complaints, lowered, mended, program } from '../check/support.ts';

const AT_CLOSE = 'execution { fill: this_close  fee: 1bp  slippage: 1bp }\n';

function horizon(body: string, params: Readonly<Record<string, number>> = {}): number {
  const found = program(body);
  const [label] = found.labels;
  if (!label) throw new Error('no label');
  const values = new Map(found.params.map(({ name, value }) => [name, params[name] ?? value]));
  return labelHorizon(found, label, values);
}

describe('how far a label reads', () => {
  it.each([
    ['label y = forward_return(7)', 8],
    [`${AT_CLOSE}label y = forward_return(7)`, 7],
    ['label y = forward_return(1d)', 25],
    ['label y = ahead(close, 6) > fill_price', 6],
    ['label y = triple_barrier(3 * atr(24), 3 * atr(24), 24 bars)', 25],
    [`${AT_CLOSE}label y = triple_barrier(3 * atr(24), 3 * atr(24), 24 bars)`, 24],
    ['label y = triple_barrier(3 * atr(24), 2 * atr(24), 1d) is up', 25],
    ['label z = forward_return(3)\nlabel y = z - forward_return(9)', 4],
    ['label y = highest(ahead(close, 5), 5) / fill_price', 5],
    ['label y = quantile_class(forward_return(24), 3)', 25],
  ])('%s', (body, expected) => {
    expect(horizon(body)).toBe(expected);
  });

  it('depends on the params of a run', () => {
    const body = 'param n: bars = 5 in 1..50\nlabel y = forward_return(n)';
    expect([horizon(body), horizon(body, { n: 20 })]).toEqual([6, 21]);
  });
});

describe('a negative index', () => {
  const said = (body: string) =>
    program(body)
      .problems.filter(({ code }) => code === 'E0302')
      .map(problem => toDiagnostic(problem));

  it('in a label is a way to look ahead that has words of its own', () => {
    const [found] = said('label up = close[-6] > close');
    expect(found?.help).toContain('`ahead(x, 6)`');
  });

  it('elsewhere is mended by looking back', () => {
    const [found] = said('let up = close[-6] > close');
    expect(found?.help).toContain('look back with `[6]`');
    expect(found?.fix?.edits).toHaveLength(1);
  });
});

describe('labels', () => {
  it('are numbers, conditions or classes, and no streams to watch', () => {
    const { labels, streams } = program(
      'label a = forward_return(7)\nlabel b = forward_return(7) > 0\nlabel c = triple_barrier(1%, 1%, 24 bars)\nlabel d = quantile_class(forward_return(7), 3)',
    );
    expect(labels.map(({ name, base, categories, quantiles }) => [name, base, categories, quantiles])).toEqual([
      ['a', 'num', undefined, undefined],
      ['b', 'bool', undefined, undefined],
      ['c', 'category', ['up', 'flat', 'down'], undefined],
      ['d', 'category', ['q1', 'q2', 'q3'], true],
    ]);
    expect(streams).toEqual([]);
  });

  it('of quantiles are the number that will be cut', () => {
    expect(lowered('label y = quantile_class(close / open, 3)', 'y')).toBe('(/ close open)');
  });

  it.each([
    [
      'label y = triple_barrier(2 * open, 3 * open, 24 bars)',
      '(triple_barrier (ahead open 1) (* 2 open) (* 3 open) 24 1 open high low close)',
    ],
    [
      'label y = triple_barrier(1%, 2%, 24 bars, side = -1)',
      '(triple_barrier (ahead open 1) (* 0.01 (ahead open 1)) (* 0.02 (ahead open 1)) 24 -1 open high low close)',
    ],
  ])('%s', (body, form) => {
    expect(complaints(body)).toEqual([]);
    expect(lowered(body, 'y')).toBe(form);
  });

  it('close by the rule that the engine has for both barriers in one bar', () => {
    const rule = (more: string) =>
      program(`label y = triple_barrier(1%, 1%, 5)\n${more}`).nodes.find(({ op }) => op === 'triple_barrier')?.attrs
        .field;
    expect(rule('')).toBe('worst');
    expect(rule('execution { both_hit: best }')).toBe('best');
  });

  it.each([
    ['label y = triple_barrier(3, volume, 24 bars)', ['E0405 volume']],
    ['label y = triple_barrier(1%, 1%, 0)', ['E0407 0']],
    ['label y = triple_barrier(1%, 1%, volume)', ['E0601 volume']],
    ['label y = triple_barrier(1%, 1%, 24 bars, side = close > open)', ['E0402 close > open']],
    ['label y = triple_barrier(1%, 1%, 24 bars) is sideways', ['E0408 sideways']],
    ['label y = 1', ['E0412 1']],
    ['label y = quantile_class(forward_return(7), 1)', ['E0442 1']],
    ['label y = quantile_class(forward_return(7), 3) is q3', ['E0309 quantile_class(forward_return(7), 3)']],
    ['let y = quantile_class(close, 3)', ['E0303 quantile_class(close, 3)']],
    ['state n starts 0 then prev n + 1\nlabel y = forward_return(7) * n', ['E0308 n']],
    ['label y = forward_return(7) * (if position > 0 then 1 else 0)', ['E0306 position']],
  ])('%s', (body, expected) => {
    expect(complaints(body)).toEqual(expected);
  });
});

describe('a label that starts at another price than the fill', () => {
  const warned = (body: string) => program(body).problems.some(({ code }) => code === 'W0302');
  it.each([
    ['label y = ahead(close, 6) / close - 1', true],
    ['label y = ahead(close, 6) > close', true],
    ['label y = ahead(close, 6) / ahead(close, 1) - 1', true],
    ['label y = ahead(close, 6) / fill_price - 1', false],
    ['label y = forward_return(6) > 0', false],
    [`${AT_CLOSE}label y = ahead(close, 6) / close - 1`, false],
    [`${AT_CLOSE}label y = ahead(close, 6) / open - 1`, true],
    ['label y = triple_barrier(3 * atr(24), 3 * atr(24), 24 bars)', false],
  ])('%s', (body, expected) => {
    expect(warned(body)).toBe(expected);
  });

  it('is mended', () => {
    expect(mended('label y = ahead(close, 6) / close - 1', 'W0302')).toBe('label y = ahead(close, 6) / fill_price - 1');
  });
});
