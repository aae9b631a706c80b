/**
 * Random histories on a clock of their own: a strategy that trades all the time, at the simulated venue, through a network
 * that loses, refuses, delays and hangs. At every quarter of a second it is measured at the venue whether what is held there
 * has a stop of its size, or an order to close it at market.
 */
import { describe, expect, it } from 'vitest';
import { closeTimeOf, openTimeOf } from '../../../../language/check/calendar.ts';
import { GUARD_EVERY_MS } from '../../../../runtime/live/guard/guard.ts';
import { DEADLINE_MS } from '../../../../runtime/live/guard/protection.ts';
import { type Feed, type LiveBar, type Venue, VenueError, type VenueOrder } from '../../../../runtime/live/ports.ts';
import type { Notice } from '../../../../runtime/live/run.ts';
import type { SimulatedRun } from '../../../../runtime/live/simulated-run.ts';
import { randomOf } from '../../../support/scenario.ts';
import { busyPlan, busySeries } from '../busy.ts';
import { backtestOf, comparable, replayOf } from '../support.ts';
import { withCalls } from './support.ts';

const SEEDS = process.env.VELA_DEEP === '1' ? 300 : 10;
const plan = busyPlan();
const series = busySeries(plan, 150);
/** From one bar to the next on the test's clock. */
const BAR_MS = 20_000;
/** A look of the guard, and the way of the exit to the venue. */
const REACTION_MS = 2 * GUARD_EVERY_MS + 1000;

/** Time that passes when nothing is left to do in the present. */
class TestTime {
  nowMs = 0;
  readonly #waiting: { readonly atMs: number; readonly wake: () => void }[] = [];

  readonly sleep = (ms: number): Promise<void> =>
    new Promise(wake => {
      const atMs = this.nowMs + ms;
      const at = this.#waiting.findIndex(other => other.atMs > atMs);
      this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, { atMs, wake });
    });

  async until(work: Promise<unknown>): Promise<void> {
    let isOver = false;
    let failure: unknown;
    work
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        isOver = true;
      });
    for (;;) {
      await new Promise(resolve => setImmediate(resolve));
      if (isOver) break;
      const next = this.#waiting.shift();
      if (next === undefined) throw new Error('nothing will ever happen again');
      this.nowMs = next.atMs;
      next.wake();
    }
    if (failure !== undefined) throw failure;
  }
}

type Kind = 'lost' | 'arrives unheard' | 'not sent' | 'rejected' | 'hangs, lost' | 'hangs, arrived';
const KINDS: readonly Kind[] = ['lost', 'arrives unheard', 'not sent', 'rejected', 'hangs, lost', 'hangs, arrived'];
const HANG_MS = 9000;
const LATEST_MS = 310;
const SYMBOL = 'BTC/USDT';
const SYMBOLS = [SYMBOL];

/** A network between the run and its venue. What `spares` is let through, a little late. */
function badNetwork(time: TestTime, seed: number, share: number, spares: (order: VenueOrder) => boolean) {
  const random = randomOf(seed);
  const struck = new Map<Kind, number>();
  const strike = (): Kind | undefined => {
    if (!random.chance(share)) return undefined;
    const kind = KINDS[random.int(0, KINDS.length - 1)];
    if (kind !== undefined) struck.set(kind, (struck.get(kind) ?? 0) + 1);
    return kind;
  };
  const late = () => time.sleep(10 + random.int(0, LATEST_MS - 10));
  async function through<T>(kind: Kind | undefined, call: () => Promise<T>): Promise<T> {
    await late();
    if (kind === 'not sent') throw new VenueError('not sent', 'the limiter is full');
    if (kind === 'rejected') throw new VenueError('rejected', 'no room for it', 'too many orders');
    const hangs = kind === 'hangs, lost' || kind === 'hangs, arrived';
    const arrives = kind === undefined || kind === 'arrives unheard' || kind === 'hangs, arrived';
    const answer = arrives ? await call() : undefined;
    if (hangs) await time.sleep(HANG_MS);
    if (kind !== undefined || answer === undefined) throw new VenueError('unknown', 'request timed out');
    return answer;
  }
  const over = (venue: Venue): Venue =>
    withCalls(venue, {
      // What is late arrives all the same: an order that is not there yet may come.
      abilities: { ...venue.abilities, orderValidityMs: LATEST_MS },
      place: order => through(spares(order) ? undefined : strike(), () => venue.place(order)),
      amend: (order, id) => through(strike(), () => venue.amend(order, id)),
      cancel: async (symbol, clientId, id) => {
        await late();
        if (random.chance(share / 2)) throw new VenueError('unknown', 'request timed out');
        return venue.cancel(symbol, clientId, id);
      },
      lookup: async (symbol, clientId) => {
        await late();
        if (random.chance(share / 2)) throw new VenueError('unknown', 'request timed out');
        return venue.lookup(symbol, clientId);
      },
    });
  return { over, struck };
}

