/** A project whose venue is the local one, and runs of it in this process: the venue's time is the run's. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from '../../../cli/command.ts';
import { describeFailure } from '../../../cli/failure.ts';
import { type DryStart, dryStart } from '../../../cli/live/dry.ts';
import { type OnlineRequest, readRequestOfRun } from '../../../cli/live/request.ts';
import { runStrategy } from '../../../cli/live/run.ts';
import type { Companion, SessionView } from '../../../runtime/live/companion.ts';
import type { Notice } from '../../../runtime/live/run.ts';
import type { SessionOutcome } from '../../../runtime/live/session.ts';
import { venueBar } from '../../venue/market.ts';
import { playBar } from '../../venue/play.ts';
import { KEY, QUICK, START_MS, type TestVenue } from '../../venue/start.ts';
import { quietTerminal } from '../quiet-terminal.ts';
import { temporaryFolder } from '../support.ts';

export const HOUR_MS = 3_600_000;
export const ACCOUNT = 'rehearsal';
export const KEYS = { VELA_REHEARSAL_KEY: KEY.key, VELA_REHEARSAL_SECRET: KEY.secret };

export interface Project {
  readonly folder: string;
  readonly local: TestVenue;
  readonly venue: string;
}

/** A folder with a strategy, `s.vela`, and a configuration that sends the venue's hosts here. */
export function project(
  local: TestVenue,
  venue: string,
  strategy: string,
  document: Readonly<Record<string, unknown>> = { account: ACCOUNT },
): Project {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 's.vela'), strategy);
  mkdirSync(join(folder, 'config'));
  const venues = { [venue]: { redirect: local.server.redirect, ...document } };
  // JSON is YAML.
  const system = { system: { venues, logging: { level: 'DEBUG', handlers: ['console'] } } };
  writeFileSync(join(folder, 'config', 'system.yaml'), JSON.stringify(system));
  return { folder, local, venue };
}

export interface Asked {
  readonly environment?: Readonly<Record<string, string>>;
  readonly capital?: string;
  readonly flags?: readonly string[];
  readonly texts?: Readonly<Record<string, string>>;
  /** How long a read without an answer is tried again. */
  readonly readBudgetMs?: number;
}

function callOf(mode: 'paper' | 'live', { environment = KEYS, capital, flags = [], texts = {} }: Asked, folder = '.') {
  // Claims of other tests are none of this one's.
  const { terminal, said } = quietTerminal({ XDG_STATE_HOME: join(folder, 'state'), ...environment });
  const given: Readonly<Record<string, string>> = { ...texts, ...(capital !== undefined && { capital }) };
  const call: Call = {
    terminal,
    arguments: ['s.vela'],
    json: true,
    flag: name => name === mode || flags.includes(name),
    text: name => given[name],
    list: () => [],
  };
  return { call, said };
}

/** The venue's clock is the run's, and nothing waits longer than it must. */
function worldOf({ local }: Project, { readBudgetMs = 2000 }: Asked = {}) {
  return {
    ticks: () => local.exchange.clock.now(),
    // A machine with other work answers a ping late.
    pace: { ...QUICK, pingEveryMs: 5000, readBudgetMs },
    feed: { checkEveryMs: 10, confirmAfterMs: 30, fundingEveryMs: 10 },
  };
}

/** Looks at a venue at which nothing has come: its streams have been opened, and what they missed has been read. */
const QUIET_LOOKS = 10;

/** Requests but those of rates, which are asked for all the time. */
function askedOf({ server }: TestVenue): number {
  return server.requests.filter(({ name }) => !name.endsWith('/fundingRate')).length;
}

function online(call: Call): OnlineRequest {
  const request = readRequestOfRun(call);
  if (request.mode === 'replay') throw new Error('a rehearsal was asked for');
  return request;
}

