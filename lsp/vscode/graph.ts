/** The dataflow graph beside the editor: what each rule is computed from. */
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { graphPage, newNonce } from './page.ts';
import { createPanels } from './panels.ts';
import type { Session } from './session.ts';
import { chosenStrategy, nameOf } from './strategy.ts';

export function registerGraph(session: Session, context: vscode.ExtensionContext): vscode.Disposable {
  const title = (uri: vscode.Uri) => `Graph: ${nameOf(uri)}`;
  const panels = createPanels(
    {
      viewType: 'vela.graph',
      title,
      page: async (uri, look) => {
        const answer = await session.ask('vela/graph', { uri: uri.toString() });
        if (answer === undefined) return { unavailable: 'The server gives no answer.' };
        if ('unavailable' in answer) return answer;
        const script = await readFile(context.asAbsolutePath('webview/graph.js'), 'utf8');
        return { html: graphPage(answer.svg, title(uri), script, newNonce(), look) };
      },
    },
    context.extensionUri,
  );
  return vscode.Disposable.from(
    panels,
    vscode.commands.registerCommand('vela.showGraph', async (given: unknown) => {
      const uri = chosenStrategy(given);
      if (uri !== undefined) await panels.show(uri);
    }),
    session.onStatus(({ uri, status }) => {
      if (status.state === 'done' || status.state === 'noData') panels.refresh(uri);
    }),
  );
}
