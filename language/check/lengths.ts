/** Lengths in bars of the base clock: `26 bars`, a param of bars, or a duration that is a whole number of bars. */
import type { Expression, Property } from '../syntax/tree.ts';
import type { Elaborator } from './elaborator.ts';
import type { NodeId } from './node.ts';
import { expressionOf } from './properties.ts';

export function lowerBars(property: Property, what: string, elaborator: Elaborator): NodeId | undefined {
  const expression = expressionOf(
    property,
    'a number of bars or a length of time, such as `12 bars` or `3d`',
    elaborator,
  );
  return expression && barsOf(expression, what, elaborator);
}

export function barsOf(expression: Expression, what: string, elaborator: Elaborator): NodeId | undefined {
  return elaborator.elaborate(expression, { base: 'num', unit: 'bars', clock: 0, what });
}
