/**
 * The other spelling of a strategy: shown beside it while it is written, or made into a file. Converting never overwrites:
 * where the file is there already, the two are compared.
 */
import * as vscode from 'vscode';
import type { Session } from './session.ts';
import { besideOf, chosenStrategy, nameOf } from './strategy.ts';
import { isOfTwin, TWIN, twinPath, twinUri } from './twin_path.ts';

const AFTER_MS = 120;

export function registerConversion(session: Session): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  /** The last twin of each strategy: one that cannot be converted right now keeps it. */
  const last = new Map<string, string>();
  const timers = new Map<string, NodeJS.Timeout>();

  const provider: vscode.TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: async uri => {
      const key = uri.toString();
      const answer = await session.ask('vela/twin', { uri: isOfTwin(uri).toString() });
      if (answer !== undefined && 'text' in answer) last.set(key, answer.text);
      return (
        last.get(key) ??
        `# ${answer === undefined ? 'The server gives no answer.' : 'unavailable' in answer ? answer.unavailable : ''}\n`
      );
    },
  };

  const showTwin = async (given: unknown) => {
    const uri = chosenStrategy(given);
    if (uri === undefined) return;
    const document = await vscode.workspace.openTextDocument(twinUri(uri));
    await vscode.window.showTextDocument(document, { viewColumn: besideOf(uri), preserveFocus: true, preview: true });
  };

  const convert = async (given: unknown) => {
    const uri = chosenStrategy(given);
    if (uri === undefined) return;
    const answer = await session.ask('vela/twin', { uri: uri.toString() });
    if (answer === undefined) return;
    if ('unavailable' in answer) {
      void vscode.window.showWarningMessage(answer.unavailable);
      return;
    }
    const target = uri.with({ path: twinPath(uri.path) });
    if (uri.scheme === 'file' && (await exists(target))) {
      await vscode.commands.executeCommand(
        'vscode.diff',
        target,
        twinUri(uri),
        `${nameOf(target)} ↔ ${nameOf(uri)} converted`,
      );
      return;
    }
    // Not on the disk until the user saves it, at the place where it belongs.
    const fresh =
      uri.scheme === 'file' ? await vscode.workspace.openTextDocument(target.with({ scheme: 'untitled' })) : undefined;
    if (fresh === undefined) {
      const document = await vscode.workspace.openTextDocument({ language: answer.languageId, content: answer.text });
      await vscode.window.showTextDocument(document, { viewColumn: besideOf(uri) });
      return;
    }
    const edit = new vscode.WorkspaceEdit();
    edit.replace(fresh.uri, new vscode.Range(0, 0, fresh.lineCount, 0), answer.text);
    await vscode.workspace.applyEdit(edit);
    await vscode.window.showTextDocument(fresh, { viewColumn: besideOf(uri) });
  };

  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(TWIN, provider),
    vscode.commands.registerCommand('vela.showTwin', showTwin),
    vscode.commands.registerCommand('vela.convert', convert),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      const twin = twinUri(document.uri);
      const key = twin.toString();
      if (!vscode.workspace.textDocuments.some(({ uri }) => uri.toString() === key)) return;
      clearTimeout(timers.get(key));
      timers.set(
        key,
        setTimeout(() => {
          timers.delete(key);
          changed.fire(twin);
        }, AFTER_MS),
      );
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => last.delete(uri.toString())),
  );
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return false;
    throw error;
  }
}
