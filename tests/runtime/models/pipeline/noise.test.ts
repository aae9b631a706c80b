/**
 * Noise: where nothing can be known, nothing is. Of features that have nothing to do with the label's series the AUC is one
 * half; of features of the same random walk the AUC is biased in finite samples without any leak, so there it is the profit
 * that must be nothing. The same tests must notice a leak of one bar.
 */
import { describe, expect, test } from 'vitest';
import type { InstrumentData, RunData } from '../../../../compiler/kernel/run.ts';
import { areaUnderCurve } from '../../../../runtime/models/metrics/auc.ts';
import { once, sampleOf } from '../../../../runtime/models/metrics/sample.ts';
import { foldsOf, marketOf, modelNamed, prepareOn, programOf, walk } from './support.ts';

const isDeep = process.env.VELA_DEEP === '1';
const SEEDS = Array.from({ length: 50 }, (_, i) => 1000 + i);
const BARS = isDeep ? 1500 : 620;

function strategy(features: string): ReturnType<typeof programOf> {
  return programOf(`strategy "Noise"
instrument "AAA/USDT" on binance
instrument other = "BBB/USDT" on binance
every 1d
features x {
${features}
}
label y = forward_return(1) > 0
model m = xgboost learn y from x { n_estimators: 6  max_depth: 2  learning_rate: 0.3 }
train m walk_forward { window: 9mo  retrain: 3mo  min_rows: 100 }
signal go = predict(m) > 0.5
when go enter long { size: 50% of equity }
when not go exit
execution { fill: next_open  fee: 0bp  slippage: 0bp }
`);
}

const OTHERS = strategy('  a = other.close / other.close[3] - 1\n  b = stdev(returns(other.close), 8)');
const OWN = strategy('  a = close / close[3] - 1\n  b = stdev(returns(close), 8)');

interface Found {
  readonly auc: number;
  /** Standard error of an AUC of one half. */
  readonly error: number;
  /** Mean of ±ln(next open / open) a bar, long above one half and short below. */
  readonly profit: number;
}

async function outOfSample(program: ReturnType<typeof programOf>, data: RunData): Promise<Found> {
  const prepared = await prepareOn(program, data);
  const { outputs, servedBy, learned } = modelNamed(prepared);
  const said = outputs[0]?.[0] ?? new Float64Array();
  const open = data.instruments[0]?.clocks[0]?.fields.open ?? new Float64Array();
  const { whole } = learned ?? { whole: undefined };
  if (whole === undefined || foldsOf(prepared).length < 2) throw new Error('nothing was trained');
  const rows = [...whole.tick.keys()].filter(
    row => (servedBy[whole.tick[row] ?? -1] ?? -1) >= 0 && !Number.isNaN(whole.label[row] ?? Number.NaN),
  );
  const ticks = Int32Array.from(rows, row => whole.tick[row] ?? -1);
  const label = Float64Array.from(rows, row => whole.label[row] ?? Number.NaN);
  const prediction = Float64Array.from(ticks, tick => said[tick] ?? Number.NaN);
  const sample = sampleOf({ tick: ticks, lane: new Int32Array(ticks.length), label, prediction: [prediction] });
  const auc = areaUnderCurve(sample, sample.prediction[0] ?? prediction, truth => truth === 1)(once(sample));
  const trues = label.reduce((sum, truth) => sum + truth, 0);
  const error = Math.sqrt((label.length + 1) / (12 * trues * (label.length - trues)));
  const profits = Float64Array.from(ticks, (tick, i) => {
    const move = Math.log((open[tick + 2] ?? Number.NaN) / (open[tick + 1] ?? Number.NaN));
    return ((prediction[i] ?? 0.5) > 0.5 ? 1 : -1) * move;
  });
  return { auc, error, profit: profits.reduce((a, b) => a + b, 0) / profits.length };
}

/** Distance of the mean from `middle`, in its standard errors over the seeds. */
function distance(values: readonly number[], middle: number): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return Math.abs(mean - middle) / Math.sqrt(variance / values.length);
}

const pair = (seed: number): RunData => marketOf([walk(seed, BARS), walk(seed + 50_000, BARS)]);

/** The other one's close tells what the first one's next position will bring. */
function leaking(data: RunData): RunData {
  const [first, second] = data.instruments;
  const open = first?.clocks[0]?.fields.open;
  const [clock] = second?.clocks ?? [];
  if (!first || !second || !open || !clock) return data;
  const close = open.map((_, t) => (100 * (open[t + 2] ?? Number.NaN)) / (open[t + 1] ?? Number.NaN));
  const told: InstrumentData = { ...second, clocks: [{ ...clock, fields: { ...clock.fields, close } }] };
  return { ...data, instruments: [first, told] };
}

const LEAK = strategy('  a = other.close');

/** The other one is the same walk, one bar ahead. */
function ahead(data: RunData): RunData {
  const [first] = data.instruments;
  const [clock] = first?.clocks ?? [];
  if (!first || !clock) return data;
  const fields = Object.fromEntries(
    Object.entries(clock.fields).map(([name, column]) => [name, column.map((_, t) => column[t + 1] ?? Number.NaN)]),
  );
  return { ...data, instruments: [first, { ...first, clocks: [{ ...clock, fields }] }] };
}

const AHEAD = strategy('  a = other.close / close - 1\n  b = stdev(returns(close), 8)');

describe('over fifty seeds', () => {
  test('features that have nothing to do with the label know nothing of it', async () => {
    const found = [];
    for (const seed of SEEDS) found.push(await outOfSample(OTHERS, pair(seed)));
    expect(
      distance(
        found.map(({ auc }) => auc),
        0.5,
      ),
    ).toBeLessThan(3);
    expect(found.filter(({ auc, error }) => Math.abs(auc - 0.5) > 1.96 * error).length).toBeLessThanOrEqual(7);
  });

  test('features of the same random walk earn nothing', async () => {
    const found = [];
    for (const seed of SEEDS) found.push(await outOfSample(OWN, pair(seed)));
    expect(
      distance(
        found.map(({ profit }) => profit),
        0,
      ),
    ).toBeLessThan(3);
  });
});

describe('a leak of one bar is noticed', () => {
  const few = SEEDS.slice(0, 10);

  test('by the AUC, where a feature has it', async () => {
    const found = [];
    for (const seed of few) found.push(await outOfSample(LEAK, leaking(pair(seed))));
    expect(
      distance(
        found.map(({ auc }) => auc),
        0.5,
      ),
    ).toBeGreaterThan(10);
  });

  test('by the profit, where the walk is read one bar ahead', async () => {
    const found = [];
    for (const seed of few) found.push(await outOfSample(AHEAD, ahead(pair(seed))));
    expect(
      distance(
        found.map(({ profit }) => profit),
        0,
      ),
    ).toBeGreaterThan(10);
  });
});
