/**
 * The vocabulary: every kind of token the grammar knows, and the table that says which words are reserved.
 *
 * Reserved are only the keywords that start a declaration and the words of expressions. All other words with a
 * meaning of their own (`enter`, `step`, `base`, `keep` …) belong to the category `Name` too, so they may be names.
 * A token's `LABEL` is the phrase a message uses for it.
 */

import { createToken, Lexer, type TokenType } from 'chevrotain';
import { DECLARATION_KEYWORDS, type DeclarationKeyword } from './keywords.ts';

function kind(name: string, label: string, categories: readonly TokenType[] = []): TokenType {
  return createToken({ name, label, pattern: Lexer.NA, categories: [...categories] });
}

/** Any word at all: what a property key and an argument name may be. */
export const Word = kind('Word', 'a word');
/** What may stand for a value by itself: a name, or the configured `model`. */
export const Referable = kind('Referable', 'a name');
/** Any word that is not reserved. */
export const Name = kind('Name', 'a name', [Word, Referable]);
export const Identifier = kind('Identifier', 'a name', [Name]);

export const Text = kind('Text', 'a text in quotes');
export const Numeric = kind('Numeric', 'a number');
export const NumberToken = kind('Number', 'a number', [Numeric]);
export const Percent = kind('Percent', 'a percentage', [Numeric]);
export const BasisPoints = kind('BasisPoints', 'a number of basis points', [Numeric]);
export const DurationToken = kind('Duration', 'a length of time such as `1h`');
export const DateToken = kind('Date', 'a date such as `2023-12-31`');
/** What no rule of the grammar accepts; the scanner says why in its own problem. */
export const Stray = kind('Stray', 'a character without meaning');

/** An operator of one token that stands between two values. */
export const BinaryToken = kind('Binary', 'an operator');

function punctuation(image: string, name: string, categories: readonly TokenType[] = []): TokenType {
  return kind(name, `\`${image}\``, categories);
}
export const Equals = punctuation('=', 'Equals');
export const Colon = punctuation(':', 'Colon');
export const Comma = punctuation(',', 'Comma');
export const Dot = punctuation('.', 'Dot');
export const DotDot = punctuation('..', 'DotDot');
export const Arrow = punctuation('->', 'Arrow');
export const OpenParen = punctuation('(', 'OpenParen');
export const CloseParen = punctuation(')', 'CloseParen');
export const OpenSquare = punctuation('[', 'OpenSquare');
export const CloseSquare = punctuation(']', 'CloseSquare');
export const OpenBrace = punctuation('{', 'OpenBrace');
export const CloseBrace = punctuation('}', 'CloseBrace');
export const Minus = punctuation('-', 'Minus', [BinaryToken]);

export const PUNCTUATION: ReadonlyMap<string, TokenType> = new Map([
  ['=', Equals],
  [':', Colon],
  [',', Comma],
  ['.', Dot],
  ['..', DotDot],
  ['->', Arrow],
  ['(', OpenParen],
  [')', CloseParen],
  ['[', OpenSquare],
  [']', CloseSquare],
  ['{', OpenBrace],
  ['}', CloseBrace],
  ['-', Minus],
  ['+', punctuation('+', 'Plus', [BinaryToken])],
  ['*', punctuation('*', 'Star', [BinaryToken])],
  ['/', punctuation('/', 'Slash', [BinaryToken])],
  ['^', punctuation('^', 'Caret', [BinaryToken])],
  ['<', punctuation('<', 'Less', [BinaryToken])],
  ['<=', punctuation('<=', 'LessOrEqual', [BinaryToken])],
  ['>', punctuation('>', 'Greater', [BinaryToken])],
  ['>=', punctuation('>=', 'GreaterOrEqual', [BinaryToken])],
  ['==', punctuation('==', 'EqualEqual', [BinaryToken])],
  ['!=', punctuation('!=', 'NotEqual', [BinaryToken])],
]);

function reserved(word: string, categories: readonly TokenType[] = []): TokenType {
  return kind(`'${word}'`, `\`${word}\``, [Word, ...categories]);
}

const declarationTokens = Object.fromEntries(
  DECLARATION_KEYWORDS.map(word => [word, reserved(word, word === 'model' ? [Referable] : [])]),
) as Record<DeclarationKeyword, TokenType>;

const EXPRESSION_WORDS = [
  'if',
  'then',
  'else',
  'not',
  'and',
  'or',
  'of',
  'mod',
  'between',
  'crosses',
  'above',
  'below',
  'prev',
  'now',
  'across',
] as const;
type ExpressionWord = (typeof EXPRESSION_WORDS)[number];
const BINARY_WORDS: ReadonlySet<string> = new Set<ExpressionWord>(['and', 'of', 'mod']);

const expressionTokens = Object.fromEntries(
  EXPRESSION_WORDS.map(word => [word, reserved(word, BINARY_WORDS.has(word) ? [BinaryToken] : [])]),
) as Record<ExpressionWord, TokenType>;

/** The reserved words by themselves: `K.let`, `K.crosses`. */
export const K = { ...declarationTokens, ...expressionTokens };

/** Words with a meaning in one place that are names everywhere else. */
const CONTEXTUAL_WORDS = [
  'absent',
  'add',
  'after',
  'alert',
  'as',
  'bar',
  'bars',
  'base',
  'buy',
  'by',
  'cap',
  'enter',
  'exit',
  'expect',
  'flatten',
  'for',
  'from',
  'given',
  'halt',
  'in',
  'is',
  'keep',
  'lags',
  'learn',
  'limit',
  'long',
  'maker',
  'market',
  'on',
  'over',
  'pause',
  'quote',
  'reduce',
  'refuse',
  'reset',
  'rest',
  'risking',
  'sell',
  'short',
  'starts',
  'step',
  'stop',
  'taker',
  'target_vol',
  'to',
  'until',
] as const;
type ContextualWord = (typeof CONTEXTUAL_WORDS)[number];

/** A unit behind a value: `26 bars`. */
export const UnitWord = kind('UnitWord', 'a unit', [Name]);

function contextual(word: ContextualWord): TokenType {
  const isUnit = word === 'bar' || word === 'bars' || word === 'base' || word === 'quote';
  return kind(`'${word}'`, `\`${word}\``, [isUnit ? UnitWord : Name]);
}
/** The contextual words: `C.enter`, `C.step`. */
export const C = Object.fromEntries(CONTEXTUAL_WORDS.map(word => [word, contextual(word)])) as Record<
  ContextualWord,
  TokenType
>;

export const WORDS: ReadonlyMap<string, TokenType> = new Map([...Object.entries(K), ...Object.entries(C)]);

export const RESERVED_WORDS: ReadonlySet<string> = new Set(Object.keys(K));
const declarationWords: ReadonlySet<string> = new Set(DECLARATION_KEYWORDS);

export function isDeclarationKeyword(word: string): word is DeclarationKeyword {
  return declarationWords.has(word);
}

const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whether a text can stand as a name: letters, digits and `_`, not reserved. */
export function isName(text: string): boolean {
  return NAME_PATTERN.test(text) && !RESERVED_WORDS.has(text);
}

export const VOCABULARY: TokenType[] = [
  Word,
  Referable,
  Name,
  Identifier,
  UnitWord,
  Text,
  Numeric,
  NumberToken,
  Percent,
  BasisPoints,
  DurationToken,
  DateToken,
  Stray,
  BinaryToken,
  ...PUNCTUATION.values(),
  ...WORDS.values(),
];
