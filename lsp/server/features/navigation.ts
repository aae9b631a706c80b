/**
 * Where a name is declared and used: definition, references, highlights, rename. Each from the files' indexes of names;
 * across files where a module exports the name or a twin (the same strategy in the other spelling) declares it as well.
 */
import type { DocumentHighlight, Location, Range, TextEdit, WorkspaceEdit } from 'vscode-languageserver-types';
import { DocumentHighlightKind } from 'vscode-languageserver-types';
import {
  type FileSymbol,
  type Occurrence,
  occurrenceAt,
  type Symbols,
  sameTarget,
  type Target,
} from '../../../language/query/symbols.ts';
import { RESERVED_WORDS } from '../../../language/syntax/tokens.ts';
import type { SourceFile, Tree } from '../../../language/syntax/tree.ts';
import type { Analysis, Document } from '../document.ts';
import { rangeIn } from './diagnostics.ts';

/** A file with what is known of it, whether an editor has it open or not. */
export interface KnownFile {
  readonly document: Document;
  readonly analysis: Analysis;
}

/** The files around one. */
export interface Around {
  readonly library: readonly Tree[];
  readonly placeOf: LibraryPlace;
  /** The file that a `use` of a document names. */
  readonly module: (document: Document, path: string) => KnownFile | undefined;
  /** The files that use a document. */
  readonly users: (document: Document) => readonly KnownFile[];
  /** The same strategy in the other spelling, beside it. */
  readonly twin: (document: Document) => KnownFile | undefined;
}

/** The address under which an editor can show a file of the library: it is inside the program, and never edited. */
export type LibraryPlace = (source: SourceFile) => string;

/** A name as one thing, however many files speak of it: where it is declared, and under which number. */
interface Home {
  readonly file: KnownFile;
  readonly symbol: number;
}

function homeOf(file: KnownFile, target: Target, around: Around): Home | undefined {
  if (target.of === 'file') return { file, symbol: target.symbol };
  if (target.of !== 'module') return undefined;
  const module = file.analysis.symbols.symbols[target.module];
  if (module?.declaration.kind !== 'use') return undefined;
  const home = around.module(file.document, module.declaration.path.value);
  const symbol =
    home?.analysis.symbols.symbols.findIndex(({ name, owner }) => name === target.name && owner === undefined) ?? -1;
  return home === undefined || symbol < 0 ? undefined : { file: home, symbol };
}

/** Of the name at an offset: in this file, in the one it comes from, or in the standard library. */
export function definition(file: KnownFile, offset: number, around: Around): Location | undefined {
  const target = occurrenceAt(file.analysis.symbols, offset)?.target;
  if (target === undefined) return undefined;
  const home = homeOf(file, target, around);
  if (home !== undefined) {
    const symbol = home.file.analysis.symbols.symbols[home.symbol];
    return symbol && { uri: home.file.document.uri, range: home.file.document.rangeOf(symbol.span) };
  }
  return target.of === 'function' || target.of === 'group'
    ? inLibrary(target, around.library, around.placeOf)
    : undefined;
}

export function inLibrary(
  { of, name }: Extract<Target, { name: string }>,
  library: readonly Tree[],
  placeOf: LibraryPlace,
): Location | undefined {
  const kind = of === 'group' ? 'features' : 'fn';
  for (const { source, declarations } of library) {
    for (const declaration of declarations) {
      if (declaration.kind !== kind || (declaration.kind !== 'fn' && declaration.kind !== 'features')) continue;
      if (declaration.name.text === name)
        return { uri: placeOf(source), range: rangeIn(source, declaration.name.span) };
    }
  }
  return undefined;
}

function alike({ occurrences }: Symbols, target: Target): readonly Occurrence[] {
  return occurrences.filter(occurrence => sameTarget(occurrence.target, target));
}

// ---------------------------------------------------------------- everywhere

interface Places {
  readonly file: KnownFile;
  readonly occurrences: readonly Occurrence[];
}

/** Every file that speaks of the name at an offset, with the places where it does. */
function everywhere(file: KnownFile, target: Target, around: Around): readonly Places[] {
  const home = homeOf(file, target, around);
  if (home === undefined) return [{ file, occurrences: alike(file.analysis.symbols, target) }];
  const homes = [home, ...twinHome(home, around)];
  const places = homes.map(({ file: at, symbol }) => ({
    file: at,
    occurrences: alike(at.analysis.symbols, { of: 'file', symbol }),
  }));
  const users = homes.flatMap(({ file: at, symbol }) => usesOf(at, symbol, around));
  return [...places, ...users].filter(({ occurrences }) => occurrences.length > 0);
}

