/**
 * What the bulb offers: the mend of each diagnostic, and rewritings that keep the meaning: a part of an expression as a
 * `let`, `fn` or `param` of its own, a name replaced by what it stands for, a slower stream made readable, a param that no
 * search changes any more, the file in its other spelling.
 */
import { type CodeAction, CodeActionKind, type Diagnostic as EditorDiagnostic } from 'vscode-languageserver-types';
import { isSlower } from '../../../language/check/clocks.ts';
import type { Node } from '../../../language/check/node.ts';
import { type Probed, placeOf, probe } from '../../../language/check/probe.ts';
import { hasDimension } from '../../../language/check/units.ts';
import { occurrenceAt } from '../../../language/query/symbols.ts';
import { declarationAt, expressionOver, expressionsAt, pathAt } from '../../../language/query/tree-at.ts';
import type { Declaration, Expression, Span } from '../../../language/syntax/tree.ts';
import type { Analysis, Document } from '../document.ts';
import { twinOf, twinUri } from './convert.ts';
import { added, entryValue, type NewDeclaration, placeOfDeclaration, statement } from './declarations.ts';
import { fixOf } from './diagnostics.ts';
import { action, type Edit, keepsForm } from './edits.ts';

export interface AskedActions {
  readonly range: Span;
  /** Those the editor shows there, so that an action can name what it mends. */
  readonly diagnostics: readonly EditorDiagnostic[];
  /** Whether the editor can make a file. */
  readonly createsFiles: boolean;
}

export function codeActions(document: Document, analysis: Analysis, asked: AskedActions): CodeAction[] {
  const { range } = asked;
  return [
    ...fixes(document, analysis, asked),
    ...wrapInLatest(document, analysis, range),
    ...extractions(document, analysis, range),
    ...inline(document, analysis, range),
    ...freeze(document, analysis, range),
    ...convert(document, asked),
    ...fixAll(document, analysis),
  ];
}

// ---------------------------------------------------------------- mends

function fixes(
  document: Document,
  { diagnostics, source }: Analysis,
  { range, diagnostics: shown }: AskedActions,
): CodeAction[] {
  return diagnostics.flatMap(diagnostic => {
    const { span, file, code } = diagnostic;
    const fix =
      file === source && span.start <= range.end && range.start <= span.end ? fixOf(document, diagnostic) : undefined;
    if (fix === undefined) return [];
    const start = document.positionAt(span.start);
    const mends = shown.filter(
      one => one.code === code && one.range.start.line === start.line && one.range.start.character === start.character,
    );
    return [
      {
        title: fix.title,
        kind: CodeActionKind.QuickFix,
        isPreferred: fix.safe,
        ...(mends.length > 0 && { diagnostics: mends }),
        edit: { changes: { [document.uri]: [...fix.edits] } },
      },
    ];
  });
}

/** All safe mends at once; of two that touch, the first. */
function fixAll(document: Document, { diagnostics, source }: Analysis): CodeAction[] {
  const edits: Edit[] = [];
  for (const { fix, file } of diagnostics) {
    if (file !== source || fix?.safe !== true) continue;
    const clashes = fix.edits.some(({ span }) =>
      edits.some(other => span.start <= other.span.end && other.span.start <= span.end),
    );
    if (!clashes) edits.push(...fix.edits);
  }
  return edits.length === 0
    ? []
    : [action(document, 'Mend everything that is safe to mend', CodeActionKind.SourceFixAll, edits)];
}

// ---------------------------------------------------------------- clocks

/** A stream of a slower clock where a faster one is wanted. */
function wrapInLatest(document: Document, analysis: Analysis, range: Span): CodeAction[] {
  const { tree, elaboration } = analysis;
  const [inner] = expressionsAt(tree, range.start);
  const chosen = expressionOver(tree, trimmed(document.content, range)) ?? inner;
  if (chosen === undefined || isInsideLatest(analysis, chosen)) return [];
  const node = nodeOf(probe(elaboration, tree, chosen));
  const place = placeOf(elaboration, tree, range.start);
  if (node?.stage !== 'series' || !isSlower(elaboration.cx, node.clock, place.clock)) return [];
  const { start, end } = chosen.span;
  const text = document.content.slice(start, end);
  return [
    action(document, `Wrap \`${short(text)}\` in \`latest\``, CodeActionKind.RefactorRewrite, [
      { span: chosen.span, text: `latest(${text})` },
    ]),
  ];
}

