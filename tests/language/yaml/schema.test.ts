/**
 * `config/strategy.schema.json` and the reader say the same about the shape of a file: the schema is what editors show
 * and check by, the reader is what gives the messages.
 */
import { readFileSync } from 'node:fs';
import { Ajv2019 } from 'ajv/dist/2019.js';
import fc from 'fast-check';
import { dump, load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parse } from '../../../language/syntax/parse.ts';
import { RESERVED_WORDS } from '../../../language/syntax/tokens.ts';
import { parseYaml, SECTIONS } from '../../../language/yaml/read.ts';
import { toYaml } from '../../../language/yaml/write.ts';
import { EVERYTHING } from '../../support/everything.ts';
import { tree } from '../../support/generate-tree.ts';
import { EXAMPLES } from '../../support/language-examples.ts';
import { seededRandom } from '../../support/mutate.ts';

const schema = JSON.parse(readFileSync(new URL('../../../config/strategy.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2019({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);

const runs = process.env.VELA_DEEP === '1' ? 60_000 : 3000;

const SHAPE_CODES = new Set(['E0121', 'E0123', 'E0124', 'E0125', 'E0126', 'E0127']);

function read(text: string) {
  return parseYaml({ name: 'test.yaml', text, form: 'yaml' });
}

function yamlOf(text: string): string {
  return toYaml(parse({ name: 'x.vela', text, form: 'vela' }).tree);
}

test('the schema lists the sections and the reserved words of the language', () => {
  expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(SECTIONS).sort());
  expect(schema.$defs.name.not.enum).toEqual([...RESERVED_WORDS].sort());
});

test('every section and every shared part says what it is', () => {
  const parts: Record<string, { readonly description?: string; readonly $ref?: string }> = {
    ...schema.properties,
    ...schema.$defs,
  };
  expect(Object.keys(parts).filter(key => parts[key]?.description === undefined)).toEqual([]);
});

describe('accepts what the writer writes', () => {
  test.each(Object.entries({ ...EXAMPLES, EVERYTHING }))('%s', (_, text) => {
    validate(load(yamlOf(text)));
    expect(validate.errors).toBeNull();
  });

  test('any tree', () => {
    fc.assert(
      fc.property(tree, original => {
        let data: unknown;
        try {
          data = load(toYaml(original));
        } catch {
          // The same name twice is a duplicate key, a mistake in both spellings.
          return;
        }
        validate(data);
        expect(validate.errors).toBeNull();
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

test('schema and reader agree on thousands of files with a part deleted, renamed or replaced', () => {
  const random = seededRandom(9);
  const originals = Object.values({ ...EXAMPLES, EVERYTHING }).map(yamlOf);
  let refused = 0;
  for (let run = 0; run < runs; run++) {
    const data = reshape(load(originals[run % originals.length] ?? ''), random);
    const text = dump(data);
    const isValid = validate(data);
    const codes = read(text).problems.map(({ code }) => code);
    const hasShapeProblem = codes.some(code => SHAPE_CODES.has(code));
    if (isValid ? hasShapeProblem : codes.length === 0) {
      expect({ text, errors: validate.errors, codes }).toBe('agreement');
    }
    if (!isValid) refused++;
  }
  expect(refused).toBeGreaterThan(runs / 4);
});

const KEYS = ['foo', 'at', 'when', 'enter', 'symbols', 'default', 'properties', 'two words', 'use', 'clock', 'side'];
const VALUES: readonly unknown[] = ['x', 5, null, [], ['x'], {}, { x: 'y' }, [{ x: 'y' }], true];

/** A copy of plain data with one random change of its structure. */
function reshape(data: unknown, random: () => number): unknown {
  const copy = structuredClone(data);
  const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
  const visit = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      const holder = value as Record<string, unknown>;
      places.push({ holder, key });
      visit(holder[key]);
    }
  };
  visit(copy);
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
  const place = pick(places);
  if (place === undefined) return copy;
  const { holder, key } = place;
  const isList = Array.isArray(holder);
  switch (Math.floor(random() * 4)) {
    case 0:
      if (isList) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 1:
      if (!isList) {
        holder[pick(KEYS) ?? 'foo'] = holder[key];
        delete holder[key];
      }
      break;
    case 2:
      holder[key] = pick(VALUES);
      break;
    default:
      if (!isList) holder[pick(KEYS) ?? 'foo'] = pick(VALUES);
  }
  return copy;
}
