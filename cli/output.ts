/** Files that a command writes because it was asked to: relative to where it was called, whole or not at all. */
import { resolve } from 'node:path';
import { writeWhole } from '../runtime/report/write.ts';
import type { Terminal } from './terminal.ts';

export function writeOutput(terminal: Terminal, path: string, contents: string | Uint8Array): void {
  writeWhole(resolve(terminal.folder, path), contents);
}