function isInsideLatest({ tree }: Analysis, { span }: Expression): boolean {
  return expressionsAt(tree, span.start).some(
    one =>
      one.kind === 'call' &&
      one.callee.kind === 'name' &&
      one.callee.text === 'latest' &&
      one.span.end >= span.end &&
      one.span.start < span.start,
  );
}

function nodeOf(probed: Probed | undefined): Node | undefined {
  return probed?.kind === 'stream' ? probed.facts.node : undefined;
}

// ---------------------------------------------------------------- extraction

/** A part of an expression as a `let`, `fn` or `param` of its own. */
function extractions(document: Document, analysis: Analysis, range: Span): CodeAction[] {
  const { tree, elaboration } = analysis;
  const selection = trimmed(document.content, range);
  const isSelected = selection.end > selection.start;
  const expression = isSelected
    ? expressionOver(tree, selection)
    : expressionsAt(tree, range.start).find(({ kind }) => kind === 'number' || kind === 'duration' || kind === 'call');
  const declaration = declarationAt(tree, range.start);
  if (expression === undefined || declaration === undefined || !isTraded(declaration)) return [];
  const text = textOf(document, expression.span);
  const holder =
    declaration.kind === 'at'
      ? declaration.declarations.find(({ span }) => span.start <= range.start && range.start <= span.end)
      : declaration;
  if (holder === undefined || text === undefined) return [];
  const node = nodeOf(probe(elaboration, tree, expression));
  const offered = (created: NewDeclaration, put: string, beside: Declaration, behind?: Declaration): CodeAction[] => {
    const edits = [added(document, created, beside, behind), { span: expression.span, text: put }];
    const title = `Extract to \`${created.kind} ${created.name}\``;
    return keepsForm(document, edits) ? [action(document, title, CodeActionKind.RefactorExtract, edits)] : [];
  };
  const actions: CodeAction[] = [];
  if (isSelected && expression.kind !== 'number' && expression.kind !== 'name') {
    const name = freshName(analysis, node?.base === 'bool' ? 'condition' : 'value');
    // In YAML the entries of an `at` block are another section's.
    const hasPlace = holder.kind !== 'fn' && (document.form === 'vela' || declaration.kind !== 'at');
    if (hasPlace) actions.push(...offered({ kind: 'let', name, value: text }, name, holder));
    const fn = declaration.kind === 'fn' ? undefined : functionOf(document, analysis, expression, text, node);
    if (fn) actions.push(...offered(fn.declaration, fn.call, declaration));
  }
  if ((expression.kind === 'number' || expression.kind === 'duration') && declaration.kind !== 'fn') {
    const name = freshName(analysis, 'n');
    const params = tree.declarations.filter(({ kind }) => kind === 'param');
    actions.push(...offered(paramOf(analysis, expression, text, name), name, declaration, params.at(-1)));
  }
  return actions;
}

