/**
 * What happens to a run that is killed in it, in chapters: each is the life of one run from its first start on. After each
 * step everything that it brought about is waited for.
 */
import type { Kind } from './grounds.ts';
import type { Stage } from './stage.ts';

/** What may be seen of a run from outside. */
export interface Seen {
  /** Close of the last bar that it has consumed. */
  readonly consumedMs: number;
  readonly orders: readonly SeenOrder[];
  /** By number of the instrument, dust included. */
  readonly positions: readonly number[];
  /** Of the first. */
  readonly position: number;
  /** Of what it has decided something is not ordered yet. */
  readonly isDeciding: boolean;
  /** All that it holds is to be sold at market. */
  readonly isClosing: boolean;
  readonly isStopped: boolean;
  /** What entries are halted by. */
  readonly blocks: readonly string[];
  /** Wishes that have been answered. */
  readonly answers: number;
  readonly balance: number;
}

export interface SeenOrder {
  readonly clientId: string;
  readonly role: string;
  readonly status: string;
  readonly price: number;
  readonly quantity: number;
}

export interface Step {
  readonly name: string;
  readonly act: (stage: Stage) => void;
  /** What it is waited for, besides that nothing is under way. */
  readonly until?: (seen: Seen) => boolean;
  /** Again and again until then. */
  readonly meanwhile?: (stage: Stage) => void;
}

export interface Chapter {
  readonly name: string;
  readonly strategy: string;
  readonly kind: Kind;
  readonly steps: readonly Step[];
}

/** Where nothing can be sold short. */
function spotStrategy(instrument: string, more = ''): string {
  return `strategy "Killed"

instrument ${instrument}
every 1h
clock day = 1d

when volume == 2 and sma(close, 2) > 0 enter long {
  at:     limit close - 20
  expire: 3 bars
  size:   0.15 base
  stop:   entry - 1300
  target: [50% at entry + 900]
  trail:  2.8%
}
when volume == 4 exit
${more}
risk {
  cap exposure at 50% of equity
  cap daily_loss at 0.5% of equity else halt until day
}
execution { fee: 10bp  slippage: 1bp }
`;
}

const STRATEGY: Readonly<Record<Kind, string>> = {
  perpetual: `strategy "Killed"

instrument "BTC/USDT:USDT" on binance
every 1h
clock day = 1d

when volume == 2 and sma(close, 2) > 0 enter long {
  at:     limit close - 20
  expire: 3 bars
  size:   0.15 base
  stop:   entry - 600
  target: [50% at entry + 900]
  trail:  1.4%
}
when volume == 3 enter short { size: 0.15 base  stop: entry + 1500 }
when volume == 4 exit

risk {
  cap exposure at 50% of equity
  cap daily_loss at 0.5% of equity else halt until day
}
execution { fee: 5bp  slippage: 1bp  funding: data  leverage: 2 }
`,
  spot: spotStrategy('"BTC/USDT" on binance'),
  coinbase: spotStrategy('"BTC/USD" on coinbase', 'when volume == 5 reduce 50%\n'),
  portfolio: `strategy "Killed"

instrument btc = "BTC/USDT:USDT" on binance
instrument eth = "ETH/USDT:USDT" on binance
instrument sol = "SOL/USDT:USDT" on binance
every 1h
clock day = 1d

let sign = if btc.volume == 2 then 1 else if btc.volume == 3 then -1 else 0

rebalance when btc.volume > 1 to btc = 0.45 * sign, eth = -0.3 * sign, sol = 0.15 * sign { band: 2% }

risk {
  cap gross at 80%
  cap daily_loss at 5% of equity else halt until day
}
execution { fee: 5bp  slippage: 1bp  funding: data  leverage: 2 }
`,
};

// -------------------------------------------------------------- steps

const START: Step = { name: 'it starts', act: () => {} };
const NOTHING: Step = { name: 'nothing is decided', act: stage => stage.bar('nothing') };

/** A limit entry that fills in two parts; the price is then where it was. */
function entry(price: number): readonly Step[] {
  return [
    { name: 'an entry is placed', act: stage => stage.bar('long', price) },
    { name: 'a part of it fills', act: stage => stage.touch(price - 25) },
    { name: 'the rest of it fills', act: stage => stage.touch(price - 30) },
  ];
}

