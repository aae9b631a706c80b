/**
 * The candles that runs have seen, kept as files that a backtest reads: `binance-spot-BTCUSDT-1h.csv`, of perpetuals with
 * their marks and settlements beside them. A bar is kept as it was used; what the venue makes of it later is kept too, with
 * the time at which it was heard, in a file of revisions that no backtest reads by itself.
 *
 * Several runs may keep bars of one market: what is there already is not written again.
 */
import { appendFileSync, closeSync, existsSync, openSync, readSync, renameSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../data/cache-folder.ts';
import { DataError } from '../data/errors.ts';
import { importBars } from '../data/import.ts';
import { plainSymbol, readMarketName } from '../data/market-name.ts';
import type { RawBars } from '../data/series.ts';
import { writeWhole } from '../report/write.ts';
import type { LiveBar, MarkPrices, Settlement } from './ports.ts';

export interface StoredMarket {
  readonly folder: string;
  /** As the strategy writes them. */
  readonly symbol: string;
  readonly venue: string;
  readonly market: 'spot' | 'linear' | 'inverse';
  readonly periodMs: number;
}

export interface CandleStore {
  /** The file that `--data` takes. */
  readonly path: string;
  /** Bars that open in [fromMs, toMs), in order, of perpetuals with the marks that are there. */
  bars(fromMs: number, toMs: number): Promise<readonly LiveBar[]>;
  /** Takes bars in, whether they lie before, between or after what is there. In order. */
  merge(bars: readonly LiveBar[]): Promise<void>;
  /** Takes the newest bar in; an older one is left out. */
  append(bar: LiveBar): void;
  settlement(settlement: Settlement): void;
  revise(bar: LiveBar, receivedMs: number): void;
}

const BAR_HEADER = 'time,open,high,low,close,volume';
const MARK_HEADER = 'time,open,high,low,close';
const FUNDING_HEADER = 'time,funding_rate';

/** `notice` hears of a file that could not be read and was put aside. */
export function candleStore(market: StoredMarket, notice: (what: string, path: string) => void): CandleStore {
  const { folder } = market;
  makeFolder(folder, 0o755);
  const stem = stemOf(market);
  const isPerpetual = market.market !== 'spot';
  const period = periodName(market.periodMs);
  const path = join(folder, `${stem}-${period}${isPerpetual ? '-trade' : ''}.csv`);
  const trades = tableFile(path, BAR_HEADER);
  const marks = tableFile(join(folder, `${stem}-${period}-mark.csv`), MARK_HEADER);
  const funding = tableFile(join(folder, `${stem}-funding.csv`), FUNDING_HEADER);
  const revisions = join(folder, `${stem}-${period}.revisions.jsonl`);

  const read = (file: TableFile, kind: 'bars' | 'mark') => readable(file, notice, () => readBars(file.path, kind));

  async function bars(fromMs: number, toMs: number): Promise<readonly LiveBar[]> {
    const stored = await read(trades, 'bars');
    if (stored === undefined) return [];
    const storedMarks = isPerpetual ? await read(marks, 'mark') : undefined;
    const markAt = new Map(storedMarks === undefined ? [] : [...rowsOf(storedMarks, fromMs, toMs)].map(markOf));
    return [...rowsOf(stored, fromMs, toMs)].map(row => {
      const mark = markAt.get(row.openMs);
      return mark === undefined ? row : { ...row, mark };
    });
  }

  return {
    path,
    bars,
    merge: async added => {
      const [first] = added;
      if (first === undefined) return;
      await mergeInto(trades, added, barLine, () => read(trades, 'bars'));
      if (!isPerpetual) return;
      const withMarks = added.flatMap(({ openMs, mark }) => (mark === undefined ? [] : [{ openMs, ...mark }]));
      await mergeInto(marks, withMarks, markLine, () => read(marks, 'mark'));
    },
    append: bar => {
      trades.append(bar.openMs, barLine(bar));
      if (bar.mark !== undefined) marks.append(bar.openMs, markLine({ openMs: bar.openMs, ...bar.mark }));
    },
    settlement: ({ timeMs, rate }) => funding.append(timeMs, `${timeMs},${rate}\n`),
    revise: (bar, receivedMs) => {
      const { openMs, open, high, low, close, volume } = bar;
      const revised = { time: openMs, open, high, low, close, volume, received: receivedMs };
      appendFileSync(revisions, `${JSON.stringify(revised)}\n`);
    },
  };
}

function stemOf({ venue, market, symbol }: StoredMarket): string {
  const plainVenue = venue.replace(/usdm$/, '');
  const kind = market === 'spot' ? 'spot' : market === 'linear' ? 'usdm' : 'coinm';
  return `${plainVenue}-${kind}-${plainSymbol(symbol)}`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** `1h` of 3 600 000. */
export function periodName(periodMs: number): string {
  const [unit, ms] = UNITS.find(([, length]) => periodMs % length === 0) ?? ['s', 1000];
  return `${periodMs / ms}${unit}`;
}

// ---------------------------------------------------------------- one file

interface TableFile {
  readonly path: string;
  readonly header: string;
  /** At the end; nothing when it is not later than the last row. */
  append(timeMs: number, line: string): void;
  replace(lines: readonly string[]): void;
  /** Time of the last row; −∞ when there is none. */
  lastMs(): number;
}

/** Rows of text in order of their first column, a time in milliseconds. */
function tableFile(path: string, header: string): TableFile {
  let known = { size: -1, lastMs: Number.NEGATIVE_INFINITY };

  /** Read anew when somebody else has written. */
  function lastMs(): number {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size !== known.size) known = { size: mendEnd(path, size), lastMs: lastTimeIn(path, size) };
    return known.lastMs;
  }

  return {
    path,
    header,
    lastMs,
    append: (timeMs, line) => {
      if (timeMs <= lastMs()) return;
      const text = known.size === 0 ? `${header}\n${line}` : line;
      appendFileSync(path, text);
      known = { size: known.size + Buffer.byteLength(text), lastMs: timeMs };
    },
    replace: lines => {
      writeWhole(path, `${header}\n${lines.join('')}`);
      known = { size: -1, lastMs: Number.NEGATIVE_INFINITY };
    },
  };
}

const TAIL_BYTES = 4096;

function tailOf(path: string, size: number): string {
  const length = Math.min(size, TAIL_BYTES);
  const bytes = Buffer.alloc(length);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, bytes, 0, length, size - length);
  } finally {
    closeSync(descriptor);
  }
  return bytes.toString('latin1');
}

