/** From files to raw bars or funding events: parse, join, measure, hash; through the column cache where it pays. */
import { createHash } from 'node:crypto';
import { readContent, type SourceStamp } from './bytes.ts';
import { type CacheEntry, entryPath, readEntry, writeEntry } from './cache.ts';
import { CsvParser } from './csv.ts';
import { type DataWarning, dataError, dataWarning } from './errors.ts';
import { findHoles, type Hole } from './gaps.ts';
import { inferInterval } from './interval.ts';
import { BAR_COLUMNS, type ColumnSpec, FUNDING_COLUMNS, MARK_COLUMNS } from './layout.ts';
import { type FileTable, mergeFiles, type Origin } from './merge.ts';
import type { SelectedFile } from './select.ts';
import type { FundingEvents, RawBars } from './series.ts';

/** Below this many bytes of source an entry saves nothing worth a file. */
const CACHE_WORTH_BYTES = 1 << 18;

/** What was seen while importing. */
export interface ImportCounts {
  readonly duplicates: number;
  readonly offGrid: number;
  readonly ohlcViolations: number;
  readonly zeroVolume: number;
  /** A file was written before the series' last bar closed. */
  readonly unfinishedLast: boolean;
}

export interface ImportedBars extends RawBars {
  readonly counts: ImportCounts;
  readonly holes: readonly Hole[];
}

export interface Imported<Series> {
  readonly series: Series;
  readonly warnings: readonly DataWarning[];
}

interface ParsedFile extends FileTable {
  readonly intervalMs: number;
  readonly stamp: SourceStamp;
}

/** `cacheDir` absent: no cache. */
export async function importBars(
  files: readonly SelectedFile[],
  kind: 'bars' | 'mark',
  cacheDir: string | undefined,
): Promise<Imported<ImportedBars>> {
  const paths = files.map(file => file.path);
  const warnings: DataWarning[] = [];
  const cachePath = cacheDir === undefined ? undefined : entryPath(cacheDir, kind, paths);
  if (cachePath !== undefined) {
    const { entry, damaged } = await readEntry(cachePath, paths);
    if (entry !== undefined) return { series: cachedBars(entry, paths), warnings };
    if (damaged !== undefined) warnings.push(dataWarning('D1054', { path: cachePath, reason: damaged }));
  }

  const specs = kind === 'bars' ? BAR_COLUMNS : MARK_COLUMNS;
  const parsed: ParsedFile[] = [];
  for (const file of files) parsed.push(await parseBars(file, specs));
  const fileInterval = commonInterval(parsed);
  const inFiles = parsed.reduce((sum, { table }) => sum + table.duplicates, 0);
  const { columns, rows, repeated, originOf } = mergeFiles(parsed, specs.length);
  // Files that lie between one another make a finer series than each of them.
  const periodMs =
    parsed.length === 1
      ? fileInterval
      : (inferInterval(rows, row => columns[0]?.[row] ?? 0).intervalMs ?? fileInterval);
  const hash = hashColumns(kind, columns, rows);
  const counts: ImportCounts = {
    ...measure(columns, rows, periodMs),
    duplicates: inFiles + repeated,
    unfinishedLast: parsed.some(({ stamp }) => wasUnfinished(columns, rows, periodMs, stamp)),
  };
  const holes = findHoles(columns[0] ?? new Float64Array(0), rows, periodMs, row => placeOfHole(originOf, row));
  const series = barsOf(columns, rows, periodMs, hash, paths, counts, holes);
  if (cachePath !== undefined && parsed.reduce((sum, { stamp }) => sum + stamp.size, 0) >= CACHE_WORTH_BYTES) {
    const sources = parsed.map(({ file, stamp }) => ({ path: file, ...stamp }));
    const warning = await writeEntry(cachePath, sources, columns, {
      rows,
      hash,
      periodMs,
      counts,
      holes,
    });
    if (warning !== undefined) warnings.push(warning);
  }
  return { series, warnings };
}

/** Inside a file a hole ends at a line; between two files it is no line's affair. */
function placeOfHole(originOf: (row: number) => Origin, row: number): Pick<Hole, 'file' | 'line'> {
  const { file, line } = originOf(row);
  return originOf(row - 1).file === file ? { file, line } : { file };
}

