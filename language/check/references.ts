/** The names that an expression refers to, without knowing what they mean. */
import type { Expression, Span } from '../syntax/tree.ts';
import { childrenOf } from '../syntax/visit.ts';

export interface Reference {
  /** `prev`: the operand of `prev`. */
  readonly role: 'value' | 'call' | 'prev';
  readonly name: string;
  readonly span: Span;
}

/** In the order of the text. */
export function referencesOf(expression: Expression): readonly Reference[] {
  const found: Reference[] = [];
  collect(expression, found);
  return found;
}

function collect(expression: Expression, found: Reference[]): void {
  if (expression.kind === 'name') found.push({ role: 'value', name: expression.text, span: expression.span });
  if (expression.kind === 'call' && expression.callee.kind === 'name')
    found.push({ role: 'call', name: expression.callee.text, span: expression.callee.span });
  if (expression.kind === 'unary' && expression.operator === 'prev' && expression.operand.kind === 'name') {
    found.push({ role: 'prev', name: expression.operand.text, span: expression.operand.span });
    return;
  }
  for (const part of childrenOf(expression)) collect(part, found);
}
