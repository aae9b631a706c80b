/**
 * Candles for the naive backtester: whole files in memory, split by lines and commas, placed on the clock with plain
 * loops. Shares no code with the product, so that a mistake there is not repeated here.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface Candles {
  /** Length of a bar. */
  readonly step: number;
  readonly time: number[];
  readonly open: number[];
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
  readonly volume: number[];
  /** True where the venue had no bar: the last close, no volume. */
  readonly held: boolean[];
}

export interface Marks {
  readonly open: number[];
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
}

function readRows(path: string): number[][] {
  const text = gunzipSync(readFileSync(path)).toString('utf8');
  const lines = text.split('\n').slice(1);
  return lines.filter(line => line !== '').map(line => line.split(',').map(Number));
}

const at = (values: readonly number[], index: number): number => values[index] ?? Number.NaN;

/** Files of one market, in order of time, as bars of `step`: only whole bars, holes held. */
export function readCandles(
  paths: readonly string[],
  step: number,
  fileStep = step,
  fromMs = 0,
  toMs = Infinity,
): Candles {
  const rows = paths.flatMap(readRows).filter(row => at(row, 0) >= fromMs && at(row, 0) + fileStep <= toMs);
  const start = Math.ceil(at(rows[0] ?? [], 0) / step) * step;
  const end = Math.floor((at(rows.at(-1) ?? [], 0) + fileStep) / step) * step;
  const groups = new Map<number, number[][]>();
  for (const row of rows) {
    const bar = Math.floor(at(row, 0) / step) * step;
    const group = groups.get(bar);
    if (group === undefined) groups.set(bar, [row]);
    else group.push(row);
  }
  const candles = empty(step);
  for (let time = start; time < end; time += step) {
    const group = groups.get(time);
    if (group === undefined) hold(candles, time);
    else
      add(candles, time, {
        open: at(group[0] ?? [], 1),
        high: Math.max(...group.map(row => at(row, 2))),
        low: Math.min(...group.map(row => at(row, 3))),
        close: at(group.at(-1) ?? [], 4),
        volume: group.reduce((sum, row) => sum + at(row, 5), 0),
      });
  }
  return candles;
}

/** Slower bars from the real bars of a faster clock; only whole ones. */
export function slower(base: Candles, step: number): Candles {
  const candles = empty(step);
  const first = at(base.time, 0);
  const end = at(base.time, base.time.length - 1) + base.step;
  let bar = Math.ceil(first / step) * step;
  let i = base.time.findIndex(time => time >= bar);
  for (; bar + step <= end; bar += step) {
    const inside: number[] = [];
    for (; i < base.time.length && at(base.time, i) < bar + step; i++) if (base.held[i] === false) inside.push(i);
    if (inside.length === 0) hold(candles, bar);
    else
      add(candles, bar, {
        open: at(base.open, inside[0] ?? -1),
        high: Math.max(...inside.map(k => at(base.high, k))),
        low: Math.min(...inside.map(k => at(base.low, k))),
        close: at(base.close, inside.at(-1) ?? -1),
        volume: inside.reduce((sum, k) => sum + at(base.volume, k), 0),
      });
  }
  return candles;
}

/** For each bar of the faster clock the slow bar that was last complete at its close; -1 before the first. */
export function lastComplete(base: Candles, slow: Candles): number[] {
  const first = at(slow.time, 0);
  return base.time.map(time => {
    const done = Math.floor((time + base.step - first) / slow.step) - 1;
    return Math.max(-1, Math.min(done, slow.time.length - 1));
  });
}

export function readMarks(path: string, candles: Candles): Marks {
  const rows = new Map(readRows(path).map(row => [at(row, 0), row]));
  const column = (index: number) => candles.time.map(time => at(rows.get(time) ?? [], index));
  return { open: column(1), high: column(2), low: column(3), close: column(4) };
}

/** For each bar the rates that settle in it; stamps are a few milliseconds off. */
export function readFunding(path: string, candles: Candles): number[][] {
  const rates: number[][] = candles.time.map(() => []);
  for (const row of readRows(path)) {
    const stamp = Math.round(at(row, 0) / 1000) * 1000;
    const bar = Math.floor((stamp - at(candles.time, 0)) / candles.step);
    rates[bar]?.push(at(row, 1));
  }
  return rates;
}

function empty(step: number): Candles {
  return { step, time: [], open: [], high: [], low: [], close: [], volume: [], held: [] };
}

function add(
  candles: Candles,
  time: number,
  bar: { open: number; high: number; low: number; close: number; volume: number },
): void {
  candles.time.push(time);
  candles.open.push(bar.open);
  candles.high.push(bar.high);
  candles.low.push(bar.low);
  candles.close.push(bar.close);
  candles.volume.push(bar.volume);
  candles.held.push(false);
}

/** Nothing is held before the first real bar. */
function hold(candles: Candles, time: number): void {
  const last = candles.close.at(-1);
  if (last === undefined) return;
  add(candles, time, { open: last, high: last, low: last, close: last, volume: 0 });
  candles.held[candles.held.length - 1] = true;
}
