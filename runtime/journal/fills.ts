/** The fills of a run, read out of its journal: they stand there already, so a run keeps no second list of them. */
import type { Fill } from '../engine/result.ts';
import { RECORD_BYTES } from './format.ts';
import { firstRecord, isFill, readFill } from './reader.ts';

/** `timeAt` gives the open of a tick; a fill at a close carries the time of the open that follows. */
export function fillsOf(journal: Uint8Array, timeAt: (tick: number) => number): readonly Fill[] {
  const view = new DataView(journal.buffer, journal.byteOffset, journal.byteLength);
  const fills: Fill[] = [];
  for (let at = firstRecord(view); at < journal.length; at += RECORD_BYTES) {
    if (!isFill(view, at)) continue;
    const { tick, side, price, quantity, fee, slippage, maker, reason, moment } = readFill(view, at);
    const timeMs = timeAt(moment === 'close' ? tick + 1 : tick);
    fills.push({ tick, timeMs, side, price, quantity, fee, slippage, maker, reason });
  }
  return fills;
}
