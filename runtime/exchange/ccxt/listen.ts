/**
 * Our orders, as the venue's stream tells of them, and by REST whatever the stream may have missed: after each (re)connect
 * and every minute the fills since the last look are read, and each is told once. A stream that is open and has not told of
 * one of them is mute, and opened anew.
 */

import { type Sink, VenueError, type VenueEvent, type VenueFill } from '../../live/ports.ts';
import { OnceEach } from '../once-each.ts';
import { type Connection, sleep } from './connection.ts';
import type { Urgency } from './limiter.ts';
import type { StreamNews } from './profile.ts';

/** Fills of this long before the last look are read again: a venue may list a trade after its stream has told of it. */
const OVERLAP_MS = 60_000;
/** Numbers of trades that are remembered, to tell each once. */
const REMEMBERED = 20_000;
/** A venue that says that it is being worked on is asked again after this long. */
const DOWN_MS = 5000;
/** A stream is opened and answered within this many times of a request. */
const ANSWER_TIMEOUTS = 3;

/** Reads of the venue, of the given urgency. */
export interface Looks {
  fills(symbol: string, sinceMs: number, urgency?: Urgency): Promise<readonly VenueFill[]>;
  income(
    symbols: readonly string[],
    sinceMs: number,
    urgency?: Urgency,
  ): Promise<readonly Extract<VenueEvent, { type: 'income' }>[]>;
}

