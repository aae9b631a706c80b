/** The engine streams of a portfolio: the account's in every row, those of a position in its instrument's own. */
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';
import { openTime } from '../engine/market.ts';
import { RunRefused } from '../engine/settings.ts';
import { STREAM, STREAM_COUNT } from '../engine/streams.ts';
import { freeCashOf } from './account.ts';
import type { Member } from './member.ts';
import type { PortfolioState } from './state.ts';

export interface StreamWriter {
  /** Sets the streams as they stand at the open of tick `now`. */
  write(now: number): void;
}

/** What a portfolio keeps no book of. */
const UNKNOWN: ReadonlySet<string> = new Set([
  'best',
  'worst',
  ...ENGINE_STREAMS.filter(({ event }) => event).map(({ field }) => field),
]);
const SIDE = { flat: 0, long: 1, short: 2 } as const;

/** Refuses a plan that reads streams which only a run of one instrument has. */
export function streamsOf(state: PortfolioState): StreamWriter {
  const { run, settings } = state;
  const unknown = [...run.accountReads].find(field => UNKNOWN.has(field));
  if (unknown !== undefined) throw new RunRefused(`\`${unknown}\` cannot be read by a portfolio yet`);
  if (!run.hasAccountPart) return { write() {} };
  const rows = Array.from({ length: run.engine.length / STREAM_COUNT }, (_, row) => ({
    row: run.engine.subarray(row * STREAM_COUNT, (row + 1) * STREAM_COUNT),
    member: settings.members.find(({ number }) => number === row),
  }));
  return {
    write(now) {
      for (const { row, member } of rows) {
        row.fill(Number.NaN);
        writeAccount(state, row);
        writePosition(row, member, now);
      }
    },
  };
}

function writeAccount({ account }: PortfolioState, row: Float64Array): void {
  const { equity, peak } = account.ledger;
  let exposure = 0;
  for (const { ledger } of account.members) {
    if (ledger.position !== 0) exposure += Math.abs(ledger.position) * ledger.mark;
  }
  row[STREAM.equity] = equity;
  row[STREAM.cash] = freeCashOf(account);
  row[STREAM.exposure] = exposure / equity;
  row[STREAM.drawdown] = equity < peak ? (peak - equity) / peak : 0;
}

function writePosition(row: Float64Array, member: Member | undefined, now: number): void {
  const position = member?.ledger.position ?? 0;
  const waiting = member?.order !== undefined && member.order.open !== 0;
  row[STREAM.position] = position;
  row[STREAM.side] = position > 0 ? SIDE.long : position < 0 ? SIDE.short : SIDE.flat;
  row[STREAM.entries] = member?.ledger.entries ?? 0;
  row[STREAM.pending] = waiting ? 1 : 0;
  row[STREAM.idle] = position === 0 && !waiting ? 1 : 0;
  if (member === undefined || position === 0) return;
  const { ledger, market } = member;
  row[STREAM.entry] = ledger.entry;
  row[STREAM.firstEntry] = ledger.firstEntry;
  row[STREAM.lastEntry] = ledger.lastEntry;
  row[STREAM.barsHeld] = now - ledger.openTick;
  row[STREAM.held] = openTime(market, now) - openTime(market, ledger.openTick);
  row[STREAM.profit] =
    (position * (ledger.mark - ledger.entry) - ledger.trade.fees) / (Math.abs(position) * ledger.entry);
}
