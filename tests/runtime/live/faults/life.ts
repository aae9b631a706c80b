/**
 * The life of a run at a local venue, through the real client, in which one thing goes wrong: it decides to enter, holds for a
 * bar, decides to leave, and decides to enter again. Whatever it is, what a run promises is held against the record of the
 * venue (record.ts) and against what the run believes; what came of it is a row of docs/run-faults.md.
 */
import { expect } from 'vitest';
import type { MarketFacts } from '../../../../runtime/data/series.ts';
import { ownerOf } from '../../../../runtime/live/client-id.ts';
import { DEADLINE_MS, STUCK_MS } from '../../../../runtime/live/guard/protection.ts';
import { VenueError } from '../../../../runtime/live/ports.ts';
import type { LiveRun, Notice } from '../../../../runtime/live/run.ts';
import { BUILT_IN } from '../../../../runtime/monitor/built-in-alerts.ts';
import { amount, number } from '../../../venue/amount.ts';
import type { HttpFault } from '../../../venue/faults.ts';
import { MINUTE_MS, type TestVenue } from '../../../venue/start.ts';
import { type PatientClock, patientClock } from '../guard/clock.ts';
import { mortality } from '../guard/mortality.ts';
import { BUY, memoryRows, NOTHING, openPost, type Post, SELL } from '../guard/support.ts';
import type { Row } from './page.ts';
import { recordOf, type VenueRecord } from './record.ts';

/** Which requests they are. */
export type Requests = Pick<HttpFault, 'on' | 'of'>;

/** Where a life is lived. */
export interface Ground {
  readonly open: () => Promise<TestVenue>;
  /** As the strategy, and as the venue, writes the instrument. */
  readonly symbol: string;
  readonly id: string;
  readonly exchange: string;
  readonly facts: MarketFacts;
  readonly execution: string;
  readonly requests: { readonly order: Requests; readonly stop: Requests; readonly cancel: Requests };
}

export interface Scene {
  readonly ground: Ground;
  readonly local: TestVenue;
  readonly post: Post;
  /** The process dies, and another goes on with its journal. */
  again(): Promise<void>;
  /** It dies as soon as something is so at the venue, whatever it is doing. */
  diesWhen(isSo: () => boolean): void;
  /** How far the clock of its machine is ahead of the venue's. */
  aheadMs: number;
}

export type Act = (scene: Scene) => void | Promise<void>;

export interface Fault {
  readonly name: string;
  /** Of the entry, instead of one at market with a stop. */
  readonly order?: string;
  /** Before the run begins. */
  readonly first?: Act;
  readonly beforeEntry?: Act;
  readonly whileHeld?: Act;
  readonly beforeExit?: Act;
  /** What the venue itself breaks, by doing more than it was asked to. */
  readonly excuses?: readonly string[];
  readonly isDeep?: boolean;
}

const SIZE = 0.1;
export const CAPITAL = 10_000;
/** Of equity: the strategy's own limits. */
const MOST_HELD = 0.6;
const MOST_LOST = 0.04;
/** Of the run's clock against ours: on a busy machine the run must not seem slow. */
export const SPEED = 2;
/** A test's own slowness counts as the run's. */
const LATE_MS = 4000;

function strategyOf({ symbol, exchange, execution }: Ground, order = 'stop: entry * 0.9'): string {
  return `strategy "By hand"
instrument "${symbol}" on ${exchange}
every 1h
clock day = 1d
when close > 50100 enter long {
  size: ${SIZE} base
  ${order}
}
when close < 49900 exit long
risk {
  cap position at ${MOST_HELD * 100}% of equity
  cap daily_loss at ${MOST_LOST * 100}% of equity else halt until day
}
execution { fee: 10bp  slippage: 0bp  ${execution} }
`;
}

