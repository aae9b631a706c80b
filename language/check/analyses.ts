/**
 * The analyses over a program whose expressions are elaborated: one call, all their problems. Each fact has its own file;
 * here they are computed once and handed to the checks that need them.
 */
import type { Problem } from '../syntax/problem.ts';
import { bounds, type Interval } from './bounds.ts';
import { causality } from './causality.ts';
import { checkCausality } from './check-causality.ts';
import { checkCosts } from './check-costs.ts';
import { checkEntries } from './check-entries.ts';
import { checkLevels } from './check-levels.ts';
import { checkMemory } from './check-memory.ts';
import { checkMissing } from './check-missing.ts';
import { checkModels } from './check-models.ts';
import { type Causality, freshSince, type Warmup } from './facts.ts';
import { fixedValues, type ParamValues } from './fixed.ts';
import { bytesOfNodes } from './memory.ts';
import { type Absence, missing } from './missing.ts';
import type { Label } from './model.ts';
import type { Node } from './node.ts';
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
  return analyseInDetail(program).problems;
}

/** The facts that the analyses rest on, at the params' defaults. */
export interface AnalysedFacts {
  readonly nodes: readonly Node[];
  readonly fixed: Float64Array;
  readonly bounds: readonly Interval[];
  readonly causality: readonly Causality[];
  readonly warmup: readonly Warmup[];
  readonly absences: readonly Absence[];
  /** Bytes that each node keeps. */
  readonly kept: Float64Array;
}

/** `before`: the facts of an earlier check with the same params, clocks and markets. */
export function analyseInDetail(
  program: Program,
  before?: AnalysedFacts,
): { readonly problems: readonly Problem[]; readonly facts: AnalysedFacts } {
  const { nodes, params, clocks } = program;
  const fresh = before && freshSince(nodes, before.nodes);
  const known = <Facts>(of: (earlier: AnalysedFacts) => Facts) => before && fresh && { facts: of(before), fresh };
  const timing = worstTiming(clocks);
  const fixed = fixedValues(
    nodes,
    defaultValues(program),
    undefined,
    known(facts => facts.fixed),
  );
  const limits = bounds(
    nodes,
    params,
    known(facts => facts.bounds),
  );
  const highest = new Float64Array(nodes.length);
  limits.forEach((interval, id) => {
    highest[id] = interval.high;
  });
  const facts: AnalysedFacts = {
    // A copy: the next check may go on with the array itself.
    nodes: nodes.slice(),
    fixed,
    bounds: limits,
    causality: causality(
      nodes,
      highest,
      timing,
      known(facts => facts.causality),
    ),
    warmup: warmup(
      nodes,
      fixed,
      timing,
      undefined,
      known(facts => facts.warmup),
    ),
    absences: missing(
      nodes,
      program.states,
      program.instruments,
      known(facts => facts.absences),
    ),
    kept: bytesOfNodes(
      nodes,
      limits,
      known(facts => facts.kept),
    ),
  };
  const problems = [
    ...checkCausality(program, facts),
    ...checkModels(program, facts.causality),
    ...checkMissing(program, facts.absences),
    ...checkMemory(program, limits, facts.kept),
    ...checkEntries(program, facts.causality, fixed),
    ...checkLevels(program, fixed),
    ...checkCosts(program),
  ];
  return { problems, facts };
}
