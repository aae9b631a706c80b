/**
 * The analyses over a program whose expressions are elaborated: one call, all their problems. Each fact has its own file;
 * here they are computed once and handed to the checks that need them.
 */
import type { Problem } from '../syntax/problem.ts';
import { bounds } from './bounds.ts';
import { causality } from './causality.ts';
import { checkCausality } from './check-causality.ts';
import { checkCosts } from './check-costs.ts';
import { checkEntries } from './check-entries.ts';
import { checkLevels } from './check-levels.ts';
import { checkMemory } from './check-memory.ts';
import { checkMissing } from './check-missing.ts';
import { checkModels } from './check-models.ts';
import type { Causality, Warmup } from './facts.ts';
import { fixedValues, type ParamValues } from './fixed.ts';
import type { Label } from './model.ts';
import type { Program } from './program.ts';
import { worstTiming } from './timing.ts';
import { warmup } from './warmup.ts';

/** The values that params have unless a run sets others. */
export function defaultValues(program: Pick<Program, 'params'>): ParamValues {
  return new Map(program.params.map(param => [param.name, param.value]));
}

/** Warm-up of each node at given params, for the worst start. */
export function warmupOf(program: Program, values: ParamValues = defaultValues(program)): readonly Warmup[] {
  return warmup(program.nodes, fixedValues(program.nodes, values), worstTiming(program.clocks));
}

/** Horizon and taints of each node, with lengths at the upper end of what the params allow. */
export function causalityOf(program: Program): readonly Causality[] {
  const limits = Float64Array.from(bounds(program.nodes, program.params), interval => interval.high);
  return causality(program.nodes, limits, worstTiming(program.clocks));
}

/**
 * How many ticks of its own clock after a row the label of that row may end: `forward_return(n)` n + 1 under
 * `fill: next_open` and n under `this_close`. Purge follows from this number.
 */
export function labelHorizon(program: Program, label: Label, values: ParamValues = defaultValues(program)): number {
  const fixed = fixedValues(program.nodes, values);
  return Math.max(0, causality(program.nodes, fixed, worstTiming(program.clocks))[label.node]?.high ?? 0);
}

export function analyse(program: Program): readonly Problem[] {
  const values = defaultValues(program);
  const fixed = fixedValues(program.nodes, values);
  const facts = { causality: causalityOf(program), warmup: warmupOf(program, values) };
  return [
    ...checkCausality(program, facts),
    ...checkModels(program, facts.causality),
    ...checkMissing(program),
    ...checkMemory(program),
    ...checkEntries(program, facts.causality, fixed),
    ...checkLevels(program, fixed),
    ...checkCosts(program),
  ];
}
