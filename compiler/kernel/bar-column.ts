/**
 * A column of an instrument's data, with those that are not stored but follow from it: where it has no real bar, and what it
 * was last worth behind its end.
 */
import { openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import type { ClockId } from '../../language/check/node.ts';
import type { Clock } from '../../language/check/program.ts';
import { closingTicks } from '../crossing.ts';
import { HELD } from '../graph/presence.ts';
import type { StageInput } from '../plan.ts';
import type { InstrumentData } from './run.ts';

type BarInput = Pick<Extract<StageInput, { kind: 'bar' }>, 'field' | 'ended'>;

/** On the grid; `undefined` where the data do not have the field. */
export function barColumn(
  clocks: readonly Clock[],
  instrument: InstrumentData,
  clock: ClockId,
  { field, ended }: BarInput,
): Float64Array | undefined {
  if (field === HELD) return instrument.absent?.[clock] ?? heldColumn(clocks, instrument, clock);
  const column = instrument.clocks[clock]?.fields[field];
  return column && ended === 'last' ? goingOn(column, instrument, clock) : column;
}

/** 1 where no base bar of the tick is real. */
function heldColumn(clocks: readonly Clock[], instrument: InstrumentData, clock: ClockId): Float64Array {
  const { held } = instrument;
  const [base, slow] = [instrument.clocks[0], instrument.clocks[clock]];
  const [basePeriod, period] = [clocks[0]?.period, clocks[clock]?.period];
  if (clock === 0 || !base || !slow || !basePeriod || !period) return Float64Array.from(held);
  const column = new Float64Array(slow.length).fill(1);
  const closing = closingTicks(instrument, clock);
  // Bars of a slow one that had begun before the data belong to none.
  let next = Math.max(0, ordinalAt(basePeriod, openTimeOf(period, slow.firstOrdinal)) - base.firstOrdinal);
  closing.forEach((last, tick) => {
    for (; next <= last; next++) if (held[next] === 0) column[tick] = 0;
  });
  return column;
}

/** Behind the last bar, the last price that was paid. */
function goingOn(column: Float64Array, instrument: InstrumentData, clock: ClockId): Float64Array {
  const { clocks, endTick } = instrument;
  const base = clocks[0]?.fields.close;
  if (!base || endTick >= base.length) return column;
  const last = base[endTick - 1] ?? Number.NaN;
  const closing = clock === 0 ? undefined : closingTicks(instrument, clock);
  return column.map((value, tick) => ((closing?.[tick] ?? tick) >= endTick && Number.isNaN(value) ? last : value));
}
