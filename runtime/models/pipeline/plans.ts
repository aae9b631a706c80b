/** The plans of a program's models, compiled when they are first asked for. */
import { buildGraph } from '../../../compiler/graph/build.ts';
import { dropDeadNodes } from '../../../compiler/graph/dead-nodes.ts';
import { compileFeatures, compileTraining } from '../../../compiler/index.ts';
import { paramsRead } from '../../../compiler/learn/structure.ts';
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
    // What a `require` reads is not thereby read by what it restrains.
    paramsOf: model => compileTraining({ ...program, requires: [] }, numberOf(model)).params,
    paramsOfRules: () => paramsOfRules(program),
  };
}

/** What a prediction was made from is its model's own: it is a column to the rule that asks for it. */
function paramsOfRules(program: Program): readonly string[] {
  const nodes = program.nodes.map(node =>
    node.op === 'predict' || node.op === 'drift' ? { ...node, args: [] } : node,
  );
  const { graph } = buildGraph({ ...program, nodes, requires: [] }, []);
  return paramsRead(dropDeadNodes(graph));
}

/** The program as if the model learned from another block, whose rows have no condition of their own. */
function readingFrom(program: Program, model: Model, block: number | undefined): Program {
  if (block === undefined) return program;
  const { when: _, ...rest } = model;
  return { ...program, models: program.models.map(each => (each === model ? { ...rest, block } : each)) };
}
