/**
 * One thing goes wrong in the life of a run at the local venue, through the real client; everything else goes on. Whatever it
 * is: no order is doubled, the run's books are the venue's, no position is without its stop past the deadline, and the run
 * goes on or says why it does not. What came of each is a row of docs/run-faults.md.
 */
import { describe, expect, it, test } from 'vitest';
import { DEADLINE_MS } from '../../../runtime/live/guard/protection.ts';
import { VenueError } from '../../../runtime/live/ports.ts';
import { amount, number } from '../../venue/amount.ts';
import type { HttpFault } from '../../venue/faults.ts';
import { MINUTE_MS, type UsdmVenue, usdmVenue } from '../../venue/start.ts';
import { BUY, memoryRows, NOTHING, openPost, type Post, type Rows, SELL } from './guard/support.ts';
import { PERPETUAL_FACTS } from './reconcile/support.ts';

interface Scene {
  readonly local: UsdmVenue;
  readonly rows: Rows;
  post: Post;
  /** The process dies, and another goes on with its journal. */
  again(): Promise<void>;
}

type Act = (scene: Scene) => void | Promise<void>;

interface Fault {
  readonly name: string;
  readonly beforeEntry?: Act;
  readonly whileHeld?: Act;
  readonly beforeExit?: Act;
}

const ORDER = 'POST /fapi/v1/order';
const STOP = 'POST /fapi/v1/algoOrder';
const CANCEL_STOP = 'DELETE /fapi/v1/algoOrder';
const http = (on: string, when: HttpFault['when'], answer: HttpFault['answer'], times = 1): Act => {
  return ({ local }) => local.server.faults.add({ on, when, answer, times });
};
const refusal = (code: number, msg: string, status = 400) => ({ status, body: JSON.stringify({ code, msg }) });
const BUSY = { status: 503, body: 'Service Unavailable' };

/** A person, or another program, at the same account. */
function byHand({ exchange }: UsdmVenue, side: 'buy' | 'sell', quantity: string): void {
  const clientId = `web_${exchange.orders.length}`;
  exchange.place({ symbol: 'BTCUSDT', clientId, side, type: 'market', quantity: amount(quantity) });
}

