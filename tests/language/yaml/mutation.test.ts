/** No YAML makes the front end throw, and every span lies inside the file. */
import { expect, test } from 'vitest';
import { format } from '../../../language/syntax/format.ts';
import { parse } from '../../../language/syntax/parse.ts';
import { parseYaml } from '../../../language/yaml/read.ts';
import { toYaml } from '../../../language/yaml/write.ts';
import { EXAMPLES } from '../../support/language-examples.ts';
import { mutations } from '../../support/mutate.ts';

const count = process.env.VELA_DEEP === '1' ? 100_000 : 5000;
const originals = Object.values(EXAMPLES).map(text => toYaml(parse({ name: 'x.vela', text, form: 'vela' }).tree));

test(`${count} damaged YAML files parse without a throw`, () => {
  let damaged = 0;
  for (const text of mutations(originals, count, 5)) {
    const { tree, problems } = parseYaml({ name: 'damaged.yaml', text, form: 'yaml' });
    const outside = problems.filter(
      ({ span }) => !(span.start >= 0 && span.end >= span.start && span.end <= text.length),
    );
    if (outside.length > 0) expect({ text, outside }).toBe('inside the file');
    if (problems.length > 0) damaged++;
    // What was read is well formed: it can be written in both spellings.
    format(tree);
    toYaml(tree);
  }
  expect(damaged).toBeGreaterThan(count / 4);
});
