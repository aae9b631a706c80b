/**
 * Predictions over a span: at each tick by the version that is active there, in large batches. The steps of each version
 * turn its rows into float32; what is not ready, whose condition is not true, or whose features are all absent, is absent.
 */
import type { Objective } from '../../../language/check/model.ts';
import type { Predictor } from '../inference/predictor.ts';
import type { Matrix } from '../matrix.ts';
import { outputCount, outputsOf } from '../output.ts';
import type { Version } from '../registry/version.ts';
import { driftWindow } from '../statistics/drift-window.ts';
import type { Baseline } from '../statistics/stability.ts';
import { applySteps, plainSteps } from '../steps/apply.ts';
import type { FeatureTable } from './data.ts';

/** A version with what answers for it. */
export interface Serving {
  readonly version: Pick<Version, 'id' | 'steps' | 'params' | 'calibration' | 'baselines'>;
  readonly predictor: Predictor;
}

/** `outputs[output][lane][tick]`, NaN where absent. */
export type Outputs = readonly (readonly Float64Array[])[];

/** Rows that go through steps and predictor at once. */
const BATCH_ROWS = 65_536;

/** `servedBy`: by tick the number of the version in `versions`, −1 for none. */
export async function predictSpan(
  table: FeatureTable,
  servedBy: Int32Array,
  versions: readonly (Serving | undefined)[],
  objective: Objective,
): Promise<Outputs> {
  const lanes = table.from.length;
  const outputs = Array.from({ length: outputCount(objective) }, () =>
    Array.from({ length: lanes }, () => new Float64Array(servedBy.length).fill(Number.NaN)),
  );
  for (const [number, serving] of versions.entries()) {
    if (serving === undefined) continue;
    const places = placesOf(table, servedBy, number);
    for (let first = 0; first < places.tick.length; first += BATCH_ROWS) {
      const ticks = places.tick.subarray(first, first + BATCH_ROWS);
      const own = places.lane.subarray(first, first + BATCH_ROWS);
      const values = await predictRows(serving, gather(table, ticks, own), ticks.length, objective);
      outputs.forEach((output, o) => {
        for (let i = 0; i < ticks.length; i++) {
          const lane = output[own[i] ?? -1];
          if (lane !== undefined) lane[ticks[i] ?? -1] = values[o * ticks.length + i] ?? Number.NaN;
        }
      });
    }
  }
  return outputs;
}

/** What a model says of rows of raw columns, output by output. */
export async function predictRows(
  { version, predictor }: Serving,
  columns: readonly Float64Array[],
  rows: number,
  objective: Objective,
): Promise<Float64Array> {
  const all = Int32Array.from({ length: rows }, (_, i) => i);
  const { matrix } = applySteps(version.steps, columns, all);
  return outputsOf(objective, await predictor.predict(matrix), rows, version.calibration);
}

/** Ticks and lanes that a version answers for, in the order of the ticks. */
function placesOf(table: FeatureTable, servedBy: Int32Array, number: number): { tick: Int32Array; lane: Int32Array } {
  const tick: number[] = [];
  const lane: number[] = [];
  for (let t = 0; t < servedBy.length; t++) {
    if (servedBy[t] !== number) continue;
    for (let l = 0; l < table.from.length; l++) {
      if (!isRow(table, t, l)) continue;
      tick.push(t);
      lane.push(l);
    }
  }
  return { tick: Int32Array.from(tick), lane: Int32Array.from(lane) };
}

/** Ready, inside of the instrument's bars, `when` definitely true, and at least one feature there. */
function isRow({ readyFrom, from, to, when, columns }: FeatureTable, tick: number, lane: number): boolean {
  if (tick < (readyFrom[lane] ?? 0) || tick < (from[lane] ?? 0) || tick >= (to[lane] ?? 0)) return false;
  if (when !== undefined && when[lane]?.[tick] !== 1) return false;
  return columns.some(column => !Number.isNaN(column[lane]?.[tick] ?? Number.NaN));
}

function gather(table: FeatureTable, ticks: Int32Array, lanes: Int32Array): readonly Float64Array[] {
  return table.columns.map(column =>
    Float64Array.from(ticks, (tick, i) => column[lanes[i] ?? -1]?.[tick] ?? Number.NaN),
  );
}

/** Number of the class with the highest probability; the first of equals. */
export function likeliestOf(outputs: Outputs): readonly Float64Array[] {
  const [first = []] = outputs;
  return first.map((column, lane) =>
    column.map((value, tick) => {
      if (Number.isNaN(value)) return value;
      let best = 0;
      outputs.forEach((output, k) => {
        if ((output[lane]?.[tick] ?? 0) > (outputs[best]?.[lane]?.[tick] ?? 0)) best = k;
      });
      return best;
    }),
  );
}

/**
 * `drift(m, window)`: by tick the largest population stability index over the columns of the last `window` ticks, against
 * the training part of the version that serves the tick. `of`: the raw features, or the model's own outputs.
 */
export function driftOf(
  table: FeatureTable,
  outputs: Outputs | undefined,
  servedBy: Int32Array,
  versions: readonly (Serving | undefined)[],
  window: number,
): Float64Array {
  const moving = driftWindow(window);
  return Float64Array.from(servedBy, (number, tick) => {
    moving.push(rowsAt(table, outputs, tick));
    const baselines = baselinesOf(versions[number], outputs !== undefined);
    return baselines === undefined ? Number.NaN : moving.value(baselines);
  });
}

function baselinesOf(serving: Serving | undefined, ofOutputs: boolean): readonly Baseline[] | undefined {
  const baselines = serving?.version.baselines;
  return ofOutputs ? baselines?.outputs : baselines?.features;
}

/** The members' rows of one tick. */
function rowsAt(table: FeatureTable, outputs: Outputs | undefined, tick: number): Matrix {
  const lanes = [...table.from.keys()].filter(lane => isRow(table, tick, lane));
  const columns = (outputs ?? table.columns).map(column =>
    Float64Array.from(lanes, lane => column[lane]?.[tick] ?? Number.NaN),
  );
  return applySteps(
    plainSteps(columns.length),
    columns,
    Int32Array.from(lanes, (_, i) => i),
  ).matrix;
}
