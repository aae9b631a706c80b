/** `vela diff`: whether a run did what a backtest does on the same bars. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { jsonDocument } from '../json.ts';

export const diff: Command = {
  name: 'diff',
  usage: '[RUN]',
  summary: 'a run against a backtest on the bars that it consumed',
  arguments: [
    { usage: '[run]', doc: 'its state folder, or its name under `.vela/runs`; the only one there is, unless stated' },
  ],
  options: [JSON_OPTION],
  examples: ['vela diff', 'vela diff sma_cross-replay --json'],
  run: async ({ terminal, json, arguments: [named] }) => {
    const { diffText, namedRun, runDiff } = await import('../rooms/live.ts');
    const folder = namedRun(named);
    const found = runDiff(folder);
    if (json) terminal.out(jsonDocument({ folder: folder.path, identical: found.first === undefined, ...found }));
    else terminal.out(diffText(found, folder.path, terminal.outPaint));
    return found.first === undefined ? EXIT.done : EXIT.errors;
  },
};
