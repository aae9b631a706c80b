/**
 * Which comment belongs to which node.
 *
 * Nodes are built from the inside out, and each takes the comments that nobody inside it has taken: those before its
 * first token, the one behind its last token, those before the closing brace of its block. A comment in a place that
 * the tree does not have (in the middle of an expression) moves up to the lines before the node, so none is lost.
 */
import type { Scan, ScannedComment } from './scan.ts';
import type { Comments, Span } from './tree.ts';

/** The entry of `Comments.leading` that stands for a blank line between two comments. */
export const BLANK_LINE = '\n';

export interface TakenComments {
  readonly comments?: Comments;
  readonly doc?: string;
}

export class CommentIndex {
  private readonly text: string;
  private remaining: ScannedComment[];

  constructor(scanned: Pick<Scan, 'text' | 'comments'>) {
    this.text = scanned.text;
    this.remaining = [...scanned.comments];
  }

  /**
   * Takes the comments of a node. `at` is its range in the scanned text, `braces` the range of its block; `##` lines
   * before a node that can have a doc comment become that, elsewhere they stay comments.
   */
  take(at: Span, braces: Span | undefined, documented: boolean): TakenComments {
    const leading: ScannedComment[] = [];
    const docs: ScannedComment[] = [];
    const closing: ScannedComment[] = [];
    const trailing: ScannedComment[] = [];
    const others: ScannedComment[] = [];
    for (const comment of this.remaining) {
      if (comment.nextStart === at.start && !comment.sameLine) {
        (documented && comment.text.startsWith('#') ? docs : leading).push(comment);
      } else if (comment.sameLine && (comment.previousEnd === at.end || comment.previousEnd - 1 === braces?.start)) {
        trailing.push(comment);
      } else if (comment.start > at.start && comment.end < at.end) {
        // On its new line before the node a `##` would become a doc comment, which has meaning.
        const moved = documented && comment.text.startsWith('#') ? { ...comment, text: docText(comment) } : comment;
        if (comment.nextStart + 1 === braces?.end) closing.push(comment);
        else leading.push(moved);
      } else others.push(comment);
    }
    const [behind, ...more] = trailing;
    closing.push(...more);
    const spaced = this.blankLineBefore(Math.min(at.start, leading[0]?.start ?? at.start, docs[0]?.start ?? at.start));
    if (others.length < this.remaining.length) this.remaining = others;
    const comments: Comments = {
      leading: this.lines(leading, docs[0]?.start ?? at.start),
      ...(behind && { trailing: behind.text }),
      ...(closing.length > 0 && { closing: this.lines(closing) }),
      ...(spaced && { spaced }),
    };
    return {
      ...((spaced || leading.length > 0 || behind || closing.length > 0) && { comments }),
      ...(docs.length > 0 && { doc: docs.map(docText).join('\n') }),
    };
  }

  /** Gives the comments before and behind a heading, which is no node, to the node that begins at `next`. */
  moveFromHeading(heading: Span, next: number): void {
    this.remaining = this.remaining.map(comment => {
      const isBefore = !comment.sameLine && comment.nextStart === heading.start;
      const isBehind = comment.sameLine && comment.previousEnd === heading.end;
      return isBefore || isBehind ? { ...comment, nextStart: next, sameLine: false } : comment;
    });
  }

  /** What no node has taken and is not part of a broken range: the comments at the end of the file. */
  takeRest(broken: readonly Span[]): readonly string[] {
    return this.lines(this.remaining.filter(comment => !broken.some(part => belongsTo(comment, part))));
  }

  /** Their texts, with the blank lines between them, and the one before `next` if it stands behind them. */
  private lines(comments: readonly ScannedComment[], next = 0): string[] {
    const isParted = (from: number, to: number) => /\n[^\S\n]*\n/.test(this.text.slice(from, Math.max(from, to)));
    return comments.flatMap((comment, index) => {
      const end = comments[index + 1]?.start ?? next;
      return isParted(comment.end, end) ? [comment.text, BLANK_LINE] : [comment.text];
    });
  }

  private blankLineBefore(offset: number): true | undefined {
    let lineBreaks = 0;
    for (let at = offset - 1; at >= 0; at--) {
      const character = this.text[at];
      if (character === '\n') lineBreaks++;
      else if (character !== ' ' && character !== '\t' && character !== '\r') return lineBreaks > 1 || undefined;
    }
    return undefined;
  }
}

/** Inside a range, on the lines before it, or behind it on its last line. */
function belongsTo(comment: ScannedComment, part: Span): boolean {
  if (comment.sameLine ? comment.previousEnd === part.end : comment.nextStart === part.start) return true;
  return comment.start >= part.start && comment.end <= part.end;
}

/** The text of a `##` line, which was scanned as a `#` comment whose text begins with `#`. */
function docText(comment: ScannedComment): string {
  const text = comment.text.slice(1);
  return text.startsWith(' ') ? text.slice(1) : text;
}
