/**
 * From what was written after `--data`, `--mark` or `--funding` to a list of files of one market: a path, a folder, a
 * pattern, each with `SYMBOL=` before it if wished.
 */
import { existsSync, realpathSync, type Stats, statSync } from 'node:fs';
import { reasonText } from './bytes.ts';
import { type DataWarning, dataError, dataWarning } from './errors.ts';
import { filesIn, globFiles, isPattern } from './glob.ts';
import {
  differentMarkets,
  type FileKind,
  type MarketName,
  marketText,
  plainSymbol,
  readMarketName,
} from './market-name.ts';

export interface SelectedFile {
  /** As it is shown in messages. */
  readonly path: string;
  readonly name: MarketName;
}

export interface Selection {
  readonly files: readonly SelectedFile[];
  readonly warnings: readonly DataWarning[];
}

/** Files for one instrument. Throws a `DataError` when nothing matches or two markets are mixed. */
export function selectFiles(selectors: readonly string[], kind: FileKind, symbol: string): Selection {
  const files: SelectedFile[] = [];
  const seen = new Set<string>();
  let stated = false;
  for (const selector of selectors) {
    const { given, path } = splitSelector(selector);
    if (given !== undefined) {
      if (given !== symbol && plainSymbol(given) !== plainSymbol(symbol)) throw dataError('D1020', { given, symbol });
      stated = true;
    }
    for (const file of expand(path, kind)) {
      const identity = realpathSync(file);
      if (seen.has(identity)) continue;
      seen.add(identity);
      files.push({ path: file, name: readMarketName(file) });
    }
  }
  refuseMixture(files, symbol);
  return { files, warnings: stated ? [] : mismatchWarnings(files, symbol) };
}

export function splitSelector(selector: string): { readonly given?: string; readonly path: string } {
  const equals = selector.indexOf('=');
  if (equals <= 0 || existsSync(selector) || !/^[\w/:.-]+$/.test(selector.slice(0, equals))) return { path: selector };
  return { given: selector.slice(0, equals), path: selector.slice(equals + 1) };
}

/** The files that a path, a folder or a pattern stands for. Throws a `DataError` when there are none. */
export function expand(path: string, kind: FileKind): readonly string[] {
  const found = lookedAt(path);
  if (found !== undefined) {
    if (!found.isDirectory()) return [path];
    const inside = readable(path, () => filesIn(path)).filter(file => /\.csv(\.gz)?$/i.test(file));
    if (inside.length === 0) throw dataError('D1002', { pattern: path, what: 'folder' });
    return ofKind(inside, kind);
  }
  if (!isPattern(path)) throw dataError('D1001', { path }, { file: path });
  const matching = globFiles(path);
  if (matching.length === 0) throw dataError('D1002', { pattern: path, what: 'pattern' });
  return ofKind(matching, kind);
}

function lookedAt(path: string): Stats | undefined {
  return readable(path, () => statSync(path, { throwIfNoEntry: false }));
}

function readable<T>(path: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR' || code === 'ENAMETOOLONG') throw dataError('D1001', { path }, { file: path });
    throw dataError('D1023', { path, reason: reasonText(error) }, { file: path });
  }
}

/** A folder of a perpetual holds trades, marks and funding side by side: those that say they are of another kind stay out. */
function ofKind(files: readonly string[], kind: FileKind): readonly string[] {
  const kinds = files.map(file => readMarketName(file).kind);
  const saysSo = files.filter((_, i) => kinds[i] === kind);
  if (kind !== 'bars') return saysSo.length > 0 ? saysSo : files;
  const possible = files.filter((_, i) => kinds[i] === undefined || kinds[i] === 'bars');
  return possible.length > 0 ? possible : files;
}

/** Throws a `DataError` where the files of one series speak of two markets. */
export function refuseMixture(files: readonly SelectedFile[], symbol: string): void {
  const first = files.find(file => file.name.symbol !== undefined);
  if (first === undefined) return;
  const other = files.find(file => differentMarkets(first.name, file.name));
  if (other === undefined) return;
  const meant = files.find(file => file.name.symbol === plainSymbol(symbol));
  throw dataError('D1015', {
    first: marketText(first.name),
    firstFile: first.path,
    second: marketText(other.name),
    secondFile: other.path,
    symbol,
    ...(meant !== undefined && { meant: selectorFor(meant, files) }),
  });
}

/** The file, or a pattern where there are several files of its market: what their paths begin with and no other's does. */
function selectorFor(meant: SelectedFile, files: readonly SelectedFile[]): string {
  const isSame = (file: SelectedFile) => file.name.symbol !== undefined && !differentMarkets(meant.name, file.name);
  const same = files.filter(isSame);
  let start = meant.path;
  for (const { path } of same) while (!path.startsWith(start)) start = start.slice(0, -1);
  const isPattern = same.length > 1 && files.every(file => isSame(file) || !file.path.startsWith(start));
  return isPattern && !/[[\]{}*?]/.test(start) ? `'${start}*'` : meant.path;
}

function mismatchWarnings(files: readonly SelectedFile[], symbol: string): readonly DataWarning[] {
  const other = files.find(file => file.name.symbol !== undefined && file.name.symbol !== plainSymbol(symbol));
  if (other === undefined) return [];
  return [dataWarning('D1051', { found: marketText(other.name), symbol, path: other.path }, { file: other.path })];
}
