/** What stops a run for a reason that a person can mend. Each has a code; the command line has a page for it. */
export type LiveCode =
  | 'claimed'
  | 'other-plan'
  | 'damaged-journal'
  | 'damaged-backup'
  | 'backup-exists'
  | 'busy-run'
  | 'run-exists'
  | 'journal-diverges'
  | 'journal-write'
  | 'monitoring'
  | 'full'
  | 'old-node'
  | 'other-model'
  | 'untrained';

export class LiveError extends Error {
  override readonly name = 'LiveError';
  readonly code: LiveCode;
  readonly help: string;
  constructor(code: LiveCode, message: string, help: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.help = help;
  }
}
