import { describe, expect, it } from 'vitest';
import { check } from '../../../language/check/check.ts';
import { parse } from '../../../language/syntax/parse.ts';
import { complaints, facts, HEAD, LIBRARY, mended, program } from './support.ts';

describe('names', () => {
  it.each([
    ['let x = clse', ['E0130 clse']],
    ['let x = rsii(close, 14)', ['E0130 rsii']],
    ['let x = ends(dya)', ['E0130 dya']],
    ['at dy { let x = close }', ['E0130 dy']],
    ['when up exit', ['E0130 up']],
    ['plot sma(close, 20), clsoe on price', ['E0130 clsoe']],
    ['let x = 1  let x = 2', ['E0131 x']],
    ['let x = sma', ['E0132 sma']],
    ['let x = day', ['E0132 day']],
    ['let x = close(3)', ['E0132 close']],
    ['let x = sma(20)', ['E0133 sma(20)']],
    ['let x = sma(close)', ['E0304 sma(close)']],
    ['let x = ema(close, 20, 3)', ['E0134 3']],
    ['let x = sma(close, length = 3)', ['E0135 length']],
    ['let x = sma(close, 20, n = 3)', ['E0136 n = 3']],
    ['let x = closed.profits', ['E0137 profits']],
    ['let x = close.high', ['E0137 high']],
    ['let x = bollinger(close, 20, 2).uper', ['E0137 uper']],
    ['let x = bollinger(close, 20, 2) + 1', ['E0138 bollinger(close, 20, 2)']],
    ['let close = 5', ['E0144 close']],
    ['let x = funding', ['E0150 funding']],
    ['let x = "a"', ['E0151 "a"']],
    ['let x = 2023-12-31', ['E0151 2023-12-31']],
    ['let x = stops.wide(3)', ['E0130 stops']],
  ] as const)('%s', (body, expected) => {
    expect(complaints(body)).toEqual(expected);
  });

  it('suggests a name of the right type', () => {
    const two = 'let quick = sma(close, 20)\nsignal quid = close > open\n';
    expect(facts(`${two}signal s = quic and close > 1`, 'E0130').suggestion).toBe('quid');
    expect(facts(`${two}let s = quic + 1`, 'E0130').suggestion).toBe('quick');
    expect(facts('let x = smaa(close, 20)', 'E0130').suggestion).toBe('sma');
    expect(facts('let x = sma(close, 20, nn = 3)', 'E0135').suggestion).toBe('n');
  });

  it('mends a misspelt name', () => {
    expect(mended('let x = clse + 1', 'E0130')).toBe('let x = close + 1');
  });

  it('keeps values and functions apart', () => {
    expect(complaints('let rsi = rsi(close, 14)\nsignal s = rsi > 70')).toEqual([]);
  });

  it('prefers the functions of the strategy to those of the library', () => {
    expect(complaints('fn sma(x: num) -> num = x\nlet y = sma(close)')).toEqual([]);
  });

  it('does not need an order', () => {
    expect(complaints('signal s = a > b\nlet a = b + 1\nlet b = close')).toEqual([]);
  });

  it('reports each of several mistakes, and nothing that follows from one', () => {
    const body = `
      let a = clse
      let b = a + 1
      signal s = b > c
      let c = close + volume
      let d = c * 2
      when s enter long { size: 5% of equity }
      when sma(close, 0) > d exit`;
    expect(complaints(body)).toEqual(['E0130 clse', 'E0401 close + volume', 'E0407 0']);
  });

  it('is silent about names that a broken line would have declared', () => {
    const text = `${HEAD}let a = close +\nlet b = a * 2\nfn f(x: num) -> num = ]\nlet c = f(b)\n`;
    const { tree, problems } = parse({ name: 'broken.vela', text, form: 'vela' });
    expect(problems).toHaveLength(2);
    expect(check(tree, { library: LIBRARY }).problems.filter(({ code }) => code.startsWith('E'))).toEqual([]);
  });

  it('asks for what every strategy has', () => {
    expect(complaints('let x = close', 'strategy "empty"\n')).toEqual(['E0143 "empty"', 'E0143 "empty"']);
  });

  it('lists what can be watched in file order, also inside `at` and of functions with several results', () => {
    const { streams } = program(
      'let k = 2\nat day { let span = atr(20) }\nlet bands = bollinger(close, 20, k)\nsignal s = close > bands.upper',
    );
    expect(streams.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'let span',
      'let bands.upper',
      'let bands.middle',
      'let bands.lower',
      'signal s',
    ]);
  });
});
