/**
 * Documents that are on no disk: the standard library (`vela-library:`), the manual's pages on codes (`vela-manual:`), and
 * what commands tell (`vela-told:`). The server holds the texts; here they are given to the editor.
 */
import * as vscode from 'vscode';
import { SCHEMES } from '../server/protocol.ts';
import type { Session } from './session.ts';
import { besideOf, chosenStrategy, nameOf } from './strategy.ts';

const TOLD = 'vela-told';

export function registerTexts(session: Session): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const told = new Map<string, string>();

  const fromServer: vscode.TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: async uri =>
      (await session.ask('vela/document', { uri: uri.toString() }))?.text ?? `There is no ${uri.path}.\n`,
  };
  const fromCommands: vscode.TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: uri => told.get(uri.toString()) ?? '',
  };

  const explainWarmup = async (given: unknown) => {
    const uri = chosenStrategy(given);
    if (uri === undefined) return;
    const answer = await session.ask('vela/warmup', { uri: uri.toString() });
    if (answer === undefined) return;
    if ('unavailable' in answer) {
      void vscode.window.showInformationMessage(answer.unavailable);
      return;
    }
    const page = vscode.Uri.from({ scheme: TOLD, path: `/Warm-up of ${nameOf(uri)}.md` });
    told.set(page.toString(), answer.markdown);
    changed.fire(page);
    await showMarkdown(page, besideOf(uri));
  };

  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(SCHEMES.library, fromServer),
    vscode.workspace.registerTextDocumentContentProvider(SCHEMES.manual, fromServer),
    vscode.workspace.registerTextDocumentContentProvider(TOLD, fromCommands),
    vscode.commands.registerCommand('vela.explainWarmup', explainWarmup),
    // A library that is shown may have been another server's.
    session.onReady(() => {
      for (const { uri } of vscode.workspace.textDocuments)
        if (uri.scheme === SCHEMES.library || uri.scheme === SCHEMES.manual) changed.fire(uri);
    }),
    // Links of messages lead to pages of the manual: those are for reading.
    vscode.window.onDidChangeActiveTextEditor(editor => {
      if (editor?.document.uri.scheme === SCHEMES.manual) void readable(editor);
    }),
  );
}

async function readable({ document, viewColumn }: vscode.TextEditor): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  await showMarkdown(document.uri, viewColumn ?? vscode.ViewColumn.Active);
}

/** As a page, not as its source; in the column where it is wanted. */
export async function showMarkdown(uri: vscode.Uri, viewColumn: vscode.ViewColumn): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, 'vscode.markdown.preview.editor', { viewColumn });
}
