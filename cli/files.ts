/** Reads the files a user names, with a plain message for each way in which that can fail. */
import { readFileSync } from 'node:fs';
import type { SourceFile } from '../language/syntax/tree.ts';
import { CommandError, systemCode, usageError } from './errors.ts';

/** No strategy that a person wrote is larger. */
const LARGEST_SOURCE = 1 << 20;

const FORMS: Readonly<Record<string, SourceFile['form']>> = { vela: 'vela', yaml: 'yaml', yml: 'yaml' };

/** The form follows from the name: `.vela`, or `.yaml` and `.yml`. */
export function readStrategyFile(path: string): SourceFile {
  const form = FORMS[path.split('.').at(-1)?.toLowerCase() ?? ''];
  if (form === undefined) {
    throw usageError(
      `${path} is no strategy file by its name`,
      'a strategy ends in `.vela`, or in `.yaml` for the YAML form',
    );
  }
  return { name: path, text: readText(path), form };
}

export function readText(path: string): string {
  const bytes = readBytes(path);
  if (bytes.length > LARGEST_SOURCE) {
    throw new CommandError('too-large', `${path} is larger than ${LARGEST_SOURCE >> 20} MB`, {
      file: path,
      help: 'check that it is the file you mean',
    });
  }
  const text = utf8(bytes);
  // UTF-16 without its mark is UTF-8 with every second character NUL, for which no text has a use.
  if (text === undefined || text.includes('\0')) {
    throw new CommandError('not-text', `${path} is not UTF-8 text`, {
      file: path,
      help: 'save it as UTF-8, or check that it is the file you mean',
    });
  }
  return text;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return undefined;
  }
}

export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) throw error;
    const words = READ_FAILURES[error.code] ?? error.message;
    const help = error.code === 'EACCES' ? 'check the permissions of the file and its folder' : 'check the path';
    throw new CommandError(systemCode(error.code), `cannot read ${path}: ${words}`, { file: path, help });
  }
}

const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is a file',
  EACCES: 'no permission',
  ELOOP: 'too many links',
  ENAMETOOLONG: 'the name is too long',
};