/** As it is written, on one line. In YAML a text with quotes or escapes says something else in another scalar. */
function textOf({ content, form }: Document, { start, end }: Span): string | undefined {
  const text = content.slice(start, end);
  if (form === 'vela') return text;
  return /["'\\]/.test(text) ? undefined : text.replace(/\s+/g, ' ');
}

function isTraded({ kind }: Declaration): boolean {
  return [
    'let',
    'signal',
    'state',
    'label',
    'at',
    'when',
    'while',
    'rebalance',
    'features',
    'risk',
    'plot',
    'fn',
    'require',
  ].includes(kind);
}

function freshName({ symbols }: Analysis, wish: string): string {
  const taken = new Set(symbols.symbols.map(({ name }) => name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? wish : `${wish}${number}`;
    if (!taken.has(name)) return name;
  }
}

/** With the range that a search would look through: half to twice the number. */
function paramOf(analysis: Analysis, expression: Expression, value: string, name: string): NewDeclaration {
  if (expression.kind === 'duration') return { kind: 'param', name, type: 'duration', value };
  if (expression.kind !== 'number') return { kind: 'param', name, value };
  const { value: number, suffix = '' } = expression;
  const isWhole = Number.isInteger(number) && suffix === '';
  const isLength = isWhole && isBarsArgument(analysis, expression);
  const tidy = (one: number) => Number(one.toPrecision(3));
  const low = isWhole ? Math.max(1, Math.floor(number / 2)) : tidy(number / 2);
  const high = isWhole ? Math.max(2, number * 2) : tidy(number * 2);
  const type = isLength ? 'bars' : suffix === '' ? undefined : 'ratio';
  return {
    kind: 'param',
    name,
    value,
    ...(type !== undefined && { type }),
    ...(number > 0 && { range: `${low}${suffix}..${high}${suffix}` }),
  };
}

/** By the function's own parameter; what the language itself takes behind a stream is mostly a length. */
function isBarsArgument({ tree, library }: Analysis, { span }: Expression): boolean {
  const parts = expressionsAt(tree, span.start);
  const outer = parts.find(one => one.kind === 'call' || one.kind === 'index');
  if (outer?.kind === 'index') return outer.index.span.start === span.start;
  if (outer?.kind !== 'call') return false;
  const number = outer.arguments.findIndex(({ value }) => value.span.start === span.start);
  const argument = outer.arguments[number];
  if (argument === undefined) return false;
  const callee = outer.callee.kind === 'name' ? outer.callee.text : undefined;
  const fn = [tree, ...library]
    .flatMap(({ declarations }) => declarations)
    .find(one => one.kind === 'fn' && one.name.text === callee);
  if (fn?.kind !== 'fn') return number > 0;
  const parameter = argument.name
    ? fn.parameters.find(({ name }) => name.text === argument.name?.text)
    : fn.parameters[number];
  return parameter?.type.text === 'bars';
}

/** The names of values that an expression reads become its parameters. */
function functionOf(
  document: Document,
  analysis: Analysis,
  expression: Expression,
  value: string,
  node: Node | undefined,
): { readonly declaration: NewDeclaration; readonly call: string } | undefined {
  const { symbols, occurrences } = analysis.symbols;
  const read = occurrences.filter(
    ({ span, role }) => role === 'reads' && span.start >= expression.span.start && span.end <= expression.span.end,
  );
  const parameters = new Map<string, string>();
  for (const { target, span } of read) {
    const symbol = target.of === 'file' ? symbols[target.symbol] : undefined;
    const isValue =
      symbol === undefined
        ? target.of === 'stream' && !isWord(target.name)
        : ['let', 'signal', 'state', 'param'].includes(symbol.kind);
    if (!isValue) return undefined;
    const name = document.content.slice(span.start, span.end);
    if (name.includes('.')) return undefined;
    parameters.set(
      name,
      kindOf(nodeOf(probe(analysis.elaboration, analysis.tree, { kind: 'name', text: name, span }))),
    );
  }
  if (parameters.size === 0) return undefined;
  const name = freshName(analysis, 'calculate');
  return {
    declaration: { kind: 'fn', name, parameters: [...parameters], result: kindOf(node), value },
    call: `${name}(${[...parameters.keys()].join(', ')})`,
  };
}

function isWord(name: string): boolean {
  return name === 'true' || name === 'false' || name === 'bar';
}

/** The kind that a parameter of the node's type is declared with. */
function kindOf(node: Node | undefined): string {
  if (node === undefined) return 'num';
  if (node.base === 'bool') return 'bool';
  const { unit } = node;
  if (!hasDimension(unit)) return ['ratio', 'index', 'bars', 'duration'].includes(unit.flavour) ? unit.flavour : 'num';
  return 'num';
}

// ---------------------------------------------------------------- inlining

/** A `let` goes, and what it stands for takes the place of its name. */
function inline(document: Document, analysis: Analysis, range: Span): CodeAction[] {
  const { symbols, occurrences } = analysis.symbols;
  const target = occurrenceAt(analysis.symbols, range.start)?.target;
  const symbol = target?.of === 'file' ? symbols[target.symbol] : undefined;
  if (target?.of !== 'file' || symbol?.kind !== 'let' || symbol.declaration.kind !== 'let') return [];
  const { value } = symbol.declaration;
  const text = textOf(document, value.span);
  const isSimple = ['name', 'call', 'member', 'number', 'index'].includes(value.kind);
  const uses = occurrences.filter(
    ({ target: other, role }) => other.of === 'file' && other.symbol === target.symbol && role !== 'declares',
  );
  if (
    text === undefined ||
    uses.length === 0 ||
    uses.some(({ span }) => clockAt(analysis, span.start) !== clockAt(analysis, symbol.span.start))
  )
    return [];
  const own = analysis.tree.declarations.filter(({ kind }) => kind === 'let');
  const edits: readonly Edit[] = [
    { span: placeOfDeclaration(document, symbol.whole, own.length === 1), text: '' },
    ...uses.map(({ span }) => ({ span, text: isSimple || isAlone(analysis, span) ? text : `(${text})` })),
  ];
  if (!keepsForm(document, edits)) return [];
  return [action(document, `Inline \`${symbol.name}\``, CodeActionKind.RefactorInline, edits)];
}

function clockAt({ elaboration, tree }: Analysis, offset: number): number {
  return placeOf(elaboration, tree, offset).clock;
}

/** The name is the whole value of something, so that no operator beside it could take it apart. */
function isAlone({ tree }: Analysis, { start, end }: Span): boolean {
  const parts = pathAt(tree, start);
  const holder = parts.findLast(({ span }) => span.start < start || span.end > end);
  return holder !== undefined && 'kind' in holder && ['let', 'signal', 'label', 'call'].includes(String(holder.kind));
}

// ---------------------------------------------------------------- params

/** `param fast: bars = 20 in 5..60 step 5` becomes `… in 20..20`: a length keeps its bound, and no search changes it any more. */
function freeze(document: Document, { tree }: Analysis, range: Span): CodeAction[] {
  const declaration = declarationAt(tree, range.start);
  if (declaration?.kind !== 'param') return [];
  const { name, value, range: searched, choices, type } = declaration;
  if (searched === undefined && choices === undefined) return [];
  const text = textOf(document, value.span);
  // A choice without its choices is a text, which nothing but a param can be.
  if (choices !== undefined || text === undefined) return [];
  const frozen: NewDeclaration = {
    kind: 'param',
    name: name.text,
    value: text,
    range: `${text}..${text}`,
    ...(type !== undefined && { type: type.text }),
  };
  const written = document.form === 'vela' ? statement(frozen) : `${name.text}: ${entryValue(frozen)}`;
  const { start, end } = declaration.span;
  const edits = [{ span: { start, end }, text: written }];
  if (!keepsForm(document, edits)) return [];
  return [action(document, `Freeze \`${name.text}\` at ${text}`, CodeActionKind.RefactorRewrite, edits)];
}

// ---------------------------------------------------------------- the other spelling

function convert(document: Document, { createsFiles, range }: AskedActions): CodeAction[] {
  if (!createsFiles || range.start !== range.end) return [];
  const twin = twinOf(document);
  if ('unavailable' in twin) return [];
  const uri = twinUri(document);
  const start = { line: 0, character: 0 };
  return [
    {
      title: document.form === 'vela' ? 'Convert to YAML, beside this file' : 'Convert to Vela, beside this file',
      kind: CodeActionKind.RefactorRewrite,
      edit: {
        documentChanges: [
          { kind: 'create', uri, options: { ignoreIfExists: false, overwrite: false } },
          { textDocument: { uri, version: null }, edits: [{ range: { start, end: start }, newText: twin.text }] },
        ],
      },
    },
  ];
}

function trimmed(text: string, { start, end }: Span): Span {
  let [from, to] = [start, end];
  while (from < to && /\s/.test(text.charAt(from))) from++;
  while (to > from && /\s/.test(text.charAt(to - 1))) to--;
  return { start: from, end: to };
}

function short(text: string): string {
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}
