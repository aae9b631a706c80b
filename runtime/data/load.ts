/** The way in for candles, marks and funding from files: what was asked for on the command line becomes a series. */
import type { Period } from '../../language/check/program.ts';
import { assembleMarket, type MarketInputs, type MarketInstrument } from './assemble.ts';
import { defaultCacheDir } from './cache.ts';
import { type DataWarning, dataError, dataWarning } from './errors.ts';
import { importBars, importFunding } from './import.ts';
import { type SelectedFile, selectFiles } from './select.ts';
import type { MarketSeries } from './series.ts';

export interface MarketRequest {
  readonly instrument: MarketInstrument;
  /** Entry 0 is the base clock, then the slower ones. */
  readonly clocks: readonly Period[];
  /** Each a path, a folder or a pattern, with `SYMBOL=` before it if wished. */
  readonly data: readonly string[];
  readonly mark?: readonly string[];
  readonly funding?: readonly string[];
  /** Overrides the instrument's own `max_gap`. */
  readonly maxGapMs?: number;
  /** Bars that close after this instant are left out. */
  readonly toMs?: number;
  /**
   * The first instant that the run reads: `--from` less what it needs to settle. Bars before it are still given, since a
   * recurrence may want them; only their holes are no error.
   */
  readonly readsFromMs?: number;
  /** The first instant that the run trades: `--from`. */
  readonly tradesFromMs?: number;
  /** Folder of parsed candles; `false` for none. Unless given, `defaultCacheDir`. */
  readonly cacheDir?: string | false;
}

/** Reads and aligns everything that is asked for. Rejects with a `DataError` for whatever is wrong with it. */
export async function loadMarket(request: MarketRequest): Promise<MarketSeries> {
  const { symbol } = request.instrument;
  if (request.data.length === 0) throw dataError('D1024', { symbol });
  const cacheDir = await cacheFolder(request);
  const warnings: DataWarning[] = [];
  const chosen = (selectors: readonly string[] | undefined, kind: 'bars' | 'mark' | 'funding') => {
    if (!isGiven(selectors)) return [];
    const selection = selectFiles(selectors, kind, symbol);
    warnings.push(...selection.warnings);
    return selection.files;
  };
  const files = {
    bars: chosen(request.data, 'bars'),
    mark: chosen(request.mark, 'mark'),
    funding: chosen(request.funding, 'funding'),
  };
  const inputs = await readInputs(request, files, cacheDir);
  const series = assembleMarket(inputs);
  return { ...series, warnings: [...warnings, ...inputs.warnings, ...(series.warnings ?? [])] };
}

export async function cacheFolder({ cacheDir }: Pick<MarketRequest, 'cacheDir'>): Promise<string | undefined> {
  return cacheDir === undefined ? await defaultCacheDir() : cacheDir || undefined;
}

/** Files of one instrument; without marks or funding those are not read. */
export interface InstrumentFiles {
  readonly bars: readonly SelectedFile[];
  readonly mark: readonly SelectedFile[];
  readonly funding: readonly SelectedFile[];
}

/** Parses what belongs to one instrument. */
export async function readInputs(
  request: Omit<MarketRequest, 'data' | 'mark' | 'funding'>,
  files: InstrumentFiles,
  cacheDir: string | undefined,
): Promise<MarketInputs & { readonly warnings: readonly DataWarning[] }> {
  const warnings: DataWarning[] = [];
  const kept = <Series>(loaded: { readonly series: Series; readonly warnings: readonly DataWarning[] }): Series => {
    warnings.push(...loaded.warnings);
    return loaded.series;
  };
  const bars = kept(await importBars(files.bars, 'bars', cacheDir));
  const mark = files.mark.length > 0 ? kept(await importBars(files.mark, 'mark', cacheDir)) : undefined;
  const funding = files.funding.length > 0 ? kept(await importFunding(files.funding)) : undefined;
  const lastMs = bars.times[bars.length - 1] ?? 0;
  const readsLast = request.toMs === undefined || lastMs + bars.periodMs <= request.toMs;
  if (bars.counts.unfinishedLast && readsLast) warnings.push(dataWarning('D1056', { lastMs }));
  return {
    instrument: { ...request.instrument, maxGapMs: request.maxGapMs ?? request.instrument.maxGapMs },
    clocks: request.clocks,
    bars,
    ...(mark !== undefined && { mark }),
    ...(funding !== undefined && { funding }),
    ...(request.toMs !== undefined && { toMs: request.toMs }),
    ...(request.readsFromMs !== undefined && { readsFromMs: request.readsFromMs }),
    ...(request.tradesFromMs !== undefined && { tradesFromMs: request.tradesFromMs }),
    warnings,
  };
}

function isGiven(selectors: readonly string[] | undefined): selectors is readonly string[] {
  return selectors !== undefined && selectors.length > 0;
}
