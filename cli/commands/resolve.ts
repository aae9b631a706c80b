/** `vela resolve`: a person says what became of an order of which the venue cannot tell. */
import { type Command, JSON_OPTION } from '../command.ts';
import { CommandError, EXIT, usageError } from '../errors.ts';
import { jsonDocument } from '../json.ts';

export const resolve: Command = {
  name: 'resolve',
  usage: 'ORDER filled|never [RUN] [--price P]',
  summary: 'say what became of an order that is unknown',
  arguments: [
    { usage: '<order>', doc: 'its client id as `vela top` and the log show it, or the beginning of it' },
    { usage: '<fate>', doc: '`filled`: it filled whole; `never`: it never reached the venue' },
    {
      usage: '[run]',
      doc: 'state folder of the run, or its name under `.vela/runs`; the only one there is, unless stated',
    },
  ],
  options: [
    { usage: '--price <price>', doc: 'the price that it filled at; that of the order itself, unless stated' },
    JSON_OPTION,
  ],
  examples: ['vela resolve vela3f2a91c4 never', 'vela resolve vela3f2a91c4 filled --price 50012.4'],
  run: async ({ terminal, json, arguments: [order = '', fate, named], text }) => {
    if (fate !== 'filled' && fate !== 'never')
      throw usageError(`${fate ?? 'nothing'} is no fate of an order`, 'say `filled` or `never`');
    const price = priceOf(text('price'));
    if (price !== undefined && fate === 'never')
      throw usageError('what never arrived has no price', 'leave `--price` out');
    const { namedRun, wishOf, clientIdOf } = await import('../rooms/live.ts');
    const folder = namedRun(named);
    const clientId = clientIdOf(folder, order);
    const outcome = await wishOf(folder, {
      type: 'resolve',
      clientId,
      as: fate,
      ...(price !== undefined && { price }),
    });
    terminal.out(json ? jsonDocument(outcome) : `${outcome.folder}: ${outcome.text}\n`);
    return EXIT.done;
  },
};

function priceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const price = Number(text);
  if (price > 0 && Number.isFinite(price)) return price;
  throw new CommandError('bad-value', `\`--price ${text}\` is no price`, {
    help: 'a positive number, as in `--price 50012.4`',
  });
}
