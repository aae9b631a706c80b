/**
 * What a parser's exception means for the person who wrote the file: one code, the smallest span, plain phrases.
 * The grammar's alternatives never show; `expected` is given only where one thing alone could stand.
 */

import { EOF, type IRecognitionException, type IToken, tokenMatcher } from 'chevrotain';
import type { BracketProblem } from './brackets.ts';
import type { Problem } from './problem.ts';
import { tokenEnd } from './scan.ts';
import { mostSimilar } from './similar.ts';
import { syntaxProblem } from './syntax-codes.ts';
import { Colon, Comma, Dot, Equals, Name, Numeric, Percent, RESERVED_WORDS, Word } from './tokens.ts';
import type { SourceFile, Span } from './tree.ts';

/** Where the mistake was met. */
export interface ErrorPlace {
  readonly source: SourceFile;
  readonly place: (offset: number) => number;
  /** All tokens of the piece. */
  readonly tokens: readonly IToken[];
  /** "`let quick`", "a `when` rule": what is being read as a whole. */
  readonly owner: string;
  /** What follows the piece: "the next declaration", "the end of the file". */
  readonly before: string;
}

/** The part of a declaration that a rule reads. The innermost rule with a phrase gives it. */
const PART: Readonly<Record<string, string>> = {
  operand: 'a value',
  signed: 'a value',
  chain: 'a value',
  expression: 'a value',
  simpleValue: 'the value',
  range: 'the range',
  axis: 'the universe',
  argument: 'an argument',
  argumentList: 'the arguments',
  property: 'a property',
  block: 'the block',
  targetPart: 'a part of the target',
  targetParts: 'the parts of the target',
  action: 'the action',
  target: 'the instrument or universe',
  standingOrder: 'the order',
  steps: 'the steps',
  weights: 'the weights',
  parameter: 'a parameter',
  fnResult: 'the result',
  capAction: 'the action of the cap',
  weekdays: 'the weekdays',
};

/** What a rule with several alternatives needs, as one thing. */
const NEEDED: Readonly<Record<string, string>> = {
  operand: 'a value',
  literal: 'a value',
  reference: 'a value',
  action: 'an action such as `enter long` or `exit`',
  side: 'a side, `long` or `short`',
  capAction: 'an action such as `halt` or `flatten`',
  standingOrder: '`buy` or `sell`',
  fnResult: 'a type',
  operator: '`above` or `below`',
  rebalance: '`every` or `when`',
  plot: 'a value',
  universe: 'a text in quotes',
};

/** A mistake with what stands around it. */
interface Case {
  readonly at: ErrorPlace;
  readonly token: IToken;
  readonly previous: IToken | undefined;
  readonly next: IToken | undefined;
  /** The innermost rule that was being read. */
  readonly rule: string;
  readonly reading: string;
  /** The label of the one token that could stand here, or the one thing a rule needs. */
  readonly needed: string | undefined;
  /** Whether a complete node stands before the token. */
  readonly isBehind: boolean;
}

export function describeSyntaxError(error: IRecognitionException, at: ErrorPlace): Problem {
  const rules = error.context.ruleStack;
  const rule = rules.at(-1) ?? '';
  const part = rules.findLast(one => PART[one] !== undefined);
  const isBehind = error.name === 'NotAllInputParsedException';
  const token = error.token;
  const index = at.tokens.indexOf(token);
  const mistake: Case = {
    at,
    token,
    previous: at.tokens[index - 1],
    next: at.tokens[index + 1],
    rule,
    reading: part === undefined ? at.owner : `${PART[part]} of ${at.owner}`,
    needed: isBehind ? undefined : error.name === 'MismatchedTokenException' ? error.message : NEEDED[rule],
    isBehind,
  };
  if (token.tokenType === EOF) return unfinished(mistake);
  for (const recognise of KNOWN_MISTAKES) {
    const problem = recognise(mistake);
    if (problem !== undefined) return problem;
  }
  return unexpected(mistake, mistake.needed);
}

function unfinished({ at, reading, needed }: Case): Problem {
  const last = at.tokens.findLast(one => one.image !== '');
  const end = at.place(last === undefined ? 0 : tokenEnd(last));
  const facts = { reading, before: at.before, ...(needed !== undefined && { expected: needed }) };
  return syntaxProblem('E0102', at.source, { start: end, end }, facts);
}

