/** The language server, put together: its connection to the editor, the standard library, the program's version. */
import {
  createConnection,
  IPCMessageReader,
  IPCMessageWriter,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { serve } from '../../lsp/server/server.ts';
import { libraryTrees } from '../../stdlib/trees.ts';
import { VERSION } from '../version.ts';

/** Returns when the editor has ended the connection. */
export function serveEditor(over: 'stdio' | 'ipc'): Promise<void> {
  const connection =
    over === 'ipc'
      ? createConnection(ProposedFeatures.all, new IPCMessageReader(process), new IPCMessageWriter(process))
      : createConnection(
          ProposedFeatures.all,
          new StreamMessageReader(process.stdin),
          new StreamMessageWriter(process.stdout),
        );
  serve(connection, { library: libraryTrees(), version: VERSION });
  return new Promise(resolve => connection.onExit(() => resolve()));
}
