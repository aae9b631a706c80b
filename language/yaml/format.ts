/** Formatting a strategy in YAML: written anew in the canonical order of sections. */
import type { FormattedText } from '../syntax/format.ts';
import type { SourceFile } from '../syntax/tree.ts';
import { parseYaml } from './read.ts';
import { toYaml } from './write.ts';

/** A file with a mistake is left as it stands, since what cannot be read has no place in the new text. */
export function formatYamlText(source: SourceFile): FormattedText {
  const { tree, problems } = parseYaml(source);
  return { text: problems.length > 0 ? source.text : toYaml(tree), problems };
}
