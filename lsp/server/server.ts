/**
 * The language server: the protocol on one side, pure features on the other. Each feature is a function of an analysed
 * document and a position; here they are only given names of the protocol and the documents they speak of.
 */
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  ErrorCodes,
  type InitializeResult,
  ResponseError,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import type { Tree } from '../../language/syntax/tree.ts';
import { type FolderOfDocuments, isDocumentName } from './configurations.ts';
import { type Analysis, Document } from './document.ts';
import { type AskedActions, codeActions } from './features/actions.ts';
import { incomingCalls, outgoingCalls, prepareCalls } from './features/calls.ts';
import { completion, type ItemData, resolveCompletion } from './features/completion.ts';
import { configurationActions, configurationDiagnostics } from './features/configuration.ts';
import { twinOf } from './features/convert.ts';
import { editorDiagnostics } from './features/diagnostics.ts';
import { formatting, formattingOnType } from './features/formatting.ts';
import { inlayHints } from './features/hints.ts';
import { hover } from './features/hover.ts';
import { codeLenses } from './features/lenses.ts';
import {
  type Around,
  definition,
  highlights,
  type KnownFile,
  references,
  renamable,
  rename,
} from './features/navigation.ts';
import { documentLinks, documentSymbols, foldingRanges, SYMBOL_KINDS, selectionRange } from './features/outline.ts';
import { signatureHelp } from './features/signature.ts';
import { semanticTokens, TOKEN_MODIFIERS, TOKEN_TYPES } from './features/tokens.ts';
import { explainWarmup, graphOf } from './features/views.ts';
import { type Client, clientOf, settingsOf } from './options.ts';
import { Places } from './places.ts';
import {
  COMMANDS,
  type OfDocument,
  type Requests,
  type RunStatus,
  type Settings,
  type Unavailable,
} from './protocol.ts';
import { RunKeeper } from './run_keeper.ts';
import type { StartRunner } from './runs.ts';
import { isStrategy, pathOf, Workspace } from './workspace.ts';

export interface ServerParts {
  readonly library: readonly Tree[];
  readonly version: string;
  /** The JSON Schema of the YAML form. */
  readonly schema: unknown;
  /** Where files are written that an editor cannot ask for. */
  readonly cacheFolder: string;
  /** What runs strategies while they are written; without it nothing is run. */
  readonly startRunner?: StartRunner;
  /** The page of a code, where the manual has one. */
  readonly pageOf?: (code: string) => string | undefined;
}

function trainedText(count: number): string {
  return count === 0
    ? 'Nothing was left to train.'
    : `${count} ${count === 1 ? 'version was' : 'versions were'} trained.`;
}