/** A line that a crash cut off is taken away; gives the size that is left. */
function mendEnd(path: string, size: number): number {
  if (size === 0) return 0;
  const tail = tailOf(path, size);
  const whole = size - tail.length + tail.lastIndexOf('\n') + 1;
  if (whole < size) truncateSync(path, whole);
  return whole;
}

function lastTimeIn(path: string, size: number): number {
  if (size === 0) return Number.NEGATIVE_INFINITY;
  const lines = tailOf(path, Math.min(size, statSync(path).size))
    .split('\n')
    .filter(line => line !== '');
  const timeMs = Number.parseInt(lines.at(-1) ?? '', 10);
  return Number.isFinite(timeMs) ? timeMs : Number.NEGATIVE_INFINITY;
}

// ---------------------------------------------------------------- rows

type Row = Pick<LiveBar, 'openMs' | 'open' | 'high' | 'low' | 'close' | 'volume'>;
type MarkRow = Omit<Row, 'volume'>;

function barLine({ openMs, open, high, low, close, volume }: Row): string {
  return `${openMs},${open},${high},${low},${close},${volume}\n`;
}

function markLine({ openMs, open, high, low, close }: MarkRow): string {
  return `${openMs},${open},${high},${low},${close}\n`;
}

function markOf({ openMs, open, high, low, close }: Row): [number, MarkPrices] {
  return [openMs, { open, high, low, close }];
}

function* rowsOf(bars: RawBars, fromMs: number, toMs: number): Generator<Row> {
  const at = (column: Float64Array, i: number) => column[i] ?? Number.NaN;
  for (let i = 0; i < bars.length; i++) {
    const openMs = at(bars.times, i);
    if (openMs < fromMs || openMs >= toMs) continue;
    yield {
      openMs,
      open: at(bars.open, i),
      high: at(bars.high, i),
      low: at(bars.low, i),
      close: at(bars.close, i),
      volume: at(bars.volume, i),
    };
  }
}

async function readBars(path: string, kind: 'bars' | 'mark'): Promise<RawBars> {
  const { series } = await importBars([{ path, name: readMarketName(path) }], kind, undefined);
  return series;
}

/** A file that is damaged must keep no run from its position: it is put aside, and what it held is asked of the venue. */
async function readable<T>(
  file: TableFile,
  notice: (what: string, path: string) => void,
  read: () => Promise<T>,
): Promise<T | undefined> {
  if (file.lastMs() === Number.NEGATIVE_INFINITY) return undefined;
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    let number = 1;
    while (existsSync(`${file.path}.damaged-${number}`)) number += 1;
    renameSync(file.path, `${file.path}.damaged-${number}`);
    notice(error.message, `${file.path}.damaged-${number}`);
    return undefined;
  }
}

async function mergeInto<R extends MarkRow>(
  file: TableFile,
  added: readonly R[],
  lineOf: (row: R) => string,
  read: () => Promise<RawBars | undefined>,
): Promise<void> {
  const lastMs = file.lastMs();
  const older = added.filter(({ openMs }) => openMs <= lastMs);
  const stored = older.length === 0 ? undefined : await read();
  if (stored !== undefined) {
    const known = new Set(stored.times.subarray(0, stored.length));
    const missing = older.filter(({ openMs }) => !known.has(openMs));
    if (missing.length > 0) {
      const all = [...rowsOf(stored, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)] as unknown as readonly R[];
      const whole = [...all, ...missing].sort((a, b) => a.openMs - b.openMs);
      file.replace(whole.map(lineOf));
    }
  }
  for (const row of added) file.append(row.openMs, lineOf(row));
}
