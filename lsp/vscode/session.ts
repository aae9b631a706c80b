/**
 * The connection to the language server: started with the first strategy, started anew when the user asks or another
 * server is chosen.
 */
import * as vscode from 'vscode';
import type { Notifications, Requests, RunStatus } from '../server/protocol.ts';
import type { Client } from './client.ts';

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
  ) => Promise<Requests[Name]['answer'] | undefined>;
  /** The server's lenses of this strategy are left out, for others stand in their place. */
  readonly withholdLenses: (uri: string | undefined) => void;
}

/** What the server is told of. */
export const DOCUMENTS = ['vela', 'yaml'].flatMap(language =>
  ['file', 'untitled'].map(scheme => ({ scheme, language })),
);

export function createSession(context: vscode.ExtensionContext): Session {
  const output = vscode.window.createOutputChannel('Vela', { log: true });
  const told = new vscode.EventEmitter<Told>();
  const ready = new vscode.EventEmitter<void>();
  const statuses = new Map<string, RunStatus>();
  let client: Client | undefined;
  let started: Promise<void> | undefined;
  let withheld: string | undefined;

  const begin = async () => {
    const { createClient } = await import('./client.ts');
    const path = serverPath();
    if (path !== '') output.info(`starting ${path}`);
    const fresh = createClient({
      path,
      module: context.asAbsolutePath('server/vela.js'),
      documents: DOCUMENTS,
      output,
      wantsLenses: ({ uri }) =>
        uri.toString() !== withheld && vscode.workspace.getConfiguration('vela', uri).get('codeLens', true),
    });
    client = fresh;
    fresh.onNotification('vela/status', ({ uri, status }: Notifications['vela/status']) => {
      statuses.set(uri, status);
      told.fire({ uri, status });
    });
    await fresh.start();
    ready.fire();
  };
  const start = () => {
    started ??= begin().catch(error => {
      output.error(error);
      started = undefined;
      void complain(`Vela's language server does not start: ${sentence(error)}`);
    });
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
  const complain = async (message: string) => {
    const choice = await vscode.window.showErrorMessage(message, 'Restart', 'Show output');
    if (choice === 'Restart') await restart();
    if (choice === 'Show output') output.show();
  };

  const subscriptions = vscode.Disposable.from(
    told,
    ready,
    output,
    vscode.workspace.onDidChangeConfiguration(change => {
      if (started !== undefined && change.affectsConfiguration('vela.server.path')) void restart();
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => statuses.delete(uri.toString())),
  );
  return {
    output,
    onStatus: told.event,
    onReady: ready.event,
    statusOf: uri => statuses.get(uri.toString()),
    start,
    restart,
    ask: async (name, sent) => {
      start();
      await started;
      if (client === undefined) return undefined;
      try {
        return await client.sendRequest(name, sent);
      } catch (error) {
        output.error(`${name}: ${sentence(error)}`);
        void complain(`Vela: ${sentence(error)}`);
        return undefined;
      }
    },
    withholdLenses: uri => {
      withheld = uri;
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

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
