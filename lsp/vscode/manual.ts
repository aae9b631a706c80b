/** The manual travels with the extension: its pages open beside the strategy, without a network. */
import { readdir, readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Session } from './session.ts';
import { showMarkdown } from './texts.ts';

export function registerManual(_session: Session, context: vscode.ExtensionContext): vscode.Disposable {
  const page = (file: string) => vscode.Uri.joinPath(context.extensionUri, 'manual', file);
  return vscode.commands.registerCommand('vela.openManual', async (given: unknown) => {
    const file = typeof given === 'string' ? given : await choose(context.asAbsolutePath('manual'));
    if (file !== undefined) await showMarkdown(page(file), vscode.ViewColumn.Active);
  });
}

/** Pages are told by the table of the manual's first one. */
async function choose(folder: string): Promise<string | undefined> {
  const there = new Set(await readdir(folder));
  const contents = await readFile(`${folder}/README.md`, 'utf8');
  const items = contents.split('\n').flatMap(line => {
    const [, files = '', about = ''] = /^\| (\[.*) \| (.*) \|$/.exec(line) ?? [];
    return [...files.matchAll(/\]\(([^)]+)\)/g)].flatMap(([, file = '']) =>
      there.has(file) ? [{ label: file.replace('.md', ''), detail: about, file }] : [],
    );
  });
  const chosen = await vscode.window.showQuickPick(items, { title: 'The manual of Vela', matchOnDetail: true });
  return chosen?.file;
}
