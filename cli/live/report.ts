/** `vela report`: the reports that a run has left in its folder. */
import type { RunFolder } from '../../runtime/live/folder.ts';
import type { DayReport } from '../../runtime/monitor/day.ts';
import { readReport, reportDates } from '../../runtime/monitor/kept.ts';
import { CommandError } from '../errors.ts';

export function dayReports(folder: RunFolder): readonly DayReport[] {
  return reportDates(folder).flatMap(date => readReport(folder, date) ?? []);
}

/** `day`: `2026-11-24`; the latest unless stated. */
export function reportOfDay(folder: RunFolder, day: string | undefined): DayReport {
  if (day !== undefined && !isDate(day)) {
    throw new CommandError('bad-value', `\`--day ${day}\` is no day`, { help: 'write it as in `--day 2026-11-24`' });
  }
  const dates = reportDates(folder);
  const date = day ?? dates.at(-1);
  const found = date === undefined ? undefined : readReport(folder, date);
  if (found !== undefined) return found;
  const [first, last] = [dates[0], dates.at(-1)];
  throw new CommandError('no-report', `${folder.path} has no report${day === undefined ? '' : ` of ${day}`}`, {
    help:
      first === undefined || last === undefined
        ? 'a run writes one within a minute of its first bar, and closes it when the day is over'
        : `there are reports from ${first} to ${last}`,
  });
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** A line a day. */
export function dayTable(reports: readonly DayReport[]): string {
  const rows = reports.map(({ date, profit, return: share, currency, trades, fees, rejects, halts, differences }) => [
    date,
    `${profit.toFixed(2)} ${currency}`,
    `${(share * 100).toFixed(2)}%`,
    String(trades),
    fees.toFixed(2),
    String(rejects),
    String(halts.length),
    String(differences),
  ]);
  const table = [['Day', 'Profit', 'Return', 'Trades', 'Fees', 'Rejects', 'Halts', 'Differences'], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map(row => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return `${table.map(line).join('\n')}\n`;
}
