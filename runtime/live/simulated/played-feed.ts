/**
 * A feed whose bars a simulated venue lives by: each bar is played at the venue before the run hears of it, and what the
 * run then sends is settled before the next one.
 */
import type { LiveMarket } from '../market.ts';
import type { Feed, FeedEvent, Sink, VenueEvent } from '../ports.ts';
import type { SimulatedVenue } from './venue.ts';

export interface PlayedFeedParts {
  readonly feed: Feed;
  readonly venue: SimulatedVenue;
  readonly tellVenue: Sink<VenueEvent>;
  /** The run's own bars: what it has consumed was played before. */
  readonly consumed: LiveMarket;
}

export function playedFeed({ feed, venue, tellVenue, consumed }: PlayedFeedParts): Feed {
  return {
    history: (symbol, periodMs, fromMs, toMs) => feed.history(symbol, periodMs, fromMs, toMs),
    follow: async (request, sink, signal) => {
      for (const { timeMs, rate } of consumed.funding) venue.addFunding(timeMs, rate);
      for (let tick = 0; tick < consumed.length; tick++) {
        const { bar, mark } = consumed.at(tick);
        venue.seed(bar, mark);
      }
      if (consumed.length > 0) await venue.settle(tellVenue);
      await feed.follow(request, event => play(event, sink), signal);
    },
  };

  async function play(event: FeedEvent, sink: Sink<FeedEvent>): Promise<void> {
    if (event.type === 'funding') venue.addFunding(event.timeMs, event.rate);
    if (event.type !== 'bar' && event.type !== 'missing') return sink(event);
    const openMs = event.type === 'bar' ? event.bar.openMs : event.openMs;
    const { symbol, receivedMs } = event;
    if (consumed.tickOf(openMs) < consumed.length) return sink(event); // told twice: the run says so
    while (consumed.length < consumed.tickOf(openMs)) {
      await one({ type: 'missing', symbol, openMs: consumed.openMs(consumed.length), receivedMs }, sink);
    }
    await one(event, sink);
  }

  async function one(event: Extract<FeedEvent, { type: 'bar' | 'missing' }>, sink: Sink<FeedEvent>): Promise<void> {
    const bar = event.type === 'bar' ? event.bar : undefined;
    await venue.play(bar, event.type === 'bar' ? event.bar.mark : event.mark, tellVenue);
    venue.closeBar();
    await sink(event);
    await venue.settle(tellVenue);
  }
}
