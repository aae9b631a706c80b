/** The parts of an expression, and the names it refers to, without knowing what they mean. */
import type { Expression, Span } from '../syntax/tree.ts';

export function partsOf(expression: Expression): readonly Expression[] {
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
      return expression.arguments.map(argument => argument.value);
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

export interface Reference {
  /** `prev`: the operand of `prev`. */
  readonly role: 'value' | 'call' | 'prev';
  readonly name: string;
  readonly span: Span;
}

export function* referencesOf(expression: Expression): Generator<Reference> {
  if (expression.kind === 'name') yield { role: 'value', name: expression.text, span: expression.span };
  if (expression.kind === 'call' && expression.callee.kind === 'name')
    yield { role: 'call', name: expression.callee.text, span: expression.callee.span };
  if (expression.kind === 'unary' && expression.operator === 'prev' && expression.operand.kind === 'name') {
    yield { role: 'prev', name: expression.operand.text, span: expression.operand.span };
    return;
  }
  for (const part of partsOf(expression)) yield* referencesOf(part);
}
