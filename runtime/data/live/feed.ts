/**
 * The `Feed` port over a venue: bars by its stream, by REST where the stream is silent, broken or behind. A gap is filled
 * before the next bar is told; a bar that changes later is told as revised; what does not come by its deadline is told as
 * stale, once.
 */
import type { Connection } from '../../exchange/ccxt/connection.ts';
import { sleep } from '../../exchange/ccxt/connection.ts';
import type { StreamNews } from '../../exchange/ccxt/profile.ts';
import { type Feed, type FeedEvent, type FeedRequest, type LiveBar, type Sink, VenueError } from '../../live/ports.ts';
import { BarBuilder } from './build.ts';
import { fundingSince } from './funding.ts';
import { markOf, readBars, readHistory, timeframeOf } from './history.ts';
import { BarSequence, type SequenceCounts, type Telling } from './sequence.ts';

export interface FeedSettings {
  /** After its end a bar may take this long to come; then it is asked for by REST. */
  readonly patienceMs?: number;
  /** After its end a bar is stale: a fifth of its length, at most a minute, when unsaid. */
  readonly latenessMs?: number;
  /** How often deadlines are looked at. */
  readonly checkEveryMs?: number;
  /** A gap is asked for twice, this long apart, before it is said that no bar exists. */
  readonly confirmAfterMs?: number;
  /** How often settlements of perpetuals are looked for. */
  readonly fundingEveryMs?: number;
}

interface StreamCounts {
  reconnects: number;
  /** Looks by REST because the stream had not said enough. */
  repairs: number;
}

export type FeedCounts = Readonly<SequenceCounts & StreamCounts>;

const PATIENCE_MS = 1500;
const LATENESS_SHARE = 0.2;
const LONGEST_LATENESS_MS = 60_000;
const CHECK_MS = 250;
const CONFIRM_MS = 1000;
const FUNDING_MS = 60_000;
const SHORTEST_FUNDING_MS = 5000;
/** A look by REST compares this many bars with what was told of them. */
const COMPARED = 3;
const REPAIR_FIRST_MS = 250;
const PRICE_EVERY_MS = 1000;
/** A stream is opened and answered within this many times of a request. */
const ANSWER_TIMEOUTS = 2;

/** Binance gives settlements 500 times in five minutes to an address, whatever else it asks; not all of it is this run's. */
const FUNDING_APART_MS = 1000;

/** Some times in a bar, so that it is known before the bar in which it is paid is over; of many instruments less often. */
export function fundingEveryMs(periodMs: number, instruments: number): number {
  return Math.max(SHORTEST_FUNDING_MS, instruments * FUNDING_APART_MS, Math.min(FUNDING_MS, periodMs / 4));
}

interface Lane {
  readonly symbol: string;
  readonly sequence: BarSequence;
  readonly builder: BarBuilder;
  repairing: boolean;
  /** Bars told of since the stream last spoke of this instrument. */
  barsWithoutNews: number;
  staleTold: boolean;
  /** Venue time of the last price that was told. */
  pricedMs: number;
  /** Venue time before which no look is made by deadline. */
  nextLookMs: number;
  looks: number;
}

export interface LiveFeed extends Feed {
  readonly counts: FeedCounts;
}

export function liveFeed(connection: Connection, settings: FeedSettings = {}): LiveFeed {
  const stream: StreamCounts = { reconnects: 0, repairs: 0 };
  let sequences: readonly BarSequence[] = [];
  return {
    get counts() {
      const sum = (name: keyof SequenceCounts) => sequences.reduce((total, { counts }) => total + counts[name], 0);
      return {
        ...stream,
        duplicates: sum('duplicates'),
        outOfOrder: sum('outOfOrder'),
        unsound: sum('unsound'),
        missing: sum('missing'),
        revised: sum('revised'),
      };
    },
    history: (symbol, periodMs, fromMs, toMs) => readHistory(connection, symbol, periodMs, fromMs, toMs),
    ...(connection.profile.kind === 'perpetual' && {
      settlements: (symbol: string, fromMs: number) => fundingSince(connection, symbol, fromMs),
    }),
    follow: (request, sink, signal) => {
      const lanes = lanesOf(connection, request);
      sequences = [...lanes.values()].map(({ sequence }) => sequence);
      return follow(connection, settings, stream, lanes, request, sink, signal);
    },
  };
}

/** By the venue's own names of the markets. */
function lanesOf({ exchange }: Connection, { symbols, periodMs, fromMs }: FeedRequest): ReadonlyMap<string, Lane> {
  return new Map(
    symbols.map(symbol => [
      String(exchange.market(symbol).id),
      {
        symbol,
        sequence: new BarSequence(periodMs, Math.ceil(fromMs / periodMs) * periodMs),
        builder: new BarBuilder(periodMs, Number.POSITIVE_INFINITY),
        repairing: false,
        barsWithoutNews: 0,
        staleTold: false,
        pricedMs: Number.NEGATIVE_INFINITY,
        nextLookMs: Number.NEGATIVE_INFINITY,
        looks: 0,
      },
    ]),
  );
}

