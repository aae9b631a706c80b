import { expect, test } from 'vitest';
import { DeclarationGrammar } from '../../../language/syntax/grammar-declarations.ts';
import { DECLARATION_KEYWORDS, isName, RESERVED_WORDS } from '../../../language/syntax/tokens.ts';
import { declarationOf } from '../../support/generate-tree.ts';

test('the grammar passes the parser generator’s own checks, which are skipped when it runs', () => {
  expect(() => new DeclarationGrammar(true)).not.toThrow();
});

test('reserved are the declaration keywords and the words of expressions, nothing else', () => {
  const expressionWords = 'if then else and or not of mod between crosses above below prev now across'.split(' ');
  expect([...RESERVED_WORDS].sort()).toEqual([...DECLARATION_KEYWORDS, ...expressionWords].sort());
  expect(['step', 'base', 'keep', 'first', 'long', 'in', 'is', 'absent'].every(isName)).toBe(true);
});

test('the generated trees cover every declaration', () => {
  expect(Object.keys(declarationOf).sort()).toEqual([...DECLARATION_KEYWORDS].sort());
});
