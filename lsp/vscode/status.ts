/** The status bar: how the strategy that is looked at did, in one line. */
import * as vscode from 'vscode';
import type { RunStatus } from '../server/protocol.ts';
import type { Session } from './session.ts';
import { statusWords } from './status_words.ts';
import { strategyInSight } from './strategy.ts';

export function registerStatus(session: Session): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('vela.run', vscode.StatusBarAlignment.Left, 10);
  item.name = 'Vela: backtest';

  const show = () => {
    const document = strategyInSight();
    if (document === undefined) {
      item.hide();
      return;
    }
    const status: RunStatus = session.statusOf(document.uri) ?? { state: 'waiting' };
    const { text, tooltip, command, warns } = statusWords(status);
    item.text = text;
    item.tooltip = new vscode.MarkdownString(tooltip);
    item.command = { title: item.name ?? '', command, arguments: [document.uri.toString()] };
    item.backgroundColor = warns ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.show();
  };

  show();
  return vscode.Disposable.from(
    item,
    session.onStatus(show),
    session.onReady(show),
    vscode.window.onDidChangeActiveTextEditor(show),
    vscode.window.onDidChangeVisibleTextEditors(show),
    vscode.workspace.onDidCloseTextDocument(show),
  );
}
