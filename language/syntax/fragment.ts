/**
 * Parts of the language that stand by themselves, as they do in the scalars of a YAML file: an expression, the value
 * of a property, `5..60`, `buy 0.1 base at limit P`. Spans and problems point into the file the part came from.
 */
import { unpairedBrackets } from './brackets.ts';
import { CommentIndex } from './comments.ts';
import type { DeclarationGrammar } from './grammar-declarations.ts';
import { type Run, runRule } from './grammar-run.ts';
import { scan, tokenEnd } from './scan.ts';
import { bracketProblem } from './syntax-errors.ts';
import type { Expression, SourceFile } from './tree.ts';

export interface Fragment {
  readonly text: string;
  readonly source: SourceFile;
  /** From an offset in `text` to the offset in the file, also for the one behind the last character. */
  readonly place: (offset: number) => number;
  /** What is read, for messages: "`let quick`". */
  readonly owner: string;
}

export type FragmentRule<T> = (grammar: DeclarationGrammar) => T;

/** Reads a whole text by one rule of the grammar. */
export function parseFragment<T>(fragment: Fragment, rule: FragmentRule<T>): Run<T> {
  const { text, source, place, owner } = fragment;
  const scanned = scan(text);
  const spanOf = ({ start, end }: { readonly start: number; readonly end: number }) => ({
    start: place(start),
    end: place(end),
  });
  if (scanned.problems.length > 0) {
    return { problems: scanned.problems.map(({ span, report }) => report(source, spanOf(span))) };
  }
  const brackets = unpairedBrackets(scanned.tokens);
  if (brackets.length > 0) {
    return {
      problems: brackets.map(bracket => {
        const { token } = bracket;
        return bracketProblem(bracket, source, spanOf({ start: token.startOffset, end: tokenEnd(token) }));
      }),
    };
  }
  const context = { source, place, owner, comments: new CommentIndex(scanned), before: 'the end of the value' };
  return runRule(scanned.tokens, context, rule);
}

/** One expression. */
export function parseExpression(fragment: Fragment): Run<Expression> {
  return parseFragment(fragment, grammar => grammar.expression());
}
