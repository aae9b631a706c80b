/**
 * Judges predictions out of sample: the metrics of the task, tables, and for the pooled rows of all folds intervals.
 * Pooling is by rows and ticks, never a mean over folds.
 */
import type { Objective } from '../../../language/check/model.ts';
import { baseRates } from '../statistics/base-rate.ts';
import { intervalsOf } from './bootstrap.ts';
import { liftTable } from './numbers.ts';
import { calibrationBins, confusionOf } from './probabilities.ts';
import { once, type Sample, sampleOf } from './sample.ts';
import { metricNamed, metricsOf } from './table.ts';
import type { Judged, Judgement, LiftTable, Task } from './types.ts';

export function taskOf(objective: Objective): Task {
  switch (objective.kind) {
    case 'logistic':
      return { kind: 'binary' };
    case 'softmax':
      return { kind: 'classes', names: objective.classes };
    case 'quantile':
      return { kind: 'quantile', at: objective.at };
    case 'rank':
      return { kind: 'rank' };
    case 'squared':
    case 'huber':
      return { kind: 'number' };
  }
}

export interface JudgeOptions {
  /** Intervals by moving blocks with this seed: for pooled rows. */
  readonly intervals?: { readonly seed: number; readonly draws?: number };
}

/** `horizon` of the label, in ticks. Rows without a label or a prediction are left out. */
export function judge(judged: Judged, task: Task, horizon: number, options: JudgeOptions = {}): Judgement {
  const sample = sampleOf(judged);
  const figures = metricsOf(task).map(metric => ({ metric, figure: metric.of(sample, task, horizon) }));
  const all = once(sample);
  const values = Object.fromEntries(figures.map(({ metric, figure }) => [metric.name, figure(all)]));
  const judgement = { rows: sample.label.length, ticks: sample.ticks.length, values, ...tablesOf(sample, task) };
  if (options.intervals === undefined) return judgement;
  const { seed, draws } = options.intervals;
  const drawn = figures.filter(({ metric }) => metric.fixed === undefined);
  const intervals = intervalsOf(
    drawn.map(({ figure }) => figure),
    sample.ticks.length,
    horizon,
    seed,
    draws,
  );
  return {
    ...judgement,
    intervals: Object.fromEntries(drawn.map(({ metric }, i) => [metric.name, intervals[i]])),
  };
}

/** One metric alone, for `accept` and `score`; NaN where it is not defined. Throws where the task has no such metric. */
export function score(judged: Judged, task: Task, horizon: number, name: string): number {
  const metric = metricNamed(name);
  if (metric === undefined || !metric.tasks.includes(task.kind))
    throw new Error(`there is no metric ${name} for this task`);
  const sample = sampleOf(judged);
  return metric.of(sample, task, horizon)(once(sample));
}

/** Rows of all folds, one behind the other. */
export function pooled(parts: readonly Judged[]): Judged {
  const joined = (of: (part: Judged) => Float64Array) => Float64Array.from(parts.flatMap(part => [...of(part)]));
  const columns = parts[0]?.prediction.length ?? 1;
  return {
    tick: Int32Array.from(parts.flatMap(({ tick }) => [...tick])),
    lane: Int32Array.from(parts.flatMap(({ lane }) => [...lane])),
    label: joined(({ label }) => label),
    prediction: Array.from({ length: columns }, (_, k) => joined(({ prediction }) => prediction[k])),
    ...(parts.some(({ weight }) => weight !== undefined) && {
      weight: joined(({ weight, label }) => weight ?? new Float64Array(label.length).fill(1)),
    }),
  };
}

function tablesOf(sample: Sample, task: Task): Pick<Judgement, 'baseRates' | 'confusion' | 'calibration' | 'lift'> {
  const { label, prediction, weight } = sample;
  if (label.length === 0) return {};
  switch (task.kind) {
    case 'binary':
      return {
        baseRates: baseRates(label, 1, weight),
        confusion: confusionOf(sample, ['false', 'true']),
        calibration: [{ name: 'true', bins: calibrationBins(sample, 0, true) }],
        lift: [{ name: 'true', tenths: liftTable(prediction[0], label, true) }],
      };
    case 'classes':
      return {
        baseRates: baseRates(label, task.names.length, weight),
        confusion: confusionOf(sample, task.names),
        calibration: task.names.map((name, k) => ({ name, bins: calibrationBins(sample, k, false) })),
        lift: task.names.map((name, k): LiftTable => {
          const truths = label.map(truth => Number(truth === k));
          return { name, tenths: liftTable(prediction[k], truths, true) };
        }),
      };
    case 'number':
    case 'quantile':
    case 'rank':
      return { lift: [{ name: 'label', tenths: liftTable(prediction[0], label, false) }] };
  }
}
