/**
 * How much room text takes on a terminal. A cell is one column; Chinese, Japanese and Korean letters and most emoji take
 * two, what combines with the letter before it takes none. Ranges: Unicode Standard Annex 11, classes W and F;
 * gaps between them are filled where signs of no use here are.
 */
import { harmless } from '../../terminal.ts';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Of one cell each: ASCII, and the signs that figures and plots are made of. */
const NARROW = /^[\x20-\x7e\u00b7\u00d7\u2013\u2026\u2192\u2212\u2581-\u258f]*$/;
const EMOJI = /\p{Emoji_Presentation}|[\ufe0f\u20e3]/u;
const WIDE =
  /[\u1100-\u115f\u231a\u231b\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u33ff\u3400-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{191ff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d37f}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NOTHING = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u200b]/u;

export function cellsOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let cells = 0;
  for (const { segment } of graphemes.segment(text)) cells += cellsOfLetter(segment);
  return cells;
}

/** Where terminals differ, the most that one takes: a line may then end a cell early, and never a cell late. */
function cellsOfLetter(letter: string): number {
  if (EMOJI.test(letter)) return 2;
  let cells = 0;
  for (const sign of letter) cells += NOTHING.test(sign) ? 0 : WIDE.test(sign) ? 2 : 1;
  return cells;
}

/** The beginning of a text that fits, ended by `…` when something is missing. */
export function cut(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text;
  if (cells <= 0) return '';
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const width = cellsOfLetter(segment);
    if (used + width > cells - 1) break;
    kept += segment;
    used += width;
  }
  return `${kept}…`;
}

/** Exactly so many cells, filled with blanks at the right or at the left. */
export function padded(text: string, cells: number, side: 'left' | 'right' = 'left'): string {
  const fitting = cut(text, cells);
  const blanks = ' '.repeat(Math.max(0, cells - cellsOf(fitting)));
  return side === 'left' ? fitting + blanks : blanks + fitting;
}

/** Broken between words into lines that fit, words longer than a line cut to it; at most so many lines. */
export function wrapped(text: string, cells: number, most: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const words = text.split(' ').filter(word => word !== '');
  for (const [i, word] of words.entries()) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (cellsOf(longer) <= cells) {
      line = longer;
      continue;
    }
    if (lines.length === most - 1) {
      lines.push(cut([line, ...words.slice(i)].filter(part => part !== '').join(' '), cells));
      return lines;
    }
    if (line !== '') lines.push(line);
    line = cut(word, cells);
  }
  if (line !== '' && lines.length < most) lines.push(line);
  return lines;
}

/** Text of strangers (a venue's message, a strategy's title) on one line: nothing in it moves the cursor or hides. */
export function onOneLine(text: string): string {
  return harmless(text.replace(/\s+/g, ' '));
}
