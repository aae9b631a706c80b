/**
 * onnxruntime-node, found and loaded only when a graph is to be run: it is large, and no part of the published package. It
 * is looked for beside the program and then in the folder that the command was started in.
 */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { modelError } from '../errors.ts';
import { type OnnxRuntime, requireLibrary } from './session.ts';

const PACKAGE = 'onnxruntime-node';

/** Path of the package's main file. E1169 where it is not installed. */
export function findLibrary(): string {
  const failures: string[] = [];
  for (const from of [realpathSync(process.argv[1] ?? process.execPath), join(process.cwd(), 'here.js')]) {
    try {
      return createRequire(from).resolve(PACKAGE);
    } catch (error) {
      failures.push(firstLine(error));
    }
  }
  throw modelError('E1169', { reason: failures[0] ?? 'not found' });
}

/** E1169 where the package is there, but its library does not start on this machine. */
export function loadLibrary(path: string): typeof OnnxRuntime {
  try {
    return requireLibrary(path);
  } catch (error) {
    throw modelError('E1169', { reason: firstLine(error) });
  }
}

export function versionOf(library: typeof OnnxRuntime): string {
  return library.env.versions.node ?? library.env.versions.common;
}

export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n')[0] ?? '';
}
