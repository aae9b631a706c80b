/**
 * A day of minutes of fifty perpetuals, as fast as they are taken, with something going wrong now and then: the books of the
 * run are the venue's at the end, nothing was doubled, and memory stays where it was. Its figures are printed; docs/live.md
 * has those of a quiet machine.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../cli/command.ts';
import { readRequestOfRun } from '../../../cli/live/request.ts';
import { runStrategy } from '../../../cli/live/run.ts';
import type { SessionView } from '../../../runtime/live/companion.ts';
import { randomOf } from '../../support/scenario.ts';
import { QUICK, START_MS } from '../../venue/start.ts';
import { quietTerminal } from '../quiet-terminal.ts';
import { temporaryFolder } from '../support.ts';
import { type Ask, type Books, type SoakFault, SYMBOLS, type Told } from './soak-venue.ts';

const IS_DEEP = process.env.VELA_DEEP === '1';
const MINUTE_MS = 60_000;
const BEFORE = 30;
const BARS = IS_DEEP ? 1440 : 40;
/** The process is ended and another goes on, so often. */
const LIVES = IS_DEEP ? 4 : 2;
const FAULTS: readonly SoakFault[] = [
  'drop',
  'freeze',
  'twice',
  'swap',
  'lose',
  'order silent',
  'order cut',
  'order 503',
  'read 503',
];
const RESOLUTION_MS = 10;
const LEAVING_MS = 500;

const STRATEGY = `strategy "Soak"

universe many = ${SYMBOLS.map(symbol => `"${symbol}"`).join(', ')} on binance
every 1m

let strength = close / sma(close, 8) - 1
let weight   = if strength > 0 then 0.015 else 0

rebalance every 15m to weight across many { band: 0.2% }

execution { fee: 5bp  slippage: 1bp  funding: ignored  leverage: 2 }
`;

interface Venue {
  readonly redirect: string;
  readonly key: { readonly key: string; readonly secret: string };
  readonly now: () => number;
  ask(ask: Ask): Promise<Told>;
  close(): void;
}

async function openVenue(): Promise<Venue> {
  const child: ChildProcess = fork(fileURLToPath(new URL('./soak-venue.ts', import.meta.url)), { stdio: 'inherit' });
  const next = () => new Promise<unknown>(resolve => child.once('message', resolve));
  const { redirect, key, nowMs } = (await next()) as Pick<Venue, 'redirect' | 'key'> & Told;
  let now = nowMs;
  return {
    redirect,
    key,
    now: () => now,
    ask: async ask => {
      const answer = next();
      child.send(ask);
      const told = (await answer) as Told;
      now = told.nowMs;
      return told;
    },
    close: () => void child.kill(),
  };
}

function projectOf({ redirect }: Venue): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 's.vela'), STRATEGY);
  mkdirSync(join(folder, 'config'));
  const venues = { binanceusdm: { redirect, account: 'soak' } };
  writeFileSync(
    join(folder, 'config/system.yaml'),
    JSON.stringify({ system: { venues, logging: { handlers: ['file'] } } }),
  );
  return folder;
}

function start(folder: string, venue: Venue) {
  process.chdir(folder);
  const { key } = venue;
  const { terminal, said } = quietTerminal({ VELA_SOAK_KEY: key.key, VELA_SOAK_SECRET: key.secret });
  const call: Call = {
    terminal,
    arguments: ['s.vela'],
    json: true,
    flag: name => name === 'live',
    text: name => (name === 'capital' ? '500000' : undefined),
    list: () => [],
  };
  const leave = new AbortController();
  let view: SessionView | undefined;
  const world = {
    ticks: venue.now,
    pace: { ...QUICK, pingEveryMs: 2000, readBudgetMs: 4000 },
    feed: { checkEveryMs: 10, confirmAfterMs: 30 },
    companion: {
      start: (session: SessionView) => {
        view = session;
      },
    },
  };
  const stop = new AbortController();
  const over = runStrategy(call, readRequestOfRun(call), { leave: leave.signal, stop: stop.signal }, world);
  let failure: unknown;
  over.catch(error => {
    failure = error;
  });
  const hasConsumed =
    (bars: number) =>
    ({ opened: { trader } }: SessionView) =>
      trader.live.openMs(trader.live.length) >= START_MS + bars * MINUTE_MS;
  const until = async (holds: (view: SessionView) => boolean) => {
    for (let waitedMs = 0; view === undefined || !holds(view); waitedMs += 2) {
      if (failure !== undefined) throw failure;
      if (waitedMs > 60_000) throw new Error(`it did not come about; the run said\n${said().slice(-3000)}`);
      await sleep(2);
    }
    return view;
  };
  return {
    until,
    consumed: (bars: number) => until(hasConsumed(bars)),
    hasConsumed: async (bars: number, withinMs: number) => {
      for (let waitedMs = 0; waitedMs < withinMs; waitedMs += 5) {
        if (failure !== undefined) throw failure;
        if (view !== undefined && hasConsumed(bars)(view)) return true;
        await sleep(5);
      }
      return false;
    },
    /** The orders of a bar leave in the minute after it, though minutes are short here; one without an answer is not waited for. */
    haveLeft: () => Promise.race([view?.opened.run.outbox.idle(), sleep(LEAVING_MS)]),
    end: async () => {
      leave.abort();
      await over;
    },
  };
}

