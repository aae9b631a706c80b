/** E0120–E0129: the shape of a strategy in YAML. Facts are those of syntax-codes.ts. */
import type { SyntaxCode, SyntaxFacts } from '../../syntax/syntax-codes.ts';
import { type Entry, meantOr } from '../entry.ts';

type YamlCode = Extract<SyntaxCode, `E012${number}`>;

const HEAD = 'strategy: Example\ninstrument: { symbol: BTC/USDT, venue: binance }\nevery: 1h\n';

export const YAML: { readonly [Code in YamlCode]: Entry<SyntaxFacts[Code]> } = {
  E0120: {
    severity: 'error',
    title: 'not well-formed YAML',
    message: facts => `this is not YAML: ${facts.reason}`,
    why: 'The file cannot be taken apart before its indentation, quotes and brackets fit together.',
    help: () => 'check the indentation and the quotes around this place',
    page: {
      form: 'yaml',
      whole: true,
      example: `${HEAD}let: { quick: sma(close, 20)\n`,
      mended: `${HEAD}let: { quick: "sma(close, 20)" }\n`,
    },
  },
  E0121: {
    severity: 'error',
    title: 'an unknown key',
    message: facts => `\`${facts.key}\` is no key of ${facts.place}`,
    why: 'A key that is not known would be ignored silently; it is most often a slip of the pen.',
    help: facts => meantOr(facts.suggestion, 'remove it, or move it where it belongs'),
    page: {
      form: 'yaml',
      whole: true,
      example: `${HEAD}signels:\n  up: close > open\n`,
      mended: `${HEAD}signals:\n  up: close > open\n`,
    },
  },
  E0122: {
    severity: 'error',
    title: 'the same key twice',
    message: facts => `the key \`${facts.key}\` stands twice`,
    label: () => 'the second time',
    why: 'Of two different values nobody could tell which one is meant.',
    help: () => 'keep one of the two',
    page: {
      form: 'yaml',
      whole: true,
      example: `${HEAD}let:\n  x: close\n  x: open\n`,
      mended: `${HEAD}let:\n  x: close\n  y: open\n`,
    },
  },
  E0123: {
    severity: 'error',
    title: 'a value of another shape',
    message: facts => `${facts.place} must be ${facts.expected}, not ${facts.found}`,
    why: 'In YAML a text, a list and a mapping are different things, and each key takes one of them.',
    help: facts => `write ${facts.expected}`,
    page: { form: 'yaml', whole: true, example: `${HEAD}let:\n  - close\n`, mended: `${HEAD}let:\n  x: close\n` },
  },
  E0124: {
    severity: 'error',
    title: 'a key is missing',
    message: facts => `${facts.place} needs the key \`${facts.key}\``,
    why: 'Without it there is nothing to run.',
    help: facts => `add \`${facts.key}:\``,
    page: {
      form: 'yaml',
      whole: true,
      example: 'strategy: Example\ninstrument: { symbol: BTC/USDT }\nevery: 1h\n',
      mended: HEAD,
    },
  },
  E0125: {
    severity: 'error',
    title: 'a YAML feature that strategies do not use',
    message: facts => `${facts.feature} cannot be used in a strategy`,
    why: 'A strategy file says everything once and in plain sight; anchors, tags and several documents would hide some of it.',
    help: () => 'write the value out, or give it a name under `let`',
    page: {
      form: 'yaml',
      whole: true,
      example: `${HEAD}let:\n  x: &a close\n  y: *a\n`,
      mended: `${HEAD}let:\n  x: close\n  y: x\n`,
    },
  },
  E0126: {
    severity: 'error',
    title: 'two keys that exclude each other',
    message: facts => `${facts.place} has both \`${facts.first}\` and \`${facts.second}\``,
    why: 'The two say what happens in different ways; only one of them can hold.',
    help: () => 'make two entries, or remove one of the keys',
    page: {
      form: 'yaml',
      whole: true,
      example: `${HEAD}rules:\n  - { when: close > open, enter: long, exit: any, size: 50% of equity }\n`,
      mended: `${HEAD}rules:\n  - { when: close > open, enter: long, size: 50% of equity }\n  - { when: close < open, exit: any }\n`,
    },
  },
  E0127: {
    severity: 'error',
    title: 'a key that is no name',
    message: facts => `\`${facts.key}\` cannot be a name in ${facts.place}`,
    why: 'Names are letters, digits and `_`, begin with a letter, and are no word of the language.',
    help: () => 'choose another name',
    page: {
      form: 'yaml',
      whole: true,
      example: `${HEAD}let:\n  fast-average: sma(close, 20)\n`,
      mended: `${HEAD}let:\n  fast_average: sma(close, 20)\n`,
    },
  },
};
