/**
 * "What feeds this order?" as a call hierarchy: the outgoing side of a rule or a value is what it reads, down to the
 * columns of the data and the functions of the library; the incoming side is who reads it.
 */
import {
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  SymbolKind,
} from 'vscode-languageserver-types';
import { type Holder, holdersOf } from '../../../language/query/holders.ts';
import { type Occurrence, occurrenceAt } from '../../../language/query/symbols.ts';
import type { Span } from '../../../language/syntax/tree.ts';
import type { Analysis, Document } from '../document.ts';
import { inLibrary, type LibraryPlace } from './navigation.ts';
import { SYMBOL_KINDS } from './outline.ts';

/** Where the item's statement begins; the document may have changed since. */
interface ItemData {
  readonly start: number;
  readonly leaf?: string;
}

export function prepareCalls(document: Document, analysis: Analysis, offset: number): CallHierarchyItem[] {
  const holders = holdersOf(analysis.tree);
  const target = occurrenceAt(analysis.symbols, offset)?.target;
  const symbol = target?.of === 'file' ? analysis.symbols.symbols[target.symbol] : undefined;
  const named = symbol && holders.find(({ span }) => span.start === symbol.span.start);
  const around = holders.find(({ whole }) => whole.start <= offset && offset <= whole.end);
  const found = named ?? around;
  return found === undefined ? [] : [itemOf(document, found)];
}

function itemOf(document: Document, { name, detail, kind, span, whole }: Holder): CallHierarchyItem {
  return {
    name,
    ...(detail !== '' && { detail }),
    kind: kind === undefined ? SymbolKind.Event : SYMBOL_KINDS[kind],
    uri: document.uri,
    range: document.rangeOf(whole),
    selectionRange: document.rangeOf(within(span, whole)),
    data: { start: whole.start } satisfies ItemData,
  };
}

function within(span: Span, whole: Span): Span {
  return span.start >= whole.start && span.end <= whole.end ? span : whole;
}

/** What a statement reads. */
export function outgoingCalls(
  document: Document,
  analysis: Analysis,
  item: CallHierarchyItem,
  placeOf: LibraryPlace,
): CallHierarchyOutgoingCall[] {
  const holders = holdersOf(analysis.tree);
  const holder = holderOf(holders, item);
  if (holder === undefined) return [];
  const read = new Map<string, { to: CallHierarchyItem; spans: Span[] }>();
  for (const occurrence of insideOf(analysis, holder)) {
    const to = feeder(document, analysis, holders, occurrence, placeOf);
    if (to === undefined) continue;
    const key = `${to.uri} ${to.name} ${to.selectionRange.start.line}`;
    const known = read.get(key) ?? { to, spans: [] };
    known.spans.push(occurrence.span);
    read.set(key, known);
  }
  return [...read.values()].map(({ to, spans }) => ({ to, fromRanges: spans.map(span => document.rangeOf(span)) }));
}

/** Who reads what a statement declares. */
export function incomingCalls(
  document: Document,
  analysis: Analysis,
  item: CallHierarchyItem,
): CallHierarchyIncomingCall[] {
  const holders = holdersOf(analysis.tree);
  const holder = holderOf(holders, item);
  const symbol = analysis.symbols.symbols.findIndex(({ span }) => span.start === holder?.span.start);
  if (symbol < 0) return [];
  return holders.flatMap(reader => {
    const spans = insideOf(analysis, reader)
      .filter(({ target }) => target.of === 'file' && target.symbol === symbol)
      .map(({ span }) => span);
    if (spans.length === 0 || reader === holder) return [];
    return [{ from: itemOf(document, reader), fromRanges: spans.map(span => document.rangeOf(span)) }];
  });
}

function holderOf(holders: readonly Holder[], { data }: CallHierarchyItem): Holder | undefined {
  const { start, leaf } = (data ?? {}) as Partial<ItemData>;
  return leaf === undefined ? holders.find(({ whole }) => whole.start === start) : undefined;
}

function insideOf({ symbols }: Analysis, { whole }: Holder): readonly Occurrence[] {
  return symbols.occurrences.filter(
    ({ span, role }) => role !== 'declares' && whole.start <= span.start && span.end <= whole.end,
  );
}

function feeder(
  document: Document,
  analysis: Analysis,
  holders: readonly Holder[],
  { target, span }: Occurrence,
  placeOf: LibraryPlace,
): CallHierarchyItem | undefined {
  if (target.of === 'file') {
    const symbol = analysis.symbols.symbols[target.symbol];
    const found = holders.find(one => one.span.start === symbol?.span.start);
    return found && itemOf(document, found);
  }
  if (target.of === 'stream') {
    const range = document.rangeOf(span);
    const data: ItemData = { start: span.start, leaf: target.name };
    return {
      name: target.name,
      detail: 'data',
      kind: SymbolKind.Field,
      uri: document.uri,
      range,
      selectionRange: range,
      data,
    };
  }
  const place = target.of === 'function' ? inLibrary(target, analysis.library, placeOf) : undefined;
  if (place === undefined || target.of !== 'function') return undefined;
  const data: ItemData = { start: -1, leaf: target.name };
  return {
    name: target.name,
    detail: 'library',
    kind: SymbolKind.Function,
    uri: place.uri,
    range: place.range,
    selectionRange: place.range,
    data,
  };
}
