/**
 * What monitoring keeps in a run's folder: what has been said of alerts and where the day began, so that a restart neither
 * says all of it again nor forgets it; and the reports of days.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunFolder } from '../live/folder.ts';
import { writeUnforced, writeWhole } from '../report/write.ts';
import type { KeptAlerts } from './alerts.ts';
import type { DayReport } from './day.ts';
import type { KeptDay } from './day-book.ts';

type Folder = Pick<RunFolder, 'path'>;

export interface Kept {
  readonly format: 1;
  readonly alerts: KeptAlerts;
  readonly day?: KeptDay;
}

const NOTHING: Kept = { format: 1, alerts: {} };
const FILE = 'monitor.json';
const REPORTS = 'reports';
const DATE = /^(\d{4}-\d{2}-\d{2})\.json$/;

/** What cannot be read is forgotten: at worst something is said twice. */
export function readKept({ path }: Folder): Kept {
  const found = readJson<Kept>(join(path, FILE));
  return found?.format === 1 ? found : NOTHING;
}

export function writeKept({ path }: Folder, kept: Kept): void {
  writeUnforced(join(path, FILE), `${JSON.stringify(kept)}\n`);
}

export function writeReport({ path }: Folder, report: DayReport): void {
  mkdirSync(join(path, REPORTS), { recursive: true, mode: 0o700 });
  const write = report.isComplete ? writeWhole : writeUnforced;
  write(join(path, REPORTS, `${report.date}.json`), `${JSON.stringify(report, null, 2)}\n`);
}

/** `date`: `2026-11-24`. */
export function readReport({ path }: Folder, date: string): DayReport | undefined {
  return readJson<DayReport>(join(path, REPORTS, `${date}.json`));
}

/** Days that there are reports of, in order. */
export function reportDates({ path }: Folder): readonly string[] {
  try {
    return readdirSync(join(path, REPORTS))
      .flatMap(name => DATE.exec(name)?.[1] ?? [])
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
