/** A folder of its own for the tests of a file, removed when they are done. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vela-registry-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
