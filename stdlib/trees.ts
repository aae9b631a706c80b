/**
 * The standard library, read. It is the same at every start, so the published bundle holds the trees instead of reading
 * the texts again (tools/embed.ts): that would take longer than checking a strategy does.
 */
import { parse } from '../language/syntax/parse.ts';
import type { Tree } from '../language/syntax/tree.ts';
import { librarySources } from './library.ts';

export function libraryTrees(): readonly Tree[] {
  return librarySources().map(source => parse(source).tree);
}
