/** Pages beside strategies, one a strategy and kind: opened once, brought to the front after that. */
import * as vscode from 'vscode';
import { type Look, messagePage } from './page.ts';
import { sentence } from './session.ts';
import { besideOf } from './strategy.ts';

export interface Panels extends vscode.Disposable {
  /** Opens the page of a strategy, or brings it to the front, and fills it. */
  readonly show: (uri: vscode.Uri) => Promise<void>;
  /** Fills the page anew where it is in sight; later, where it is not. */
  readonly refresh: (uri: string) => void;
}

export interface PanelKind {
  readonly viewType: string;
  readonly title: (uri: vscode.Uri) => string;
  /** A whole page, or a sentence to show instead. */
  readonly page: (uri: vscode.Uri, look: Look) => Promise<{ readonly html: string } | { readonly unavailable: string }>;
  readonly received?: (uri: vscode.Uri, message: unknown) => void;
}

/** Results come in bursts while somebody types. */
const REFRESH_AFTER_MS = 400;

export function createPanels({ viewType, title, page, received }: PanelKind, extension: vscode.Uri): Panels {
  const icon = {
    light: vscode.Uri.joinPath(extension, 'icons/file-light.svg'),
    dark: vscode.Uri.joinPath(extension, 'icons/file-dark.svg'),
  };
  const open = new Map<
    string,
    { readonly panel: vscode.WebviewPanel; readonly uri: vscode.Uri; stale: boolean; filling: number }
  >();
  const timers = new Map<string, NodeJS.Timeout>();

  const fill = async (key: string) => {
    const shown = open.get(key);
    if (shown === undefined) return;
    shown.stale = false;
    const turn = ++shown.filling;
    const look = presentLook();
    const answer = await page(shown.uri, look).catch(error => ({
      unavailable: `This cannot be shown: ${sentence(error)}`,
    }));
    // Closed meanwhile, or filled with something newer.
    if (open.get(key) !== shown || shown.filling !== turn) return;
    shown.panel.webview.html = 'html' in answer ? answer.html : messagePage(answer.unavailable, look);
  };
  const show = async (uri: vscode.Uri) => {
    const key = uri.toString();
    const there = open.get(key);
    if (there !== undefined) {
      there.panel.reveal(undefined, true);
      await fill(key);
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      viewType,
      title(uri),
      { viewColumn: besideOf(uri), preserveFocus: true },
      // Nothing of the disk: pages carry all they need.
      { enableScripts: true, localResourceRoots: [] },
    );
    panel.iconPath = icon;
    open.set(key, { panel, uri, stale: false, filling: 0 });
    panel.webview.html = messagePage('…', presentLook());
    panel.webview.onDidReceiveMessage(message => received?.(uri, message));
    panel.onDidChangeViewState(() => {
      if (panel.visible && open.get(key)?.stale) void fill(key);
    });
    panel.onDidDispose(() => open.delete(key));
    await fill(key);
  };
  const refresh = (key: string) => {
    const shown = open.get(key);
    if (shown === undefined) return;
    if (!shown.panel.visible) {
      shown.stale = true;
      return;
    }
    clearTimeout(timers.get(key));
    timers.set(
      key,
      setTimeout(() => {
        timers.delete(key);
        void fill(key);
      }, REFRESH_AFTER_MS),
    );
  };
  const themes = vscode.window.onDidChangeActiveColorTheme(() => [...open.keys()].forEach(refresh));
  return {
    show,
    refresh,
    dispose: () => {
      themes.dispose();
      for (const timer of timers.values()) clearTimeout(timer);
      for (const { panel } of open.values()) panel.dispose();
    },
  };
}

function presentLook(): Look {
  const { kind } = vscode.window.activeColorTheme;
  return { dark: kind === vscode.ColorThemeKind.Dark || kind === vscode.ColorThemeKind.HighContrast };
}
