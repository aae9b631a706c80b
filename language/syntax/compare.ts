/**
 * Two readings of a file, before and after an edit, each of the whole: which declarations are the same but for their places.
 * For forms that are not read part by part (YAML).
 */
import type { Part } from './parse.ts';
import { editOf, movedBehind, type Reparsed } from './reparse.ts';
import type { Declaration, Span, Tree } from './tree.ts';

/** Nothing where either could not be read in full, or a declaration beside the edit became another one. */
export function compare(before: Tree, now: Tree): Pick<Reparsed, 'before' | 'after' | 'move'> | undefined {
  const edit = editOf(before.source.text, now.source.text);
  if (edit === undefined || before.broken !== undefined || now.broken !== undefined) return undefined;
  const { start, oldEnd, delta } = edit;
  const move = movedBehind(oldEnd, delta);
  const isBeside = ({ span }: Declaration, end: number) => span.end < start || span.start > end;
  const [old, fresh] = [
    before.declarations.filter(one => isBeside(one, oldEnd)),
    now.declarations.filter(one => isBeside(one, oldEnd + delta)),
  ];
  const isSame = old.length === fresh.length && old.every((one, index) => isSameAt(one, fresh[index], move));
  if (!isSame) return undefined;
  const [kept, keptNow] = [new Set(old), new Set(fresh)];
  return {
    before: before.declarations.filter(one => !kept.has(one)).map(partOf),
    after: now.declarations.filter(one => !keptNow.has(one)).map(partOf),
    move,
  };
}

/** Their text is the same, for the edit is elsewhere: it is the section around it that could be another. */
function isSameAt(one: Declaration, other: Declaration | undefined, move: (span: Span) => Span): boolean {
  if (other === undefined || one.kind !== other.kind || nameOf(one) !== nameOf(other)) return false;
  const { start, end } = move(one.span);
  return start === other.span.start && end === other.span.end;
}

function nameOf(declaration: Declaration): string | undefined {
  if (declaration.kind === 'at') return declaration.clock.text;
  return 'name' in declaration ? declaration.name?.text : undefined;
}

function partOf(declaration: Declaration): Part {
  return {
    span: declaration.span,
    keyword: declaration.kind,
    isBalanced: true,
    declaration,
    problems: [],
    broken: [],
  };
}
