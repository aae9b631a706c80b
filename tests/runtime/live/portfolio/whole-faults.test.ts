/**
 * The life of a portfolio at the local venue, through the real client, in which one thing goes wrong: two instruments
 * get weights, a bar later the weights of one another, and keep those. Whatever it is: no order is sent twice, nothing is
 * held that was not decided, the books are the venue's, what is wrong with one instrument holds up no other, and a bar later
 * the weights are what they were to be, or it is said why not. What came of each is a row of docs/portfolio-faults.md.
 */
import { beforeAll, describe, expect, it, test } from 'vitest';
import { ownerOf } from '../../../../runtime/live/client-id.ts';
import { PortfolioTrader } from '../../../../runtime/live/portfolio-trader.ts';
import { VenueError } from '../../../../runtime/live/ports.ts';
import { grant } from '../../../../runtime/live/reconcile/grant.ts';
import { amount, number } from '../../../venue/amount.ts';
import type { HttpFault } from '../../../venue/faults.ts';
import { MINUTE_MS, spotVenue, type TestVenue, usdmVenue } from '../../../venue/start.ts';
import { mortality } from '../guard/mortality.ts';
import { memoryRows, type Rows } from '../reconcile/support.ts';
import { type Desk, openDesk } from './desk.ts';

const isDeep = process.env.VELA_DEEP === '1';

const [UP, DOWN] = [50_100, 49_900];
const MARKETS = ['BTCUSDT', 'ETHUSDT'] as const;
const [BTC, ETH] = MARKETS;
type Market = (typeof MARKETS)[number];

/** Where it is lived. */
interface Ground {
  readonly open: () => Promise<TestVenue>;
  readonly strategy: string;
  /** By market, what is to be held at a close of the first. */
  readonly weights: (close: number) => Readonly<Record<Market, number>>;
  readonly held: (local: TestVenue, market: Market) => number;
  /** The venue keeps its fee of what is bought: trades do not sum to what is held. */
  readonly keepsFees: boolean;
  readonly orders: string;
  /** What its stream calls a fill. */
  readonly fill: string;
  readonly noMoney: ReturnType<typeof refusal>;
}

function strategyOf(suffix: string, [high, low]: readonly [number, number], execution: string): string {
  return `strategy "Two"
instrument btc = "BTC/USDT${suffix}" on binance
instrument eth = "ETH/USDT${suffix}" on binance
every 1h
let rose = btc.close > 50000
rebalance every 1h to btc = if rose then ${high} else ${low}, eth = if rose then ${low} else ${high} { band: 2% }
execution { slippage: 0bp  ${execution} }
`;
}

const weightsOf = (high: number, low: number) => (close: number) =>
  close === UP ? { [BTC]: high, [ETH]: low } : { [BTC]: low, [ETH]: high };

const GROUNDS = {
  'Perpetuals at Binance': {
    open: usdmVenue,
    strategy: strategyOf(':USDT', [0.4, -0.4], 'fee: 5bp  funding: ignored  leverage: 2'),
    weights: weightsOf(0.4, -0.4),
    held: ({ exchange }, market) => number(exchange.position(market).quantity),
    keepsFees: false,
    orders: 'POST /fapi/v1/order',
    fill: 'ORDER_TRADE',
    noMoney: refusal(-2019, 'Margin is insufficient.'),
  },
  'Spot at Binance': {
    open: async () => {
      const local = await spotVenue();
      // Others may trade beside it.
      local.exchange.deposit('USDT', amount('10000'));
      return local;
    },
    strategy: strategyOf('', [0.6, 0.3], 'fee: 10bp'),
    weights: weightsOf(0.6, 0.3),
    held: ({ exchange }, market) => number(exchange.total(market.slice(0, 3))),
    keepsFees: true,
    orders: 'POST /api/v3/order',
    fill: 'executionReport',
    noMoney: refusal(-2010, 'Account has insufficient balance for requested action.'),
  },
} as const satisfies Readonly<Record<string, Ground>>;

/**
 * Of the run's clock against ours: quick, and where a busy machine has made the run believe that its venue was gone, once more
 * with more time.
 */
const SPEEDS = [4, 2, 1];
/** What keeps entries out that such a machine brings about. */
const BUSY_SAYS: ReadonlySet<string> = new Set(['degraded: disconnected', 'degraded: clock', 'degraded: blind']);

