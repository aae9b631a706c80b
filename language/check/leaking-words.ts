/** Searching the words of a strategy for what leaks: each message points at the very word, once a place. */
import type { Problem } from '../syntax/problem.ts';
import type { Call, Expression, NameReference, Span, Tree } from '../syntax/tree.ts';
import { walk } from '../syntax/visit.ts';
import type { Program } from './program.ts';
import { functionBodies, type Placed } from './tree-walk.ts';

/** Reports once a place and word: a name that stands twice in one expression leaks once. */
export function findings(
  placed: Placed,
  program: Program,
  find: (word: NameReference | Call) => Omit<Problem, 'file' | 'span'> | undefined,
): readonly Problem[] {
  const problems: Problem[] = [];
  const said = new Set<string>();
  walk(placed.expression, inner => {
    if (inner.kind !== 'name' && inner.kind !== 'call') return;
    const word = wordOf(inner);
    const found = word === undefined || said.has(word) ? undefined : find(inner);
    if (word === undefined || !found) return;
    said.add(word);
    problems.push({ file: program.tree.source, span: inner.span, ...found });
  });
  return problems;
}

export function wordOf(inner: NameReference | Call): string | undefined {
  if (inner.kind === 'name') return inner.text;
  return inner.callee.kind === 'name' ? inner.callee.text : undefined;
}

/** A word of a function's body, and the name that makes it matter: itself, or what a function called there uses. */
export interface Use {
  readonly word: string;
  readonly source: string;
  readonly span: Span;
}

/** Functions of the file that use one of the words, directly or through another function. */
export function functionsThatUse(tree: Tree, words: ReadonlySet<string>): ReadonlyMap<string, Use> {
  const bodies = functionBodies(tree.declarations);
  const found = new Map<string, Use>();
  for (let changed = true; changed; ) {
    changed = false;
    for (const [name, { expressions, own }] of bodies) {
      const use = found.has(name)
        ? undefined
        : firstUse(expressions, (word, isCall) =>
            isCall ? found.get(word)?.source : words.has(word) && !own.has(word) ? word : undefined,
          );
      if (!use) continue;
      found.set(name, use);
      changed = true;
    }
  }
  return found;
}

function firstUse(
  expressions: readonly Expression[],
  sourceOf: (word: string, isCall: boolean) => string | undefined,
): Use | undefined {
  let use: Use | undefined;
  for (const expression of expressions)
    walk(expression, inner => {
      if (inner.kind !== 'name' && inner.kind !== 'call') return;
      const word = wordOf(inner);
      const source = word === undefined ? undefined : sourceOf(word, inner.kind === 'call');
      if (use === undefined && word !== undefined && source !== undefined) use = { word, source, span: inner.span };
    });
  return use;
}