/** Serves one editor over a connection until it ends. */
export function serve(connection: Connection, parts: ServerParts): void {
  const { library, version, schema, cacheFolder, pageOf } = parts;
  const workspace = new Workspace(library);
  const { documents } = workspace;
  let client: Client = clientOf({ capabilities: {}, processId: null, rootUri: null, workspaceFolders: null });
  let settings: Settings = {};
  /** Nothing is run before it is known on what. */
  let hasSettings = false;
  let noteSettings: () => void = () => undefined;
  const settingsKnown = new Promise<void>(resolve => {
    noteSettings = resolve;
  });
  let places = new Places(library, version, cacheFolder, pageOf);

  const around: Around = {
    library,
    placeOf: source => places.ofLibrary(source),
    module: (document, path) => workspace.module(document, path),
    users: document => workspace.users(document),
    twin: document => workspace.twin(document),
  };

  connection.onInitialize((params): InitializeResult => {
    client = clientOf(params);
    settings = settingsOf(client.options.settings);
    workspace.configurationFolder = settings.config;
    hasSettings = !client.hasConfiguration;
    if (hasSettings) noteSettings();
    places = new Places(library, version, client.options.virtualDocuments === true ? undefined : cacheFolder, pageOf);
    const folders = params.workspaceFolders?.map(({ uri }) => uri) ?? (params.rootUri == null ? [] : [params.rootUri]);
    workspace.roots = folders.flatMap(uri => pathOf(uri) ?? []);
    return {
      serverInfo: { name: 'vela', version },
      capabilities: {
        positionEncoding: 'utf-16',
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
        hoverProvider: true,
        completionProvider: { triggerCharacters: ['.', ':', '(', ' ', '"', '{', '@'], resolveProvider: true },
        signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: ['='] },
        definitionProvider: true,
        referencesProvider: true,
        documentHighlightProvider: true,
        documentSymbolProvider: true,
        workspaceSymbolProvider: true,
        renameProvider: { prepareProvider: true },
        documentFormattingProvider: true,
        documentRangeFormattingProvider: true,
        documentOnTypeFormattingProvider: { firstTriggerCharacter: '\n', moreTriggerCharacter: ['}'] },
        codeActionProvider: {
          codeActionKinds: ['quickfix', 'refactor.extract', 'refactor.inline', 'refactor.rewrite', 'source.fixAll'],
        },
        codeLensProvider: { resolveProvider: false },
        foldingRangeProvider: true,
        selectionRangeProvider: true,
        documentLinkProvider: { resolveProvider: false },
        callHierarchyProvider: true,
        inlayHintProvider: true,
        semanticTokensProvider: {
          legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
          full: true,
          range: true,
        },
        ...(client.options.ownCommands !== true && { executeCommandProvider: { commands: Object.values(COMMANDS) } }),
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  });

  connection.onInitialized(async () => {
    if (client.hasFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.flatMap(({ uri }) => pathOf(uri) ?? []));
        workspace.roots = [
          ...workspace.roots.filter(root => !gone.has(root)),
          ...added.flatMap(({ uri }) => pathOf(uri) ?? []),
        ];
        workspace.filesChanged();
      });
    }
    if (client.watchesFiles) {
      await connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: [{ globPattern: '**/*.{vela,yaml,yml}' }],
      });
    }
    if (client.registersConfiguration)
      await connection.client.register(DidChangeConfigurationNotification.type, { section: 'vela' });
    if (client.hasConfiguration) await readSettings();
  });

  const readSettings = async () => {
    const asked = settingsOf(await connection.workspace.getConfiguration('vela'));
    take({ ...settingsOf(client.options.settings), ...asked });
    if (client.refreshesHints) connection.languages.inlayHint.refresh();
  };
  const take = (given: Settings) => {
    const isElsewhere = workspace.configurationFolder !== given.config;
    settings = given;
    workspace.configurationFolder = given.config;
    hasSettings = true;
    noteSettings();
    for (const document of documents.values()) {
      // Under another configuration a strategy may have other mistakes; else only what it is run on is another.
      if (isElsewhere || !isReady(document)) publishSoon(document);
      else if (isStrategy(document)) runs.changed(document);
    }
  };
  connection.onDidChangeConfiguration(async ({ settings: given }: { settings: unknown }) => {
    if (client.hasConfiguration) await readSettings();
    else take(settingsOf((given as { readonly vela?: unknown } | null)?.vela));
  });

  // ---------------------------------------------------------------- documents

  const runs = new RunKeeper(parts.startRunner, {
    settings: () => settings,
    folderOf: document => workspace.projectOf(document),
    configurationOf: document => workspace.configuration(document),
    document: uri => documents.get(uri),
    modulesOf: document => [...workspace.analysis(document).modules].map(([path, { source }]) => ({ path, ...source })),
    nameOf: document => pathOf(document.uri) ?? document.uri,
    hasErrors: document =>
      workspace.analysis(document).diagnostics.some(({ severity, code }) => severity === 'error' || code === 'W0190'),
    told: (uri, documentVersion, status: RunStatus) => {
      void connection.sendNotification('vela/status', { uri, version: documentVersion, status });
    },
    shown: () => {
      if (client.refreshesLenses) void connection.sendRequest('workspace/codeLens/refresh');
    },
  });

  const isReady = (document: Document) => workspace.configurations.isReady(workspace.configurationOf(document));
  const publish = (document: Document) => {
    const { uri, version: at } = document;
    if (!isStrategy(document)) {
      // A document of a configuration is told of with its folder.
      if (!isConfiguration(uri)) void connection.sendDiagnostics({ uri, version: at, diagnostics: [] });
      return;
    }
    const folder = workspace.configurationOf(document);
    if (!isReady(document)) {
      void workspace.configurations.load().then(() => publishSoon(document));
      return;
    }
    const diagnostics = editorDiagnostics(document, workspace.analysis(document), places);
    void connection.sendDiagnostics({ uri, version: at, diagnostics });
    publishConfiguration(folder);
    if (hasSettings) runs.changed(document);
  };

  // What stands in a configuration is told once, however many strategies go by it.
  const told = new Map<string, FolderOfDocuments>();
  const toldOf = new Map<string, ReadonlySet<string>>();
  const publishConfiguration = (folder: string) => {
    const found = workspace.configurations.of(folder);
    if (told.get(folder) === found) return;
    told.set(folder, found);
    for (const [uri, examined] of found.documents) {
      const open = documents.get(uri);
      const diagnostics = configurationDiagnostics(examined, places);
      void connection.sendDiagnostics({ uri, ...(open && { version: open.version }), diagnostics });
    }
    for (const uri of toldOf.get(folder) ?? [])
      if (!found.documents.has(uri)) void connection.sendDiagnostics({ uri, diagnostics: [] });
    toldOf.set(folder, new Set(found.documents.keys()));
  };
  const isConfiguration = (uri: string): boolean => {
    const path = pathOf(uri);
    return path !== undefined && isDocumentName(path) && workspace.configurationFolders().has(dirname(path));
  };
  /** A document of a configuration is another, or is there no more: it is told of, and the strategies that go by it. */
  const configurationChanged = (uri: string) => {
    const folder = dirname(pathOf(uri) ?? '');
    void workspace.configurations.load().then(() => {
      publishConfiguration(folder);
      for (const document of documents.values())
        if (isStrategy(document) && workspace.configurationOf(document) === folder) publishSoon(document);
    });
  };
  const waiting = new Map<string, NodeJS.Immediate>();
  /** After the edits that have arrived already (each is handed on in a turn of its own): of a burst only the last counts. */
  const publishSoon = (document: Document) => {
    const { uri } = document;
    clearImmediate(waiting.get(uri));
    const later = (turns: number) => {
      waiting.set(
        uri,
        setImmediate(() => {
          if (turns > 0) {
            later(turns - 1);
            return;
          }
          waiting.delete(uri);
          if (documents.get(uri) === document) publish(document);
        }),
      );
    };
    later(2);
  };
  const changed = (document: Document) => {
    publishSoon(document);
    if (isConfiguration(document.uri)) configurationChanged(document.uri);
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
    clearImmediate(waiting.get(uri));
    waiting.delete(uri);
    runs.forget(uri);
    if (isConfiguration(uri)) configurationChanged(uri);
    else void connection.sendDiagnostics({ uri, diagnostics: [] });
    // Those that use it read it from the disk again.
    for (const dependent of workspace.dependents(uri)) {
      dependent.forget();
      publishSoon(dependent);
    }
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    workspace.filesChanged();
    const outside = changes.filter(({ uri }) => !documents.has(uri));
    for (const { uri } of outside) {
      if (isConfiguration(uri)) configurationChanged(uri);
      for (const dependent of workspace.dependents(uri)) {
        dependent.forget();
        publishSoon(dependent);
      }
    }
  });

  // ---------------------------------------------------------------- features

  /** A request about a document that is not open, or not ours, has no answer; editors take that as "nothing there". */
  const inDocument = <Asked extends { readonly textDocument: { readonly uri: string } }, Answer>(
    answer: (document: Document, analysis: Analysis, asked: Asked) => Answer,
  ) => {
    return (asked: Asked): Answer | null => {
      const document = documents.get(asked.textDocument.uri);
      if (document === undefined || !isStrategy(document)) return null;
      return answer(document, workspace.analysis(document), asked);
    };
  };
  const openFile = ({ uri }: OfDocument): KnownFile | undefined => {
    const document = documents.get(uri);
    return document === undefined || !isStrategy(document) ? undefined : workspace.known(document);
  };
  const NOT_OPEN: Unavailable = { unavailable: 'The strategy is not open in the editor.' };

  connection.onHover(
    inDocument(
      (document, analysis, { position }) =>
        hover(document, analysis, document.offsetAt(position), runs.samples(document.uri), schema) ?? null,
    ),
  );
  const completionParts = (document: Document) => ({ modulePaths: () => workspace.modulePaths(document), schema });
  connection.onCompletion(
    inDocument((document, analysis, { position, context }) => {
      const offset = document.offsetAt(position);
      // A blank asks for words only where one can be said: behind a keyword or an operator, not in the middle of nothing.
      const items = completion(document, analysis, offset, completionParts(document));
      return context?.triggerCharacter === ' ' && items.length > 0 && /\s\s$/.test(document.content.slice(0, offset))
        ? []
        : items;
    }),
  );
  connection.onCompletionResolve(item => {
    const data = item.data as ItemData | undefined;
    const document = data === undefined ? undefined : documents.get(data.uri);
    return resolveCompletion(item, document && workspace.analysis(document));
  });
  connection.onSignatureHelp(
    inDocument(
      (document, analysis, { position }) => signatureHelp(document, analysis, document.offsetAt(position)) ?? null,
    ),
  );
  connection.onDefinition(
    inDocument(
      (document, analysis, { position }) =>
        definition({ document, analysis }, document.offsetAt(position), around) ?? null,
    ),
  );
  connection.onReferences(
    inDocument((document, analysis, { position, context }) =>
      references({ document, analysis }, document.offsetAt(position), context.includeDeclaration, around),
    ),
  );
  connection.onDocumentHighlight(
    inDocument((document, analysis, { position }) => highlights({ document, analysis }, document.offsetAt(position))),
  );
  connection.onPrepareRename(
    inDocument(
      (document, analysis, { position }) =>
        renamable({ document, analysis }, document.offsetAt(position), around) ?? null,
    ),
  );
  connection.onRenameRequest(
    inDocument((document, analysis, { position, newName }) => {
      const renaming = rename({ document, analysis }, document.offsetAt(position), newName, around);
      if ('refused' in renaming) throw new ResponseError(ErrorCodes.InvalidParams, renaming.refused);
      return renaming.edit;
    }),
  );
  connection.onDocumentSymbol(inDocument((document, analysis) => documentSymbols(document, analysis)));
  connection.onWorkspaceSymbol(({ query }, token) => {
    const wanted = query.toLowerCase();
    const found = [];
    for (const uri of workspace.everyFile()) {
      if (token.isCancellationRequested) break;
      const file = workspace.file(uri);
      if (file === undefined || !isStrategy(file.document)) continue;
      const { symbols } = file.analysis.symbols;
      for (const { name, kind, span, owner } of symbols) {
        if (owner !== undefined || !name.toLowerCase().includes(wanted)) continue;
        found.push({ name, kind: SYMBOL_KINDS[kind], location: { uri, range: file.document.rangeOf(span) } });
      }
    }
    return found;
  });
  connection.onFoldingRanges(inDocument((document, analysis) => foldingRanges(document, analysis)));
  connection.onSelectionRanges(
    inDocument((document, analysis, { positions }) =>
      positions.map(position => selectionRange(document, analysis, document.offsetAt(position))),
    ),
  );
  connection.onDocumentLinks(
    inDocument((document, analysis) => documentLinks(document, analysis, path => workspace.moduleUri(document, path))),
  );
  connection.onDocumentFormatting(inDocument(document => formatting(document)));
  connection.onDocumentRangeFormatting(
    inDocument((document, _, { range }) => formatting(document, document.spanOf(range))),
  );
  connection.onDocumentOnTypeFormatting(
    inDocument((document, _, { position, ch }) => formattingOnType(document, document.offsetAt(position), ch)),
  );
  const actionsInStrategy = inDocument(
    (document, analysis, { range, context }: Parameters<Parameters<Connection['onCodeAction']>[0]>[0]) => {
      const asked: AskedActions = {
        range: document.spanOf(range),
        diagnostics: context.diagnostics,
        createsFiles: client.createsFiles,
      };
      const all = codeActions(document, analysis, asked);
      const { only } = context;
      return only === undefined
        ? all.filter(({ kind }) => kind !== 'source.fixAll')
        : all.filter(({ kind = '' }) => only.some(wanted => kind === wanted || kind.startsWith(`${wanted}.`)));
    },
  );
  connection.onCodeAction(asked => {
    const { uri } = asked.textDocument;
    if (!documents.has(uri) || !isConfiguration(uri)) return actionsInStrategy(asked);
    const examined = workspace.configurations.of(dirname(pathOf(uri) ?? '')).documents.get(uri);
    return examined === undefined ? null : configurationActions(uri, examined, asked.range);
  });
  connection.languages.semanticTokens.on(
    inDocument((document, analysis) => semanticTokens(document, analysis)) as never,
  );
  connection.languages.semanticTokens.onRange(
    inDocument(
      (document, analysis, { range }: { range: Parameters<Document['spanOf']>[0]; textDocument: { uri: string } }) =>
        semanticTokens(document, analysis, document.spanOf(range)),
    ) as never,
  );
  connection.languages.inlayHint.on(
    inDocument((document, analysis, { range }) =>
      inlayHints(document, analysis, document.spanOf(range), settings.inlayHints),
    ),
  );
  connection.languages.callHierarchy.onPrepare(
    inDocument((document, analysis, { position }) => prepareCalls(document, analysis, document.offsetAt(position))),
  );
  connection.languages.callHierarchy.onOutgoingCalls(({ item }) => {
    const file = openFile(item);
    return file === undefined ? null : outgoingCalls(file.document, file.analysis, item, around.placeOf);
  });
  connection.languages.callHierarchy.onIncomingCalls(({ item }) => {
    const file = openFile(item);
    return file === undefined ? null : incomingCalls(file.document, file.analysis, item);
  });
  connection.onCodeLens(inDocument((document, analysis) => codeLenses(document, analysis, runs.latest(document.uri))));

  // ---------------------------------------------------------------- beyond the protocol

  const answer = <Name extends keyof Requests>(
    name: Name,
    handle: (sent: Requests[Name]['sent']) => Requests[Name]['answer'] | Promise<Requests[Name]['answer']>,
  ) => {
    connection.onRequest(name, (sent: Requests[Name]['sent']): unknown => {
      if (typeof sent?.uri !== 'string') throw new ResponseError(ErrorCodes.InvalidParams, '`uri` is missing');
      return handle(sent);
    });
  };

  answer('vela/document', ({ uri }) => places.text(uri));
  answer('vela/twin', asked => {
    const file = openFile(asked);
    return file === undefined ? NOT_OPEN : twinOf(file.document);
  });
  answer('vela/graph', asked => {
    const file = openFile(asked);
    return file === undefined ? NOT_OPEN : graphOf(file.analysis);
  });
  answer('vela/warmup', asked => {
    const file = openFile(asked);
    return file === undefined ? NOT_OPEN : explainWarmup(file.analysis);
  });
  answer('vela/train', async asked => {
    await settingsKnown;
    const file = openFile(asked);
    return file === undefined ? NOT_OPEN : runs.train(file.document);
  });
  answer('vela/run', ({ uri }) => runs.latest(uri).status);
  answer('vela/trades', ({ uri }) => {
    const { figures } = runs.latest(uri);
    return figures === undefined ? { unavailable: 'The strategy has not been run yet.' } : figures.trades;
  });
  answer('vela/report', async asked => {
    await settingsKnown;
    const file = openFile(asked);
    return file === undefined ? NOT_OPEN : runs.report(file.document);
  });
  answer('vela/trade', async asked => {
    await settingsKnown;
    const file = openFile(asked);
    return file === undefined ? NOT_OPEN : runs.trade(file.document, asked.trade, file.analysis);
  });

  /** For editors that have no windows of their own for these: a file is written and shown. */
  connection.onExecuteCommand(async ({ command, arguments: given = [] }) => {
    await settingsKnown;
    const [uri] = given as readonly unknown[];
    const file = typeof uri === 'string' ? openFile({ uri }) : undefined;
    if (file === undefined) throw new ResponseError(ErrorCodes.InvalidParams, NOT_OPEN.unavailable);
    const written = await writtenFor(command, file);
    if ('unavailable' in written) {
      connection.window.showInformationMessage(written.unavailable);
      return null;
    }
    const address = pathToFileURL(places.write(written.name, written.text)).href;
    if (client.showsDocuments)
      await connection.window.showDocument({
        uri: address,
        external: written.name.endsWith('.html') || written.name.endsWith('.svg'),
      });
    else connection.window.showInformationMessage(address);
    return { uri: address };
  });
  const writtenFor = async (
    command: string,
    { document, analysis }: KnownFile,
  ): Promise<Unavailable | { readonly name: string; readonly text: string }> => {
    switch (command) {
      case COMMANDS.showReport: {
        const report = await runs.report(document);
        return 'html' in report ? { name: 'report.html', text: report.html } : report;
      }
      case COMMANDS.showGraph: {
        const graph = graphOf(analysis);
        return 'svg' in graph ? { name: 'graph.svg', text: graph.svg } : graph;
      }
      case COMMANDS.explainWarmup: {
        const warmup = explainWarmup(analysis);
        return 'markdown' in warmup ? { name: 'warm-up.md', text: warmup.markdown } : warmup;
      }
      case COMMANDS.train: {
        const trained = await runs.train(document);
        return 'unavailable' in trained ? trained : { unavailable: trainedText(trained.trained) };
      }
      case COMMANDS.getData:
        return { unavailable: 'Name candle files in the setting `vela.data`, or set `vela.simulate` to true.' };
      default:
        return { unavailable: 'Ask for `vela/trades` and `vela/trade`.' };
    }
  };

  connection.onShutdown(() => runs.end());
  connection.listen();
}
