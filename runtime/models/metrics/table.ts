/** All metrics, one entry each: reports, `accept`, `score` and documentation are derived from this table. */
import { areaOverClasses, areaUnderCurve } from './auc.ts';
import { type Coefficient, coefficient } from './correlations.ts';
import { ndcg } from './ndcg.ts';
import { coverage, explained, meanAbsolute, quantileLoss, rootMeanSquare } from './numbers.ts';
import { accuracy, brierScore, calibrationError, logLoss } from './probabilities.ts';
import type { Figure, Sample } from './sample.ts';
import type { Task } from './types.ts';

export interface Metric {
  readonly name: string;
  readonly title: string;
  readonly tasks: readonly Task['kind'][];
  /** None: a figure to read beside others, not one to choose by. */
  readonly better?: 'higher' | 'lower';
  readonly about: string;
  readonly of: (sample: Sample, task: Task, horizon: number) => Figure;
  /** Has no interval of its own. */
  readonly fixed?: true;
}

const ORDERED: readonly Task['kind'][] = ['binary', 'number', 'rank'];

const CORRELATIONS = (['order', 'size'] as const).flatMap((kind): readonly Metric[] => {
  const [name, title, of] =
    kind === 'order' ? ['ic', 'IC', 'Spearman correlation'] : ['linear_ic', 'Linear IC', 'Pearson correlation'];
  const fixed = (value: number): Figure => {
    return () => value;
  };
  // Mean, deviation and t come of one pass over the ticks.
  const measured = new WeakMap<Sample, { readonly horizon: number; readonly found: Coefficient }>();
  const coefficientOf = (sample: Sample, horizon: number): Coefficient => {
    const known = measured.get(sample);
    if (known?.horizon === horizon) return known.found;
    const found = coefficient(sample, kind, horizon);
    measured.set(sample, { horizon, found });
    return found;
  };
  return [
    {
      name,
      title,
      tasks: ORDERED,
      better: 'higher',
      about: `${of} of prediction and label at each tick over at least 5 members, its mean; of fewer instruments over time`,
      of: (sample, _, horizon) => coefficientOf(sample, horizon).mean,
    },
    {
      name: `${name}_deviation`,
      title: `${title}, deviation`,
      tasks: ORDERED,
      about: `standard deviation of ${name} over the ticks`,
      of: (sample, _, horizon) => fixed(coefficientOf(sample, horizon).deviation),
      fixed: true,
    },
    {
      name: `${name}_t`,
      title: `${title}, t`,
      tasks: ORDERED,
      about: `mean ${name} over its standard error for labels that overlap (Newey–West, lag h − 1)`,
      of: (sample, _, horizon) => fixed(coefficientOf(sample, horizon).t),
      fixed: true,
    },
  ];
});

export const METRICS: readonly Metric[] = [
  {
    name: 'auc',
    title: 'AUC',
    tasks: ['binary', 'classes'],
    better: 'higher',
    about: 'how often a true row is predicted above a false one; of classes the mean of each against the rest',
    of: (sample, task) =>
      task.kind === 'classes'
        ? areaOverClasses(sample)
        : areaUnderCurve(sample, sample.prediction[0], label => label === 1),
  },
  {
    name: 'log_loss',
    title: 'Log-loss',
    tasks: ['binary', 'classes'],
    better: 'lower',
    about: 'mean of −ln of the probability that was given to what came true',
    of: logLoss,
  },
  {
    name: 'brier',
    title: 'Brier score',
    tasks: ['binary', 'classes'],
    better: 'lower',
    about: 'mean squared distance of the probabilities from what came true',
    of: brierScore,
  },
  {
    name: 'accuracy',
    title: 'Accuracy',
    tasks: ['binary', 'classes'],
    better: 'higher',
    about: 'share of right answers: true above one half, or the likeliest class',
    of: accuracy,
  },
  {
    name: 'ece',
    title: 'Calibration error',
    tasks: ['binary', 'classes'],
    better: 'lower',
    about: 'mean distance of a probability from how often it came true, in ten bins',
    of: calibrationError,
  },
  {
    name: 'rmse',
    title: 'RMSE',
    tasks: ['number'],
    better: 'lower',
    about: 'root of the mean squared error, in the unit of the label',
    of: rootMeanSquare,
  },
  {
    name: 'mae',
    title: 'MAE',
    tasks: ['number', 'quantile'],
    better: 'lower',
    about: 'mean absolute error, in the unit of the label',
    of: meanAbsolute,
  },
  {
    name: 'r2',
    title: 'R²',
    tasks: ['number'],
    better: 'higher',
    about: '1 − squared error over that of the mean',
    of: explained,
  },
  {
    name: 'quantile_loss',
    title: 'Quantile loss',
    tasks: ['quantile'],
    better: 'lower',
    about: 'mean pinball loss of the quantile',
    of: (sample, task) => quantileLoss(sample, task.kind === 'quantile' ? task.at : 0.5),
  },
  {
    name: 'coverage',
    title: 'Coverage',
    tasks: ['quantile'],
    about: 'share of labels at or under their predicted quantile',
    of: coverage,
  },
  {
    name: 'ndcg',
    title: 'NDCG',
    tasks: ['rank'],
    better: 'higher',
    about: 'discounted gain of the order at each tick, on the grades that it learned from, over the best order',
    of: ndcg,
  },
  ...CORRELATIONS,
];

export function metricsOf(task: Task): readonly Metric[] {
  return METRICS.filter(({ tasks }) => tasks.includes(task.kind));
}

/** The checker has refused names that mean nothing. */
export function metricOf(name: string): Metric {
  const metric = metricNamed(name);
  if (metric === undefined) throw new Error(`there is no metric ${name}`);
  return metric;
}

export function metricNamed(name: string): Metric | undefined {
  return METRICS.find(metric => metric.name === name);
}
