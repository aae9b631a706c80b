/**
 * A diagnostic as text for a person:
 *
 *     error[E0301]: signal `buy` uses the future
 *       31 | signal buy = edge > 0.8
 *          |              ^^^^ `edge` is a label: it reads up to 6 bars ahead
 *       19 | label edge = ahead(close, 6) / close - 1    ← here
 *       A label is the answer the model learns; at trade time nobody knows it yet.
 *       help: use the model's forecast: `predict(gbm, x) > 0.8`
 */
import type { SourceFile, Span } from '../syntax/tree.ts';
import type { Diagnostic } from './diagnostic.ts';
import { lineText, positionOf } from './position.ts';

export interface RenderOptions {
  readonly colour?: boolean;
  /** Name file, line and column under the first line. */
  readonly place?: boolean;
}

/** A line longer than this is shown only around what matters: `…` stands for the rest. */
const WIDEST_EXCERPT = 110;

const PAINT = {
  error: '\u001b[1;31m',
  warning: '\u001b[1;33m',
  strong: '\u001b[1m',
  faint: '\u001b[2m',
  help: '\u001b[36m',
} as const;
const PLAIN = '\u001b[0m';

type Painter = (style: keyof typeof PAINT, text: string) => string;

export function render(diagnostic: Diagnostic, options: RenderOptions = {}): string {
  const paint: Painter = options.colour ? (style, text) => `${PAINT[style]}${text}${PLAIN}` : (_, text) => text;
  const { file, span, severity } = diagnostic;
  const { line, column } = positionOf(file, span.start);
  const numbers = [line, ...diagnostic.related.map(({ file: other, span: at }) => positionOf(other, at.start).line)];
  const width = Math.max(2, ...numbers.map(number => String(number).length));
  return [
    `${paint(severity, `${severity}[${diagnostic.code}]`)}${paint('strong', `: ${diagnostic.message}`)}`,
    ...(options.place ? [paint('faint', `  ${file.name}:${line}:${column}`)] : []),
    ...(file.text.trim() === '' ? [] : mainExcerpt(diagnostic, line, column, width, paint)),
    ...diagnostic.related.map(related => {
      const at = positionOf(related.file, related.span.start);
      const shown = excerpt(related.file, at.line, at.column, at.column + 1);
      const elsewhere = related.file.name === file.name ? '' : `, in ${related.file.name}`;
      return `${gutter(at.line, width, paint)}${shown.text}    ${paint('faint', `← ${related.message}${elsewhere}`)}`;
    }),
    ...(diagnostic.explanation === undefined ? [] : [`  ${diagnostic.explanation}`]),
    ...(diagnostic.help === undefined ? [] : [`  ${paint('help', 'help:')} ${diagnostic.help}`]),
  ].join('\n');
}

function mainExcerpt(diagnostic: Diagnostic, line: number, column: number, width: number, paint: Painter): string[] {
  const { file, span, severity, label } = diagnostic;
  const end = endOnLine(file, span, line);
  const shown = excerpt(file, line, column, end);
  const carets = '^'.repeat(Math.max(1, displayWidth(shown.text.slice(shown.from, shown.to))));
  const under = label === undefined ? carets : `${carets} ${label}`;
  return [
    `${gutter(line, width, paint)}${shown.text}`,
    `${gutter(undefined, width, paint)}${' '.repeat(displayWidth(shown.text.slice(0, shown.from)))}${paint(severity, under)}`,
  ];
}

function gutter(line: number | undefined, width: number, paint: Painter): string {
  return paint('faint', `  ${(line === undefined ? '' : String(line)).padStart(width)} | `);
}

/** Column just past the span, which is cut where its first line ends. */
function endOnLine(file: SourceFile, span: Span, line: number): number {
  const end = positionOf(file, span.end);
  return end.line === line ? end.column : lineText(file, line).trimEnd().length + 1;
}

interface Excerpt {
  readonly text: string;
  /** Where the span lies in it. */
  readonly from: number;
  readonly to: number;
}

function excerpt(file: SourceFile, line: number, column: number, endColumn: number): Excerpt {
  const whole = lineText(file, line).replaceAll('\t', ' ').trimEnd();
  const from = column - 1;
  const to = Math.max(from, endColumn - 1);
  if (whole.length <= WIDEST_EXCERPT) return { text: whole, from, to };
  const left = Math.max(0, Math.min(from - 20, whole.length - WIDEST_EXCERPT));
  const right = Math.min(whole.length, left + WIDEST_EXCERPT);
  const before = left > 0 ? '…' : '';
  const after = right < whole.length ? '…' : '';
  const moved = before.length - left;
  return {
    text: `${before}${whole.slice(left, right)}${after}`,
    from: from + moved,
    to: Math.min(to, right) + moved,
  };
}

/** Characters, not UTF-16 units, so that carets stand where they should beneath an emoji. */
function displayWidth(text: string): number {
  return [...text].length;
}
