import { describe, expect, it } from 'vitest';
import { complaints, facts, lowered, program, typeOf } from './support.ts';

describe('states', () => {
  it.each([
    ['state x starts 0 then prev x + 1', '(state#0 (state_prev#0 0) (+ (state_prev#0 0) 1))'],
    [
      'state x starts close then prev x reset when new(day)',
      '(state#0 (state_prev#0 close new:day) (state_prev#0 close new:day))',
    ],
    [
      'state a starts 0 then prev b + 1\nstate b starts 1 then prev a * 2\nlet x = a',
      '(state#0 (state_prev#0 0) (+ (state_prev#1 1) 1))',
    ],
    ['state a starts 0 then prev a + 1\nlet x = prev a', '(delay (state#0 (state_prev#0 0) (+ (state_prev#0 0) 1)) 1)'],
    [
      'state a starts 0 then prev a + 1\nstate x starts 0 then a',
      '(state#1 (state_prev#1 0) (state#0 (state_prev#0 0) (+ (state_prev#0 0) 1)))',
    ],
    [
      'state x starts 0 then max(prev x, prev close)',
      '(state#0 (state_prev#0 0) (max (state_prev#0 0) (delay close 1)))',
    ],
    [
      'fn f(v: num) -> num { state n starts 0 then prev n + v }\nlet x = f(2)',
      '(state#0 (state_prev#0 0) (+ (state_prev#0 0) 2))',
    ],
  ])('%s', (body, form) => {
    expect(complaints(body)).toEqual([]);
    expect(lowered(body, 'x')).toBe(form);
  });

  it('takes its unit from what it is updated with', () => {
    expect(typeOf('state hi starts absent then max(prev hi or else close, close)', 'hi')).toBe(
      'a price in USDT per BTC @base',
    );
    expect(typeOf('state n starts 0 then prev n + 1', 'n')).toBe('a plain number @base');
    expect(typeOf('state on starts false then close > open', 'on')).toBe('bool @base');
  });

  it('keeps slots in the order in which they are met, and knows which may be absent', () => {
    const { states } = program('state a starts absent then close\nat day { state b starts 0 then prev b + 1 }');
    expect(states).toEqual([
      { name: 'a', clock: 0, optional: true },
      { name: 'b', clock: 1, optional: false },
    ]);
  });

  it('does not need the other clock of two states that refer to each other', () => {
    expect(complaints('at day { state d starts 0 then prev d + 1 }\nstate s starts 0 then latest(prev d)')).toEqual([]);
  });
});

describe('cycles', () => {
  it.each([
    ['let a = b + 1\nlet b = c\nlet c = a + b', 'b → c → b'],
    ['let a = a + 1', 'a → a'],
    ['let a = prev a + 1', 'a → a'],
    ['let a = a[1] + 1', 'a → a'],
    ['state s starts 0 then s + 1', 's → s'],
    ['state a starts 0 then b + 1\nstate b starts 1 then a * 2', 'a → b → a'],
    ['state s starts 0 then prev s + 1 reset when s > 5', 'prev s → s → prev s'],
    ['let limit = prev s + 1\nstate s starts 0 then limit', 'limit → s → limit'],
    ['at day { let d = sample(x, day) }\nlet x = latest(d) + close', 'd → x → d'],
    ['fn f(v: num) -> num = v + a\nlet a = f(close)', 'f() → a → f()'],
    ['let a = b\nlet b = c\nlet c = d\nlet d = a\nlet e = f\nlet f = e', 'a → b → c → d → a'],
  ])('%s: %s', (body, path) => {
    expect(facts(body, 'E0501').path).toBe(path);
  });

  it('reports each cycle once, the shortest of those that share names, and nothing that reads them', () => {
    expect(complaints('let a = b\nlet b = a\nlet c = d\nlet d = c\nsignal s = a > c\nwhen s exit')).toEqual([
      'E0501 a',
      'E0501 c',
    ]);
  });

  it('elaborates long chains of names in any order', () => {
    const chain = Array.from({ length: 2000 }, (_, i) => `let a${i} = a${i + 1} + 1`).join('\n');
    expect(complaints(`${chain}\nlet a2000 = close`)).toEqual([]);
  });
});
