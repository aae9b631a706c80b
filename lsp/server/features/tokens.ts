/**
 * Colours that only meaning can give: a param from a value, a stream of the account from one of the market, and what
 * knows the future from everything else.
 */
import { type SemanticTokens, SemanticTokensBuilder } from 'vscode-languageserver/node';
import { ENGINE_STREAMS } from '../../../language/operators/streams.ts';
import type { FileSymbol, Occurrence } from '../../../language/query/symbols.ts';
import { SPECIAL_FUNCTIONS } from '../../../language/query/vocabulary.ts';
import type { Declaration, Property, Span } from '../../../language/syntax/tree.ts';
import type { Analysis, Document } from '../document.ts';

export const TOKEN_TYPES = [
  'variable',
  'parameter',
  'function',
  'property',
  'class',
  'struct',
  'namespace',
  'event',
  'type',
  'interface',
  'number',
] as const;
type TokenType = (typeof TOKEN_TYPES)[number];

/** `future`: a label, or what reads one. `account`: depends on the account. */
export const TOKEN_MODIFIERS = ['declaration', 'readonly', 'defaultLibrary', 'future', 'account'] as const;
type TokenModifier = (typeof TOKEN_MODIFIERS)[number];

interface Token {
  readonly span: Span;
  readonly type: TokenType;
  readonly modifiers: readonly TokenModifier[];
}

const TYPES: Readonly<Record<FileSymbol['kind'], TokenType>> = {
  param: 'parameter',
  let: 'variable',
  signal: 'event',
  state: 'variable',
  label: 'variable',
  fn: 'function',
  argument: 'parameter',
  local: 'variable',
  clock: 'type',
  session: 'type',
  instrument: 'class',
  universe: 'class',
  input: 'variable',
  features: 'struct',
  column: 'property',
  model: 'interface',
  module: 'namespace',
};

const FUTURE_CALLS: ReadonlySet<string> = new Set(
  SPECIAL_FUNCTIONS.filter(({ only }) => only === 'label').map(({ name }) => name),
);
const OF_ACCOUNT: ReadonlySet<string> = new Set(ENGINE_STREAMS.map(({ field }) => field));

export function semanticTokens(document: Document, analysis: Analysis, range?: Span): SemanticTokens {
  const future = futureSymbols(analysis);
  const tokens: Token[] = [
    ...analysis.symbols.occurrences.flatMap(occurrence => tokenOf(analysis, occurrence, future)),
    ...analysis.tree.declarations.flatMap(declaration => keyTokens(declaration)),
  ];
  const builder = new SemanticTokensBuilder();
  const wanted =
    range === undefined ? tokens : tokens.filter(({ span }) => span.end >= range.start && span.start <= range.end);
  let end = -1;
  for (const { span, type, modifiers } of wanted.toSorted((a, b) => a.span.start - b.span.start)) {
    // Of two that overlap (a name of a YAML key that is also a property) the first one counts.
    if (span.start < end || span.end <= span.start) continue;
    const { line, character } = document.positionAt(span.start);
    if (document.positionAt(span.end).line !== line) continue;
    end = span.end;
    const bits = modifiers.reduce((sum, modifier) => sum | (1 << TOKEN_MODIFIERS.indexOf(modifier)), 0);
    builder.push(line, character, span.end - span.start, TOKEN_TYPES.indexOf(type), bits);
  }
  return builder.build();
}

/** Labels, and the values that read them. */
function futureSymbols({ symbols, program, facts }: Analysis): ReadonlySet<number> {
  const labels = symbols.symbols.flatMap(({ kind }, index) => (kind === 'label' ? [index] : []));
  if (labels.length === 0) return new Set();
  const { causalities } = facts;
  const tainted = new Set(
    program.streams.filter(({ node }) => causalities[node]?.label === true).map(({ name }) => name),
  );
  return new Set([
    ...labels,
    ...symbols.symbols.flatMap(({ kind, name }, index) => (kind !== 'fn' && tainted.has(name) ? [index] : [])),
  ]);
}

function tokenOf(
  { symbols }: Analysis,
  { target, span, role }: Occurrence,
  future: ReadonlySet<number>,
): readonly Token[] {
  switch (target.of) {
    case 'file': {
      const symbol = symbols.symbols[target.symbol];
      if (symbol === undefined) return [];
      const modifiers: TokenModifier[] = [];
      if (role === 'declares') modifiers.push('declaration');
      if (symbol.kind === 'param') modifiers.push('readonly');
      if (future.has(target.symbol)) modifiers.push('future');
      return [{ span, type: TYPES[symbol.kind], modifiers }];
    }
    case 'function':
      return [
        {
          span,
          type: 'function',
          modifiers: FUTURE_CALLS.has(target.name) ? ['defaultLibrary', 'future'] : ['defaultLibrary'],
        },
      ];
    case 'group':
      return [{ span, type: 'struct', modifiers: ['defaultLibrary'] }];
    case 'module':
      return [{ span, type: role === 'calls' ? 'function' : 'variable', modifiers: [] }];
    case 'stream':
      return [
        {
          span,
          type: 'variable',
          modifiers: OF_ACCOUNT.has(target.name)
            ? ['readonly', 'defaultLibrary', 'account']
            : ['readonly', 'defaultLibrary'],
        },
      ];
    case 'unknown':
      return [];
  }
}

function keyTokens(declaration: Declaration): readonly Token[] {
  return 'properties' in declaration ? keysIn(declaration.properties) : [];
}

function keysIn(properties: readonly Property[]): readonly Token[] {
  return properties.flatMap(({ key, value }) => [
    { span: key.span, type: 'property' as const, modifiers: [] },
    ...(value.kind === 'block' ? keysIn(value.properties) : []),
  ]);
}
