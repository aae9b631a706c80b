/** `vela report`: what a run did on a day. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { jsonDocument } from '../json.ts';

export const report: Command = {
  name: 'report',
  usage: '[RUN] [--day DATE]',
  summary: 'what a run did on a day: profit, trades, costs, refusals, what had to be repaired',
  arguments: [
    { usage: '[run]', doc: 'its state folder, or its name under `.vela/runs`; the only one there is, unless stated' },
  ],
  options: [
    { usage: '--day <date>', doc: 'a UTC day, as in `2026-11-24`; the latest there is, unless stated' },
    { usage: '--all', doc: 'every day there is, a line each' },
    JSON_OPTION,
  ],
  examples: ['vela report', 'vela report sma_cross-paper --day 2026-11-24', 'vela report --all --json'],
  run: async ({ terminal, json, arguments: [named], text, flag }) => {
    const { dayReports, dayTable, dayText, namedRun, reportOfDay } = await import('../rooms/live.ts');
    const folder = namedRun(named);
    if (flag('all')) {
      const reports = dayReports(folder);
      terminal.out(json ? jsonDocument({ folder: folder.path, days: reports }) : dayTable(reports));
      return EXIT.done;
    }
    const found = reportOfDay(folder, text('day'));
    terminal.out(json ? jsonDocument(found) : `${dayText(found)}\n`);
    return EXIT.done;
  },
};
