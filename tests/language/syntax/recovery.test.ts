/** A mistake costs the declaration it stands in, and gives one problem. */
import { describe, expect, test } from 'vitest';
import { DIP_BUYER, EXAMPLES, SMA_CROSS } from '../../support/language-examples.ts';
import { parseVela, shown } from '../../support/parse.ts';

function codes(text: string): readonly (readonly [string, string])[] {
  return shown(parseVela(text).problems).map(([code, span]) => [code, span]);
}

function kept(text: string): readonly string[] {
  return parseVela(text).tree.declarations.map(one => ('name' in one && one.name ? one.name.text : one.kind));
}

test.each(Object.entries(EXAMPLES))('%s has no mistake', (_, text) => {
  const { tree, problems } = parseVela(text);
  expect(problems).toEqual([]);
  expect(tree.broken).toBeUndefined();
});

test('five independent mistakes give five problems', () => {
  const text = SMA_CROSS.replace('every 1h', 'every 1hour')
    .replace('in 5..60   step 5', 'in 5..')
    .replace('sma(close, fast)', 'sma(close, fast')
    .replace('signal up   =', 'signl up   =')
    .replace('size: 95% of equity', 'size 95% of equity');
  expect(codes(text)).toEqual([
    ['E0109', '1hour'],
    ['E0102', ''],
    ['E0104', '('],
    ['E0103', 'signl'],
    ['E0101', '95%'],
  ]);
  expect(kept(text)).toEqual([
    'strategy',
    'instrument',
    'slow',
    'require',
    'trend',
    'down',
    'when',
    'execution',
    'plot',
  ]);
});

test('a mistake in a statement of a block costs that statement', () => {
  const text = DIP_BUYER.replace('atr(20)', 'atr(20').replace('cap drawdown   at', 'cap drawdown   on');
  expect(codes(text)).toEqual([
    ['E0104', '('],
    ['E0101', 'on'],
  ]);
  const { tree } = parseVela(text);
  expect(tree.declarations.find(one => one.kind === 'at')).toMatchObject({
    declarations: [{ name: { text: 'bullish' } }],
  });
  expect(tree.declarations.find(one => one.kind === 'risk')?.kind === 'risk').toBe(true);
  expect(tree.broken?.map(part => [part.keyword, part.name?.text])).toEqual([
    ['let', 'span'],
    ['cap', undefined],
  ]);
});

describe('brackets', () => {
  test('an unclosed block of statements ends where a declaration cannot stand inside it', () => {
    expect(codes('at day {\n  let a = 1\nlet b = 2\nwhen a exit')).toEqual([['E0104', '{']]);
    expect(kept('at day {\n  let a = 1\nlet b = 2\nwhen a exit')).toEqual(['at', 'b', 'when']);
    expect(kept('risk {\n  cap x at 3\nexecution { fill: next_open }')).toEqual(['risk', 'execution']);
  });

  test('an unclosed property block keeps its properties', () => {
    const text = 'when a enter long {\n  size: 5%\n  at: limit b\nwhen c exit\n';
    expect(codes(text)).toEqual([['E0104', '{']]);
    expect(parseVela(text).tree.declarations).toMatchObject([{ properties: [{}, {}] }, { kind: 'when' }]);
  });

  test('an unclosed parenthesis ends at the next declaration, also on the same line', () => {
    expect(codes('let a = f(1 let b = 2')).toEqual([['E0104', '(']]);
    expect(kept('let a = f((1 + 2\nlet b = 2')).toEqual(['b']);
  });

  test('a stray closer costs nothing else', () => {
    expect(codes('let a = (1))\nlet b = 2 }\nlet c = 3')).toEqual([
      ['E0105', ')'],
      ['E0105', '}'],
    ]);
    expect(kept('let a = (1))\nlet b = 2 }\nlet c = 3')).toEqual(['a', 'b', 'c']);
  });

  test('an open text does not also cost its brackets', () => {
    expect(codes('plot f("a, b) on price\nlet b = 2')).toEqual([['E0106', '"a, b) on price']]);
  });
});

describe('words', () => {
  test('a misspelt keyword is named, with its mend', () => {
    const { problems } = parseVela('let a = 1\nlett b = 2\nsginal c = 3\nfoo = 4\n');
    expect(shown(problems)).toEqual([
      ['E0103', 'lett', { found: 'lett', suggestion: 'let' }],
      ['E0103', 'sginal', { found: 'sginal', suggestion: 'signal' }],
      ['E0103', 'foo', { found: 'foo', suggestion: 'let' }],
    ]);
    expect(problems[0]?.fix?.edits).toEqual([{ span: { start: 10, end: 14 }, text: 'let' }]);
  });

  test('a reserved word as a name is one mistake', () => {
    expect(codes('let at = 5\nlet b = 1')).toEqual([['E0112', 'at']]);
    expect(codes('param every: bars = 5')).toEqual([['E0112', 'every']]);
    expect(codes('let if = 5')).toEqual([['E0112', 'if']]);
    expect(codes('state when starts 0 then 1')).toEqual([['E0112', 'when']]);
  });

  test('a statement in a block that cannot hold it', () => {
    expect(codes('at day {\n  let a = 1\n  param b = 2\n}')).toEqual([['E0116', 'param']]);
    expect(codes('at day {\n  let a = 1\n  b = 2\n}')).toEqual([['E0103', 'b']]);
    expect(codes('risk { limit x at 3 }')).toEqual([['E0103', 'limit']]);
  });

  test('the same key twice', () => {
    const { problems } = parseVela('execution { fee: 1bp  fee: 2bp }');
    expect(shown(problems)).toEqual([['E0115', 'fee', { key: 'fee' }]]);
    expect(problems[0]?.related?.[0]?.span).toEqual({ start: 12, end: 15 });
    expect(kept('execution { fee: 1bp  fee: 2bp }')).toEqual(['execution']);
  });
});

