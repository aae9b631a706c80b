/**
 * Writes the generated pages of the manual: `npm run docs`. With `--check` it only says which of them are out of date, and
 * fails where one is.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { diagnosticsPage } from './docs/diagnostics.ts';
import { faultsPage } from './docs/faults.ts';
import { metricsPage } from './docs/metrics.ts';
import { libraryPage, operatorsPage, streamsPage } from './docs/reference.ts';
import { trainersPage } from './docs/trainers.ts';

/** File in docs/ → its text. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'diagnostics.md': diagnosticsPage,
  'operators.md': operatorsPage,
  'library.md': libraryPage,
  'streams.md': streamsPage,
  'trainers.md': trainersPage,
  'metrics.md': metricsPage,
  'run-faults.md': faultsPage,
};

/** Absolute path of a page. */
export function pathOf(name: string): string {
  return fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
}

/** Names of the pages whose file is not what its tables make. */
export function outdated(): readonly string[] {
  return Object.entries(PAGES).flatMap(([name, make]) => {
    const path = pathOf(name);
    return existsSync(path) && readFileSync(path, 'utf8') === make() ? [] : [name];
  });
}

if (import.meta.main) {
  const names = outdated();
  if (!process.argv.includes('--check')) for (const name of names) writeFileSync(pathOf(name), PAGES[name]?.() ?? '');
  else if (names.length > 0) process.exitCode = 1;
  for (const name of names) console.log(`${process.argv.includes('--check') ? 'out of date' : 'wrote'}: docs/${name}`);
}
