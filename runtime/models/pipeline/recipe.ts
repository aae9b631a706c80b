/**
 * What a version is made from, and its id. The id is known before anything is trained, so that a training that was made
 * before, here or by another process, is found instead of repeated.
 */
import type { Model, Training } from '../../../language/check/model.ts';
import type { Program } from '../../../language/check/program.ts';
import { defaultSettings } from '../../../language/check/trainer-settings.ts';
import type { Rows } from '../dataset/rows.ts';
import { hashOf, type Part } from '../registry/hash.ts';
import { NUMERIC_VERSION } from '../registry/version.ts';
import type { Fold } from '../splits/fold.ts';
import type { Trainer } from '../trainer.ts';
import { type ModelGround, valuesOf } from './data.ts';
import { dimensionsOf, type Searchable } from './language-params.ts';

export type Settings = Readonly<Record<string, number | string | boolean>>;

/** The trainer's parameters with its defaults filled in. */
export function settingsOf(model: Model): Settings {
  if (model.source.kind !== 'trained') return {};
  const written = Object.fromEntries(model.settings.map(({ name, value }) => [name, value]));
  return { ...defaultSettings(model.source.trainer), ...written };
}

export interface Recipe {
  readonly document: Readonly<Record<string, unknown>>;
  readonly trainer: { readonly name: Trainer['name']; readonly version: number };
}

/** Everything that was asked for, without data and time. */
export function recipeOf(
  program: Program,
  model: Model,
  training: Training,
  trainer: Trainer,
  ground: ModelGround,
  searchable: Searchable,
): Recipe {
  const { training: plan, horizon, params } = ground;
  const label = model.label === undefined ? undefined : program.labels[model.label];
  const ranges = model.settings.flatMap(({ name, range }) => (range === undefined ? [] : [[name, range]]));
  return {
    trainer: { name: trainer.name, version: trainer.version },
    document: {
      model: model.name,
      features: plan.columns.map(({ name, hash }) => [name, hash]),
      when: model.when?.text,
      label: {
        hash: plan.label.hash,
        horizon,
        base: label?.base,
        categories: label?.categories,
        quantiles: label?.quantiles === true,
      },
      entry: plan.entry,
      weight: (model.weight ?? []).map(factor => (factor.kind === 'value' ? { kind: factor.kind } : factor)),
      unweighted: model.weight === undefined,
      objective: model.objective,
      settings: settingsOf(model),
      ...(training.search !== undefined && { search: training.search, ranges: Object.fromEntries(ranges) }),
      ...(searchable.chosen.length > 0 && { paramRanges: dimensionsOf(searchable) }),
      steps: model.steps,
      seed: model.seed,
      accept: model.accept,
      valid: training.valid,
      refit: training.refit,
      stopping: training.earlyStoppingRounds,
      params: valuesOf(plan.plan, params),
    },
  };
}

export interface Input {
  readonly recipe: Recipe;
  readonly rows: Rows;
  readonly fold: Fold;
  /** T and the first bar of its data, UTC milliseconds. */
  readonly atMs: number;
  readonly fromMs: number;
  /** First instant that it may predict: its document says so. */
  readonly activeMs: number;
  readonly upstream: readonly string[];
  /** The version whose search chose settings for this one, and what it chose. */
  readonly searched?: unknown;
  /** Hash of all bars that a search over params may have made rows from. */
  readonly seen?: string;
  /** Calendar ordinal of tick 0, so that a name does not depend on how far back the data reach. */
  readonly firstOrdinal: number;
}

/** SHA-256 of all that a training is a function of. */
export function versionId(input: Input): string {
  const { recipe, rows, fold, atMs, fromMs, activeMs, upstream, searched, seen, firstOrdinal } = input;
  const known = fold.refit;
  const pick = (values: Float64Array) => Float64Array.from(known, row => values[row] ?? Number.NaN);
  const ticks = (values: Int32Array, part: Int32Array) =>
    Float64Array.from(part, row => firstOrdinal + (values[row] ?? 0));
  const part = (name: string, own: Int32Array): readonly Part[] => [
    { name: `${name} ticks`, column: ticks(rows.tick, own) },
    { name: `${name} lanes`, column: Int32Array.from(own, row => rows.lane[row] ?? -1) },
  ];
  return hashOf([
    {
      name: 'recipe',
      document: { ...recipe, numeric: NUMERIC_VERSION, atMs, fromMs, activeMs, upstream, searched, seen },
    },
    ...part('train', fold.train),
    ...part('valid', fold.valid),
    ...part('calibrate', fold.calibrate),
    ...part('known', known),
    ...rows.columns.map((column, c) => ({ name: `column ${c}`, column: pick(column) })),
    { name: 'label', column: pick(rows.label) },
    { name: 'end', column: ticks(rows.end, known) },
    ...rows.ends.map((end, i) => ({ name: `end ${i}`, column: ticks(end, known) })),
    ...rows.weights.map((weight, i) => ({ name: `weight ${i}`, column: pick(weight) })),
  ]);
}
