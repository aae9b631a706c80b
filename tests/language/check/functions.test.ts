import { describe, expect, it } from 'vitest';
import { check } from '../../../language/check/check.ts';
import { complaints, HEAD, LIBRARY, lowered, program, tree, typeOf } from './support.ts';

describe('functions', () => {
  it.each([
    ['fn twice(x: num) -> num = x * 2\nlet x = twice(close)', '(* close 2)'],
    [
      'fn f(src: num, n: bars = 3) -> num = mean(src, n)\nlet x = f(close) + f(close, 5)',
      '(+ (mean close 3) (mean close 5))',
    ],
    ['fn f(src: num, n: bars) -> num = mean(src, n)\nlet x = f(n = 5, src = close)', '(mean close 5)'],
    ['fn f(n: bars) -> num = mean(close, n)\nlet x = f(2d)', '(mean close 48)'],
    ['fn f(a: num) -> (up, down) { let up = a + 1 let down = a - 1 }\nlet x = f(close).down', '(- close 1)'],
    ['fn f(a: num) -> num { let b = a + 1 let c = b * 2 }\nlet x = f(close)', '(* (+ close 1) 2)'],
    ['fn f(a: num) -> num = g(a) + 1\nfn g(a: num) -> num = a * 2\nlet x = f(close)', '(+ (* close 2) 1)'],
    ['let k = 3\nfn f(a: num) -> num = a * k\nlet x = f(close)', '(* close 3)'],
    ['fn hot(level: num) -> bool = close > level\nlet x = hot(30000)', '(> close 30000)'],
  ])('%s', (body, form) => {
    expect(lowered(body, 'x')).toBe(form);
  });

  it('checks the body for the unit of each call', () => {
    const body = 'fn f(a: num, n: bars) -> num = mean(a, n)\nlet x = f(close, 3)\nlet y = f(volume, 3)';
    expect(typeOf(body, 'x')).toBe('a price in USDT per BTC @base');
    expect(typeOf(body, 'y')).toBe('an amount of BTC @base');
  });

  it('gives a result the kind that is stated', () => {
    expect(typeOf('fn f(a: num) -> index = 100 * a / a[1]\nlet x = f(close)', 'x')).toBe('an index of 0 to 100 @base');
  });

  it.each([
    ['fn f(x: num) -> num = f(x)', 'E0502 f'],
    ['fn f(x: num) -> num = g(x)\nfn g(x: num) -> num = f(x)\nlet y = f(close)', 'E0502 f'],
    ['fn f(x: prce) -> num = x', 'E0139 prce'],
    ['fn f(x: price) -> num = x\nlet y = f(volume)', 'E0405 volume'],
    ['fn f(x: ratio) -> num = x\nlet y = f(20)', 'E0404 20'],
    ['fn f(x: bool) -> num = if x then 1 else 0\nlet y = f(close)', 'E0403 close'],
    ['fn f(x: num) -> ratio = x\nlet y = f(close)', 'E0405 x'],
    ['fn f(x: num) -> bool = x\nlet y = f(close)', 'E0403 x'],
    ['fn f(x: num) -> (a, b) { let a = x }', 'E0145 b'],
    ['fn f(x: num) -> num { let a = x let a = 2 }', 'E0131 a'],
    ['fn unused(x: price) -> num = x + volume', 'E0401 x + volume'],
    ['fn f(x: num) -> num = x\nfn f(y: num) -> num = y', 'E0131 f'],
    ['fn f(x: num) -> num { let a = b let b = a }\nlet y = f(close)', 'E0501 a'],
  ])('%s', (body, problem) => {
    expect(complaints(body)).toEqual([problem]);
  });

  it('shows a mistake inside a function there, with the call beside it, once', () => {
    const { problems } = program('fn f(x: num) -> num = x + volume\nlet a = f(close)\nlet b = f(close) + f(open)');
    const [only, ...others] = problems.filter(({ code }) => code === 'E0401');
    expect(others).toEqual([]);
    expect(only?.related?.map(({ message, span }) => `${message}: ${text(span)}`)).toEqual(['called here: f(close)']);
    function text(span: { start: number; end: number }) {
      return only?.file.text.slice(span.start, span.end);
    }
  });

  it('shows a mistake inside the library at the argument that causes it', () => {
    const [problem] = program('let x = sma(close, 0)').problems.filter(({ code }) => code === 'E0407');
    expect(problem?.file.name).toBe('test.vela');
    expect(problem?.facts).toMatchObject({ inside: 'sma', what: '`sma`', text: '0' });
    expect(problem?.related?.[0]?.file.name).toMatch(/^averages|\.vela$/);
    expect(problem?.fix).toBeUndefined();
  });

  it('gives each call its own state, and equal calls the same', () => {
    const fn = 'fn rising(x: num) -> num { state n starts 0 then if x > x[1] then prev n + 1 else 0 }\n';
    const { states } = program(`${fn}let a = rising(close)\nlet b = rising(open)`);
    expect(states.map(({ name }) => name)).toEqual(['rising.n', 'rising.n']);
    const shared = program(`${fn}let x = close\nlet a = rising(x)\nlet b = rising(x)`);
    expect(shared.states).toHaveLength(1);
  });

  it('refuses functions that double at every call, before they fill the memory', () => {
    const doubling = Array.from({ length: 40 }, (_, i) => `fn f${i + 1}(x: num) -> num = f${i}(x) + f${i}(x + 1)`);
    const body = `fn f0(x: num) -> num = x\n${doubling.join('\n')}\nlet y = f40(close)`;
    expect(complaints(body)).toEqual(['E0603 f40(close)']);
  });
});

describe('used files', () => {
  const stops = tree(
    'param wide = 3.0 in 1.0..5.0\nclock week = 1w\nfn far(n: bars) -> price = wide * atr(n)',
    'stops.vela',
  );
  const checked = (body: string, modules: readonly (readonly [string, ReturnType<typeof tree>])[]) =>
    check(tree(HEAD + body), { library: LIBRARY, modules: new Map(modules) });
  const codes = (program: ReturnType<typeof checked>) =>
    program.problems
      .filter(({ code }) => code.startsWith('E'))
      .map(({ code, facts }) => `${code} ${facts.path ?? facts.field ?? ''}`);

  it('brings functions and params under a name', () => {
    const used = checked('use "stops.vela" as stops\nlet x = close - stops.far(14) * stops.wide', [
      ['stops.vela', stops],
    ]);
    expect(codes(used)).toEqual([]);
    expect(used.params.map(({ name }) => name)).toEqual(['stops.wide']);
    expect(used.clocks.map(({ name }) => name)).toEqual([undefined, 'day', 'stops.week']);
    expect(used.files.at(-1)?.name).toBe('stops.vela');
  });

  it.each([
    ['use "stop.vela" as stops\nlet x = stops.far(14)', ['E0140 stop.vela']],
    ['use "stops.vela" as stops\nlet x = stops.near(14)', ['E0137 near']],
    ['use "stops.vela" as stops\nlet x = stops.narrow', ['E0137 narrow']],
    ['use "a.vela" as a', ['E0141 a.vela → b.vela → a.vela']],
    ['use "let.vela" as a', ['E0142 let.vela']],
  ] as const)('%s', (body, expected) => {
    const modules = [
      ['stops.vela', stops],
      ['a.vela', tree('use "b.vela" as b', 'a.vela')],
      ['b.vela', tree('use "a.vela" as a', 'b.vela')],
      ['let.vela', tree('let x = close', 'let.vela')],
    ] as const;
    expect(codes(checked(body, modules))).toEqual(expected);
  });
});
