/** E0160–E0199: declarations that are blocks of properties: instrument, account, rules, risk, execution. */
import { type Family, listed, meantOr } from '../entry.ts';

export type BlockCode =
  | 'E0160'
  | 'E0162'
  | 'E0163'
  | 'E0164'
  | 'E0165'
  | 'E0166'
  | 'E0167'
  | 'E0169'
  | 'E0190'
  | 'W0190';

const ENTER = 'when close crosses above open enter long';
const COSTS = 'execution { fee: 10bp  slippage: 2bp }';

export const BLOCKS: Family<BlockCode> = {
  E0160: {
    severity: 'error',
    title: 'a property that does not exist here',
    message: facts => `\`${facts.property}\` is no property of ${facts.where}`,
    why: 'A property that is not known would be ignored silently, and with it perhaps a stop.',
    help: facts =>
      meantOr(
        facts.suggestion,
        facts.known === undefined ? 'it takes no properties' : `it takes ${listed(facts.known)}`,
      ),
    page: {
      example: `${ENTER} { size: 50% of equity  stopp: entry * 0.95 }`,
      mended: `${ENTER} { size: 50% of equity  stop: entry * 0.95 }`,
    },
  },
  E0162: {
    severity: 'error',
    title: 'a property with a value of another shape',
    message: facts => `\`${facts.property}\` cannot have this value`,
    why: 'Each property is written in one way, so that a strategy reads the same everywhere.',
    help: facts => `it takes ${facts.expected}`,
    page: {
      example: `${ENTER} { at: close * 0.99  size: 50% of equity  stop: entry * 0.9 }`,
      mended: `${ENTER} { at: limit close * 0.99  size: 50% of equity  stop: entry * 0.9 }`,
    },
  },
  E0163: {
    severity: 'error',
    title: 'a property that must be there',
    message: facts => `${facts.where} does not say its \`${facts.property}\``,
    why: 'What a strategy stands on is never guessed: how much it buys, or what a model learns from.',
    help: facts => `add for example \`${facts.example}\``,
    page: {
      example: `${ENTER} { stop: entry * 0.95 }`,
      mended: `${ENTER} { size: 95% of equity  stop: entry * 0.95 }`,
    },
  },
  E0164: {
    severity: 'error',
    title: 'a word that the property does not know',
    message: facts => `\`${facts.property}\` is ${facts.choices}`,
    why: 'The property takes one of a few words.',
    help: facts => meantOr(facts.suggestion, `write ${facts.choices}`),
    page: {
      example: 'execution { fill: next_close  fee: 10bp  slippage: 2bp }',
      mended: 'execution { fill: next_open  fee: 10bp  slippage: 2bp }',
    },
  },
  E0165: {
    severity: 'error',
    title: 'a symbol that cannot be read',
    message: facts => `\`${facts.symbol}\` is not the symbol of a market`,
    why: 'Symbols are those of ccxt: `BTC/USDT` is spot, `BTC/USDT:USDT` the perpetual settled in USDT.',
    help: () => 'write base, a slash and quote, and for a perpetual a colon and the currency it settles in',
    page: {
      whole: true,
      example: 'strategy "Example"\ninstrument "BTCUSDT" on binance\nevery 1h',
      mended: 'strategy "Example"\ninstrument "BTC/USDT" on binance\nevery 1h',
    },
  },
  E0166: {
    severity: 'error',
    title: 'a limit that does not exist',
    message: facts => `there is no limit named \`${facts.name}\``,
    why: 'A limit that is not known would protect nothing.',
    help: facts => meantOr(facts.suggestion, `limits are ${listed(facts.known)}`),
    page: { example: 'risk { cap exposur at 100% of equity }', mended: 'risk { cap exposure at 100% of equity }' },
  },
  E0167: {
    severity: 'error',
    title: 'an action that the limit cannot take',
    message: facts => `\`cap ${facts.name}\` cannot \`${facts.action}\``,
    why: 'An order can be cut to what a limit leaves; a loss that has happened cannot.',
    help: () => 'write `else refuse`, `else halt`, `else halt until CLOCK` or `else flatten`',
    page: { example: 'risk { cap drawdown at 10% else reduce }', mended: 'risk { cap drawdown at 10% else flatten }' },
  },
  E0169: {
    severity: 'error',
    title: 'a block that may stand once',
    message: facts => `\`${facts.block}\` stands twice`,
    label: () => 'the second one',
    why: 'Two blocks could say two different things about the same cost or fill.',
    help: () => 'put everything into one block',
    page: { example: 'execution { fee: 10bp }\nexecution { slippage: 2bp }', mended: COSTS },
  },
  E0190: {
    severity: 'error',
    title: 'understood, but it cannot run yet',
    message: facts => `${facts.what} cannot run yet`,
    why: 'It is read, formatted and checked; this version has no engine for it, and a run without it would be another strategy.',
    help: () => 'leave it out to run the rest, or wait for the version that brings it',
    page: {
      example: `${ENTER} { size: kelly(fraction = 0.25)  stop: entry * 0.95 }`,
      mended: `${ENTER} { size: 50% of equity  stop: entry * 0.95 }`,
      more: '`vela check` says the same as a warning, W0190, since the file itself is right.',
    },
  },
  W0190: {
    severity: 'warning',
    title: 'understood, but it cannot run yet',
    message: facts => `${facts.what} cannot run yet`,
    why: 'It is read, formatted and checked; a backtest or a compilation of this file will be refused.',
    help: () => 'leave it out to run the rest, or wait for the version that brings it',
    page: {
      example: `${ENTER} { size: kelly(fraction = 0.25)  stop: entry * 0.95 }`,
      mended: `${ENTER} { size: 50% of equity  stop: entry * 0.95 }`,
    },
  },
};