function unexpected({ at, token, previous, reading }: Case, expected: string | undefined): Problem {
  const span = spanOf(at, token);
  if (expected === undefined) return syntaxProblem('E0101', at.source, span, { found: token.image, reading });
  const word = /^`([^`]+)`$/.exec(expected)?.[1];
  // A sign or word that is missing stands before what was found, unless that was written instead of it.
  const isMissing = word !== undefined && previous !== undefined && !INSTEAD.has(token.image);
  const facts = { found: token.image, reading, expected, ...(isMissing && { missing: true }) };
  return syntaxProblem('E0101', at.source, span, facts, isMissing ? insertion(at, previous, word) : {});
}

/** Marks that are written where another one belongs. */
const INSTEAD: ReadonlySet<string> = new Set([':', '=', '==', '->', '.', '..', ';']);

// ---------------------------------------------------------------- mistakes with a known mend

type Recognise = (mistake: Case) => Problem | undefined;

/** Words between two values, as far as they are long enough to be recognised when misspelt. */
const INFIX_WORDS = ['crosses', 'between', 'across'];

/** In the order in which they are tried. */
const KNOWN_MISTAKES: readonly Recognise[] = [
  // `let at = 5`
  ({ at, token, needed }) =>
    (needed === Name.LABEL || needed === Word.LABEL) && RESERVED_WORDS.has(token.image)
      ? syntaxProblem('E0112', at.source, spanOf(at, token), { word: token.image })
      : undefined,

  // `fast crosess above slow`
  ({ at, token, previous, reading }) => {
    if (previous === undefined || !endsValue(previous) || !tokenMatcher(token, Name)) return undefined;
    const meant = mostSimilar(token.image, INFIX_WORDS);
    if (meant === undefined) return undefined;
    const span = spanOf(at, token);
    const facts = { found: token.image, reading, expected: `\`${meant}\`` };
    return syntaxProblem('E0101', at.source, span, facts, replacement(span, meant));
  },

  // `.5`
  ({ at, token, next, rule }) => {
    if (token.tokenType !== Dot || next === undefined || !tokenMatcher(next, Numeric) || rule !== 'operand')
      return undefined;
    const found = `.${next.image}`;
    const span = { start: at.place(token.startOffset), end: at.place(tokenEnd(next)) };
    const facts = { found, reason: 'leading digit missing', suggestion: `0${found}` } as const;
    return syntaxProblem('E0109', at.source, span, facts, replacement(span, facts.suggestion));
  },

  // `{ fee: 10bp, slippage: 2bp }`: the comma was read as the beginning of a list
  ({ at, token, reading }) => {
    const [comma, key] = at.tokens.slice(at.tokens.indexOf(token) - 2);
    if (token.tokenType !== Colon || comma?.tokenType !== Comma || key === undefined || !tokenMatcher(key, Word))
      return undefined;
    const span = spanOf(at, comma);
    const fix = { title: 'remove the comma', safe: true, edits: [{ span, text: '' }] };
    return syntaxProblem('E0101', at.source, span, { found: ',', reading }, { fix });
  },

  // `{ size = 10% }`
  mistake =>
    mistake.token.tokenType === Equals && (mistake.rule === 'block' || mistake.rule === 'property')
      ? unexpected(mistake, '`:`')
      : undefined,

  // `when a = b exit`
  ({ at, token, previous, reading, needed, isBehind, rule }) => {
    const followsValue = isBehind || rule === 'action' || needed === undefined || CONTINUES.has(needed);
    if (token.tokenType !== Equals || previous === undefined || !followsValue || !endsValue(previous)) return undefined;
    const span = spanOf(at, token);
    return syntaxProblem('E0111', at.source, span, { reading }, replacement(span, '=='));
  },

  // `instrument BTC/USDT on binance`
  ({ at, token, previous, next, reading }) => {
    const isSymbol = at.owner.startsWith('`instrument') || at.owner.startsWith('`universe');
    if (token.image !== '/' || previous === undefined || next === undefined || !isSymbol) return undefined;
    const span = { start: at.place(previous.startOffset), end: at.place(tokenEnd(next)) };
    const found = `${previous.image}/${next.image}`;
    const facts = { found, reading, expected: 'a text in quotes' };
    return syntaxProblem('E0101', at.source, span, facts, replacement(span, `"${found}"`));
  },

  // `sma(close 20)`
  mistake =>
    mistake.rule === 'argumentList' && mistake.token.tokenType !== Colon ? unexpected(mistake, '`,`') : undefined,

  // `50% equity`
  mistake =>
    mistake.isBehind && mistake.previous?.tokenType === Percent && tokenMatcher(mistake.token, Name)
      ? unexpected(mistake, '`of`')
      : undefined,

  // `when up enter long size: 10%`
  mistake =>
    mistake.isBehind && mistake.next?.tokenType === Colon && tokenMatcher(mistake.token, Word)
      ? unexpected(mistake, '`{`')
      : undefined,
];

/** What could come behind a value, where `=` was found instead. */
const CONTINUES: ReadonlySet<string> = new Set(['`)`', '`]`', '`then`', '`else`', '`at`', '`..`', '`keep`', '`to`']);

function endsValue(token: IToken): boolean {
  return tokenMatcher(token, Name) || tokenMatcher(token, Numeric) || token.image === ')' || token.image === ']';
}

function spanOf({ place }: ErrorPlace, token: IToken): Span {
  return { start: place(token.startOffset), end: place(tokenEnd(token)) };
}

/** A word set behind a token. It may not be what was meant, so it is not safe. */
function insertion({ place }: ErrorPlace, previous: IToken, word: string): Pick<Problem, 'fix'> {
  const end = place(tokenEnd(previous));
  const text = word === ',' || word === ':' || word === ')' || word === ']' ? word : ` ${word}`;
  return { fix: { title: `write \`${word}\``, safe: false, edits: [{ span: { start: end, end }, text }] } };
}

export function replacement(span: Span, text: string): Pick<Problem, 'fix'> {
  return { fix: { title: `write \`${text}\``, safe: true, edits: [{ span, text }] } };
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

export function bracketProblem({ kind, token }: BracketProblem, source: SourceFile, span: Span): Problem {
  const bracket = token.image;
  return kind === 'stray'
    ? syntaxProblem('E0105', source, span, { bracket })
    : syntaxProblem('E0104', source, span, { bracket, closer: CLOSING[bracket] ?? '' });
}