function twinHome({ file, symbol }: Home, around: Around): readonly Home[] {
  const twin = around.twin(file.document);
  const own = file.analysis.symbols.symbols[symbol];
  if (twin === undefined || own === undefined) return [];
  const { symbols } = twin.analysis.symbols;
  const ownerName = (one: FileSymbol, all: readonly FileSymbol[]) =>
    one.owner === undefined ? '' : (all[one.owner]?.name ?? '');
  const index = symbols.findIndex(
    one =>
      one.name === own.name &&
      one.kind === own.kind &&
      ownerName(one, symbols) === ownerName(own, file.analysis.symbols.symbols),
  );
  return index < 0 ? [] : [{ file: twin, symbol: index }];
}

/** `stops.wide` in the files that use the one that declares it. */
function usesOf(home: KnownFile, symbol: number, around: Around): readonly Places[] {
  const exported = home.analysis.symbols.symbols[symbol];
  if (exported === undefined || exported.owner !== undefined) return [];
  return around.users(home.document).map(user => {
    const { symbols, occurrences } = user.analysis.symbols;
    return {
      file: user,
      occurrences: occurrences.filter(({ target }) => {
        if (target.of !== 'module' || target.name !== exported.name) return false;
        const module = symbols[target.module];
        if (module?.declaration.kind !== 'use') return false;
        return around.module(user.document, module.declaration.path.value)?.document.uri === home.document.uri;
      }),
    };
  });
}

export function references(file: KnownFile, offset: number, withDeclaration: boolean, around: Around): Location[] {
  const target = occurrenceAt(file.analysis.symbols, offset)?.target;
  if (target === undefined) return [];
  return everywhere(file, target, around).flatMap(({ file: { document }, occurrences }) =>
    occurrences
      .filter(({ role }) => withDeclaration || role !== 'declares')
      .map(({ span }) => ({ uri: document.uri, range: document.rangeOf(span) })),
  );
}

export function highlights({ document, analysis: { symbols } }: KnownFile, offset: number): DocumentHighlight[] {
  const target = occurrenceAt(symbols, offset)?.target;
  if (target === undefined || target.of === 'unknown') return [];
  return alike(symbols, target).map(({ span, role }) => ({
    range: document.rangeOf(span),
    kind: role === 'declares' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }));
}

// ---------------------------------------------------------------- rename

/** The name under the caret when it may be renamed: one that this file, or a module of it, declares. */
export function renamable(file: KnownFile, offset: number, around: Around): Range | undefined {
  const occurrence = occurrenceAt(file.analysis.symbols, offset);
  return occurrence && homeOf(file, occurrence.target, around) ? file.document.rangeOf(occurrence.span) : undefined;
}

export type Renaming = { readonly edit: WorkspaceEdit } | { readonly refused: string };

export function rename(file: KnownFile, offset: number, name: string, around: Around): Renaming {
  const target = occurrenceAt(file.analysis.symbols, offset)?.target;
  const home = target && homeOf(file, target, around);
  if (target === undefined || home === undefined) return { refused: 'only names that a file declares can be renamed' };
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { refused: `\`${name}\` is no name: letters, digits and _ only` };
  if (RESERVED_WORDS.has(name)) return { refused: `\`${name}\` is a word of the language` };
  for (const { file: at, symbol } of [home, ...twinHome(home, around)]) {
    if (isTaken(at.analysis.symbols.symbols, symbol, name)) return { refused: `\`${name}\` is declared already` };
  }
  const changes: Record<string, TextEdit[]> = {};
  for (const { file: at, occurrences } of everywhere(file, target, around)) {
    const edits = occurrences.map(({ span }) => ({ range: at.document.rangeOf(span), newText: name }));
    changes[at.document.uri] = [...(changes[at.document.uri] ?? []), ...edits];
  }
  return { edit: { changes } };
}

function isTaken(symbols: readonly FileSymbol[], symbol: number, name: string): boolean {
  const own = symbols[symbol];
  return symbols.some(
    (other, index) =>
      index !== symbol &&
      other.name === name &&
      other.owner === own?.owner &&
      (other.kind === 'fn') === (own?.kind === 'fn'),
  );
}
