/** Bars by REST, page by page: for warm-up, for gaps, and instead of a stream that is silent. */
import { type Connection, sleep } from '../../exchange/ccxt/connection.ts';
import { type LiveBar, type MarkPrices, VenueError } from '../../live/ports.ts';
import { isSound } from './sequence.ts';

const DAY_MS = 86_400_000;

/** Bar lengths that a run can follow, by ccxt's names; bars of weeks begin on a Monday, which no run counts by. */
export function timeframesOf({ exchange }: Connection): readonly string[] {
  return Object.keys(exchange.timeframes).filter(frame => exchange.parseTimeframe(frame) * 1000 <= DAY_MS);
}

/** ccxt's name of a bar length, as the venue offers it. */
export function timeframeOf(connection: Connection, periodMs: number): string {
  const { exchange, profile } = connection;
  const frame = timeframesOf(connection).find(name => exchange.parseTimeframe(name) * 1000 === periodMs);
  if (frame === undefined)
    throw new VenueError(
      'rejected',
      `${profile.name} has no bars of ${periodMs / 1000} s that a run can follow`,
      'other',
    );
  return frame;
}

/**
 * Bars that open in [fromMs, toMs), in order, each once, the one that is under way among them. What is not sound is left
 * out: whoever asks sees a gap.
 */
export async function readBars(
  connection: Connection,
  symbol: string,
  periodMs: number,
  fromMs: number,
  toMs: number,
  kind: 'traded' | 'mark' = 'traded',
): Promise<readonly LiveBar[]> {
  const { exchange, profile, read } = connection;
  const timeframe = timeframeOf(connection, periodMs);
  const found = new Map<number, LiveBar>();
  for (let since = Math.ceil(fromMs / periodMs) * periodMs; since < toMs; ) {
    const limit = Math.min(profile.barsPerCall, Math.ceil((toMs - since) / periodMs));
    const params = { ...(kind === 'mark' && { price: 'mark' }) };
    const rows = await read('bars', () => exchange.fetchOHLCV(symbol, timeframe, since, limit, params));
    let latest = Number.NEGATIVE_INFINITY;
    for (const row of rows) {
      const bar = barOf(row);
      latest = Math.max(latest, bar.openMs);
      if (bar.openMs >= fromMs && bar.openMs < toMs && isSound(bar, periodMs)) found.set(bar.openMs, bar);
    }
    // Venues without bars of no trades may have an empty page between two full ones.
    since = latest < since ? since + limit * periodMs : latest + periodMs;
  }
  return [...found.values()].sort((a, b) => a.openMs - b.openMs);
}

/** The same without the bar under way: over by a bar after it, or by a whole bar's time. */
export async function readClosedBars(
  connection: Connection,
  symbol: string,
  periodMs: number,
  fromMs: number,
  toMs: number,
): Promise<readonly LiveBar[]> {
  // One more than asked for says whether the last is over.
  const bars = await readBars(connection, symbol, periodMs, fromMs, toMs + periodMs);
  const lastMs = bars.at(-1)?.openMs ?? 0;
  const now = connection.time.now();
  return bars.filter(({ openMs }) => openMs < toMs && (openMs < lastMs || now >= openMs + 2 * periodMs));
}

/** Closed bars; of perpetuals with their mark prices. */
export async function readHistory(
  connection: Connection,
  symbol: string,
  periodMs: number,
  fromMs: number,
  toMs: number,
): Promise<readonly LiveBar[]> {
  const bars = await readClosedBars(connection, symbol, periodMs, fromMs, toMs);
  if (connection.profile.kind === 'spot') return bars;
  const marks = await readBars(connection, symbol, periodMs, fromMs, toMs, 'mark');
  const byOpen = new Map(marks.map(mark => [mark.openMs, mark]));
  return bars.map(bar => {
    const mark = byOpen.get(bar.openMs);
    return mark === undefined ? bar : { ...bar, mark: pricesOf(mark) };
  });
}

/** The bar waits this long for its mark prices. */
const MARK_PATIENCE_MS = 2000;

/** Mark prices of one bar; undefined when the venue does not give them soon. */
export async function markOf(
  connection: Connection,
  symbol: string,
  periodMs: number,
  openMs: number,
): Promise<MarkPrices | undefined> {
  const asked = readBars(connection, symbol, periodMs, openMs, openMs + periodMs, 'mark');
  const enough = new AbortController();
  const [mark] = await Promise.race([asked.catch(() => []), sleep(MARK_PATIENCE_MS, enough.signal).then(() => [])]);
  enough.abort();
  return mark === undefined ? undefined : pricesOf(mark);
}

function pricesOf({ open, high, low, close }: LiveBar): MarkPrices {
  return { open, high, low, close };
}

function barOf(row: readonly unknown[]): LiveBar {
  const [openMs, open, high, low, close, volume] = row.map(value => (value === undefined ? Number.NaN : Number(value)));
  return {
    openMs: openMs ?? Number.NaN,
    open: open ?? Number.NaN,
    high: high ?? Number.NaN,
    low: low ?? Number.NaN,
    close: close ?? Number.NaN,
    // Mark bars have none.
    volume: Number.isFinite(volume) ? (volume ?? 0) : 0,
  };
}
