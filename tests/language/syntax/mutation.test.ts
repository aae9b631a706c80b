/** No input makes the front end throw, and formatting a damaged file never loses a word of it. */
import { expect, test } from 'vitest';
import { formatText } from '../../../language/syntax/format.ts';
import { parse } from '../../../language/syntax/parse.ts';
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
    for (const { span } of problems) {
      expect(span.start).toBeGreaterThanOrEqual(0);
      expect(span.end).toBeGreaterThanOrEqual(span.start);
      expect(span.end).toBeLessThanOrEqual(text.length);
    }
    expect(tree.broken !== undefined).toBe(problems.length > 0);
    if (problems.length > 0) damaged++;
  }
  expect(damaged).toBeGreaterThan(count / 3);
});

test('formatting damaged files keeps every broken part and is a fixed point', () => {
  for (const text of mutations(Object.values(EXAMPLES), count / 10, 11)) {
    const first = formatText({ name: 'damaged.vela', text, form: 'vela' });
    const { tree } = parse({ name: 'damaged.vela', text, form: 'vela' });
    for (const { span } of tree.broken ?? []) {
      expect(words(first.text)).toContain(words(text.slice(span.start, span.end)));
    }
    expect(first.problems.map(({ code }) => code)).toEqual(
      formatText({ name: 'damaged.vela', text: first.text, form: 'vela' }).problems.map(({ code }) => code),
    );
    expect(formatText({ name: 'damaged.vela', text: first.text, form: 'vela' }).text).toBe(first.text);
  }
});
