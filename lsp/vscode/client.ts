/** The client that VS Code's own library makes of our wishes. Loaded with the first strategy: it is most of the extension. */
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  TransportKind,
} from 'vscode-languageclient/node';
import type { EditorOptions } from '../server/protocol.ts';

export type Client = Pick<
  LanguageClient,
  'start' | 'stop' | 'dispose' | 'needsStop' | 'sendRequest' | 'onNotification'
>;

export interface ClientParts {
  /** Of a program to start instead of our own; empty for that one. */
  readonly path: string;
  /** Our own: a module for the editor's Node. */
  readonly module: string;
  readonly documents: LanguageClientOptions['documentSelector'];
  readonly output: vscode.LogOutputChannel;
  readonly wantsLenses: (document: vscode.TextDocument) => boolean;
}

const MOST_RESTARTS = 4;

export function createClient(parts: ClientParts): Client {
  return new LanguageClient('vela', 'Vela', serverOptions(parts), clientOptions(parts));
}

/**
 * The program inside the extension runs on the editor's own Node, over its channel between processes: it needs no Node
 * of the user's, and nothing that is printed by accident can disturb the messages.
 */
function serverOptions({ path, module }: ClientParts): ServerOptions {
  if (path === '' || /\.[cm]?js$/.test(path))
    return { module: path === '' ? module : path, args: ['lsp'], transport: TransportKind.ipc };
  const options = { shell: process.platform === 'win32' };
  return { command: path, args: ['lsp'], transport: TransportKind.stdio, options };
}

function clientOptions({ documents, output, wantsLenses }: ClientParts): LanguageClientOptions {
  const initializationOptions: EditorOptions = { virtualDocuments: true, ownCommands: true };
  let restarts = 0;
  return {
    ...(documents && { documentSelector: documents }),
    initializationOptions,
    outputChannel: output,
    traceOutputChannel: output,
    diagnosticCollectionName: 'vela',
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/*.{vela,yaml,yml}') },
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue }),
      closed: () =>
        restarts++ < MOST_RESTARTS
          ? { action: CloseAction.Restart }
          : {
              action: CloseAction.DoNotRestart,
              message:
                "Vela's language server has ended several times. `Vela: Restart Language Server` starts it again.",
            },
    },
    middleware: {
      provideCodeLenses: (document, token, next) => (wantsLenses(document) ? next(document, token) : []),
    },
  };
}