export async function dry(at: Project, mode: 'paper' | 'live', asked: Asked = {}): Promise<DryStart> {
  process.chdir(at.folder);
  const { call, said } = callOf(mode, asked, at.folder);
  const found = await dryStart(call, online(call), worldOf(at));
  if (found === undefined) throw new Error(said());
  return found;
}

export interface Process {
  /** What it said on standard error. */
  readonly said: () => string;
  /** What a person may want to know, as it happened. */
  readonly notices: readonly Notice[];
  readonly view: () => SessionView;
  /** Until it has consumed the venue's first `bars` bars. */
  consumed(bars: number): Promise<void>;
  until(holds: (view: SessionView) => boolean): Promise<void>;
  /** Until nothing is under way between it and the venue. */
  settled(): Promise<void>;
  /** Until its streams are open: bars that close while they are not come with the bar after them. */
  connected(): Promise<void>;
  kill(): void;
  /** As SIGTERM does. */
  end(): Promise<SessionOutcome>;
  /** How it ended by itself. */
  readonly over: Promise<SessionOutcome>;
}

export function start(at: Project, mode: 'paper' | 'live', asked: Asked = {}): Process {
  process.chdir(at.folder);
  const { call, said } = callOf(mode, asked, at.folder);
  const request = online(call);
  const [leave, stop] = [new AbortController(), new AbortController()];
  let failure: unknown;
  let view: SessionView | undefined;
  const notices: Notice[] = [];
  const companion: Companion = {
    start: session => {
      view = session;
    },
    notice: notice => void notices.push(notice),
  };
  const world = { ...worldOf(at, asked), companion };
  const over = runStrategy(call, request, { leave: leave.signal, stop: stop.signal }, world).then(outcome => {
    if (outcome === undefined) throw new Error(said());
    return outcome;
  });
  over.catch(error => {
    failure = error;
  });
  async function until(holds: (view: SessionView) => boolean): Promise<void> {
    for (let i = 0; i < 4000; i++) {
      if (failure !== undefined) throw failure;
      if (view !== undefined && holds(view)) return;
      await sleep(3);
    }
    throw new Error(`it did not come about; the run said\n${said()}`);
  }
  return {
    said,
    notices,
    over,
    until,
    view: () => {
      if (view === undefined) throw new Error('it has not begun');
      return view;
    },
    consumed: async bars => {
      const endMs = START_MS + bars * at.local.exchange.periodMs;
      await until(({ opened }) => opened.trader.live.openMs(opened.trader.live.length) >= endMs);
    },
    connected: async () => {
      const { server } = at.local;
      for (let quiet = 0, before = ''; quiet < QUIET_LOOKS; ) {
        await until(() => server.subscriptions > 0);
        await sleep(20);
        const now = `${server.subscriptions} ${askedOf(at.local)}`;
        quiet = now === before ? quiet + 1 : 0;
        before = now;
      }
    },
    settled: async () => {
      for (let quiet = 0, before = ''; quiet < 3; ) {
        await until(({ opened }) => opened.trader.orders.every(({ status }) => status === 'working'));
        await sleep(6);
        const now = `${askedOf(at.local)} ${at.local.exchange.trades.length}`;
        quiet = now === before ? quiet + 1 : 0;
        before = now;
      }
    },
    kill: () => stop.abort(),
    end: () => {
      leave.abort();
      return over;
    },
  };
}

/** Code and words of a run that is refused. */
export async function refusal(asking: Promise<unknown>): Promise<{ readonly code: string; readonly text: string }> {
  const error = await asking.then(
    () => new Error('nothing was refused'),
    (found: unknown) => found,
  );
  const { code, text } = describeFailure(error, callOf('paper', {}).call.terminal);
  return { code, text };
}

/** The venue's bar number k: open, high, low, close. */
export function play(at: Project, market: string, k: number, prices: readonly [number, number, number, number]): void {
  const { exchange } = at.local;
  playBar(exchange, market, venueBar([START_MS + k * exchange.periodMs, ...prices, 8]));
}
