/** What a word means, at the caret: what it is, what is known of it before any run, and what it was last. */
import type { Hover } from 'vscode-languageserver-types';
import { fixedMs } from '../../../language/check/calendar.ts';
import { factsOf, type Probed, probe } from '../../../language/check/probe.ts';
import { BUILTINS } from '../../../language/check/sources.ts';
import { type Callable, callableNamed } from '../../../language/query/functions.ts';
import { type FileSymbol, type Occurrence, occurrenceAt } from '../../../language/query/symbols.ts';
import { declarationAt, expressionsAt } from '../../../language/query/tree-at.ts';
import {
  DECLARATION_WORDS,
  EXPRESSION_WORDS,
  type Key,
  keysOf,
  OPERATOR_WORDS,
  VERBS,
  type Word,
} from '../../../language/query/vocabulary.ts';
import type { Call, Declaration, Expression, Property, Span } from '../../../language/syntax/tree.ts';
import type { Analysis, Document } from '../document.ts';
import { codeBlock, factLines, numberText, prose, sparkline } from '../words.ts';
import { yamlKeyDoc } from './yaml_cursor.ts';

/** What the latest run saw of a stream. */
export interface Sample {
  readonly last: number;
  /** Some points of the whole, oldest first. */
  readonly points: readonly number[];
  readonly isBool: boolean;
  readonly simulated: boolean;
  /** Close of the last bar, ISO. */
  readonly at: string;
}
export type Samples = ReadonlyMap<string, Sample>;

export function hover(
  document: Document,
  analysis: Analysis,
  offset: number,
  samples: Samples,
  schema?: unknown,
): Hover | undefined {
  const found = occurrenceAt(analysis.symbols, offset);
  const told =
    (found && ofOccurrence(analysis, found, samples)) ??
    ofLiteral(analysis, offset) ??
    ofMember(analysis, offset) ??
    ofWord(document, analysis, offset) ??
    ofYamlKey(document, offset, schema);
  if (told === undefined) return undefined;
  return {
    contents: { kind: 'markdown', value: told.parts.filter(part => part !== '').join('\n\n') },
    range: document.rangeOf(told.span),
  };
}

interface Told {
  readonly span: Span;
  readonly parts: readonly string[];
}

// ---------------------------------------------------------------- names

function ofOccurrence(analysis: Analysis, occurrence: Occurrence, samples: Samples): Told | undefined {
  const { target, span, role } = occurrence;
  switch (target.of) {
    case 'file': {
      const symbol = analysis.symbols.symbols[target.symbol];
      if (symbol === undefined) return undefined;
      if (symbol.kind === 'fn') return ofCall(analysis, symbol.name, span);
      return { span, parts: ofSymbol(analysis, symbol, samples) };
    }
    case 'function':
      return ofCall(analysis, target.name, span);
    case 'module': {
      const module = analysis.symbols.symbols[target.module];
      return role === 'calls' && module
        ? ofCall(analysis, `${module.name}.${target.name}`, span)
        : ofExpression(analysis, span);
    }
    case 'stream':
      return { span, parts: ofStream(analysis, target.name, span) };
    case 'group': {
      const group = analysis.library
        .flatMap(({ declarations }) => declarations)
        .find(one => one.kind === 'features' && one.name.text === target.name);
      return group?.kind === 'features'
        ? { span, parts: [codeBlock(`features ${target.name}`), prose(group.doc ?? ''), columnsText(group)] }
        : undefined;
    }
    default:
      return undefined;
  }
}

function columnsText(group: Extract<Declaration, { kind: 'features' }>): string {
  const names = group.columns.flatMap(column => (column.kind === 'column' ? [`\`${column.name.text}\``] : []));
  return `${names.length} columns: ${names.join(' ')}`;
}

