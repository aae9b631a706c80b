/** The two spellings say the same: `.vela` → YAML → `.vela` and back gives equal trees. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { format } from '../../../language/syntax/format.ts';
import { parse } from '../../../language/syntax/parse.ts';
import { withoutPositions } from '../../../language/syntax/positions.ts';
import type { Declaration, Tree } from '../../../language/syntax/tree.ts';
import { parseYaml } from '../../../language/yaml/read.ts';
import { toYaml } from '../../../language/yaml/write.ts';
import { declarationOf, tree, treeOf } from '../../support/generate-tree.ts';
import { EXAMPLES } from '../../support/language-examples.ts';

const deep = process.env.VELA_DEEP === '1';

function fromYaml(text: string) {
  return parseYaml({ name: 'twin.yaml', text, form: 'yaml' });
}

function fromVela(text: string) {
  return parse({ name: 'twin.vela', text, form: 'vela' });
}

describe('tree → YAML → tree', () => {
  for (const [kind, arbitrary] of Object.entries(declarationOf) as [string, fc.Arbitrary<Declaration>][]) {
    test(`gives back any \`${kind}\``, () => {
      fc.assert(
        fc.property(arbitrary, declaration => {
          const original = treeOf([declaration]);
          const again = fromYaml(toYaml(original));
          expect(again.problems).toEqual([]);
          expect(withoutPositions(again.tree)).toEqual(withoutPositions(original));
        }),
        { numRuns: deep ? 5000 : 60, seed: 2 },
      );
    });
  }

  test('gives back whole files, and both spellings are fixed points', () => {
    fc.assert(
      fc.property(tree.map(oneOfEach), original => {
        const yaml = toYaml(original);
        const again = fromYaml(yaml);
        expect(again.problems).toEqual([]);
        expect(withoutPositions(again.tree)).toEqual(withoutPositions(original));
        const vela = fromVela(format(again.tree));
        expect(vela.problems).toEqual([]);
        expect(withoutPositions(vela.tree)).toEqual(withoutPositions(original));
        expect(toYaml(again.tree)).toBe(yaml);
      }),
      { numRuns: deep ? 5000 : 150, seed: 2 },
    );
  });
});

/** What stands under one key of a YAML file may stand there once: equal names and second blocks are mistakes anyway. */
function oneOfEach(original: Tree): Tree {
  const seen = new Set<string>();
  const declarations = original.declarations.filter(declaration => {
    const key = uniqueKey(declaration);
    if (key === undefined) return true;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return { ...original, declarations };
}

function uniqueKey(declaration: Declaration): string | undefined {
  const { kind } = declaration;
  switch (kind) {
    case 'require':
    case 'when':
    case 'while':
    case 'rebalance':
    case 'plot':
    case 'test':
      return undefined;
    case 'at':
      return `at ${declaration.clock.text}`;
    case 'use':
      return `use ${declaration.as.text}`;
    case 'train':
      return `train ${declaration.model.text}`;
    default:
      return 'name' in declaration && declaration.name !== undefined ? `${kind} ${declaration.name.text}` : kind;
  }
}

test('blocks of one clock stay apart', () => {
  const text = 'at day { let a = 1 }\nat week { let b = 2 }\nat day { let c = 3 }\n';
  const { tree: original } = fromVela(text);
  expect(withoutPositions(fromYaml(toYaml(original)).tree)).toEqual(withoutPositions(original));
});

test.each(Object.entries(EXAMPLES))('%s has an equal twin, with its comments', (_, text) => {
  const { tree: original } = fromVela(text);
  const yaml = toYaml(original);
  const again = fromYaml(yaml);
  expect(again.problems).toEqual([]);
  expect(withoutPositions(again.tree)).toEqual(withoutPositions(original));
  const comments = (source: string) => [...source.matchAll(/#+ ?(.*)/g)].map(([, comment]) => comment?.trim()).sort();
  expect(comments(yaml)).toEqual(comments(text));
  expect(comments(format(again.tree))).toEqual(comments(text));
});
