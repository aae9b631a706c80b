/**
 * Secrets of monitoring: from the environment, or from a file that only its owner can read. They go to who uses them, and to
 * the list of what is blotted out of everything that leaves the process.
 */
import { readFileSync, statSync } from 'node:fs';
import { LiveError } from '../live/errors.ts';

export interface SecretPlace {
  /** What it is for, in messages. */
  readonly what: string;
  /** Of the environment. */
  readonly variable: string;
  /** Goes before the environment. */
  readonly file: string | undefined;
}

/** Throws `monitoring` when there is none, or others can read it; never with a piece of it in the message. */
export function readSecret(
  { what, variable, file }: SecretPlace,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (file !== undefined) return secretOfFile(what, file);
  const found = environment[variable]?.trim();
  if (found !== undefined && found !== '') return found;
  throw new LiveError('monitoring', `${what} is not there`, `set ${variable}, or name a file that only you can read`);
}

function secretOfFile(what: string, file: string): string {
  const fail = (why: string, help: string, cause?: unknown) =>
    new LiveError('monitoring', `${what}: ${file} ${why}`, help, cause);
  let text: string;
  let mode: number;
  let owner: number;
  try {
    ({ mode, uid: owner } = statSync(file));
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw fail('cannot be read', 'name a file that is there and that you can read', error);
  }
  if (process.getuid !== undefined && owner !== process.getuid()) {
    throw fail('belongs to somebody else', 'make a file of your own');
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw fail('can be read by others', `run \`chmod 600 ${file}\``);
  if (text === '') throw fail('is empty', 'write the secret into it, alone on one line');
  return text;
}