describe('words that start a declaration and also go on with one', () => {
  test.each([
    ['model m = xgboost learn a from x when p { seed: 7 }', 1],
    ['model m = xgboost learn a from x when p\nwhen s enter long', 2],
    ['model m = onnx("x") from x\nwhen predict(m) > 0.5 enter long { size: 1% }', 2],
    ['model m = onnx("x") from x when c is exit\nwhen s exit', 2],
    ['state s starts 0 then 1 reset when a\nwhen b exit', 2],
    ['state s starts 0 then reset\nwhen b exit', 2],
    ['rebalance every 1w to w across u\nevery 1h', 2],
    ['rebalance when c to w\nwhen b exit', 2],
    ['input a: index every 1d from "x"\nevery 1h', 2],
    ['while a keep buy 1 base at limit p\nat day { let x = 1 }', 2],
    ['let a = 1 let b = 2 when a exit when b exit', 4],
  ])('%s', (text, count) => {
    const { tree, problems } = parseVela(text);
    expect(shown(problems)).toEqual([]);
    expect(tree.declarations).toHaveLength(count);
  });
});

test('unfinished declarations say what is missing and before what', () => {
  expect(shown(parseVela('let a =\nsignal b = c >\n').problems)).toEqual([
    ['E0102', '', { reading: 'a value of `let a`', before: '`signal`', expected: 'a value' }],
    ['E0102', '', { reading: 'a value of `signal b`', before: 'the end of the file', expected: 'a value' }],
  ]);
});

test('an empty file is an empty tree', () => {
  expect(parseVela('')).toMatchObject({ tree: { declarations: [], trailing: [] }, problems: [] });
  expect(parseVela('# only a comment\n').tree.trailing).toEqual(['only a comment']);
});

describe('mistakes that people make', () => {
  test.each([
    ["strategy 'A'", 'E0108', "'A'", '"A"'],
    ['instrument BTC/USDT on binance', 'E0101', 'BTC/USDT', 'a text in quotes'],
    ['every 1 h', 'E0101', '1', 'a length of time such as `1h`'],
    ['let a = sma(close 20)', 'E0101', '20', '`,`'],
    ['let a = b && c', 'E0108', '&&', 'and'],
    ['let a = b % 2', 'E0108', '%', 'mod'],
    ['let a := 4', 'E0101', ':', '`=`'],
    ['let a = if b then 1', 'E0102', '', '`else`'],
    ['let a = 50% equity', 'E0101', 'equity', '`of`'],
    ['signal s = a crosses b', 'E0101', 'b', '`above` or `below`'],
    ['state s = 0 then 1', 'E0101', '=', '`starts`'],
    ['when a buy { size: 5% }', 'E0101', 'buy', 'an action such as `enter long` or `exit`'],
    ['when a enter { size: 5% }', 'E0101', '{', 'a side, `long` or `short`'],
    ['when a = 3 exit', 'E0111', '=', undefined],
    ['when a enter long { size = 5% }', 'E0101', '=', '`:`'],
    ['when a enter long size: 5%', 'E0101', 'size', '`{`'],
    ['execution { fee: 10bp, slippage: 2bp }', 'E0101', ',', undefined],
    ['risk { cap drawdown 10% }', 'E0101', '10%', '`at`'],
    ['fn f(x) -> num = x', 'E0101', ')', '`:`'],
    ['plot', 'E0102', '', 'a value'],
    ['at day', 'E0102', '', '`{`'],
  ])('%s', (text, code, span, expected) => {
    const { tree, problems } = parseVela(text);
    expect(shown(problems).map(problem => problem.slice(0, 2))).toEqual([[code, span]]);
    expect(problems[0]?.facts.expected ?? problems[0]?.facts.suggestion).toBe(expected);
    expect(tree.declarations.filter(one => one.kind !== 'risk')).toEqual([]);
  });

  test('a fix mends what it can', () => {
    const mended = (text: string): string => {
      const [edit] = parseVela(text).problems[0]?.fix?.edits ?? [];
      return edit === undefined ? text : text.slice(0, edit.span.start) + edit.text + text.slice(edit.span.end);
    };
    expect(mended('execution { fee: 10bp, slippage: 2bp }')).toBe('execution { fee: 10bp slippage: 2bp }');
    expect(mended('instrument BTC/USDT on binance')).toBe('instrument "BTC/USDT" on binance');
    expect(mended('let a = sma(close 20)')).toBe('let a = sma(close, 20)');
    expect(mended('risk { cap drawdown 10% }')).toBe('risk { cap drawdown at 10% }');
    expect(mended('let a = .5')).toBe('let a = 0.5');
  });

  test('a block without a readable head names what is lost', () => {
    const { tree, problems } = parseVela('at 1d {\n  let a = 1\n}\nlet b = a');
    expect(problems).toHaveLength(1);
    expect(tree.broken?.map(part => part.name?.text)).toEqual([undefined, 'a']);
  });
});
