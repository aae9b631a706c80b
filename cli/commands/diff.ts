/** `vela diff`: whether a run did what a backtest does on the same bars. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT, usageError } from '../errors.ts';
import { jsonDocument } from '../json.ts';

export const diff: Command = {
  name: 'diff',
  usage: '[RUN] [--data CANDLES…]',
  summary: 'a run against a backtest on the bars that it consumed',
  arguments: [
    { usage: '[run]', doc: 'its state folder, or its name under `.vela/runs`; the only one there is, unless stated' },
  ],
  options: [
    {
      usage: '--data <[symbol=]path...>',
      doc: 'candles that you hold for right: what the run lost or won because it saw others is told too',
    },
    { usage: '--mark <path...>', doc: 'mark prices of a perpetual, beside `--data`' },
    { usage: '--funding <path...>', doc: 'funding rates of a perpetual, beside `--data`' },
    JSON_OPTION,
  ],
  examples: ['vela diff', 'vela diff sma_cross-paper --data BTCUSDT-1h.csv.gz'],
  run: async ({ terminal, json, arguments: [named], list }) => {
    const { diffText, namedRun, runDiff } = await import('../rooms/live.ts');
    const folder = namedRun(named);
    const data = list('data');
    const [mark, funding] = [list('mark'), list('funding')];
    if (data.length === 0 && mark.length + funding.length > 0) {
      throw usageError('`--mark` and `--funding` belong to candles', 'give `--data` too');
    }
    const { environment } = terminal;
    const found = await runDiff(folder, data.length === 0 ? undefined : { data, mark, funding, environment });
    if (json) terminal.out(jsonDocument({ folder: folder.path, identical: found.first === undefined, ...found }));
    else terminal.out(diffText(found, folder.path, terminal.outPaint));
    return found.first === undefined ? EXIT.done : EXIT.errors;
  },
};
