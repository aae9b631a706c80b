/** The base type that a name will probably have, from its spelling alone: for suggestions, never for checking. */
import type { Expression } from '../syntax/tree.ts';
import type { BaseType, NodeId } from './node.ts';
import type { Entry } from './scope.ts';

const BOOL_OPERATORS = new Set(['<', '<=', '>', '>=', '==', '!=', 'and', 'or', 'crosses above', 'crosses below']);

/** `undefined`: cannot be told. `known`: the type of what is elaborated already. */
export function guessBase(entry: Entry, known: (node: NodeId) => BaseType): BaseType | undefined {
  if ((entry.kind === 'stream' || entry.kind === 'state' || entry.kind === 'bound') && entry.value?.kind === 'stream')
    return known(entry.value.node);
  switch (entry.kind) {
    case 'stream':
      return entry.declaration.kind === 'signal' ? 'bool' : guessBaseOf(entry.declaration.value);
    case 'state':
      return guessBaseOf(entry.declaration.then);
    case 'param':
      return entry.param?.type === 'bool' ? 'bool' : entry.param?.type === 'choice' ? 'text' : 'num';
    default:
      return undefined;
  }
}

export function guessBaseOf(expression: Expression): BaseType | undefined {
  switch (expression.kind) {
    case 'number':
    case 'duration':
    case 'suffixed':
      return 'num';
    case 'between':
    case 'is':
      return 'bool';
    case 'unary':
      return expression.operator === '-'
        ? 'num'
        : expression.operator === 'not'
          ? 'bool'
          : guessBaseOf(expression.operand);
    case 'binary':
      if (BOOL_OPERATORS.has(expression.operator)) return 'bool';
      return expression.operator === 'or else' ? guessBaseOf(expression.right) : 'num';
    case 'if':
      return guessBaseOf(expression.then) ?? guessBaseOf(expression.else);
    case 'index':
      return guessBaseOf(expression.object);
    case 'name':
      return expression.text === 'true' || expression.text === 'false' ? 'bool' : undefined;
    default:
      return undefined;
  }
}
