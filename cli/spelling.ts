/** The two spellings of a strategy: formatting in one, converting into the other. */
import { type Diagnostic, inFileOrder, readStrategy, toDiagnostic } from '../language/index.ts';
import { format, formatText } from '../language/syntax/format.ts';
import type { SourceFile } from '../language/syntax/tree.ts';
import { formatYamlText } from '../language/yaml/format.ts';
import { toYaml } from '../language/yaml/write.ts';

/** The text as it should stand; what cannot be read stays as it was written. */
export function formatSource(source: SourceFile): string {
  return (source.form === 'yaml' ? formatYamlText(source) : formatText(source)).text;
}

export interface Converted {
  readonly form: SourceFile['form'];
  readonly text: string;
  /** What could not be read; then there is no text worth having. */
  readonly problems: readonly Diagnostic[];
}

/** Only a file that can be read as a whole is converted: nothing of it may be lost on the way. */
export function convertSource(source: SourceFile): Converted {
  const { tree, problems } = readStrategy(source);
  const form = source.form === 'vela' ? 'yaml' : 'vela';
  const text = problems.length > 0 ? '' : form === 'yaml' ? toYaml(tree) : format(tree);
  return { form, text, problems: inFileOrder(problems.map(toDiagnostic)) };
}
