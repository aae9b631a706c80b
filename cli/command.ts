/**
 * A command: how it is called, and what it does. One file in `commands/` each; `program.ts` holds the table. A command's
 * file is loaded at every start, so it brings in the rooms it needs only when it runs.
 */
import type { ExitCode } from './errors.ts';
import type { Terminal } from './terminal.ts';

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What `--help` shows behind the command's name, where arguments and options do not say it well. */
  readonly usage?: string;
  /** As usage lines write them: `<file...>`, `[folder]`. */
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** Examples shown by `--help`. */
  readonly examples?: readonly string[];
  readonly run: (call: Call) => Promise<ExitCode>;
}

export interface ArgumentSpec {
  readonly usage: string;
  readonly doc: string;
}

export interface OptionSpec {
  /** `--from <date>`, `-o, --output <file>`, `--json`; `<x...>` may be repeated. */
  readonly usage: string;
  readonly doc: string;
}

/** One run of a command: what the user asked, and where to write. */
export interface Call {
  readonly terminal: Terminal;
  readonly arguments: readonly string[];
  /** `--json`. */
  readonly json: boolean;
  readonly flag: (name: string) => boolean;
  readonly text: (name: string) => string | undefined;
  readonly list: (name: string) => readonly string[];
}

export const JSON_OPTION: OptionSpec = {
  usage: '--json',
  doc: 'one JSON document on standard output, nothing else there',
};
