/** E0101–E0119: text that cannot be read. Facts are those of syntax-codes.ts. */
import type { SyntaxCode, SyntaxFacts } from '../../syntax/syntax-codes.ts';
import { type Entry, meantOr, quoted } from '../entry.ts';

type TextCode = Extract<SyntaxCode, `E010${number}` | `E011${number}`>;

/** A character that nobody can see is named by its number. */
function visible(found: string): string {
  if (!/^[\p{C}\p{Z}]+$/u.test(found)) return quoted(found);
  const number = found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
  return `the invisible character U+${number}`;
}

export const SYNTAX: { readonly [Code in TextCode]: Entry<SyntaxFacts[Code]> } = {
  E0101: {
    severity: 'error',
    title: 'something stands where it makes no sense',
    message: facts => `${quoted(facts.found)} makes no sense in ${facts.reading}`,
    label: facts => {
      if (facts.expected === undefined) return 'not understood from here on';
      return facts.missing ? `${facts.expected} is missing before it` : `${facts.expected} belongs here`;
    },
    why: 'Only this declaration is left out; everything else in the file is still checked.',
    help: facts => {
      if (facts.expected === undefined) return 'check what stands just before it';
      return `write ${facts.expected} ${facts.missing ? 'before it' : 'in its place'}`;
    },
    page: { example: 'let quick = sma(close, , 20)', mended: 'let quick = sma(close, 20)' },
  },
  E0102: {
    severity: 'error',
    title: 'a declaration ends before it is complete',
    message: facts => `${facts.reading} is not finished`,
    label: facts => (facts.expected === undefined ? 'something is missing here' : `${facts.expected} is missing here`),
    why: 'A declaration runs on over the ends of lines until the next keyword; this one stops too early.',
    help: facts =>
      facts.expected === undefined
        ? `finish it before ${facts.before}`
        : `write ${facts.expected} before ${facts.before}`,
    page: {
      example: 'let quick =\nlet slow = sma(close, 100)',
      mended: 'let quick = sma(close, 20)\nlet slow = sma(close, 100)',
    },
  },
  E0103: {
    severity: 'error',
    title: 'a line begins with a word that starts nothing',
    message: facts => `${quoted(facts.found)} starts no declaration`,
    why: 'Every part of a strategy begins with a keyword: `let`, `signal`, `when`, `risk` and so on.',
    help: facts =>
      meantOr(facts.suggestion, 'begin with what it is: `let NAME = …` for a value, `when CONDITION …` for a rule'),
    page: { example: 'signel up = close > open', mended: 'signal up = close > open' },
  },
  E0104: {
    severity: 'error',
    title: 'a bracket is never closed',
    message: facts => `the \`${facts.bracket}\` is never closed`,
    label: () => 'opened here',
    why: 'What follows is read as if it still stood inside the bracket.',
    help: facts => `add the \`${facts.closer}\` where it ends`,
    page: {
      example: 'let quick = sma(close, 20\nlet slow = sma(close, 100)',
      mended: 'let quick = sma(close, 20)\nlet slow = sma(close, 100)',
    },
  },
  E0105: {
    severity: 'error',
    title: 'a bracket is closed that was never opened',
    message: facts => `this \`${facts.bracket}\` closes nothing`,
    why: 'Each closing bracket needs an opening one before it.',
    help: () => 'remove it, or open the bracket where it should begin',
    page: { example: 'let quick = sma(close, 20))', mended: 'let quick = sma(close, 20)' },
  },
  E0106: {
    severity: 'error',
    title: 'a text without its closing quote',
    message: facts => `the text ${facts.text} has no closing quote`,
    label: () => 'opened here',
    why: 'A text ends on the line it begins on.',
    help: () => 'add the `"` where the text ends',
    page: { example: 'when close > open alert "breakout', mended: 'when close > open alert "breakout"' },
  },
  E0107: {
    severity: 'error',
    title: 'a backslash that means nothing',
    message: facts => `${quoted(facts.escape)} has no meaning in a text`,
    why: 'In a text a backslash stands before `"`, `\\`, `n`, `r` or `t` only.',
    help: () => 'write `\\\\` for a backslash itself',
    page: { example: 'when close > open alert "up \\d"', mended: 'when close > open alert "up \\\\d"' },
  },
  E0108: {
    severity: 'error',
    title: 'a character that the language does not have',
    message: facts => `${visible(facts.found)} is not part of the language`,
    why: 'Strategies are written in words where other languages use signs: `and`, `or`, `not`, `mod`.',
    help: facts => (facts.suggestion === undefined ? 'remove it' : `write ${quoted(facts.suggestion)} instead`),
    page: { example: 'signal up = close > open && volume > 0', mended: 'signal up = close > open and volume > 0' },
  },
  E0109: {
    severity: 'error',
    title: 'a number that cannot be read',
    message: facts =>
      facts.reason === 'duration must be whole'
        ? `${quoted(facts.found)} is not a whole number of its unit`
        : facts.reason === 'leading digit missing'
          ? `${quoted(facts.found)} has no digit before the point`
          : facts.reason === 'too large'
            ? `${quoted(facts.found)} is too large`
            : facts.reason === 'digits grouped'
              ? `${quoted(facts.found)} has a \`_\` between its digits`
              : `${quoted(facts.found)} ends in a unit that does not exist`,
    why: 'Numbers end in `%` or `bp`, lengths of time in `ms`, `s`, `m`, `h`, `d`, `w`, `mo` or `y`, whole and without a blank. Nothing stands between digits.',
    help: facts =>
      facts.reason === 'digits grouped' && facts.suggestion !== undefined
        ? `write ${quoted(facts.suggestion)}`
        : meantOr(facts.suggestion, 'write a plain number, `5%`, `25bp`, or a length of time such as `90m`'),
    page: { example: 'let slow = sma(close, 5x)', mended: 'let slow = sma(close, 5d)' },
  },
  E0110: {
    severity: 'error',
    title: 'two comparisons in a row',
    message: facts => `\`${facts.first}\` and \`${facts.second}\` cannot follow one another`,
    why: 'A comparison is true or false; comparing that with a number again would mean nothing.',
    help: () => 'write `x between low and high`, or two comparisons joined by `and`',
    page: {
      example: 'signal calm = 30 < rsi(close, 14) < 70',
      mended: 'signal calm = rsi(close, 14) between 30 and 70',
    },
  },
  E0111: {
    severity: 'error',
    title: '`=` inside a value',
    message: facts => `\`=\` stands inside ${facts.reading}`,
    why: '`=` gives a name its value; `==` asks whether two values are equal.',
    help: () => 'write `==` to compare',
    page: { example: 'signal doji = close = open', mended: 'signal doji = close == open' },
  },
  E0112: {
    severity: 'error',
    title: 'a reserved word as a name',
    message: facts => `\`${facts.word}\` is a word of the language and cannot be a name`,
    why: 'Words that begin declarations or stand in expressions keep their one meaning everywhere.',
    help: facts => `choose another name, such as \`${facts.word}_value\``,
    page: { example: 'let signal = close > open', mended: 'let rising = close > open' },
  },
  E0113: {
    severity: 'error',
    title: '`between` without its `and`',
    message: () => '`between` needs two ends: `between LOW and HIGH`',
    why: 'A range has a lower and an upper end, and both belong to it.',
    help: () => 'add `and` with the upper end',
    page: {
      example: 'signal calm = rsi(close, 14) between 30',
      mended: 'signal calm = rsi(close, 14) between 30 and 70',
    },
  },
  E0114: {
    severity: 'error',
    title: 'a date that does not exist',
    message: facts => `the calendar has no ${facts.text}`,
    why: 'Dates are written year-month-day and mean midnight UTC.',
    help: () => 'correct the day or the month',
    page: {
      example: 'features x { r = close / close[1] }\nmodel m = onnx("m.onnx", trained_to = 2023-02-30) from x',
      mended: 'features x { r = close / close[1] }\nmodel m = onnx("m.onnx", trained_to = 2023-02-28) from x',
    },
  },
  E0115: {
    severity: 'error',
    title: 'the same property twice',
    message: facts => `\`${facts.key}\` is said twice`,
    label: () => 'the second time',
    why: 'Of two different values nobody could tell which one is meant.',
    help: () => 'keep one of the two',
    page: {
      example: 'execution { fee: 10bp  fee: 5bp  slippage: 2bp }',
      mended: 'execution { fee: 10bp  slippage: 2bp }',
    },
  },
  E0116: {
    severity: 'error',
    title: 'a declaration in a block that cannot hold it',
    message: facts => `\`${facts.keyword}\` cannot stand inside ${facts.block}`,
    why: 'An `at` block and the block of an `fn` hold values only; rules and settings belong to the strategy as a whole.',
    help: facts => `move the \`${facts.keyword}\` out of the block`,
    page: {
      example: 'clock day = 1d\nat day {\n  let up = close > open\n  when up exit\n}',
      mended: 'clock day = 1d\nat day {\n  let up = close > open\n}\nwhen latest(up) exit',
    },
  },
  E0117: {
    severity: 'error',
    title: 'an expression too deep or too long',
    message: facts => `this expression is nested deeper, or runs longer, than the limit of ${facts.limit}`,
    why: 'A limit keeps any file quick to check, also one written by a machine.',
    help: () => 'give parts of it names with `let`',
    page: {
      example: `let deep = ${'('.repeat(400)}close${')'.repeat(400)}`,
      mended: 'let part = close + open\nlet whole = part / 2',
    },
  },
};
