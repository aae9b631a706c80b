/** `vela check`: what is wrong with strategies, and how to mend it. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { jsonDocument } from '../json.ts';

export const check: Command = {
  name: 'check',
  summary: 'what is wrong with a strategy, and how to mend it',
  arguments: [{ usage: '<file...>', doc: 'strategies, `.vela` or `.yaml`' }],
  options: [JSON_OPTION],
  examples: ['vela check sma_cross.vela', 'vela check strategies/*.vela --json'],
  run: async ({ terminal, arguments: files, json }) => {
    const { diagnosticsText, loadStrategy, tally, tallyText, toJson } = await import('../rooms/front.ts');
    const checked = files.map(file => loadStrategy(file));
    const diagnostics = checked.flatMap(strategy => strategy.diagnostics);
    const counts = tally(diagnostics);
    if (json) {
      terminal.out(jsonDocument({ files, ...counts, diagnostics: diagnostics.map(toJson) }));
    } else {
      const { out, outPaint } = terminal;
      const text = diagnosticsText(diagnostics, outPaint('bold', 'x') !== 'x');
      out(`${text}${text === '' ? '' : '\n'}${files.join(', ')}: ${tallyText(counts, outPaint)}\n`);
    }
    return counts.errors > 0 ? EXIT.errors : EXIT.done;
  },
};
