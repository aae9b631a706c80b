/** E09xx and W09xx: orders, costs and exits. */
import type { Family } from '../entry.ts';

export type ExecutionCode =
  | 'E0901'
  | 'E0902'
  | 'E0903'
  | 'E0904'
  | 'E0905'
  | 'E0906'
  | 'E0907'
  | 'E0908'
  | 'W0901'
  | 'W0902'
  | 'W0903'
  | 'W0904'
  | 'W0905'
  | 'W0906'
  | 'W0907'
  | 'W0908';

const ENTER = 'when close crosses above open enter long';
const SIZE = 'size: 50% of equity';
const COSTS = 'execution { fee: 10bp  slippage: 2bp }';

export const EXECUTION: Family<ExecutionCode> = {
  E0901: {
    severity: 'error',
    title: 'selling short a spot market',
    message: facts => `\`${facts.symbol}\` is a spot market and cannot be sold short`,
    why: 'On a spot market only what is owned can be sold.',
    help: facts => `trade the perpetual: \`instrument "${facts.perpetual}"\``,
    page: {
      example: `when close crosses below open enter short { ${SIZE}  stop: entry * 1.05 }`,
      mended: `when close crosses above open enter long { ${SIZE}  stop: entry * 0.95 }`,
    },
  },
  E0902: {
    severity: 'error',
    title: '`risking` without a stop',
    message: facts => `\`${facts.rule}\` risks a share of equity and has no stop`,
    why: 'The quantity follows from the distance to the stop: without one the loss has no bound.',
    help: () => 'add `stop:`, such as `stop: entry - 2 * atr(14)`, or size by `… of equity`',
    page: {
      example: `${ENTER} { size: risking 1% of equity }\nwhen close < open exit`,
      mended: `${ENTER} { size: risking 1% of equity  stop: entry * 0.95 }`,
    },
  },
  E0903: {
    severity: 'error',
    title: 'targets that sell more than there is',
    message: facts =>
      facts.rest === true
        ? `the parts make ${facts.total}, and nothing is left for \`rest\``
        : `the parts make ${facts.total} of the position`,
    why: 'The parts of a target close shares of the position; together they can close it once.',
    help: () => 'lower the shares so that they make 100% or less',
    page: {
      example: `${ENTER} { ${SIZE}  target: [60% at entry * 1.02, 60% at entry * 1.04]  stop: entry * 0.95 }`,
      mended: `${ENTER} { ${SIZE}  target: [60% at entry * 1.02, rest at entry * 1.04]  stop: entry * 0.95 }`,
    },
  },
  E0904: {
    severity: 'error',
    title: 'a stop or target on the wrong side',
    message: facts => `the ${facts.level} of a ${facts.side} position lies ${facts.where} its entry`,
    label: facts => `${facts.factor} times the entry`,
    why: 'A stop limits a loss and a target takes a profit; on the other side of the entry it would close the position at once.',
    help: facts => `put it ${facts.mended} the entry`,
    page: { example: `${ENTER} { ${SIZE}  stop: entry * 1.05 }`, mended: `${ENTER} { ${SIZE}  stop: entry * 0.95 }` },
  },
  E0905: {
    severity: 'error',
    title: 'leverage on a spot market',
    message: facts => `\`${facts.symbol}\` is a spot market and has no leverage`,
    why: 'On a spot market a purchase is paid in full.',
    help: facts => `leave \`leverage\` out, or trade the perpetual: \`instrument "${facts.perpetual}"\``,
    page: { example: 'execution { fee: 10bp  slippage: 2bp  leverage: 3 }', mended: COSTS },
  },
  E0906: {
    severity: 'error',
    title: 'a strategy that exceeds its own limit',
    message: facts =>
      `\`${facts.rule}\` asks for ${facts.asked} of equity, beyond its own \`cap ${facts.cap}\` of ${facts.limit}`,
    label: facts => `${facts.asked} of equity`,
    why: 'The limit would cut or refuse every such order, so the strategy that runs would not be the one that is written.',
    help: () => 'lower the size, or raise the limit',
    page: {
      example: `${ENTER} { size: 95% of equity  stop: entry * 0.95 }\nrisk { cap exposure at 50% of equity }`,
      mended: `${ENTER} { size: 50% of equity  stop: entry * 0.95 }\nrisk { cap exposure at 50% of equity }`,
    },
  },
  E0907: {
    severity: 'error',
    title: '`rest` before other targets',
    message: () => '`rest` must be the last part of a target',
    why: '`rest` is what the other parts leave, so it stands after them, once.',
    help: () => 'move `rest` to the end',
    page: {
      example: `${ENTER} { ${SIZE}  target: [rest at entry * 1.04, 50% at entry * 1.02]  stop: entry * 0.95 }`,
      mended: `${ENTER} { ${SIZE}  target: [50% at entry * 1.02, rest at entry * 1.04]  stop: entry * 0.95 }`,
    },
  },
  E0908: {
    severity: 'error',
    title: 'an instrument driven by rules and by a portfolio',
    message: facts => `\`${facts.symbol}\` is driven by rules and by \`rebalance\``,
    label: () => 'this rule',
    why: 'A portfolio would buy back at its next turn what a rule has sold, and the other way round.',
    help: () => 'drive it in one way: by rules, or by a weight that is 0 where it should not be held',
    page: {
      whole: true,
      example:
        'strategy "Example"\ninstrument btc = "BTC/USDT" on binance\nevery 1h\nrebalance every 1d to btc = 50%\nwhen btc.close < btc.close[24] exit on btc',
      mended:
        'strategy "Example"\ninstrument btc = "BTC/USDT" on binance\nevery 1h\nrebalance every 1d to btc = if btc.close < btc.close[24] then 0 else 0.5',
    },
  },
  W0901: {
    severity: 'warning',
    title: 'an entry on a level, with no pause',
    message: facts => `\`${facts.rule}\` enters again in the bar after its own exit`,
    label: () => 'holds for many bars in a row',
    why: 'The condition is a level, not a crossing: while it holds, a position closed by its stop, target or time is opened again at once.',
    help: () => 'enter on a crossing (`crosses above`), or add `risk { pause 12 bars when stopped_out }`',
    page: {
      example: `when close > sma(close, 50) enter long { ${SIZE}  stop: entry * 0.95 }\n${COSTS}`,
      mended: `when close crosses above sma(close, 50) enter long { ${SIZE}  stop: entry * 0.95 }\n${COSTS}`,
    },
  },
  W0902: {
    severity: 'warning',
    title: 'a cost that is not stated',
    message: facts => `the strategy does not state its ${facts.costs}`,
    why: 'An unstated fee or slippage counts as nothing and makes every result look better than it was; unstated funding is taken from data.',
    help: facts => `add ${facts.example}, or write \`ignored\` to leave it out knowingly`,
    page: {
      example: `${ENTER} { ${SIZE}  stop: entry * 0.95 }`,
      mended: `${ENTER} { ${SIZE}  stop: entry * 0.95 }\n${COSTS}`,
    },
  },
  W0903: {
    severity: 'warning',
    title: 'an entry without any way out',
    message: facts => `nothing ever closes what \`${facts.rule}\` opens`,
    why: 'Without a stop, target, trail, hold or exit rule the position stays open to the end of the data.',
    help: facts => `add \`when … exit ${facts.side}\`, or a \`stop:\`, \`target:\`, \`trail:\` or \`hold:\``,
    page: { example: `${ENTER} { ${SIZE} }\n${COSTS}`, mended: `${ENTER} { ${SIZE}  hold: 24 bars }\n${COSTS}` },
  },
  W0904: {
    severity: 'warning',
    title: 'stop and target inside one bar',
    message: facts => `stop and target lie ${facts.width} average bars apart, so most bars would hit both`,
    label: () => 'nearer than the range of a bar',
    why: 'Inside one bar nobody knows which came first; the result would follow from the assumption, not from the market.',
    help: () =>
      'widen stop and target, or trade shorter bars; `both_hit: best` against `worst` shows how much hangs on it',
    page: {
      example: `${ENTER} { ${SIZE}  stop: entry - 0.2 * atr(14)  target: entry + 0.3 * atr(14) }\n${COSTS}`,
      mended: `${ENTER} { ${SIZE}  stop: entry - 2 * atr(14)  target: entry + 3 * atr(14) }\n${COSTS}`,
    },
  },
  W0905: {
    severity: 'warning',
    title: 'fills at the close that gave the signal',
    message: () => 'orders fill at the close that gave the signal',
    label: () => 'flagged in every report',
    why: 'At the moment a close is known, nobody can trade at it any more; results are better than they could have been.',
    help: () => 'write `fill: next_open`, or leave it out',
    page: {
      example: `${ENTER} { ${SIZE}  stop: entry * 0.95 }\nexecution { fill: this_close  fee: 10bp  slippage: 2bp }`,
      mended: `${ENTER} { ${SIZE}  stop: entry * 0.95 }\nexecution { fill: next_open  fee: 10bp  slippage: 2bp }`,
    },
  },
  W0906: {
    severity: 'warning',
    title: 'an order type that the venue does not have',
    message: facts => `${facts.venue} has no ${facts.type} orders`,
    why: 'A backtest fills such an order; live, the runtime would have to watch the price itself, and be late.',
    help: facts => `use ${facts.instead}, or trade on a venue that has them`,
    page: {
      whole: true,
      example: `strategy "Example"\ninstrument "BTC/USDT" on coinbase\nevery 1h\n${ENTER} { at: stop close * 1.01  ${SIZE}  hold: 24 bars }\n${COSTS}`,
      mended: `strategy "Example"\ninstrument "BTC/USDT" on coinbase\nevery 1h\n${ENTER} { at: limit close * 0.99  ${SIZE}  hold: 24 bars }\n${COSTS}`,
    },
  },
  W0907: {
    severity: 'warning',
    title: 'long and short on the same condition',
    message: () => 'the same condition enters long and short',
    why: 'Where both hold at the same bar neither is entered, so these two rules never trade.',
    help: () => 'give the two sides conditions that exclude each other',
    page: {
      whole: true,
      example: `strategy "Example"\ninstrument "BTC/USDT:USDT" on binance\nevery 1h\nsignal go = close crosses above open\nwhen go enter long { ${SIZE}  stop: entry * 0.95 }\nwhen go enter short { ${SIZE}  stop: entry * 1.05 }\nexecution { fee: 5bp  slippage: 2bp  funding: data }`,
      mended: `strategy "Example"\ninstrument "BTC/USDT:USDT" on binance\nevery 1h\nwhen close crosses above open enter long { ${SIZE}  stop: entry * 0.95 }\nwhen close crosses below open enter short { ${SIZE}  stop: entry * 1.05 }\nexecution { fee: 5bp  slippage: 2bp  funding: data }`,
    },
  },
  W0908: {
    severity: 'warning',
    title: 'a rule that never acts',
    message: facts =>
      facts.reason === 'never true' ? 'this condition is never true' : `an earlier rule already does this`,
    label: facts => (facts.reason === 'never true' ? undefined : 'the same condition and side'),
    why: 'Of two rules for one side at the same bar the first acts, and a condition that is never true never does.',
    help: () => 'remove the rule, or change its condition',
    page: {
      example: `signal go = close crosses above open\nwhen go enter long { ${SIZE}  stop: entry * 0.95 }\nwhen go enter long { size: 10% of equity  stop: entry * 0.9 }\n${COSTS}`,
      mended: `signal go = close crosses above open\nwhen go enter long { ${SIZE}  stop: entry * 0.95 }\n${COSTS}`,
    },
  },
};
