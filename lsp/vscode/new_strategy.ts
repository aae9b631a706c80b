/** A new strategy: one of the examples, under a name of the user's, in the folder that is open. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { describeExample, fileNameFor } from './examples.ts';
import type { Session } from './session.ts';

export function registerNewStrategy(_session: Session, context: vscode.ExtensionContext): vscode.Disposable {
  return vscode.commands.registerCommand('vela.newStrategy', async () => {
    const example = await vscode.window.showQuickPick(examples(context.asAbsolutePath('examples')), {
      title: 'New strategy',
      placeHolder: 'Begin with which one?',
      matchOnDetail: true,
    });
    if (example === undefined) return;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    if (folder === undefined) {
      const document = await vscode.workspace.openTextDocument({ language: 'vela', content: example.text });
      await vscode.window.showTextDocument(document);
      return;
    }
    const name = await freeName(folder, example.file);
    const place = vscode.Uri.joinPath(folder, name);
    await vscode.workspace.fs.writeFile(place, new TextEncoder().encode(example.text));
    await vscode.window.showTextDocument(place);
  });
}

async function examples(
  folder: string,
): Promise<readonly (vscode.QuickPickItem & { readonly file: string; readonly text: string })[]> {
  const files = (await readdir(folder)).filter(file => file.endsWith('.vela')).sort();
  // What a first strategy is learned from comes first.
  files.sort((a, b) => Number(b === 'sma_cross.vela') - Number(a === 'sma_cross.vela'));
  return Promise.all(
    files.map(async file => {
      const text = await readFile(join(folder, file), 'utf8');
      const { title, idea } = describeExample(text);
      return { label: title, detail: idea, file, text };
    }),
  );
}

async function freeName(folder: vscode.Uri, wanted: string): Promise<string> {
  const taken = new Set((await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name));
  return fileNameFor(wanted, taken);
}
