/** `vela lsp`: the language server, for editors. Speaks the Language Server Protocol over standard input and output. */
import type { Command } from '../command.ts';
import { EXIT } from '../errors.ts';

export const lsp: Command = {
  name: 'lsp',
  summary: 'the language server that editors start',
  arguments: [],
  options: [
    { usage: '--stdio', doc: 'speak over standard input and output (the default)' },
    { usage: '--runner', doc: 'the thread of the server that runs strategies; nothing for people' },
    { usage: '--node-ipc', doc: "speak over Node's channel to the process that started this one" },
    // VS Code's client gives it to every server; the first message says the same.
    { usage: '--clientProcessId <id>', doc: 'the process of the editor' },
  ],
  examples: ['vela lsp --stdio'],
  run: async ({ flag }) => {
    if (flag('runner')) {
      const { serveThread } = await import('../rooms/editor_thread.ts');
      await serveThread();
      return EXIT.done;
    }
    const { serveEditor } = await import('../rooms/editor.ts');
    await serveEditor(flag('nodeIpc') ? 'ipc' : 'stdio');
    return EXIT.done;
  },
};
