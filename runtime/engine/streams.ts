/**
 * Fills the engine streams (language/operators/streams.ts): what a strategy may read of its own account. They show the
 * account after all fills so far and before anything that is decided now.
 */
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';
import { isWaiting, reservedCash } from './intents.ts';
import { equityAt, freeCash } from './ledger.ts';
import { openTime } from './market.ts';
import type { EngineState } from './state.ts';

const place = (field: string): number => {
  const index = ENGINE_STREAMS.findIndex(stream => stream.field === field);
  if (index < 0) throw new Error(`no engine stream ${field}`);
  return index;
};

export const STREAM_COUNT = ENGINE_STREAMS.length;

/** Places in the table. */
export const STREAM = {
  position: place('position'),
  side: place('side'),
  entry: place('entry'),
  firstEntry: place('first_entry'),
  lastEntry: place('last_entry'),
  entries: place('entries'),
  barsHeld: place('bars_held'),
  held: place('held'),
  best: place('best'),
  worst: place('worst'),
  profit: place('profit'),
  pending: place('pending'),
  idle: place('idle'),
  equity: place('equity'),
  cash: place('cash'),
  exposure: place('exposure'),
  drawdown: place('drawdown'),
  started: place('started'),
  opened: place('opened'),
  filled: place('filled'),
  closed: place('closed'),
  stoppedOut: place('stopped_out'),
  targetHit: place('target_hit'),
  timedOut: place('timed_out'),
  liquidated: place('liquidated'),
  refused: place('refused'),
  closedProfit: place('closed.profit'),
  closedPnl: place('closed.pnl'),
  closedBars: place('closed.bars'),
} as const;

const SIDE = { flat: 0, long: 1, short: 2 } as const;

const EVENT_FLAGS = eventsThat(base => base === 'bool');
const EVENT_VALUES = eventsThat(base => base !== 'bool');
/** Streams that move at every tick while there is a position; while flat nothing moves between fills. */
export const TICK_STREAMS: ReadonlySet<string> = new Set(
  ENGINE_STREAMS.filter(stream => stream.changes === 'tick').map(stream => stream.field),
);

const ACCOUNT_STREAMS = ENGINE_STREAMS.flatMap((stream, index) => (stream.scope === 'account' ? [index] : []));

/**
 * Instruments that are data alone have rows too: always flat, beside the one account. A plan that reads such a row reads
 * what the traded one says of the account.
 */
export function writeUntradedRows(rows: Float64Array, traded: Float64Array): void {
  for (let start = 0; start < rows.length; start += STREAM_COUNT) {
    const row = rows.subarray(start, start + STREAM_COUNT);
    if (row.byteOffset === traded.byteOffset) continue;
    for (const [index, stream] of ENGINE_STREAMS.entries()) row[index] = stream.optional ? Number.NaN : 0;
    row[STREAM.idle] = 1;
    for (const index of ACCOUNT_STREAMS) row[index] = traded[index] as number;
  }
}

/** Sets the streams as they stand at the open of tick `now`, which is the close of the tick before it. */
export function writeStreams(state: EngineState, now: number, mark: number): void {
  writePosition(state);
  if (state.readsMoving) writeMoving(state, now, mark);
}

/** The streams that only fills and orders move. */
function writePosition(state: EngineState): void {
  const { ledger, streams } = state;
  const { position } = ledger;
  streams[STREAM.position] = position;
  streams[STREAM.side] = position > 0 ? SIDE.long : position < 0 ? SIDE.short : SIDE.flat;
  streams[STREAM.entry] = ledger.entry;
  streams[STREAM.firstEntry] = ledger.firstEntry;
  streams[STREAM.lastEntry] = ledger.lastEntry;
  streams[STREAM.entries] = ledger.entries;
  const waiting = isWaiting(state);
  streams[STREAM.pending] = waiting ? 1 : 0;
  streams[STREAM.idle] = !waiting && position === 0 ? 1 : 0;
}

/** The streams that move with the price and the clock. */
export function writeMoving(state: EngineState, now: number, mark: number): void {
  const { ledger, streams } = state;
  const { position, entry, balance, peak } = ledger;
  const equity = equityAt(balance, position, entry, mark);
  streams[STREAM.equity] = equity;
  streams[STREAM.cash] = freeCash(ledger) - reservedCash(state);
  streams[STREAM.exposure] = position === 0 ? 0 : (Math.abs(position) * mark) / equity;
  streams[STREAM.drawdown] = equity < peak ? (peak - equity) / peak : 0;
  writeOpen(state, now, mark);
  if (state.hasUntradedRows) writeUntradedRows(state.run.engine, streams);
}

function writeOpen({ ledger, streams, market }: EngineState, now: number, mark: number): void {
  const { position, entry } = ledger;
  if (position === 0) {
    streams[STREAM.barsHeld] = Number.NaN;
    streams[STREAM.held] = Number.NaN;
    streams[STREAM.best] = Number.NaN;
    streams[STREAM.worst] = Number.NaN;
    streams[STREAM.profit] = Number.NaN;
    return;
  }
  streams[STREAM.barsHeld] = now - ledger.openTick;
  streams[STREAM.held] = openTime(market, now) - openTime(market, ledger.openTick);
  streams[STREAM.best] = ledger.best;
  streams[STREAM.worst] = ledger.worst;
  streams[STREAM.profit] = (position * (mark - entry) - ledger.trade.fees) / (Math.abs(position) * entry);
}

/** What nobody reads is not set: an event has a tick of its own only where something can hear of it. */
export function setEvent(state: EngineState, stream: number, value = 1): void {
  if (state.hears[stream] === 0) return;
  state.streams[stream] = value;
  state.eventsSet = true;
}

/** An event is true at one tick only. */
export function clearEvents(state: EngineState): void {
  const { streams } = state;
  for (let i = 0; i < EVENT_FLAGS.length; i++) streams[EVENT_FLAGS[i] as number] = 0;
  for (let i = 0; i < EVENT_VALUES.length; i++) streams[EVENT_VALUES[i] as number] = Number.NaN;
  state.eventsSet = false;
}

function eventsThat(isWanted: (base: string) => boolean): Int32Array {
  return Int32Array.from(
    ENGINE_STREAMS.flatMap((stream, index) => (stream.event && isWanted(stream.base) ? [index] : [])),
  );
}
