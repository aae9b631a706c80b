import { describe, expect, test } from 'vitest';
import { expressionOf, grouped, parseVela, shown } from '../../support/parse.ts';

describe('precedence', () => {
  test.each([
    ['a + b * c', '(a + (b * c))'],
    ['a - b - c', '((a - b) - c)'],
    ['a / b / c', '((a / b) / c)'],
    ['a mod b * c', '((a mod b) * c)'],
    ['a * b of c', '(a * (b of c))'],
    ['a of b of c', '(a of (b of c))'],
    ['-a of b', '((- a) of b)'],
    ['a ^ b ^ c', '(a ^ (b ^ c))'],
    ['-a ^ b', '(- (a ^ b))'],
    ['a ^ -b', '(a ^ (- b))'],
    ['-a + b', '((- a) + b)'],
    ['prev a + b', '((prev a) + b)'],
    ['prev a[1]', '(prev a[1])'],
    ['-prev a', '(- (prev a))'],
    ['not a > b and c', '((not (a > b)) and c)'],
    ['a or b and c', '(a or (b and c))'],
    ['a or else b or c', '(a or else (b or c))'],
    ['a or else b or else c', '((a or else b) or else c)'],
    ['a + b crosses above c * d', '((a + b) crosses above (c * d))'],
    ['a > b and c crosses below d', '((a > b) and (c crosses below d))'],
    ['a between b + 1 and c and d', '((a between (b + 1) and c) and d)'],
    ['a is up and b', '((a is up) and b)'],
    ['not a is up', '(not (a is up))'],
    ['rank(a) + 1 across u', '((rank(a) + 1) across u)'],
    ['if a then b else c + 1', '(if a then b else (c + 1))'],
    ['if a then b else if c then d else e', '(if a then b else (if c then d else e))'],
    ['1 + if a then b else c or d', '(1 + (if a then b else (c or d)))'],
    ['2 * n bars', '(2 * (n bars))'],
    ['(base * 1.4) quote', '((base * 1.4) quote)'],
    ['prev n bars', '(prev (n bars))'],
    ['a.b(c).d[1].e', 'a.b(c).d[1].e'],
    ['(a + b)[2]', '(a + b)[2]'],
    ['0.5% of equity * 2', '((0.5% of equity) * 2)'],
  ])('%s', (text, expected) => {
    expect(grouped(text)).toBe(expected);
  });
});

describe('operands', () => {
  test.each([
    ['5%', { kind: 'number', value: 5, suffix: '%' }],
    ['25bp', { kind: 'number', value: 25, suffix: 'bp' }],
    ['1e-6', { kind: 'number', value: 1e-6 }],
    ['20e6', { kind: 'number', value: 20e6 }],
    ['3mo', { kind: 'duration', duration: { count: 3, unit: 'mo' } }],
    ['100ms', { kind: 'duration', duration: { count: 100, unit: 'ms' } }],
    ['2023-12-31', { kind: 'date', text: '2023-12-31' }],
    ['absent', { kind: 'absent' }],
    ['"a\\"b\\\\\\n"', { kind: 'string', value: 'a"b\\\n' }],
    ['1 bar', { kind: 'suffixed', value: { kind: 'number', value: 1 }, suffix: 'bars' }],
    ['1000 quote', { kind: 'suffixed', value: { kind: 'number', value: 1000 }, suffix: 'quote' }],
    ['model', undefined],
  ])('%s', (text, expected) => {
    if (expected === undefined) expect(() => expressionOf(text)).toThrow();
    else expect(expressionOf(text)).toEqual(expected);
  });

  test('`now` is a call, named arguments may be reserved words', () => {
    expect(expressionOf('now(x)')).toMatchObject({ kind: 'call', callee: { text: 'now' } });
    expect(expressionOf('sum(x, across = pairs)')).toMatchObject({ arguments: [{}, { name: { text: 'across' } }] });
  });

  test('the configured model may be named inside parentheses', () => {
    expect(grouped('predict(model).up')).toBe('predict(model).up');
  });

  test('words with a meaning elsewhere are names', () => {
    expect(grouped('step + base * keep - first')).toBe('((step + (base * keep)) - first)');
    expect(grouped('exit > long')).toBe('(exit > long)');
  });

  test('2023-12-31 is a date, 2023 - 12 - 31 a number', () => {
    expect(grouped('2023 - 12 - 31')).toBe('((2023 - 12) - 31)');
  });
});

describe('mistakes', () => {
  test.each([
    ['a < b < c', 'E0110', '<'],
    ['a = b', 'E0111', '='],
    ['a between b', 'E0113', 'between'],
    ['a crosess above b', 'E0101', 'crosess'],
    ['.5 + a', 'E0109', '.5'],
    ['1.5h', 'E0109', '1.5h'],
    ['5x', 'E0109', '5x'],
    ['1_000', 'E0109', '1_000'],
    ['12_345.5 + a', 'E0109', '12_345'],
    ['1_000% + a', 'E0109', '1_000%'],
    ['20bps', 'E0109', '20bps'],
    ['1e999', 'E0109', '1e999'],
    ['a && b', 'E0108', '&&'],
    ["'x'", 'E0108', "'x'"],
    ['a; ', 'E0108', ';'],
    ['"open', 'E0106', '"open'],
    ['"bad \\q"', 'E0107', '\\q'],
    ['2023-02-30', 'E0114', '2023-02-30'],
    ['f(a', 'E0104', '('],
    ['f(a))', 'E0105', ')'],
    ['a +', 'E0102', ''],
    ['a b', 'E0101', 'b'],
    ['a + * b', 'E0101', '*'],
    ['if', 'E0102', ''],
    ['if = 3', 'E0101', '='],
  ])('%s is %s', (text, code, span) => {
    expect(shown(parseVela(`let x = ${text}\n`).problems).map(problem => problem.slice(0, 2))).toEqual([[code, span]]);
  });

  test('depth and length are limited, not the stack', () => {
    const limited = (text: string) => parseVela(`let x = ${text}`).problems.map(({ code }) => code);
    expect(limited(`${'('.repeat(20_000)}a${')'.repeat(20_000)}`)).toEqual(['E0117']);
    expect(limited(`${'if a then '.repeat(5000)}b`)).toEqual(['E0117']);
    expect(limited(`${'not '.repeat(50_000)}a`)).toEqual(['E0117']);
    expect(limited(`${'prev '.repeat(50_000)}a`)).toEqual(['E0117']);
    expect(limited(`a${' + a'.repeat(20_000)}`)).toEqual(['E0117']);
    expect(limited(`a${' ^ a'.repeat(400)}`)).toEqual([]);
    expect(limited(`${'('.repeat(60)}a${')'.repeat(60)}`)).toEqual([]);
    expect(limited(`a${'[1]'.repeat(50_000)}`)).toEqual(['E0117']);
    expect(limited(`f(${'a, '.repeat(5000)}a)`)).toEqual([]);
  });
});
