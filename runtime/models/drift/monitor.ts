/**
 * The streams `drift(m, window)` and `drift(m, prediction)`: at each tick how far the rows of the last `window` ticks have
 * moved from those that the version which is active there has learned from. A batch is ticks pushed one after the other,
 * so a backtest, a paper run and a live one show the same.
 */
import type { Matrix } from '../matrix.ts';
import { driftWindow } from '../statistics/drift-window.ts';
import { type DriftBaselines, type NamedBaseline, predictionRows } from './baselines.ts';

/** Of one tick: the rows of the members present, and the outputs predicted for them (`outputs[o * rows + r]`). */
export interface DriftTick {
  readonly rows: Matrix;
  readonly outputs: Float64Array;
  /** Of the version that is active; absent before the first, and then there is no drift either. */
  readonly baselines?: DriftBaselines;
}

/** Population stability. NaN: the window is not full, or no version is active. */
export interface Drift {
  /** Largest of the features. */
  readonly features: number;
  /** Largest of the outputs. */
  readonly prediction: number;
}

export interface DriftMonitor {
  readonly push: (tick: DriftTick) => Drift;
  /** Each feature and output by name, as of the last tick: for metrics and reports. */
  readonly byName: () => {
    readonly features: Readonly<Record<string, number>>;
    readonly prediction: Readonly<Record<string, number>>;
  };
}

/** `window` in ticks, at least 1. */
export function driftMonitor(window: number): DriftMonitor {
  const features = driftWindow(window);
  const prediction = driftWindow(window);
  let active: DriftBaselines | undefined;
  const named = (each: readonly number[], baselines: readonly NamedBaseline[]): Readonly<Record<string, number>> =>
    Object.fromEntries(baselines.map(({ name }, column) => [name, each[column]]));
  return {
    push: ({ rows, outputs, baselines }) => {
      active = baselines;
      features.push(rows);
      prediction.push(predictionRows(outputs, rows.rows));
      if (baselines === undefined) return { features: Number.NaN, prediction: Number.NaN };
      return { features: features.value(baselines.features), prediction: prediction.value(baselines.prediction) };
    },
    byName: () => ({
      features: named(features.each(active?.features ?? []), active?.features ?? []),
      prediction: named(prediction.each(active?.prediction ?? []), active?.prediction ?? []),
    }),
  };
}

/** A whole span: one value a tick. */
export function driftColumns(
  window: number,
  ticks: Iterable<DriftTick>,
): { readonly features: Float64Array; readonly prediction: Float64Array } {
  const monitor = driftMonitor(window);
  const all = Array.from(ticks, monitor.push);
  return {
    features: Float64Array.from(all, drift => drift.features),
    prediction: Float64Array.from(all, drift => drift.prediction),
  };
}
