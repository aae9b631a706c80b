/** What the models of a strategy say over the data of a backtest: trained where nobody has trained them yet. */

import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import type { RunData } from '../../compiler/kernel/run.ts';
import type { Plan } from '../../compiler/plan.ts';
import { openTimeOf } from '../../language/check/calendar.ts';
import type { Configuration } from '../../language/check/configuration.ts';
import type { Program } from '../../language/check/program.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import type { MarketSet } from '../../runtime/data/market-set.ts';
import type { Tell } from '../../runtime/models/pipeline/progress.ts';
import type { PreparedModel } from '../../runtime/models/pipeline/types.ts';
import { hashOf } from '../../runtime/models/registry/hash.ts';
import { Registry } from '../../runtime/models/registry/registry.ts';
import type { FactTable } from '../backtest/facts.ts';
import type { ParamValues } from '../backtest/param_values.ts';
import { startOf } from '../backtest/start.ts';
import { checkSource } from '../strategy.ts';
import type { Terminal } from '../terminal.ts';
import { prepare, warningLines } from './prepare.ts';
import { thresholdWarnings } from './thresholds.ts';

export interface PredictionsInput {
  readonly source: SourceFile;
  readonly configuration: Configuration;
  /** The checked strategy, where it has been checked already. */
  readonly program?: Program;
  /** The project's own unless stated. */
  readonly registry?: Registry;
  /** Nothing is trained: rejects with `Untrained` where a version is missing. */
  readonly untrained?: 'refuse';
  /** Who is told of the work instead of a person at a terminal. */
  readonly tell?: Tell;
  readonly plan: Plan;
  readonly set: MarketSet;
  readonly values: ParamValues;
  readonly facts?: FactTable;
  readonly fromMs?: number;
}

/** A model that a run goes by: which versions, from when on. */
export interface UsedModel {
  readonly model: string;
  /** `exact`: the same bits on every machine. */
  readonly promise: 'exact' | 'approximate';
  readonly predictor: string;
  readonly versions: readonly { readonly id: string; readonly activeFrom: string }[];
  readonly promoted: boolean;
}

export interface Predictions {
  readonly predictions: RunData['predictions'];
  readonly models: readonly UsedModel[];
  /** Of how the models are made, whatever the data: hex. */
  readonly recipes: string;
  readonly warnings: readonly string[];
}

export async function predictionsFor(terminal: Terminal, input: PredictionsInput): Promise<Predictions> {
  const { source, configuration, plan, set, values, facts, fromMs, untrained, tell } = input;
  const { program } = input.program === undefined ? checkSource(source, configuration) : { program: input.program };
  const { start } = startOf(plan, input);
  const { models, predictions, warnings } = await prepare(terminal, {
    program,
    set,
    values,
    configuration,
    registry: input.registry ?? new Registry(),
    folder: dirname(source.name),
    threads: availableParallelism(),
    runStart: start,
    ...(facts !== undefined && { facts }),
    ...(untrained !== undefined && { untrained }),
    ...(tell !== undefined && { tell }),
    ...(fromMs !== undefined && { neededFromMs: openOf(set, start) }),
  });
  const low = thresholdWarnings(program, values, models);
  const used = models.map(usedModel);
  return {
    predictions,
    models: used,
    recipes: recipesOf(models),
    warnings: warningLines([...warnings, ...low]),
  };
}

/** Equal where the models are made in the same way, whatever the data; of one made elsewhere or promoted it is its id. */
export function recipesOf(models: readonly PreparedModel[]): string {
  const made = models.map(({ model, learned, serving, promoted }) => ({
    recipe: learned?.recipe ?? model.source,
    given: promoted?.id ?? (learned === undefined ? serving[0]?.version.id : undefined),
  }));
  return hashOf([{ name: 'recipes', document: made }]);
}

function openOf({ members }: MarketSet, tick: number): number {
  const base = members[0]?.clocks[0];
  return base === undefined ? 0 : openTimeOf(base.period, base.firstOrdinal + tick);
}

function usedModel({ model, servedBy, serving, learned, promoted }: PreparedModel): UsedModel {
  const answering = serving.flatMap((one, number) => (one === undefined || !servedBy.includes(number) ? [] : [one]));
  // A graph made elsewhere predicts after the day it was trained to; of an unproven one nothing is known.
  const { source } = model;
  const fileMs = source.kind === 'file' && source.trainedToMs !== undefined ? source.trainedToMs + DAY_MS : undefined;
  const activeOf = new Map((learned?.folds ?? []).map(({ version, instant }) => [version?.id, instant.activeMs]));
  return {
    model: model.name,
    promise: answering.some(({ predictor }) => predictor.promise === 'approximate') ? 'approximate' : 'exact',
    predictor: [...new Set(answering.map(({ predictor }) => predictor.name))].join(', '),
    versions: answering.map(({ version }) => ({
      id: version.id,
      activeFrom: promoted?.id === version.id ? (promoted.activeFrom ?? '') : isoOf(activeOf.get(version.id) ?? fileMs),
    })),
    promoted: promoted !== undefined,
  };
}

const DAY_MS = 86_400_000;

function isoOf(timeMs: number | undefined): string {
  return timeMs === undefined ? '' : new Date(timeMs).toISOString().replace('.000Z', 'Z');
}