function ofSymbol(analysis: Analysis, symbol: FileSymbol, samples: Samples): readonly string[] {
  const { source } = analysis;
  const text = headText(source.text.slice(symbol.whole.start, symbol.whole.end));
  const doc = prose(symbol.doc ?? '');
  const shown = source.form === 'vela' ? codeBlock(text) : `\`\`\`yaml\n${text}\n\`\`\``;
  switch (symbol.kind) {
    case 'let':
    case 'signal':
    case 'state':
    case 'label': {
      const known = factsOfSymbol(analysis, symbol);
      return [shown, ...probedText(analysis, known), sampleText(samples.get(symbol.name)), doc];
    }
    case 'param': {
      const param = analysis.program.params.find(({ name }) => name === symbol.name);
      const range =
        param?.low === undefined
          ? ''
          : `from ${param.low} to ${param.high ?? '…'}${param.step === undefined ? '' : ` in steps of ${param.step}`}`;
      return [
        shown,
        param === undefined ? '' : [`a param: ${param.type}`, range].filter(part => part !== '').join(' · '),
        doc,
      ];
    }
    case 'argument':
    case 'local':
    case 'column':
      return [`\`${symbol.name}\`: ${SYMBOL_WORDS[symbol.kind]}`, ...ofValueAt(analysis, symbol), doc];
    default:
      return [shown, doc];
  }
}

const SYMBOL_WORDS = {
  argument: 'a parameter of the function',
  local: 'a value of the function',
  column: 'a column',
} as const;

function ofValueAt(analysis: Analysis, symbol: FileSymbol): readonly string[] {
  const { declaration } = symbol;
  if (symbol.kind === 'argument' && declaration.kind === 'fn') {
    const parameter = declaration.parameters.find(({ name }) => name.text === symbol.name);
    return parameter === undefined ? [] : [codeBlock(`${parameter.name.text}: ${parameter.type.text}`)];
  }
  const value = expressionNamed(declaration, symbol);
  return value === undefined ? [] : probedText(analysis, probe(analysis.elaboration, analysis.tree, value));
}

function expressionNamed(declaration: Declaration, { name }: FileSymbol): Expression | undefined {
  if (declaration.kind === 'features') {
    const column = declaration.columns.find(one => one.kind === 'column' && one.name.text === name);
    return column?.kind === 'column' ? column.value : undefined;
  }
  return declaration.kind === 'let' ? declaration.value : undefined;
}

/** A declaration as far as a reader wants it in a hover. */
export function headText(text: string): string {
  const lines = text.split(/\r?\n/);
  return lines.length > 12 ? [...lines.slice(0, 11), '…'].join('\n') : text;
}

/** What the file's own elaboration knows of a named stream. */
export function factsOfSymbol(analysis: Analysis, symbol: FileSymbol): Probed | undefined {
  const { elaboration, program, tree } = analysis;
  const named = program.streams.find(({ span }) => span.start === symbol.span.start);
  if (named !== undefined && named.name === symbol.name)
    return { kind: 'stream', facts: factsOf(elaboration.cx, named.node) };
  return probe(elaboration, tree, { kind: 'name', text: symbol.name, span: symbol.span });
}

function probedText(
  { program: { clocks, universes } }: Pick<Analysis, 'program'>,
  probed: Probed | undefined,
): readonly string[] {
  if (probed === undefined) return [];
  if (probed.kind === 'stream') {
    const { axis } = probed.facts.node;
    return [
      factLines(probed.facts, clocks, axis === null ? undefined : universes[axis]?.name)
        .map(prose)
        .join('  \n'),
    ];
  }
  const fields = [...probed.fields].map(
    ([name, facts]) => `- \`.${name}\`${facts === undefined ? '' : `: ${prose(factLines(facts, clocks)[0] ?? '')}`}`,
  );
  return [fields.join('\n')];
}

function sampleText(sample: Sample | undefined): string {
  if (sample === undefined) return '';
  const last = sample.isBool
    ? String(sample.last === 1)
    : Number.isNaN(sample.last)
      ? 'absent'
      : numberText(sample.last);
  const of = sample.simulated ? 'simulated' : sample.at.slice(0, 16).replace('T', ' ');
  return `last **${last}** (${of})\n\n\`${sparkline(sample.points)}\``;
}

