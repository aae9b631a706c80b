/**
 * Random forests, as XGBoost grows them: trees side by side, each on its own share of the rows and columns, each one Newton
 * step from the base, its leaves divided by the number of trees. The margin is then the base plus the mean of the
 * trees: of squared error the forest's mean prediction. Of a bool it is
 *
 *     logit(p) + (mean over the trees of a leaf's share of true − p) / (p (1 − p)),   p: the share among all rows,
 *
 * (up to the L2 penalty), which orders rows as the mean probability does; `calibrate` makes it a probability of its own.
 */
import { TRAINER_OBJECTIVES, TRAINER_SETTINGS } from '../../../language/check/trainer-settings.ts';
import { modelError } from '../errors.ts';
import type { Trainer } from '../trainer.ts';
import { boost } from './boost.ts';
import { readTreeSettings } from './settings.ts';

export const randomForest: Trainer = {
  name: 'random_forest',
  version: 1,
  settings: TRAINER_SETTINGS.random_forest,
  train: async request => {
    const possible = TRAINER_OBJECTIVES.random_forest;
    if (!possible.includes(request.objective.kind)) {
      throw modelError('E1136', { trainer: 'random_forest', objective: request.objective.kind, possible });
    }
    const settings = readTreeSettings('random_forest', request.settings);
    return boost(request, settings, { trainer: 'random_forest', sideBySide: true });
  },
};
