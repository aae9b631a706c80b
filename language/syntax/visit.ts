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
      return [expression.callee, ...expression.arguments.map(argument => argument.value)];
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

/** Every expression inside one, itself first, in the order of the text. */
export function* expressionsIn(root: Expression): Generator<Expression> {
  yield root;
  for (const child of childrenOf(root)) yield* expressionsIn(child);
}
