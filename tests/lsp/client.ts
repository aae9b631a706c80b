/**
 * An editor for tests: speaks the Language Server Protocol over standard input and output to a server of its own. It keeps
 * the text of its documents as an editor does, and knows what the server has told it of each.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic, Position, Range, TextEdit, WorkspaceEdit } from 'vscode-languageserver-types';

export interface Options {
  /** The program and its arguments before `lsp`. */
  readonly program: readonly string[];
  readonly folder: string;
  readonly initializationOptions?: unknown;
  readonly settings?: unknown;
  readonly capabilities?: object;
  readonly environment?: NodeJS.ProcessEnv;
}

export interface Published {
  readonly version: number;
  readonly diagnostics: readonly Diagnostic[];
}

export class Editor {
  readonly server: ChildProcessWithoutNullStreams;
  readonly connection: MessageConnection;
  readonly documents = new Map<string, TextDocument>();
  readonly published = new Map<string, Published>();
  readonly statuses: { uri: string; version: number; status: { state: string; [more: string]: unknown } }[] = [];
  readonly shown: string[] = [];
  capabilities: Record<string, unknown> = {};
  lensRefreshes = 0;
  stderr = '';
  private readonly folder: string;
  private readonly waiting = new Set<() => void>();

  private constructor({ program, folder, environment, settings }: Options) {
    const [command = '', ...before] = program;
    this.folder = folder;
    this.server = spawn(command, [...before, 'lsp', '--stdio'], {
      cwd: folder,
      env: { ...process.env, ...environment },
    });
    this.server.stderr.on('data', text => {
      this.stderr += String(text);
    });
    this.connection = createMessageConnection(
      new StreamMessageReader(this.server.stdout),
      new StreamMessageWriter(this.server.stdin),
    );
    this.connection.onNotification('textDocument/publishDiagnostics', ({ uri, version, diagnostics }) => {
      this.published.set(uri, { version, diagnostics });
      this.wake();
    });
    this.connection.onNotification('vela/status', told => {
      this.statuses.push(told);
      this.wake();
    });
    this.connection.onRequest('workspace/configuration', ({ items }: { items: readonly unknown[] }) =>
      items.map(() => settings ?? {}),
    );
    this.connection.onRequest('client/registerCapability', () => null);
    this.connection.onRequest('workspace/codeLens/refresh', () => {
      this.lensRefreshes++;
      this.wake();
      return null;
    });
    this.connection.onRequest('workspace/inlayHint/refresh', () => null);
    this.connection.onRequest('window/showDocument', ({ uri }: { uri: string }) => {
      this.shown.push(uri);
      return { success: true };
    });
    this.connection.listen();
  }

