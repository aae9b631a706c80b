/** Problems of a YAML file: the right code at the right line and column, one for each mistake. */
import { describe, expect, test } from 'vitest';
import { parseYaml } from '../../../language/yaml/read.ts';
import { shown } from '../../support/parse.ts';

function read(text: string) {
  return parseYaml({ name: 'test.yaml', text, form: 'yaml' });
}

function codes(text: string): readonly (readonly [string, string])[] {
  return shown(read(text).problems).map(([code, span]) => [code, span]);
}

/** Line and column, from one, of the only problem. */
function place(text: string): string {
  const { problems } = read(text);
  expect(problems).toHaveLength(1);
  const before = text.slice(0, problems[0]?.span.start).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

describe('a mistake inside a scalar is shown where it stands', () => {
  test.each([
    ['plain', 'let:\n  a: b + * c\n', '2:10'],
    ['plain in flow style', 'rules:\n  - { when: a > > b, exit: any }\n', '2:17'],
    ['single quotes with a doubled one', "let:\n  a: 'f(\"it''s\") + * c'\n", '2:20'],
    ['double quotes with escapes', 'let:\n  a: "f(\\"x\\") \\u002b * c"\n', '2:23'],
    ['plain over several lines', 'let:\n  a: b +\n    c +\n    * d\n', '4:5'],
    ['double quotes over several lines', 'let:\n  a: "b +\n\n    c + \\\n    * d"\n', '5:5'],
    ['literal block', 'let:\n  a: |\n    b +\n      * c\n', '4:7'],
    ['folded block', 'let:\n  a: >-\n    b +\n    c\n\n    + * d\n', '6:7'],
    ['literal block with windows line ends', 'let:\r\n  a: |\r\n    b +\r\n    * c\r\n', '4:5'],
    ['behind a byte order mark', '\ufefflet:\n  a: b + * c\n', '2:10'],
    ['the end of a value', 'let:\n  a: b +\n  c: d\n', '2:9'],
  ])('%s', (_, text, expected) => {
    expect(place(text)).toBe(expected);
  });
});

describe('a key that is missing because it is misspelt is named where it stands, once', () => {
  test.each([
    ['an action', 'rules:\n  - { when: a > b, entr: long, size: 5% of equity }\n', 'entr', 'a rule', 'enter'],
    ['a condition', 'rules:\n  - { then: buy, wen: a > b, enter: long }\n', 'wen', 'a rule', 'when'],
    ['a standing order', 'rules:\n  - { whlie: a, keep: buy 1 }\n', 'whlie', 'a rule', 'while'],
    ['a required key', 'instrument: { symbol: BTC/USDT, vnue: binance }\n', 'vnue', '`instrument`', 'venue'],
    ['a cap', 'risk:\n  - { cpa: drawdown 20%, else: halt }\n', 'cpa', 'a rule of `risk`', 'cap'],
  ])('%s', (_, text, key, where, suggestion) => {
    expect(shown(read(text).problems)).toEqual([['E0121', key, { key, place: where, suggestion }]]);
    expect(read(text).problems[0]?.fix?.edits[0]?.text).toBe(suggestion);
  });

  test('what resembles nothing is left to the missing key', () => {
    expect(codes('instrument: { symbol: BTC/USDT, exchange: binance }\n')).toEqual([['E0124', 'symbol']]);
  });
});

test('five independent mistakes give five problems', () => {
  const text = `strategy: SMA cross
instrument: { symbol: BTC/USDT }
every: 1hour
params:
  fast: { type: bars, default: 20, in: 5..60, setp: 5 }
let:
  quick: sma(close, fast
  trend: sma(close, slow)
rules:
  - { when: up, enter: sideways }
`;
  expect(shown(read(text).problems)).toEqual([
    ['E0124', 'symbol', { key: 'venue', place: '`instrument`' }],
    ['E0109', '1hour', { found: '1hour', reason: 'unknown suffix' }],
    ['E0121', 'setp', { key: 'setp', place: '`param fast`', suggestion: 'step' }],
    ['E0104', '(', { bracket: '(', closer: ')' }],
    ['E0101', 'sideways', { found: 'sideways', reading: '`enter`', expected: 'a side, `long` or `short`' }],
  ]);
  const { tree } = read(text);
  expect(tree.declarations.map(({ kind }) => kind)).toEqual(['strategy', 'param', 'let']);
  expect(tree.broken?.map(part => [part.keyword, part.name?.text])).toEqual([
    ['instrument', undefined],
    ['every', undefined],
    ['let', 'quick'],
    ['when', undefined],
  ]);
});

describe('shapes', () => {
  test.each([
    ['', 'E0123', ''],
    ['# nothing\n', 'E0123', ''],
    ['- a\n- b\n', 'E0123', '- a\n- b'],
    ['just text\n', 'E0123', 'just text'],
    ['signal:\n  a: b\n', 'E0121', 'signal'],
    ['strategy: [a]\n', 'E0123', '[a]'],
    ['strategy:\n', 'E0123', ''],
    ['let: [a]\n', 'E0123', '[a]'],
    ['let:\n  a: { b: c }\n', 'E0123', '{ b: c }'],
    ['let:\n  at: b\n', 'E0127', 'at'],
    ['let:\n  a b: c\n', 'E0127', 'a b'],
    ['let:\n  ? [a, b]\n  : c\n', 'E0123', '[a, b]'],
    ['let:\n  a: b\n  a: c\n', 'E0122', 'a'],
    ['rules:\n  - { when: a, enter: long, exit: any }\n', 'E0126', 'exit'],
    ['rules:\n  - { enter: long }\n', 'E0124', '{ enter: long }'],
    ['rules:\n  - { when: a }\n', 'E0124', 'when'],
    ['rules:\n  - { when: a, flatten: some }\n', 'E0123', 'some'],
    ['states:\n  s: { starts: 0 }\n', 'E0124', 'starts'],
    ['params:\n  p: { default: 1, in: 1..2 step 1, step: 1 }\n', 'E0126', '1'],
    ['universes:\n  u: { symbols: [], venue: binance }\n', 'E0123', '[]'],
    ['train:\n  m: { a: {}, b: {} }\n', 'E0123', 'b'],
    ['features:\n  x: { columns: [{ a: 1, b: 2 }] }\n', 'E0123', 'b'],
    ['execution: { fee: [] }\n', 'E0123', '[]'],
    ['risk:\n  - { cap: x, at: 3, els: halt }\n', 'E0121', 'els'],
    ['functions:\n  f: { gives: num }\n', 'E0124', 'f'],
  ])('%j', (text, code, span) => {
    expect(codes(text)).toEqual([[code, span]]);
  });
});

describe('YAML features a strategy may not use', () => {
  test.each([
    ['let:\n  a: &x b\n', 'an anchor', '&x'],
    ['let:\n  a: !!str b\n', 'a tag', '!!str'],
    ['%YAML 1.2\n---\nstrategy: a\n', 'a directive', '%'],
    ['strategy: a\n---\nevery: 1h\n', 'a second document', 'every: 1h'],
    ['let:\n  <<: { a: b }\n', 'a merge key', '<<'],
  ])('%j', (text, feature, span) => {
    expect(shown(read(text).problems)).toEqual([['E0125', span, { feature }]]);
  });

  test('an alias is refused beside its anchor', () => {
    expect(codes('let:\n  a: &x b\n  c: *x\n')).toEqual([
      ['E0125', '&x'],
      ['E0125', '*x'],
      ['E0123', '*x'],
    ]);
  });
});

describe('text that is no YAML', () => {
  test.each([
    ['let:\n  a: "b\nevery: 1h\n', 'a text in double quotes is not closed'],
    ["let:\n  a: 'b\nevery: 1h\n", 'a text in single quotes is not closed'],
    ['let:\n\ta: b\nevery: 1h\n', 'a tab stands where spaces must indent the line'],
    ['let: [a\nevery: 1h\n', 'a `[` is not closed'],
    ['let:\n  a: b: c\nevery: 1h\n', 'the line is indented in a way that fits nothing above it'],
  ])('%j costs one section', (text, reason) => {
    const { tree, problems } = read(text);
    expect(problems.map(({ code, facts }) => [code, facts.reason])).toEqual([['E0120', reason]]);
    expect(tree.declarations.map(({ kind }) => kind)).toEqual(['every']);
    expect(tree.broken).toBeDefined();
  });

  test('what is left open is shown where it was opened', () => {
    expect(place('every: 1h\nlet:\n  a: f("b\n  c: "d\n  e: f\n')).toBe('4:6');
    expect(place('every: 1h\nrules:\n  - { when: [a, b]\n  - x\n')).toBe('3:5');
    expect(place('every: 1h\nrules:\n  - { when: a, exit: any\nlet:\n  a: b\n')).toBe('3:5');
  });

  test('the names of a section that is lost are known', () => {
    expect(read('let:\n  quick: a\n  trend: "b\nevery: 1h\n').tree.broken?.map(part => part.name?.text)).toEqual([
      undefined,
      'quick',
      'trend',
    ]);
  });
});

describe('comments', () => {
  test('stay with what they are about', () => {
    const text = `# head
strategy: A # title
# before let
let: # behind let
  # before a
  a: b # behind a
  ## A doc.
  c: d
rules:
  # first
  - { when: a, exit: any } # done
  - when: c # level
    enter: long
    # how much
    size: 5%
# end
`;
    const { tree } = read(text);
    expect(tree.declarations.map(one => [one.kind, one.doc, one.comments])).toEqual([
      ['strategy', undefined, { leading: ['head'], trailing: 'title' }],
      ['let', undefined, { leading: ['before let', 'behind let', 'before a'], trailing: 'behind a' }],
      ['let', 'A doc.', undefined],
      ['when', undefined, { leading: ['first'], trailing: 'done' }],
      ['when', undefined, { leading: ['level'] }],
    ]);
    expect(tree.declarations[4]).toMatchObject({ properties: [{ comments: { leading: ['how much'] } }] });
    expect(tree.trailing).toEqual(['end']);
  });

  test('a # inside a text is no comment', () => {
    const { tree, problems } = read('strategy: "A # b"\nlet:\n  a: |\n    b # c\n');
    expect(problems).toEqual([]);
    expect(tree.declarations.map(({ comments }) => comments)).toEqual([undefined, undefined]);
  });
});
