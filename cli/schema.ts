/**
 * What editors check the YAML form against. Read from `config/` when Vela runs from its repository; the published bundle
 * holds the text instead (tools/build.ts).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function schemaText(): string {
  return readFileSync(join(import.meta.dirname, '../config/strategy.schema.json'), 'utf8');
}
