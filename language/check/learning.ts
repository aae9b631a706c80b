/** Blocks of features, labels and models of a strategy, in file order; the configured model, where it is asked for, last. */
import type { Declaration, TrainDeclaration } from '../syntax/tree.ts';
import { documentTraining } from './configured.ts';
import { type Context, fileOf, report } from './context.ts';
import { DECLARATION_CODE, MODEL_CODE } from './declaration-codes.ts';
import { ofKind } from './declare.ts';
import { elaboratorAt } from './elaborator-at.ts';
import { elaborateBlock } from './features.ts';
import { type Labels, lowerLabels } from './labels.ts';
import type { FeatureBlock, Model } from './model.ts';
import { isFile, modelCore } from './model-core.ts';
import { lowerModel } from './models.ts';
import { reportUnknown } from './predictions.ts';
import type { Program } from './program.ts';
import type { FeaturesEntry, ModelEntry, Place } from './scope.ts';
import { lowerTraining } from './training.ts';

export function lowerLearning(
  cx: Context,
  place: Place,
  all: readonly Declaration[],
): Pick<Program, 'blocks' | 'labels' | 'models'> {
  const values = [...place.scope.values.values()];
  const own = values.filter((entry): entry is ModelEntry => entry.kind === 'model');
  const trains = trainsOf(cx, place, all);
  for (const entry of values) if (entry.kind === 'features') elaborateBlock(cx, entry);
  for (const entry of own) modelCore(cx, entry);
  const configured = cx.configured === 'broken' ? undefined : cx.configured;
  const inDocument = configured ? [...configured.model.place.scope.values.values()] : [];
  const labels = lowerLabels(cx, [...values, ...inDocument]);
  const models = own.flatMap(entry => declaredModel(cx, entry, trains.get(entry.declaration.name.text), labels) ?? []);
  const model = configured && configuredModelOf(cx, configured.model, configured.train, labels);
  return {
    blocks: blocksOf([...values, ...inDocument].filter(entry => entry.kind === 'features')),
    labels: labels.all,
    models: model ? [...models, model] : models,
  };
}

function blocksOf(entries: readonly FeaturesEntry[]): readonly FeatureBlock[] {
  return entries.toSorted((a, b) => a.index - b.index).flatMap(entry => entry.block ?? []);
}

/** Trainings by the name of their model; those of nothing are reported. */
function trainsOf(cx: Context, place: Place, all: readonly Declaration[]): ReadonlyMap<string, TrainDeclaration> {
  const trains = new Map<string, TrainDeclaration>();
  for (const train of ofKind(all, 'train')) {
    const { model } = train;
    const entry = place.scope.values.get(model.text);
    const first = trains.get(model.text);
    if (entry?.kind === 'broken') continue;
    if (entry?.kind !== 'model') reportUnknown(cx, place, model, 'a model', 'model');
    else if (isFile(entry.declaration))
      report(cx, 0, { code: MODEL_CODE.nothingToTrain, span: train.span, facts: { name: model.text } });
    else if (first)
      report(cx, 0, {
        code: DECLARATION_CODE.blockTwice,
        span: train.span,
        facts: { block: `train ${model.text}` },
        related: [{ file: fileOf(cx, 0), span: first.span, message: 'the first one' }],
      });
    else trains.set(model.text, train);
  }
  return trains;
}

function declaredModel(
  cx: Context,
  entry: ModelEntry,
  written: TrainDeclaration | undefined,
  labels: Labels,
): Model | undefined {
  const elaborator = elaboratorAt(cx, entry.place);
  const train = written ?? documentTraining(cx, entry.declaration);
  const training = train && lowerTraining(train, modelCore(cx, entry), elaborator);
  return lowerModel(cx, entry, { labels, training, configured: false }, elaborator);
}

function configuredModelOf(cx: Context, entry: ModelEntry, train: TrainDeclaration, labels: Labels): Model | undefined {
  const elaborator = elaboratorAt(cx, entry.place);
  const training = lowerTraining(train, modelCore(cx, entry), elaborator);
  return lowerModel(cx, entry, { labels, training, configured: true }, elaborator);
}
