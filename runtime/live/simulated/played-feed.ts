/**
 * A feed whose bars a simulated venue lives by: each bar is played at the venue before the run hears of it, and what the
 * run then sends is settled before the next one.
 */
import type { LiveGrid } from '../grid.ts';
import type { Feed, FeedEvent, Sink, VenueEvent } from '../ports.ts';
import type { PlayedBar, SimulatedVenue } from './venue.ts';

export interface PlayedFeedParts {
  /** Tells of whole ticks (whole-ticks.ts). */
  readonly feed: Feed;
  /** By number of the instrument. */
  readonly symbols: readonly string[];
  readonly venue: SimulatedVenue;
  readonly tellVenue: Sink<VenueEvent>;
  /** The run's own bars: ticks that it has consumed were played before. */
  readonly consumed: LiveGrid;
}

type BarEvent = Extract<FeedEvent, { type: 'bar' | 'missing' }>;

export function playedFeed({ feed, symbols, venue, tellVenue, consumed }: PlayedFeedParts): Feed {
  /** Of the tick that comes next, by number of the instrument. */
  const gathered = new Map<number, BarEvent>();
  return {
    ...feed,
    follow: async (request, sink, signal) => {
      consumed.markets.forEach((market, instrument) => {
        for (const { timeMs, rate } of market.funding) venue.addFunding(instrument, timeMs, rate);
      });
      for (let tick = 0; tick < consumed.length; tick++) venue.seed(consumed.markets.map(market => market.at(tick)));
      if (consumed.length > 0) await venue.settle(tellVenue);
      // Bars may be told while one is still played.
      let playing: Promise<void> = Promise.resolve();
      await feed.follow(
        request,
        event => {
          playing = playing.then(() => play(event, sink));
          return playing;
        },
        signal,
      );
      await playing;
    },
  };

  async function play(event: FeedEvent, sink: Sink<FeedEvent>): Promise<void> {
    if (event.type === 'funding') venue.addFunding(symbols.indexOf(event.symbol), event.timeMs, event.rate);
    if (event.type !== 'bar' && event.type !== 'missing') return sink(event);
    const tick = consumed.tickOf(openMsOf(event));
    if (tick < consumed.length) return sink(event); // told twice: the run says so
    while (consumed.length < tick)
      await whole(
        symbols.map(symbol => missing(symbol, event.receivedMs)),
        sink,
      );
    gathered.set(symbols.indexOf(event.symbol), event);
    if (gathered.size < symbols.length) return;
    const events = symbols.flatMap((_, instrument) => gathered.get(instrument) ?? []);
    gathered.clear();
    await whole(events, sink);
  }

  function missing(symbol: string, receivedMs: number): BarEvent {
    return { type: 'missing', symbol, openMs: consumed.openMs(consumed.length), receivedMs };
  }

  /** What the run has of a tick already is the truth of it, whatever is told now. */
  function played(event: BarEvent, instrument: number): PlayedBar {
    const market = consumed.market(instrument);
    if (market.length > consumed.length) return market.at(consumed.length);
    return event.type === 'bar' ? { bar: event.bar, mark: event.bar.mark } : { bar: undefined, mark: event.mark };
  }

  async function whole(events: readonly BarEvent[], sink: Sink<FeedEvent>): Promise<void> {
    await venue.play(events.map(played), tellVenue);
    venue.closeTick();
    for (const event of events) await sink(event);
    await venue.settle(tellVenue);
  }
}

function openMsOf(event: BarEvent): number {
  return event.type === 'bar' ? event.bar.openMs : event.openMs;
}
