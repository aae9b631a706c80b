/**
 * YAML values → text: scalars with the quotes they need, short mappings and lists on one line, long ones in blocks.
 */
import { BLANK_LINE } from '../syntax/comments.ts';
import type { Comments } from '../syntax/tree.ts';

export type YamlValue =
  | { readonly kind: 'scalar'; readonly text: string }
  /** A key without a value. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'list'; readonly items: readonly YamlItem[]; readonly style?: 'block' }
  | { readonly kind: 'map'; readonly entries: readonly YamlPair[]; readonly style?: 'block' };

interface Annotated {
  readonly comments?: Comments | undefined;
  readonly doc?: string | undefined;
}
export interface YamlItem extends Annotated {
  readonly value: YamlValue;
}
export interface YamlPair extends Annotated {
  readonly key: string;
  readonly value: YamlValue;
}

const LINE_WIDTH = 100;

export function scalar(text: string): YamlValue {
  return { kind: 'scalar', text };
}

export function map(entries: readonly YamlPair[], style?: 'block'): YamlValue {
  return { kind: 'map', entries, ...(style && { style }) };
}

export function list(values: readonly YamlValue[], style?: 'block'): YamlValue {
  return { kind: 'list', items: values.map(value => ({ value })), ...(style && { style }) };
}

/** A whole document: one line or block a section. */
export function emitDocument(sections: readonly YamlPair[], trailing: readonly string[]): string {
  const lines = [...sections.flatMap(section => pairLines(section, 0)), ...commentLines(trailing, 0)];
  return lines.length === 0 ? '{}\n' : `${lines.join('\n')}\n`;
}

// ---------------------------------------------------------------- blocks

function pairLines(pair: YamlPair, indent: number): string[] {
  const key = scalarText(pair.key, 'block');
  const head = `${' '.repeat(indent)}${key}:`;
  return [...before(pair, indent), ...valueLines(head, pair, indent)];
}

/** The value behind `head`, on the same line where it fits, and its trailing comment. */
function valueLines(head: string, { value, comments }: YamlItem, indent: number): string[] {
  const trailing = comments?.trailing === undefined ? '' : `  ${commentText(comments.trailing)}`;
  const inline = inlineValue(value, head.length + 1);
  if (inline !== undefined) return [`${head}${inline === '' ? '' : ` ${inline}`}${trailing}`];
  const rest = closingLines(comments, indent + 2);
  switch (value.kind) {
    case 'map':
      return [head + trailing, ...value.entries.flatMap(pair => pairLines(pair, indent + 2)), ...rest];
    case 'list':
      return [head + trailing, ...value.items.flatMap(item => itemLines(item, indent + 2)), ...rest];
    default:
      throw new Error('a scalar always stands on one line');
  }
}

function itemLines(item: YamlItem, indent: number): string[] {
  const dash = `${' '.repeat(indent)}- `;
  const inline = inlineValue(item.value, dash.length);
  const trailing = item.comments?.trailing;
  if (inline !== undefined) {
    return [...before(item, indent), `${dash}${inline}${trailing === undefined ? '' : `  ${commentText(trailing)}`}`];
  }
  // Behind the dash of a block no comment has a place of its own; it stands before the item.
  const above = trailing === undefined ? [] : commentLines([trailing], indent);
  const lines =
    item.value.kind === 'map'
      ? item.value.entries.flatMap(pair => pairLines(pair, indent + 2))
      : item.value.kind === 'list'
        ? item.value.items.flatMap(inner => itemLines(inner, indent + 2))
        : [];
  const [first = '', ...others] = lines.slice(leadingCount(lines));
  return [
    ...before(item, indent),
    ...above,
    ...lines.slice(0, leadingCount(lines)).map(line => line.trim() && ' '.repeat(indent) + line.trim()),
    `${dash}${first.trimStart()}`,
    ...others,
    ...closingLines(item.comments, indent + 2),
  ];
}

/** Comment lines before the first line of an item's block; the dash stands behind them. */
function leadingCount(lines: readonly string[]): number {
  const index = lines.findIndex(line => line.trim() !== '' && !line.trimStart().startsWith('#'));
  return index === -1 ? 0 : index;
}

// ---------------------------------------------------------------- one line

