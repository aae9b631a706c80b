/** `vela stop`: the kill switch of a run. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT, usageError } from '../errors.ts';
import { jsonDocument } from '../json.ts';

export const stop: Command = {
  name: 'stop',
  usage: '[RUN] [--flatten | --reset]',
  summary: 'stop a run: no more entries, until you reset it',
  arguments: [
    { usage: '[run]', doc: 'its state folder, or its name under `.vela/runs`; the only one there is, unless stated' },
  ],
  options: [
    { usage: '--flatten', doc: 'close its position at market too' },
    { usage: '--reset', doc: 'let it go on' },
    JSON_OPTION,
  ],
  examples: ['vela stop', 'vela stop sma_cross-replay --flatten', 'vela stop --reset'],
  run: async ({ terminal, json, arguments: [named], flag }) => {
    const [flatten, reset] = [flag('flatten'), flag('reset')];
    if (flatten && reset) throw usageError('`--flatten` and `--reset` are opposites', 'give one of them');
    const { namedRun, stopRun } = await import('../rooms/live.ts');
    const outcome = stopRun(namedRun(named), { flatten, reset });
    if (json) terminal.out(jsonDocument(outcome));
    else {
      const when = WHEN[`${outcome.running}`];
      const what = outcome.stopped ? `stopped ${when}: no entries, ${held(outcome)}` : `goes on ${when}`;
      terminal.out(`${outcome.folder}: ${what}\n`);
    }
    return EXIT.done;
  },
};

const WHEN = {
  true: 'within a second',
  false: 'from its next start on',
  undefined: 'within a second if a process runs it, else from its next start on (this Node cannot say which)',
} as const;

function held({ flatten, running }: { readonly flatten: boolean; readonly running?: boolean }): string {
  if (!flatten) return 'protection stays';
  if (running !== false) return 'the position is closed';
  return 'the position is closed then; no process runs it now, so it stays open until you start it again or close it at the venue';
}
