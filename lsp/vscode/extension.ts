/**
 * The extension's face to VS Code: what is there as soon as a strategy is opened. Everything that knows the language is in
 * the server; here are its start, and what an editor must bring itself: commands, pages beside the editor, the status bar.
 */
import * as vscode from 'vscode';
import { registerCandles } from './candles.ts';
import { registerConversion } from './conversion.ts';
import { registerGraph } from './graph.ts';
import { registerManual } from './manual.ts';
import { registerNewStrategy } from './new_strategy.ts';
import { registerReport } from './report.ts';
import { createSession } from './session.ts';
import { registerStatus } from './status.ts';
import { isStrategy, noteStrategyInSight, showStrategy } from './strategy.ts';
import { registerTexts } from './texts.ts';
import { registerTrades } from './trades.ts';
import { registerTraining } from './training.ts';

export function activate(context: vscode.ExtensionContext): void {
  const session = createSession(context);
  const parts = [
    registerTexts,
    registerReport,
    registerGraph,
    registerTrades,
    registerTraining,
    registerConversion,
    registerCandles,
    registerNewStrategy,
    registerManual,
    registerStatus,
  ];
  context.subscriptions.push(
    session,
    ...parts.map(register => register(session, context)),
    vscode.commands.registerCommand('vela.restartServer', () => session.restart()),
    vscode.commands.registerCommand('vela.showStrategy', showStrategy),
    vscode.commands.registerCommand('vela.showOutput', () => session.output.show()),
    vscode.window.onDidChangeActiveTextEditor(tellContext),
    vscode.window.onDidChangeVisibleTextEditors(tellContext),
    vscode.workspace.onDidOpenTextDocument(begin),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document === vscode.window.activeTextEditor?.document) tellContext();
      begin(document);
    }),
  );
  tellContext();
  vscode.workspace.textDocuments.forEach(begin);

  /** Other people's YAML starts no server. */
  function begin(document: vscode.TextDocument): void {
    if (isStrategy(document)) session.start();
  }
}

/** Which buttons and commands are offered. */
function tellContext(): void {
  void vscode.commands.executeCommand('setContext', 'vela.strategyActive', noteStrategyInSight() !== undefined);
}
