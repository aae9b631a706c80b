/**
 * The same for several instruments at once: of all files that the selectors stand for, each instrument gets those that are
 * its own, by `SYMBOL=` or by what their names say. Files of nobody's are left lying: a folder may hold a whole venue.
 */
import { realpathSync } from 'node:fs';
import { type DataWarning, dataError } from './errors.ts';
import { differentMarkets, type FileKind, type MarketName, plainSymbol, readMarketName } from './market-name.ts';
import { expand, refuseMixture, type SelectedFile, selectFiles, splitSelector } from './select.ts';

export interface WantedInstrument {
  readonly symbol: string;
  readonly venue: string;
  readonly market?: 'spot' | 'linear' | 'inverse';
}

export interface Selections {
  /** One list an instrument, empty where nothing was found. */
  readonly files: readonly (readonly SelectedFile[])[];
  /** Every file that was looked at. */
  readonly found: readonly SelectedFile[];
  readonly warnings: readonly DataWarning[];
}

/** Throws a `DataError` when a selector matches nothing, names an unknown symbol, or mixes two markets for one instrument. */
export function selectForEach(
  selectors: readonly string[],
  kind: FileKind,
  instruments: readonly WantedInstrument[],
): Selections {
  const [only] = instruments;
  if (instruments.length === 1 && only !== undefined) {
    const { files, warnings } = selectFiles(selectors, kind, only.symbol);
    return { files: [files], found: files, warnings };
  }
  const given: SelectedFile[][] = instruments.map(() => []);
  const found: SelectedFile[] = [];
  const seen = new Set<string>();
  for (const selector of selectors) {
    const { given: symbol, path } = splitSelector(selector);
    const owner = symbol === undefined ? undefined : ownerOf(symbol, instruments);
    for (const file of expand(path, kind)) {
      const identity = `${owner ?? ''} ${realpathSync(file)}`;
      if (seen.has(identity)) continue;
      seen.add(identity);
      const selected = { path: file, name: readMarketName(file) };
      if (owner === undefined) found.push(selected);
      else given[owner]?.push(selected);
    }
  }
  const files = instruments.map((instrument, number) => {
    const stated = given[number] ?? [];
    return stated.length > 0 || !mayHave(instrument, kind) ? stated : recognised(instrument, found);
  });
  giveNameless(
    files.filter((_, number) => mayHave(instruments[number], kind)),
    found,
  );
  for (const [number, { symbol }] of instruments.entries()) refuseMixture(files[number] ?? [], symbol);
  return { files, found: [...found, ...given.flat()], warnings: [] };
}

/** Marks and funding are a perpetual's. */
function mayHave(instrument: WantedInstrument | undefined, kind: FileKind): boolean {
  return kind === 'bars' || instrument?.market !== 'spot';
}

function ownerOf(given: string, instruments: readonly WantedInstrument[]): number {
  const exact = instruments.findIndex(({ symbol }) => symbol === given);
  const owner = exact >= 0 ? exact : instruments.findIndex(({ symbol }) => plainSymbol(symbol) === plainSymbol(given));
  if (owner < 0) throw dataError('D1020', { given, symbol: listed(instruments) });
  return owner;
}

function listed(instruments: readonly WantedInstrument[]): string {
  const most = 8;
  const names = instruments.slice(0, most).map(({ symbol }) => symbol);
  return instruments.length > most ? `${names.join(', ')} and ${instruments.length - most} more` : names.join(', ');
}

/** Words of a file's name that tell a kind of market. */
const MARKET_WORDS: Readonly<Record<string, WantedInstrument['market']>> = {
  spot: 'spot',
  usdm: 'linear',
  um: 'linear',
  swap: 'linear',
  perp: 'linear',
  linear: 'linear',
  coinm: 'inverse',
  cm: 'inverse',
  inverse: 'inverse',
};

/** Files whose names speak of the instrument; those of its own venue only, where there are such. */
function recognised(instrument: WantedInstrument, files: readonly SelectedFile[]): SelectedFile[] {
  const symbol = plainSymbol(instrument.symbol);
  const possible = files.filter(({ name }) => name.symbol === symbol && isOfMarket(instrument, name));
  const own = possible.filter(({ name }) => wordsOf(name).includes(instrument.venue));
  return own.length > 0 ? own : possible;
}

function isOfMarket({ market }: WantedInstrument, name: MarketName): boolean {
  const words = wordsOf(name).flatMap(word => MARKET_WORDS[word] ?? []);
  return market === undefined || words.length === 0 || words.includes(market);
}

function wordsOf({ venue }: MarketName): readonly string[] {
  return venue?.split('-') ?? [];
}

/** Files whose names say nothing can only be meant for the one instrument that has none yet. */
function giveNameless(files: SelectedFile[][], found: readonly SelectedFile[]): void {
  const nameless = found.filter(({ name }) => name.symbol === undefined);
  const bare = files.filter(own => own.length === 0);
  if (nameless.length > 0 && bare.length === 1) bare[0]?.push(...nameless);
}

/** What the files were taken for, each market once: `BTCUSDT (binance-spot)`. */
export function marketsAmong(files: readonly SelectedFile[]): readonly MarketName[] {
  const markets: MarketName[] = [];
  for (const { name } of files) {
    const isNew = name.symbol !== undefined && !markets.some(other => !differentMarkets(other, name));
    if (isNew) markets.push(name);
  }
  return markets;
}
