/** The TextMate grammars: their patterns, run as an editor runs them, on words whose meaning is known. */
import { describe, expect, test } from 'vitest';
import { DECLARATION_KEYWORDS } from '../../language/syntax/keywords.ts';
import { RESERVED_WORDS } from '../../language/syntax/tokens.ts';
import { type Grammar, markdownGrammar, type Rule, velaGrammar, yamlGrammar } from '../../tools/vscode/grammar.ts';
import { EVERYTHING } from '../support/everything.ts';

const GRAMMARS = { vela: velaGrammar(), markdown: markdownGrammar(), yaml: yamlGrammar() };
const own = GRAMMARS.vela;

function rulesOf(rule: Rule): readonly Rule[] {
  return [rule, ...(rule.patterns ?? []).flatMap(rulesOf)];
}
function everyRule({ patterns, repository }: Grammar): readonly Rule[] {
  return [...patterns, ...Object.values(repository)].flatMap(rulesOf);
}

/** Rules with a pattern, in the order in which an editor tries them. */
function flat(rules: readonly Rule[]): readonly Rule[] {
  return rules.flatMap(rule => {
    if (rule.include !== undefined) return flat([own.repository[rule.include.slice(1)] ?? {}]);
    return rule.match === undefined && rule.begin === undefined ? flat(rule.patterns ?? []) : [rule];
  });
}

interface Token {
  readonly text: string;
  readonly scope: string;
}

/** One line: the leftmost match wins, then the earlier rule. Texts in quotes end on their line. */
function tokens(line: string, rules = flat(own.patterns)): readonly Token[] {
  const found: Token[] = [];
  for (let at = 0; at < line.length; ) {
    const matches = rules.flatMap(rule => {
      const pattern = rule.begin === undefined ? (rule.match ?? '') : `${rule.begin}(?:[^"\\\\]|\\\\.)*(?:${rule.end})`;
      const match = new RegExp(pattern, 'dg');
      match.lastIndex = at;
      const result = match.exec(line);
      return result === null ? [] : [{ rule, result }];
    });
    const first = matches.reduce<(typeof matches)[number] | undefined>(
      (best, next) => (best === undefined || next.result.index < best.result.index ? next : best),
      undefined,
    );
    if (first === undefined) break;
    const { rule, result } = first;
    if (rule.name !== undefined) found.push({ text: result[0], scope: rule.name });
    for (const [number, { name, patterns }] of Object.entries(rule.captures ?? {})) {
      const text = result[Number(number)];
      if (text === undefined) continue;
      if (name !== undefined) found.push({ text, scope: name });
      if (patterns !== undefined) found.push(...tokens(text, flat(patterns)));
    }
    at = Math.max(result.index + result[0].length, at + 1);
  }
  return found;
}
const scopeOf = (line: string, word: string) => tokens(line).find(({ text }) => text === word)?.scope;

describe('the grammars', () => {
  for (const [name, grammar] of Object.entries(GRAMMARS)) {
    test(`${name}: patterns that compile, parts that are there`, () => {
      const rules = everyRule(grammar);
      for (const { match, begin } of rules)
        for (const pattern of [match, begin]) if (pattern) new RegExp(pattern.replaceAll('\\G', ''));
      const includes = rules.flatMap(({ include }) => include ?? []);
      const missing = includes.filter(include => {
        const [, scope = '', part] = /^([\w.]*)(?:#(\w+))?$/.exec(include) ?? [];
        if (scope === 'source.yaml') return false;
        const { repository } = scope === 'source.vela' ? own : grammar;
        return part !== undefined && repository[part] === undefined;
      });
      expect(missing).toEqual([]);
    });
  }

  test('every statement begins with a keyword', () => {
    for (const keyword of DECLARATION_KEYWORDS)
      expect(scopeOf(`${keyword} x`, keyword)).toMatch(/^(keyword\.control|storage\.type)\./);
  });

  test('no reserved word is taken for a name', () => {
    const names = EVERYTHING.split('\n')
      .flatMap(line => tokens(line))
      .filter(({ text, scope }) => RESERVED_WORDS.has(text) && text !== 'model' && scope.startsWith('variable.other'));
    expect(names).toEqual([]);
  });

  test.for([
    ['## Look-back', '## Look-back', 'comment.line.documentation.vela'],
    ['let a = 1  # one', '# one', 'comment.line.number-sign.vela'],
    ['strategy "A # b"', '"A # b"', 'string.quoted.double.vela'],
    ['param fast: bars = 20 in 5..60', 'fast', 'variable.parameter.vela'],
    ['param fast: bars = 20 in 5..60', 'bars', 'support.type.vela'],
    ['param fast: bars = 20 in 5..60', 'in', 'keyword.other.vela'],
    ['when up enter long { size: 95% of equity }', 'enter', 'keyword.control.action.vela'],
    ['when up enter long { size: 95% of equity }', 'size', 'support.type.property-name.vela'],
    ['when up enter long { size: 95% of equity }', '%', 'keyword.other.unit.vela'],
    ['when up enter long { size: 95% of equity }', 'equity', 'support.variable.account.vela'],
    ['let a = sma(close, 20)', 'sma', 'support.function.vela'],
    ['let a = sma(close, 20)', 'close', 'variable.language.vela'],
    ['label y = ahead(close, 6) / close - 1', 'ahead', 'support.function.future.vela'],
    ['signal a = x crosses above y', 'crosses above', 'keyword.operator.wordlike.vela'],
    ['let a = scale(want, gross = 100%)', 'gross', 'variable.parameter.vela'],
    ['let a = trained_to(2023-12-31)', '2023-12-31', 'constant.numeric.date.vela'],
    ['let step = limit', 'step', 'variable.other.constant.vela'],
    ['fn calm(src: price, len: bars) -> bool = src < len', 'calm', 'entity.name.function.vela'],
    ['fn calm(src: price, len: bars) -> bool = src < len', 'src', 'variable.parameter.vela'],
  ] as const)('%s: %s', ([line, word, scope]) => {
    expect(scopeOf(line, word)).toBe(scope);
  });
});
