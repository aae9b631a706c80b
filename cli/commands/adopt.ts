/** `vela adopt`: a person says whose the position of an instrument is. What is held there is the run's from now on, and entries are made again. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT } from '../errors.ts';
import { jsonDocument } from '../json.ts';

export const adopt: Command = {
  name: 'adopt',
  usage: 'INSTRUMENT [RUN]',
  summary: 'take what the venue holds of an instrument over into the run',
  arguments: [
    { usage: '<instrument>', doc: 'as the strategy writes it, `BTC/USDT`' },
    {
      usage: '[run]',
      doc: 'state folder of the run, or its name under `.vela/runs`; the only one there is, unless stated',
    },
  ],
  options: [JSON_OPTION],
  examples: ['vela adopt BTC/USDT', 'vela adopt BTC/USDT:USDT sma_cross-live'],
  run: async ({ terminal, json, arguments: [symbol = '', named] }) => {
    const { namedRun, wishOf } = await import('../rooms/live.ts');
    const outcome = await wishOf(namedRun(named), { type: 'adopt', symbol });
    terminal.out(json ? jsonDocument(outcome) : `${outcome.folder}: ${outcome.text}\n`);
    return EXIT.done;
  },
};
