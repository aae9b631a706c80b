/** The plans of a program's models, compiled when they are first asked for. */
import { compileFeatures, compileTraining } from '../../../compiler/index.ts';
import type { FeaturesPlan } from '../../../compiler/learning.ts';
import type { Model } from '../../../language/check/model.ts';
import type { Program } from '../../../language/check/program.ts';
import type { PlanMaker } from './types.ts';

export function plansOf(program: Program): PlanMaker {
  const features = new Map<string, FeaturesPlan>();
  const numberOf = (model: Model) => program.models.indexOf(model);
  return {
    features: (model, block) => {
      const key = `${model.name} ${block ?? ''}`;
      const known = features.get(key) ?? compileFeatures(readingFrom(program, model, block), numberOf(model));
      features.set(key, known);
      return known;
    },
    training: model => compileTraining(program, numberOf(model)),
  };
}

/** The program as if the model learned from another block, whose rows have no condition of their own. */
function readingFrom(program: Program, model: Model, block: number | undefined): Program {
  if (block === undefined) return program;
  const { when: _, ...rest } = model;
  return { ...program, models: program.models.map(each => (each === model ? { ...rest, block } : each)) };
}
