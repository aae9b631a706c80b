/**
 * The JSON Schemas of the configuration documents. Read from `config/` when Vela runs from its repository; the published
 * bundle holds their text instead (tools/embed.ts).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const DOCUMENTS = ['model', 'trading', 'system'] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

export function configurationSchemas(): Readonly<Record<DocumentName, string>> {
  const text = (name: DocumentName) =>
    readFileSync(join(import.meta.dirname, `../../config/${name}.schema.json`), 'utf8');
  return { model: text('model'), trading: text('trading'), system: text('system') };
}
