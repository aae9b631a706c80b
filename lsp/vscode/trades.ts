/**
 * From a trade to the bars that made it: above each declaration stands what its value was when the entry and the exit
 * were decided, and the rule that opened the position is marked. They stay until the strategy is edited, or `Escape`.
 *
 * Above, not behind: beside a report there is no room at the end of a line.
 */
import * as vscode from 'vscode';
import type { TradeBars, TradeRow } from '../server/protocol.ts';
import { DOCUMENTS, type Session } from './session.ts';
import { chosenStrategy } from './strategy.ts';
import { barLines, tradeLabel, tradeStory, tradeTitle } from './trade_words.ts';

interface Shown {
  readonly uri: string;
  readonly bars: TradeBars;
  readonly rule: vscode.Range | undefined;
}

export function registerTrades(session: Session): vscode.Disposable {
  const ruleLine = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('editor.wordHighlightStrongBackground'),
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.findMatchForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  });
  const changed = new vscode.EventEmitter<void>();
  let shown: Shown | undefined;

  const lenses: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses: ({ uri }) => (shown?.uri === uri.toString() ? lensesOf(shown) : []),
  };
  const mark = () => {
    for (const editor of vscode.window.visibleTextEditors) {
      const rule = editor.document.uri.toString() === shown?.uri ? shown.rule : undefined;
      editor.setDecorations(ruleLine, rule === undefined ? [] : [rule]);
    }
  };
  const set = (next: Shown | undefined) => {
    if (shown === undefined && next === undefined) return;
    shown = next;
    session.withholdLenses(next?.uri);
    changed.fire();
    mark();
    void vscode.commands.executeCommand('setContext', 'vela.tradeShown', next !== undefined);
  };
  const show = async (uri: vscode.Uri, number: number) => {
    const bars = await session.ask('vela/trade', { uri: uri.toString(), trade: number });
    if (bars === undefined) return;
    if ('unavailable' in bars) {
      void vscode.window.showInformationMessage(bars.unavailable);
      return;
    }
    const editor = await editorOf(uri);
    const isHere = bars.rule !== undefined && (bars.rule.uri === '' || bars.rule.uri === uri.toString());
    const rule = bars.rule !== undefined && isHere ? toRange(bars.rule.range) : undefined;
    set({ uri: uri.toString(), bars, rule });
    if (rule !== undefined) editor.revealRange(rule, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  };

  const command = async (given: unknown, trade: unknown) => {
    const uri = chosenStrategy(given);
    if (uri === undefined) return;
    if (typeof trade === 'number') {
      await show(uri, trade);
      return;
    }
    const rows = await session.ask('vela/trades', { uri: uri.toString() });
    if (rows === undefined) return;
    if ('unavailable' in rows) void vscode.window.showInformationMessage(rows.unavailable);
    else if (rows.length === 0) void vscode.window.showInformationMessage('The strategy made no trade.');
    else choose(rows, ({ number }) => show(uri, number));
  };

  return vscode.Disposable.from(
    ruleLine,
    changed,
    vscode.languages.registerCodeLensProvider(DOCUMENTS, lenses),
    vscode.commands.registerCommand('vela.showTrade', command),
    vscode.commands.registerCommand('vela.hideTrade', () => set(undefined)),
    vscode.window.onDidChangeVisibleTextEditors(mark),
    // One provider that has changed makes the editor ask all of them: the server's, too.
    vscode.workspace.onDidChangeConfiguration(change => {
      if (change.affectsConfiguration('vela.codeLens')) changed.fire();
    }),
    // They are values of a strategy that is no longer this one.
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && document.uri.toString() === shown?.uri) set(undefined);
    }),
  );
}

function lensesOf({ uri, bars, rule }: Shown): vscode.CodeLens[] {
  const { number } = bars.trade;
  const top = rule ?? new vscode.Range(0, 0, 0, 0);
  const lens = (range: vscode.Range, title: string, command = '', words: readonly unknown[] = []) =>
    new vscode.CodeLens(range, { title, command, arguments: [...words] });
  return [
    ...barLines(bars).map(({ range, text }) => lens(toRange(range), text)),
    lens(top, tradeTitle(bars)),
    ...(number > 0 ? [lens(top, 'previous', 'vela.showTrade', [uri, number - 1])] : []),
    lens(top, 'next', 'vela.showTrade', [uri, number + 1]),
    lens(top, 'hide', 'vela.hideTrade'),
    lens(top, tradeStory(bars)),
  ];
}

/** Latest trades first; moving through the list already shows each. */
function choose(rows: readonly TradeRow[], look: (row: TradeRow) => Promise<void>): void {
  const picker = vscode.window.createQuickPick<vscode.QuickPickItem & { readonly row: TradeRow }>();
  picker.title = 'Trades of the latest backtest';
  picker.placeholder = 'Move through the trades to see the values that made them';
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.items = rows.toReversed().map(row => ({ ...tradeLabel(row), row }));
  let turn = 0;
  picker.onDidChangeActive(([item]) => {
    const mine = ++turn;
    // Not each of those that are only passed on the way.
    setTimeout(() => {
      if (item !== undefined && mine === turn) void look(item.row);
    }, 60);
  });
  picker.onDidAccept(() => picker.hide());
  picker.onDidHide(() => picker.dispose());
  picker.show();
}

async function editorOf(uri: vscode.Uri): Promise<vscode.TextEditor> {
  const visible = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  return visible ?? (await vscode.window.showTextDocument(uri, { preserveFocus: true }));
}

function toRange({ start, end }: NonNullable<TradeBars['rule']>['range']): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}
