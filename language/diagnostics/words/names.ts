/** E0130–E0159: names, calls and declarations that do not fit together. */
import { bare, didYouMean, type Family, listed, meantOr } from '../entry.ts';

export type NameCode =
  | 'E0130'
  | 'E0131'
  | 'E0132'
  | 'E0133'
  | 'E0134'
  | 'E0135'
  | 'E0136'
  | 'E0137'
  | 'E0138'
  | 'E0139'
  | 'E0140'
  | 'E0141'
  | 'E0142'
  | 'E0143'
  | 'E0144'
  | 'E0145'
  | 'E0146'
  | 'E0147'
  | 'E0148'
  | 'E0149'
  | 'E0150'
  | 'E0151';

/** How a missing thing of each kind is declared. */
const DECLARE: Readonly<Record<string, (name: unknown) => string>> = {
  'a function': name => `declare it: \`fn ${name}(…) -> … = …\``,
  'a clock': name => `declare it: \`clock ${name} = 1d\``,
  'a universe': name => `declare it: \`universe ${name} = "BTC/USDT", "ETH/USDT" on binance\``,
  'a label': name => `declare it: \`label ${name} = …\``,
  'a session': name => `declare it: \`session ${name} = "09:30-16:00" in "America/New_York"\``,
  'a model': name => `declare it: \`model ${name} = xgboost learn … from …\``,
  'a block of features': name => `declare it: \`features ${name} { … }\``,
  'an instrument': name => `declare it: \`instrument ${name} = "BTC/USDT:USDT" on binance\``,
};

