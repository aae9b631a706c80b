/** Thresholds that a model without skill would pass: at or under the base rate of what they speak of. */
import { fixedValues } from '../../language/check/fixed.ts';
import type { Node } from '../../language/check/node.ts';
import type { Program } from '../../language/check/program.ts';
import { type ModelWarning, modelWarning } from '../../runtime/models/errors.ts';
import type { PreparedModel } from '../../runtime/models/pipeline/types.ts';
import { lowThresholds } from '../../runtime/models/statistics/base-rate.ts';
import type { ParamValues } from '../backtest/param_values.ts';

interface Threshold {
  readonly model: string;
  readonly of?: string;
  readonly threshold: number;
}

const ABOVE: ReadonlySet<string> = new Set(['gt', 'ge']);

/** `predict(m).up > 0.4`, `predict(m) >= least`, `predict(m) crosses above …`: what a probability has to exceed. */
function thresholdsOf(program: Program, values: ParamValues): readonly Threshold[] {
  const params = new Map(program.params.map(({ name, value }) => [name, values[name] ?? value]));
  const fixed = fixedValues(program.nodes, params);
  return program.nodes.flatMap(({ op, args }): readonly Threshold[] => {
    const [left, right] = args;
    const asked = left === undefined ? undefined : predictionAt(program, left);
    const threshold = fixed[right ?? -1] ?? Number.NaN;
    if (!ABOVE.has(op) || asked === undefined || Number.isNaN(threshold)) return [];
    const { name = '', field } = asked.attrs;
    return [{ model: name, threshold, ...(field !== undefined && { of: field }) }];
  });
}

/** The prediction itself, or `predict(m) or else 0`. */
function predictionAt({ nodes }: Program, id: number): Node | undefined {
  const node = nodes[id];
  if (node?.op === 'predict') return node;
  return node?.op === 'or_else' && node.args[0] !== undefined
    ? predictionAt({ nodes } as Program, node.args[0])
    : undefined;
}

/** One warning for each threshold, of the training at which it stands worst. */
export function thresholdWarnings(
  program: Program,
  values: ParamValues,
  models: readonly PreparedModel[],
): readonly ModelWarning[] {
  const seen = new Set<string>();
  return thresholdsOf(program, values).flatMap(({ model: name, ...threshold }) => {
    const prepared = models.find(({ model }) => model.name === name);
    const objective = prepared?.model.objective;
    if (prepared === undefined || (objective?.kind !== 'logistic' && objective?.kind !== 'softmax')) return [];
    const classes = objective.kind === 'softmax' ? objective.classes : [];
    const found = (prepared.learned?.folds ?? []).flatMap(({ version }) => {
      if (version?.origin.kind !== 'trained') return [];
      const at = version.origin.trainedAt.slice(0, 10);
      return lowThresholds([threshold], version.origin.baseRates, classes).map(low => ({ ...low, at }));
    });
    const worst = found.reduce<(typeof found)[number] | undefined>(
      (most, one) => (most === undefined || one.baseRate > most.baseRate ? one : most),
      undefined,
    );
    const key = `${name} ${threshold.of} ${threshold.threshold}`;
    if (worst === undefined || seen.has(key)) return [];
    seen.add(key);
    return [modelWarning('E1115', { model: name, ...worst })];
  });
}
