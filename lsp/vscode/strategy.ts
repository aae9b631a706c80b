/** Which documents are strategies, and which one a command is about. */
import * as vscode from 'vscode';

/** A strategy in YAML says so at the margin; all other YAML files are somebody else's. */
export function isStrategy(document: vscode.TextDocument): boolean {
  const { languageId, uri } = document;
  if (uri.scheme !== 'file' && uri.scheme !== 'untitled') return false;
  return languageId === 'vela' || (languageId === 'yaml' && /^strategy[ \t]*:/m.test(document.getText()));
}

/** Where the user is: in a strategy, or in a page beside one, which has no text of its own. */
export function strategyInSight(): vscode.TextDocument | undefined {
  const active = vscode.window.activeTextEditor;
  if (active !== undefined) return isStrategy(active.document) ? active.document : undefined;
  return vscode.window.visibleTextEditors.map(({ document }) => document).find(isStrategy);
}

/** The strategy that was looked at last: a page such as the walkthrough may cover it. */
let latest: vscode.TextDocument | undefined;

export function noteStrategyInSight(): vscode.TextDocument | undefined {
  const inSight = strategyInSight();
  latest = inSight ?? latest;
  return inSight;
}

/** What a command was given, or the strategy that the user looks at, or did so last. */
export function chosenStrategy(given: unknown): vscode.Uri | undefined {
  if (typeof given === 'string') return vscode.Uri.parse(given, true);
  if (given instanceof vscode.Uri) return given;
  const inSight =
    strategyInSight() ?? vscode.window.visibleTextEditors.map(({ document }) => document).find(isStrategy);
  const chosen = inSight ?? (latest?.isClosed === false ? latest : undefined);
  if (chosen !== undefined) return chosen.uri;
  void vscode.window.showInformationMessage('Open a strategy first: a `.vela` file, or a YAML file with `strategy:`.');
  return undefined;
}

/** Brings the strategy of a command back into sight. */
export async function showStrategy(given: unknown): Promise<void> {
  const uri = chosenStrategy(given);
  if (uri !== undefined) await vscode.window.showTextDocument(uri);
}

export function nameOf(uri: vscode.Uri): string {
  return uri.path.split('/').at(-1) ?? uri.path;
}

/** The column beside the strategy, so that both stay in sight. */
export function besideOf(uri: vscode.Uri): vscode.ViewColumn {
  const editor = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  return editor?.viewColumn === undefined ? vscode.ViewColumn.Beside : editor.viewColumn + 1;
}
