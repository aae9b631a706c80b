import {
  type IProduction,
  type IProductionWithOccurrence,
  LLkLookaheadStrategy,
  NonTerminal,
  type Rule,
} from 'chevrotain';
import { expect, test } from 'vitest';
import { adopt, type DecisionTable } from '../../../language/syntax/decisions.ts';
import { DeclarationGrammar } from '../../../language/syntax/grammar-declarations.ts';
import { DECLARATION_KEYWORDS } from '../../../language/syntax/keywords.ts';
import { isName, RESERVED_WORDS, VOCABULARY } from '../../../language/syntax/tokens.ts';
import { declarationOf } from '../../support/generate-tree.ts';

test('the grammar passes the parser generator’s own checks, which are skipped when it runs', () => {
  expect(() => new DeclarationGrammar(true)).not.toThrow();
});

type Decide = (this: unknown, alternatives: unknown[]) => unknown;
const KINDS = [
  'Alternation',
  'Option',
  'Repetition',
  'RepetitionMandatory',
  'RepetitionWithSeparator',
  'RepetitionMandatoryWithSeparator',
] as const;

/** What the parser generator's own analysis decides, by rule, kind and number. */
function ownDecisions(rules: readonly Rule[]): ReadonlyMap<string, Decide> {
  const strategy = new LLkLookaheadStrategy({ maxLookahead: 1 });
  const found = new Map<string, Decide>();
  for (const rule of rules) {
    const common = { rule, maxLookahead: 1, dynamicTokensEnabled: false };
    const visit = (production: IProduction | IProductionWithOccurrence): void => {
      const kind = KINDS.find(known => production.constructor.name === known);
      if (kind !== undefined && 'idx' in production) {
        const prodOccurrence = production.idx ?? 0;
        const decide =
          kind === 'Alternation'
            ? strategy.buildLookaheadForAlternation({ ...common, prodOccurrence, hasPredicates: false })
            : strategy.buildLookaheadForOptional({ ...common, prodOccurrence, prodType: kind });
        found.set(`${rule.name} ${kind} ${prodOccurrence}`, decide as Decide);
      }
      // A use of another rule holds that rule's definition.
      if ('definition' in production && !(production instanceof NonTerminal))
        (production.definition as IProduction[]).forEach(visit);
    };
    visit(rule);
  }
  return found;
}

test('decisions brought along are those of the parser generator, for every token', () => {
  const grammar = new DeclarationGrammar(false);
  const table: DecisionTable = JSON.parse(JSON.stringify(grammar.decisionTable()));
  const names = Object.keys(table);
  const parser = {
    fullRuleNameToShort: Object.fromEntries(names.map((name, index) => [name, index])),
    lookAheadFuncsCache: [] as Decide[][],
  };
  adopt(parser, table);
  const brought = new Map(
    names.flatMap((name, index): (readonly [string, Decide])[] =>
      Object.entries(parser.lookAheadFuncsCache[index] ?? []).map(([key, decide]) => [
        `${name} ${KINDS[(Number(key) >> 8) - 1]} ${Number(key) & 255}`,
        decide,
      ]),
    ),
  );
  const own = ownDecisions(Object.values(grammar.getGAstProductions()));
  expect([...brought.keys()].sort()).toEqual([...own.keys()].sort());
  for (const [name, decide] of own)
    for (const token of VOCABULARY) {
      const reader = { LA: () => token, LA_FAST: () => token };
      expect([name, token.name, brought.get(name)?.call(reader, [])]).toEqual([
        name,
        token.name,
        decide.call(reader, []),
      ]);
    }
});

test('reserved are the declaration keywords and the words of expressions, nothing else', () => {
  const expressionWords = 'if then else and or not of mod between crosses above below prev now across'.split(' ');
  expect([...RESERVED_WORDS].sort()).toEqual([...DECLARATION_KEYWORDS, ...expressionWords].sort());
  expect(['step', 'base', 'keep', 'first', 'long', 'in', 'is', 'absent'].every(isName)).toBe(true);
});

test('the generated trees cover every declaration', () => {
  expect(Object.keys(declarationOf).sort()).toEqual([...DECLARATION_KEYWORDS].sort());
});
