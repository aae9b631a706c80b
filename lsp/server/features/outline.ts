/** A file at a glance: its symbols, what folds, how a selection grows, where its paths lead. */
import {
  type DocumentLink,
  type DocumentSymbol,
  type FoldingRange,
  FoldingRangeKind,
  type SelectionRange,
  SymbolKind,
} from 'vscode-languageserver-types';
import { headingOf } from '../../../language/query/holders.ts';
import type { FileSymbol } from '../../../language/query/symbols.ts';
import { pathAt } from '../../../language/query/tree-at.ts';
import type { Declaration, Span } from '../../../language/syntax/tree.ts';
import type { Analysis, Document } from '../document.ts';

export const SYMBOL_KINDS: Readonly<Record<FileSymbol['kind'], SymbolKind>> = {
  param: SymbolKind.Constant,
  let: SymbolKind.Variable,
  signal: SymbolKind.Event,
  state: SymbolKind.Variable,
  label: SymbolKind.Key,
  fn: SymbolKind.Function,
  argument: SymbolKind.TypeParameter,
  local: SymbolKind.Variable,
  clock: SymbolKind.Number,
  session: SymbolKind.Number,
  instrument: SymbolKind.Class,
  universe: SymbolKind.Class,
  input: SymbolKind.Field,
  features: SymbolKind.Struct,
  column: SymbolKind.Field,
  model: SymbolKind.Interface,
  module: SymbolKind.Module,
};

export function documentSymbols(document: Document, { tree, symbols }: Analysis): DocumentSymbol[] {
  const at = (span: Span) => document.rangeOf(span);
  const inner = (declaration: Declaration): DocumentSymbol[] =>
    symbols.symbols.flatMap(({ declaration: own, kind, name, span, owner }) =>
      own === declaration && owner !== undefined && kind !== 'argument'
        ? [{ name, kind: SYMBOL_KINDS[kind], range: at(span), selectionRange: at(span) }]
        : [],
    );
  const one = (declaration: Declaration): DocumentSymbol[] => {
    const { name, detail, kind, span } = headingOf(declaration);
    const children = declaration.kind === 'at' ? declaration.declarations.flatMap(one) : inner(declaration);
    return [
      {
        name: name === '' ? declaration.kind : name,
        ...(detail !== '' && { detail }),
        kind: kind === undefined ? SymbolKind.Property : SYMBOL_KINDS[kind],
        range: at(declaration.span),
        selectionRange: at(span),
        ...(children.length > 0 && { children }),
      },
    ];
  };
  return tree.declarations.flatMap(one);
}

// ---------------------------------------------------------------- folding

export function foldingRanges(document: Document, { tree }: Analysis): FoldingRange[] {
  const ranges: FoldingRange[] = [];
  const add = ({ start, end }: Span, kind?: FoldingRangeKind) => {
    const startLine = document.positionAt(start).line;
    const endLine = document.positionAt(end).line;
    if (endLine > startLine) ranges.push({ startLine, endLine, ...(kind && { kind }) });
  };
  if (document.form === 'vela') {
    for (const declaration of tree.declarations) {
      add(declaration.span);
      if (declaration.kind === 'at') for (const inside of declaration.declarations) add(inside.span);
    }
  } else ranges.push(...yamlFolds(document.content));
  for (const match of document.content.matchAll(/^[ \t]*#[^\n]*(?:\r?\n[ \t]*#[^\n]*)+/gm)) {
    add({ start: match.index, end: match.index + match[0].length }, FoldingRangeKind.Comment);
  }
  return ranges;
}

/** A key with all lines below it that are further in. */
function yamlFolds(text: string): FoldingRange[] {
  const open: { indent: number; line: number }[] = [];
  const ranges: FoldingRange[] = [];
  let last = 0;
  const close = (indent: number) => {
    for (let top = open.at(-1); top !== undefined && top.indent >= indent; top = open.at(-1)) {
      open.pop();
      if (last > top.line) ranges.push({ startLine: top.line, endLine: last });
    }
  };
  text.split('\n').forEach((line, number) => {
    if (/^\s*(#|$)/.test(line)) return;
    const indent = /^[\s-]*/.exec(line)?.[0].length ?? 0;
    close(indent);
    open.push({ indent, line: number });
    last = number;
  });
  close(0);
  return ranges;
}

// ---------------------------------------------------------------- selection

export function selectionRange(document: Document, { tree }: Analysis, offset: number): SelectionRange {
  let range: SelectionRange = { range: document.rangeOf({ start: 0, end: document.content.length }) };
  let last: Span = { start: 0, end: document.content.length };
  for (const { span } of pathAt(tree, offset)) {
    if (span.start === last.start && span.end === last.end) continue;
    if (span.start < last.start || span.end > last.end) continue;
    range = { range: document.rangeOf(span), parent: range };
    last = span;
  }
  return range;
}

// ---------------------------------------------------------------- links

/** `targetOf`: the address of a path that `use` names; none where there is no such file. */
export function documentLinks(
  document: Document,
  { tree }: Analysis,
  targetOf: (path: string) => string | undefined,
): DocumentLink[] {
  return tree.declarations.flatMap(declaration => {
    if (declaration.kind !== 'use') return [];
    const { value, span } = declaration.path;
    const target = targetOf(value);
    const quote = document.content[span.start] === '"' ? 1 : 0;
    const range = document.rangeOf({ start: span.start + quote, end: span.end - quote });
    return target === undefined ? [] : [{ range, target, tooltip: `Open ${value}` }];
  });
}
