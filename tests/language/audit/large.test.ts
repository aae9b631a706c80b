/** Files far larger than anyone writes: the checker's work grows with the file, not with its square. */
import { expect, it } from 'vitest';
import { codesOf } from '../../support/language.ts';

const HEAD = 'strategy "large"\ninstrument "BTC/USDT" on binance\nevery 1h\nclock day = 1d\n';
const COUNT = 3000;
const many = (line: (index: number) => string) => HEAD + Array.from({ length: COUNT }, (_, i) => line(i)).join('\n');

const SHAPES: Readonly<Record<string, string>> = {
  'states that each read the one before': many(i =>
    i === 0 ? 'state s0 starts 0 then prev s0 + profit' : `state s${i} starts 0 then prev s${i} / 2 + prev s${i - 1}`,
  ),
  'states that each read the one behind': many(i =>
    i === COUNT - 1 ? `state s${i} starts 0 then prev s${i} / 2` : `state s${i} starts 0 then prev s${i + 1}`,
  ),
  'a chain of values': many(i => (i === 0 ? 'let a0 = close' : `let a${i} = a${i - 1} + close`)),
  params: many(i => `param p${i}: bars = 5 in 1..20\nlet a${i} = sma(close, p${i})`),
};

// A minute of work if it grew with the square; a second or so as it is.
it.each(Object.entries(SHAPES))(
  '%s',
  (_, text) => {
    expect(codesOf(text).filter(code => code.startsWith('E'))).toEqual([]);
  },
  15_000,
);
