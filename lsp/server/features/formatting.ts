/** Formatting as `vela fmt` does it, as the smallest edit, so that carets and folds outside of it stay where they are. */
import type { TextEdit } from 'vscode-languageserver-types';
import { formatText } from '../../../language/syntax/format.ts';
import { formatYamlText } from '../../../language/yaml/format.ts';
import type { Document } from '../document.ts';

export function formatting(document: Document): TextEdit[] {
  const { content, form, uri } = document;
  const source = { name: uri, text: content, form };
  const { text } = form === 'yaml' ? formatYamlText(source) : formatText(source);
  const edit = smallestEdit(content, text);
  return edit === undefined ? [] : [{ range: document.rangeOf(edit.span), newText: edit.text }];
}

/** What turns one text into the other, without the lines that both begin and end with. */
export function smallestEdit(
  before: string,
  after: string,
): { readonly span: { readonly start: number; readonly end: number }; readonly text: string } | undefined {
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
