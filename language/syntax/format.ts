/**
 * Tree → text, the one way Vela is written: two spaces of indent, lines up to 100 columns, neighbours of one kind
 * aligned as a table. A fixed point: formatting what was formatted changes nothing.
 *
 * `formatText` formats a whole file, also one that does not check; what cannot be parsed stays as it was written.
 */
import { columnsOf, type Statement, statementText } from './format-declarations.ts';
import { commentLines, leadingLines } from './format-properties.ts';
import { parse } from './parse.ts';
import type { Problem } from './problem.ts';
import { scan } from './scan.ts';
import type { Comments, Declaration, SourceFile, Span, Tree } from './tree.ts';

export function format(tree: Tree): string {
  const lines = writeStatements(spacedBySection(tree), 0);
  return joined(lines, tree.trailing);
}

export interface FormattedText {
  readonly text: string;
  readonly problems: readonly Problem[];
}

/** Formats `.vela` text. A declaration with a broken part is left exactly as it stands. */
export function formatText(source: SourceFile): FormattedText {
  const { tree, problems } = parse(source);
  if (tree.broken === undefined) return { text: format(tree), problems };
  const lines: string[] = [];
  let run: Declaration[] = [];
  const flush = () => {
    lines.push(...writeStatements(run, 0, lines.length === 0));
    run = [];
  };
  for (const part of inOrder(
    tree,
    tree.broken.map(part => part.span),
  )) {
    if ('kind' in part) run.push(part);
    else {
      flush();
      lines.push(...verbatim(source.text, part, lines.length === 0));
    }
  }
  flush();
  return { text: joined(lines, tree.trailing), problems };
}

/** Whole declarations and, instead of those with a mistake, the ranges they take up. */
function inOrder(tree: Tree, broken: readonly Span[]): (Declaration | Span)[] {
  const overlaps = (a: Span, b: Span) => a.start < b.end && b.start < a.end;
  const whole = tree.declarations.filter(({ span }) => !broken.some(part => overlaps(part, span)));
  const damaged = tree.declarations.filter(({ span }) => broken.some(part => overlaps(part, span)));
  const outside = broken.filter(part => !damaged.some(({ span }) => part.start >= span.start && part.end <= span.end));
  const ranges: Span[] = [...outside, ...damaged.map(({ span }) => span)].map(({ start, end }) => ({ start, end }));
  const start = (part: Declaration | Span) => ('kind' in part ? part.span.start : part.start);
  return [...whole, ...merged(ranges)].sort((a, b) => start(a) - start(b));
}

function merged(ranges: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && range.start < last.end)
      result.splice(-1, 1, { start: last.start, end: Math.max(last.end, range.end) });
    else result.push(range);
  }
  return result;
}

/** The lines of a range with the comments that belong to it, as they stand. */
function verbatim(text: string, range: Span, isFirst: boolean): string[] {
  const { comments } = scan(text);
  const before = comments.filter(({ nextStart, sameLine }) => nextStart === range.start && !sameLine);
  const behind = comments.find(({ previousEnd, sameLine }) => previousEnd === range.end && sameLine);
  const start = Math.min(range.start, before[0]?.start ?? range.start);
  const lines = text.slice(start, behind?.end ?? range.end).split(/\r?\n/);
  const lead = /\n[ \t\r]*\n[ \t]*$/.test(text.slice(0, start)) && !isFirst ? [''] : [];
  return [...lead, ...lines];
}

function joined(lines: readonly string[], trailing: readonly string[]): string {
  const rest = commentLines(trailing, 0);
  const gap = lines.length > 0 && rest.length > 0 ? [''] : [];
  const all = [...lines, ...gap, ...rest];
  return all.length === 0 ? '' : `${all.join('\n')}\n`;
}

/** A tree from YAML has no blank lines of its own: one is set wherever another kind of declaration begins. */
function spacedBySection({ source, declarations }: Tree): readonly Declaration[] {
  if (source.form === 'vela') return declarations;
  return declarations.map((declaration, index) => {
    const previous = declarations[index - 1];
    if (previous === undefined || sectionOf(previous) === sectionOf(declaration)) return declaration;
    const comments: Comments = { leading: [], ...declaration.comments, spaced: true };
    return { ...declaration, comments };
  });
}

function sectionOf({ kind }: Declaration): string {
  switch (kind) {
    case 'instrument':
    case 'universe':
    case 'every':
    case 'clock':
    case 'session':
    case 'account':
      return 'frame';
    case 'param':
    case 'require':
      return 'param';
    case 'model':
    case 'train':
      return 'model';
    case 'when':
    case 'while':
    case 'rebalance':
      return 'rule';
    default:
      return kind;
  }
}

// ---------------------------------------------------------------- tables of neighbours

function writeStatements(statements: readonly Statement[], indent: number, isFirst = true): string[] {
  return tables(statements).flatMap((table, index) => tableLines(table, indent, isFirst && index === 0));
}

/** Runs of statements of one kind with no blank line between them. */
function tables(statements: readonly Statement[]): Statement[][] {
  const result: Statement[][] = [];
  for (const statement of statements) {
    const table = result.at(-1);
    if (table?.[0]?.kind === statement.kind && statement.comments?.spaced !== true) table.push(statement);
    else result.push([statement]);
  }
  return result;
}

function tableLines(table: readonly Statement[], indent: number, isFirst: boolean): string[] {
  const widths: number[] = [];
  for (const statement of table) {
    for (const [column, cell] of columnsOf(statement).entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  const pad = ' '.repeat(indent);
  const rows = table.map(statement => {
    const cells = columnsOf(statement);
    const head = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' ');
    const text = statementText(statement, head, indent, writeStatements);
    const trimmed = text.split('\n').map((line, index) => (index === 0 ? pad + line : line));
    return { statement, lines: trimmed };
  });
  return rows.flatMap(({ statement, lines }, index) => [
    ...leadingLines(statement.comments, indent, isFirst && index === 0),
    ...docLines(statement, pad),
    ...lines,
  ]);
}

function docLines(statement: Statement, pad: string): string[] {
  if (!('doc' in statement) || statement.doc === undefined) return [];
  return statement.doc.split('\n').map(line => (line === '' ? `${pad}##` : `${pad}## ${line}`));
}