/** No reconnect mends it. A venue says no for many other reasons, and takes it back. */
function isFinal({ reason }: VenueError): boolean {
  return reason === 'not trading' || reason === 'authentication' || reason === 'permission';
}

async function follow(
  connection: Connection,
  settings: FeedSettings,
  counts: StreamCounts,
  lanes: ReadonlyMap<string, Lane>,
  { symbols, periodMs, fromMs }: FeedRequest,
  sink: Sink<FeedEvent>,
  signal: AbortSignal,
): Promise<void> {
  const { exchange, profile, pace, time, sorter } = connection;
  const latenessMs = settings.latenessMs ?? Math.min(LATENESS_SHARE * periodMs, LONGEST_LATENESS_MS);
  const patienceMs = Math.min(settings.patienceMs ?? PATIENCE_MS, latenessMs);
  const timeframe = timeframeOf(connection, periodMs);
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Told in order; neither the stream nor the next bar is kept waiting for what the run does with one.
  let queue: Promise<void> = Promise.resolve();
  const tell = (event: FeedEvent | (() => Promise<FeedEvent>)) => {
    queue = queue.then(async () => {
      const told = typeof event === 'function' ? await event() : event;
      if (!signal.aborted) sink(told).catch(fail);
    });
    queue.catch(fail);
  };

  /** Of perpetuals with the mark prices over the bar's time, if the venue gives them soon. */
  async function withMark(telling: Telling, symbol: string, receivedMs: number): Promise<FeedEvent> {
    if (profile.kind === 'spot') return { ...telling, symbol, receivedMs };
    const openMs = telling.type === 'missing' ? telling.openMs : telling.bar.openMs;
    const mark = await markOf(connection, symbol, periodMs, openMs);
    if (mark === undefined) return { ...telling, symbol, receivedMs };
    if (telling.type === 'missing') return { ...telling, mark, symbol, receivedMs };
    return { ...telling, bar: { ...telling.bar, mark }, symbol, receivedMs };
  }

  function tellAll(lane: Lane, tellings: readonly Telling[]): void {
    const { symbol } = lane;
    const receivedMs = time.now();
    for (const telling of tellings) {
      if (telling.type !== 'revised') {
        lane.staleTold = false;
        lane.looks = 0;
        lane.nextLookMs = Number.NEGATIVE_INFINITY;
        // Of a bar that began before it was opened the stream may say nothing.
        if ((telling.type === 'missing' ? telling.openMs : telling.bar.openMs) >= openedMs) lane.barsWithoutNews++;
      }
      tell(() => withMark(telling, symbol, receivedMs));
    }
  }

  // -------------------------------------------------------------- the stream

  function laneOf(news: StreamNews): Lane | undefined {
    switch (news.type) {
      case 'bar':
        return lanes.get(news.bar.marketId);
      case 'trade':
        return lanes.get(news.trade.marketId);
      case 'trades begin':
        return lanes.get(news.marketId);
      default:
        return undefined;
    }
  }

  let isConnected = true;
  /** The venue has taken the subscription of the present stream. */
  let isAnswered = false;
  /** Venue time of that. */
  let openedMs = Number.NEGATIVE_INFINITY;
  function take(news: StreamNews): void {
    // What was lost may have been a trade of any bar that is under way.
    if (news.type === 'lost') for (const { builder } of lanes.values()) builder.restart(time.now());
    const lane = laneOf(news);
    if (lane === undefined && news.type !== 'subscribed') return;
    if (!isAnswered) {
      isAnswered = true;
      openedMs = time.now();
      for (const each of lanes.values()) each.barsWithoutNews = 0;
    }
    if (!isConnected) {
      isConnected = true;
      tell({ type: 'reconnected' });
    }
    if (lane === undefined) return;
    if (news.type === 'bar') {
      if (news.bar.periodMs !== periodMs) return;
      const { openMs, open, high, low, close, volume, closed } = news.bar;
      tellPrice(lane, close);
      offer(lane, { openMs, open, high, low, close, volume }, closed);
    } else if (news.type === 'trades begin') {
      lane.builder.restart(time.now());
    } else if (news.type === 'trade') {
      const { timeMs, price, quantity } = news.trade;
      tellPrice(lane, price);
      for (const { bar, isWhole } of lane.builder.add(timeMs, price, quantity)) offer(lane, bar, isWhole);
    }
  }

  function tellPrice(lane: Lane, price: number): void {
    const now = time.now();
    if (now - lane.pricedMs < PRICE_EVERY_MS) return;
    lane.pricedMs = now;
    tell({ type: 'price', symbol: lane.symbol, price });
  }

  function offer(lane: Lane, bar: LiveBar, isClosed: boolean): void {
    lane.barsWithoutNews = 0;
    tellAll(lane, lane.sequence.offer(bar, isClosed));
    if (lane.sequence.isBehind) void repair(lane);
  }

  async function stream(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      // Whole bars begin when the stream says that it tells of all trades.
      for (const { builder } of lanes.values()) builder.restart(Number.POSITIVE_INFINITY);
      const startedMs = performance.now();
      isAnswered = false;
      // Opened, answering pings, and not subscribed: nothing else would find out.
      const unanswered = setTimeout(() => {
        if (!isAnswered) connection.dropStreams('market', 'the venue did not answer the subscription');
      }, ANSWER_TIMEOUTS * pace.requestTimeoutMs);
      try {
        await Promise.race([profile.market(exchange, symbols, timeframe), stopped]);
      } catch (error) {
        if (signal.aborted) return;
        const problem = sorter.sort(error);
        // A subscription that was refused would count as made.
        connection.dropStreams('market', problem.message);
        if (isFinal(problem)) throw problem;
        if (isConnected) tell({ type: 'disconnected', why: problem.message });
        isConnected = false;
        counts.reconnects++;
        if (performance.now() - startedMs > pace.reconnectLongestMs) failures = 0;
        await sleep(Math.min(pace.reconnectLongestMs, pace.reconnectFirstMs * 2 ** Math.min(failures++, 10)), signal);
      } finally {
        clearTimeout(unanswered);
      }
    }
  }

  // -------------------------------------------------------------- REST

  /** Fills what is missing up to the newest bar; asks again before it says that a bar does not exist. */
  async function repair(lane: Lane): Promise<void> {
    if (lane.repairing) return;
    lane.repairing = true;
    try {
      for (let asked = 0; !signal.aborted; asked++) {
        counts.repairs++;
        const { sequence } = lane;
        const from = sequence.nextMs - COMPARED * periodMs;
        const bars = await readBars(connection, lane.symbol, periodMs, from, time.now() + periodMs);
        if (signal.aborted) return;
        tellAll(lane, sequence.fill(bars, asked > 0));
        if (!sequence.isBehind) return;
        await sleep(settings.confirmAfterMs ?? CONFIRM_MS, signal);
      }
    } catch (error) {
      // Not now: the next deadline asks again, later each time. What no asking mends ends the feed.
      if (!(error instanceof VenueError) || isFinal(error)) fail(error);
    } finally {
      lane.repairing = false;
    }
  }

  function checkDeadlines(): void {
    const now = time.now();
    for (const lane of lanes.values()) {
      const dueMs = lane.sequence.nextMs + periodMs;
      if (now >= dueMs + latenessMs && !lane.staleTold) {
        lane.staleTold = true;
        tell({ type: 'stale', symbol: lane.symbol, dueMs });
      }
      if (now >= dueMs + patienceMs && now >= lane.nextLookMs) {
        lane.nextLookMs = now + Math.min(periodMs, REPAIR_FIRST_MS * 2 ** lane.looks++);
        void repair(lane);
      }
    }
    // Open, answered, answering pings, and silent: two bars came by REST alone. One that is being opened has its own deadline.
    if (
      isConnected &&
      isAnswered &&
      lanes.size > 0 &&
      [...lanes.values()].every(({ barsWithoutNews }) => barsWithoutNews >= 2)
    ) {
      for (const lane of lanes.values()) lane.barsWithoutNews = 0;
      connection.dropStreams('market', 'the stream was silent');
    }
  }

  async function watchDeadlines(): Promise<void> {
    while (!signal.aborted) {
      checkDeadlines();
      await sleep(settings.checkEveryMs ?? CHECK_MS, signal);
    }
  }

  /** Settlements, each once, soon after the hour. */
  async function watchFunding(): Promise<void> {
    if (profile.kind === 'spot') return;
    const since = new Map(symbols.map(symbol => [symbol, fromMs]));
    while (!signal.aborted) {
      for (const symbol of symbols) {
        // Not now: the next look begins where the last good one ended.
        const found = await fundingSince(connection, symbol, since.get(symbol) ?? fromMs).catch(() => []);
        for (const { timeMs, rate } of found) {
          since.set(symbol, timeMs + 1);
          tell({ type: 'funding', symbol, timeMs, rate });
        }
      }
      await sleep(settings.fundingEveryMs ?? fundingEveryMs(periodMs, symbols.length), signal);
    }
  }

  async function watchClock(): Promise<void> {
    while (!signal.aborted) {
      await sleep(pace.clockEveryMs, signal);
      if (signal.aborted) return;
      // A venue that does not say its time now is asked again in a minute; the offset measured last holds.
      await connection.measureClock().catch(() => undefined);
    }
  }

  const stopped = new Promise<void>(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const endings = [
    connection.onNews(take),
    connection.onClock(({ offsetMs, uncertaintyMs, jumpMs }) =>
      tell({ type: 'clock', offsetMs, uncertaintyMs, jumpMs }),
    ),
  ];
  try {
    await Promise.race([Promise.all([stream(), watchDeadlines(), watchClock(), watchFunding()]), failed, stopped]);
  } finally {
    for (const end of endings) end();
  }
}
