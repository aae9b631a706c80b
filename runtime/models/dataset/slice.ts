/**
 * A run's data as they were at an instant, from another one on: what a training sees. Nothing of what lies outside is
 * read, and a slow bar exists only where all of it lies inside.
 */
import type { ClockColumns, InstrumentData, RunData } from '../../../compiler/kernel/run.ts';
import { openTimeOf } from '../../../language/check/calendar.ts';
import type { Clock } from '../../../language/check/program.ts';

/** How many ticks of each clock were left out at the front. */
export interface Slice {
  readonly data: RunData;
  readonly dropped: readonly number[];
}

/**
 * Base ticks [from, to). `clocks`: periods of the plan's clocks. `clockOf`: the clock on which the prediction of a key
 * stands; absent from the result are those it does not know.
 */
export function sliceData(
  data: RunData,
  clocks: readonly Pick<Clock, 'period'>[],
  from: number,
  to: number,
  clockOf: (key: string) => number | undefined = () => undefined,
): Slice {
  const [first] = data.instruments;
  if (first === undefined) throw new Error('a run has at least one instrument');
  const [base] = first.clocks;
  const [basePeriod] = clocks;
  if (base === undefined || basePeriod === undefined) throw new Error('a market has at least its base clock');
  const startMs = openTimeOf(basePeriod.period, base.firstOrdinal + from);
  const cuts = first.clocks.map((columns, clock): Cut => {
    if (clock === 0) return { from, to };
    const period = clocks[clock]?.period ?? basePeriod.period;
    let start = 0;
    while (start < columns.length && openTimeOf(period, columns.firstOrdinal + start) < startMs) start++;
    const end = to === 0 ? 0 : (first.completed[clock]?.[to - 1] ?? -1) + 1;
    return { from: start, to: Math.max(start, end) };
  });
  const predictions = new Map<string, readonly Float64Array[]>();
  for (const [key, lanes] of data.predictions) {
    const cut = cuts[clockOf(key) ?? -1];
    if (cut !== undefined)
      predictions.set(
        key,
        lanes.map(lane => lane.subarray(cut.from, cut.to)),
      );
  }
  return {
    data: { instruments: data.instruments.map(instrument => sliced(instrument, cuts)), predictions },
    dropped: cuts.map(cut => cut.from),
  };
}

interface Cut {
  readonly from: number;
  readonly to: number;
}

function sliced(instrument: InstrumentData, cuts: readonly Cut[]): InstrumentData {
  const [{ from, to } = { from: 0, to: 0 }] = cuts;
  const inside = (tick: number) => Math.max(0, Math.min(tick, to) - from);
  return {
    clocks: instrument.clocks.map((columns, clock) => cutColumns(columns, cuts[clock] ?? { from: 0, to: 0 })),
    completed: instrument.completed.map((ticks, clock) =>
      clock === 0 ? ticks : ticks.subarray(from, to).map(tick => Math.max(-1, tick - (cuts[clock]?.from ?? 0))),
    ),
    firstTick: inside(instrument.firstTick),
    endTick: inside(instrument.endTick),
    held: instrument.held.subarray(from, to),
    ...(instrument.absent !== undefined && {
      absent: instrument.absent.map((column, clock) => column.subarray(cuts[clock]?.from ?? 0, cuts[clock]?.to ?? 0)),
    }),
  };
}

function cutColumns({ firstOrdinal, fields }: ClockColumns, { from, to }: Cut): ClockColumns {
  return {
    firstOrdinal: firstOrdinal + from,
    length: to - from,
    fields: Object.fromEntries(Object.entries(fields).map(([name, column]) => [name, column.subarray(from, to)])),
  };
}
