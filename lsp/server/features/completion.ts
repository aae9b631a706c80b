/**
 * What may be written at the caret: the words of the language where they belong, and names that fit by type, clock, unit
 * and taint. What cannot be right there (a label in a signal, a stream of the same clock inside `latest(`) is not offered;
 * what fits less well stands further down.
 */
import { type CompletionItem, CompletionItemKind, InsertTextFormat } from 'vscode-languageserver-types';
import { isSlower } from '../../../language/check/clocks.ts';
import { evaluate } from '../../../language/check/elaborate.ts';
import type { Node, Unit } from '../../../language/check/node.ts';
import { onTrial, placeOf } from '../../../language/check/probe.ts';
import type { NamedStream } from '../../../language/check/program.ts';
import type { Place } from '../../../language/check/scope.ts';
import { BUILTINS } from '../../../language/check/sources.ts';
import { meet, sameUnit } from '../../../language/check/units.ts';
import type { Named } from '../../../language/query/clauses.ts';
import { type Cursor, type CursorAt, cursorIn, type ExpressionAt } from '../../../language/query/cursor.ts';
import {
  type Callable,
  callableNamed,
  fileFunctions,
  LANGUAGE_FUNCTIONS,
  libraryFunctions,
} from '../../../language/query/functions.ts';
import type { FileSymbol } from '../../../language/query/symbols.ts';
import {
  DECLARATION_WORDS,
  DURATIONS,
  EXPRESSION_WORDS,
  type Key,
  OPERATOR_WORDS,
  STATEMENTS,
  VENUES,
  type Wants,
  type Word,
} from '../../../language/query/vocabulary.ts';
import { parseExpression } from '../../../language/syntax/fragment.ts';
import type { Span, Tree } from '../../../language/syntax/tree.ts';
import type { Analysis, Document } from '../document.ts';
import { typeText, unitShort } from '../words.ts';
import { callableText } from './hover.ts';
import { type YamlKey, yamlCursor } from './yaml_cursor.ts';

/** Kept with an item until its documentation is asked for. */
export interface ItemData {
  readonly uri: string;
  readonly of: 'callable' | 'symbol' | 'word';
  readonly name: string;
}

export interface CompletionParts {
  /** Files below the workspace that `use` may name, relative to the document. */
  readonly modulePaths: () => readonly string[];
  readonly schema: unknown;
}

export function completion(
  document: Document,
  analysis: Analysis,
  offset: number,
  parts: CompletionParts,
): CompletionItem[] {
  const found =
    document.form === 'yaml'
      ? yamlCursor(document.content, offset, parts.schema)
      : velaCursor(document, analysis, offset);
  if (found === undefined) return [];
  if ('keys' in found) return found.keys.map((key, index) => keyOfYaml(key, index, document, found.prefix));
  const { cursor, prefix } = found;
  return new Offers(document, analysis, offset, prefix, parts).of(cursor);
}

/** The statement around the caret begins where the last one that begins before it does. */
export function velaCursor(document: Document, { tree }: Analysis, offset: number): CursorAt {
  const start = statementStart(document, tree, offset);
  return cursorIn(document.content.slice(start, offset), start);
}

function statementStart({ content }: Document, tree: Tree, offset: number): number {
  let start = 0;
  for (const { span } of [...tree.declarations, ...(tree.broken ?? [])]) {
    if (span.start < offset && span.start > start) start = span.start;
  }
  // A part that could not be read may stand inside a block: the block's own beginning is what counts.
  const holder = tree.declarations.find(({ span }) => span.start < start && start < span.end);
  const from = holder?.span.start ?? start;
  return broken(tree, from, content) ?? from;
}

