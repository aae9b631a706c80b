/** The two spellings of a strategy: formatting one, converting into the other. */
import { formatText } from '../language/syntax/format.ts';
import type { SourceFile } from '../language/syntax/tree.ts';

export function formatSource(source: SourceFile): string {
  return formatText(source).text;
}
