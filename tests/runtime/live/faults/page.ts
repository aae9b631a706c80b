/**
 * What came of each thing that went wrong, as it was lived through: a table for each ground, under rows/. A suite fails when
 * its table is not what it has seen, and writes it with `vitest -u`; `npm run docs` makes docs/run-faults.md of all of them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { DEEP_MARK, FAULT_TABLES, TABLE_HEAD } from '../../../../tools/docs/faults.ts';

/** What came of one fault; each cell in a few words. */
export interface Row {
  readonly entry: string;
  readonly held: string;
  readonly end: string;
  /** The messages that a person gets. */
  readonly says: readonly string[];
}

export type Section = keyof typeof FAULT_TABLES;

/** A fault and what came of it; without a row it was not lived through this time. */
export interface Lived {
  readonly name: string;
  /** By `npm run test:deep` alone. */
  readonly isDeep?: boolean;
  readonly row: Row | undefined;
}

/** Fails when the table says anything else than what was lived through. */
export async function expectSection(section: Section, lives: readonly Lived[]): Promise<void> {
  const path = FAULT_TABLES[section];
  const known = rowsOf(existsSync(path) ? readFileSync(path, 'utf8') : '');
  const lines = lives.map(({ name, isDeep = false, row }) => {
    const title = `${name}${isDeep ? DEEP_MARK : ''}`;
    if (row === undefined) return known.get(title) ?? `| ${title} | not lived through | | | |`;
    const { entry, held, end, says } = row;
    return `| ${title} | ${entry} | ${held} | ${end} | ${says.join('<br>')} |`;
  });
  await expect(`${[TABLE_HEAD, ...lines].join('\n')}\n`).toMatchFileSnapshot(path);
}

/** By the first cell. */
function rowsOf(table: string): ReadonlyMap<string, string> {
  const lines = table.split('\n').filter(line => line.startsWith('| '));
  return new Map(lines.slice(1).map(line => [line.split(' | ')[0]?.slice(2) ?? '', line]));
}