export const NAMES: Family<NameCode> = {
  E0130: {
    severity: 'error',
    title: 'a name that nothing declares',
    message: facts => `there is no ${bare(facts.wanted ?? 'value')} named \`${facts.name}\``,
    why: 'Names come from this file, from a file it uses, from the standard library, or are streams of the market and the account.',
    help: facts =>
      facts.instead !== undefined
        ? `here it is written \`${facts.instead}\``
        : facts.callable !== undefined
          ? `\`${facts.callable}\` is a function: call it with its arguments`
          : meantOr(
              facts.suggestion,
              DECLARE[String(facts.wanted)]?.(facts.name) ?? `declare it: \`let ${facts.name} = …\``,
            ),
    page: {
      example: 'let quick = sma(close, 20)\nsignal up = quik > close',
      mended: 'let quick = sma(close, 20)\nsignal up = quick > close',
    },
  },
  E0131: {
    severity: 'error',
    title: 'two declarations of one name',
    message: facts => `\`${facts.name}\` is declared twice`,
    label: () => 'the second time',
    why: 'A name means one thing in a whole strategy, whatever the order of the lines.',
    help: () => 'rename one of the two',
    page: {
      example: 'let average = sma(close, 20)\nlet average = sma(close, 100)',
      mended: 'let quick = sma(close, 20)\nlet slow = sma(close, 100)',
    },
  },
  E0132: {
    severity: 'error',
    title: 'a name that is no value',
    message: facts => `\`${facts.name}\` is ${facts.is}, not ${facts.wanted ?? 'a value'}`,
    why: 'Clocks, functions, models and universes are named, but only what they give can be computed with.',
    help: facts =>
      meantOr(
        facts.suggestion,
        facts.is === 'a function'
          ? `call it: \`${facts.name}(…)\``
          : facts.wanted === 'a function'
            ? `for the value k bars ago write \`${facts.name}[k]\``
            : 'name a stream of prices, numbers or conditions',
      ),
    page: {
      example: 'clock day = 1d\nlet x = close + day',
      mended: 'clock day = 1d\nat day { let close_of_day = close }\nlet x = close - latest(close_of_day)',
    },
  },
  E0133: {
    severity: 'error',
    title: 'an argument is missing',
    message: facts => `\`${facts.function}\` needs \`${facts.argument}\``,
    why: 'An argument without a value of its own must be given at each call.',
    help: facts => (facts.signature === undefined ? undefined : `it is called as \`${facts.signature}\``),
    page: { example: 'let quick = sma(20)', mended: 'let quick = sma(close, 20)' },
  },
  E0134: {
    severity: 'error',
    title: 'too many arguments',
    message: facts =>
      `\`${facts.function}\` takes ${facts.most} ${facts.most === 1 ? 'argument' : 'arguments'}, not ${facts.given}`,
    label: () => 'one too many',
    why: 'An argument that nothing reads would change nothing.',
    help: facts => (facts.signature === undefined ? 'remove it' : `it is called as \`${facts.signature}\``),
    page: { example: 'let range = atr(14, 20)', mended: 'let range = atr(14)' },
  },
  E0135: {
    severity: 'error',
    title: 'an argument that does not exist',
    message: facts => `\`${facts.function}\` has no argument \`${facts.argument}\``,
    why: 'Named arguments must have the name that the function gives them.',
    help: facts =>
      didYouMean(facts.suggestion) ??
      (facts.signature === undefined ? undefined : `it is called as \`${facts.signature}\``),
    page: { example: 'let range = atr(bars = 14)', mended: 'let range = atr(n = 14)' },
  },
  E0136: {
    severity: 'error',
    title: 'an argument given twice',
    message: facts => `\`${facts.argument}\` of \`${facts.function}\` is given twice`,
    label: () => 'the second time',
    why: 'An argument is given by its place or by its name, once.',
    help: () => 'remove one of the two',
    page: { example: 'let range = atr(14, n = 20)', mended: 'let range = atr(n = 20)' },
  },
  E0137: {
    severity: 'error',
    title: 'a part that a value does not have',
    message: facts => `\`${facts.object}\` has no \`${facts.field}\``,
    why: 'A dot reads one of the results of a function, or one of the streams of an instrument.',
    help: facts =>
      meantOr(facts.suggestion, facts.known === undefined ? 'leave the dot out' : `it has ${listed(facts.known)}`),
    page: { example: 'let top = bollinger(close, 20, 2).uper', mended: 'let top = bollinger(close, 20, 2).upper' },
  },
  E0138: {
    severity: 'error',
    title: 'several results where one is needed',
    message: facts => `\`${facts.name}\` gives several results; one of them must be named`,
    why: 'A band or a trend line has more than one value at each bar.',
    help: facts => `add one of ${listed(facts.fields)} after a dot`,
    page: {
      example: 'signal breakout = close > bollinger(close, 20, 2)',
      mended: 'signal breakout = close > bollinger(close, 20, 2).upper',
    },
  },
  E0139: {
    severity: 'error',
    title: 'a kind that does not exist',
    message: facts => `there is no kind \`${facts.name}\``,
    why: 'A param or an argument says what it is, so that dollars never meet bars.',
    help: facts => meantOr(facts.suggestion, `kinds are ${listed(facts.known)}`),
    page: { example: 'param n: bar = 14 in 5..30', mended: 'param n: bars = 14 in 5..30' },
  },
  E0140: {
    severity: 'error',
    title: 'a used file that is not there',
    message: facts => `the file \`${facts.path}\` is not there`,
    why: '`use` takes functions from another file; its path counts from the folder of the strategy.',
    help: () => 'check the path, or copy the file beside the strategy',
    page: { example: 'use "lib/stops.vela" as stops\nlet x = stops.wide(close)', mended: 'let x = close * 0.95' },
  },
  E0141: {
    severity: 'error',
    title: 'files that use each other',
    message: facts => `the files use each other: ${facts.path}`,
    why: 'A file can only be read after those it uses.',
    help: () => 'move what both need into a third file',
    page: { example: 'use "self.vela" as self', mended: 'fn wide(x: price) -> price = x * 0.95' },
  },
  E0142: {
    severity: 'error',
    title: 'a declaration that a used file may not hold',
    message: facts => `\`${facts.declaration}\` cannot stand in a file that is used (\`${facts.path}\`)`,
    why: 'A used file lends functions, params and clocks; what trades is only in the strategy itself.',
    help: () => 'move it into the strategy',
    page: { example: 'use "rules.vela" as rules', mended: 'when close > open exit' },
  },
  E0143: {
    severity: 'error',
    title: 'a part that every strategy needs',
    message: facts => `the strategy does not name ${facts.what}`,
    why: 'A strategy says what it trades and how long its bars are.',
    help: facts => `add for example \`${facts.example}\``,
    page: {
      whole: true,
      example: 'strategy "Example"\ninstrument "BTC/USDT" on binance\nlet x = close',
      mended: 'strategy "Example"\ninstrument "BTC/USDT" on binance\nevery 1h\nlet x = close',
    },
  },
  E0144: {
    severity: 'error',
    title: 'a name that already has a meaning',
    message: facts => `\`${facts.name}\` already has a meaning`,
    label: facts => (typeof facts.meaning === 'string' ? facts.meaning : undefined),
    why: 'Streams of the market and of the account keep their names, so that `close` is the close in every strategy.',
    help: facts => `choose another name, such as \`my_${facts.name}\``,
    page: { example: 'let close = open + 1', mended: 'let my_close = open + 1' },
  },
  E0145: {
    severity: 'error',
    title: 'a result that the function does not compute',
    message: facts => `\`${facts.function}\` promises \`${facts.name}\` and never says what it is`,
    why: 'Each result of a block is the name of a `let` or `state` inside it.',
    help: facts => meantOr(facts.suggestion, `add \`let ${facts.name} = …\` to the block`),
    page: {
      example: 'fn bands(n: bars) -> (upper, lower) {\n  let upper = highest(high, n)\n}\nlet top = bands(20).upper',
      mended:
        'fn bands(n: bars) -> (upper, lower) {\n  let upper = highest(high, n)\n  let lower = lowest(low, n)\n}\nlet top = bands(20).upper',
    },
  },
  E0146: {
    severity: 'error',
    title: 'a default outside its own range',
    message: facts => `\`${facts.name}\` starts at ${facts.value}, outside ${facts.low}..${facts.high}`,
    why: 'The range says which values make sense; the strategy itself must use one of them.',
    help: () => 'move the value into the range, or widen the range',
    page: { example: 'param n: bars = 50 in 5..30', mended: 'param n: bars = 20 in 5..30' },
  },
  E0147: {
    severity: 'error',
    title: 'a range that cannot be',
    message: facts =>
      facts.step !== undefined
        ? `the step ${facts.step} of \`${facts.name}\` is not above zero`
        : `the range ${facts.low}..${facts.high} of \`${facts.name}\` runs backwards`,
    why: 'A range goes from its smaller end to its larger one in steps above zero.',
    help: () => 'turn the ends around, or give a positive step',
    page: { example: 'param n: bars = 14 in 30..5', mended: 'param n: bars = 14 in 5..30' },
  },
  E0148: {
    severity: 'error',
    title: 'a choice that is not among its own',
    message: facts => `the choices of \`${facts.name}\` do not fit`,
    why: 'A param `of "a", "b"` is one of the texts it lists.',
    help: facts =>
      facts.known === undefined ? 'write the choices as texts in quotes' : `choose one of ${listed(facts.known)}`,
    page: { example: 'param kind = "hma" of "ema", "sma"', mended: 'param kind = "ema" of "ema", "sma"' },
  },
  E0149: {
    severity: 'error',
    title: 'a requirement that the defaults break',
    message: facts => `the defaults do not fulfil \`${facts.condition}\``,
    why: '`require` says which combinations make sense; the values written in the file must be one of them.',
    help: () => 'change a default, or the requirement',
    page: {
      example: 'param fast: bars = 100 in 5..200\nparam slow: bars = 20 in 5..200\nrequire fast < slow',
      mended: 'param fast: bars = 20 in 5..200\nparam slow: bars = 100 in 5..200\nrequire fast < slow',
    },
  },
  E0150: {
    severity: 'error',
    title: 'a stream that this market does not have',
    message: facts => `${facts.market} has no \`${facts.name}\``,
    why: 'Funding, marks and open interest belong to perpetuals; spot markets have candles.',
    help: () => 'trade the perpetual (such as `BTC/USDT:USDT`), or leave it out',
    page: { example: 'signal paid = funding > 0', mended: 'signal paid = volume > 0' },
  },
  E0151: {
    severity: 'error',
    title: 'something in a place where it means nothing',
    message: facts => `${facts.what} means nothing in ${facts.where}`,
    why: 'The place decides what can be said in it.',
    help: () => 'move it, or leave it out',
    page: { example: 'let x = 2023-12-31', mended: 'let x = close' },
  },
};
