/** E06xx: memory that is not known before the run, or too much of it. */
import type { Family } from '../entry.ts';

export const MEMORY: Family<'E0601' | 'E0602'> = {
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
};