export async function listen(
  connection: Connection,
  { fills, income }: Looks,
  symbols: readonly string[],
  sink: Sink<VenueEvent>,
  signal: AbortSignal,
): Promise<void> {
  const { exchange, profile, pace, time, limiter, redact, sorter, owners } = connection;
  const symbolOf = new Map(symbols.map(symbol => [String(exchange.market(symbol).id), symbol]));
  const currencyOf = (id: string) => String(exchange.safeCurrencyCode(id) ?? id);
  const told = new Set<string>();
  const lookedAt = new Map(symbols.map(symbol => [symbol, time.now()]));
  let blindUntilMs = 0;
  // Told in the order in which they came; none waits for the orders that are sent because of the one before.
  const tell = (event: VenueEvent) => {
    const done = new Promise<void>(resolve => resolve(sink(event)));
    done.catch(fail);
    return done;
  };
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });

  /** False for one that was told before. */
  function tellFill(fill: VenueFill): boolean {
    const key = `${fill.symbol} ${fill.tradeId}`;
    if (told.has(key)) return false;
    told.add(key);
    if (told.size > REMEMBERED) for (const oldest of told) if (told.delete(oldest) && told.size <= REMEMBERED) break;
    const clientId = owners.get(fill.venueId) ?? fill.clientId;
    void tell({ type: 'fill', fill: clientId === undefined ? fill : { ...fill, clientId } });
    return true;
  }

  const isReplaced = (id: string | undefined) => id !== undefined && connection.replaced.has(id);

  function take(news: StreamNews): void {
    if (news.type === 'user ended') endStream(news.why);
    if (news.type === 'lost') for (const symbol of symbols) lookSoon(symbol);
    if (news.type === 'look') {
      const symbol = symbolOf.get(news.marketId);
      if (symbol !== undefined) lookSoon(symbol);
      return;
    }
    if (news.type === 'owner') owners.set(news.venueId, news.clientId);
    if (news.type !== 'user') return;
    const symbol = symbolOf.get(news.marketId);
    // Orders of other markets are none of this run's business.
    if (symbol === undefined) return;
    const { triggeredAs } = news;
    const owner = triggeredAs === undefined ? undefined : owners.get(triggeredAs);
    // Its client id may be any, and the message that says whose it is has not come: REST says it.
    if (triggeredAs !== undefined && owner === undefined) {
      lookSoon(symbol);
      return;
    }
    // However often it is told.
    if (news.event.type === 'gone' && [news.venueId, news.event.clientId].some(isReplaced)) return;
    takeUser(news.event, symbol, owner);
  }

  /** `owner`: the client id of the conditional order that has triggered. */
  function takeUser(event: VenueEvent, symbol: string, owner: string | undefined): void {
    if (event.type === 'fill') {
      const { fill } = event;
      if (owner === undefined && fill.clientId !== undefined) owners.set(fill.venueId, fill.clientId);
      tellFill({ ...fill, symbol, feeCurrency: currencyOf(fill.feeCurrency) });
      return;
    }
    if (event.type === 'accepted') {
      // It was accepted when it was placed; that it is in the book now is nothing new.
      if (owner !== undefined) return;
      if (!profile.keepsConditionalApart) owners.set(event.venueId, event.clientId);
    }
    const isOurs = owner !== undefined && (event.type === 'gone' || event.type === 'rejected');
    void tell(isOurs ? { ...event, clientId: owner } : event);
  }

  /** Gives the fills of which nobody had told. */
  async function look(symbol: string, urgency?: Urgency): Promise<readonly VenueFill[]> {
    const since = (lookedAt.get(symbol) ?? time.now()) - OVERLAP_MS;
    const startedMs = time.now();
    const untold = (await fills(symbol, since, urgency)).filter(tellFill);
    lookedAt.set(symbol, startedMs);
    return untold;
  }

  const looking = new Set<string>();
  const lookAgain = new Set<string>();
  /** However often it is asked for, one look at a time, and one more after the last asking. */
  function lookSoon(symbol: string): void {
    if (looking.has(symbol)) {
      lookAgain.add(symbol);
      return;
    }
    looking.add(symbol);
    void look(symbol)
      .catch(() => undefined)
      .finally(() => {
        looking.delete(symbol);
        if (lookAgain.delete(symbol) && !signal.aborted) lookSoon(symbol);
      });
  }

  const knownIncome = new OnceEach();
  let incomeFromMs = time.now();
  /** Of a monotonic clock: each reconnect of a stream that does not hold would cost much weight. */
  let incomeReadAtMs = Number.NEGATIVE_INFINITY;
  /** Of perpetuals: money that came or went without a trade. */
  async function lookAtIncome(urgency?: Urgency): Promise<void> {
    if (profile.kind === 'spot') return;
    const startedMs = time.now();
    const readAtMs = performance.now();
    const sinceMs = Math.floor(incomeFromMs - OVERLAP_MS);
    for (const entry of await income(symbols, sinceMs, urgency)) {
      if (knownIncome.isNew(entry.id, entry.timeMs)) void tell(entry);
    }
    knownIncome.readFrom(sinceMs);
    incomeFromMs = startedMs;
    incomeReadAtMs = readAtMs;
  }

  function tellBlind(): void {
    const untilMs = limiter.blindUntilMs;
    if (untilMs <= blindUntilMs) return;
    blindUntilMs = untilMs;
    void tell({ type: 'blind', untilMs, why: `${profile.name} has shut this address out for too many requests` });
  }

  /** Under maintenance: looked at again a little later. */
  function tellDown(): void {
    const untilMs = time.now() + DOWN_MS;
    void tell({ type: 'blind', untilMs, why: `${profile.name} does not answer: it is being worked on` });
  }

  let endStream: (why: string) => void = () => {};
  let isConnected = true;
  /** By the venue's clock: since when the stream tells; NaN while it does not. */
  let tellsSinceMs = Number.NaN;
  function isMute({ timeMs }: VenueFill): boolean {
    return timeMs > tellsSinceMs && timeMs < time.now() - pace.muteAfterMs;
  }
  /** Told once; throws what no further try mends. */
  async function heardFailure(error: unknown): Promise<void> {
    const { kind, reason, message } = sorter.sort(error);
    if (kind === 'rejected' && (reason === 'authentication' || reason === 'permission'))
      throw new VenueError('rejected', redact(message), reason);
    if (isConnected) void tell({ type: 'disconnected', why: redact(message) });
    isConnected = false;
    if (sorter.retry(error)?.isClock === true) await connection.measureClock().catch(() => undefined);
    tellBlind();
    if (sorter.isDown(error)) tellDown();
  }

  const waitMs = (failures: number) =>
    Math.min(pace.reconnectLongestMs, pace.reconnectFirstMs * 2 ** Math.min(failures, 10));

  /** What the stream did not tell while it was down. A stream that is open stays so when REST has no answer. */
  async function catchUp(): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        for (const symbol of symbols) await look(symbol, 'protection');
        if (performance.now() - incomeReadAtMs >= pace.reconcileEveryMs) await lookAtIncome('protection');
        return;
      } catch (error) {
        await heardFailure(error);
        await sleep(waitMs(failures), signal);
      }
    }
  }

  async function follow(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const ended = new Promise<never>((_, reject) => {
        endStream = why => reject(new Error(why));
      });
      const stream = profile.user(exchange, symbols);
      const over = Promise.race([stream.ended, ended]);
      // Opened, answering pings, and not subscribed: nothing else would find out.
      const unanswered = setTimeout(
        () => endStream('the venue did not answer the subscription'),
        ANSWER_TIMEOUTS * pace.requestTimeoutMs,
      );
      // Whoever awaits the other of the two first must not leave this one unheard.
      over.catch(() => undefined);
      stream.ended.catch(() => undefined);
      stream.ready.catch(() => undefined);
      ended.catch(() => undefined);
      let readyAtMs = Number.NaN;
      try {
        await Promise.race([stream.ready, over, stopped]);
        clearTimeout(unanswered);
        if (signal.aborted) return;
        readyAtMs = performance.now();
        tellsSinceMs = time.now();
        const upToDate = catchUp();
        upToDate.catch(() => undefined);
        // It may end meanwhile, and the minute's weight be used up for long.
        await Promise.race([upToDate, over, stopped]);
        isConnected = true;
        void tell({ type: 'reconnected' });
        await Promise.race([over, stopped]);
      } catch (error) {
        tellsSinceMs = Number.NaN;
        if (signal.aborted) return;
        // A subscription that was refused would count as made, and a stream without a key stay open beside the next.
        connection.dropStreams('user', 'the stream of our orders begins anew');
        if (performance.now() - readyAtMs > pace.reconnectLongestMs) failures = 0;
        await heardFailure(error);
        await sleep(waitMs(failures++), signal);
      } finally {
        clearTimeout(unanswered);
      }
    }
  }

  async function reconcile(): Promise<void> {
    while (!signal.aborted) {
      await sleep(pace.reconcileEveryMs, signal);
      if (signal.aborted) return;
      tellBlind();
      // What cannot be read now is read with the next look, which begins where the last good one did.
      for (const symbol of symbols) {
        const untold = await look(symbol).catch(() => []);
        if (untold.some(isMute)) endStream('the stream of our orders is open and did not tell of a trade');
      }
      await lookAtIncome().catch(() => undefined);
    }
  }

  const stopped = new Promise<void>(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const stop = connection.onNews(take);
  const stopBans = limiter.onBan(tellBlind);
  const stopDown = connection.onDown(tellDown);
  try {
    await Promise.race([Promise.all([follow(), reconcile()]), failed, stopped]);
  } finally {
    stop();
    stopBans();
    stopDown();
  }
}