// ---------------------------------------------------------------- calls

function ofCall(analysis: Analysis, name: string, span: Span): Told | undefined {
  const callable = callableNamed(name, analysis);
  if (callable === undefined) return undefined;
  const call = callAt(analysis, span);
  const probed = call && probe(analysis.elaboration, analysis.tree, call);
  return { span, parts: [...callableText(callable), ...(call ? probedText(analysis, probed) : [])] };
}

export function callableText({ signature, doc, formula, from, source }: Callable): readonly string[] {
  const origin = from === 'library' && source ? `*${source.name}*` : '';
  return [
    codeBlock(from === 'language' ? signature : `fn ${signature}`),
    prose((doc ?? '').replace(/\n/g, '  \n')),
    formula === undefined ? '' : `\`${formula}\``,
    origin,
  ];
}

function callAt({ tree }: Analysis, callee: Span): Call | undefined {
  return expressionsAt(tree, callee.start).find(
    (one): one is Call => one.kind === 'call' && one.callee.span.end === callee.end,
  );
}

// ---------------------------------------------------------------- what the language provides

function ofStream(analysis: Analysis, name: string, span: Span): readonly string[] {
  const builtin = BUILTINS.get(name);
  const probed = ofExpression(analysis, span)?.parts ?? [];
  if (builtin === undefined) {
    return name === 'fill_price' ? [codeBlock(name), 'What a market order sent at this bar would get.', ...probed] : [];
  }
  if (builtin.kind === 'truth') return [codeBlock(name), builtin.value ? 'Always.' : 'Never.'];
  if (builtin.kind === 'bar') return [codeBlock(name), 'True at each tick that has a bar.'];
  const { stream } = builtin;
  const notes: string[] = [];
  if (builtin.kind === 'engine') {
    notes.push(builtin.stream.scope === 'account' ? 'A stream of the account.' : "A stream of the account's position.");
    if (builtin.stream.optional) notes.push('Absent at times.');
    if (builtin.stream.categories)
      notes.push(`One of ${builtin.stream.categories.map(one => `\`${one}\``).join(', ')}.`);
  }
  if (builtin.kind === 'venue') {
    notes.push(
      {
        bars: 'From the candles.',
        mark: 'From `--mark`.',
        funding: 'From `--funding`.',
        later: 'No data file brings it yet.',
      }[builtin.stream.source],
    );
  }
  if (builtin.kind === 'meta') notes.push('A fact of the market.');
  return [codeBlock(name), prose(stream.doc), notes.join(' '), ...probed];
}

function ofExpression(analysis: Analysis, span: Span): Told | undefined {
  const expression = expressionsAt(analysis.tree, span.start).find(one => one.span.end >= span.end);
  if (expression === undefined) return undefined;
  return { span: expression.span, parts: probedText(analysis, probe(analysis.elaboration, analysis.tree, expression)) };
}

/** `10bp`, `3d`, `26 bars`: what is written, as the strategy counts it. */
function ofLiteral({ tree, program, source }: Analysis, offset: number): Told | undefined {
  const [literal] = expressionsAt(tree, offset);
  if (literal?.kind === 'number' && literal.suffix !== undefined) {
    const { value, suffix, span } = literal;
    const ratio = suffix === '%' ? value / 100 : value / 10_000;
    return {
      span,
      parts: [
        `\`${source.text.slice(span.start, span.end)}\` is ${Number(ratio.toPrecision(12))}, or ${Number((ratio * 100).toPrecision(12))}%`,
      ],
    };
  }
  const base = program.clocks[0]?.period;
  if (literal?.kind !== 'duration' || base?.kind !== 'fixed') return undefined;
  const ms = fixedMs(literal.duration);
  if (ms === undefined) return undefined;
  return { span: literal.span, parts: [`${Number((ms / base.ms).toPrecision(6))} bars of the base clock`] };
}