  static async start(options: Options): Promise<Editor> {
    const editor = new Editor(options);
    const uri = pathToFileURL(options.folder).href;
    const { capabilities } = await editor.connection.sendRequest<{ capabilities: Record<string, unknown> }>(
      'initialize',
      {
        processId: process.pid,
        rootUri: uri,
        workspaceFolders: [{ uri, name: 'test' }],
        capabilities: options.capabilities ?? CAPABILITIES,
        initializationOptions: options.initializationOptions,
      },
    );
    editor.capabilities = capabilities;
    await editor.connection.sendNotification('initialized', {});
    return editor;
  }

  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>(resolve => this.server.once('exit', resolve));
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    const code = await ended;
    this.connection.dispose();
    return code;
  }

  uri(file: string): string {
    return pathToFileURL(`${this.folder}/${file}`).href;
  }

  // ---------------------------------------------------------------- documents

  async open(file: string, text: string, languageId = /\.ya?ml$/.test(file) ? 'yaml' : 'vela'): Promise<string> {
    const uri = this.uri(file);
    this.documents.set(uri, TextDocument.create(uri, languageId, 1, text));
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    });
    return uri;
  }

  async close(uri: string): Promise<void> {
    this.documents.delete(uri);
    await this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  text(uri: string): string {
    return this.document(uri).getText();
  }

  private document(uri: string): TextDocument {
    const document = this.documents.get(uri);
    if (document === undefined) throw new Error(`${uri} is not open`);
    return document;
  }

  /** Replaces a stretch of the text, by offsets, as one incremental change. */
  async replace(uri: string, start: number, end: number, text: string): Promise<void> {
    const document = this.document(uri);
    const range = { start: document.positionAt(start), end: document.positionAt(end) };
    await this.change(uri, [{ range, text }]);
  }

  async change(
    uri: string,
    contentChanges: readonly ({ range: Range; text: string } | { text: string })[],
  ): Promise<void> {
    const document = this.document(uri);
    const version = document.version + 1;
    this.documents.set(uri, TextDocument.update(document, [...contentChanges], version));
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges,
    });
  }

  /** Applies edits as an editor would, also to documents that are not open (they are given back by address). */
  applied(edit: WorkspaceEdit, read: (uri: string) => string): Map<string, string> {
    const texts = new Map<string, string>();
    for (const [uri, edits] of Object.entries(edit.changes ?? {}))
      texts.set(uri, withEdits(this.documents.get(uri)?.getText() ?? read(uri), edits));
    return texts;
  }

  edited(uri: string, edits: readonly TextEdit[]): string {
    return withEdits(this.text(uri), edits);
  }

  /** Of the n-th place at which a text stands, `after` of its characters in. */
  at(uri: string, text: string, after = 0, nth = 0): Position {
    let at = -1;
    for (let count = 0; count <= nth; count++) at = this.text(uri).indexOf(text, at + 1);
    if (at < 0) throw new Error(`no ${JSON.stringify(text)}`);
    return this.document(uri).positionAt(at + after);
  }

  textOf(uri: string, range: Range): string {
    return this.document(uri).getText(range);
  }

  // ---------------------------------------------------------------- requests

  ask<Answer>(method: string, uri: string, more: object = {}): Promise<Answer> {
    return this.connection.sendRequest<Answer>(method, { textDocument: { uri }, ...more });
  }

  /** Diagnostics of the present version, once they are there. */
  async diagnostics(uri: string): Promise<readonly Diagnostic[]> {
    const version = this.documents.get(uri)?.version;
    await this.until(() => this.published.get(uri)?.version === version);
    return this.published.get(uri)?.diagnostics ?? [];
  }

  async until(holds: () => boolean, timeoutMs = 60_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!holds()) {
      if (Date.now() > end) throw new Error(`waited too long\n${this.stderr}`);
      await new Promise<void>(resolve => {
        const woken = () => {
          clearTimeout(timer);
          this.waiting.delete(woken);
          resolve();
        };
        const timer = setTimeout(woken, 100);
        this.waiting.add(woken);
      });
    }
  }

  private wake(): void {
    for (const woken of [...this.waiting]) woken();
  }
}

function withEdits(text: string, edits: readonly TextEdit[]): string {
  return TextDocument.applyEdits(TextDocument.create('', '', 0, text), [...edits]);
}

/** What VS Code can do, as far as the server asks. */
export const CAPABILITIES = {
  workspace: {
    configuration: true,
    workspaceFolders: true,
    didChangeWatchedFiles: { dynamicRegistration: true },
    didChangeConfiguration: { dynamicRegistration: true },
    workspaceEdit: { documentChanges: true, resourceOperations: ['create', 'rename', 'delete'] },
    codeLens: { refreshSupport: true },
    inlayHint: { refreshSupport: true },
  },
  textDocument: {
    completion: {
      completionItem: {
        snippetSupport: true,
        documentationFormat: ['markdown'],
        resolveSupport: { properties: ['documentation'] },
      },
    },
    hover: { contentFormat: ['markdown'] },
  },
  window: { showDocument: { support: true } },
};
