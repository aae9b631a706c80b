/**
 * One account at one venue: ccxt's client set up for it, the venue's clock, the limiter, and the two ways to call: reads,
 * which are asked again within a budget, and everything else, which is sent once.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent } from 'node:http';
import { VenueError } from '../../live/ports.ts';
import { type CcxtExchange, loadExchange } from './classes.ts';
import { type ClockMeasure, type VenueTime, venueTime } from './clock.ts';
import { type ErrorSorter, errorSorter } from './errors.ts';
import { type Redact, redactor, type VenueKeys } from './keys.ts';
import { type Limiter, limiter, type Urgency } from './limiter.ts';
import { Numbering } from './numbering.ts';
import { OrderOwners } from './owners.ts';
import type { CallName, StreamKind, StreamNews, VenueProfile } from './profile.ts';
import { parseRedirect, redirectedUrls } from './redirect.ts';
import { spansOf } from './spans.ts';
import { transport } from './transport.ts';

export interface ConnectionSettings {
  readonly profile: VenueProfile;
  /** Absent: market data alone. */
  readonly keys?: VenueKeys;
  /** A key that can withdraw is refused unless a person has said so. */
  readonly allowWithdrawals?: boolean;
  /** Rehearsal: an address of this machine that stands for all of the venue's hosts. */
  readonly redirect?: string;
  readonly pace?: Partial<Pace>;
  /** A monotonic clock, milliseconds; a rehearsal's runs as its venue's does. */
  readonly ticks?: () => number;
}

/** How long things take before they are done in another way. All in milliseconds. */
export interface Pace {
  /** A request without an answer. */
  readonly requestTimeoutMs: number;
  /** All tries of a read together. */
  readonly readBudgetMs: number;
  readonly clockEveryMs: number;
  /** Pings of a stream: two without an answer end it. */
  readonly pingEveryMs: number;
  readonly reconnectFirstMs: number;
  readonly reconnectLongestMs: number;
  /** Fills are asked for by REST this often, whatever the stream says. */
  readonly reconcileEveryMs: number;
  /** A fill of which the stream has said nothing for so long: it is mute, whatever pings it answers. */
  readonly muteAfterMs: number;
}

export const USUAL_PACE: Pace = {
  requestTimeoutMs: 5000,
  readBudgetMs: 15_000,
  clockEveryMs: 60_000,
  pingEveryMs: 10_000,
  reconnectFirstMs: 250,
  reconnectLongestMs: 30_000,
  reconcileEveryMs: 60_000,
  muteAfterMs: 5000,
};

/** A read waits for the next minute's weight, however early in this one it was used up. */
const NEXT_MINUTE_MS = 61_000;

/** Calls that say nothing of the account: the venue may answer them and no other. */
const PUBLIC: ReadonlySet<CallName> = new Set(['markets', 'time', 'bars', 'funding', 'price']);
/** A venue fails now and then; after so many calls in a row it is being worked on. */
const DOWN_AFTER = 3;

export interface Connection {
  readonly profile: VenueProfile;
  readonly exchange: CcxtExchange;
  readonly time: VenueTime;
  readonly limiter: Limiter;
  readonly sorter: ErrorSorter;
  readonly redact: Redact;
  readonly pace: Pace;
  /** Whose an order is, by the venue's number of it. */
  readonly owners: OrderOwners;
  /** Orders that another with the same id takes the place of, by the venue's number, and by ours while it is done: that they are gone is not told. */
  readonly replaced: Set<string>;
  readonly hasKeys: boolean;
  /** Asked again after failures that say nothing, within the budget. Rejects with a `VenueError`. */
  read<T>(call: CallName, ask: () => Promise<T>, urgency?: Urgency): Promise<T>;
  /** Sent once; `leaves` hears when it is handed to the network. Rejects with a `VenueError`. */
  once<T>(call: CallName, urgency: Urgency, send: () => Promise<T>, leaves?: () => void): Promise<T>;
  /** What the streams say, message by message, before ccxt makes something else of it. */
  onNews(listener: (news: StreamNews) => void): () => void;
  tellNews(news: StreamNews): void;
  /** Calls about the account, one after another, to which the venue itself had no answer. */
  onDown(listener: () => void): () => void;
  /** Each time the clock has been measured, whoever asked for it. */
  onClock(listener: (measure: ClockMeasure) => void): () => void;
  measureClock(): Promise<ClockMeasure>;
  /** Ends the streams of a kind; whoever waits for them hears why, and connects anew. */
  dropStreams(kind: StreamKind, why: string): void;
  close(): Promise<void>;
}