const FAULTS: readonly Fault[] = [
  { name: 'nothing' },
  { name: 'the entry: no answer, it did not arrive', beforeEntry: http(ORDER, 'before', 'silence') },
  { name: 'the entry: no answer, it had arrived', beforeEntry: http(ORDER, 'after', 'silence') },
  { name: 'the entry: connection cut before it arrived', beforeEntry: http(ORDER, 'before', 'cut') },
  { name: 'the entry: connection cut after it had arrived', beforeEntry: http(ORDER, 'after', 'cut') },
  { name: 'the entry: 503, although done', beforeEntry: http(ORDER, 'after', BUSY) },
  {
    name: 'the entry: 200 with an empty body, although done',
    beforeEntry: http(ORDER, 'after', { status: 200, body: '' }),
  },
  {
    name: 'the entry: −1021, outside of the receive window',
    beforeEntry: http(ORDER, 'before', refusal(-1021, 'Timestamp')),
  },
  {
    name: 'the entry: 429, too many requests',
    beforeEntry: scene => {
      http(ORDER, 'before', refusal(-1003, 'Too many', 429))(scene);
      // Nothing is asked until the next minute; it comes soon.
      const { clock } = scene.local.exchange;
      setTimeout(() => clock.moveTo(clock.now() + MINUTE_MS), 3000);
    },
  },
  {
    name: 'the entry: −2019, not enough margin',
    beforeEntry: http(ORDER, 'before', refusal(-2019, 'Margin is insufficient.')),
  },
  {
    name: 'the entry fills in four parts, as the price moves',
    beforeEntry: ({ local }) => {
      const part = amount('0.25');
      local.exchange.nextPieces.push([part, part, part, part]);
    },
  },
  {
    name: 'its fill is told twice',
    beforeEntry: ({ local }) => local.server.faults.addSocket('ORDER_TRADE', { kind: 'twice', times: 4 }),
  },
  {
    name: 'its fill is told out of order',
    beforeEntry: ({ local }) => local.server.faults.addSocket('ORDER_TRADE', { kind: 'swap', times: 1 }),
  },
  {
    name: 'its fill is not told',
    beforeEntry: ({ local }) => local.server.faults.addSocket('ORDER_TRADE', { kind: 'lose', times: 2 }),
  },
  { name: 'the stop: no answer, it had arrived', beforeEntry: http(STOP, 'after', 'silence') },
  { name: 'the stop: no answer, again and again', beforeEntry: http(STOP, 'before', 'silence', 1000) },
  {
    name: 'the stop: refused, the price is through',
    beforeEntry: http(STOP, 'before', refusal(-2021, 'Order would immediately trigger.')),
  },
  {
    name: 'the stop: refused, no room for more',
    beforeEntry: http(STOP, 'before', refusal(-4045, 'Reach max stop order limit.')),
  },
  { name: 'the process dies while a position is held', whileHeld: scene => scene.again() },
  { name: 'all streams are cut', whileHeld: ({ local }) => local.server.dropSockets() },
  { name: 'all streams stay open and fall silent', whileHeld: ({ local }) => local.server.freezeSockets() },
  {
    name: 'maintenance for a while',
    whileHeld: async ({ local, post }) => {
      local.server.maintenance = true;
      local.server.dropSockets();
      await settle(() => post.blocks().includes('blind'));
      local.server.maintenance = false;
    },
  },
  {
    name: 'somebody cancels the stop',
    whileHeld: ({ local }) => {
      for (const order of local.exchange.openOrders('BTCUSDT')) local.exchange.cancel(order);
    },
  },
  { name: 'somebody buys by hand', whileHeld: ({ local }) => byHand(local, 'buy', '0.05') },
  { name: 'somebody sells half of it by hand', whileHeld: ({ local }) => byHand(local, 'sell', '0.05') },
  { name: 'somebody sells all of it by hand', whileHeld: ({ local }) => byHand(local, 'sell', '0.1') },
  { name: 'somebody deposits money', whileHeld: ({ local }) => local.exchange.deposit('USDT', amount('5000')) },
  {
    name: 'the price falls through the stop',
    whileHeld: ({ local }) => {
      local.exchange.move('BTCUSDT', amount('44000'));
      local.exchange.move('BTCUSDT', amount('50000'));
    },
  },
  { name: 'the exit: no answer, it did not arrive', beforeExit: http(ORDER, 'before', 'silence') },
  { name: 'the exit: no answer, it had arrived', beforeExit: http(ORDER, 'after', 'silence') },
  { name: 'the exit: 503, nothing done', beforeExit: http(ORDER, 'before', BUSY) },
  { name: 'the cancel of the stop: no answer, it did not arrive', beforeExit: http(CANCEL_STOP, 'before', 'silence') },
  { name: 'the cancel of the stop: connection cut, although done', beforeExit: http(CANCEL_STOP, 'after', 'cut') },
  { name: 'the process dies as it leaves', beforeExit: scene => scene.again() },
];

const SIZE = 0.1;
/** Of the run's clock against ours: on a busy machine the run must not seem slow. */
const SPEED = 4;
/** A test's own slowness counts as the run's. */
const LATE_MS = 2000;
const PERPETUAL = { symbol: 'BTC/USDT:USDT', facts: PERPETUAL_FACTS };

