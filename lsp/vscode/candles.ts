/** What strategies are backtested on: chosen once, kept in the workspace's settings. */
import * as vscode from 'vscode';
import type { Session } from './session.ts';

type Choice = vscode.QuickPickItem & { readonly does: () => Promise<void> };

export function registerCandles(session: Session): vscode.Disposable {
  return vscode.commands.registerCommand('vela.getData', async () => {
    const choice = await vscode.window.showQuickPick(choices(), {
      title: 'Candles for backtests',
      placeHolder: 'What should strategies be backtested on while you write?',
    });
    if (choice === undefined) return;
    await choice.does();
    session.start();
  });
}

function choices(): readonly Choice[] {
  return [
    {
      label: '$(file) Choose files…',
      detail: 'CSV, also compressed with gzip; one file a market',
      does: () =>
        choose({
          canSelectFiles: true,
          canSelectMany: true,
          openLabel: 'Use these candles',
          filters: { Candles: ['csv', 'gz'] },
        }),
    },
    {
      label: '$(folder) Choose a folder…',
      detail: 'With a file for each market, named after it',
      does: () => choose({ canSelectFiles: false, canSelectFolders: true, openLabel: 'Use this folder' }),
    },
    {
      label: '$(beaker) Simulate a market',
      detail: 'To try things out: results are labelled as simulated, and say nothing of a real market',
      does: () => set({ data: undefined, simulate: true }),
    },
    {
      label: '$(book) How to get candles',
      detail: 'Formats, where to download, what is checked',
      does: async () => void (await vscode.commands.executeCommand('vela.openManual', 'data.md')),
    },
  ];
}

async function choose(options: vscode.OpenDialogOptions): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const uris = await vscode.window.showOpenDialog({ ...options, ...(folder && { defaultUri: folder }) });
  if (uris === undefined) return;
  const paths = uris.map(uri => relativePath(folder, uri));
  await set({ data: paths.length === 1 ? paths[0] : paths, simulate: undefined });
}

/** Below the first folder of the workspace, as it is seen from there: such settings can be shared. */
function relativePath(folder: vscode.Uri | undefined, uri: vscode.Uri): string {
  const root = folder?.fsPath.replace(/[\\/]$/, '');
  if (root !== undefined && (uri.fsPath.startsWith(`${root}/`) || uri.fsPath.startsWith(`${root}\\`)))
    return uri.fsPath.slice(root.length + 1).replaceAll('\\', '/');
  return uri.fsPath;
}

async function set(values: {
  readonly data: string | readonly string[] | undefined;
  readonly simulate: boolean | undefined;
}): Promise<void> {
  const target =
    vscode.workspace.workspaceFolders === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  const settings = vscode.workspace.getConfiguration('vela');
  for (const [name, value] of Object.entries(values)) {
    if (
      settings.inspect(name)?.[target === vscode.ConfigurationTarget.Global ? 'globalValue' : 'workspaceValue'] !==
      value
    )
      await settings.update(name, value, target);
  }
}
