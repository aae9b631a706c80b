/** E08xx: absent values where one must exist. (E0810, a hole in the data, belongs to the data room.) */
import type { Family } from '../entry.ts';

export const MISSING: Family<'E0801'> = {
  E0801: {
    severity: 'error',
    title: 'a value that may be absent where one must exist',
    message: facts => `${facts.what} may be absent`,
    label: facts => `${facts.text} ${facts.reason}`,
    why: 'Nothing silently becomes zero: a size, a price, a stop or a cost needs a value at every bar at which it is used.',
    help: facts => `say what holds then: \`${facts.mended}\``,
    page: {
      example: 'when close crosses above open enter long { size: closed.pnl * 2  stop: entry * 0.95 }',
      mended:
        'when close crosses above open enter long { size: (closed.pnl or else 100 quote) * 2  stop: entry * 0.95 }',
    },
  },
};
