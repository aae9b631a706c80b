/** What a model can be accepted or searched by: the names that may be written, and which way is better. */
import type { Objective } from './model.ts';

export interface MetricName {
  readonly name: string;
  readonly better: 'higher' | 'lower';
  readonly of: readonly Objective['kind'][];
  readonly about: string;
}

const CLASSES = ['logistic', 'softmax'] as const;
const NUMBERS = ['squared', 'huber', 'quantile'] as const;
const ORDERED = ['logistic', 'squared', 'huber', 'rank'] as const;

export const METRIC_NAMES: readonly MetricName[] = [
  { name: 'log_loss', better: 'lower', of: CLASSES, about: 'Mean of −ln of the probability given to what happened.' },
  { name: 'auc', better: 'higher', of: CLASSES, about: 'Share of pairs of a true and a false row in the right order.' },
  { name: 'accuracy', better: 'higher', of: CLASSES, about: 'Share of rows whose likeliest class happened.' },
  {
    name: 'brier',
    better: 'lower',
    of: CLASSES,
    about: 'Mean squared distance of the probabilities from what happened.',
  },
  { name: 'ece', better: 'lower', of: CLASSES, about: 'Mean distance of a probability from how often it came true.' },
  { name: 'rmse', better: 'lower', of: ['squared', 'huber'], about: 'Root of the mean squared error.' },
  { name: 'mae', better: 'lower', of: NUMBERS, about: 'Mean absolute error.' },
  { name: 'r2', better: 'higher', of: ['squared', 'huber'], about: '1 − squared error over that of the mean.' },
  { name: 'quantile_loss', better: 'lower', of: ['quantile'], about: 'Mean pinball loss of the quantile.' },
  { name: 'ic', better: 'higher', of: ORDERED, about: 'Spearman correlation of prediction and label, tick by tick.' },
  { name: 'linear_ic', better: 'higher', of: ORDERED, about: 'Pearson correlation of them.' },
  { name: 'ndcg', better: 'higher', of: ['rank'], about: 'Gain of the order within each tick, discounted by rank.' },
];

/** What a search scores by, and early stopping watches, unless told otherwise. */
export function defaultMetric(objective: Objective['kind']): string {
  if (objective === 'logistic' || objective === 'softmax') return 'log_loss';
  if (objective === 'rank') return 'ndcg';
  return objective === 'quantile' ? 'quantile_loss' : objective === 'huber' ? 'mae' : 'rmse';
}