/** The start of the block whose statements were lost with its head. */
function broken(tree: Tree, from: number, content: string): number | undefined {
  const part = tree.broken?.find(({ span }) => span.start === from);
  if (part === undefined) return undefined;
  const line = content.lastIndexOf('\n', from - 1) + 1;
  if (from === line) return undefined;
  // An indented statement belongs to whatever begins flush left above it.
  const above = /(?:^|\n)((?:at|fn|test|risk|features)\b[^\n]*\{[^}]*)$/.exec(content.slice(0, from));
  return above === null ? undefined : from - (above[1]?.length ?? 0);
}

class Offers {
  private readonly document: Document;
  private readonly analysis: Analysis;
  private readonly prefix: Span;
  private readonly parts: CompletionParts;
  private readonly place: Place;
  /** By the place of the name. */
  private streams: ReadonlyMap<number, NamedStream> | undefined;

  constructor(document: Document, analysis: Analysis, offset: number, prefix: Span, parts: CompletionParts) {
    this.document = document;
    this.analysis = analysis;
    this.prefix = prefix;
    this.parts = parts;
    this.place = placeOf(analysis.elaboration, analysis.tree, offset);
  }

  of(cursor: Cursor): CompletionItem[] {
    switch (cursor.kind) {
      case 'nothing':
        return [];
      case 'statement':
        return cursor.block === 'file'
          ? this.declarations()
          : (STATEMENTS[cursor.block] ?? []).map((word, index) => this.word(word, index, CompletionItemKind.Keyword));
      case 'key':
        return cursor.keys
          .filter(({ name }) => !cursor.present.includes(name))
          .map((key, index) => this.key(key, index));
      case 'value':
        return [
          ...(cursor.key.words ?? []).map((word, index) => this.word(word, index, CompletionItemKind.EnumMember)),
          ...(cursor.key.wants === undefined && cursor.key.words !== undefined
            ? []
            : this.expression(cursor.expression)),
        ];
      case 'words':
        return cursor.words.map((word, index) => this.word(word, index, CompletionItemKind.Keyword));
      case 'named':
        return this.named(cursor.what);
      case 'path':
        return this.parts.modulePaths().map(path => this.item(path, CompletionItemKind.File, '0', path));
      case 'member':
        return this.members(cursor.object, cursor.in);
      case 'expression':
        return this.expression(cursor);
    }
  }

  // ---------------------------------------------------------------- items

