/** The report beside the editor: that of the strategy as it stands there, brought up to date with each run. */
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { newNonce, reportPage } from './page.ts';
import { createPanels } from './panels.ts';
import type { Session } from './session.ts';
import { chosenStrategy, nameOf } from './strategy.ts';

export function registerReport(session: Session, context: vscode.ExtensionContext): vscode.Disposable {
  const panels = createPanels(
    {
      viewType: 'vela.report',
      title: uri => `Report: ${nameOf(uri)}`,
      page: async (uri, look) => {
        const answer = await session.ask('vela/report', { uri: uri.toString() });
        if (answer === undefined) return { unavailable: 'The server gives no answer.' };
        if ('unavailable' in answer) return answer;
        const script = await readFile(context.asAbsolutePath('webview/report.js'), 'utf8');
        return { html: reportPage(answer.html, script, newNonce(), look) };
      },
      received: (uri, message) => {
        const trade = tradeOf(message);
        if (trade !== undefined) void vscode.commands.executeCommand('vela.showTrade', uri.toString(), trade);
      },
    },
    context.extensionUri,
  );
  return vscode.Disposable.from(
    panels,
    vscode.commands.registerCommand('vela.showReport', async (given: unknown) => {
      const uri = chosenStrategy(given);
      if (uri !== undefined) await panels.show(uri);
    }),
    session.onStatus(({ uri, status }) => {
      const isWanted = vscode.workspace.getConfiguration('vela', vscode.Uri.parse(uri)).get('report.refresh', true);
      if (status.state === 'done' && isWanted) panels.refresh(uri);
    }),
  );
}

/** A page is only ever believed to be a page. */
function tradeOf(message: unknown): number | undefined {
  if (typeof message !== 'object' || message === null || !('trade' in message)) return undefined;
  const { trade } = message;
  return typeof trade === 'number' && Number.isSafeInteger(trade) && trade >= 0 ? trade : undefined;
}
