/** Where a name is declared and used: definition, references, highlights, rename. All from the file's index of names. */
import type { DocumentHighlight, Location, Range, TextEdit, WorkspaceEdit } from 'vscode-languageserver-types';
import { DocumentHighlightKind } from 'vscode-languageserver-types';
import {
  type Occurrence,
  occurrenceAt,
  type Symbols,
  sameTarget,
  type Target,
} from '../../../language/query/symbols.ts';
import { RESERVED_WORDS } from '../../../language/syntax/tokens.ts';
import type { Tree } from '../../../language/syntax/tree.ts';
import type { Analysis, Document } from '../document.ts';
import { rangeIn } from './diagnostics.ts';

/** Of the name at an offset: in this file, or in the standard library. */
export function definition(
  document: Document,
  { symbols }: Analysis,
  offset: number,
  library: readonly Tree[],
): Location | undefined {
  const target = occurrenceAt(symbols, offset)?.target;
  if (target === undefined) return undefined;
  if (target.of === 'file') {
    const symbol = symbols.symbols[target.symbol];
    return symbol && { uri: document.uri, range: document.rangeOf(symbol.span) };
  }
  return target.of === 'function' || target.of === 'group' ? inLibrary(target, library) : undefined;
}

function inLibrary({ of, name }: Extract<Target, { name: string }>, library: readonly Tree[]): Location | undefined {
  const kind = of === 'group' ? 'features' : 'fn';
  for (const { source, declarations } of library) {
    const found = declarations.find(declaration => declaration.kind === kind && declaration.name.text === name);
    if (found && 'name' in found && found.name && 'span' in found.name) {
      return { uri: libraryUri(source.name), range: rangeIn(source, found.name.span) };
    }
  }
  return undefined;
}

/** The library is inside the program: its files are shown, never edited. */
export function libraryUri(name: string): string {
  return `vela-library:/${name.replace(/^stdlib\//, '')}`;
}

function alike({ occurrences }: Symbols, target: Target): readonly Occurrence[] {
  return occurrences.filter(occurrence => sameTarget(occurrence.target, target));
}

export function references(
  document: Document,
  { symbols }: Analysis,
  offset: number,
  withDeclaration: boolean,
): Location[] {
  const target = occurrenceAt(symbols, offset)?.target;
  if (target === undefined) return [];
  return alike(symbols, target)
    .filter(({ role }) => withDeclaration || role !== 'declares')
    .map(({ span }) => ({ uri: document.uri, range: document.rangeOf(span) }));
}

export function highlights(document: Document, { symbols }: Analysis, offset: number): DocumentHighlight[] {
  const target = occurrenceAt(symbols, offset)?.target;
  if (target === undefined || target.of === 'unknown') return [];
  return alike(symbols, target).map(({ span, role }) => ({
    range: document.rangeOf(span),
    kind: role === 'declares' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }));
}

/** The name under the caret when it may be renamed: one that this file declares. */
export function renamable(document: Document, { symbols }: Analysis, offset: number): Range | undefined {
  const occurrence = occurrenceAt(symbols, offset);
  return occurrence?.target.of === 'file' ? document.rangeOf(occurrence.span) : undefined;
}

export type Renaming = { readonly edit: WorkspaceEdit } | { readonly refused: string };

export function rename(document: Document, { symbols }: Analysis, offset: number, name: string): Renaming {
  const target = occurrenceAt(symbols, offset)?.target;
  if (target?.of !== 'file') return { refused: 'only names that this file declares can be renamed' };
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return { refused: `\`${name}\` is no name: letters, digits and _ only` };
  if (RESERVED_WORDS.has(name)) return { refused: `\`${name}\` is a word of the language` };
  const symbol = symbols.symbols[target.symbol];
  const taken = symbols.symbols.some(
    (other, index) =>
      index !== target.symbol &&
      other.name === name &&
      other.owner === symbol?.owner &&
      (other.kind === 'fn') === (symbol?.kind === 'fn'),
  );
  if (taken) return { refused: `\`${name}\` is declared already` };
  const changes: TextEdit[] = alike(symbols, target).map(({ span }) => ({
    range: document.rangeOf(span),
    newText: name,
  }));
  return { edit: { changes: { [document.uri]: changes } } };
}
