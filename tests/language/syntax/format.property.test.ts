/** The formatter and the parser are each other's inverse, for every tree the language can have. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { format } from '../../../language/syntax/format.ts';
import { parse } from '../../../language/syntax/parse.ts';
import { withoutPositions } from '../../../language/syntax/positions.ts';
import type { Declaration } from '../../../language/syntax/tree.ts';
import { declarationOf, tree, treeOf } from '../../support/generate-tree.ts';

const deep = process.env.VELA_DEEP === '1';

function read(text: string) {
  return parse({ name: 'generated.vela', text, form: 'vela' });
}

describe('format → parse', () => {
  for (const [kind, arbitrary] of Object.entries(declarationOf) as [string, fc.Arbitrary<Declaration>][]) {
    test(`gives back any \`${kind}\` and is a fixed point`, () => {
      fc.assert(
        fc.property(arbitrary, declaration => {
          const original = treeOf([declaration]);
          const text = format(original);
          const again = read(text);
          expect(again.problems).toEqual([]);
          expect(withoutPositions(again.tree)).toEqual(withoutPositions(original));
          expect(format(again.tree)).toBe(text);
        }),
        { numRuns: deep ? 5000 : 60, seed: 1 },
      );
    });
  }

  test('gives back whole files', () => {
    fc.assert(
      fc.property(tree, original => {
        const text = format(original);
        const again = read(text);
        expect(again.problems).toEqual([]);
        expect(withoutPositions(again.tree)).toEqual(withoutPositions(original));
        expect(format(again.tree)).toBe(text);
      }),
      { numRuns: deep ? 5000 : 150, seed: 1 },
    );
  });
});
