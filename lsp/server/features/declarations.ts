/**
 * Declarations that a rewriting adds to a strategy or takes away from it, in either spelling: a statement on a line of its own,
 * or an entry of the section that holds its kind.
 */
import type { Declaration, Span } from '../../../language/syntax/tree.ts';
import { scalarText } from '../../../language/yaml/emit.ts';
import { SECTIONS } from '../../../language/yaml/read.ts';
import type { Document } from '../document.ts';
import { type Edit, wholeLines } from './edits.ts';

/** Values are text of the language. */
export type NewDeclaration =
  | { readonly kind: 'let'; readonly name: string; readonly value: string }
  | {
      readonly kind: 'fn';
      readonly name: string;
      readonly parameters: readonly (readonly [name: string, type: string])[];
      readonly result: string;
      readonly value: string;
    }
  | {
      readonly kind: 'param';
      readonly name: string;
      readonly type?: string;
      readonly value: string;
      /** `10..40`. */
      readonly range?: string;
    };

/** `beside`: the statement that it is made for. `behind`: one of its own kind. */
export function added(
  document: Document,
  declaration: NewDeclaration,
  beside: Declaration,
  behind?: Declaration,
): Edit {
  if (document.form === 'yaml') return inSection(document.content, declaration);
  const text = statement(declaration);
  if (behind !== undefined) return { span: { start: behind.span.end, end: behind.span.end }, text: `\n${text}` };
  return before(document, beside, text);
}

export function statement(declaration: NewDeclaration): string {
  const { name, value } = declaration;
  switch (declaration.kind) {
    case 'let':
      return `let ${name} = ${value}`;
    case 'fn': {
      const list = declaration.parameters.map(([parameter, type]) => `${parameter}: ${type}`).join(', ');
      return `fn ${name}(${list}) -> ${declaration.result} = ${value}\n`;
    }
    case 'param': {
      const { type, range } = declaration;
      return `param ${name}${type === undefined ? '' : `: ${type}`} = ${value}${range === undefined ? '' : ` in ${range}`}`;
    }
  }
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

// ---------------------------------------------------------------- YAML

const SECTION = { let: 'let', fn: 'functions', param: 'params' } as const;

/** The value of its entry, on one line. */
export function entryValue(declaration: NewDeclaration): string {
  const flow = (text: string) => scalarText(text, 'flow');
  switch (declaration.kind) {
    case 'let':
      return scalarText(declaration.value, 'block');
    case 'fn': {
      const takes = declaration.parameters.map(([name, type]) => `${name}: ${type}`).join(', ');
      return `{ takes: { ${takes} }, gives: ${declaration.result}, is: ${flow(declaration.value)} }`;
    }
    case 'param': {
      const { type, value, range } = declaration;
      if (type === undefined && range === undefined) return scalarText(value, 'block');
      const parts = [
        ...(type === undefined ? [] : [`type: ${type}`]),
        `default: ${flow(value)}`,
        ...(range === undefined ? [] : [`in: ${range}`]),
      ];
      return `{ ${parts.join(', ')} }`;
    }
  }
}

/** The first entry of its section; a section of its own, in the usual order, where there is none. */
function inSection(content: string, declaration: NewDeclaration): Edit {
  const section = SECTION[declaration.kind];
  const entry = `${declaration.name}: ${entryValue(declaration)}`;
  const block = new RegExp(`^${section}:[ \\t]*(?:#[^\\n]*)?\\r?\\n([ \\t]+)`, 'm').exec(content);
  if (block !== null) return insertion(block.index + block[0].length, `${entry}\n${block[1] ?? '  '}`);
  const flow = new RegExp(`^${section}:[ \\t]*\\{[ \\t]*`, 'm').exec(content);
  if (flow !== null) return insertion(flow.index + flow[0].length, `${declaration.name}: ${flowValue(declaration)}, `);
  const order = Object.keys(SECTIONS);
  const later = order.slice(order.indexOf(section) + 1);
  const next = new RegExp(`^(?:#[^\\n]*\\n)*(?:${later.join('|')}):`, 'm').exec(content);
  const ends = content === '' || content.endsWith('\n') ? '' : '\n';
  return next === null
    ? insertion(content.length, `${ends}${section}:\n  ${entry}\n`)
    : insertion(next.index, `${section}:\n  ${entry}\n`);
}

function flowValue(declaration: NewDeclaration): string {
  return declaration.kind === 'let' ? scalarText(declaration.value, 'flow') : entryValue(declaration);
}

function insertion(at: number, text: string): Edit {
  return { span: { start: at, end: at }, text };
}

// ---------------------------------------------------------------- taking away

/** Where a declaration stands, with its doc comment; in YAML with the section that would be left without an entry. */
export function placeOfDeclaration({ content, form }: Document, whole: Span, isOnlyOne: boolean): Span {
  const lines = wholeLines(content, whole);
  if (lines.end === whole.end && lines.start === whole.start && form === 'yaml') return withComma(content, whole);
  let { start } = lines;
  const lineAbove = () => content.lastIndexOf('\n', start - 2) + 1;
  while (start > 0 && /^[ \t]*##/.test(content.slice(lineAbove(), start))) start = lineAbove();
  if (form === 'yaml' && isOnlyOne && /^\w+:[ \t]*\r?\n$/.test(content.slice(lineAbove(), start))) start = lineAbove();
  return { start, end: lines.end };
}

/** An entry of `{ a: 1, b: 2 }` goes with the comma behind it, or else with that before it. */
function withComma(content: string, { start, end }: Span): Span {
  const behind = /^\s*,\s*/.exec(content.slice(end))?.[0].length ?? 0;
  if (behind > 0) return { start, end: end + behind };
  const before = /,\s*$/.exec(content.slice(0, start))?.[0].length ?? 0;
  return { start: start - before, end };
}
