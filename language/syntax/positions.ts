/**
 * What a tree means, without where it stood: twins in `.vela` and YAML are equal after `withoutPositions`.
 */
import { DECLARATION_KEYWORDS } from './keywords.ts';
import type { Declaration, Tree } from './tree.ts';

/** Rules keep their order among each other: the first of two that act on one tick wins. */
function rank(declaration: Declaration): number {
  const kind = declaration.kind === 'while' ? 'when' : declaration.kind;
  const named = declaration.kind === 'instrument' && declaration.name !== undefined ? 0.5 : 0;
  return DECLARATION_KEYWORDS.indexOf(kind) + named;
}

/**
 * Declarations section by section; within one they keep their order. Order has no meaning except among rules, so this
 * changes nothing that a program does.
 */
export function bySection<T extends Declaration>(declarations: readonly T[]): T[] {
  return declarations.toSorted((a, b) => rank(a) - rank(b));
}

/** What is compared: plain data without spans, comments, source name and spelling of numbers. */
export interface Meaning {
  readonly declarations: readonly unknown[];
}

export function withoutPositions(tree: Tree): Meaning {
  const declarations = bySection(tree.declarations).map(declaration =>
    declaration.kind === 'at' ? { ...declaration, declarations: bySection(declaration.declarations) } : declaration,
  );
  return { declarations: declarations.map(meaningOf) };
}

const POSITIONAL: ReadonlySet<string> = new Set(['span', 'operatorSpan', 'comments']);

function meaningOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meaningOf);
  if (typeof value !== 'object' || value === null) return value;
  const isNumber = 'kind' in value && value.kind === 'number';
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, field]) => field !== undefined && !POSITIONAL.has(key) && !(isNumber && key === 'text'))
      .map(([key, field]) => [key, meaningOf(field)]),
  );
}
