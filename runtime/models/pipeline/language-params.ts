/**
 * Params of the language that a search may choose for a version: those with a range that the model's own columns, label,
 * `when` or weights read and no rule does. A param that a rule reads too has one value in a run, so it keeps that one.
 */
import { BindError, evaluateFixed, type ParamValues } from '../../../compiler/bind.ts';
import type { Model } from '../../../language/check/model.ts';
import type { Param, Program } from '../../../language/check/program.ts';
import type { Dimension, Point } from '../search/types.ts';
import { groundOf, type ModelGround, ownParams } from './data.ts';
import type { PlanMaker } from './types.ts';

/** A trainer's setting and a param may have one name; in a point the param's is `params.NAME`. */
const PREFIX = 'params.';

export interface Searchable {
  readonly chosen: readonly Param[];
  /** Names of params with a range that a rule reads too. */
  readonly kept: readonly string[];
}

export function searchableParams({ params }: Program, plans: PlanMaker, model: Model): Searchable {
  if (model.training?.search === undefined) return { chosen: [], kept: [] };
  const own = new Set(plans.paramsOf(model));
  const ranged = params.filter(param => own.has(param.name) && dimensionOf(param) !== undefined);
  if (ranged.length === 0) return { chosen: [], kept: [] };
  const rules = new Set(plans.paramsOfRules());
  return {
    chosen: ranged.filter(({ name }) => !rules.has(name)),
    kept: ranged.filter(({ name }) => rules.has(name)).map(({ name }) => name),
  };
}

export function dimensionsOf({ chosen }: Searchable): readonly Dimension[] {
  return chosen.flatMap(param => dimensionOf(param) ?? []);
}

/** Bars go in steps of one, what spans a decade by its logarithm, as settings do; a choice is the number of its value. */
function dimensionOf({ name: plain, type, low, high, step: written, choices }: Param): Dimension | undefined {
  const name = `${PREFIX}${plain}`;
  if (choices !== undefined) return { kind: 'choice', name, of: [...choices.keys()] };
  if (low === undefined || high === undefined) return undefined;
  const step = written ?? (type === 'bars' ? 1 : undefined);
  const log = low > 0 && high / low >= 10 && (step === undefined || step === 1);
  return { kind: 'number', name, low, high, ...(step !== undefined && { step }), ...(log && { log }) };
}

/** The two halves of a point. */
export function settingsIn(point: Point): Point {
  return Object.fromEntries(Object.entries(point).filter(([name]) => !name.startsWith(PREFIX)));
}

export function paramsIn(point: Point): ParamValues {
  return Object.fromEntries(
    Object.entries(point).flatMap(([name, value]) =>
      name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), Number(value)]] : [],
    ),
  );
}

// ---------------------------------------------------------------- with other values

/** The same ground where these params have these values. */
export function groundWith(ground: ModelGround, params: ParamValues): ModelGround {
  if (Object.keys(params).length === 0) return ground;
  const { readyMs, training } = ground;
  const moved = groundOf({ ...ground, params: { ...ground.params, ...params } }, training);
  return { ...moved, ...(readyMs !== undefined && { readyMs }) };
}

/** Whether the model's plan runs with these values: every `require` holds, and every length is one. */
export function admits({ training, params, meta }: ModelGround, values: ParamValues): boolean {
  try {
    evaluateFixed(training.plan, ownParams(training.plan, { ...params, ...values }), meta);
    return true;
  } catch (error) {
    if (error instanceof BindError) return false;
    throw error;
  }
}

/** More ends than these are not all met with one another. */
const MOST_CROSSED = 6;

/** Values at the ends of the ranges, all with all where there are few; those that are admitted. */
export function extremes(ground: ModelGround, space: readonly Dimension[]): readonly ParamValues[] {
  const ends = space.map(dimension => ({
    name: dimension.name.slice(PREFIX.length),
    values: dimension.kind === 'choice' ? dimension.of.map(Number) : [dimension.low, dimension.high],
  }));
  const crossed = ends
    .slice(0, MOST_CROSSED)
    .reduce<readonly ParamValues[]>(
      (points, { name, values }) => points.flatMap(point => values.map(value => ({ ...point, [name]: value }))),
      [{}],
    );
  const alone = ends.flatMap(({ name, values }) => values.map((value): ParamValues => ({ [name]: value })));
  const last = Object.fromEntries(ends.map(({ name, values }) => [name, values.at(-1) ?? Number.NaN]));
  return [...crossed, ...alone, last].filter(point => admits(ground, point));
}
