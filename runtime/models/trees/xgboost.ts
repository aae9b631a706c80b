/** Gradient boosting with XGBoost 3's names, defaults and `hist` semantics: our own code, or a library of the machine. */
import { TRAINER_SETTINGS } from '../../../language/check/trainer-settings.ts';
import type { Trainer } from '../trainer.ts';
import { boost } from './boost.ts';
import { readTreeSettings } from './settings.ts';

export const xgboost: Trainer = {
  name: 'xgboost',
  version: 1,
  settings: TRAINER_SETTINGS.xgboost,
  train: async request => {
    if (request.settings.engine === 'native') return (await import('./native/train.ts')).trainNative(request);
    const settings = readTreeSettings('xgboost', request.settings);
    return boost(request, settings, { trainer: 'xgboost', sideBySide: false });
  },
};
