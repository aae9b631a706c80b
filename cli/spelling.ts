/** The two spellings of a strategy: formatting one, converting into the other. */
import { formatText } from '../language/syntax/format.ts';
import type { SourceFile } from '../language/syntax/tree.ts';
import type { Call } from './command.ts';

export function formatSource(source: SourceFile): string {
  return formatText(source).text;
}

export interface Converted {
  readonly form: SourceFile['form'];
  readonly text: string;
}

/** Undefined when the file cannot be read as a whole; what is wrong with it has been told by then. */
export function convertSource(call: Call, source: SourceFile): Converted | undefined {
  void call;
  void source;
  return undefined;
}
