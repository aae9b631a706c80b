/**
 * Property blocks → text: on one line when they are few and short, else one property a line with aligned values.
 */

import { BLANK_LINE } from './comments.ts';
import { flat, LINE_WIDTH, layout, type Position, rangeText } from './format-expressions.ts';
import type { Comments, Property, PropertyValue, TargetPart } from './tree.ts';

/** At most so many properties stand on the line of their statement. */
const MOST_ON_ONE_LINE = 3;

/** `95% of equity`, `limit P`, `[50% at P1, rest at P2]`; not for flags and blocks, which have no value text. */
export function valueText(value: PropertyValue): string {
  switch (value.kind) {
    case 'expression':
      return flat(value.expression);
    case 'order':
      return value.price === undefined ? value.type : `${value.type} ${flat(value.price)}`;
    case 'sizing':
      return `${value.method} ${startingPhrase(value.amount)}`;
    case 'parts':
      return `[${value.parts.map(partText).join(', ')}]`;
    case 'after':
      return `${flat(value.value, 'chain')} after ${flat(value.after)}`;
    case 'fees':
      return `maker ${startingPhrase(value.maker, 'chain')} taker ${flat(value.taker, 'chain')}`;
    case 'tuned':
      return `${flat(value.value, 'chain')} in ${rangeText(value.range)}`;
    case 'ranked':
      return `${flat(value.value, 'chain')} by ${flat(value.by)}`;
    case 'list':
      return value.items.map(item => flat(item)).join(', ');
    case 'flag':
    case 'block':
      return '';
  }
}

/** A value behind a word that is a phrase only where no operator follows it: `risking -x` would subtract. */
function startingPhrase(expression: Parameters<typeof flat>[0], position: Position = 'whole'): string {
  const text = flat(expression, position);
  return /^(?:-|(?:not|is|bars?|base|quote)\b)/.test(text) ? `(${text})` : text;
}

/** `50% at P1` */
export function partText({ share, price }: TargetPart): string {
  return `${share === 'rest' ? share : flat(share, 'chain')} at ${flat(price, 'chain')}`;
}

/** A property on one line: `size: 95% of equity`, `post_only`, `search { trials: 40 }`. */
function propertyText({ key, value }: Property): string {
  if (value.kind === 'flag') return key.text;
  if (value.kind === 'block') return `${key.text} ${inlineBlock(value.properties)}`;
  return `${key.text}: ${valueText(value)}`;
}

function inlineBlock(properties: readonly Property[]): string {
  return properties.length === 0 ? '{ }' : `{ ${properties.map(propertyText).join('  ')} }`;
}

/** Whether a block and what belongs to it can stand on one line that already holds `used` characters. */
function fitsOnLine(properties: readonly Property[], comments: Comments | undefined, used: number): boolean {
  const isPlain = properties.every(({ comments: own }) => own === undefined || isOnlySpace(own));
  const nested = properties.some(({ value }) => value.kind === 'block');
  return (
    isPlain &&
    !nested &&
    comments?.closing === undefined &&
    properties.length <= MOST_ON_ONE_LINE &&
    used + 1 + inlineBlock(properties).length <= LINE_WIDTH
  );
}

function isOnlySpace(comments: Comments): boolean {
  return comments.leading.length === 0 && comments.trailing === undefined && comments.closing === undefined;
}

/** The block behind a statement's head, with the statement's own trailing and closing comments. */
export function withBlock(
  head: string,
  properties: readonly Property[],
  comments: Comments | undefined,
  options: { readonly always?: boolean; readonly indent?: number } = {},
): string {
  const { always = false, indent = 0 } = options;
  if (properties.length === 0 && !always && comments?.closing === undefined) return withTrailing(head, comments);
  const lastLine = indent + head.length - (head.lastIndexOf('\n') + 1);
  if (fitsOnLine(properties, comments, lastLine)) return withTrailing(`${head} ${inlineBlock(properties)}`, comments);
  return blockLines(head, propertyLines(properties, indent + 2), comments, indent);
}

/** A head, its `{`, indented lines and `}`; trailing comments stand behind the `{`, closing ones before the `}`. */
export function blockLines(head: string, lines: readonly string[], comments: Comments | undefined, indent = 0): string {
  const pad = ' '.repeat(indent);
  if (lines.length === 0 && comments?.closing === undefined) return withTrailing(`${head} { }`, comments);
  const closing = (comments?.closing ?? []).map(text => (text === BLANK_LINE ? '' : `${pad}  ${commentText(text)}`));
  return [withTrailing(`${head} {`, comments), ...lines, ...closing, `${pad}}`].join('\n');
}

function propertyLines(properties: readonly Property[], indent: number): string[] {
  const pad = ' '.repeat(indent);
  const width = Math.max(0, ...properties.filter(hasValue).map(({ key }) => key.text.length + 1));
  const rows = properties.map(property => {
    const { key, value, comments } = property;
    if (value.kind === 'block') {
      const text = withBlock(key.text, value.properties, comments, { always: true, indent });
      return { comments, lines: `${pad}${text}`.split('\n') };
    }
    const label = value.kind === 'flag' ? key.text : `${`${key.text}:`.padEnd(width)} `;
    const text =
      value.kind === 'expression'
        ? layout(value.expression, 'whole', indent + label.length, indent + 2)
        : valueText(value);
    return { comments, lines: `${pad}${label}${text}`.split('\n'), trailing: comments?.trailing };
  });
  return alignTrailing(rows).flatMap(({ lines, comments }, index) => [
    ...leadingLines(comments, indent, index === 0),
    ...lines,
  ]);
}

function hasValue({ value }: Property): boolean {
  return value.kind !== 'flag' && value.kind !== 'block';
}

interface Row {
  readonly lines: readonly string[];
  readonly comments: Comments | undefined;
  readonly trailing?: string | undefined;
}

/** Puts the comments behind neighbouring lines below each other. */
export function alignTrailing<R extends Row>(rows: readonly R[]): Row[] {
  const widths = rows.filter(row => row.trailing !== undefined).map(row => row.lines.at(-1)?.length ?? 0);
  const column = Math.max(0, ...widths) + 2;
  return rows.map(({ lines, comments, trailing }) => {
    if (trailing === undefined) return { lines, comments };
    const last = (lines.at(-1) ?? '').padEnd(column);
    return { lines: [...lines.slice(0, -1), `${last}${commentText(trailing)}`], comments };
  });
}

/** A comment's text with its `#`; the `##` of a doc comment in a place without docs is kept. */
export function commentText(text: string): string {
  if (text === '') return '#';
  return text.startsWith('#') ? `#${text}` : `# ${text}`;
}

/** The blank line and the comments before a node; the first node of a block or file has no blank line. */
export function leadingLines(comments: Comments | undefined, indent: number, isFirst: boolean): string[] {
  return [...(comments?.spaced && !isFirst ? [''] : []), ...commentLines(comments?.leading ?? [], indent)];
}

export function commentLines(texts: readonly string[], indent: number): string[] {
  return texts.map(text => (text === BLANK_LINE ? '' : ' '.repeat(indent) + commentText(text)));
}

export function withTrailing(text: string, comments: Comments | undefined): string {
  return comments?.trailing === undefined ? text : `${text}  ${commentText(comments.trailing)}`;
}
