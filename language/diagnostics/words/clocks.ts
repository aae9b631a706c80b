/** E02xx: clocks and universes that cannot meet. */
import { type Family, meantOr } from '../entry.ts';

export type ClockCode =
  | 'E0201'
  | 'E0202'
  | 'E0203'
  | 'E0204'
  | 'E0205'
  | 'E0206'
  | 'E0207'
  | 'E0208'
  | 'E0209'
  | 'E0210'
  | 'E0211'
  | 'E0212';

const DAY = 'clock day = 1d\nat day { let trend = ema(close, 50) }\n';

export const CLOCKS: Family<ClockCode> = {
  E0201: {
    severity: 'error',
    title: 'streams of two clocks without `latest`',
    message: facts =>
      `${facts.operation === undefined ? 'this' : `\`${facts.operation}\``} mixes ${facts.left} with ${facts.right}`,
    why: 'In the middle of a day its close is not known; reading it would look ahead. `latest(x)` is the last completed value.',
    help: facts =>
      facts.mended === undefined ? 'write `latest(…)` around the slower one' : `write \`${facts.mended}\``,
    page: { example: `${DAY}signal up = close > trend`, mended: `${DAY}signal up = close > latest(trend)` },
  },
  E0202: {
    severity: 'error',
    title: 'a stream of another clock than the place needs',
    message: facts => `${facts.what} ticks on ${facts.wanted}, and this value on ${facts.found}`,
    why: 'Rules and orders act at the bars of the strategy; a slower value enters as its last completed one.',
    help: () => 'write `latest(…)` around it',
    page: { example: `${DAY}when trend > 0 exit`, mended: `${DAY}when latest(trend) > 0 exit` },
  },
  E0203: {
    severity: 'error',
    title: '`latest` of a stream that is not slower',
    message: facts => `\`latest\` needs a slower stream; this one ticks on ${facts.found}`,
    why: '`latest` carries the last completed value of a slower clock to a faster one. On the same clock every value is already the latest.',
    help: () => 'leave `latest` out; for the value before write `prev …`',
    page: { example: 'let x = latest(close)', mended: 'let x = prev close' },
  },
  E0204: {
    severity: 'error',
    title: 'a clock that does not fit the base clock',
    message: facts => `\`${facts.clock}\` (${facts.period}) does not fit the bars of ${facts.base}`,
    label: facts =>
      facts.slower === false ? 'not slower than the bars of the strategy' : 'its edges fall inside their bars',
    why: 'Slower bars are built from whole bars of the strategy, so each of their edges must be an edge of those.',
    help: facts => `choose a longer period that is a whole number of ${facts.base}`,
    page: { example: 'clock odd = 90m', mended: 'clock even = 2h' },
  },
  E0205: {
    severity: 'error',
    title: 'a window that is no whole number of bars',
    message: facts =>
      facts.months === true
        ? `\`${facts.length}\` is no fixed number of bars`
        : `\`${facts.length}\` is no whole number of bars of ${facts.period}`,
    why: 'A window holds whole bars; months and years have none of a fixed number.',
    help: facts =>
      facts.nearest === undefined
        ? 'give it in bars, hours, days or weeks'
        : `the nearest is \`${facts.nearest} ${facts.nearest === 1 ? 'bar' : 'bars'}\``,
    page: { example: 'let x = sma(close, 90m)', mended: 'let x = sma(close, 2h)' },
  },
  E0206: {
    severity: 'error',
    title: '`sample` of a stream that is not faster',
    message: facts => `\`sample\` needs a stream faster than ${facts.clock}; this one ticks on ${facts.found}`,
    why: '`sample(x, day)` takes the value of `x` at the close of each day.',
    help: () => 'leave `sample` out, or write `latest(…)` for a slower stream',
    page: { example: `${DAY}let x = sample(trend, day)`, mended: `${DAY}let x = latest(trend)` },
  },
  E0207: {
    severity: 'error',
    title: 'a stream of the account on a slower clock',
    message: facts => `\`${facts.name}\` cannot be read inside \`at ${facts.clockName}\``,
    why: 'The account moves with every bar of the strategy; on a slower clock most of it would be missed.',
    help: facts => `read \`${facts.name}\` outside the block, or take it in with \`sample(…, ${facts.clockName})\``,
    page: {
      example: 'clock day = 1d\nat day { let lost = drawdown > 5% }',
      mended: 'clock day = 1d\nlet lost = drawdown > 5%',
    },
  },
  E0208: {
    severity: 'error',
    title: '`new` or `ends` of a clock that is not slower',
    message: facts =>
      facts.same === true ? `this already ticks on ${facts.clock}` : `${facts.clock} is not slower than ${facts.here}`,
    why: "`new(day)` is true at the first bar of a day; on the day's own clock it would always be true.",
    help: () => 'name a slower clock',
    page: {
      example: 'clock day = 1d\nat day { signal first = new(day) }',
      mended: 'clock day = 1d\nsignal first = new(day)',
    },
  },
  E0209: {
    severity: 'error',
    title: 'streams of two universes',
    message: facts => `this mixes members of \`${facts.left}\` with members of \`${facts.right}\``,
    why: 'Each member has a value of its own; two lists of instruments have no common rows.',
    help: () => 'compute within one universe, then compare the results',
    page: {
      whole: true,
      example:
        'strategy "Example"\nuniverse a = "BTC/USDT", "ETH/USDT" on binance\nuniverse b = "SOL/USDT", "XRP/USDT" on binance\nevery 1h\nlet x = rank(close) across a\nlet y = rank(close) across b\nlet z = x + y',
      mended:
        'strategy "Example"\nuniverse a = "BTC/USDT", "ETH/USDT" on binance\nevery 1h\nlet x = rank(close) across a\nlet y = rank(volume) across a\nlet z = x + y',
    },
  },
  E0210: {
    severity: 'error',
    title: 'a cross-section without a universe',
    message: facts => `\`${facts.what}\` needs a universe to compare with`,
    why: 'A rank or a mean across instruments needs the list of instruments.',
    help: facts =>
      meantOr(facts.suggestion, 'declare one (`universe majors = …`), or give a length to compare over time'),
    page: { example: 'let x = rank(close)', mended: 'let x = percent_rank(close, 100)' },
  },
  E0211: {
    severity: 'error',
    title: 'features on two clocks or universes',
    message: facts => `${facts.what} is of ${facts.found}, and \`${facts.block}\` of ${facts.wanted}`,
    why: 'The columns of a block, its label, its `when` and its weights are one row: they speak of one tick of one instrument.',
    help: facts =>
      facts.mended !== undefined
        ? `write \`${facts.mended}\``
        : facts.across !== undefined
          ? `write \`features ${facts.block} across ${facts.across} { … }\``
          : 'bring it over: slower values enter by `latest(…)`',
    page: {
      example: `${DAY}features x { r = close / close[5]  t = trend / trend[1] }`,
      mended: `${DAY}at day { let slope_of_trend = trend / trend[1] }\nfeatures x { r = close / close[5]  t = latest(slope_of_trend) }`,
    },
  },
  E0212: {
    severity: 'error',
    title: 'a rule of one instrument in a universe',
    message: facts =>
      facts.universe === undefined
        ? 'this rule does not say which instrument it trades'
        : `each member of \`${facts.universe}\` has its own answer to this condition`,
    why: 'A rule acts on one instrument; among several it must be said on which.',
    help: facts =>
      facts.universe === undefined
        ? `write \`on ${facts.instrument ?? 'NAME'}\` behind the side`
        : `write \`across ${facts.universe}\` behind the side, or hold a portfolio: \`rebalance every 1w to … across ${facts.universe}\``,
    page: {
      whole: true,
      example:
        'strategy "Example"\nuniverse majors = "BTC/USDT", "ETH/USDT" on binance\nevery 1d\nwhen close > close[20] exit',
      mended:
        'strategy "Example"\nuniverse majors = "BTC/USDT", "ETH/USDT" on binance\nevery 1d\nwhen close > close[20] exit across majors',
    },
  },
};
