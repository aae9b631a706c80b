/** The fills of a run, read out of its journal: they stand there already, so a run keeps no second list of them. */
import type { Fill } from '../engine/result.ts';
import { firstRecord, instrumentAt, isFill, readFill, recordBytes } from './reader.ts';

/**
 * `timeAt` gives the open of a tick; a fill at a close carries the time of the open that follows. `instrument`: only the
 * fills of that one, by its number in the plan.
 */
export function fillsOf(journal: Uint8Array, timeAt: (tick: number) => number, instrument?: number): readonly Fill[] {
  const view = new DataView(journal.buffer, journal.byteOffset, journal.byteLength);
  const size = recordBytes(view);
  const fills: Fill[] = [];
  for (let at = firstRecord(view); at < journal.length; at += size) {
    if (!isFill(view, at)) continue;
    if (instrument !== undefined && instrumentAt(view, at, size) !== instrument) continue;
    const { tick, side, price, quantity, fee, slippage, maker, reason, moment } = readFill(view, at);
    const timeMs = timeAt(moment === 'close' ? tick + 1 : tick);
    fills.push({ tick, timeMs, side, price, quantity, fee, slippage, maker, reason });
  }
  return fills;
}
