/**
 * After a crash, a stop or a lost connection: the journal is replayed until the run stands where it stood, then the orders
 * that it believes in are held against those of the venue. A difference is repaired where that is safe, and told.
 */
import type { Command } from '../engine/events.ts';
import type { ActualOrder } from '../engine/orders.ts';
import { isReducing } from '../exchange/matching.ts';
import { ownerOf } from './client-id.ts';
import { decode, encode } from './codec.ts';
import { LiveError } from './errors.ts';
import { VenueError, type VenueOrderState } from './ports.ts';
import type { LiveRun } from './run.ts';
import type { Input, IntentRow, Row, SnapshotRow } from './store/rows.ts';

const DIVERGES =
  'the run goes on only with the version of Vela and the files that wrote it: put those back, or begin a new run in another folder';

/**
 * Moves a fresh run by the rows of its journal; of those up to the snapshot only the bars are read. What was decided last and never journaled as sent is journaled now: it did
 * not leave, which the reconciliation that follows finds out like everything else.
 */
export function replayRows(run: LiveRun, rows: Iterable<Row>, snapshot?: SnapshotRow): void {
  let expected: Command[] = [];
  let lastSeq = 0;
  const before: Uint8Array[] = [];
  for (const { seq, kind, body, records } of rows) {
    if (seq !== lastSeq + 1) throw diverges(seq, `row ${lastSeq + 1} is missing`);
    lastSeq = seq;
    if (snapshot !== undefined && seq <= snapshot.seq) {
      if (kind === 'input') run.pass(decode<Input>(body));
      if (records !== undefined) before.push(records);
      if (seq === snapshot.seq) run.restore(snapshot.body, Buffer.concat(before));
      continue;
    }
    if (kind === 'intent') {
      const command = expected.shift();
      const journaled = decode<IntentRow>(body);
      if (command === undefined) throw diverges(seq, 'a command that nothing asked for');
      if (encode(run.intend(command)) !== encode(journaled)) throw diverges(seq, 'another command than it was');
      continue;
    }
    if (expected.length > 0) throw diverges(seq, 'a command that was not sent');
    expected = [...run.apply(decode<Input>(body))];
    if (!sameBytes(run.newRecords(), records)) throw diverges(seq, 'other records than it had');
  }
  run.replayed(lastSeq, snapshot?.seq ?? 0);
  run.intendAll(expected);
}

function diverges(seq: number, what: string): LiveError {
  return new LiveError('journal-diverges', `row ${seq} of the journal, replayed, gives ${what}`, DIVERGES);
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  const other = b ?? new Uint8Array(0);
  return a.length === other.length && a.every((byte, i) => byte === other[i]);
}

/** Protection and exits before everything else. */
function byUrgency(a: ActualOrder, b: ActualOrder): number {
  return Number(isReducing(b.order.role)) - Number(isReducing(a.order.role));
}

/**
 * Holds the orders of the run against those of the venue. What the venue has of ours and the run does not want is
 * cancelled; what the run sent and the venue does not have is looked up until that is certain, and sent again if it is still
 * wanted. Orders of others are not touched.
 */
export async function reconcile(run: LiveRun): Promise<void> {
  const { venue, binding, trader, notice } = run.parts;
  const open: VenueOrderState[] = [];
  for (const instrument of trader.traded) open.push(...(await venue.openOrders(run.symbolOf(instrument))));
  for (const actual of [...trader.orders].sort(byUrgency)) {
    const { id } = actual.order;
    const clientId = run.clientIds.get(id);
    if (clientId === undefined || !trader.orders.includes(actual)) continue;
    const symbol = run.symbolOf(run.instrumentOf(id));
    const there = open.find(order => order.clientId === clientId) ?? (await venue.lookup(symbol, clientId));
    await settleOrder(run, actual, clientId, symbol, there);
  }
  const wanted = new Set(trader.orders.map(({ order }) => run.clientIds.get(order.id)));
  for (const order of open) {
    const owner = ownerOf(order.clientId, binding.runId);
    if (wanted.has(order.clientId)) continue;
    if (owner === 'this run' && order.clientId !== undefined) {
      notice({ level: 'warning', what: 'lost cancel', facts: { clientId: order.clientId } });
      await quietly(run, venue.cancel(order.symbol, order.clientId, order.venueId));
    }
    if (owner === 'another run') {
      notice({ level: 'alert', what: 'order of another run on this instrument', facts: { id: order.venueId } });
    }
  }
}

async function settleOrder(
  run: LiveRun,
  { order, status }: ActualOrder,
  clientId: string,
  symbol: string,
  there: VenueOrderState | undefined,
): Promise<void> {
  const { venue, notice } = run.parts;
  const isSure = status === 'working' || status === 'leaving';
  if (there === undefined) {
    if (!isSure) return run.sender.resolveUnknown(order.id, clientId, symbol);
    notice({ level: 'alert', what: 'order vanished from the venue', facts: { order: order.id, clientId } });
    const tick = run.parts.trader.live.length;
    return run.take({ type: 'event', event: { type: 'orderCancelled', order: order.id, tick, why: 'expired' } });
  }
  if (!isSure) await run.take({ type: 'placed', order: order.id, clientId, venueId: there.venueId });
  if (there.status !== 'open') return; // what became of it is told by the venue
  if (status === 'leaving') return quietly(run, venue.cancel(symbol, clientId, there.venueId));
  if (Object.is(there.price, order.price) && there.quantity === order.quantity) return;
  const amended = venue.amend({ symbol, clientId, order, reduceOnly: isReducing(order.role) }, there.venueId);
  return quietly(run, amended);
}

/** A cancel or an amendment that fails is tried again at the next reconciliation. */
async function quietly(run: LiveRun, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
    run.parts.notice({ level: 'warning', what: 'repair failed', facts: { why: error.message } });
  }
}