/** Longest that the end of a connection waits for the venue to close its side: a half-open socket never does. */
const FAREWELL_MS = 1000;

/** Ends early, without an error, when the signal aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** ccxt's side of a socket. */
interface StreamClient {
  readonly url: string;
  /** Absent: it was never opened. */
  readonly connection?: { terminate(): void };
  onError(error: Error): void;
  close(): unknown;
}

/** ccxt has clients without a socket, too. */
function streamsOf(exchange: CcxtExchange): readonly StreamClient[] {
  const clients = Object.values(exchange.clients ?? {}) as unknown as StreamClient[];
  return clients.filter(({ url }) => /^wss?:/.test(url));
}

/** Loads the client, measures the clock, reads the markets, and refuses keys that can do too much. */
export async function connect(settings: ConnectionSettings): Promise<Connection> {
  const { profile, keys } = settings;
  const redirect = settings.redirect === undefined ? undefined : parseRedirect(settings.redirect);
  const pace: Pace = { ...USUAL_PACE, ...settings.pace };
  const redact = redactor(keys);
  const { Exchange, errors } = await loadExchange(profile.name);
  const exchange = new Exchange({
    options: {
      ...profile.options,
      // Who follows a stream waits before it is opened again; a second wait behind that one would double it.
      ws: { backoff: { base: 0, max: 0 } },
    },
    ...(profile.hasNot !== undefined && { has: Object.fromEntries(profile.hasNot.map(call => [call, false])) }),
    enableRateLimit: false,
    timeout: pace.requestTimeoutMs,
    ...(keys !== undefined && { apiKey: keys.apiKey, secret: keys.secret }),
  });
  const sorter = errorSorter(errors, profile.reasons, redact);
  const ticks = settings.ticks ?? (() => performance.now());
  // Asked without `read`: a clock that is off must not keep itself from being measured.
  const time = venueTime(
    async () => {
      await span('time', 'protection');
      await weights.take(profile.weights.time, 'protection');
      return profile.time === undefined ? Number(await exchange.fetchTime()) : profile.time(exchange);
    },
    ticks,
    Date.now,
  );
  const weights = limiter(profile.limits, time.now, sleep);

  const span = spansOf(profile.spans, [ticks, () => performance.now()], profile.limits.longestWaitMs, sleep);

  exchange.nonce = () => Math.floor(time.now());
  exchange.milliseconds = () => Math.floor(time.now());
  exchange.seconds = () => Math.floor(time.now() / 1000);
  // Between a call of ccxt's and its request lies ccxt: nothing else says which request is whose.
  const leaving = new AsyncLocalStorage<() => void>();
  exchange.fetchImplementation = transport(
    { redirect, usedWeightHeader: profile.usedWeightHeader, leaves: () => leaving.getStore()?.(), now: time.now },
    weights,
  );
  const { streaming } = exchange as unknown as { streaming: Record<string, unknown> };
  streaming.keepAlive = pace.pingEveryMs;
  streaming.connectionTimeout = pace.requestTimeoutMs;
  if (redirect !== undefined) {
    // What `loadHttpProxyAgent` would set: ccxt refuses plain ws:// without it.
    (exchange as unknown as { httpAgent: Agent }).httpAgent = new Agent();
    for (const path of profile.streamUrls) redirectAt(exchange.urls as Record<string, unknown>, path, redirect);
  }

  let isClosed = false;
  hearFutures(exchange, () => {
    // What a call that was under way would open now, nobody would close: the process would never end.
    if (isClosed) throw new errors.NetworkError('the connection with the venue is closed');
  });
  const stopTimers = keepTimers(exchange);

  const newsListeners = new Set<(news: StreamNews) => void>();
  const tellNews = (news: StreamNews) => {
    for (const listener of newsListeners) listener(news);
  };
  const handleMessage = exchange.handleMessage.bind(exchange);
  const numberings = new WeakMap<object, Numbering>();
  const orderOf = (client: object, message: Readonly<Record<string, unknown>>) => {
    const numbered = profile.numbered?.(message);
    if (numbered === undefined) return 'next';
    const numbering = numberings.get(client) ?? new Numbering();
    numberings.set(client, numbering);
    return numbering.place(numbered);
  };
  exchange.handleMessage = (client, message) => {
    if (isObject(message)) {
      const order = orderOf(client, message);
      if (order === 'after a gap') tellNews({ type: 'lost' });
      for (const news of profile.news(message)) {
        // What happened to an order may be told twice; a trade counts once.
        if (order !== 'again' || news.type !== 'trade') tellNews(news);
      }
    }
    handleMessage(client, message);
  };

  const clockListeners = new Set<(measure: ClockMeasure) => void>();
  async function measureClock(): Promise<ClockMeasure> {
    const measure = await time.measure();
    weights.clockMoved(measure.jumpMs);
    for (const listener of clockListeners) listener(measure);
    return measure;
  }

  const downListeners = new Set<() => void>();
  let failures = 0;
  /** Any answer about the account says that the venue is there, a refusal too. */
  async function answered<T>(call: CallName, ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      if (!PUBLIC.has(call)) failures = 0;
      return answer;
    } catch (error) {
      if (!PUBLIC.has(call)) {
        if (sorter.isDown(error)) failures += 1;
        else if (sorter.retry(error) === undefined) failures = 0;
        if (failures >= DOWN_AFTER) for (const listener of downListeners) listener();
      }
      throw error;
    }
  }

  async function read<T>(call: CallName, ask: () => Promise<T>, urgency: Urgency = 'ordinary'): Promise<T> {
    let until = performance.now() + pace.readBudgetMs;
    for (let tries = 0; ; tries++) {
      try {
        const askedMs = performance.now();
        await span(call, urgency);
        await weights.take(profile.weights[call], urgency, NEXT_MINUTE_MS);
        // Its own pace is not the venue's silence.
        until += performance.now() - askedMs;
        return await answered(call, ask);
      } catch (error) {
        const again = sorter.retry(error);
        const waitMs = again === undefined ? 0 : backOff(again.waitMs, tries);
        if (again === undefined || performance.now() + waitMs > until) throw sorter.sort(error);
        await sleep(waitMs);
        // A clock that cannot be measured now will be with the next try.
        if (again.isClock) await measureClock().catch(() => undefined);
      }
    }
  }

  async function once<T>(
    call: CallName,
    urgency: Urgency,
    send: () => Promise<T>,
    leaves: () => void = () => {},
  ): Promise<T> {
    try {
      await span(call, urgency);
      await weights.take(profile.weights[call], urgency);
      return await answered(call, () => leaving.run(leaves, send));
    } catch (error) {
      // Whoever sends it anew needs the right time; this call's outcome does not change with it.
      if (sorter.retry(error)?.isClock === true) await measureClock().catch(() => undefined);
      throw sorter.sort(error);
    }
  }

  const connection: Connection = {
    profile,
    exchange,
    time,
    limiter: weights,
    sorter,
    redact,
    pace,
    owners: new OrderOwners(),
    replaced: new Set(),
    hasKeys: keys !== undefined,
    read,
    once,
    measureClock,
    dropStreams: (kind, why) => {
      for (const client of streamsOf(exchange).filter(({ url }) => profile.streamKinds(url).includes(kind))) {
        client.onError(new errors.NetworkError(why));
        if (client.connection === undefined) client.close();
        else client.connection.terminate();
      }
    },
    tellNews,
    onNews: listener => {
      newsListeners.add(listener);
      return () => newsListeners.delete(listener);
    },
    onDown: listener => {
      downListeners.add(listener);
      return () => downListeners.delete(listener);
    },
    onClock: listener => {
      clockListeners.add(listener);
      return () => clockListeners.delete(listener);
    },
    close: async () => {
      isClosed = true;
      newsListeners.clear();
      stopTimers();
      const streams = streamsOf(exchange);
      // A socket that does not close in order is gone all the same.
      const said = new AbortController();
      await Promise.race([exchange.close().catch(() => {}), sleep(FAREWELL_MS, said.signal)]);
      said.abort();
      for (const { connection: socket } of streams) socket?.terminate();
    },
  };
  await read('time', measureClock);
  await read('markets', () => signed(connection, () => exchange.loadMarkets()));
  if (keys !== undefined) await checkPermissions(connection, settings.allowWithdrawals === true);
  return connection;
}

