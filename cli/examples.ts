/**
 * The strategy that `vela demo` runs and `vela init` starts from. Read from `strategies/` when Vela runs from its
 * repository; the published bundle holds the text instead (tools/build.ts).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const EXAMPLE_NAME = 'sma_cross.vela';

export function exampleText(): string {
  return readFileSync(join(import.meta.dirname, '../strategies', EXAMPLE_NAME), 'utf8');
}
