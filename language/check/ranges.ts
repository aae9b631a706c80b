/** Numbers in a range: those that are written out are held against it here, params against theirs when a run sets them. */
import type { Expression, Property, Span } from '../syntax/tree.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Elaborator } from './elaborator.ts';
import { fixedValue } from './fixed.ts';
import type { NodeId } from './node.ts';
import { expressionOf } from './properties.ts';

interface Range {
  readonly what: string;
  readonly holds: (value: number) => boolean;
  /** "more than 0": completes "it must be …". */
  readonly words: string;
}

export const POSITIVE: Omit<Range, 'what'> = { holds: value => value > 0, words: 'more than 0' };
export const NOT_NEGATIVE: Omit<Range, 'what'> = { holds: value => value >= 0, words: '0 or more' };
/** A share of a whole. */
export const SHARE: Omit<Range, 'what'> = {
  holds: value => value > 0 && value <= 1,
  words: 'above 0% and at most 100%',
};

/** Reports a constant outside its range; gives the node back either way, so that nothing else is said about it. */
export function within(node: NodeId, span: Span, range: Range, elaborator: Elaborator): NodeId {
  const value = fixedValue(node, elaborator);
  if (value !== undefined && !range.holds(value))
    elaborator.report({
      code: DECLARATION_CODE.outOfRange,
      span,
      facts: { what: range.what, value: elaborator.file.text.slice(span.start, span.end), range: range.words },
    });
  return node;
}

/** Lengths in bars of the base clock: `26 bars`, a param of bars, or a time that is a whole number of bars. */
export function lowerBars(property: Property, what: string, elaborator: Elaborator): NodeId | undefined {
  const expected = 'a number of bars or a length of time, such as `12 bars` or `3d`';
  const expression = expressionOf(property, expected, elaborator);
  return expression && barsOf(expression, what, elaborator);
}

export function barsOf(expression: Expression, what: string, elaborator: Elaborator): NodeId | undefined {
  const node = elaborator.elaborate(expression, { base: 'num', unit: 'bars', clock: 0, what });
  const value = node === undefined ? undefined : fixedValue(node, elaborator);
  if (value !== undefined && value < 1)
    elaborator.report({
      code: EXPRESSION_CODE.badLength,
      span: expression.span,
      facts: { what, text: elaborator.textOf(expression), value, least: 1, reason: 'small' },
    });
  return node;
}
