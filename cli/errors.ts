/**
 * What can go wrong around a command, as opposed to in the strategy it was asked about. Each has a code, from which the exit
 * code follows that a script sees, words for a person, and how to mend it. The page of a code is in explain/command_codes.ts.
 */
export const EXIT = { done: 0, errors: 1, usage: 2, environment: 3, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Codes of ours: whose fault it is. Stable, for programs that read `--json`. */
export const COMMAND_CODES = {
  usage: EXIT.usage,
  'bad-value': EXIT.usage,
  'out-of-range': EXIT.usage,
  'empty-span': EXIT.usage,
  'market-facts': EXIT.errors,
  'no-instrument': EXIT.errors,
  refused: EXIT.errors,
  untrained: EXIT.errors,
  'no-run': EXIT.errors,
  'no-report': EXIT.errors,
  'damaged-backup': EXIT.errors,
  'backup-exists': EXIT.errors,
  'busy-run': EXIT.errors,
  'run-exists': EXIT.errors,
  'other-plan': EXIT.errors,
  'other-model': EXIT.errors,
  'journal-diverges': EXIT.errors,
  claimed: EXIT.environment,
  'damaged-journal': EXIT.environment,
  'journal-write': EXIT.environment,
  full: EXIT.environment,
  'old-node': EXIT.environment,
  monitoring: EXIT.errors,
  'no-venue': EXIT.errors,
  'no-market': EXIT.errors,
  'no-bars': EXIT.errors,
  'no-account': EXIT.usage,
  'no-keys': EXIT.environment,
  'keys-refused': EXIT.environment,
  'no-network': EXIT.environment,
  'venue-refused': EXIT.environment,
  'clock-unsure': EXIT.environment,
  'too-little-money': EXIT.errors,
  'not-text': EXIT.environment,
  'too-large': EXIT.environment,
  /** A code of the operating system that is not among those below. */
  system: EXIT.environment,
  interrupted: EXIT.interrupted,
  bug: EXIT.errors,
} as const satisfies Readonly<Record<string, ExitCode>>;

/** Codes of the operating system that reading and writing files meets. */
export const SYSTEM_CODES = [
  'EACCES',
  'EBUSY',
  'EDQUOT',
  'EFBIG',
  'EIO',
  'EISDIR',
  'ELOOP',
  'EMFILE',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOSPC',
  'ENOTDIR',
  'EPERM',
  'EROFS',
] as const;

export type SystemCode = (typeof SYSTEM_CODES)[number];
export type CommandCode = keyof typeof COMMAND_CODES | SystemCode;

/** What the system called it, where that has a page. */
export function systemCode(code: string | undefined): SystemCode | 'system' {
  return SYSTEM_CODES.find(known => known === code) ?? 'system';
}

export function exitCodeOf(code: CommandCode): ExitCode {
  return code in COMMAND_CODES ? COMMAND_CODES[code as keyof typeof COMMAND_CODES] : EXIT.environment;
}

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  readonly code: CommandCode;
  readonly help: string | undefined;
  readonly file: string | undefined;

  constructor(code: CommandCode, message: string, more: { help?: string; file?: string } = {}) {
    super(message);
    this.exitCode = exitCodeOf(code);
    this.code = code;
    this.help = more.help;
    this.file = more.file;
  }
}

/** The command line itself is wrong. */
export function usageError(message: string, help?: string): CommandError {
  return new CommandError('usage', message, help === undefined ? {} : { help });
}

/** Ctrl-C, noticed at the next step of the work. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
