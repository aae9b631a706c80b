/**
 * The language server: the protocol on one side, pure features on the other. Each feature is a function of an analysed
 * document and a position; here they are only given names of the protocol and the documents they speak of.
 */
import {
  type Connection,
  ErrorCodes,
  type InitializeResult,
  ResponseError,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import type { Tree } from '../../language/syntax/tree.ts';
import { type Analysis, Document } from './document.ts';
import { editorDiagnostics } from './features/diagnostics.ts';
import { formatting } from './features/formatting.ts';
import { definition, highlights, references, renamable, rename } from './features/navigation.ts';
import { Workspace } from './workspace.ts';

export interface ServerParts {
  readonly library: readonly Tree[];
  readonly version: string;
}

/** Serves one editor over a connection until it ends. */
export function serve(connection: Connection, { library, version }: ServerParts): void {
  const workspace = new Workspace(library);
  const { documents } = workspace;

  connection.onInitialize(
    (): InitializeResult => ({
      serverInfo: { name: 'vela', version },
      capabilities: {
        positionEncoding: 'utf-16',
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
        definitionProvider: true,
        referencesProvider: true,
        documentHighlightProvider: true,
        renameProvider: { prepareProvider: true },
        documentFormattingProvider: true,
      },
    }),
  );

  // ---------------------------------------------------------------- documents

  const publish = (document: Document) => {
    const diagnostics = editorDiagnostics(document, workspace.analysis(document));
    void connection.sendDiagnostics({ uri: document.uri, version: document.version, diagnostics });
  };
  const waiting = new Map<string, NodeJS.Immediate>();
  /** After the edits that have arrived already: of a burst of them, only the last one is checked. */
  const publishSoon = (document: Document) => {
    clearImmediate(waiting.get(document.uri));
    waiting.set(
      document.uri,
      setImmediate(() => {
        waiting.delete(document.uri);
        if (documents.get(document.uri) === document) publish(document);
      }),
    );
  };
  const changed = (document: Document) => {
    publishSoon(document);
    for (const dependent of workspace.dependents(document.uri)) {
      dependent.forget();
      publishSoon(dependent);
    }
  };

  connection.onDidOpenTextDocument(({ textDocument: { uri, languageId, version: at, text } }) => {
    const document = new Document(uri, languageId, at, text);
    documents.set(uri, document);
    changed(document);
  });
  connection.onDidChangeTextDocument(({ textDocument: { uri, version: at }, contentChanges }) => {
    const document = documents.get(uri);
    if (document === undefined) return;
    document.change(contentChanges, at);
    changed(document);
  });
  connection.onDidCloseTextDocument(({ textDocument: { uri } }) => {
    documents.delete(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });

  // ---------------------------------------------------------------- features

  /** A request about a document that is not open has no answer; editors take that as "nothing there". */
  const inDocument = <Asked extends { readonly textDocument: { readonly uri: string } }, Answer>(
    answer: (document: Document, analysis: Analysis, asked: Asked) => Answer,
  ) => {
    return (asked: Asked): Answer | null => {
      const document = documents.get(asked.textDocument.uri);
      return document === undefined ? null : answer(document, workspace.analysis(document), asked);
    };
  };

  connection.onDefinition(
    inDocument(
      (document, analysis, { position }) =>
        definition(document, analysis, document.offsetAt(position), library) ?? null,
    ),
  );
  connection.onReferences(
    inDocument((document, analysis, { position, context }) =>
      references(document, analysis, document.offsetAt(position), context.includeDeclaration),
    ),
  );
  connection.onDocumentHighlight(
    inDocument((document, analysis, { position }) => highlights(document, analysis, document.offsetAt(position))),
  );
  connection.onPrepareRename(
    inDocument(
      (document, analysis, { position }) => renamable(document, analysis, document.offsetAt(position)) ?? null,
    ),
  );
  connection.onRenameRequest(
    inDocument((document, analysis, { position, newName }) => {
      const renaming = rename(document, analysis, document.offsetAt(position), newName);
      if ('refused' in renaming) throw new ResponseError(ErrorCodes.InvalidParams, renaming.refused);
      return renaming.edit;
    }),
  );
  connection.onDocumentFormatting(inDocument(document => formatting(document)));

  connection.listen();
}
