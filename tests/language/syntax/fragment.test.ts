import { expect, test } from 'vitest';
import { parseExpression, parseFragment } from '../../../language/syntax/fragment.ts';
import { childrenOf, walk } from '../../../language/syntax/visit.ts';
import { shown, velaSource } from '../../support/parse.ts';

const source = velaSource('xxxx a + b * f(c)[1] xxxx');
const fragment = { text: 'a + b * f(c)[1]', source, place: (offset: number) => offset + 5, owner: '`let x`' };

test('spans point into the file', () => {
  const { value, problems } = parseExpression(fragment);
  expect(problems).toEqual([]);
  if (value === undefined) throw new Error('the expression is well formed');
  const texts: string[] = [];
  walk(value, ({ span }) => texts.push(source.text.slice(span.start, span.end)));
  expect(texts).toEqual(['a + b * f(c)[1]', 'a', 'b * f(c)[1]', 'b', 'f(c)[1]', 'f(c)', 'c', '1']);
  expect(childrenOf(value)).toHaveLength(2);
});

test('problems point into the file, and leave no value', () => {
  const read = (text: string) => parseExpression({ ...fragment, text });
  expect(read('a + + b').value).toBeUndefined();
  expect(shown(read('a b').problems)).toEqual([['E0101', '+', { found: 'b', reading: '`let x`' }]]);
  expect(read('f(a').problems.map(({ code, span }) => [code, span])).toEqual([['E0104', { start: 6, end: 7 }]]);
  expect(read('').problems.map(({ code, span }) => [code, span])).toEqual([['E0102', { start: 5, end: 5 }]]);
});

test('parts of declarations', () => {
  const read = (text: string) => ({ ...fragment, text, place: (offset: number) => offset });
  expect(parseFragment(read('buy 1 base at limit p'), grammar => grammar.standingOrder()).value).toMatchObject({
    side: 'buy',
  });
  expect(parseFragment(read('limit (a + b)'), grammar => grammar.propertyValue('at')).value).toMatchObject({
    kind: 'order',
  });
  expect(parseFragment(read('limit(a)'), grammar => grammar.propertyValue('size')).value).toMatchObject({
    kind: 'expression',
  });
  expect(parseFragment(read('risking 1% of equity'), grammar => grammar.propertyValue('size')).value).toMatchObject({
    kind: 'sizing',
  });
});
