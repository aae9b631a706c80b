/**
 * The ledger of a project: every distinct configuration that was ever run over a span of data, by any command. The more of
 * them there were, the better the best looks by luck alone, which the deflated Sharpe ratio allows for. Lines are added and
 * never changed; only a project, a folder with `.vela` in it, has one.
 */
import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deviation, mean, ratio } from '../runtime/statistics/moments.ts';
import { deflatedSharpe, effectiveTrials, meanCorrelation, sharpeRecord } from '../runtime/statistics/significance.ts';

const PROJECT = '.vela';
const LEDGER = join(PROJECT, 'ledger.jsonl');

/** A configuration over a span; `key` is equal where the same thing was run. */
export interface LedgerEntry {
  readonly key: string;
  /** When it was first run: ISO. */
  readonly at: string;
  readonly command: string;
  readonly strategy: string;
  readonly symbols: readonly string[];
  /** First and last close of the returns, or ends of the data: UTC milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Milliseconds from one return to the next; absent where there are none. */
  readonly stepMs?: number;
  /** Float32, base64. */
  readonly returns?: string;
}

export interface Tried {
  readonly key: string;
  readonly command: string;
  readonly strategy: string;
  readonly symbols: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly series?: { readonly closes: Float64Array; readonly returns: Float64Array };
}

export interface TrialsSoFar {
  /** Distinct configurations on this span, this one among them. */
  readonly trials: number;
  /** As many independent ones would tell as much. */
  readonly effective: number;
  readonly meanCorrelation: number | null;
  /** Of the first of them: ISO. */
  readonly since: string;
  /** Probability that the true Sharpe ratio is above what the best of so many worthless ones shows. */
  readonly deflatedSharpe: number;
}

/** Writes down what was tried, where it is new, and says how many there were. Undefined where there is no project. */
export function recordTrial(tried: Tried, nowMs: number = Date.now()): TrialsSoFar | undefined {
  if (statSync(PROJECT, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined;
  const entry = entryOf(tried, nowMs);
  const known = readLedger();
  // A training leaves no returns; those of the backtest that follows are what its variance is known by.
  const isNew = !known.some(
    ({ key, fromMs, toMs, returns }) =>
      key === entry.key &&
      fromMs === entry.fromMs &&
      toMs === entry.toMs &&
      (returns !== undefined || entry.returns === undefined),
  );
  if (isNew) append(entry);
  return trialsOf(isNew ? [...known, entry] : known, tried);
}

/** What a full disk cut short before stays a line of its own. */
function append(entry: LedgerEntry): void {
  const isCut = existsSync(LEDGER) && !/(^|\n)$/.test(readFileSync(LEDGER, 'utf8'));
  appendFileSync(LEDGER, `${isCut ? '\n' : ''}${JSON.stringify(entry)}\n`);
}

/** A line that was cut short by a full disk is none. */
export function readLedger(path: string = LEDGER): readonly LedgerEntry[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line): readonly LedgerEntry[] => {
      try {
        const entry = JSON.parse(line) as Partial<LedgerEntry>;
        return typeof entry.key === 'string' && Array.isArray(entry.symbols) ? [entry as LedgerEntry] : [];
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        return [];
      }
    });
}

function entryOf({ series, ...tried }: Tried, nowMs: number): LedgerEntry {
  const { key, command, strategy, symbols, fromMs, toMs } = tried;
  const about = { key, at: new Date(nowMs).toISOString(), command, strategy, symbols, fromMs, toMs };
  if (series === undefined || series.closes.length < 2) return about;
  const { closes, returns } = series;
  const stepMs = Math.round(((closes.at(-1) ?? 0) - (closes[0] ?? 0)) / (closes.length - 1));
  return { ...about, stepMs, returns: Buffer.from(Float32Array.from(returns).buffer).toString('base64') };
}

/** Configurations that traded one of these instruments at some time of this span. */
function trialsOf(entries: readonly LedgerEntry[], { symbols, fromMs, toMs, series }: Tried): TrialsSoFar | undefined {
  const related = entries.filter(
    entry => entry.fromMs < toMs && entry.toMs > fromMs && entry.symbols.some(symbol => symbols.includes(symbol)),
  );
  // Of each the newest, and of those that have returns before any that has none.
  const told = [
    ...related.filter(({ returns }) => returns === undefined),
    ...related.filter(({ returns }) => returns !== undefined),
  ];
  const distinct = [...new Map(told.map(entry => [entry.key, entry])).values()];
  if (series === undefined || series.returns.length < 2 || distinct.length === 0) return undefined;
  const stepMs = Math.round(((series.closes.at(-1) ?? 0) - (series.closes[0] ?? 0)) / (series.closes.length - 1));
  const comparable = distinct.flatMap(entry => {
    if (entry.returns === undefined || entry.stepMs !== stepMs) return [];
    return [{ entry, returns: decoded(entry.returns) }];
  });
  const sharpes = Float64Array.from(comparable, ({ returns }) => ratio(mean(returns), deviation(returns)));
  const correlation = meanCorrelation(onCommonSpan(comparable, stepMs));
  const effective = effectiveTrials(distinct.length, Number.isNaN(correlation) ? 0 : correlation);
  const variance = sharpes.length < 2 ? 0 : deviation(sharpes) ** 2;
  return {
    trials: distinct.length,
    effective,
    meanCorrelation: Number.isNaN(correlation) ? null : correlation,
    since: related.map(({ at }) => at).sort()[0] ?? '',
    deflatedSharpe: deflatedSharpe(sharpeRecord(series.returns), effective, variance),
  };
}

function decoded(text: string): Float64Array {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  return Float64Array.from(new Float32Array(bytes.buffer, 0, bytes.length >> 2));
}

const LEAST_COMMON = 30;

/** The returns of all of them where all have some; none where that is too short to say anything. */
function onCommonSpan(
  all: readonly { readonly entry: LedgerEntry; readonly returns: Float64Array }[],
  stepMs: number,
): readonly Float64Array[] {
  const from = all.reduce((latest, { entry }) => Math.max(latest, entry.fromMs), Number.NEGATIVE_INFINITY);
  const to = all.reduce((earliest, { entry }) => Math.min(earliest, entry.toMs), Number.POSITIVE_INFINITY);
  const length = Math.floor((to - from) / stepMs);
  if (!(length >= LEAST_COMMON)) return [];
  const cut = all.map(({ entry, returns }) => {
    const first = Math.round((from - entry.fromMs) / stepMs);
    return returns.subarray(first, first + length);
  });
  return cut.every(own => own.length === length) ? cut : [];
}
