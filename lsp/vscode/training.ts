/** Training a strategy's models from its lens; the same command stops it. */
import * as vscode from 'vscode';
import type { Session } from './session.ts';
import { chosenStrategy } from './strategy.ts';

export function registerTraining(session: Session): vscode.Disposable {
  return vscode.commands.registerCommand('vela.train', async (given: unknown) => {
    const uri = chosenStrategy(given)?.toString();
    if (uri === undefined) return;
    // While one goes on, its lens and the status bar show how far it is.
    const isStop = session.statusOf(vscode.Uri.parse(uri))?.state === 'training';
    const answer = await session.ask('vela/train', { uri });
    if (answer === undefined || isStop) return;
    if ('unavailable' in answer) void vscode.window.showInformationMessage(`Vela: ${answer.unavailable}`);
    else void vscode.window.showInformationMessage(`Vela: ${trainedText(answer.trained)}`);
  });
}

function trainedText(count: number): string {
  return count === 0 ? 'nothing was left to train.' : `${count} ${count === 1 ? 'version' : 'versions'} trained.`;
}
