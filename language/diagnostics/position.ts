/** Offsets as lines and columns. Both count from 1; a column counts UTF-16 units, as editors do. */
import type { SourceFile, Span } from '../syntax/tree.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

const starts = new WeakMap<SourceFile, readonly number[]>();

/** Offsets at which the lines begin. */
export function lineStarts(file: SourceFile): readonly number[] {
  const known = starts.get(file);
  if (known) return known;
  const found = [0];
  for (let at = file.text.indexOf('\n'); at >= 0; at = file.text.indexOf('\n', at + 1)) found.push(at + 1);
  starts.set(file, found);
  return found;
}

export function positionOf(file: SourceFile, offset: number): Position {
  const lines = lineStarts(file);
  const within = Math.max(0, Math.min(offset, file.text.length));
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines[middle] ?? 0) <= within) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: within - (lines[low] ?? 0) + 1 };
}

export function rangeOf(file: SourceFile, span: Span): Range {
  return { start: positionOf(file, span.start), end: positionOf(file, span.end) };
}

/** The text of a line, without its ending. */
export function lineText(file: SourceFile, line: number): string {
  const lines = lineStarts(file);
  const from = lines[line - 1] ?? file.text.length;
  const to = lines[line] ?? file.text.length;
  return file.text.slice(from, to).replace(/\r?\n$/, '');
}

/** The span without the blanks around it, and never outside the file. */
export function tightened(file: SourceFile, span: Span): Span {
  let start = Math.max(0, Math.min(span.start, file.text.length));
  let end = Math.max(start, Math.min(span.end, file.text.length));
  if (file.text.slice(start, end).trim() === '') return { start, end: Math.min(end, start + 1) };
  while (/\s/.test(file.text.charAt(start))) start++;
  while (/\s/.test(file.text.charAt(end - 1))) end--;
  return { start, end };
}
