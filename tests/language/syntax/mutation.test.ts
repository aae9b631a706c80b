/** No input makes the front end throw, and formatting a damaged file never loses a word of it. */
import { expect, test } from 'vitest';
import { formatText } from '../../../language/syntax/format.ts';
import { parse } from '../../../language/syntax/parse.ts';
import type { Problem } from '../../../language/syntax/problem.ts';
import { EXAMPLES } from '../../support/language-examples.ts';
import { mutations } from '../../support/mutate.ts';

const count = process.env.VELA_DEEP === '1' ? 100_000 : 10_000;

function words(text: string): string {
  return text.replace(/[\s(),#]+/g, '');
}

test(`${count} damaged files parse without a throw`, () => {
  let damaged = 0;
  for (const text of mutations(Object.values(EXAMPLES), count, 7)) {
    const source = { name: 'damaged.vela', text, form: 'vela' } as const;
    const { tree, problems } = parse(source);
    const outside = problems.filter(
      ({ span }) => !(span.start >= 0 && span.end >= span.start && span.end <= text.length),
    );
    if (outside.length > 0) expect({ text, outside }).toBe('inside the file');
    if ((tree.broken !== undefined) !== problems.length > 0) expect({ text, problems }).toBe('told by the tree');
    if (problems.length > 0) damaged++;
  }
  expect(damaged).toBeGreaterThan(count / 3);
});

test('formatting damaged files keeps every broken part and is a fixed point', () => {
  for (const text of mutations(Object.values(EXAMPLES), count / 20, 11)) {
    const source = { name: 'damaged.vela', text, form: 'vela' } as const;
    const first = formatText(source);
    const { tree } = parse(source);
    for (const { span } of tree.broken ?? []) {
      expect(words(first.text)).toContain(words(text.slice(span.start, span.end)));
    }
    const second = formatText({ ...source, text: first.text });
    const codes = (problems: readonly Problem[]) => problems.map(({ code }) => code);
    expect(codes(second.problems)).toEqual(codes(first.problems));
    expect(second.text).toBe(first.text);
  }
});
