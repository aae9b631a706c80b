/** `vela top`: a run on the terminal. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { jsonDocument } from '../json.ts';
import { COLOUR_OPTION, PLAIN_OPTION, wantsScreen } from '../live/wants_screen.ts';

export const top: Command = {
  name: 'top',
  usage: '[RUN]',
  summary: 'watch a run and steer it; leaving the screen leaves the run going',
  arguments: [
    { usage: '[run]', doc: 'its state folder, or its name under `.vela/runs`; one that is alive, unless stated' },
  ],
  options: [PLAIN_OPTION, COLOUR_OPTION, JSON_OPTION],
  examples: ['vela top', 'vela top sma_cross-replay', 'vela top --plain | tee watched.log'],
  run: async call => {
    const { followRun, runToShow, showRun, topDocument } = await import('../rooms/screen.ts');
    const path = runToShow(call.arguments[0]);
    if (call.json) {
      call.terminal.out(jsonDocument(topDocument(call, path)));
      return EXIT.done;
    }
    return wantsScreen(call) ? showRun(call, path) : followRun(call, path, interrupted());
  },
};

/** Ctrl-C ends the looking, not the run. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}
