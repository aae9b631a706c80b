/** Walking over expressions. */
import type { Expression } from './tree.ts';

/** The expressions directly inside one, in the order of the text. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'number':
    case 'duration':
    case 'date':
    case 'string':
    case 'absent':
    case 'name':
      return [];
    case 'member':
      return [expression.object];
    case 'index':
      return [expression.object, expression.index];
    case 'call':
      // The name that is called is no value; what a method is called on is one.
      return [
        ...(expression.callee.kind === 'member' ? [expression.callee.object] : []),
        ...expression.arguments.map(argument => argument.value),
      ];
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'between':
      return [expression.value, expression.low, expression.high];
    case 'if':
      return [expression.condition, expression.then, expression.else];
    case 'suffixed':
    case 'across':
    case 'is':
      return [expression.value];
  }
}

/** The expression and everything inside it, outermost first. */
export function walk(expression: Expression, visit: (inner: Expression) => void): void {
  visit(expression);
  for (const child of childrenOf(expression)) walk(child, visit);
}