  private item(
    label: string,
    kind: CompletionItemKind,
    rank: string,
    text: string,
    more: Partial<CompletionItem> = {},
  ): CompletionItem {
    const isSnippet = /\$[{\d]/.test(text);
    return {
      label,
      kind,
      sortText: `${rank}${label}`,
      textEdit: { range: this.document.rangeOf(this.prefix), newText: text },
      ...(isSnippet && { insertTextFormat: InsertTextFormat.Snippet }),
      ...more,
    };
  }

  private word({ name, doc, snippet }: Word, index: number, kind: CompletionItemKind): CompletionItem {
    const rank = `0${String(index).padStart(2, '0')}`;
    return this.item(
      name,
      kind,
      rank,
      snippet ?? name,
      doc === '' ? {} : { documentation: { kind: 'markdown', value: doc } },
    );
  }

  private key(key: Key, index: number): CompletionItem {
    const text = key.snippet ?? (key.block ? `${key.name} { $1 }` : `${key.name}: $1`);
    return {
      ...this.word(key, index, CompletionItemKind.Property),
      textEdit: { range: this.document.rangeOf(this.prefix), newText: text },
      insertTextFormat: InsertTextFormat.Snippet,
      ...(key.words && { command: { title: 'Values', command: 'editor.action.triggerSuggest' } }),
    };
  }

  private declarations(): CompletionItem[] {
    const has = (kind: string) => this.analysis.tree.declarations.some(declaration => declaration.kind === kind);
    // A file begins with these, each once.
    const once = ['strategy', 'every', 'account', 'risk', 'execution'].filter(has);
    return Object.values(DECLARATION_WORDS).map((word, index) => {
      const item = this.word(word, index, CompletionItemKind.Keyword);
      return once.includes(word.name) ? { ...item, sortText: `9${word.name}` } : item;
    });
  }

  // ---------------------------------------------------------------- names that are asked for by kind

  private named(what: Named): CompletionItem[] {
    const { symbols } = this.analysis.symbols;
    const ofKind = (...kinds: FileSymbol['kind'][]) =>
      symbols.filter(({ kind }) => kinds.includes(kind)).map(symbol => this.symbol(symbol, '0'));
    switch (what) {
      case 'venue':
        return VENUES.map((venue, index) =>
          this.item(venue, CompletionItemKind.EnumMember, `0${String(index).padStart(2, '0')}`, venue),
        );
      case 'duration':
        return DURATIONS.map((length, index) => this.item(length, CompletionItemKind.Unit, `0${index}`, length));
      case 'group':
        return this.groups();
      default:
        return ofKind(what);
    }
  }

  private groups(): CompletionItem[] {
    const groups = this.analysis.library
      .flatMap(({ declarations }) => declarations)
      .filter(one => one.kind === 'features');
    return groups.map(({ name, doc }) =>
      this.item(name.text, CompletionItemKind.Module, '0', name.text, doc === undefined ? {} : { documentation: doc }),
    );
  }

  private symbol(symbol: FileSymbol, rank: string, detail?: string): CompletionItem {
    const data: ItemData = { uri: this.document.uri, of: 'symbol', name: symbol.name };
    return this.item(symbol.name, SYMBOL_KINDS[symbol.kind], rank, symbol.name, {
      ...(detail !== undefined && { detail }),
      data,
    });
  }

  // ---------------------------------------------------------------- members

  private members(object: string, at: ExpressionAt): CompletionItem[] {
    const { symbols } = this.analysis.symbols;
    const symbol = symbols.find(({ name, kind }) => name === object && kind !== 'fn');
    if (symbol?.kind === 'instrument') {
      const { beside: _, ...alone } = at;
      return this.builtins(alone);
    }
    if (symbol?.kind === 'features') {
      const owner = symbols.indexOf(symbol);
      return symbols
        .filter(column => column.kind === 'column' && column.owner === owner)
        .map(column => this.symbol(column, '0'));
    }
    if (symbol?.kind === 'module' && symbol.declaration.kind === 'use') {
      const file = this.analysis.modules.get(symbol.declaration.path.value);
      if (file === undefined) return [];
      const values = file.declarations.flatMap(one =>
        one.kind === 'param' || one.kind === 'clock'
          ? [this.item(one.name.text, CompletionItemKind.Constant, '0', one.name.text)]
          : [],
      );
      return [...[...fileFunctions(file).values()].map(callable => this.callable(callable, '0')), ...values];
    }
    const detail = [...BUILTINS.keys()].filter(name => name.startsWith(`${object}.`));
    if (detail.length > 0) {
      return detail.map(name =>
        this.item(name.slice(object.length + 1), CompletionItemKind.Field, '0', name.slice(object.length + 1)),
      );
    }
    const fields = this.fieldsOf(object);
    return fields.map(name => this.item(name, CompletionItemKind.Field, '0', name));
  }

  /** The results of `bollinger(close, 20, 2)`, the classes of a prediction. */
  private fieldsOf(object: string): readonly string[] {
    const { value } = parseExpression({
      text: object,
      source: { name: '', text: object, form: 'vela' },
      place: at => at,
      owner: '',
    });
    if (value === undefined) return [];
    return onTrial(this.analysis.elaboration.cx, cx => {
      const found = evaluate(cx, this.place, value);
      return found?.kind === 'record' ? [...found.fields.keys()] : [];
    });
  }

  // ---------------------------------------------------------------- expressions

  private expression(at: ExpressionAt): CompletionItem[] {
    if (at.expects === 'operator') return this.operators(at);
    const wants = this.wantsOf(at);
    const full = { ...at, wants };
    return [
      ...this.argumentNames(full),
      ...this.values(full),
      ...this.builtins(full),
      ...this.callables(full),
      ...(wants === 'params'
        ? []
        : EXPRESSION_WORDS.map(word =>
            this.item(word.name, CompletionItemKind.Keyword, '5', word.snippet ?? word.name, {
              documentation: word.doc,
            }),
          )),
    ];
  }

  private operators(at: ExpressionAt): CompletionItem[] {
    const words = at.words.map((word, index) => this.word(word, index, CompletionItemKind.Keyword));
    const operators = OPERATOR_WORDS.map(word =>
      this.item(word.name, CompletionItemKind.Operator, '3', word.snippet ?? word.name, { documentation: word.doc }),
    );
    const statements = !at.startsLine
      ? []
      : at.block === 'file'
        ? this.declarations()
        : (STATEMENTS[at.block] ?? []).map((word, index) => this.word(word, index, CompletionItemKind.Keyword));
    return [...words, ...operators, ...statements.map(item => ({ ...item, sortText: `1${item.sortText}` }))];
  }

  /** What the argument of a call wants, where the caret is one. */
  private wantsOf({ call, wants }: ExpressionAt): Wants {
    if (wants !== 'any' || call === undefined) return wants;
    const callable = callableNamed(call.callee, this.analysis);
    const parameter =
      call.name === undefined
        ? callable?.parameters[call.index]
        : callable?.parameters.find(({ name }) => name === call.name);
    return parameter?.wants ?? 'any';
  }

  private argumentNames({ call }: ExpressionAt): CompletionItem[] {
    if (call === undefined || call.name !== undefined) return [];
    const callable = callableNamed(call.callee, this.analysis);
    return (callable?.parameters ?? [])
      .filter(
        ({ name, optional }, index) => (index >= call.index || optional) && index > 0 && !call.given.includes(name),
      )
      .map(({ name, text }) =>
        this.item(`${name} =`, CompletionItemKind.Variable, '4', `${name} = `, { detail: text }),
      );
  }

  /** Names of the file that have a value. */
  private values(at: ExpressionAt): CompletionItem[] {
    const { symbols } = this.analysis.symbols;
    const inside = this.ownerAt();
    return symbols.flatMap((symbol): CompletionItem[] => {
      const { kind } = symbol;
      if (kind === 'column' || kind === 'fn') return [];
      if (kind === 'argument' || kind === 'local') {
        return symbol.owner === inside ? [this.symbol(symbol, '0')] : [];
      }
      // A value cannot be made from itself; a state can be made from what it held.
      const isOwn = symbol.whole.start <= this.prefix.start && this.prefix.end <= symbol.whole.end;
      if (isOwn && (kind === 'let' || kind === 'signal' || kind === 'label' || kind === 'param')) return [];
      if (kind === 'clock') return takesClock(at) ? [this.symbol(symbol, '0')] : [];
      if (kind === 'session' || kind === 'model' || kind === 'features' || kind === 'universe') {
        const fits = CALLS_ABOUT[kind];
        return fits.includes(at.call?.callee ?? '') || (kind === 'universe' && at.call?.name === 'across')
          ? [this.symbol(symbol, '0')]
          : [];
      }
      if (kind === 'instrument' || kind === 'module') return at.wants === 'params' ? [] : [this.symbol(symbol, '3')];
      if (takesClock(at) && at.call?.callee !== 'sample') return [];
      if (kind === 'label' && !mayLookAhead(at)) return [];
      const node = this.nodeOf(symbol);
      if (node === undefined) return [this.symbol(symbol, '2')];
      if (at.wants === 'params')
        return node.stage === 'const' || node.stage === 'param' ? [this.symbol(symbol, '0')] : [];
      if (!this.fitsClock(node, at) || (this.isTainted(symbol) && !mayLookAhead(at))) return [];
      return [
        this.symbol(
          symbol,
          this.rank(node, at, kind),
          [unitShort(node.unit) ?? typeText({ node }), this.clockOf(node)].filter(part => part).join(' · '),
        ),
      ];
    });
  }

  /** The function or block whose own names the caret sees. */
  private ownerAt(): number | undefined {
    const { symbols } = this.analysis.symbols;
    const index = symbols.findIndex(
      ({ kind, whole }) => kind === 'fn' && whole.start <= this.prefix.start && this.prefix.end <= whole.end,
    );
    return index < 0 ? undefined : index;
  }

  private nodeOf(symbol: FileSymbol): Node | undefined {
    const { program, elaboration } = this.analysis;
    this.streams ??= new Map(program.streams.map(stream => [stream.span.start, stream]));
    const found = this.streams.get(symbol.span.start);
    const named = found?.name === symbol.name ? found : undefined;
    if (named !== undefined) return program.nodes[named.node];
    const entry = elaboration.place.scope.values.get(symbol.name);
    if (entry?.kind === 'stream' && entry.value?.kind === 'stream')
      return elaboration.cx.builder.nodes[entry.value.node];
    if (entry?.kind === 'param' && entry.param !== undefined) {
      return onTrial(elaboration.cx, cx => {
        const found = evaluate(cx, this.place, { kind: 'name', text: symbol.name, span: symbol.span });
        return found?.kind === 'stream' ? cx.builder.node(found.node) : undefined;
      });
    }
    return undefined;
  }

  /** A value that reads a label looks ahead as far as it does. */
  private isTainted(symbol: FileSymbol): boolean {
    const { program } = this.analysis;
    if (program.labels.length === 0) return false;
    const named = program.streams.find(({ name }) => name === symbol.name);
    return named !== undefined && (this.analysis.facts.causalities[named.node]?.label ?? false);
  }

  private fitsClock(node: Node, at: ExpressionAt): boolean {
    if (node.stage !== 'series') return !at.inLatest;
    const { cx } = this.analysis.elaboration;
    if (at.inLatest) return isSlower(cx, node.clock, this.place.clock);
    // The base clock's streams can be sampled; slower ones need `latest(`, which is offered with the name.
    return node.clock === this.place.clock || at.call?.callee === 'sample';
  }

  private clockOf(node: Node): string | undefined {
    return node.clock > 0 ? this.analysis.program.clocks[node.clock]?.name : undefined;
  }

  private rank(node: Pick<Node, 'base' | 'unit' | 'stage'>, at: ExpressionAt, kind?: FileSymbol['kind']): string {
    const isBool = node.base === 'bool';
    if (at.wants === 'bool') return isBool ? '0' : node.base === 'num' ? '2' : '3';
    if (isBool) return at.wants === 'any' && at.beside === undefined ? '1' : '4';
    const beside = this.unitBeside(at);
    if (beside !== undefined) return sameUnit(beside, node.unit) ? '0' : meet(beside, node.unit) ? '1' : '4';
    const { flavour, dimension } = node.unit;
    switch (at.wants) {
      case 'bars':
      case 'ratio':
      case 'index':
      case 'duration':
        return flavour === at.wants ? '0' : node.stage === 'param' ? '1' : '3';
      case 'price':
        return flavour === 'none' && Object.keys(dimension).length === 2 ? '0' : '2';
      case 'money':
      case 'qty':
        return flavour === 'none' && Object.keys(dimension).length === 1 ? '0' : '2';
      default:
        return kind === undefined ? '1' : '0';
    }
  }

  private besideUnit: { readonly text: string; readonly unit: Unit | undefined } | undefined;
  private unitBeside({ beside }: ExpressionAt): Unit | undefined {
    if (beside === undefined) return undefined;
    if (this.besideUnit?.text !== beside) this.besideUnit = { text: beside, unit: this.unitOfText(beside) };
    return this.besideUnit.unit;
  }

  private unitOfText(text: string): Unit | undefined {
    const source = { name: '', text, form: 'vela' } as const;
    const { value } = parseExpression({ text, source, place: at => at, owner: '' });
    if (value === undefined) return undefined;
    return onTrial(this.analysis.elaboration.cx, cx => {
      const found = evaluate(cx, this.place, value);
      if (found?.kind !== 'stream') return undefined;
      const { unit, base } = cx.builder.node(found.node);
      return base === 'num' && unit.flavour !== 'any' ? unit : undefined;
    });
  }

  /** Streams that nobody declares. */
  private builtins(at: ExpressionAt): CompletionItem[] {
    if (at.wants === 'params' || at.inLatest || takesClock(at)) return [];
    const ofAccount = mayReadAccount(at, this.place);
    return [...BUILTINS].flatMap(([name, builtin]): CompletionItem[] => {
      if (builtin.kind === 'truth' || name.includes('.')) return [];
      if (builtin.kind === 'engine' && !ofAccount) return [];
      const documentation = builtin.kind === 'bar' ? 'True at each tick that has a bar.' : builtin.stream.doc;
      const isCommon = builtin.kind === 'venue' && builtin.stream.source === 'bars';
      if (builtin.kind === 'venue' && builtin.stream.source === 'later') return [];
      const node = this.nodeOfBuiltin(name);
      const rank = node === undefined ? '6' : this.rank(node, at, isCommon ? 'let' : undefined);
      return [
        this.item(name, CompletionItemKind.Field, isCommon ? rank : `${Math.max(2, Number(rank))}`, name, {
          documentation,
          ...(node && { detail: unitShort(node.unit) ?? typeText({ node }) }),
        }),
      ];
    });
  }

  private nodeOfBuiltin(name: string): Node | undefined {
    return onTrial(this.analysis.elaboration.cx, cx => {
      const found = evaluate(cx, this.place, { kind: 'name', text: name, span: { start: 0, end: 0 } });
      return found?.kind === 'stream' ? cx.builder.node(found.node) : undefined;
    });
  }

  private callables(at: ExpressionAt): CompletionItem[] {
    if (at.wants === 'params' || takesClock(at)) return [];
    const { tree, library, symbols } = this.analysis;
    const own = fileFunctions(tree);
    const all = [...own.values(), ...libraryFunctions(library).values(), ...LANGUAGE_FUNCTIONS.values()];
    const seen = new Set<string>();
    const hasSlowClock = symbols.symbols.some(({ kind }) => kind === 'clock');
    const hasModel = symbols.symbols.some(({ kind }) => kind === 'model');
    return all.flatMap(callable => {
      const { name, only } = callable;
      if (seen.has(name)) return [];
      seen.add(name);
      if (only === 'label' && !mayLookAhead(at)) return [];
      if ((name === 'sample' || name === 'latest') && !hasSlowClock) return [];
      if (['predict', 'likeliest', 'drift'].includes(name) && !hasModel) return [];
      const fits =
        callable.gives === 'any' || at.wants === 'any' || (at.wants === 'bool') === (callable.gives === 'bool');
      return [this.callable(callable, fits ? (own.has(name) ? '1' : '3') : '5')];
    });
  }

  private callable(callable: Callable, rank: string): CompletionItem {
    const { name, parameters, signature, from } = callable;
    const needed = parameters.filter(({ optional }) => !optional);
    const fill = needed.map((parameter, index) => `\${${index + 1}:${placeholder(parameter.name)}}`).join(', ');
    const data: ItemData = { uri: this.document.uri, of: 'callable', name };
    return this.item(name, CompletionItemKind.Function, rank, `${name}(${fill})$0`, {
      labelDetails: {
        detail: signature.slice(name.length),
        description: from === 'library' ? 'library' : from === 'file' ? 'this file' : '',
      },
      data,
      ...(parameters.length > 0 && { command: { title: 'Arguments', command: 'editor.action.triggerParameterHints' } }),
      insertTextFormat: InsertTextFormat.Snippet,
    });
  }
}

/** The calls whose arguments name one of these. */
const CALLS_ABOUT: Readonly<Record<'session' | 'model' | 'features' | 'universe', readonly string[]>> = {
  session: ['active', 'elapsed', 'left', 'new', 'ends'],
  model: ['predict', 'likeliest', 'drift'],
  features: ['predict', 'drift'],
  universe: [],
};

/** The usual argument where there is one. */
function placeholder(parameter: string): string {
  return { src: 'close', x: 'close', n: '14' }[parameter] ?? parameter;
}

function takesClock({ call }: ExpressionAt): boolean {
  if (call === undefined) return false;
  if (
    call.callee === 'new' ||
    call.callee === 'ends' ||
    call.callee === 'active' ||
    call.callee === 'elapsed' ||
    call.callee === 'left'
  )
    return true;
  return call.callee === 'sample' && (call.index === 1 || call.name === 'clock');
}

/** Where a value that looks ahead may be read. */
function mayLookAhead({ statement }: ExpressionAt): boolean {
  return statement === 'label' || statement === 'plot' || statement === 'model';
}

/** A model could train on its own position, and a slow clock does not see the account. */
function mayReadAccount({ statement }: ExpressionAt, place: Place): boolean {
  return !['label', 'column', 'model', 'universe', 'param', 'require', 'fn'].includes(statement) && place.clock === 0;
}

const SYMBOL_KINDS: Readonly<Record<FileSymbol['kind'], CompletionItemKind>> = {
  param: CompletionItemKind.Constant,
  let: CompletionItemKind.Variable,
  signal: CompletionItemKind.Event,
  state: CompletionItemKind.Variable,
  label: CompletionItemKind.Value,
  fn: CompletionItemKind.Function,
  argument: CompletionItemKind.TypeParameter,
  local: CompletionItemKind.Variable,
  clock: CompletionItemKind.Unit,
  session: CompletionItemKind.Unit,
  instrument: CompletionItemKind.Class,
  universe: CompletionItemKind.Class,
  input: CompletionItemKind.Field,
  features: CompletionItemKind.Struct,
  column: CompletionItemKind.Field,
  model: CompletionItemKind.Interface,
  module: CompletionItemKind.Module,
};

function keyOfYaml(key: YamlKey, index: number, document: Document, prefix: Span): CompletionItem {
  const { name, doc, insert } = key;
  return {
    label: name,
    kind: key.isValue === true ? CompletionItemKind.EnumMember : CompletionItemKind.Property,
    sortText: `0${String(index).padStart(3, '0')}`,
    textEdit: { range: document.rangeOf(prefix), newText: insert },
    ...(/\$[{\d]/.test(insert) && { insertTextFormat: InsertTextFormat.Snippet }),
    ...(doc !== undefined && { documentation: { kind: 'markdown', value: doc } }),
  };
}

/** Documentation that is only made for the item that is looked at. */
export function resolveCompletion(item: CompletionItem, analysis: Analysis | undefined): CompletionItem {
  const data = item.data as ItemData | undefined;
  if (data === undefined || analysis === undefined) return item;
  if (data.of === 'callable') {
    const callable = callableNamed(data.name, analysis);
    if (callable === undefined) return item;
    const value = callableText(callable)
      .filter(part => part !== '')
      .join('\n\n');
    return { ...item, documentation: { kind: 'markdown', value } };
  }
  const symbol = analysis.symbols.symbols.find(({ name, kind }) => name === data.name && kind !== 'fn');
  if (symbol === undefined) return item;
  const text = analysis.source.text.slice(symbol.whole.start, symbol.whole.end);
  const value = `\`\`\`vela\n${text}\n\`\`\`${symbol.doc === undefined ? '' : `\n\n${symbol.doc}`}`;
  return { ...item, documentation: { kind: 'markdown', value } };
}
