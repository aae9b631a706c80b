/** E05xx: values that would need themselves. */
import type { Family } from '../entry.ts';

export const CYCLES: Family<'E0501' | 'E0502'> = {
  E0501: {
    severity: 'error',
    title: 'a value that depends on itself within one bar',
    message: facts => `this depends on itself within one bar: ${facts.path}`,
    why: "Within one bar there is no first value to begin with; yesterday's value is another matter.",
    help: facts =>
      facts.held !== undefined
        ? `what it held a bar before is \`prev ${facts.held}\``
        : facts.builds === true
          ? `carry it from bar to bar: \`state ${facts.name} starts … then … prev ${facts.name} …\``
          : 'read the value before in one of these places: `prev x`',
    page: { example: 'let a = b + 1\nlet b = a * 2', mended: 'state a starts 0 then prev a * 0.9 + close / open' },
  },
  E0502: {
    severity: 'error',
    title: 'a function that calls itself',
    message: facts => `the function calls itself: ${facts.path}`,
    why: 'Every strategy ends within each bar, in memory known before it starts; a function that calls itself promises neither.',
    help: () => 'use a `state`, which carries a value from bar to bar',
    page: {
      example: 'fn f(x: num) -> num = f(x) + 1\nlet y = f(close / open)',
      mended: 'fn f(x: num) -> num = x + 1\nlet y = f(close / open)',
    },
  },
};