/** Bars by the test's clock; the run has time between them. `crashes`: the price is nothing between two closes. */
function barsOn(time: TestTime, crashes: boolean): Feed {
  const [base] = series.clocks;
  if (base === undefined) throw new Error('there are no bars');
  const { period, firstOrdinal } = base;
  const barAt = (tick: number): LiveBar => ({
    openMs: openTimeOf(period, firstOrdinal + tick),
    open: base.open[tick] ?? 0,
    high: base.high[tick] ?? 0,
    low: base.low[tick] ?? 0,
    close: base.close[tick] ?? 0,
    volume: base.volume[tick] ?? 0,
  });
  return {
    history: async () => [],
    follow: async ({ symbols: [symbol = ''] }, sink) => {
      for (let tick = 0; tick < base.length; tick++) {
        await sink({ type: 'bar', symbol, bar: barAt(tick), receivedMs: closeTimeOf(period, firstOrdinal + tick) });
        for (let ms = 0; ms < BAR_MS; ms += 1000) {
          await time.sleep(1000);
          if (crashes) await sink({ type: 'price', symbol, price: 1 });
        }
      }
    },
  };
}

interface Outcome {
  readonly replay: SimulatedRun;
  readonly notices: readonly Notice[];
  readonly struck: ReadonlyMap<Kind, number>;
  readonly longestMs: number;
  /** Longest that a position was bare past its deadline without the run saying so. */
  readonly unsaidMs: number;
}

async function lived(
  seed: number,
  share: number,
  spares: (order: VenueOrder) => boolean,
  crashes = false,
): Promise<Outcome> {
  const time = new TestTime();
  const network = badNetwork(time, seed, share, spares);
  const notices: Notice[] = [];
  let failure: unknown;
  const replay = replayOf(plan, series, {
    feed: barsOn(time, crashes),
    clock: () => time.nowMs,
    sleep: time.sleep,
    through: network.over,
    notice: notice => notices.push(notice),
    failed: error => {
      failure ??= error;
    },
  });
  let bareSinceMs = Number.NaN;
  let longestMs = 0;
  let unsaidMs = 0;
  let isOver = false;
  const { run, venue } = replay;
  const watch = async () => {
    while (!isOver) {
      await time.sleep(GUARD_EVERY_MS);
      run.guard.tick();
      if (!(await isBare(venue))) bareSinceMs = Number.NaN;
      else if (Number.isNaN(bareSinceMs)) bareSinceMs = time.nowMs;
      const bareMs = time.nowMs - bareSinceMs;
      if (!(bareMs > 0)) continue;
      longestMs = Math.max(longestMs, bareMs);
      if (!run.guard.degraded.some(({ code }) => code === 'unprotected')) unsaidMs = Math.max(unsaidMs, bareMs);
    }
  };
  const watching = watch();
  const going = (async () => {
    await replay.recover([]);
    await replay.follow(new AbortController().signal);
    await run.idle();
    isOver = true;
    await watching;
  })();
  await time.until(going);
  if (failure !== undefined) throw failure;
  return { replay, notices, struck: network.struck, longestMs, unsaidMs };
}

async function isBare(venue: SimulatedRun['venue']): Promise<boolean> {
  const [held] = await venue.positions(SYMBOLS);
  if (held === undefined || held.quantity === 0) return false;
  const side = held.quantity > 0 ? 'sell' : 'buy';
  let covered = 0;
  for (const order of await venue.openOrders(SYMBOL)) {
    if (order.side === side && (order.type === 'stop' || order.type === 'market')) covered += order.quantity;
  }
  return covered < Math.abs(held.quantity) * (1 - 1e-9);
}

const isExit = ({ order }: VenueOrder) => order.role === 'exit' && order.type === 'market';

describe('a simulated venue', () => {
  it('lives from bar to bar: what the price is between two closes closes nothing', { timeout: 60_000 }, async () => {
    const { replay, longestMs } = await lived(1, 0, () => true, true);
    expect(comparable(replay.result())).toEqual(comparable(backtestOf(plan, series)));
    expect(longestMs).toBeLessThan(1000);
  });
});

describe('over random histories', () => {
  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    'no position is bare past its deadline where an exit can arrive (%i)',
    { timeout: 60_000 },
    async seed => {
      const { longestMs, struck, replay, notices } = await lived(seed, 0.25, isExit);
      expect(struck.size).toBeGreaterThan(3);
      expect(replay.trader.tradeCount).toBeGreaterThan(3);
      expect(longestMs).toBeLessThanOrEqual(DEADLINE_MS + REACTION_MS);
      const [held] = await replay.venue.positions(SYMBOLS);
      expect(held?.quantity).toBe(replay.trader.position(0).quantity);
      expect(notices.some(({ facts }) => String(facts?.why).includes('works already'))).toBe(false);
    },
  );

  it.each(Array.from({ length: SEEDS }, (_, seed) => seed))(
    'a position whose exit does not arrive either is told of all the while (%i)',
    { timeout: 60_000 },
    async seed => {
      const { unsaidMs, replay } = await lived(seed + 1000, 0.4, () => false);
      expect(unsaidMs).toBeLessThanOrEqual(DEADLINE_MS + REACTION_MS);
      const [held] = await replay.venue.positions(SYMBOLS);
      expect(held?.quantity).toBe(replay.trader.position(0).quantity);
      expect(replay.result().trades.filter(({ side }) => side === 'short')).toEqual([]);
    },
  );
});
