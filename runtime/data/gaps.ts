/** Holes: refused when they are too long, otherwise held at the last close with no volume, or left absent. */
import { dataError } from './errors.ts';
import type { BarTable, RawBars } from './series.ts';

export type GapPolicy = 'hold' | 'absent' | 'fail';

/** Instants between which all inputs of a run exist. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A hole between raw bars: close of the bar before and opening of the bar after. */
export interface Hole {
  readonly fromMs: number;
  readonly toMs: number;
  /** Where the bar after it stands: the file as its place among those of the series, and the line where there is one. */
  readonly file?: number;
  readonly line?: number;
}

/** `placeOf` gives the place of the hole before a row, where rows come from files. */
export function findHoles(
  times: Float64Array,
  length: number,
  periodMs: number,
  placeOf?: (row: number) => Pick<Hole, 'file' | 'line'>,
): readonly Hole[] {
  const holes: Hole[] = [];
  let expected = Number.POSITIVE_INFINITY;
  for (let row = 0; row < length; row++) {
    const time = times[row] ?? 0;
    if (time > expected) holes.push({ fromMs: expected, toMs: time, ...placeOf?.(row) });
    expected = time + periodMs;
  }
  return holes;
}

/**
 * Throws E0810 for a hole inside the window that the policy does not allow. `what` names the input: "the candles of
 * BTC/USDT".
 */
export function refuseLongHoles(
  raw: Pick<RawBars, 'files'> & { readonly holes: readonly Hole[] },
  window: Window,
  policy: GapPolicy,
  maxGapMs: number,
  what: string,
): void {
  const limit = policy === 'fail' ? 0 : maxGapMs;
  const hole = raw.holes.find(
    ({ fromMs, toMs }) => toMs - fromMs > limit && toMs > window.fromMs && toMs < window.toMs,
  );
  if (hole === undefined) return;
  const { fromMs, toMs, line } = hole;
  const file = raw.files[hole.file ?? Number.NaN];
  const place = { ...(file !== undefined && { file }), ...(line !== undefined && { line }) };
  throw dataError('E0810', { what, fromMs, toMs, maxGapMs, policy }, place);
}

/** Fills the ticks marked as held, in place; gives how many there are. The first tick of a table is always real. */
export function fillHoles(table: BarTable, policy: GapPolicy): number {
  const { open, high, low, close, volume, held, length } = table;
  let count = 0;
  for (let tick = 0; tick < length; tick++) {
    if (held[tick] === 0) continue;
    count++;
    const last = policy === 'absent' ? Number.NaN : (close[tick - 1] ?? Number.NaN);
    open[tick] = last;
    high[tick] = last;
    low[tick] = last;
    close[tick] = last;
    volume[tick] = policy === 'absent' ? Number.NaN : 0;
  }
  return count;
}