async function settle(holds: () => boolean, why = () => ''): Promise<void> {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > 40_000) throw new Error(`it did not come to rest: ${why()}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

const NOT_CALM: ReadonlySet<string> = new Set(['unprotected', 'unknown order', 'blind', 'disconnected']);

/** What the minute's comparison with the venue finds is found, and nothing is under way. */
async function rest({ post }: Pick<Scene, 'post'>): Promise<void> {
  const { run } = post;
  const isCalm = () =>
    run.parts.trader.orders.every(({ status }) => status === 'working') &&
    !run.guard.degraded.some(({ code }) => NOT_CALM.has(code));
  const compare = async () => {
    try {
      await run.reconciler.now();
      return true;
    } catch (error) {
      // Not now: the next minute's comparison does it.
      if (!(error instanceof VenueError)) throw error;
      return false;
    }
  };
  const timer = setInterval(() => void compare(), MINUTE_MS / SPEED);
  try {
    await settle(isCalm, () => why(post));
    while (!(await compare()));
    await run.idle();
    await settle(isCalm, () => why(post));
  } finally {
    clearInterval(timer);
  }
}

function why({ run, notices }: Post): string {
  const orders = run.parts.trader.orders.map(({ order, status }) => `${order.role} ${status}`);
  const degraded = run.guard.degraded.map(({ code }) => code);
  return [...orders, ...degraded, ...notices.map(({ what, facts }) => `\n${what} ${facts?.why ?? ''}`)].join(' ');
}

interface Row {
  readonly entry: string;
  readonly held: string;
  readonly end: string;
}

interface Place {
  readonly local: UsdmVenue;
  readonly rows: Rows;
  post: Post;
}

async function live(fault: Fault): Promise<Row> {
  const local = await usdmVenue();
  const rows = memoryRows();
  const place: Place = { local, rows, post: await openPost(local, { ...PERPETUAL, rows, speed: SPEED }) };
  try {
    return await play(fault, place);
  } finally {
    await place.post.die();
    await local.close();
  }
}

async function play(fault: Fault, mine: Place): Promise<Row> {
  const { local, rows } = mine;
  const scene: Scene = {
    local,
    rows,
    get post() {
      return mine.post;
    },
    again: async () => {
      await mine.post.die();
      mine.post = await openPost(local, { ...PERPETUAL, rows, speed: SPEED });
    },
  };
  const { exchange } = local;
  const own = () => mine.post.position;
  const there = () => number(exchange.position('BTCUSDT').quantity);
  const step = async (close: number) => {
    exchange.move('BTCUSDT', amount(String(close)));
    await mine.post.bar(close);
    await rest(mine);
    expect(own(), 'more than was decided').toBeLessThanOrEqual(SIZE);
    expect(own(), 'more than there is').toBeLessThanOrEqual(Math.max(0, there()) + 1e-9);
  };

  await fault.beforeEntry?.(scene);
  await step(BUY);
  const entry = own() > 0 ? 'taken' : exchange.trades.length > 0 ? 'taken, and closed at market' : 'not taken';
  await fault.whileHeld?.(scene);
  await step(NOTHING);
  const stops = exchange.openOrders('BTCUSDT').filter(({ trigger }) => trigger !== undefined);
  const stopped = stops.reduce((sum, { quantity }) => sum + number(quantity), 0);
  expect(stopped, 'protected for what is held').toBeCloseTo(own(), 6);
  const held = own() === 0 ? 'flat' : own() === SIZE ? 'held, with its stop' : `${own()} held, with its stop`;
  await fault.beforeExit?.(scene);
  await step(SELL);
  expect(own()).toBe(0);
  expect(exchange.openOrders('BTCUSDT')).toEqual([]);
  const foreign = there();
  local.server.faults.clear();
  await step(BUY);
  const codes = [...new Set(mine.post.blocks())].join(', ');
  const end = own() > 0 ? 'goes on' : `enters no more: ${codes}`;
  expect(own() > 0 || codes !== '', 'it goes on or says why not').toBe(true);
  // An amendment at this venue is another order with the same id.
  const ids = exchange.orders.flatMap(({ clientId, type }) => (type === 'market' ? [clientId] : []));
  expect(new Set(ids).size, 'each id once').toBe(ids.length);
  // What others hold has no stop of the run's.
  if (foreign === 0) expect(mine.post.longestUnprotectedMs).toBeLessThan(DEADLINE_MS + LATE_MS);
  return { entry, held, end: foreign === 0 ? end : `${end}; ${foreign} of others left alone` };
}

const table = new Map<string, string>();

describe('a run in which one thing goes wrong', () => {
  it.concurrent.each(FAULTS.map(fault => [fault.name, fault] as const))(
    '%s',
    { timeout: 60_000 },
    async (name, fault) => {
      const { entry, held, end } = await live(fault);
      table.set(name, `| ${name} | ${entry} | ${held} | ${end} |`);
    },
  );
});

test('docs/run-faults.md is this table', async () => {
  const lines = FAULTS.map(({ name }) => table.get(name) ?? `| ${name} | failed | | |`);
  const page = `# What a run does when something goes wrong

Each row is the life of a run at a local venue that speaks the protocol of Binance's perpetuals, through the real client: it
decides to enter, holds for a bar, decides to leave, and decides to enter again; one thing goes wrong. In all of them no
order was sent twice, the run never held more than it had decided, its books were the venue's, and no position was without a
stop of its size for longer than the deadline. This page is written by the tests.

| what goes wrong | the entry | a bar later | after the exit |
|---|---|---|---|
${lines.join('\n')}
`;
  await expect(page).toMatchFileSnapshot('../../../docs/run-faults.md');
});