/** A secret that the client cannot sign with throws before anything is sent, whatever is asked for. */
async function signed<T>({ profile, hasKeys, sorter }: Connection, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!hasKeys || !sorter.isClients(error)) throw error;
    // Its own words may hold a piece of the secret.
    const why = `the secret of this key cannot sign: it is not of the form that ${profile.name} gives out`;
    throw new VenueError('rejected', why, 'authentication');
  }
}

async function checkPermissions(connection: Connection, allowWithdrawals: boolean): Promise<void> {
  const { read, profile, exchange } = connection;
  const asked = () => signed(connection, () => profile.permissions(exchange));
  const { canTrade, canWithdraw, refusal } = await read('permissions', asked);
  if (canWithdraw && !allowWithdrawals)
    throw new VenueError(
      'rejected',
      `this key of ${profile.name} can withdraw; make one at the venue that can only read and trade`,
      'permission',
    );
  if (!canTrade)
    throw new VenueError('rejected', `this key of ${profile.name} cannot trade; allow it at the venue`, 'permission');
  if (refusal !== undefined) throw new VenueError('rejected', refusal, 'permission');
}

/** ccxt's own timers (renewals of a listen key in twenty minutes) would keep a process alive that has closed its client. */
function keepTimers(exchange: CcxtExchange): () => void {
  const timers = new Set<NodeJS.Timeout>();
  exchange.delay = (timeoutMs: number, method: (...args: unknown[]) => unknown, ...args: unknown[]) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      exchange.spawn(method, ...args);
    }, timeoutMs);
    timers.add(timer);
  };
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}

