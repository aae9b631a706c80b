/**
 * Which operator binds how tightly, and the folding of a flat chain into a tree by that table.
 *
 * The grammar reads `a + b * c > d and not e` as one flat list; one rule a precedence level would cost a call per level
 * for every number in the file.
 */
import type { BinaryOperator, Expression, Name, Span } from './tree.ts';

interface Binding {
  /** Higher binds tighter. */
  readonly level: number;
  readonly associates: 'left' | 'right' | 'never';
}

/** Level of `between` and `is`, which compare too. */
export const COMPARISON_LEVEL = 50;
export const NOT_LEVEL = 40;
export const ADDITIVE_LEVEL = 60;
/** Unary minus: `-a ^ 2` is `-(a ^ 2)`, `-a of b` is `(-a) of b`. */
export const MINUS_LEVEL = 85;
/** `prev x`, `x[1]`, `f(x)`, `x.y`, `5 bars`. */
export const POSTFIX_LEVEL = 100;

export const BINARY_BINDING: Readonly<Record<BinaryOperator, Binding>> = {
  'or else': { level: 10, associates: 'left' },
  or: { level: 20, associates: 'left' },
  and: { level: 30, associates: 'left' },
  '<': { level: COMPARISON_LEVEL, associates: 'never' },
  '<=': { level: COMPARISON_LEVEL, associates: 'never' },
  '>': { level: COMPARISON_LEVEL, associates: 'never' },
  '>=': { level: COMPARISON_LEVEL, associates: 'never' },
  '==': { level: COMPARISON_LEVEL, associates: 'never' },
  '!=': { level: COMPARISON_LEVEL, associates: 'never' },
  'crosses above': { level: COMPARISON_LEVEL, associates: 'never' },
  'crosses below': { level: COMPARISON_LEVEL, associates: 'never' },
  '+': { level: ADDITIVE_LEVEL, associates: 'left' },
  '-': { level: ADDITIVE_LEVEL, associates: 'left' },
  '*': { level: 70, associates: 'left' },
  '/': { level: 70, associates: 'left' },
  mod: { level: 70, associates: 'left' },
  of: { level: 80, associates: 'right' },
  '^': { level: 90, associates: 'right' },
};

/** One link of a flat chain, in the order of the text. */
export type ChainLink =
  | { readonly kind: 'prefix'; readonly operator: '-' | 'not'; readonly span: Span }
  | { readonly kind: 'operand'; readonly expression: Expression }
  | { readonly kind: 'operator'; readonly operator: BinaryOperator; readonly span: Span }
  | { readonly kind: 'between'; readonly span: Span }
  | { readonly kind: 'is'; readonly category: Name; readonly span: Span };

/** What can be wrong with a chain whose every token was welcome. */
export type FoldProblem =
  | { readonly kind: 'chained comparison'; readonly first: string; readonly second: string; readonly span: Span }
  | { readonly kind: 'between without and'; readonly span: Span };

/**
 * Folds operand (operator operand)* by the table; the grammar guarantees that order, so it never runs out of links.
 * A mistake is reported and folding goes on, to find the next one.
 */
export function foldChain(links: readonly ChainLink[], report: (problem: FoldProblem) => void): Expression {
  let at = 0;
  const peek = () => links[at];

  const readOperand = (): Expression => {
    const link = links[at++];
    if (link?.kind === 'operand') return link.expression;
    if (link?.kind !== 'prefix') throw new Error('a chain must alternate between operands and operators');
    const operand = readLevel(link.operator === 'not' ? NOT_LEVEL : MINUS_LEVEL);
    return { kind: 'unary', operator: link.operator, operand, span: { start: link.span.start, end: operand.span.end } };
  };

  const readLevel = (minimum: number): Expression => {
    let left = readOperand();
    let compared: string | undefined;
    for (let link = peek(); link !== undefined; link = peek()) {
      const level = link.kind === 'operator' ? BINARY_BINDING[link.operator].level : COMPARISON_LEVEL;
      if (level < minimum) break;
      if (level === COMPARISON_LEVEL) {
        const word = link.kind === 'operator' ? link.operator : link.kind;
        if (compared !== undefined && 'span' in link) {
          report({ kind: 'chained comparison', first: compared, second: word, span: link.span });
        }
        compared = word;
      } else compared = undefined;
      at++;
      left = extend(left, link, level);
    }
    return left;
  };

  const extend = (left: Expression, link: ChainLink, level: number): Expression => {
    switch (link.kind) {
      case 'operator': {
        const right = readLevel(BINARY_BINDING[link.operator].associates === 'right' ? level : level + 1);
        const span = { start: left.span.start, end: right.span.end };
        return { kind: 'binary', operator: link.operator, left, right, operatorSpan: link.span, span };
      }
      case 'is':
        return {
          kind: 'is',
          value: left,
          category: link.category,
          span: { start: left.span.start, end: link.span.end },
        };
      case 'between': {
        const low = readLevel(ADDITIVE_LEVEL);
        const conjunction = peek();
        if (conjunction?.kind !== 'operator' || conjunction.operator !== 'and') {
          report({ kind: 'between without and', span: link.span });
          return left;
        }
        at++;
        const high = readLevel(ADDITIVE_LEVEL);
        return { kind: 'between', value: left, low, high, span: { start: left.span.start, end: high.span.end } };
      }
      default:
        throw new Error('a chain must alternate between operands and operators');
    }
  };

  return readLevel(0);
}
