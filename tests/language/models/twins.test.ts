/** What a strategy says about learning, in both spellings: the same tree, the same program, in a shape that the schema knows. */
import { readFileSync } from 'node:fs';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { format } from '../../../language/syntax/format.ts';
import { parse } from '../../../language/syntax/parse.ts';
import { withoutPositions } from '../../../language/syntax/positions.ts';
import { parseYaml } from '../../../language/yaml/read.ts';
import { toYaml } from '../../../language/yaml/write.ts';
import { checkText } from '../../support/language.ts';
import { META, RANKER } from './examples.ts';

const schema = JSON.parse(readFileSync(new URL('../../../config/strategy.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2019({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);

describe.each([
  ['a ranker', RANKER],
  ['a meta-model', META],
])('%s', (_, text) => {
  const { tree, problems } = parse({ name: 'x.vela', text, form: 'vela' });
  const yaml = toYaml(tree);

  it('is right, and can run', () => {
    const { program, diagnostics } = checkText(text);
    expect(problems).toEqual([]);
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(program.notYet).toEqual([]);
  });

  it('has a YAML twin, in the shape that the schema knows', () => {
    const back = parseYaml({ name: 'x.yaml', text: yaml, form: 'yaml' });
    expect(back.problems).toEqual([]);
    expect(withoutPositions(back.tree)).toEqual(withoutPositions(tree));
    validate(load(yaml));
    expect(validate.errors).toBeNull();
  });

  it('means the same in YAML', () => {
    const meaning = (form: 'vela' | 'yaml', source: string) => {
      const { blocks, labels, models, rebalances, universes, nodes } = checkText(source, { form }).program;
      const parts = { blocks, labels, models, rebalances, universes, nodes };
      return JSON.parse(JSON.stringify(parts), (key, value: unknown) => (key === 'span' ? undefined : value));
    };
    expect(meaning('yaml', yaml)).toEqual(meaning('vela', text));
  });

  it('is formatted once and for all', () => {
    const formatted = format(tree);
    const again = format(parse({ name: 'x.vela', text: formatted, form: 'vela' }).tree);
    expect(again).toBe(formatted);
  });
});
