/** Plays recorded bars at the venue: its clock goes to each point of each bar, and the prices with it. */
import type { LocalExchange } from './exchange.ts';
import { type VenueBar, venueBar } from './market.ts';

export type PathOrder = 'low first' | 'high first' | 'nearest first';

export interface PlaySettings {
  readonly path?: PathOrder;
  /** No message says that the bar is closed. */
  readonly silently?: boolean;
}

/** The open: the price jumps there, a new bar begins. */
export function openBar(exchange: LocalExchange, symbol: string, bar: VenueBar): void {
  exchange.clock.moveTo(bar.openMs);
  exchange.openBar(symbol, bar);
}

/** From the open through both extremes to the close, and the message that the bar is closed. */
export function finishBar(exchange: LocalExchange, symbol: string, bar: VenueBar, settings: PlaySettings = {}): void {
  const step = exchange.periodMs / 4;
  const points = [...extremes(bar, settings.path ?? 'nearest first'), bar.close];
  for (const [i, price] of points.entries()) {
    exchange.clock.moveTo(bar.openMs + step * (i + 1) - 1);
    exchange.touch(symbol, price, bar.volume / 4n);
  }
  exchange.clock.moveTo(bar.openMs + exchange.periodMs);
  exchange.closeBar(symbol, bar, settings.silently);
}

export function playBar(exchange: LocalExchange, symbol: string, bar: VenueBar, settings: PlaySettings = {}): void {
  openBar(exchange, symbol, bar);
  finishBar(exchange, symbol, bar, settings);
}

function extremes({ open, high, low }: VenueBar, path: PathOrder) {
  const isLowFirst = path === 'low first' || (path === 'nearest first' && open - low <= high - open);
  return isLowFirst ? [low, high] : [high, low];
}

/** `count` bars of a gentle, fixed wave from a start. */
export function waveBars(startMs: number, periodMs: number, count: number, level: number): readonly VenueBar[] {
  return Array.from({ length: count }, (_, i) => {
    const open = level + Math.round(Math.sin(i) * 100);
    const close = level + Math.round(Math.sin(i + 1) * 100);
    return venueBar([
      startMs + i * periodMs,
      open,
      Math.max(open, close) + 10,
      Math.min(open, close) - 10,
      close,
      4 + i,
    ]);
  });
}
