/**
 * What a parser's exception means for the person who wrote the file: one code, the smallest span, plain phrases.
 * The grammar's alternatives never show; `expected` is given only where one thing alone could stand.
 */
import { EOF, type IRecognitionException, type IToken, tokenMatcher } from 'chevrotain';
import type { BracketProblem } from './brackets.ts';
import type { Problem } from './problem.ts';
import { tokenEnd } from './scan.ts';
import { syntaxProblem } from './syntax-codes.ts';
import { Dot, Equals, Name, Numeric, RESERVED_WORDS, Word } from './tokens.ts';
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
};

export function describeSyntaxError(error: IRecognitionException, at: ErrorPlace): Problem {
  const rules = error.context.ruleStack;
  const part = rules.findLast(rule => PART[rule] !== undefined);
  const reading = part === undefined ? at.owner : `${PART[part]} of ${at.owner}`;
  const isMismatch = error.name === 'MismatchedTokenException';
  const needed = isMismatch ? error.message : NEEDED[rules.at(-1) ?? ''];
  const expected = error.name === 'NotAllInputParsedException' || needed === undefined ? {} : { expected: needed };
  const { token } = error;
  const { source, place } = at;

  if (token.tokenType === EOF) {
    const last = at.tokens.findLast(one => one.image !== '');
    const end = place(last === undefined ? 0 : tokenEnd(last));
    return syntaxProblem('E0102', source, { start: end, end }, { reading, before: at.before, ...expected });
  }

  const span: Span = { start: place(token.startOffset), end: place(tokenEnd(token)) };
  const index = at.tokens.indexOf(token);
  const previous = at.tokens[index - 1];
  const next = at.tokens[index + 1];
  const wantsName = isMismatch && (needed === Name.LABEL || needed === Word.LABEL);

  if (wantsName && RESERVED_WORDS.has(token.image)) {
    return syntaxProblem('E0112', source, span, { word: token.image });
  }
  if (token.tokenType === Equals && previous !== undefined && isOperandEnd(previous)) {
    return syntaxProblem('E0111', source, span, { reading }, replacement(span, '=='));
  }
  if (token.tokenType === Dot && next !== undefined && tokenMatcher(next, Numeric) && part === 'operand') {
    const found = `.${next.image}`;
    const whole = { start: span.start, end: place(tokenEnd(next)) };
    const facts = { found, reason: 'leading digit missing', suggestion: `0${found}` } as const;
    return syntaxProblem('E0109', source, whole, facts, replacement(whole, facts.suggestion));
  }
  return syntaxProblem('E0101', source, span, { found: token.image, reading, ...expected });
}

function isOperandEnd(token: IToken): boolean {
  return tokenMatcher(token, Name) || tokenMatcher(token, Numeric) || token.image === ')' || token.image === ']';
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
