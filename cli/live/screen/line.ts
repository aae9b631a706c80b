/**
 * A line of the screen: pieces of text, each in a tone. Tones say what is meant (good, bad, a warning); which colour that
 * is, or none, is decided where the line is drawn.
 */
import { cellsOf, cut, padded } from './cells.ts';

export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'bad' | 'warning' | 'accent' | 'alarm';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Span[];

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

export function textOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}

export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + cellsOf(text), 0);
}

/** No wider than so many cells; blanks at the end are left out. */
export function fitted(line: Line, cells: number): Line {
  const kept: Span[] = [];
  let room = cells;
  for (const piece of line) {
    const width = cellsOf(piece.text);
    if (width > room) {
      const text = cut(piece.text, room);
      if (text !== '') kept.push({ ...piece, text });
      break;
    }
    if (width > 0) kept.push(piece);
    room -= width;
  }
  const last = kept.at(-1);
  if (last !== undefined && last.tone !== 'alarm') {
    const text = last.text.trimEnd();
    return text === '' ? kept.slice(0, -1) : [...kept.slice(0, -1), { ...last, text }];
  }
  return kept;
}

/** Exactly so many cells. */
export function filled(line: Line, cells: number): Line {
  const fitting = fitted(line, cells);
  const rest = cells - widthOf(fitting);
  return rest > 0 ? [...fitting, span(' '.repeat(rest))] : fitting;
}

/** One part at the left, one at the right; the right one goes when both do not fit. */
export function spread(left: Line, right: Line, cells: number): Line {
  const gap = cells - widthOf(left) - widthOf(right);
  return gap < 1 ? fitted(left, cells) : [...left, span(' '.repeat(gap)), ...right];
}

/** As many of the parts as fit, in their order, with a gap between them. */
export function inARow(parts: readonly Line[], cells: number, gap = '  '): Line {
  let line: Line = [];
  for (const part of parts) {
    if (widthOf(part) === 0) continue;
    const longer = line.length === 0 ? part : [...line, span(gap), ...part];
    if (widthOf(longer) <= cells) line = longer;
    else if (line.length === 0) line = fitted(part, cells);
  }
  return line;
}

/** All of the parts, in as many rows as they take. */
export function packed(parts: readonly Line[], cells: number, gap = '  '): readonly Line[] {
  const lines: Line[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = last === undefined ? part : [...last, span(gap), ...part];
    if (last !== undefined && widthOf(longer) <= cells) lines[lines.length - 1] = longer;
    else lines.push(fitted(part, cells));
  }
  return lines;
}

// ---------------------------------------------------------------- tables

export interface Column {
  readonly title: string;
  /** Where the room is short, columns of a lower rank go first. */
  readonly rank: number;
  readonly side?: 'left' | 'right';
  /** Narrowest that is still of use; wider content is cut down to it before a column goes. */
  readonly least?: number;
}

const GAP = '  ';

/** A heading and rows whose columns stand under one another; only columns that hold anything, and that fit. */
export function table(columns: readonly Column[], rows: readonly (readonly Span[])[], cells: number): readonly Line[] {
  const widths = columns.map((column, i) =>
    rows.reduce((most, row) => Math.max(most, cellsOf(row[i]?.text ?? '')), cellsOf(column.title)),
  );
  const holds = columns.map((_, i) => i === 0 || rows.some(row => (row[i]?.text ?? '') !== ''));
  let shown = columns.map((_, i) => i).filter(i => holds[i]);
  const total = () => shown.reduce((sum, i) => sum + (widths[i] ?? 0), 0) + GAP.length * Math.max(0, shown.length - 1);
  while (total() > cells && shown.length > 1) {
    const over = total() - cells;
    const soft = shown.findLast(i => (columns[i]?.least ?? Number.POSITIVE_INFINITY) <= (widths[i] ?? 0) - over);
    if (soft !== undefined) {
      widths[soft] = (widths[soft] ?? 0) - over;
      break;
    }
    const lowest = shown.reduce((a, b) => ((columns[b]?.rank ?? 0) < (columns[a]?.rank ?? 0) ? b : a));
    shown = shown.filter(i => i !== lowest);
  }
  const lineOf = (cell: (i: number) => Span): Line =>
    fitted(
      shown.flatMap((i, place) => {
        const { text, tone } = cell(i);
        const fit = padded(text, widths[i] ?? 0, columns[i]?.side ?? 'left');
        return [...(place === 0 ? [] : [span(GAP)]), { text: fit, tone }];
      }),
      cells,
    );
  return [
    lineOf(i => span(columns[i]?.title ?? '', i === 0 ? 'strong' : 'dim')),
    ...rows.map(row => lineOf(i => row[i] ?? span(''))),
  ];
}
