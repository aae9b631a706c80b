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
  { name: 'rmse', better: 'lower', of: NUMBERS, about: 'Root of the mean squared error.' },
  { name: 'mae', better: 'lower', of: NUMBERS, about: 'Mean absolute error.' },
  { name: 'pinball', better: 'lower', of: ['quantile'], about: 'The loss of the quantile.' },
  { name: 'ic', better: 'higher', of: [...NUMBERS, 'rank'], about: 'Correlation of prediction and label.' },
  {
    name: 'rank_ic',
    better: 'higher',
    of: [...NUMBERS, 'rank'],
    about: 'Correlation of the ranks of prediction and label.',
  },
  { name: 'ndcg', better: 'higher', of: ['rank'], about: 'Gain of the order within each tick, discounted by rank.' },
];

/** What a search scores by, and early stopping watches, unless told otherwise. */
export function defaultMetric(objective: Objective['kind']): string {
  if (objective === 'logistic' || objective === 'softmax') return 'log_loss';
  if (objective === 'rank') return 'ndcg';
  return objective === 'quantile' ? 'pinball' : objective === 'huber' ? 'mae' : 'rmse';
}