/** Doubling, with a part of chance in it so that clients that failed together do not return together. */
function backOff(firstMs: number, tries: number): number {
  return firstMs * 2 ** Math.min(tries, 6) * (0.75 + Math.random() * 0.5);
}

function redirectAt(urls: Record<string, unknown>, path: readonly string[], redirect: string): void {
  const [first = '', ...rest] = path;
  if (rest.length > 0) redirectAt(urls[first] as Record<string, unknown>, rest, redirect);
  else urls[first] = redirectedUrls(urls[first], redirect);
}

/**
 * ccxt keeps promises for subscriptions and rejects them with the connection, also those that nobody waits for. Each is
 * heard here, so that none of them can end the process; who does wait hears it all the same. `check` throws where there is to
 * be no client any more.
 */
function hearFutures(exchange: CcxtExchange, check: () => void): void {
  const heard = new WeakSet<object>();
  const clientOf = exchange.client.bind(exchange);
  exchange.client = url => {
    check();
    const client = clientOf(url);
    if (heard.has(client)) return client;
    heard.add(client);
    const futureOf = client.future.bind(client);
    client.future = (hash: string) => {
      const future = futureOf(hash);
      future.catch(() => {});
      return future;
    };
    return client;
  };
}

function isObject(message: unknown): message is Readonly<Record<string, unknown>> {
  return typeof message === 'object' && message !== null && !Array.isArray(message);
}
