/** The parts of a tree around an offset, outermost first. The tree's nodes are told by their spans, whatever they are. */
import type { Declaration, Expression, Span, Tree } from '../syntax/tree.ts';

interface Located {
  readonly span: Span;
}

/** Everything with a span that holds the offset (its end included), from the declaration inwards. */
export function pathAt(tree: Tree, offset: number): readonly Located[] {
  return pathOver(tree, { start: offset, end: offset });
}

/** Everything with a span that holds the whole range. */
export function pathOver({ declarations }: Tree, range: Span): readonly Located[] {
  const path: Located[] = [];
  descend(declarationsAt(declarations, range), range, path);
  return path;
}

function declarationsAt(declarations: readonly Declaration[], { start, end }: Span): readonly Declaration[] {
  return declarations.filter(({ span }) => span.start <= start && end <= span.end);
}

function descend(value: unknown, range: Span, path: Located[]): void {
  if (Array.isArray(value)) {
    for (const item of value) descend(item, range, path);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (isLocated(value)) {
    const { start, end } = value.span;
    if (start > range.start || range.end > end) return;
    path.push(value);
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key !== 'span' && key !== 'comments' && typeof inner === 'object') descend(inner, range, path);
  }
}

function isLocated(value: object): value is Located {
  return 'span' in value && typeof value.span === 'object' && value.span !== null && 'start' in value.span;
}

const EXPRESSIONS: ReadonlySet<string> = new Set([
  'number',
  'duration',
  'date',
  'string',
  'absent',
  'name',
  'member',
  'index',
  'call',
  'unary',
  'binary',
  'between',
  'if',
  'suffixed',
  'across',
  'is',
]);

export function isExpression(part: object): part is Expression {
  return 'kind' in part && typeof part.kind === 'string' && EXPRESSIONS.has(part.kind) && isLocated(part);
}

/** The innermost expression at an offset, and those around it, innermost first. */
export function expressionsAt(tree: Tree, offset: number): readonly Expression[] {
  return pathAt(tree, offset).filter(isExpression).reverse();
}

/** The largest expression that lies within a selection and begins and ends with it, blanks apart. */
export function expressionOver(tree: Tree, range: Span): Expression | undefined {
  const inside = pathOver(tree, range).filter(isExpression).at(-1);
  return inside !== undefined && inside.span.start === range.start && inside.span.end === range.end
    ? inside
    : undefined;
}

export function declarationAt({ declarations }: Tree, offset: number): Declaration | undefined {
  return declarations.find(({ span }) => span.start <= offset && offset <= span.end);
}
