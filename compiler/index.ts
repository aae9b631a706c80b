/** The public face of the compiler: Program → Plan, Plan + values + data → a run, and what there is to say of a plan. */
import type { Program } from '../language/check/program.ts';
import { type Compiled, compileInDetail } from './compile.ts';
import { emitKernel } from './kernel/emit.ts';
import { compileFeaturesWith, compileTrainingWith } from './learn/compile.ts';
import type { FeaturesPlan, TrainingPlan } from './learning.ts';
import type { Plan } from './plan.ts';

export {
  BindError,
  type InstrumentMeta,
  type ParamValues,
  type RunOptions,
} from './bind.ts';
export { type ExposureBound, exposureBound } from './exposure.ts';
export { CompileError } from './graph/compile-error.ts';
export type { PassReport } from './graph/passes.ts';
export { graphSvg } from './graph/svg.ts';
export { type GraphFacts, graphText } from './graph/text.ts';
export { COMPILER_VERSION, cacheKey } from './hash.ts';
export { interpretRun } from './interpret/run.ts';
export { openKernelRun } from './kernel/instance.ts';
export {
  BLOCK_TICKS,
  type ClockColumns,
  type InstrumentData,
  type LaneColumns,
  type LaneData,
  type PlanData,
  type PlanRun,
  type RunData,
  runDataOf,
} from './kernel/run.ts';
export { type RowWarmup, rowWarmup, worstRowWarmup } from './learn/row-warmup.ts';
export type * from './learning.ts';
export type * from './plan.ts';
export { decodePlan, encodePlan, PlanFileError } from './plan-file.ts';
export { type PlanWarmup, planWarmup } from './plan-warmup.ts';

/** Compiles a checked program. `watch`: names of streams and plots to be had as columns. Throws a `CompileError`. */
export function compileProgram(program: Program, watch: readonly string[] = []): Plan {
  return explainProgram(program, watch).plan;
}

/** The same, with what each pass did. `stopwatch` gives milliseconds; without one all times are 0. */
export function explainProgram(program: Program, watch: readonly string[] = [], stopwatch?: () => number): Compiled {
  return compileInDetail(program, { watch, kernel: emitKernel, ...(stopwatch ? { stopwatch } : {}) });
}

/** The plan that computes what model `model` of the program reads. Throws a `CompileError`. */
export function compileFeatures(program: Program, model: number): FeaturesPlan {
  return compileFeaturesWith(emitKernel, program, model);
}

/** The plan that computes what model `model` learns from: its features, weights and label. Throws a `CompileError`. */
export function compileTraining(program: Program, model: number): TrainingPlan {
  return compileTrainingWith(emitKernel, program, model);
}
