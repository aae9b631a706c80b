/** `vela fmt`: the one way Vela is written; works on files that do not check, too. */

import { writeWhole } from '../../runtime/report/write.ts';
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { readStrategyFile } from '../files.ts';
import { jsonDocument } from '../json.ts';

export const fmt: Command = {
  name: 'fmt',
  summary: 'format strategies in place',
  arguments: [{ usage: '<file...>', doc: 'strategies, `.vela` or `.yaml`; also ones with mistakes' }],
  options: [{ usage: '--check', doc: 'change nothing; exit with 1 if something would change' }, JSON_OPTION],
  examples: ['vela fmt sma_cross.vela', 'vela fmt strategies/*.vela --check'],
  run: async ({ terminal, arguments: files, flag, json }) => {
    const { formatSource } = await import('../rooms/front.ts');
    const checkOnly = flag('check');
    const results = files.map(file => {
      const source = readStrategyFile(file);
      return { file, before: source.text, after: formatSource(source) };
    });
    const changed = results.filter(({ before, after }) => before !== after);
    if (!checkOnly) for (const { file, after } of changed) writeWhole(file, after);
    if (json) {
      terminal.out(
        jsonDocument({ files: results.map(({ file, before, after }) => ({ file, changed: before !== after })) }),
      );
    } else {
      const verb = checkOnly ? terminal.outPaint('yellow', 'would change') : terminal.outPaint('green', 'formatted');
      for (const { file } of changed) terminal.out(`${verb} ${file}\n`);
    }
    return checkOnly && changed.length > 0 ? EXIT.errors : EXIT.done;
  },
};
