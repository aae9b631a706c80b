/**
 * One run of the parser over the tokens of one piece: a rule, the context it reads in, and its mistakes as problems.
 */
import type { IToken } from 'chevrotain';
import { decisionTable } from './decision-table.ts';
import type { ReadingContext } from './grammar-base.ts';
import { DeclarationGrammar } from './grammar-declarations.ts';
import type { Problem } from './problem.ts';
import { syntaxProblem } from './syntax-codes.ts';
import { describeSyntaxError } from './syntax-errors.ts';
import { CloseBrace, CloseParen, CloseSquare, K, OpenBrace, OpenParen, OpenSquare } from './tokens.ts';

/** Deepest nesting of brackets and `if`s, and of the tree that comes out; far beyond what anyone reads. */
export const MAX_NESTING = 64;
const MAX_TREE_DEPTH = 1000;

export interface Run<T> {
  /** Absent when the piece has a mistake that leaves no well-formed node. */
  readonly value?: T;
  readonly problems: readonly Problem[];
}

export type RunContext = Omit<ReadingContext, 'problems'> & {
  /** What is being read, for messages: "`let quick`". */
  readonly owner: string;
  /** What follows, for messages: "`signal`", "the end of the file". */
  readonly before: string;
};

let grammar: DeclarationGrammar | undefined;

/** Building the parser costs some milliseconds, so it happens when the first file is read. */
function theGrammar(): DeclarationGrammar {
  grammar ??= new DeclarationGrammar(false, decisionTable());
  return grammar;
}

export function runRule<T>(
  tokens: readonly IToken[],
  context: RunContext,
  rule: (grammar: DeclarationGrammar) => T,
): Run<T> {
  const tooDeep = nestingBeyond(tokens);
  if (tooDeep !== undefined) {
    const span = {
      start: context.place(tooDeep.startOffset),
      end: context.place(tooDeep.startOffset + tooDeep.image.length),
    };
    return { problems: [syntaxProblem('E0117', context.source, span, { limit: MAX_NESTING })] };
  }
  const parser = theGrammar();
  const problems: Problem[] = [];
  parser.setContext({ ...context, problems });
  parser.input = [...tokens];
  const value = rule(parser);
  const error = parser.errors[0];
  if (error !== undefined) {
    // A node with something senseless behind it is dropped too: what was meant may change what it says.
    return { problems: [...problems, describeSyntaxError(error, { ...context, tokens })].slice(0, 1) };
  }
  if (tokens.length > MAX_TREE_DEPTH && isDeeperThan(value, MAX_TREE_DEPTH)) {
    const span = {
      start: context.place(tokens[0]?.startOffset ?? 0),
      end: context.place((tokens[0]?.startOffset ?? 0) + 1),
    };
    return { problems: [syntaxProblem('E0117', context.source, span, { limit: MAX_TREE_DEPTH })] };
  }
  const fatal = problems.some(problem => problem.code !== 'E0115');
  return fatal ? { problems } : { value, problems };
}

/** The token at which brackets and `if`s nest too deeply for a recursive parser. */
function nestingBeyond(tokens: readonly IToken[]): IToken | undefined {
  let depth = 0;
  let choices = 0;
  for (const token of tokens) {
    const { tokenType } = token;
    if (tokenType === OpenParen || tokenType === OpenSquare || tokenType === OpenBrace) depth++;
    else if (tokenType === CloseParen || tokenType === CloseSquare || tokenType === CloseBrace) depth--;
    else if (tokenType === K.if) choices++;
    if (depth + choices > MAX_NESTING) return token;
  }
  return undefined;
}

function isDeeperThan(node: unknown, limit: number): boolean {
  const waiting: { readonly node: object; readonly depth: number }[] = [];
  const push = (value: unknown, depth: number) => {
    if (typeof value === 'object' && value !== null) waiting.push({ node: value, depth });
  };
  push(node, 1);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.depth > limit) return true;
    for (const value of Object.values(next.node)) push(value, next.depth + 1);
  }
  return false;
}
