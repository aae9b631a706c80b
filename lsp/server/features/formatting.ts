/**
 * Formatting as `vela fmt` does it, as small edits, so that carets and folds outside of them stay where they are: the
 * whole file, the statements of a range, or the one that has just been ended.
 */
import type { TextEdit } from 'vscode-languageserver-types';
import { formatText } from '../../../language/syntax/format.ts';
import type { Span } from '../../../language/syntax/tree.ts';
import { formatYamlText } from '../../../language/yaml/format.ts';
import { type Document, LARGEST_TEXT } from '../document.ts';

export function formatting(document: Document, within?: Span): TextEdit[] {
  const { content, form, uri } = document;
  if (content.length > LARGEST_TEXT) return [];
  const source = { name: uri, text: content, form };
  const text = inLineEndsOf(content, form === 'yaml' ? formatYamlText(source).text : formatText(source).text);
  if (within === undefined) {
    const edit = smallestEdit(content, text);
    return edit === undefined ? [] : [{ range: document.rangeOf(edit.span), newText: edit.text }];
  }
  return lineEdits(content, text)
    .filter(({ span }) => span.start >= lineStart(content, within.start) && span.end <= lineEnd(content, within.end))
    .map(({ span, text: newText }) => ({ range: document.rangeOf(span), newText }));
}

/** A file whose lines end in CRLF keeps them. */
function inLineEndsOf(before: string, after: string): string {
  const isCrlf = before.includes('\r\n');
  return isCrlf ? after.replace(/\r?\n/g, '\r\n') : after;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** What turns one text into the other, without the lines that both begin and end with. */
export function smallestEdit(before: string, after: string): Edit | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let behind = 0;
  while (behind < shorter - start && before[before.length - 1 - behind] === after[after.length - 1 - behind]) behind++;
  return {
    span: { start, end: before.length - behind },
    text: after.slice(start, after.length - behind),
  };
}

/**
 * The same as edits of stretches of lines. Lines are matched by what they say without blanks: formatting moves blanks and
 * line ends, and hardly ever anything else.
 */
export function lineEdits(before: string, after: string): readonly Edit[] {
  const old = linesOf(before);
  const fresh = linesOf(after);
  const bare = (line: string) => line.replace(/\s+/g, '');
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  let offset = 0;
  while (i < old.length || j < fresh.length) {
    const [a = '', b = ''] = [old[i], fresh[j]];
    if (i < old.length && j < fresh.length && a === b) {
      offset += a.length;
      i++;
      j++;
      continue;
    }
    // The next pair of lines that say the same, nearest first.
    let [di, dj] = [old.length - i, fresh.length - j];
    search: for (let distance = 0; distance < LOOK_AHEAD; distance++) {
      for (let step = 0; step <= distance; step++) {
        const [ii, jj] = [i + step, j + distance - step];
        const [x, y] = [old[ii], fresh[jj]];
        if (x !== undefined && y !== undefined && bare(x) === bare(y) && bare(x) !== '') {
          [di, dj] = [step, distance - step];
          break search;
        }
      }
    }
    const isSame = di === 0 && dj === 0;
    const [taken, given] = isSame ? [1, 1] : [di, dj];
    const removed = old.slice(i, i + taken).join('');
    const text = fresh.slice(j, j + given).join('');
    edits.push({ span: { start: offset, end: offset + removed.length }, text });
    offset += removed.length;
    i += taken;
    j += given;
  }
  return edits;
}
const LOOK_AHEAD = 40;

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** After a line end or a closing brace: the statement that it ends. A blank line that was just made stays. */
export function formattingOnType(document: Document, offset: number, character: string): TextEdit[] {
  const { content } = document;
  const at = character === '\n' ? content.lastIndexOf('\n', offset - 1) : offset;
  if (at <= 0) return [];
  const end = character === '\n' ? at : offset;
  const start = lineStart(content, end);
  const line = content.slice(start, end);
  if (line.trim() === '') return [];
  return formatting(document, { start, end: Math.max(start, end - 1) }).filter(
    ({ range }) => range.end.line <= document.positionAt(end).line + (character === '\n' ? 1 : 0),
  );
}