async function settle({ until }: ReturnType<typeof start>, { run }: SessionView['opened']): Promise<void> {
  await until(({ opened: { trader } }) => trader.orders.every(({ status }) => status === 'working'));
  await run.reconciler.now();
  await run.idle();
}

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function heapMb(): number {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}

describe('a day of fifty instruments', () => {
  it('ends with the books of the venue, whatever went wrong', { timeout: 1_800_000 }, async () => {
    const venue = await openVenue();
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown) => void unhandled.push(error);
    process.on('unhandledRejection', onUnhandled);
    try {
      await venue.ask({ type: 'play', from: 0, to: BEFORE });
      const folder = projectOf(venue);
      const random = randomOf(7);
      const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      const heaps: number[] = [];
      const latencies: number[] = [];
      const seen = new Map<SoakFault, number>();
      let books: Books | undefined;
      for (let life = 0, k = BEFORE; life < LIVES; life++) {
        const run = start(folder, venue);
        // Reads of fifty instruments fill a minute's weight: the venue's time goes on meanwhile.
        for (let isThere = false; !isThere; k++) {
          await venue.ask({ type: 'play', from: k, to: k + 1 });
          isThere = await run.hasConsumed(k, 3000);
        }
        await sleep(300);
        lag.enable();
        for (const end = BEFORE + Math.round(((life + 1) * BARS) / LIVES); k < end; k++) {
          if (random.chance(0.08)) {
            const fault = FAULTS[Math.floor(random.next() * FAULTS.length)] ?? 'drop';
            seen.set(fault, (seen.get(fault) ?? 0) + 1);
            await venue.ask({ type: 'fault', fault });
          }
          await venue.ask({ type: 'play', from: k, to: k + 1 });
          await run.hasConsumed(k + 1, 1500);
          await run.haveLeft();
        }
        lag.disable();
        const { opened } = await run.until(() => true);
        // All that was under way comes to its end, and the minute's comparison finds what nobody told. Where that has to wait
        // for the next minute's weight, the minute brings new orders.
        for (let isCalm = false; !isCalm; ) {
          await run.hasConsumed(k, 1500);
          const settled = settle(run, opened).then(() => true);
          const soon = () => Promise.race([settled, sleep(3000).then(() => false)]);
          isCalm = await soon();
          for (let isOver = isCalm; !isOver; isOver = await soon()) {
            await venue.ask({ type: 'play', from: k, to: k + 1 });
            k += 1;
          }
        }
        heaps.push(heapMb());
        latencies.push(...opened.run.outbox.latencies);
        ({ books } = await venue.ask({ type: 'books' }));
        const held = SYMBOLS.map(symbol => opened.trader.position(opened.binding.symbols.indexOf(symbol)).quantity);
        held.forEach((quantity, i) => {
          expect(quantity, SYMBOLS[i]).toBeCloseTo(books?.positions[i] ?? Number.NaN, 6);
        });
        expect(opened.run.guard.degraded.filter(({ code }) => code === 'foreign')).toEqual([]);
        await run.end();
      }
      expect(unhandled).toEqual([]);
      expect(books?.repeated).toBe(0);
      expect(books?.trades).toBeGreaterThan(BARS / 2);
      const [first = 0] = heaps;
      // The columns of the bars and the journal of a day.
      expect(Math.max(...heaps) - first).toBeLessThan(40);
      const at = (share: number) =>
        latencies.toSorted((a, b) => a - b)[Math.floor(share * latencies.length)]?.toFixed(1);
      console.log(
        `${BARS} minutes of ${SYMBOLS.length} instruments, ${books?.trades} trades, ${books?.requests} requests; ` +
          `faults ${[...seen].map(([fault, times]) => `${fault} ${times}`).join(', ')}; ` +
          `bar → order p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; ` +
          `event loop behind by p50 ${(lag.percentile(50) / 1e6 - RESOLUTION_MS).toFixed(1)} ms, ` +
          `p99 ${(lag.percentile(99) / 1e6 - RESOLUTION_MS).toFixed(1)} ms; ` +
          `heap at the end of each life ${heaps.map(mb => mb.toFixed(0)).join(', ')} MB`,
      );
    } finally {
      process.off('unhandledRejection', onUnhandled);
      venue.close();
    }
  });
});
