/** The trainers by name. Each is loaded when a model first asks for it. */
import type { TrainerName } from '../../../language/check/model.ts';
import type { Trainer } from '../trainer.ts';

const LOADERS: Readonly<Record<TrainerName, () => Promise<Trainer>>> = {
  xgboost: async () => (await import('../trees/xgboost.ts')).xgboost,
  random_forest: async () => (await import('../trees/random-forest.ts')).randomForest,
  logistic: async () => (await import('../linear/logistic.ts')).logistic,
  ridge: async () => (await import('../linear/ridge.ts')).ridge,
  mlp: async () => (await import('../net/mlp.ts')).mlp,
};

export function trainerNamed(name: TrainerName): Promise<Trainer> {
  return LOADERS[name]();
}

/** The setting that counts a trainer's rounds, where it has any: what early stopping cuts short and `refit` repeats. */
export const ROUNDS_SETTING: Readonly<Partial<Record<TrainerName, string>>> = {
  xgboost: 'n_estimators',
  mlp: 'epochs',
};
