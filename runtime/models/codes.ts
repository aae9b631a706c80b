/** All codes of the models' room, one table a family; `vela explain` shows their pages. */
import { CONFIGURATION_CODES } from './codes/configuration.ts';
import { DATA_SET_CODES } from './codes/data.ts';
import { INFERENCE_CODES } from './codes/inference.ts';
import { REGISTRY_CODES } from './codes/registry.ts';
import { TRAINING_CODES } from './codes/training.ts';
import type { ModelWords } from './codes/words.ts';

export const MODEL_CODES = {
  ...CONFIGURATION_CODES,
  ...DATA_SET_CODES,
  ...TRAINING_CODES,
  ...REGISTRY_CODES,
  ...INFERENCE_CODES,
} as const;

export type ModelCode = keyof typeof MODEL_CODES;
export type ModelFacts<Code extends ModelCode> =
  (typeof MODEL_CODES)[Code] extends ModelWords<infer Facts> ? Facts : never;
