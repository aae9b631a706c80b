/**
 * `--null 20`: the whole pipeline once more on returns whose signs are drawn by lot, the same sign for all instruments at a
 * tick. Nothing can be known of such prices; where the real figure falls among theirs is what it is worth.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeTimeOf, openTimeOf, ordinalAt } from '../../language/check/calendar.ts';
import { defaultMetric } from '../../language/check/metrics.ts';
import type { Objective } from '../../language/check/model.ts';
import type { MarketSet, PlacedSeries } from '../../runtime/data/market-set.ts';
import type { BarTable } from '../../runtime/data/series.ts';
import { metricOf } from '../../runtime/models/metrics/table.ts';
import { evaluate, type ModelReport } from '../../runtime/models/pipeline/evaluate.ts';
import { Registry } from '../../runtime/models/registry/registry.ts';
import { chance } from '../../runtime/statistics/chance.ts';
import { startProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { type ModelsInput, prepare } from './prepare.ts';

export interface NullFigures {
  readonly model: string;
  readonly metric: string;
  readonly real: number;
  readonly nulls: readonly number[];
  /** Nulls that are at least as good, the real one counted among them, over all. */
  readonly share: number;
}

/** Of each model by the metric that reads first: AUC, or IC. */
export async function nullFigures(
  terminal: Terminal,
  input: ModelsInput,
  real: readonly ModelReport[],
  runs: number,
): Promise<readonly NullFigures[]> {
  if (runs === 0) return [];
  const found = new Map<string, number[]>(real.map(({ model }) => [model, []]));
  const progress = startProgress(terminal);
  for (let run = 0; run < runs; run++) {
    const ending = progress.step(`null run ${run + 1} of ${runs}`);
    // Versions of prices that never were have no place among the others.
    const folder = mkdtempSync(join(tmpdir(), 'vela-null-'));
    try {
      const registry = new Registry(folder);
      const prepared = await prepare(terminal, { ...input, registry, set: flipped(input.set, run), quiet: true });
      for (const model of prepared.models) {
        const report = await evaluate(model, registry, 0);
        if (report !== undefined) found.get(model.model.name)?.push(headline(report).value);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    ending();
  }
  progress.end();
  return real.flatMap(report => {
    const nulls = (found.get(report.model) ?? []).filter(Number.isFinite);
    const { metric, value, better } = headline(report);
    if (nulls.length === 0 || !Number.isFinite(value)) return [];
    const asGood = nulls.filter(each => (better === 'lower' ? each <= value : each >= value)).length;
    return [{ model: report.model, metric, real: value, nulls, share: (asGood + 1) / (nulls.length + 1) }];
  });
}

/** The figure that a person looks at first. */
function headline({ pooled, objective }: ModelReport): {
  readonly metric: string;
  readonly value: number;
  readonly better: 'higher' | 'lower';
} {
  const named = ['auc', 'ic'].find(name => pooled?.values[name] !== undefined);
  const metric = named ?? metricOf(defaultMetric(objective as Objective['kind'])).name;
  return { metric, value: pooled?.values[metric] ?? Number.NaN, better: metricOf(metric).better ?? 'higher' };
}

// ---------------------------------------------------------------- prices by lot

export function flipped(set: MarketSet, seed: number): MarketSet {
  const length = set.members[0]?.clocks[0]?.length ?? 0;
  const draws = chance(0x6e_75_6c_6c, seed);
  const signs = Int8Array.from({ length }, () => (draws.next() < 0.5 ? -1 : 1));
  return { ...set, members: set.members.map(member => flippedMember(member, signs)), hash: `${set.hash}-${seed}` };
}

function flippedMember(member: PlacedSeries, signs: Int8Array): PlacedSeries {
  const [base, ...slower] = member.clocks;
  if (base === undefined) return member;
  const turned = flippedBars(base, signs);
  return { ...member, clocks: [turned, ...slower.map(table => rebuilt(turned, table))] };
}

/** Each bar leaves the close before it the other way where its sign says so: a rise of 1 % is a fall by as much. */
function flippedBars(table: BarTable, signs: Int8Array): BarTable {
  const { length } = table;
  const [open, high, low, close] = [0, 1, 2, 3].map(() => new Float64Array(length));
  if (!open || !high || !low || !close) throw new Error('a bar has four prices');
  let before = Number.NaN;
  let turned = Number.NaN;
  for (let i = 0; i < length; i++) {
    const price = table.close[i] ?? Number.NaN;
    if (Number.isNaN(before)) [before, turned] = [table.open[i] ?? Number.NaN, table.open[i] ?? Number.NaN];
    const sign = signs[i] ?? 1;
    const moved = (value: number | undefined) => turned * ((value ?? Number.NaN) / before) ** sign;
    open[i] = moved(table.open[i]);
    close[i] = moved(table.close[i]);
    high[i] = moved(sign > 0 ? table.high[i] : table.low[i]);
    low[i] = moved(sign > 0 ? table.low[i] : table.high[i]);
    if (Number.isNaN(price)) continue;
    turned = close[i] ?? Number.NaN;
    before = price;
  }
  return { ...table, open, high, low, close };
}

/** The slow bars of turned ones, on the same ticks; where there was none there is none. */
function rebuilt(base: BarTable, slow: BarTable): BarTable {
  const columns = {
    open: slow.open.slice(),
    high: slow.high.slice(),
    low: slow.low.slice(),
    close: slow.close.slice(),
  };
  let last = Number.NaN;
  for (let i = 0; i < slow.length; i++) {
    if (Number.isNaN(slow.close[i] ?? Number.NaN)) continue;
    const ordinal = slow.firstOrdinal + i;
    const from = ordinalAt(base.period, openTimeOf(slow.period, ordinal)) - base.firstOrdinal;
    const to = ordinalAt(base.period, closeTimeOf(slow.period, ordinal)) - base.firstOrdinal;
    const bar = merged(base, Math.max(0, from), Math.min(base.length, to)) ?? [last, last, last, last];
    [columns.open[i], columns.high[i], columns.low[i], columns.close[i]] = bar;
    last = bar[3];
  }
  return { ...slow, ...columns };
}

/** Open, high, low and close of the real bars among these ticks; undefined where there is none. */
function merged(base: BarTable, from: number, to: number): readonly [number, number, number, number] | undefined {
  const real: number[] = [];
  for (let tick = from; tick < to; tick++) if (base.held[tick] === 0) real.push(tick);
  const [first] = real;
  const last = real.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const high = real.reduce((most, tick) => Math.max(most, base.high[tick] ?? Number.NaN), Number.NEGATIVE_INFINITY);
  const low = real.reduce((least, tick) => Math.min(least, base.low[tick] ?? Number.NaN), Number.POSITIVE_INFINITY);
  return [base.open[first] ?? Number.NaN, high, low, base.close[last] ?? Number.NaN];
}
