/** What an editor sees of a run. */
import type { CodeLens } from 'vscode-languageserver-types';
import type { Editor } from './client.ts';

/** The status of the present text, once its run has ended. */
export async function settled(editor: Editor, uri: string) {
  const version = editor.documents.get(uri)?.version;
  const latest = () => editor.statuses.findLast(told => told.uri === uri);
  await editor.until(
    () => latest()?.version === version && !['running', 'waiting'].includes(latest()?.status.state ?? 'running'),
  );
  return latest()?.status as { state: string; why?: string; summary?: Record<string, unknown> };
}

export const lensesOf = async (editor: Editor, uri: string) =>
  (await editor.ask<CodeLens[]>('textDocument/codeLens', uri)).map(({ range, command }) => ({
    line: range.start.line,
    title: command?.title ?? '',
    command: command?.command ?? '',
  }));