export async function importFunding(files: readonly SelectedFile[]): Promise<Imported<FundingEvents>> {
  const tables: FileTable[] = [];
  for (const file of files) tables.push((await parseFile(file.path, FUNDING_COLUMNS)).parsed);
  const { columns, rows } = mergeFiles(tables, FUNDING_COLUMNS.length);
  const [times, rates] = columns as [Float64Array, Float64Array];
  const hash = hashColumns('funding', columns, rows);
  return { series: { times, rates, hash }, warnings: [] };
}

async function parseFile(path: string, specs: readonly ColumnSpec[]) {
  const parser = new CsvParser(path, specs);
  const stamp = await readContent(path, chunk => parser.push(chunk));
  return { parsed: { file: path, table: parser.finish() }, stamp };
}

async function parseBars(file: SelectedFile, specs: readonly ColumnSpec[]): Promise<ParsedFile> {
  const { parsed, stamp } = await parseFile(file.path, specs);
  const { rows, columns } = parsed.table;
  const { intervalMs = rows === 1 ? file.name.intervalMs : undefined, mostCommonMs } = inferInterval(rows, row =>
    columns.at(0, row),
  );
  if (intervalMs === undefined)
    throw dataError('D1017', { rows, ...(mostCommonMs !== undefined && { mostCommonMs }) }, { file: file.path });
  return { ...parsed, stamp, intervalMs };
}

function commonInterval(files: readonly ParsedFile[]): number {
  const [first] = files;
  if (first === undefined) throw new Error('importBars needs at least one file');
  const other = files.find(file => file.intervalMs !== first.intervalMs);
  if (other !== undefined) {
    throw dataError(
      'D1016',
      { firstFile: first.file, firstMs: first.intervalMs, secondFile: other.file, secondMs: other.intervalMs },
      { file: other.file },
    );
  }
  return first.intervalMs;
}

/** SHA-256 over the canonical columns: kind, row count, then each column as little-endian doubles. */
export function hashColumns(kind: string, columns: readonly Float64Array[], rows: number): string {
  const hash = createHash('sha256').update(`vela ${kind} 1 ${columns.length} ${rows}\n`);
  for (const column of columns) hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  return hash.digest('hex');
}

export function measure(
  columns: readonly Float64Array[],
  rows: number,
  periodMs: number,
): Pick<ImportCounts, 'offGrid' | 'ohlcViolations' | 'zeroVolume'> {
  const [times, open, high, low, close, volume] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const anchor = anchorOf(periodMs);
  let offGrid = 0;
  let ohlcViolations = 0;
  let zeroVolume = 0;
  for (let row = 0; row < rows; row++) {
    const [o, h, l, c] = [open[row] ?? 0, high[row] ?? 0, low[row] ?? 0, close[row] ?? 0];
    if (((times[row] ?? 0) - anchor) % periodMs !== 0) offGrid++;
    if (l > o || l > c || h < o || h < c) ohlcViolations++;
    if (volume[row] === 0) zeroVolume++;
  }
  return { offGrid, ohlcViolations, zeroVolume };
}

const WEEK_MS = 604_800_000;
const FIRST_MONDAY_MS = 345_600_000;

/** Weeks start on a Monday, everything shorter at midnight UTC. */
function anchorOf(periodMs: number): number {
  return periodMs % WEEK_MS === 0 ? FIRST_MONDAY_MS : 0;
}

/** The file's own time of writing lies inside the last bar: what it holds of it is the first part. */
function wasUnfinished(columns: readonly Float64Array[], rows: number, periodMs: number, stamp: SourceStamp): boolean {
  const lastOpen = columns[0]?.[rows - 1] ?? 0;
  return stamp.mtimeMs >= lastOpen && stamp.mtimeMs < lastOpen + periodMs;
}

function cachedBars({ columns, facts }: CacheEntry, files: readonly string[]): ImportedBars {
  const { rows, hash } = facts;
  return barsOf(
    columns,
    rows,
    facts.periodMs as number,
    hash,
    files,
    facts.counts as ImportCounts,
    facts.holes as Hole[],
  );
}

export function barsOf(
  columns: readonly Float64Array[],
  rows: number,
  periodMs: number,
  hash: string,
  files: readonly string[],
  counts: ImportCounts,
  holes?: readonly Hole[],
): ImportedBars {
  const [times, open, high, low, close, volume] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const known = holes ?? findHoles(times, rows, periodMs);
  return { times, open, high, low, close, volume, periodMs, length: rows, hash, files, counts, holes: known };
}