/** `p.up`, `config.entry_threshold`: the part that is named. */
function ofMember({ tree, elaboration, program, source }: Analysis, offset: number): Told | undefined {
  const member = expressionsAt(tree, offset).find(({ kind }) => kind === 'member');
  if (member?.kind !== 'member' || offset < member.object.span.end) return undefined;
  const { span, object } = member;
  const text = source.text.slice(span.start, span.end);
  const param = program.params.find(({ name }) => name === text);
  const isConfigured = object.kind === 'name' && object.text === 'config';
  const parts = probedText({ program }, probe(elaboration, tree, member));
  if (parts.length === 0) return undefined;
  return { span, parts: [codeBlock(text), ...parts, isConfigured ? prose(param?.doc ?? '') : ''] };
}

// ---------------------------------------------------------------- words

function ofWord(document: Document, analysis: Analysis, offset: number): Told | undefined {
  const { content, form } = document;
  const word = wordAt(content, offset);
  if (word === undefined) return undefined;
  const { text, span } = word;
  const declaration = declarationAt(analysis.tree, offset);
  const key = declaration && keyAt(declaration, offset);
  if (key !== undefined) return key;
  if (form === 'vela' && declaration?.span.start === span.start) {
    const known = Object.values(DECLARATION_WORDS).find(({ name }) => name === text);
    if (known) return tellWord(span, known);
  }
  const line = content.slice(Math.max(0, span.start - 8), span.end + 8);
  const operator = OPERATOR_WORDS.find(({ name }) => name.split(' ').includes(text) && line.includes(name));
  const known: Word | undefined =
    operator ?? EXPRESSION_WORDS.find(({ name }) => name === text) ?? VERBS.find(({ name }) => name === text);
  return known && declaration ? tellWord(span, known) : undefined;
}

function ofYamlKey({ content, form }: Document, offset: number, schema: unknown): Told | undefined {
  const found = form === 'yaml' ? yamlKeyDoc(content, offset, schema) : undefined;
  return found && { span: found.span, parts: [prose(found.doc)] };
}

function tellWord(span: Span, { name, doc }: Word): Told {
  return { span, parts: [codeBlock(name), prose(doc)] };
}

function keyAt(declaration: Declaration, offset: number): Told | undefined {
  if (!('properties' in declaration)) return undefined;
  const about =
    declaration.kind === 'train'
      ? declaration.method.text
      : declaration.kind === 'model'
        ? declaration.trainer.kind === 'name'
          ? declaration.trainer.text
          : 'onnx'
        : undefined;
  const block = declaration.kind === 'when' ? declaration.action.verb : declaration.kind;
  return tellKey(declaration.properties, keysOf(block, about), offset);
}

function tellKey(properties: readonly Property[], keys: readonly Key[], offset: number): Told | undefined {
  for (const { key, value } of properties) {
    const known = keys.find(({ name }) => name === key.text);
    if (key.span.start <= offset && offset <= key.span.end) {
      if (known === undefined) return undefined;
      const words = (known.words ?? []).map(({ name, doc }) => `- \`${name}\`${doc === '' ? '' : `: ${prose(doc)}`}`);
      return { span: key.span, parts: [codeBlock(`${known.name}:`), prose(known.doc), words.join('\n')] };
    }
    if (value.kind === 'block') {
      const inner = tellKey(value.properties, known?.block ?? [], offset);
      if (inner) return inner;
    }
    if (value.kind === 'expression' && value.expression.kind === 'name') {
      const { span, text } = value.expression;
      const choice = known?.words?.find(({ name }) => name === text);
      if (choice && span.start <= offset && offset <= span.end) return tellWord(span, choice);
    }
  }
  return undefined;
}

export function wordAt(text: string, offset: number): { readonly text: string; readonly span: Span } | undefined {
  let start = offset;
  let end = offset;
  while (/\w/.test(text.charAt(start - 1))) start--;
  while (/\w/.test(text.charAt(end))) end++;
  return start === end ? undefined : { text: text.slice(start, end), span: { start, end } };
}