/** Who goes on with the journal, and what it has brought about. */
class Scene {
  readonly ground: Ground;
  readonly local: TestVenue;
  readonly #speed: number;
  isDisturbed = false;
  readonly #rows = memoryRows();
  #desk: Desk | undefined;
  #kill: () => Promise<void> = async () => {};
  /** The one of which not all that is wanted can come about. */
  troubled: Market | undefined;
  /** A person will have to say what is to be. */
  isHalting = false;
  /** Rows that the process writes before it dies. */
  dieAfter = Number.POSITIVE_INFINITY;
  #isDead = false;
  #died: Promise<void> = Promise.resolve();

  constructor(ground: Ground, local: TestVenue, speed: number) {
    this.#speed = speed;
    this.ground = ground;
    this.local = local;
  }

  get desk(): Desk {
    if (this.#desk === undefined) throw new Error('no process is there');
    return this.#desk;
  }

  get rows(): number {
    return this.#rows.rows.length;
  }

  async begin(): Promise<void> {
    const rows = this.#rows;
    const mortal = mortality();
    let tell = () => {};
    this.#isDead = false;
    this.#died = new Promise(resolve => {
      tell = resolve;
    });
    const die = () => {
      mortal.die();
      this.#isDead = true;
      tell();
    };
    const sink = mortal.sink(rows.sink);
    const append: Rows['sink']['append'] = row => {
      if (rows.rows.length >= this.dieAfter) die();
      sink.append(row);
    };
    const desk = await openDesk(this.local, this.ground.strategy, {
      rows: { ...rows, sink: { ...sink, append } },
      speed: this.#speed,
      through: mortal.venue,
    });
    this.#desk = desk;
    this.#kill = async () => {
      die();
      this.isDisturbed ||= desk.notices.some(({ what }) => BUSY_SAYS.has(what));
      await desk.die();
    };
  }

  async end(): Promise<void> {
    await this.#kill();
    this.#desk = undefined;
  }

  /** The process dies, and another goes on. */
  async again(): Promise<void> {
    await this.end();
    this.dieAfter = Number.POSITIVE_INFINITY;
    await this.begin();
  }

  /** What the venue holds. */
  held(market: Market): number {
    return this.ground.held(this.local, market);
  }

  own(market: Market): number {
    return this.desk.positions()[MARKETS.indexOf(market)] ?? Number.NaN;
  }

  /** What it is too little of for an order included. */
  books(market: Market): number {
    const { quantity, dust = 0 } = this.desk.trader.position(MARKETS.indexOf(market));
    return quantity + dust;
  }

  weight(market: Market): number {
    const price = number(this.local.exchange.listing(market).price);
    return (this.own(market) * price) / this.desk.trader.account.equity;
  }

  /** A bar, and all that comes of it; also when the process dies over it. */
  async bar(close: number): Promise<void> {
    this.local.exchange.move(BTC, amount(String(close)));
    const ticks = this.desk.trader.live.length;
    const taken = this.desk.bar(close);
    taken.catch(() => undefined);
    await Promise.race([taken, this.#died]);
    await this.rest();
    // What it had not all of when it died it is told again.
    if (this.desk.trader.live.length === ticks) await this.bar(close);
  }

  /** What the minute's comparison with the venue finds is found, and nothing is under way. */
  async rest(): Promise<void> {
    const timer = setInterval(() => void this.#compare(), MINUTE_MS / this.#speed);
    try {
      for (let isCompared = false; !isCompared; ) {
        await settle(
          () => this.#isDead || this.isCalm,
          () => this.why(),
        );
        if (!this.#isDead) isCompared = (await Promise.race([this.#compare(), this.#died])) === true;
        // What a dead one has sent is on its way.
        if (!isCompared) await new Promise(resolve => setTimeout(resolve, 50));
        if (this.#isDead) await this.again();
        // What is asked for again and again is compared when it rests.
        isCompared &&= this.isCalm && (!this.isHalting || this.desk.run.blocks.length > 0);
      }
    } finally {
      clearInterval(timer);
    }
  }

  /** False where the venue does not answer: the next minute's comparison does it. */
  async #compare(): Promise<boolean> {
    try {
      await this.desk.run.reconciler.now();
      return true;
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      return false;
    }
  }

  get isCalm(): boolean {
    const { run, trader } = this.desk;
    if (!(trader instanceof PortfolioTrader)) throw new Error('it is a portfolio');
    const { members } = trader.settings;
    const isDone = MARKETS.every((market, i) => market === this.troubled || members[i]?.order === undefined);
    return isDone && trader.orders.length === 0 && !run.guard.degraded.some(({ code }) => NOT_CALM.has(code));
  }

  why(): string {
    const { run, trader, notices } = this.desk;
    const orders = trader.orders.map(({ order, status }) => `${order.role} ${order.quantity} ${status}`);
    const degraded = run.guard.degraded.map(({ code }) => code);
    return [...orders, ...degraded, ...notices.map(({ what, facts }) => `\n${what} ${JSON.stringify(facts)}`)].join(
      ' ',
    );
  }
}

const NOT_CALM: ReadonlySet<string> = new Set(['unknown order', 'blind', 'disconnected']);

async function settle(holds: () => boolean, why = () => ''): Promise<void> {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > 30_000) throw new Error(`it did not come to rest: ${why()}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

// ---------------------------------------------------------------- what goes wrong

/** As Binance says no. */
function refusal(code: number, msg: string) {
  return { status: 400, body: JSON.stringify({ code, msg }) };
}

type Act = (scene: Scene) => void | Promise<void>;

interface Fault {
  readonly name: string;
  readonly beforeEntry?: Act;
  readonly beforeTurn?: Act;
  /** Which of the two it is about; the other is as if nothing had happened. */
  readonly of?: Market;
  /** Somebody else has traded it: a person has to say what is to be. */
  readonly halts?: true;
  /** On spot the other was to be paid for by it. */
  readonly pays?: true;
  /** When both have been turned round, or could not be. */
  readonly afterTurn?: Act;
  readonly isDeep?: boolean;
}

const order = (market: Market, when: HttpFault['when'], answer: HttpFault['answer'], times = 1): Act => {
  const of: HttpFault['of'] = ({ symbol }) => symbol === market;
  return ({ ground, local }) => local.server.faults.add({ on: ground.orders, of, when, answer, times });
};
const BUSY = { status: 503, body: 'Service Unavailable' };

const byHand =
  (market: Market, side: 'buy' | 'sell', quantity: string): Act =>
  ({ local: { exchange } }) => {
    const clientId = `web_${exchange.orders.length}`;
    exchange.place({ symbol: market, clientId, side, type: 'market', quantity: amount(quantity) });
  };
const trades =
  (market: Market, trading: boolean): Act =>
  ({ local: { exchange } }) => {
    exchange.listing(market).trading = trading;
  };
/** It dies when so many of its rows are written. */
const diesAfter =
  (rows: number): Act =>
  scene => {
    scene.dieAfter = scene.rows + rows;
  };

/** Of the rows of a turn, at which it dies in the usual run of the tests. */
const SHOWN: readonly number[] = [3, 8, 13, 18];

const FAULTS: readonly Fault[] = [
  { name: 'nothing' },
  { name: 'one purchase: no answer, it did not arrive', beforeEntry: order(BTC, 'before', 'silence') },
  { name: 'one purchase: no answer, it had arrived', beforeEntry: order(BTC, 'after', 'silence') },
  { name: 'one purchase: 503, although done', beforeEntry: order(ETH, 'after', BUSY) },
  {
    name: 'one purchase: refused for want of money',
    of: BTC,
    beforeEntry: scene => order(BTC, 'before', scene.ground.noMoney)(scene),
  },
  {
    name: 'one purchase fills in four parts',
    beforeEntry: ({ local }) => {
      local.exchange.nextPieces.push(Array.from({ length: 4 }, () => amount('0.25')));
    },
  },
  { name: 'one sale: no answer, it did not arrive', beforeTurn: order(BTC, 'before', 'silence') },
  { name: 'one sale: no answer, it had arrived', beforeTurn: order(BTC, 'after', 'silence') },
  { name: 'one sale: connection cut, although done', beforeTurn: order(BTC, 'after', 'cut') },
  { name: 'one sale: the venue is overloaded', beforeTurn: order(BTC, 'before', refusal(-1008, 'Server overloaded.')) },
  {
    name: 'one sale: refused',
    of: BTC,
    pays: true,
    beforeTurn: scene => order(BTC, 'before', scene.ground.noMoney)(scene),
  },
  {
    name: 'fills are told twice',
    beforeTurn: ({ ground, local }) => local.server.faults.addSocket(ground.fill, { kind: 'twice', times: 8 }),
  },
  {
    name: 'fills are not told',
    beforeTurn: ({ ground, local }) => local.server.faults.addSocket(ground.fill, { kind: 'lose', times: 3 }),
  },
  { name: 'all streams are cut', beforeTurn: ({ local }) => local.server.dropSockets() },
  { name: 'the process dies before it turns', beforeTurn: scene => scene.again() },
  ...Array.from({ length: isDeep ? 40 : 4 }, (_, i): Fault => {
    const rows = isDeep ? i + 1 : (SHOWN[i] ?? 0);
    return {
      name: `the process dies half way through, at row ${rows} of the turn`,
      beforeTurn: diesAfter(rows),
      isDeep: !SHOWN.includes(rows),
    };
  }),
  {
    name: 'one market does not trade for a while',
    of: ETH,
    beforeTurn: trades(ETH, false),
    afterTurn: trades(ETH, true),
  },
  { name: 'somebody buys one of them by hand', of: ETH, halts: true, beforeTurn: byHand(ETH, 'buy', '0.5') },
  {
    name: 'somebody sells of one of them by hand',
    of: BTC,
    halts: true,
    pays: true,
    beforeTurn: byHand(BTC, 'sell', '0.079'),
  },
];

// ---------------------------------------------------------------- its life

interface Row {
  readonly bought: string;
  readonly turned: string;
  readonly end: string;
}

const weightsText = (scene: Scene) =>
  MARKETS.map(
    market =>
      `${market.slice(0, 3)} ${scene.own(market) === 0 ? 'flat' : `${Math.round(100 * scene.weight(market))} %`}`,
  ).join(', ');

async function live(fault: Fault, ground: Ground): Promise<Row> {
  for (const speed of SPEEDS) {
    const lived = await liveAt(speed, fault, ground);
    if (lived.isDisturbed && speed !== SPEEDS.at(-1)) continue;
    if ('row' in lived) return lived.row;
    throw lived.error;
  }
  throw new Error('it has no speed');
}

type Lived = { readonly isDisturbed: boolean } & ({ readonly row: Row } | { readonly error: unknown });

async function liveAt(speed: number, fault: Fault, ground: Ground): Promise<Lived> {
  const local = await ground.open();
  const scene = new Scene(ground, local, speed);
  let found: { readonly row: Row } | { readonly error: unknown };
  try {
    await scene.begin();
    found = { row: await play(fault, scene) };
  } catch (error) {
    found = { error };
  } finally {
    await scene.end();
    await local.close();
  }
  return { ...found, isDisturbed: scene.isDisturbed };
}

async function play(fault: Fault, scene: Scene): Promise<Row> {
  const { exchange, server } = scene.local;
  const MOST = Math.max(...Object.values(scene.ground.weights(UP)).map(Math.abs));
  const own = (market: Market) => sumOf(scene, market, 'this run');
  const step = async (close: number, { of, pays }: Pick<Fault, 'of' | 'pays'> = {}) => {
    scene.troubled = of;
    await scene.bar(close);
    for (const market of MARKETS) {
      const target = scene.ground.weights(close)[market];
      expect(Math.abs(scene.weight(market)), `${market}: more than was decided`).toBeLessThan(MOST + 0.03);
      const isPoor = pays === true && scene.ground.keepsFees;
      if (market !== of && !isPoor) expect(scene.weight(market), market).toBeCloseTo(target, 1);
      // Of what others have taken of the run's own, nothing is its any more.
      if (sumOf(scene, market, 'foreign') !== 0) continue;
      expect(scene.held(market), `${market}: what is there`).toBeCloseTo(scene.books(market), 9);
      if (scene.ground.keepsFees) continue;
      expect(scene.books(market), `${market}: what its trades have left`).toBeCloseTo(own(market), 9);
    }
    return weightsText(scene);
  };
  await fault.beforeEntry?.(scene);
  const bought = await step(UP, fault);
  await fault.beforeTurn?.(scene);
  scene.isHalting = fault.halts === true;
  const turned = await step(DOWN, fault);
  scene.isHalting = false;
  await fault.afterTurn?.(scene);
  server.faults.clear();
  const blocked = [...scene.desk.run.blocks];
  for (const { instrument } of blocked) {
    expect(instrument, 'one instrument is halted, not all').toBeDefined();
    const answer = await grant(scene.desk.run, { type: 'release', symbol: scene.desk.run.symbolOf(instrument ?? 0) });
    expect(answer.outcome).toBe('done');
  }
  const end = await step(DOWN);
  expect(scene.desk.run.blocks).toEqual([]);
  // And a process that begins anew has nothing to do.
  const placed = exchange.orders.length;
  await scene.again();
  await scene.rest();
  expect(exchange.orders.length).toBe(placed);
  const ids = exchange.orders.map(({ clientId }) => clientId);
  expect(new Set(ids).size, 'each id once').toBe(ids.length);
  const halts = blocked.map(({ why, instrument }) => `${why} (${scene.desk.run.symbolOf(instrument ?? 0)})`);
  return { bought, turned, end: halts.length === 0 ? end : `${halts.join(', ')}: released, then ${end}` };
}

/** Signed quantity of what somebody's trades sum to. */
function sumOf({ local: { exchange } }: Scene, market: Market, owner: 'this run' | 'foreign'): number {
  return exchange.trades
    .filter(({ order }) => order.symbol === market && ownerOf(order.clientId, 'desk') === owner)
    .reduce((sum, { order, quantity }) => sum + (order.side === 'buy' ? 1 : -1) * number(quantity), 0);
}

/** Most of a life is waiting: so many go on at once. */
const AT_ONCE = 10;
const titles = Object.keys(GROUNDS) as (keyof typeof GROUNDS)[];
const keyOf = (title: string, name: string) => `${title}: ${name}`;
let lives: ReadonlyMap<string, Promise<Row>> = new Map();

/** Each begins when one before it is over. */
function begin(): typeof lives {
  const waiting: (() => void)[] = [];
  const begun = titles.flatMap(title =>
    FAULTS.map(fault => {
      const row = new Promise<void>(resolve => waiting.push(resolve)).then(() => live(fault, GROUNDS[title]));
      row.catch(() => undefined).finally(() => waiting.shift()?.());
      return [keyOf(title, fault.name), row] as const;
    }),
  );
  for (const start of waiting.splice(0, AT_ONCE)) start();
  return new Map(begun);
}

describe.each(titles)('a portfolio in which one thing goes wrong: %s', title => {
  beforeAll(() => {
    if (lives.size === 0) lives = begin();
  });
  it.each(FAULTS.map(({ name }) => name))('%s', { timeout: 120_000 }, async name => {
    expect(await lives.get(keyOf(title, name))).toBeDefined();
  });
});

test('docs/portfolio-faults.md is these tables', async () => {
  const shown = FAULTS.filter(fault => fault.isDeep !== true);
  const lineOf = async (title: string, name: string) => {
    const row = await lives.get(keyOf(title, name))?.catch(() => undefined);
    return row === undefined
      ? `| ${name} | not lived through | | |`
      : `| ${name} | ${row.bought} | ${row.turned} | ${row.end} |`;
  };
  const sections: string[] = [];
  for (const title of titles) {
    const lines = await Promise.all(shown.map(({ name }) => lineOf(title, name)));
    sections.push(`## ${title}

| what goes wrong | after the first bar | after the turn | a bar later |
|---|---|---|---|
${lines.join('\n')}
`);
  }
  const page = `# What a portfolio does when something goes wrong

Each row is the life of a portfolio at a local venue that speaks the protocol of the real one, through the real client. It is to hold
two instruments with weights, a bar later with the weights of one another, and a bar later the same still; one thing goes wrong.
In all of them no order was sent twice, nothing was held that was not decided, the books were the venue's, what was wrong with
one instrument held up no other (but what it was to pay for), and a process that began anew at the end had nothing to do. This page is written by the tests.

${sections.join('\n')}`;
  await expect(page).toMatchFileSnapshot('../../../../docs/portfolio-faults.md');
});
