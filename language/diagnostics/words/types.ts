/** E04xx: units and kinds that cannot meet. */
import { type Family, listed, meantOr, quoted } from '../entry.ts';

export type TypeCode =
  | 'E0401'
  | 'E0402'
  | 'E0403'
  | 'E0404'
  | 'E0405'
  | 'E0406'
  | 'E0407'
  | 'E0408'
  | 'E0409'
  | 'E0410'
  | 'E0411'
  | 'E0412'
  | 'E0413'
  | 'E0440'
  | 'E0441'
  | 'E0442';

const ENTER = 'when close crosses above open enter long';

export const TYPES: Family<TypeCode> = {
  E0401: {
    severity: 'error',
    title: 'units that cannot meet',
    message: facts => `\`${facts.operation}\` cannot take ${facts.left} and ${facts.right}`,
    label: facts => (facts.growth === true ? `\`${facts.rightText}\` of what?` : undefined),
    why: 'Adding dollars to bitcoins, or a price to a percentage, gives a number that means nothing.',
    help: facts =>
      facts.growth === true
        ? `write \`${facts.leftText} * (1 ${facts.operation} ${facts.rightText})\`, or \`${facts.leftText} ${facts.operation} ${facts.rightText} of ${facts.leftText}\``
        : 'bring both to one unit, or write `plain(…)` around both to compare bare numbers',
    page: { example: 'let x = close + 5%', mended: 'let x = close + 5% of close' },
  },
  E0402: {
    severity: 'error',
    title: 'a condition where a number is needed',
    message: facts => `${facts.what} needs a number, and this is true or false`,
    why: 'A condition has no amount.',
    help: () => 'write `if CONDITION then 1 else 0` to count it',
    page: { example: 'let x = 1 + (close > open)', mended: 'let x = 1 + (if close > open then 1 else 0)' },
  },
  E0403: {
    severity: 'error',
    title: 'a number where a condition is needed',
    message: facts => `${facts.what} needs true or false, and this is a number`,
    why: 'A number alone does not say when it holds.',
    help: () => 'compare it: `… > 0`',
    page: { example: 'signal up = rsi(close, 14)', mended: 'signal up = rsi(close, 14) > 50' },
  },
  E0404: {
    severity: 'error',
    title: '`5` where `5%` was meant',
    message: facts => `${facts.what} is a share, and ${facts.value} is ${facts.same}`,
    why: 'A share is written with `%` or `bp`, so that 5 and 5% are never mistaken for one another.',
    help: facts => `write \`${facts.suggestion}\`, or \`${facts.same}\` if that much is meant`,
    page: { example: `${ENTER} { size: 95 of equity }`, mended: `${ENTER} { size: 95% of equity }` },
  },
  E0405: {
    severity: 'error',
    title: 'a value of the wrong unit',
    message: facts => `${facts.what} needs ${facts.wanted}, and this is ${facts.found}`,
    why: 'The place decides the unit, so that a percentage never ends up as a price.',
    help: () => 'compute it from a value that has the unit, such as `entry * 0.95` for a price',
    page: {
      example: `${ENTER} { size: 50% of equity  stop: 5% }`,
      mended: `${ENTER} { size: 50% of equity  stop: entry * 0.95 }`,
    },
  },
  E0406: {
    severity: 'error',
    title: 'a value that varies where it must not',
    message: facts => `${facts.what} must be ${facts.wanted}, and this is ${facts.found}`,
    why: 'The length of a window, a fee or a limit is one number for the whole run.',
    help: () => 'use a number or a `param`',
    page: {
      example: 'execution { fee: atr(14) / close  slippage: 2bp }',
      mended: 'execution { fee: 10bp  slippage: 2bp }',
    },
  },
  E0407: {
    severity: 'error',
    title: 'a length that cannot be',
    message: facts =>
      facts.reason === 'small'
        ? `the length of ${facts.what} cannot be ${facts.value}`
        : `\`${facts.text}\` is no whole number of bars`,
    why: 'A window or an offset is a whole number of bars.',
    help: facts =>
      facts.reason === 'small'
        ? `give ${facts.least} or more`
        : facts.mended === undefined
          ? 'give a whole number'
          : `write \`${facts.mended}\``,
    page: { example: 'let x = sma(close, 0)', mended: 'let x = sma(close, 20)' },
  },
  E0408: {
    severity: 'error',
    title: 'a name that the category does not have',
    message: facts => `\`${facts.of}\` is never \`${facts.name}\``,
    why: 'A category is one of a few names.',
    help: facts => meantOr(facts.suggestion, `it is ${listed(facts.known)}`),
    page: { example: 'signal bought = side is lng', mended: 'signal bought = side is long' },
  },
  E0409: {
    severity: 'error',
    title: 'a kind of value that does not fit',
    message: facts => `${facts.what} needs ${facts.wanted}, and this is ${facts.found}`,
    why: 'Texts and categories can be compared by name, but not computed with.',
    help: () => 'compare a category with `is`: `side is long`',
    page: { example: 'let x = side + 1', mended: 'let x = if side is long then 1 else 0' },
  },
  E0410: {
    severity: 'error',
    title: 'a power of something with a unit',
    message: facts => `the exponent of ${facts.unit} must be a plain number written out`,
    why: 'The unit of the result depends on the exponent, so it must be known before the run.',
    help: () => 'write the exponent as a number, or `plain(…)` around the base',
    page: { example: 'let x = close ^ (close / open)', mended: 'let x = plain(close) ^ 2' },
  },
  E0411: {
    severity: 'error',
    title: 'a bare number where a length of time is needed',
    message: facts => `${quoted(facts.what)} needs a length of time, and \`${facts.value}\` has no unit`,
    why: 'Five minutes and five days are written differently: `5m`, `5d`.',
    help: facts => `write for example \`${facts.value}h\` or \`${facts.value}m\``,
    page: { example: 'signal late = held > 5', mended: 'signal late = held > 5h' },
  },
  E0412: {
    severity: 'error',
    title: 'a feature or label that never changes',
    message: facts => `${facts.what} is the same at every bar`,
    why: 'Nothing can be learned from a number that never changes, and nothing can be learned about one.',
    help: () => 'leave it out, or compute it from the data: `close / close[5]`',
    page: {
      example: 'features x { r = close / close[5]  one = 1 }',
      mended: 'features x { r = close / close[5] }',
    },
  },
  E0413: {
    severity: 'error',
    title: 'a model of classes used as a number',
    message: facts => `\`${facts.model}\` tells classes apart: ${facts.classes}`,
    label: () => 'which of them?',
    why: 'Such a model gives a probability for each class, not one number.',
    help: facts =>
      `name a class, \`${facts.text}.${facts.first}\`, or ask for the likeliest: \`likeliest(${facts.model})\``,
    page: {
      example:
        'features x { r = close / close[5] }\nlabel way = triple_barrier(2 * atr(14), 2 * atr(14), 24 bars)\nmodel m = xgboost learn way from x { max_depth: 4 }\ntrain m walk_forward { window: 2y  retrain: 3mo }\nsignal buy = predict(m) > 0.5',
      mended:
        'features x { r = close / close[5] }\nlabel way = triple_barrier(2 * atr(14), 2 * atr(14), 24 bars)\nmodel m = xgboost learn way from x { max_depth: 4 }\ntrain m walk_forward { window: 2y  retrain: 3mo }\nsignal buy = predict(m).up > 0.5',
    },
  },
  E0440: {
    severity: 'error',
    title: 'a size that does not say of what',
    message: facts =>
      facts.risking === true
        ? `\`risking\` takes a share of equity or an amount of money, and \`${facts.text}\` is ${facts.unit}`
        : `\`${facts.text}\` is ${facts.unit}, not a size`,
    why: 'A size is a share of equity, an amount of money or a quantity; a bare number could be any of them.',
    help: facts =>
      facts.ratio === true
        ? `write \`${facts.text} of equity\``
        : 'write for example `95% of equity`, `1000 quote` or `0.1 base`',
    page: {
      example: `${ENTER} { size: 95%  stop: entry * 0.9 }`,
      mended: `${ENTER} { size: 95% of equity  stop: entry * 0.9 }`,
    },
  },
  E0441: {
    severity: 'error',
    title: 'a distance that is neither a price nor a share',
    message: facts => `\`${facts.text}\` is ${facts.unit}, not a distance`,
    why: 'A trail or slippage is a distance in price (`3 * atr(14)`) or a share of the price (`1%`).',
    help: () => 'write a price such as `3 * atr(14)`, or a share such as `1%` or `5bp`',
    page: {
      example: `${ENTER} { size: 50% of equity  trail: 3 }`,
      mended: `${ENTER} { size: 50% of equity  trail: 3% }`,
    },
  },
  E0442: {
    severity: 'error',
    title: 'a number outside what makes sense',
    message: facts => `${facts.what} cannot be ${facts.value}`,
    why: 'With this value a cost, a limit, the capital or a model would be something that does not exist.',
    help: facts => `it must be ${facts.range}`,
    page: { example: 'account { capital: 0 }', mended: 'account { capital: 10000 }' },
  },
};
