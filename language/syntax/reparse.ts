/**
 * Reading a file again after an edit: only the parts around it. A part's reading depends on its own tokens and on where its
 * neighbours begin, so the edited parts are read anew together with one on each side; where anything reaches further (an
 * open bracket, text that no keyword begins) there is no answer, and the whole file is read.
 */
import { type Part, type PartedFile, parseParts } from './parse.ts';
import type { Problem } from './problem.ts';
import { type Scan, scan } from './scan.ts';
import type { Declaration, SourceFile, Span } from './tree.ts';

export interface Reparsed {
  readonly file: PartedFile;
  /** The declarations that are the same but for their places, each with what it was before. */
  readonly unchanged: ReadonlySet<Declaration>;
  /** Those that stood in the parts that were read again, and those that stand there now. */
  readonly before: readonly Part[];
  readonly after: readonly Part[];
  /** Where a place outside of those parts is now. */
  readonly move: (span: Span) => Span;
}

export function reparse(previous: PartedFile, source: SourceFile): Reparsed | undefined {
  const { parts, source: old } = previous;
  const edit = editOf(old.text, source.text);
  if (edit === undefined || parts.length < 4) return undefined;
  const { start, oldEnd, delta } = edit;
  const first = parts.findIndex(({ span }) => span.end >= start);
  const last = parts.findLastIndex(({ span }) => span.start <= oldEnd);
  if (first < 0 || last < 0) return undefined;
  const from = Math.max(0, Math.min(first, last) - 1);
  const to = Math.min(parts.length - 1, Math.max(first, last) + 1);
  const window = parts.slice(from, to + 1);
  if (!window.every(isPlain)) return undefined;
  const begin = from === 0 ? 0 : lineEndBetween(old.text, parts[from - 1], parts[from]);
  const next = parts[to + 1];
  const end = next === undefined ? old.text.length : next.span.start;
  if (begin === undefined || begin >= start) {
    if (begin !== 0) return undefined;
  }
  if (oldEnd >= end && next !== undefined) return undefined;
  const read = parseParts(source, scanStretch(source.text, begin ?? 0, end + delta));
  if (!read.parts.every(isPlain)) return undefined;
  const fresh = agreed(read.parts, window, { isFirst: from === 0, isLast: next === undefined, delta, source });
  if (fresh === undefined) return undefined;
  const head = parts.slice(0, from).map(part => inFile(part, source));
  const tail = parts.slice(to + 1).map(part => moved(part, delta, source));
  const kept = [...head, ...tail];
  return {
    file: {
      source,
      parts: [...head, ...fresh, ...tail],
      trailing: next === undefined ? read.trailing : previous.trailing,
    },
    unchanged: new Set(kept.flatMap(({ declaration }) => declaration ?? [])),
    before: window,
    after: fresh,
    move: movedBehind(oldEnd, delta),
  };
}

/** Keeps nothing alive of either text: such moves are kept for as long as nobody asks for a place. */
export function movedBehind(oldEnd: number, delta: number): (span: Span) => Span {
  return span => (span.start >= oldEnd ? { start: span.start + delta, end: span.end + delta } : span);
}

function isPlain({ keyword, isBalanced }: Part): boolean {
  return keyword !== undefined && isBalanced;
}

/** The stretch that differs: what both texts begin and end with left out. */
export function editOf(
  before: string,
  after: string,
): { readonly start: number; readonly oldEnd: number; readonly delta: number } | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let behind = 0;
  while (
    behind < shorter - start &&
    before.charCodeAt(before.length - 1 - behind) === after.charCodeAt(after.length - 1 - behind)
  )
    behind++;
  return { start, oldEnd: before.length - behind, delta: after.length - before.length };
}

/** The end of the line on which a part ends, when the next one begins further down. */
function lineEndBetween(text: string, before: Part | undefined, behind: Part | undefined): number | undefined {
  if (before === undefined || behind === undefined) return undefined;
  const end = text.indexOf('\n', before.span.end);
  return end >= 0 && end < behind.span.start ? end : undefined;
}

/** The parts read anew, when those at the margins came out as they were; a margin that nothing touched stays as it was. */
function agreed(
  fresh: readonly Part[],
  old: readonly Part[],
  at: { readonly isFirst: boolean; readonly isLast: boolean; readonly delta: number; readonly source: SourceFile },
): readonly Part[] | undefined {
  const [head, oldHead] = [fresh[0], old[0]];
  const [tail, oldTail] = [fresh.at(-1), old.at(-1)];
  if (head === undefined || tail === undefined || oldHead === undefined || oldTail === undefined) return undefined;
  if (!at.isFirst && (head.span.start !== oldHead.span.start || head.span.end !== oldHead.span.end)) return undefined;
  if (at.isLast) return fresh;
  if (fresh.length < 2 || tail.keyword !== oldTail.keyword) return undefined;
  if (tail.span.start !== oldTail.span.start + at.delta || tail.span.end !== oldTail.span.end + at.delta)
    return undefined;
  // What follows it decides how some of its problems are told, and that was not read.
  return tail.problems.length > 0 || oldTail.problems.length > 0 ? undefined : fresh;
}

/** A stretch of a text, in places of the whole text. */
function scanStretch(text: string, start: number, end: number): Scan {
  const found = scan(text.slice(start, end));
  if (start === 0) return { ...found, text };
  for (const token of found.tokens) {
    token.startOffset += start;
    if (token.endOffset !== undefined) token.endOffset += start;
  }
  return {
    text,
    tokens: found.tokens,
    comments: found.comments.map(comment => ({
      ...comment,
      start: comment.start + start,
      end: comment.end + start,
      previousEnd: comment.previousEnd < 0 ? -1 : comment.previousEnd + start,
      nextStart: comment.nextStart + start,
    })),
    problems: found.problems.map(problem => ({
      ...problem,
      token: problem.token + start,
      span: { start: problem.span.start + start, end: problem.span.end + start },
    })),
  };
}

// ---------------------------------------------------------------- moving

function inFile(part: Part, source: SourceFile): Part {
  return part.problems.length === 0
    ? part
    : { ...part, problems: part.problems.map(problem => placed(problem, source, 0)) };
}

function moved(part: Part, delta: number, source: SourceFile): Part {
  if (delta === 0) return inFile(part, source);
  return {
    ...part,
    span: { start: part.span.start + delta, end: part.span.end + delta },
    ...(part.declaration && { declaration: shifted(part.declaration, delta) }),
    problems: part.problems.map(problem => placed(problem, source, delta)),
    broken: shifted(part.broken, delta),
  };
}

function placed(problem: Problem, source: SourceFile, delta: number): Problem {
  const { span, related, fix } = problem;
  return {
    ...problem,
    file: source,
    span: shifted(span, delta),
    ...(related && { related: related.map(one => ({ ...one, file: source, span: shifted(one.span, delta) })) }),
    ...(fix && { fix: { ...fix, edits: shifted(fix.edits, delta) } }),
  };
}

/** A copy of plain data in which every span stands further on. */
export function shifted<Data>(data: Data, delta: number): Data {
  return shift(data, delta) as Data;
}

function shift(value: unknown, delta: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (const item of value) list.push(shift(item, delta));
    return list;
  }
  const record = value as Readonly<Record<string, unknown>>;
  if (typeof record.start === 'number' && typeof record.end === 'number') {
    return { start: record.start + delta, end: record.end + delta };
  }
  const copy: Record<string, unknown> = {};
  for (const key in record) copy[key] = shift(record[key], delta);
  return copy;
}
