/** What an editor sees of a run. */
import { setTimeout as sleep } from 'node:timers/promises';
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

const LOOK_MS = 50;
const LONGEST_MS = 60_000;

/** The lenses that are wanted, once there are any: some come after a run has ended, of many runs more. */
export async function lensesOnce(editor: Editor, uri: string, isWanted: (lens: Lens) => boolean) {
  for (const fromMs = performance.now(); ; await sleep(LOOK_MS)) {
    const found = (await lensesOf(editor, uri)).filter(isWanted);
    if (found.length > 0 || performance.now() - fromMs > LONGEST_MS) return found;
  }
}

type Lens = Awaited<ReturnType<typeof lensesOf>>[number];