const TRADE: readonly Step[] = [
  START,
  NOTHING,
  ...entry(50_500),
  { name: 'the stop trails', act: stage => stage.bar('nothing', 50_900) },
  { name: 'the stop trails further', act: stage => stage.bar('nothing', 51_100) },
  {
    name: 'half is sold at its target',
    act: stage => stage.touch(51_400),
    // What the price is between two bars a stream tells once a second.
    meanwhile: stage => stage.touch(51_400),
    until: ({ position }) => position < 0.06,
  },
  { name: 'the stop trails for the rest', act: stage => stage.bar('nothing', 51_300) },
  { name: 'the rest is sold', act: stage => stage.bar('exit') },
  ...entry(51_300),
];

const FUNDING: Step = {
  name: 'funding is paid',
  act: stage => {
    stage.funding('0.0004');
    stage.cutStreams();
  },
};

const BAD_DAY: readonly Step[] = [
  { name: 'the day has lost too much: no entry', act: halted(stage => stage.bar('long')) },
  { name: 'a new day begins', act: allowed(stage => stage.bar('nothing')) },
  ...entry(50_800),
];

const REVERSAL: readonly Step[] = [
  START,
  ...entry(50_500),
  { name: 'it turns round', act: stage => stage.bar('short', 50_400) },
  {
    name: 'its stop is hit',
    act: stage => {
      stage.touch(51_950);
      stage.bar('nothing', 52_000);
    },
  },
  ...BAD_DAY,
];

const STOPPED_OUT: readonly Step[] = [
  START,
  NOTHING,
  ...entry(50_500),
  {
    name: 'its stop is hit',
    act: stage => {
      stage.touch(49_100);
      stage.bar('nothing', 49_000);
    },
  },
  ...BAD_DAY,
];

const EXPIRY: readonly Step[] = [
  START,
  NOTHING,
  { name: 'an entry is placed', act: stage => stage.bar('long', 50_500) },
  { name: 'nobody sells at its price', act: stage => stage.bar('nothing', 50_600) },
  { name: 'nor in the next bar', act: stage => stage.bar('nothing') },
  { name: 'it expires', act: stage => stage.bar('nothing'), until: ({ orders }) => orders.length === 0 },
  { name: 'another is placed', act: stage => stage.bar('long', 50_700) },
  { name: 'a part of it fills', act: stage => stage.touch(50_675) },
  { name: 'nobody sells more', act: stage => stage.bar('nothing', 50_800) },
  { name: 'nor in the next bar', act: stage => stage.bar('nothing') },
  {
    name: 'the rest of it expires',
    act: stage => stage.bar('nothing'),
    until: ({ orders }) => orders.every(({ role }) => role !== 'enter'),
  },
  { name: 'half is sold', act: stage => stage.bar('reduce') },
  { name: 'the stop trails', act: stage => stage.bar('nothing', 51_300) },
  {
    name: 'its stop is hit',
    act: stage => {
      stage.touch(49_100);
      stage.bar('nothing', 49_000);
    },
  },
  ...entry(50_500),
];

/** Of three, one of which is held the other way round than the others. */
const ROUND: readonly Step[] = [
  START,
  NOTHING,
  { name: 'it gives them weights', act: stage => stage.bar('long', 50_500) },
  {
    name: 'prices have moved',
    act: stage => {
      stage.touch(2800, 'ETHUSDT');
      stage.touch(92, 'SOLUSDT');
      stage.bar('nothing', 51_500);
    },
  },
  { name: 'it gives them the same weights again', act: stage => stage.bar('long') },
  FUNDING,
  { ...NOTHING, until: ({ blocks }) => blocks.length === 0 },
  { name: 'all three turn round', act: stage => stage.bar('short') },
  {
    name: 'one price has moved',
    act: stage => {
      stage.touch(2600, 'ETHUSDT');
      stage.bar('short');
    },
  },
  { name: 'all is sold', act: stage => stage.bar('exit') },
  { name: 'it gives them weights', act: stage => stage.bar('long') },
];

