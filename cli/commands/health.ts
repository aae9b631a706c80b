/** `vela health`: whether a run does what it should. */
import { type Command, JSON_OPTION } from '../command.ts';
import { jsonDocument } from '../json.ts';

export const health: Command = {
  name: 'health',
  usage: '[RUN]',
  summary: 'whether a run is ready (exit code 0), degraded (1) or stopped (2), why, and what to do',
  arguments: [
    { usage: '[run]', doc: 'its state folder, or its name under `.vela/runs`; the only one there is, unless stated' },
  ],
  options: [JSON_OPTION],
  examples: ['vela health', 'vela health sma_cross-replay --json'],
  run: async ({ terminal, json, arguments: [named] }) => {
    const { HEALTH_EXIT, healthText, namedRun, runHealth } = await import('../rooms/live.ts');
    const found = runHealth(namedRun(named), Date.now());
    terminal.out(json ? jsonDocument(found) : healthText(found, terminal.outPaint));
    return HEALTH_EXIT[found.health];
  },
};
