/**
 * The connection to the language server: started with the first strategy, started anew when the user asks or another
 * server is chosen.
 */
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  TransportKind,
} from 'vscode-languageclient/node';
import type { EditorOptions, Notifications, Requests, RunStatus } from '../server/protocol.ts';

export interface Told {
  readonly uri: string;
  readonly status: RunStatus;
}

export interface Session extends vscode.Disposable {
  readonly output: vscode.LogOutputChannel;
  readonly onStatus: vscode.Event<Told>;
  /** The server speaks: for the first time, or after a restart. */
  readonly onReady: vscode.Event<void>;
  /** What was told last of a strategy's run. */
  readonly statusOf: (uri: vscode.Uri) => RunStatus | undefined;
  readonly start: () => void;
  readonly restart: () => Promise<void>;
  /** Waits for the server; a request that it cannot answer is shown to the user and gives nothing. */
  readonly ask: <Name extends keyof Requests>(
    name: Name,
    sent: Requests[Name]['sent'],
    token?: vscode.CancellationToken,
  ) => Promise<Requests[Name]['answer'] | undefined>;
}

const DOCUMENTS = ['vela', 'yaml'].flatMap(language => ['file', 'untitled'].map(scheme => ({ scheme, language })));
const MOST_RESTARTS = 4;

export function createSession(context: vscode.ExtensionContext): Session {
  const output = vscode.window.createOutputChannel('Vela', { log: true });
  const told = new vscode.EventEmitter<Told>();
  const ready = new vscode.EventEmitter<void>();
  const statuses = new Map<string, RunStatus>();
  let client: LanguageClient | undefined;
  let started: Promise<void> | undefined;

  const start = () => {
    started ??= begin().catch(error => {
      output.error(error);
      started = undefined;
      void complain(`Vela's language server does not start: ${sentence(error)}`);
    });
  };
  const begin = async () => {
    const path = serverPath();
    const options = serverOptions(context, path);
    if (path !== '') output.info(`starting ${path}`);
    client = new LanguageClient('vela', 'Vela', options, clientOptions(output));
    client.onNotification('vela/status', ({ uri, status }: Notifications['vela/status']) => {
      statuses.set(uri, status);
      told.fire({ uri, status });
    });
    await client.start();
    ready.fire();
  };
  const end = async () => {
    const ending = client;
    client = undefined;
    started = undefined;
    statuses.clear();
    if (ending?.needsStop()) await ending.stop();
    await ending?.dispose();
  };
  const restart = async () => {
    try {
      await end();
    } catch (error) {
      // One that hangs or is gone cannot be ended in good order; a new one is what was asked for.
      output.warn(sentence(error));
    }
    start();
    await started;
  };

  const subscriptions = vscode.Disposable.from(
    told,
    ready,
    output,
    vscode.workspace.onDidChangeConfiguration(change => {
      if (started !== undefined && change.affectsConfiguration('vela.server.path')) void restart();
      if (change.affectsConfiguration('vela.codeLens')) lensesChanged.fire();
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => statuses.delete(uri.toString())),
  );

  const complain = async (message: string) => {
    const choice = await vscode.window.showErrorMessage(message, 'Restart', 'Show output');
    if (choice === 'Restart') await restart();
    if (choice === 'Show output') output.show();
  };

  return {
    output,
    onStatus: told.event,
    onReady: ready.event,
    statusOf: uri => statuses.get(uri.toString()),
    start,
    restart,
    ask: async (name, sent, token) => {
      start();
      await started;
      if (client === undefined) return undefined;
      try {
        return await client.sendRequest(name, sent, token);
      } catch (error) {
        if (token?.isCancellationRequested) return undefined;
        output.error(`${name}: ${sentence(error)}`);
        void complain(`Vela: ${sentence(error)}`);
        return undefined;
      }
    },
    dispose: () => {
      subscriptions.dispose();
      void end();
    },
  };
}

function serverPath(): string {
  return vscode.workspace.getConfiguration('vela').get('server.path', '').trim();
}

/**
 * The program inside the extension runs on the editor's own Node, over its channel between processes: it needs no Node
 * of the user's, and nothing that is printed by accident can disturb the messages.
 */
function serverOptions(context: vscode.ExtensionContext, path: string): ServerOptions {
  if (path !== '' && !/\.[cm]?js$/.test(path))
    return {
      command: path,
      args: ['lsp'],
      transport: TransportKind.stdio,
      options: { shell: process.platform === 'win32' },
    };
  const module = path === '' ? context.asAbsolutePath('server/vela.js') : path;
  return { module, args: ['lsp'], transport: TransportKind.ipc };
}

const lensesChanged = new vscode.EventEmitter<void>();

function clientOptions(output: vscode.LogOutputChannel): LanguageClientOptions {
  const initializationOptions: EditorOptions = { virtualDocuments: true, ownCommands: true };
  let restarts = 0;
  return {
    documentSelector: DOCUMENTS,
    initializationOptions,
    outputChannel: output,
    traceOutputChannel: output,
    diagnosticCollectionName: 'vela',
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/*.{vela,yaml,yml}') },
    markdown: { isTrusted: { enabledCommands: ['vela.showTrade', 'vela.showReport'] } },
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
      provideCodeLenses: (document, token, next) =>
        vscode.workspace.getConfiguration('vela', document.uri).get('codeLens', true) ? next(document, token) : [],
    },
  };
}

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
