/** What the editor can do and wants, read from what it says of itself. */
import type { InitializeParams } from 'vscode-languageserver/node';
import type { EditorOptions, Settings } from './protocol.ts';

export interface Client {
  readonly options: EditorOptions;
  readonly hasConfiguration: boolean;
  readonly registersConfiguration: boolean;
  readonly hasFolders: boolean;
  readonly watchesFiles: boolean;
  readonly createsFiles: boolean;
  readonly refreshesLenses: boolean;
  readonly refreshesHints: boolean;
  readonly showsDocuments: boolean;
  readonly resolvesSnippets: boolean;
}

export function clientOf({ capabilities, initializationOptions }: InitializeParams): Client {
  const { workspace, textDocument, window } = capabilities;
  return {
    options: isRecord(initializationOptions) ? initializationOptions : {},
    hasConfiguration: workspace?.configuration === true,
    registersConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    hasFolders: workspace?.workspaceFolders === true,
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    createsFiles: workspace?.workspaceEdit?.resourceOperations?.includes('create') === true,
    refreshesLenses: workspace?.codeLens?.refreshSupport === true,
    refreshesHints: workspace?.inlayHint?.refreshSupport === true,
    showsDocuments: window?.showDocument?.support === true,
    resolvesSnippets: textDocument?.completion?.completionItem?.snippetSupport === true,
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, never>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Settings as an editor sent them: what has not the shape it should have counts as not said. */
export function settingsOf(value: unknown): Settings {
  if (!isRecord(value)) return {};
  const text = (key: string) =>
    typeof value[key] === 'string' && value[key] !== '' ? { [key]: value[key] as string } : {};
  const flag = (key: string) => (typeof value[key] === 'boolean' ? { [key]: value[key] as boolean } : {});
  const list = (key: string) => {
    const given: unknown = value[key];
    const items =
      typeof given === 'string' ? [given] : Array.isArray(given) ? given.filter(one => typeof one === 'string') : [];
    const paths = items.filter(one => one !== '');
    return paths.length === 0 ? {} : { [key]: paths };
  };
  const capital: unknown = value.capital;
  const hints: unknown = value.inlayHints;
  return {
    ...list('data'),
    ...list('mark'),
    ...list('funding'),
    ...text('market'),
    ...text('config'),
    ...text('from'),
    ...text('to'),
    ...text('maxGap'),
    ...flag('simulate'),
    ...flag('runs'),
    ...flag('sensitivity'),
    ...(typeof capital === 'number' && capital > 0 && { capital }),
    ...(isRecord(hints) && { inlayHints: hints }),
  };
}
