/**
 * From anything thrown to what a person and a program are told, and the exit code. Nothing here prints a stack unless
 * VELA_DEBUG=1 asks for it: a mistake of the user's has a message, a bug of ours says so and how to report it.
 */
import { type CommandCode, CommandError, EXIT, type ExitCode, exitCodeOf, Interrupted, systemCode } from './errors.ts';
import type { Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

export interface Failure {
  readonly exitCode: ExitCode;
  readonly text: string;
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly file?: string;
  readonly line?: number;
}

export function describeFailure(error: unknown, terminal: Terminal): Failure {
  const failure = kindOf(error, terminal);
  if (terminal.environment.VELA_DEBUG !== '1' || !(error instanceof Error)) return failure;
  return { ...failure, text: `${failure.text}\n${error.stack ?? ''}${causes(error)}\n` };
}

/** The document that `--json` prints instead of a result. */
export function failureJson(failure: Failure): string {
  return `${JSON.stringify({ error: failureFacts(failure) }, null, 2)}\n`;
}

/** What a document says of a failure. */
export function failureFacts({ code, message, help, file, line }: Failure): object {
  return { code, message, help, file, line };
}

function kindOf(error: unknown, terminal: Terminal): Failure {
  if (error instanceof Interrupted) {
    return of('interrupted', { message: 'interrupted', text: 'interrupted\n' });
  }
  if (error instanceof CommandError) {
    const { code, message, help, file } = error;
    const text = words(terminal, code, message, help);
    return of(code, { message, text, ...optional({ help, file }) });
  }
  if (isDataError(error)) {
    const { code, message, help, file, line, environment, usage, text } = error;
    const exitCode = environment ? EXIT.environment : usage ? EXIT.usage : EXIT.errors;
    return { exitCode, code, message, text: `${text}\n`, ...optional({ help, file, line }) };
  }
  if (isWriteError(error)) {
    const { message, path: file } = error;
    const code = systemCode(error.systemCode);
    const help = WRITE_HELP[code] ?? 'name another place';
    return of(code, { message, help, file, text: words(terminal, code, message, help) });
  }
  if (isLiveError(error)) {
    const { code, message, help } = error;
    return of(code, { message, help, text: words(terminal, code, message, help) });
  }
  if (isPlaceError(error)) {
    const { path: file } = error;
    const code = systemCode(error.code);
    const message = `cannot use ${file}: ${PLACE_REASONS[error.code] ?? error.message}`;
    // Where the system lets nobody make a folder nothing can be made first.
    const help = code === 'ENOENT' ? 'name another place' : (WRITE_HELP[code] ?? 'name another place');
    return of(code, { message, help, file, text: words(terminal, code, message, help) });
  }
  const refusal = error instanceof Error ? REFUSALS[error.name] : undefined;
  if (refusal !== undefined && error instanceof Error) {
    const { code, help } = refusal;
    const { message } = error;
    return of(code, { message, help, text: words(terminal, code, message, help) });
  }
  return bug(error);
}

function of(code: CommandCode, rest: Omit<Failure, 'code' | 'exitCode'>): Failure {
  return { exitCode: exitCodeOf(code), code, ...rest };
}

/** How to mend a file that cannot be written, by the system's code. */
const WRITE_HELP: Partial<Record<CommandCode, string>> = {
  ENOSPC: 'make room, or name a place on another disk',
  EDQUOT: 'make room, or name a place on another disk',
  EFBIG: 'raise the limit on the size of files, or name a place on another disk',
  ENOENT: 'make the folder first, or name another place',
  ENOTDIR: 'name another place: a file stands where a folder would have to',
  EISDIR: 'name a file, such as one inside it',
  EACCES: 'name a place that you may write to',
  EPERM: 'name a place that you may write to',
  EROFS: 'name a place that you may write to',
};

/** Of a folder or a file that the system keeps from us, wherever that was met: never a mistake of ours. */
const PLACE_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOENT: 'the system lets nobody make a folder there',
  ENOTDIR: 'a part of its path is a file',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
};

/** What the rooms below refuse in words of their own, by the name of the error. */
const REFUSALS: Readonly<Record<string, { readonly code: CommandCode; readonly help: string }>> = {
  RunRefused: { code: 'refused', help: 'change the strategy, or give what it asks for' },
  BindError: { code: 'bad-value', help: 'give other values with `--set`' },
  CompileError: { code: 'refused', help: 'leave it out, or wait for the version that brings it' },
};

/** The code stands there as `--json` gives it; wrong usage is common enough to need none. */
function words(terminal: Terminal, code: string, message: string, help: string | undefined): string {
  const head = terminal.logPaint('red', terminal.logPaint('bold', code === 'usage' ? 'error' : `error[${code}]`));
  return `${head}: ${message}\n${help === undefined ? '' : `  help: ${help}\n`}`;
}

function bug(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const text =
    `this is a bug in Vela: ${message}\n` +
    `  It is not your strategy's fault. Please report it to Vela's maintainers, with the files and the command that\n` +
    `  brought it about and what VELA_DEBUG=1 adds (Vela ${VERSION}, Node ${process.versions.node}, ${process.platform}).\n`;
  return of('bug', { message: `this is a bug in Vela: ${message}`, text });
}

function causes(error: Error): string {
  return error.cause instanceof Error
    ? `\ncaused by ${error.cause.stack ?? error.cause.message}${causes(error.cause)}`
    : '';
}

// The errors of the rooms are told by name, so that this file, which every start loads, loads none of them.

interface DataErrorShape extends Error {
  readonly code: string;
  readonly help: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly environment: boolean;
  readonly usage: boolean;
  readonly text: string;
}

const CODED: ReadonlySet<string> = new Set(['DataError', 'ModelError']);

function isDataError(error: unknown): error is DataErrorShape {
  return error instanceof Error && CODED.has(error.name) && 'environment' in error && 'text' in error;
}

function isLiveError(error: unknown): error is Error & { readonly code: CommandCode; readonly help: string } {
  return error instanceof Error && error.name === 'LiveError' && 'code' in error;
}

function isWriteError(error: unknown): error is Error & { readonly path: string; readonly systemCode: string } {
  return error instanceof Error && error.name === 'WriteError' && 'systemCode' in error;
}

function isPlaceError(error: unknown): error is Error & { readonly path: string; readonly code: string } {
  if (!(error instanceof Error && 'path' in error && 'code' in error)) return false;
  if (typeof error.path !== 'string' || typeof error.code !== 'string') return false;
  // A file that is not there is said in better words where it is read; a folder is made after those above it.
  return error.code in PLACE_REASONS && (error.code !== 'ENOENT' || ('syscall' in error && error.syscall === 'mkdir'));
}

function optional<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
