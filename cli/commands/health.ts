/** `vela health`: whether a run does what it should. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { jsonDocument } from '../json.ts';

export const health: Command = {
  name: 'health',
  usage: '[RUN]',
  summary: 'whether a run is ready, degraded or stopped, and why',
  arguments: [
    { usage: '[run]', doc: 'its state folder, or its name under `.vela/runs`; the only one there is, unless stated' },
  ],
  options: [JSON_OPTION],
  examples: ['vela health', 'vela health sma_cross-replay --json'],
  run: async ({ terminal, json, arguments: [named] }) => {
    const { healthOf, healthText, namedRun } = await import('../rooms/live.ts');
    const found = healthOf(namedRun(named), Date.now());
    terminal.out(json ? jsonDocument(found) : healthText(found, terminal.outPaint));
    return found.health === 'ready' ? EXIT.done : EXIT.errors;
  },
};
