/** The address of a strategy's other spelling, as a file and as a document on no disk. */
import * as vscode from 'vscode';

export const TWIN = 'vela-twin';

/** `a/dip.vela` ⇄ `a/dip.yaml`. */
export function twinPath(path: string): string {
  if (/\.vela$/i.test(path)) return path.replace(/\.vela$/i, '.yaml');
  if (/\.ya?ml$/i.test(path)) return path.replace(/(\.vela)?\.ya?ml$/i, '.vela');
  return `${path}.yaml`;
}

/** Named so that nobody takes it for the file; the strategy's own address travels in the query. */
export function twinUri(strategy: vscode.Uri): vscode.Uri {
  const path = twinPath(strategy.path).replace(/\.(\w+)$/, ' (preview).$1');
  return vscode.Uri.from({ scheme: TWIN, path, query: strategy.toString() });
}

export function isOfTwin(twin: vscode.Uri): vscode.Uri {
  return vscode.Uri.parse(twin.query, true);
}
