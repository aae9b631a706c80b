/**
 * What can go wrong around a command, as opposed to in the strategy it was asked about. Each carries the words for a
 * person, how to mend it, and the exit code that a script sees.
 */
export const EXIT = { done: 0, errors: 1, usage: 2, environment: 3, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  /** Stable, for programs that read `--json`. */
  readonly code: string;
  readonly help: string | undefined;
  readonly file: string | undefined;

  constructor(exitCode: ExitCode, code: string, message: string, more: { help?: string; file?: string } = {}) {
    super(message);
    this.exitCode = exitCode;
    this.code = code;
    this.help = more.help;
    this.file = more.file;
  }
}

/** The command line itself is wrong. */
export function usageError(message: string, help?: string): CommandError {
  return new CommandError(EXIT.usage, 'usage', message, help === undefined ? {} : { help });
}

/** A file, folder or permission is missing. */
export function environmentError(
  code: string,
  message: string,
  more: { help?: string; file?: string } = {},
): CommandError {
  return new CommandError(EXIT.environment, code, message, more);
}

/** Ctrl-C, noticed at the next step of the work. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
