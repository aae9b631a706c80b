/**
 * The standard library's sources. Read from this folder when Vela runs from its repository; the published bundle
 * replaces this module by one that holds the texts (tools/build.ts).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceFile } from '../language/syntax/tree.ts';

/** Every `.vela` file of the library, in the order of their names. */
export function librarySources(): readonly SourceFile[] {
  const folder = import.meta.dirname;
  return readdirSync(folder)
    .filter(name => name.endsWith('.vela'))
    .sort()
    .map(name => ({ name: `stdlib/${name}`, text: readFileSync(join(folder, name), 'utf8'), form: 'vela' }));
}