export async function settle(holds: () => boolean, why = () => ''): Promise<void> {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > 80_000) throw new Error(`it did not come to rest: ${why()}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

const NOT_CALM: ReadonlySet<string> = new Set(['unprotected', 'unknown order', 'blind', 'disconnected', 'clock']);

/** A process: what it has sent when it dies is sent, and nothing more comes of it. */
interface Process {
  readonly post: Post;
  kill(): Promise<void>;
}

class Life {
  readonly fault: Fault;
  readonly ground: Ground;
  readonly local: TestVenue;
  readonly record: VenueRecord;
  readonly notices: Notice[] = [];
  aheadMs = 0;
  #process: Process | undefined;
  readonly #journal = memoryRows();
  readonly #clock: PatientClock;
  #rebirth: Promise<void> | undefined;

  constructor(fault: Fault, ground: Ground, local: TestVenue) {
    this.fault = fault;
    this.ground = ground;
    this.local = local;
    const promises = { size: SIZE, position: MOST_HELD, dailyLoss: MOST_LOST, capital: CAPITAL };
    this.#clock = patientClock(SPEED);
    this.record = recordOf(
      local.exchange,
      ground.id,
      promises,
      this.#clock.now,
      id => ownerOf(id, 'guarded') === 'this run',
    );
  }

  get post(): Post {
    if (this.#process === undefined) throw new Error('it has no process');
    return this.#process.post;
  }

  get scene(): Scene {
    const life = this;
    return {
      ground: this.ground,
      local: this.local,
      get post() {
        return life.post;
      },
      get aheadMs() {
        return life.aheadMs;
      },
      set aheadMs(ms) {
        life.aheadMs = ms;
      },
      again: () => this.again(),
      diesWhen: isSo => {
        this.#rebirth = settle(isSo).then(() => this.again());
        this.#rebirth.catch(() => undefined);
      },
    };
  }

  async begin(): Promise<void> {
    const rows = this.#journal;
    const mortal = mortality();
    const { symbol, facts } = this.ground;
    const post = await openPost(this.local, {
      symbol,
      facts,
      text: strategyOf(this.ground, this.fault.order),
      rows: { ...rows, sink: mortal.sink(rows.sink) },
      speed: SPEED,
      through: mortal.venue,
      aheadMs: () => this.aheadMs,
      // A machine with other work answers late.
      pace: { requestTimeoutMs: 4000 / SPEED, readBudgetMs: 15_000 / SPEED, pingEveryMs: 1000 },
      isReconciled: true,
    });
    const kill = async () => {
      mortal.die();
      this.notices.push(...post.notices.splice(0));
      await post.die();
    };
    this.#process = { post, kill };
  }

  async again(): Promise<void> {
    await this.end();
    await this.begin();
  }

  async end(): Promise<void> {
    await this.#process?.kill();
    this.#process = undefined;
  }

  stop(): void {
    this.record.stop();
    this.#clock.stop();
  }

  /** A bar, and all that comes of it; also when the process dies over it. */
  async bar(close: number): Promise<void> {
    this.local.exchange.move(this.ground.id, amount(String(close)));
    const taken = this.post.bar(close);
    taken.catch(() => undefined);
    await Promise.race([taken, ...(this.#rebirth === undefined ? [] : [this.#rebirth])]);
    await this.#rebirth;
    this.#rebirth = undefined;
    await this.rest();
  }

  /** What the minute's comparison with the venue finds is found, and nothing is under way. */
  async rest(): Promise<void> {
    const isCalm = () =>
      this.post.run.parts.trader.orders.every(({ status }) => status === 'working') &&
      this.post.run.parts.trader.guarded?.(0).isClosing !== true &&
      !this.post.run.guard.degraded.some(({ code }) => NOT_CALM.has(code));
    const compare = async () => {
      try {
        await this.post.run.reconciler.now();
        return true;
      } catch (error) {
        // Not now: the next minute's comparison does it.
        if (!(error instanceof VenueError)) throw error;
        return false;
      }
    };
    const timer = setInterval(() => {
      void this.post.connection.measureClock().catch(() => undefined);
    }, MINUTE_MS / SPEED);
    try {
      await settle(isCalm, () => this.why());
      while (!(await compare()));
      await this.post.run.idle();
      await settle(isCalm, () => this.why());
    } finally {
      clearInterval(timer);
    }
  }

  why(): string {
    const { run, notices } = this.post;
    const orders = run.parts.trader.orders.map(({ order, status }) => `${order.role} ${status}`);
    const degraded = run.guard.degraded.map(({ code }) => code);
    return [...orders, ...degraded, ...notices.map(({ what, facts }) => `\n${what} ${facts?.why ?? ''}`)].join(' ');
  }
}

export async function live(fault: Fault, ground: Ground): Promise<Row> {
  const local = await ground.open();
  const life = new Life(fault, ground, local);
  try {
    return await play(life);
  } catch (error) {
    await life.end();
    const story = life.notices.map(({ what, facts }) => `${what} ${JSON.stringify(facts)}`).join('\n');
    throw new Error(`${error instanceof Error ? error.message : error}\n${story}`, { cause: error });
  } finally {
    await life.end();
    life.stop();
    await local.close();
  }
}

async function play(life: Life): Promise<Row> {
  const { fault, ground, local, record, scene } = life;
  const { exchange } = local;
  const { market } = exchange.listing(ground.id);
  const isSpot = market.kind === 'spot';
  const there = () => number(isSpot ? exchange.total(market.base) : exchange.position(ground.id).quantity);
  const own = () => life.post.position;
  const books = () => {
    const { quantity, dust = 0 } = life.post.run.parts.trader.position(0);
    return quantity + dust;
  };
  await fault.first?.(scene);
  const before = there();
  await life.begin();

  const step = async (close: number) => {
    await life.bar(close);
    expect(books(), 'more than there is').toBeLessThanOrEqual(Math.max(0, there()) + 1e-9);
    if (record.others === 0) expect(books(), 'what its trades have left').toBeCloseTo(record.own, 9);
    const working = life.post.run.parts.trader.orders.length;
    expect(record.openOwn().length, 'each order that is wanted works, and no other').toBe(working);
  };

  await fault.beforeEntry?.(scene);
  await step(BUY);
  const entry = own() > 0 ? 'taken' : exchange.trades.length > 0 ? 'taken, and closed at market' : 'not taken';
  await fault.whileHeld?.(scene);
  await step(NOTHING);
  const held = own() === 0 ? 'flat' : `${quantityOf(own())}held, with its stop`;
  await fault.beforeExit?.(scene);
  await step(SELL);
  expect(own()).toBe(0);
  expect(record.openOwn()).toEqual([]);
  const foreign = there() - before - books();
  local.server.faults.clear();
  await step(BUY);
  const limits = haltedBy(life.post.run);
  const causes = [...new Set(life.post.blocks()), ...limits];
  const left = foreign > 1e-9 ? `; ${quantityOf(foreign)}of others left alone` : '';
  const end = own() > 0 ? 'goes on' : `enters no more: ${causes.join(', ')}`;
  expect(own() > 0 || causes.length > 0, 'it goes on or says why not').toBe(true);
  expect(record.broken.filter(what => fault.excuses?.includes(what) !== true)).toEqual([]);
  expect(record.longestBareMs()).toBeLessThan(DEADLINE_MS + LATE_MS);
  expect(record.longestStuckMs()).toBeLessThan(STUCK_MS + LATE_MS);
  await life.end();
  return { entry, held, end: `${end}${left}`, says: saidIn(life.notices, limits) };
}

/** Empty for the size that was decided. */
function quantityOf(quantity: number): string {
  return quantity === SIZE ? '' : `${Number(quantity.toFixed(8))} `;
}

/** Limits that halt entries. */
export function haltedBy(run: LiveRun): readonly string[] {
  const { risk, run: kernel } = run.parts.trader;
  const { caps } = kernel.plan;
  return risk
    .snapshot()
    .active.flatMap(({ cap }) => (caps[cap] === undefined ? [] : [`the limit of ${caps[cap].name}`]));
}

/** How often something is tried until it works is chance: this is told of single tries. */
const OF_TRIES: ReadonlySet<string> = new Set([
  'cancel rejected',
  'repair failed',
  'order cannot be looked up',
  'feed disconnected',
]);

/** Asks something of a person, or says that something did not come about as it was wanted. */
function isLoud({ level, what, counts }: Notice): boolean {
  return (level === 'alert' || level === 'warning') && counts !== 'repairs' && !OF_TRIES.has(what);
}

/** What a person gets to read, each once, in no order that chance could change; of what keeps a run from trading also what to do. */
export function saidIn(notices: readonly Notice[], limits: readonly string[] = []): readonly string[] {
  const said = new Map<string, string>();
  for (const { what, facts = {} } of notices.filter(isLoud)) {
    const why = clean(String(facts.why ?? facts.text ?? ''));
    const cause = what.startsWith('degraded: ') ? what.slice('degraded: '.length) : undefined;
    // The same in other words comes of the same.
    said.set(
      why === '' ? what : why,
      `${what}${why === '' ? '' : `: ${why}`}${cause === undefined ? '' : todoOf(cause)}`,
    );
  }
  return [...[...said.values()].sort(), ...limits.map(limit => `${limit} halts entries${todoOf('limit')}`)];
}

function todoOf(alert: string): string {
  const rule = BUILT_IN.find(({ name }) => name === alert);
  return rule === undefined ? '' : ` → ${clean(rule.todo ?? '')}`;
}

/** What is another each time, and what would end a cell. */
export function clean(text: string): string {
  return text
    .replaceAll(/vela[0-9a-f]{28}/g, 'ORDER')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/ \(\d+ ms\)/g, '')
    .replaceAll(/\n +help: /g, ' → ')
    .replaceAll(/process \d+/g, 'process N')
    .replaceAll(/begins in \d+ s/g, 'begins in N s')
    .replaceAll(/parted by (-?)\d+ ms/g, 'parted by $1N ms')
    .replaceAll('|', '\\|')
    .trim();
}
