/** `vela release`: a person says whose the position of an instrument is. The run holds nothing of it from now on, and entries are made again. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { jsonDocument } from '../json.ts';

export const release: Command = {
  name: 'release',
  usage: 'INSTRUMENT [RUN]',
  summary: 'leave what the venue holds of an instrument to yourself',
  arguments: [
    { usage: '<instrument>', doc: 'as the strategy writes it, `BTC/USDT`' },
    {
      usage: '[run]',
      doc: 'state folder of the run, or its name under `.vela/runs`; the only one there is, unless stated',
    },
  ],
  options: [JSON_OPTION],
  examples: ['vela release BTC/USDT', 'vela release BTC/USDT:USDT sma_cross-live'],
  run: async ({ terminal, json, arguments: [symbol = '', named] }) => {
    const { namedRun, wishOf } = await import('../rooms/live.ts');
    const outcome = await wishOf(namedRun(named), { type: 'release', symbol });
    terminal.out(json ? jsonDocument(outcome) : `${outcome.folder}: ${outcome.text}\n`);
    return EXIT.done;
  },
};
