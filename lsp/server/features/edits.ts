/** Changes of a document's text, before they are told in the editor's own places. */
import type { CodeAction, CodeActionKind, TextEdit } from 'vscode-languageserver-types';
import { readStrategy } from '../../../language/index.ts';
import type { Span } from '../../../language/syntax/tree.ts';
import type { Document } from '../document.ts';

export interface Edit {
  readonly span: Span;
  readonly text: string;
}

export function action(document: Document, title: string, kind: CodeActionKind, edits: readonly Edit[]): CodeAction {
  const changes = edits.map(({ span, text }): TextEdit => ({ range: document.rangeOf(span), newText: text }));
  return { title, kind, edit: { changes: { [document.uri]: changes } } };
}

/**
 * Whether the text can be read after the edits as well as before. In YAML what is cut from one scalar need not fit into
 * another: quotes and signs that YAML has a use for.
 */
export function keepsForm({ uri, content, form }: Document, edits: readonly Edit[]): boolean {
  if (form === 'vela') return true;
  const problemsIn = (text: string) => readStrategy({ name: uri, text, form }).problems.length;
  return problemsIn(applied(content, edits)) <= problemsIn(content);
}

function applied(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.span.start - a.span.start || b.span.end - a.span.end)
    .reduce((done, { span, text: put }) => done.slice(0, span.start) + put + done.slice(span.end), text);
}

/** The lines of a span, where nothing else stands on them. */
export function wholeLines(text: string, { start, end }: Span): Span {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const to = text.indexOf('\n', end);
  const isOwn = text.slice(from, start).trim() === '' && text.slice(end, to < 0 ? text.length : to).trim() === '';
  return isOwn ? { start: from, end: to < 0 ? text.length : to + 1 } : { start, end };
}
