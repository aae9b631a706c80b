/** E06xx: memory that is not known before the run, or too much of it. */
import type { Family } from '../entry.ts';

export const MEMORY: Family<'E0601' | 'E0602' | 'E0603'> = {
  E0601: {
    severity: 'error',
    title: 'a window with no bound',
    message: facts => `the length of ${facts.what} has no bound`,
    label: facts => (typeof facts.reason === 'string' ? facts.reason : undefined),
    why: 'The memory of a strategy is known before it starts; the range of a param is what bounds it.',
    help: facts =>
      facts.param === undefined
        ? 'use a number, or a param with a range'
        : `give \`${facts.param}\` a range: \`param ${facts.param}: bars = … in 2..200\``,
    page: {
      example: 'param n: bars = 20\nlet x = sma(close, n)',
      mended: 'param n: bars = 20 in 5..100\nlet x = sma(close, n)',
    },
  },
  E0602: {
    severity: 'error',
    title: 'more memory than a strategy may use',
    message: facts => `this strategy would need ${facts.needed}, more than ${facts.budget}`,
    label: facts => `the largest part: ${facts.ticks} bars, ${facts.part}`,
    why: 'Windows are kept in memory at their longest length; a sweep keeps one such memory for each variant.',
    help: () => 'shorten the window, narrow the range of its param, or compute it on a slower clock',
    page: { example: 'let x = sma(close, 100000000)', mended: 'let x = sma(close, 1000)' },
  },
  E0603: {
    severity: 'error',
    title: 'functions that grow beyond any use',
    message: facts =>
      facts.reason === 'deep'
        ? `\`${facts.function}\` calls functions more than ${facts.most} deep`
        : `\`${facts.function}\` grows to more than ${facts.most} computations a bar`,
    why: 'Each call of a function computes on its own; functions that call others twice double the work at every step.',
    help: () => 'give what is called twice a name with `let`, and use the name twice',
    page: {
      example: `${doubling(24)}\nlet x = f24(close / open)`,
      mended: 'fn f1(x: num) -> num = 2 * x\nlet once = f1(close / open)\nlet x = once + once',
    },
  },
};

/** `f0`, `f1` …: each calls the one before it twice, with arguments that differ. */
function doubling(steps: number): string {
  const lines = ['fn f0(x: num) -> num = x'];
  for (let step = 1; step <= steps; step++)
    lines.push(`fn f${step}(x: num) -> num = f${step - 1}(x + 1) + f${step - 1}(x)`);
  return lines.join('\n');
}