/** The value on one line, or nothing where it needs a block. */
function inlineValue(value: YamlValue, column: number): string | undefined {
  switch (value.kind) {
    case 'nothing':
      return '';
    case 'scalar':
      return scalarText(value.text, 'block');
    case 'list':
    case 'map': {
      if (value.style === 'block' && sizeOf(value) > 0) return undefined;
      const text = flowText(value);
      return text === undefined || column + text.length > LINE_WIDTH ? undefined : text;
    }
  }
}

function sizeOf(value: YamlValue): number {
  return value.kind === 'list' ? value.items.length : value.kind === 'map' ? value.entries.length : 0;
}

/** Flow style, unless a comment inside needs a line of its own. */
function flowText(value: YamlValue): string | undefined {
  switch (value.kind) {
    case 'nothing':
      return '';
    case 'scalar':
      return scalarText(value.text, 'flow');
    case 'list': {
      const items = value.items.map(item => (hasNotes(item) ? undefined : flowText(item.value)));
      return items.every(item => item !== undefined)
        ? `[${items.map(item => (item === '' ? '~' : item)).join(', ')}]`
        : undefined;
    }
    case 'map': {
      const entries = value.entries.map(pair => {
        const text = hasNotes(pair) ? undefined : flowText(pair.value);
        return text === undefined ? undefined : `${scalarText(pair.key, 'flow')}:${text === '' ? '' : ` ${text}`}`;
      });
      if (entries.length === 0) return '{}';
      return entries.every(entry => entry !== undefined) ? `{ ${entries.join(', ')} }` : undefined;
    }
  }
}

function hasNotes({ comments, doc }: Annotated): boolean {
  const isNoted =
    comments !== undefined &&
    (comments.leading.length > 0 || comments.trailing !== undefined || comments.closing !== undefined);
  return isNoted || doc !== undefined;
}

// ---------------------------------------------------------------- scalars

/** A text as a YAML scalar: plain where YAML reads it back as it is, else in the quotes that need fewest escapes. */
export function scalarText(text: string, context: 'block' | 'flow'): string {
  if (!UNPRINTABLE.test(text)) {
    if (isPlain(text, context)) return text;
    if (!/^\s|\s$/.test(text) || text.trim() !== '') return `'${text.replaceAll("'", "''")}'`;
  }
  return `"${text.replace(/["\\]|[^\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/g, escaped)}"`;
}

/** Characters that only double quotes can hold: line breaks, controls, halves of surrogate pairs, byte order marks. */
const UNPRINTABLE = /[^\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

const ESCAPES: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(character: string): string {
  return ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function isPlain(text: string, context: 'block' | 'flow'): boolean {
  const isIndicator = /^(?:[-?:](?:\s|$)|[,[\]{}#&*!|>'"%@`]|---|\.\.\.)/.test(text);
  const isBroken = /:(?:\s|$)|\s#/.test(text) || text !== text.trim() || text === '';
  // `~` and `null` mean that nothing is there; `<<` and `=` are keys with a meaning in older YAML.
  const isSpecial = /^(?:~|null|Null|NULL|<<|=)$/.test(text);
  const isFlowBroken =
    context === 'flow' && (/[,[\]{}]/.test(text) || (/^[-?:]/.test(text) && /^[-?:][,[\]{}\s]/.test(text)));
  return !isIndicator && !isBroken && !isSpecial && !isFlowBroken;
}

// ---------------------------------------------------------------- comments

function before({ comments, doc }: Annotated, indent: number): string[] {
  const lines = commentLines(comments?.leading ?? [], indent);
  const pad = ' '.repeat(indent);
  const docs = doc === undefined ? [] : doc.split('\n').map(line => (line === '' ? `${pad}##` : `${pad}## ${line}`));
  return [...lines, ...docs];
}

function closingLines(comments: Comments | undefined, indent: number): string[] {
  return commentLines(comments?.closing ?? [], indent);
}

function commentLines(texts: readonly string[], indent: number): string[] {
  return texts.map(text => (text === BLANK_LINE ? '' : `${' '.repeat(indent)}${commentText(text)}`));
}

/** A leading `##` that is no doc comment is written with one `#`, or it would become one. */
function commentText(text: string): string {
  const plain = text.replace(/^#+ ?/, '');
  return plain === '' ? '#' : `# ${plain}`;
}
