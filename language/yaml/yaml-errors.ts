/**
 * What is wrong with text that is no YAML, in plain words and at the smallest place: an open quote or bracket is shown
 * where it was opened, not where the file ran out.
 */
import type { YAMLException } from 'js-yaml';
import type { Problem } from '../syntax/problem.ts';
import { syntaxProblem } from '../syntax/syntax-codes.ts';
import type { SourceFile } from '../syntax/tree.ts';

/** By what the YAML reader says. The first that fits counts. */
const REASONS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/tab character/, 'a tab stands where spaces must indent the line'],
  [/flow collection entries/, 'a comma is missing between two entries'],
  [/found ','/, 'an entry is missing before the comma'],
  [/key-value separator/, 'a space is missing behind the `:`'],
  [/expected ':'/, 'a `:` is missing behind the key'],
  [/bad indentation/, 'the line is indented in a way that fits nothing above it'],
  [/deficient indentation/, 'the line must be indented further to belong to what stands above it'],
  [/block mapping entry|a line break is expected/, 'something stands behind a value that has ended'],
  [/end of the stream or a document separator/, 'something stands where the file should end'],
  [/escape|hexadecimal/, 'a text in double quotes has an unknown escape'],
  [/non-printable|JSON character/, 'the file has a character that no text may have'],
  [/anchor|alias/, 'an anchor or alias is not complete'],
  [/tag/i, 'a tag is not complete'],
  [/directive|%YAML/, 'a directive is not complete'],
  [/block scalar|chomping|indentation width/, 'the sign behind `|` or `>` is unknown'],
  [/maxDepth/, 'the file is nested too deeply'],
];

const OPEN_REASON: Readonly<Record<string, string>> = {
  '"': 'a text in double quotes is not closed',
  "'": 'a text in single quotes is not closed',
  '[': 'a `[` is not closed',
  '{': 'a `{` is not closed',
};

/** Reasons that may only be the echo of something left open before. */
const ECHOES = /deficient indentation|unexpected end|quoted scalar|flow collection/;

/** `part` is the text that was read, which begins at `base` in the file. */
export function yamlProblem(source: SourceFile, base: number, part: string, error: YAMLException): Problem {
  const open = ECHOES.test(error.reason) ? openMark(part) : undefined;
  const reason = open === undefined ? reasonOf(error) : (OPEN_REASON[part[open] ?? ''] ?? reasonOf(error));
  const at = Math.min(source.text.length, base + Math.max(0, open ?? error.mark?.position ?? 0));
  return syntaxProblem('E0120', source, { start: at, end: Math.min(source.text.length, at + 1) }, { reason });
}

function reasonOf({ reason }: YAMLException): string {
  return REASONS.find(([pattern]) => pattern.test(reason))?.[1] ?? reason;
}

/** The last quote or bracket that is opened and never closed. */
function openMark(text: string): number | undefined {
  const brackets: number[] = [];
  const marks = /(?<=^|\s)#.*|(?<=^|[\s[{,:-])(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^']|'')*')|(?<=^|[\s[{,:-])["'[{]|[\]}]/gm;
  for (const { 0: mark, index } of text.matchAll(marks)) {
    if (mark === '"' || mark === "'") return index;
    if (mark === '[' || mark === '{') brackets.push(index);
    else if (mark === ']' || mark === '}') brackets.pop();
  }
  return brackets.at(-1);
}
