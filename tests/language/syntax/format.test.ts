import { describe, expect, test } from 'vitest';
import { format, formatText } from '../../../language/syntax/format.ts';
import { withoutPositions } from '../../../language/syntax/positions.ts';
import { EVERYTHING } from '../../support/everything.ts';
import { DIP_BUYER, SMA_CROSS } from '../../support/language-examples.ts';
import { parseVela, velaSource } from '../../support/parse.ts';

function formatted(text: string): string {
  const { tree, problems } = parseVela(text);
  expect(problems).toEqual([]);
  return format(tree);
}

test('the first example is written as the formatter writes it', () => {
  expect(formatted(SMA_CROSS)).toBe(SMA_CROSS);
});

test('every statement', () => {
  expect(formatted(EVERYTHING)).toMatchSnapshot();
});

test('the order of lines and white space of the source do not matter', () => {
  const squeezed = DIP_BUYER.replace(/#.*$/gm, '').replace(/\s+/g, ' ');
  const meaning = withoutPositions(parseVela(DIP_BUYER).tree);
  expect(withoutPositions(parseVela(squeezed).tree)).toEqual(meaning);
});

describe('parentheses', () => {
  test.each([
    ['let a = (b + c) + d', 'let a = b + c + d'],
    ['let a = b + (c + d)', 'let a = b + (c + d)'],
    ['let a = (b * c) + d', 'let a = b * c + d'],
    ['let a = b or c and d', 'let a = b or (c and d)'],
    ['let a = (b ^ c) ^ d', 'let a = (b ^ c) ^ d'],
    ['let a = -(b + c)', 'let a = -(b + c)'],
    ['let a = - - b', 'let a = -(-b)'],
    ['let a = not (not b)', 'let a = not not b'],
    ['let a = (if b then c else d)', 'let a = if b then c else d'],
    ['let a = (if b then c else d) + 1', 'let a = (if b then c else d) + 1'],
    ['let a = (rank(b) across u) + 1', 'let a = (rank(b) across u) + 1'],
    ['when (rank(a) across u) exit', 'when (rank(a) across u) exit'],
    ['param a = (2 * 3) in 1..9', 'param a = (2 * 3) in 1..9'],
  ])('%s', (text, expected) => {
    expect(formatted(text)).toBe(`${expected}\n`);
  });

  test('numbers keep their spelling, names of units are mended', () => {
    expect(formatted('param k = 2.0 in 1.0..4.00 step 1e-1\nlet a = 1 bars')).toBe(
      'param k = 2.0 in 1.0..4.00 step 1e-1\nlet a = 1 bar\n',
    );
  });
});

describe('long lines', () => {
  test('a chain breaks before its operators, a call after its commas', () => {
    const text =
      'let entry_allowed = trend_is_up_on_the_daily_clock and momentum_is_positive_for_days and not spread_is_too_wide_now and calm\n';
    expect(formatted(text)).toBe(`let entry_allowed = trend_is_up_on_the_daily_clock
  and momentum_is_positive_for_days
  and not spread_is_too_wide_now
  and calm
`);
    const call = `let a = weighted(${['first', 'second', 'third', 'fourth'].map(name => `the_${name}_of_the_arguments`).join(', ')})`;
    expect(formatted(call)).toBe(`let a = weighted(
  the_first_of_the_arguments,
  the_second_of_the_arguments,
  the_third_of_the_arguments,
  the_fourth_of_the_arguments
)
`);
  });
});

describe('comments', () => {
  test('stay with what they are about', () => {
    const text = `# The idea.
#
# Its weakness.

strategy "A"  # the title

## What a is.
## And more.
let a = 1  # one

# About b
# and c.
let b = 2

at day {  # daily
  # about d
  let d = 3
  # the end of the block
}

when a enter long {
  # how much
  size:   5%
  stop:   entry - 1  # a point below

  # how long
  expire: 2 bars
}

risk {
  cap x at 3  # three
  # four
  pause 4 bars when a
}

# the end
`;
    expect(formatted(text)).toBe(text);
  });

  test('one inside an expression moves before the declaration, and a doc comment there becomes a plain one', () => {
    expect(formatted('let a = b  # first\n  + c  ## second\n  + d  # third\n')).toBe(
      '# first\n# second\nlet a = b + c + d  # third\n',
    );
  });

  test('a doc comment is part of the meaning, a comment is not', () => {
    const meaning = (text: string) => withoutPositions(parseVela(text).tree);
    expect(meaning('# a\nlet a = 1 # b')).toEqual(meaning('let a = 1'));
    expect(meaning('## a\nlet a = 1')).not.toEqual(meaning('let a = 1'));
  });

  test('blank lines group, and are never doubled', () => {
    expect(formatted('let a = 1\n\n\n\nlet bb = 2\nlet c = 3\n')).toBe('let a = 1\n\nlet bb = 2\nlet c  = 3\n');
  });
});

describe('a file with mistakes', () => {
  test('what is whole is formatted, what is broken stays as it is written', () => {
    const text = `let   a=1
# about b
let b =   f(  # what

signal   c   = a>0 # fine
when  c   enter  { size:5% }
at day {
  let  ok = 1
  let bad  =   +
}
plot   a
`;
    const { text: result, problems } = formatText(velaSource(text));
    expect(problems.map(({ code }) => code)).toEqual(['E0104', 'E0101', 'E0101']);
    expect(result).toBe(`let a = 1
# about b
let b =   f(  # what

signal c = a > 0  # fine
when  c   enter  { size:5% }
at day {
  let  ok = 1
  let bad  =   +
}
plot a
`);
  });

  test('an empty file stays empty', () => {
    expect(formatText(velaSource('')).text).toBe('');
    expect(formatText(velaSource('  \n# note\n')).text).toBe('# note\n');
  });
});
