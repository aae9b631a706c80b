/**
 * From a trade to the bars that made it: every named value of the strategy as it was when the entry and the exit were
 * decided, written beside its declaration. They stay until the strategy is edited, or `Escape`.
 */
import * as vscode from 'vscode';
import type { TradeBars, TradeRow } from '../server/protocol.ts';
import type { Session } from './session.ts';
import { chosenStrategy } from './strategy.ts';
import { barLines, tradeLabel, tradeTitle } from './trade_words.ts';

export function registerTrades(session: Session): vscode.Disposable {
  const beside = vscode.window.createTextEditorDecorationType({
    after: { margin: '0 0 0 2em', color: new vscode.ThemeColor('editorCodeLens.foreground'), fontStyle: 'italic' },
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedOpen,
  });
  const ruleLine = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.wordHighlightStrongBackground'),
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.findMatchForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  });
  let shown: vscode.TextEditor | undefined;

  const hide = () => {
    shown?.setDecorations(beside, []);
    shown?.setDecorations(ruleLine, []);
    shown = undefined;
    void vscode.commands.executeCommand('setContext', 'vela.tradeShown', false);
  };
  const show = async (uri: vscode.Uri, bars: TradeBars) => {
    const editor = await editorOf(uri);
    hide();
    const lines = barLines(bars);
    const rule = bars.rule?.uri === uri.toString() ? toRange(bars.rule.range) : undefined;
    const title = { range: rule ?? new vscode.Range(0, 0, 0, 0), text: tradeTitle(bars), hover: '' };
    editor.setDecorations(
      beside,
      [title, ...lines.map(line => ({ ...line, range: toRange(line.range) }))].map(({ range, text, hover }) => {
        const end = editor.document.lineAt(range.start.line).range.end;
        return {
          range: new vscode.Range(end, end),
          renderOptions: { after: { contentText: text } },
          ...(hover !== '' && { hoverMessage: new vscode.MarkdownString(hover) }),
        };
      }),
    );
    editor.setDecorations(ruleLine, rule === undefined ? [] : [new vscode.Range(rule.start, rule.start)]);
    if (rule !== undefined) editor.revealRange(rule, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    shown = editor;
    void vscode.commands.executeCommand('setContext', 'vela.tradeShown', true);
  };
  const showNumber = async (uri: vscode.Uri, trade: number) => {
    const bars = await session.ask('vela/trade', { uri: uri.toString(), trade });
    if (bars === undefined) return;
    if ('unavailable' in bars) void vscode.window.showInformationMessage(bars.unavailable);
    else await show(uri, bars);
  };

  const command = async (given: unknown, trade: unknown) => {
    const uri = chosenStrategy(given);
    if (uri === undefined) return;
    if (typeof trade === 'number') {
      await showNumber(uri, trade);
      return;
    }
    const rows = await session.ask('vela/trades', { uri: uri.toString() });
    if (rows === undefined) return;
    if ('unavailable' in rows) void vscode.window.showInformationMessage(rows.unavailable);
    else if (rows.length === 0) void vscode.window.showInformationMessage('The strategy made no trade.');
    else await choose(rows, row => showNumber(uri, row.number));
  };

  return vscode.Disposable.from(
    beside,
    ruleLine,
    vscode.commands.registerCommand('vela.showTrade', command),
    vscode.commands.registerCommand('vela.hideTrade', hide),
    // Values of a strategy that is no longer this one.
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && document === shown?.document) hide();
    }),
  );
}

/** Latest trades first; moving through the list already shows each. */
function choose(rows: readonly TradeRow[], look: (row: TradeRow) => Promise<void>): Promise<void> {
  const picker = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly row: TradeRow }>();
  picker.title = 'Trades of the latest backtest';
  picker.placeholder = 'Move through the trades to see the values that made them';
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.items = rows.toReversed().map(row => ({ ...tradeLabel(row), row }));
  return new Promise(resolve => {
    let turn = 0;
    picker.onDidChangeActive(([item]) => {
      const mine = ++turn;
      // Not each of those that are only passed on the way.
      setTimeout(() => {
        if (item !== undefined && mine === turn) void look(item.row);
      }, 60);
    });
    picker.onDidAccept(() => picker.hide());
    picker.onDidHide(() => {
      picker.dispose();
      resolve();
    });
    picker.show();
  });
}

async function editorOf(uri: vscode.Uri): Promise<vscode.TextEditor> {
  const visible = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  return visible ?? (await vscode.window.showTextDocument(uri, { preserveFocus: true }));
}

function toRange({
  start,
  end,
}: {
  readonly start: vscode.Position | Place;
  readonly end: vscode.Position | Place;
}): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}
interface Place {
  readonly line: number;
  readonly character: number;
}