const LOSS: readonly Step[] = [
  START,
  { name: 'it gives them weights', act: stage => stage.bar('long', 50_500) },
  {
    name: 'the day has lost too much',
    act: stage => {
      stage.touch(2900, 'ETHUSDT');
      stage.bar('nothing', 48_000);
      // Whoever missed the bar before holds nothing, and has lost nothing.
      stage.isHalted = stage.equity < 9500;
    },
  },
  { name: 'what would be turned round is sold', act: stage => stage.bar('short') },
  { name: 'nothing is bought', act: stage => stage.bar('long') },
  { name: 'a new day begins', act: allowed(stage => stage.bar('nothing')) },
  { name: 'it gives them weights', act: stage => stage.bar('long') },
  { name: 'it is told to stop', act: stage => stage.stop(false), until: ({ isStopped }) => isStopped },
  { name: 'nothing is turned round', act: stage => stage.bar('short') },
  { name: 'it may go on', act: stage => stage.reset(), until: ({ isStopped }) => !isStopped },
  { name: 'all three turn round', act: stage => stage.bar('short') },
  {
    name: 'it is told to stop and close',
    act: stage => stage.stop(true),
    until: ({ isStopped, positions }) => isStopped && positions.every(held => Math.abs(held) < DUST),
  },
];

const STOP: readonly Step[] = [
  START,
  ...entry(50_500),
  { name: 'it is told to stop', act: stage => stage.stop(false), until: ({ isStopped }) => isStopped },
  { name: 'it makes no entry', act: stage => stage.bar('long') },
  { name: 'it may still leave', act: stage => stage.bar('exit') },
  { name: 'it makes no entry when flat', act: stage => stage.bar('long') },
  { name: 'it may go on', act: stage => stage.reset(), until: ({ isStopped }) => !isStopped },
  ...entry(50_500),
  {
    name: 'it is told to stop and close',
    act: stage => stage.stop(true),
    until: ({ isStopped, position }) => isStopped && Math.abs(position) < DUST,
  },
];

const OTHERS: readonly Step[] = [
  START,
  {
    name: 'somebody buys',
    act: halted(stage => {
      stage.byHand('buy', 0.05);
      stage.cutStreams();
    }),
    until: ({ blocks }) => blocks.includes('foreign'),
  },
  { name: 'it makes no entry beside it', act: stage => stage.bar('long') },
  {
    name: 'it is to adopt that',
    act: allowed(stage => stage.wish('adopt')),
    until: ({ answers, blocks }) => answers === 1 && blocks.length === 0,
  },
  { name: 'what was adopted is sold', act: stage => stage.bar('exit') },
  ...entry(50_500),
  {
    name: 'somebody buys more',
    act: halted(stage => {
      stage.byHand('buy', 0.05);
      stage.cutStreams();
    }),
    until: ({ blocks }) => blocks.includes('foreign'),
  },
  {
    name: 'it is to release all of it',
    act: allowed(stage => stage.wish('release')),
    until: ({ answers, blocks }) => answers === 2 && blocks.length === 0,
  },
  {
    name: 'somebody sells that',
    act: halted(stage => {
      stage.byHand('sell', Math.floor(stage.held * 1000) / 1000);
      stage.cutStreams();
    }),
    until: ({ blocks }) => blocks.includes('foreign'),
  },
  {
    name: 'it is to release what is left',
    act: allowed(stage => stage.wish('release')),
    until: ({ answers, blocks }) => answers === 3 && blocks.length === 0,
  },
  ...entry(50_500),
];

/** Less than an order can be made of. */
export const DUST = 0.0002;

function halted(act: Step['act']): Step['act'] {
  return stage => {
    stage.isHalted = true;
    act(stage);
  };
}

function allowed(act: Step['act']): Step['act'] {
  return stage => {
    stage.isHalted = false;
    act(stage);
  };
}

function chapter(kind: Kind, name: string, steps: readonly Step[]): Chapter {
  return { kind, name, strategy: STRATEGY[kind], steps };
}

const [before, after] = [TRADE.slice(0, 6), TRADE.slice(6)];

export const CHAPTERS: readonly Chapter[] = [
  chapter('perpetual', 'a trade with its target, trail and funding', [...before, FUNDING, ...after]),
  chapter('perpetual', 'a reversal, a stop-out and the end of the day', REVERSAL),
  chapter('perpetual', 'a person stops it', STOP),
  chapter('perpetual', 'somebody else trades', OTHERS),
  chapter('spot', 'a trade with its target and trail', TRADE),
  chapter('spot', 'a stop-out and the end of the day', STOPPED_OUT),
  chapter('spot', 'a person stops it', STOP),
  chapter('spot', 'somebody else trades', OTHERS),
  chapter('coinbase', 'a trade with its target and trail', TRADE),
  chapter('coinbase', 'an expiry, a part that is sold and a stop-out', EXPIRY),
  chapter('coinbase', 'somebody else trades', OTHERS),
  chapter('portfolio', 'a portfolio that turns round', ROUND),
  chapter('portfolio', 'a day that loses too much, and a person who stops it', LOSS),
];
