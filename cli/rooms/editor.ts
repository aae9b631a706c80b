/** The language server, put together: its connection to the editor, the standard library, the program's version. */
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createConnection, IPCMessageReader, IPCMessageWriter, ProposedFeatures } from 'vscode-languageserver/node';
import { serve } from '../../lsp/server/server.ts';
import { defaultCacheDir } from '../../runtime/data/cache.ts';
import { libraryTrees } from '../../stdlib/trees.ts';
import { startRunner } from '../editor/runner.ts';
import { pageOf } from '../explain/pages.ts';
import { schemaText } from '../schema.ts';
import { VERSION } from '../version.ts';

/** Returns when the editor has ended the connection. */
export async function serveEditor(over: 'stdio' | 'ipc'): Promise<void> {
  const connection =
    over === 'ipc'
      ? createConnection(ProposedFeatures.all, new IPCMessageReader(process), new IPCMessageWriter(process))
      : // Given the streams themselves, it ends with them: an editor that died leaves no server behind.
        createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  const program = process.argv[1] ?? '';
  const cacheFolder = resolve((await defaultCacheDir()) ?? join(tmpdir(), 'vela'));
  serve(connection, {
    library: libraryTrees(),
    version: VERSION,
    schema: JSON.parse(schemaText()),
    cacheFolder,
    pageOf,
    startRunner: tell => startRunner(program, tell),
  });
  await new Promise<void>(done => connection.onExit(() => done()));
}
