/**
 * What the bulb offers: the mend of each diagnostic, and rewritings that keep the meaning: a part of an expression as a
 * `let`, `fn` or `param` of its own, a name replaced by what it stands for, a slower stream made readable, a param that no
 * search changes any more, the file in its other spelling.
 */
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic as EditorDiagnostic,
  type TextEdit,
} from 'vscode-languageserver-types';
import { isSlower } from '../../../language/check/clocks.ts';
import type { Node } from '../../../language/check/node.ts';
import { type Probed, placeOf, probe } from '../../../language/check/probe.ts';
import { hasDimension } from '../../../language/check/units.ts';
import { occurrenceAt } from '../../../language/query/symbols.ts';
import { declarationAt, expressionOver, expressionsAt, pathAt } from '../../../language/query/tree-at.ts';
import type { Declaration, Expression, Span } from '../../../language/syntax/tree.ts';
import type { Analysis, Document } from '../document.ts';
import { twinOf, twinUri } from './convert.ts';
import { fixOf } from './diagnostics.ts';

interface Edit {
  readonly span: Span;
  readonly text: string;
}

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

function action(document: Document, title: string, kind: CodeActionKind, edits: readonly Edit[]): CodeAction {
  const changes = edits.map(({ span, text }): TextEdit => ({ range: document.rangeOf(span), newText: text }));
  return { title, kind, edit: { changes: { [document.uri]: changes } } };
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

/** Statements before which a new one may stand: those of the file, and those of an `at` block. */
function extractions(document: Document, analysis: Analysis, range: Span): CodeAction[] {
  const { tree, elaboration } = analysis;
  const selection = trimmed(document.content, range);
  const isSelected = selection.end > selection.start;
  const expression = isSelected
    ? expressionOver(tree, selection)
    : expressionsAt(tree, range.start).find(({ kind }) => kind === 'number' || kind === 'duration' || kind === 'call');
  const declaration = declarationAt(tree, range.start);
  if (expression === undefined || declaration === undefined || document.form === 'yaml' || !isTraded(declaration)) {
    return expression !== undefined && document.form === 'yaml' && isSelected
      ? extractInYaml(document, analysis, expression)
      : [];
  }
  const text = document.content.slice(expression.span.start, expression.span.end);
  const holder =
    declaration.kind === 'at'
      ? declaration.declarations.find(({ span }) => span.start <= range.start && range.start <= span.end)
      : declaration;
  if (holder === undefined) return [];
  const node = nodeOf(probe(elaboration, tree, expression));
  const actions: CodeAction[] = [];
  if (isSelected && expression.kind !== 'number' && expression.kind !== 'name') {
    const name = freshName(analysis, node?.base === 'bool' ? 'condition' : 'value');
    const edits = [before(document, holder, `let ${name} = ${text}`), { span: expression.span, text: name }];
    if (holder.kind !== 'fn')
      actions.push(action(document, `Extract to \`let ${name}\``, CodeActionKind.RefactorExtract, edits));
    const fn = declaration.kind === 'fn' ? undefined : functionOf(document, analysis, expression, node);
    if (fn) {
      const place = before(document, declaration, fn.declaration);
      actions.push(
        action(document, `Extract to \`fn ${fn.name}\``, CodeActionKind.RefactorExtract, [
          place,
          { span: expression.span, text: fn.call },
        ]),
      );
    }
  }
  if ((expression.kind === 'number' || expression.kind === 'duration') && declaration.kind !== 'fn') {
    const name = freshName(analysis, 'n');
    const param = paramOf(analysis, expression, text, name);
    const params = tree.declarations.filter(({ kind }) => kind === 'param');
    const last = params.at(-1);
    const place =
      last === undefined
        ? before(document, declaration, param)
        : { span: { start: last.span.end, end: last.span.end }, text: `\n${param}` };
    actions.push(
      action(document, `Extract to \`param ${name}\``, CodeActionKind.RefactorExtract, [
        place,
        { span: expression.span, text: name },
      ]),
    );
  }
  return actions;
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

/** A line of its own before a statement, with its indentation and above its comments. */
function before({ content }: Document, { span }: Declaration, text: string): Edit {
  let start = content.lastIndexOf('\n', span.start - 1) + 1;
  const indent = /^[ \t]*/.exec(content.slice(start))?.[0] ?? '';
  while (start > 0) {
    const above = content.lastIndexOf('\n', start - 2) + 1;
    if (!/^[ \t]*#/.test(content.slice(above, start))) break;
    start = above;
  }
  // Two statements of one line: between them.
  if (content.slice(content.lastIndexOf('\n', span.start - 1) + 1, span.start).trim() !== '')
    return { span: { start: span.start, end: span.start }, text: `${text}\n${indent}` };
  return { span: { start, end: start }, text: `${indent}${text}\n` };
}

function freshName({ symbols }: Analysis, wish: string): string {
  const taken = new Set(symbols.symbols.map(({ name }) => name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? wish : `${wish}${number}`;
    if (!taken.has(name)) return name;
  }
}

/** The range that a search would look through: half to twice the number. */
function paramOf(analysis: Analysis, expression: Expression, text: string, name: string): string {
  if (expression.kind === 'duration') return `param ${name}: duration = ${text}`;
  if (expression.kind !== 'number') return `param ${name} = ${text}`;
  const { value, suffix = '' } = expression;
  const isWhole = Number.isInteger(value) && suffix === '';
  const isLength = isWhole && isBarsArgument(analysis, expression);
  const tidy = (number: number) => Number(number.toPrecision(3));
  const low = isWhole ? Math.max(1, Math.floor(value / 2)) : tidy(value / 2);
  const high = isWhole ? Math.max(2, value * 2) : tidy(value * 2);
  const range = value > 0 ? ` in ${low}${suffix}..${high}${suffix}` : '';
  return `param ${name}${isLength ? ': bars' : suffix === '' ? '' : ': ratio'} = ${text}${range}`;
}

function isBarsArgument({ tree }: Analysis, { span }: Expression): boolean {
  const parts = expressionsAt(tree, span.start);
  const outer = parts.find(one => one.kind === 'call' || one.kind === 'index');
  return outer?.kind === 'index'
    ? outer.index.span.start === span.start
    : outer?.kind === 'call' &&
        outer.arguments.some(({ value }, index) => index > 0 && value.span.start === span.start);
}

/** The names of values that an expression reads become its parameters. */
function functionOf(
  document: Document,
  analysis: Analysis,
  expression: Expression,
  node: Node | undefined,
): { readonly name: string; readonly declaration: string; readonly call: string } | undefined {
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
  const list = [...parameters].map(([parameter, kind]) => `${parameter}: ${kind}`).join(', ');
  const text = document.content.slice(expression.span.start, expression.span.end);
  return {
    name,
    declaration: `fn ${name}(${list}) -> ${kindOf(node)} = ${text}\n`,
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

/** Below `let:` of the file, where it has one in block style. */
function extractInYaml(document: Document, analysis: Analysis, expression: Expression): CodeAction[] {
  const { content } = document;
  const section = /^let:[ \t]*(?:#[^\n]*)?\r?\n([ \t]+)/m.exec(content);
  if (section === null || expression.kind === 'name') return [];
  const name = freshName(analysis, 'value');
  const at = section.index + section[0].length;
  const text = content.slice(expression.span.start, expression.span.end);
  const edits = [
    { span: { start: at, end: at }, text: `${name}: ${text}\n${section[1] ?? '  '}` },
    { span: expression.span, text: name },
  ];
  return [action(document, `Extract to \`let ${name}\``, CodeActionKind.RefactorExtract, edits)];
}

// ---------------------------------------------------------------- inlining

/** A `let` goes, and what it stands for takes the place of its name. */
function inline(document: Document, analysis: Analysis, range: Span): CodeAction[] {
  const { symbols, occurrences } = analysis.symbols;
  const target = occurrenceAt(analysis.symbols, range.start)?.target;
  const symbol = target?.of === 'file' ? symbols[target.symbol] : undefined;
  if (target?.of !== 'file' || symbol?.kind !== 'let' || symbol.declaration.kind !== 'let' || document.form === 'yaml')
    return [];
  const { value } = symbol.declaration;
  const text = document.content.slice(value.span.start, value.span.end);
  const isSimple = ['name', 'call', 'member', 'number', 'index'].includes(value.kind);
  const uses = occurrences.filter(
    ({ target: other, role }) => other.of === 'file' && other.symbol === target.symbol && role !== 'declares',
  );
  if (
    uses.length === 0 ||
    uses.some(({ span }) => clockAt(analysis, span.start) !== clockAt(analysis, symbol.span.start))
  )
    return [];
  const edits = uses.map(
    ({ span }): Edit => ({ span, text: isSimple || isAlone(analysis, span) ? text : `(${text})` }),
  );
  return [
    action(document, `Inline \`${symbol.name}\``, CodeActionKind.RefactorInline, [
      { span: wholeLines(document.content, symbol.whole), text: '' },
      ...edits,
    ]),
  ];
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

function wholeLines(text: string, { start, end }: Span): Span {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const to = text.indexOf('\n', end);
  const isOwn = text.slice(from, start).trim() === '' && text.slice(end, to < 0 ? text.length : to).trim() === '';
  return isOwn ? { start: from, end: to < 0 ? text.length : to + 1 } : { start, end };
}

// ---------------------------------------------------------------- params

/** `param fast: bars = 20 in 5..60 step 5` without its range: no search changes it any more. */
function freeze(document: Document, { tree }: Analysis, range: Span): CodeAction[] {
  const declaration = declarationAt(tree, range.start);
  if (declaration?.kind !== 'param' || document.form === 'yaml') return [];
  const { name, value, range: searched, choices, type } = declaration;
  if (searched === undefined && choices === undefined) return [];
  const text = document.content.slice(value.span.start, value.span.end);
  // A choice without its choices is a text, which nothing but a param can be.
  if (choices !== undefined) return [];
  const kind = type === undefined ? '' : `: ${type.text}`;
  return [
    action(document, `Freeze \`${name.text}\` at ${text}`, CodeActionKind.RefactorRewrite, [
      {
        span: { start: declaration.span.start, end: declaration.span.end },
        text: `param ${name.text}${kind} = ${text}`,
      },
    ]),
  ];
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
