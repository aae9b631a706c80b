/**
 * `predict`, `likeliest` and `drift`: columns that a model gives. Each names, as its arguments, what the model reads, so
 * that warm-up, horizon and taints go through it; nothing is computed from those arguments here.
 */
import type { Argument, Call } from '../syntax/tree.ts';
import type { Matched } from './arguments.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { configuredModel, MODEL } from './configured.ts';
import { appendConstant, type Context, fileOf, report, textAt } from './context.ts';
import { MODEL_CODE } from './declaration-codes.ts';
import { elaborate, misplaced } from './elaborate.ts';
import { elaborateBlock } from './features.ts';
import { lengthInTicks } from './length.ts';
import type { FeatureBlock } from './model.ts';
import { modelCore } from './model-core.ts';
import type { BaseType, NodeId, Unit } from './node.ts';
import {
  asStream,
  type FeaturesEntry,
  lookUp,
  type ModelCore,
  type ModelEntry,
  nearestEntry,
  type Place,
  type Value,
} from './scope.ts';
import type { Site } from './site.ts';
import { optional, required, type SpecialCall } from './special-call.ts';
import { elaborateStream } from './streams.ts';
import { BARS, PLAIN, RATIO } from './units.ts';

interface Source {
  readonly model: ModelEntry;
  readonly core: ModelCore;
  readonly block: FeatureBlock;
  /** Number of the block, where it is another one than the model's own. */
  readonly other?: number;
}

/** What a call predicts with, and from; reports names that mean nothing. */
function sourceOf(
  cx: Context,
  place: Place,
  model: Argument | undefined,
  features: Argument | undefined,
): Source | undefined {
  const entry = model && modelNamed(cx, place, model);
  const from = features && blockNamed(cx, place, features);
  const core = entry && modelCore(cx, entry);
  if (!entry || !core || (features && !from)) return undefined;
  if (!from || !features || from === core.features) return { model: entry, core, block: core.block };
  const block = elaborateBlock(cx, from);
  return block && sameColumns(cx, place, features, entry, core.block, block)
    ? { model: entry, core, block, other: from.index }
    : undefined;
}

function sameColumns(
  cx: Context,
  place: Place,
  at: Argument,
  model: ModelEntry,
  own: FeatureBlock,
  other: FeatureBlock,
): boolean {
  const named = (block: FeatureBlock) => block.columns.map(({ name }) => name);
  const [wanted, found] = [named(own), named(other)];
  if (wanted.length === found.length && wanted.every((name, index) => name === found[index])) return true;
  const lacking = wanted.find(name => !found.includes(name));
  report(cx, place.scope.file, {
    code: MODEL_CODE.columnsDiffer,
    span: at.value.span,
    facts: {
      model: model.declaration.name.text,
      block: other.name,
      own: own.name,
      lacking,
      more: lacking === undefined ? found.find(name => !wanted.includes(name)) : undefined,
    },
    related: [{ file: fileOf(cx, place.scope.file), span: own.span, message: 'what it learns from' }],
  });
  return false;
}

function append(
  cx: Context,
  place: Place,
  call: Call,
  { model, core, block, other }: Source,
  type: {
    readonly op: 'predict' | 'drift';
    readonly base: BaseType;
    readonly unit: Unit;
    readonly field?: string;
    readonly value?: number;
    readonly categories?: readonly string[];
  },
): NodeId {
  const { op, base, unit, field, value, categories } = type;
  // The row of another block has its own bars: the condition of the first one says nothing about it.
  const when = core.when === undefined || other !== undefined ? [] : [core.when];
  return cx.builder.append(
    {
      op,
      args: [...block.columns.map(({ node }) => node), ...when],
      attrs: {
        name: model.declaration.name.text,
        ...(field !== undefined && { field }),
        ...(value !== undefined && { value }),
        ...(other !== undefined && { block: other }),
        ...(categories && { categories }),
      },
      base,
      unit,
      clock: block.clock,
      stage: 'series',
      axis: block.axis,
    },
    place.scope.file,
    call.span,
  );
}

function predict(cx: Context, place: Place, [model, features]: Matched, call: Call): Value | undefined {
  const source = sourceOf(cx, place, model, features);
  if (!source) return undefined;
  const { objective, label } = source.core;
  const one = (unit: Unit, field?: string) =>
    append(cx, place, call, source, { op: 'predict', base: 'num', unit, ...(field !== undefined && { field }) });
  switch (objective.kind) {
    case 'softmax':
      return {
        kind: 'record',
        of: 'predict',
        model: source.model.declaration.name.text,
        fields: new Map(objective.classes.map(name => [name, one(RATIO, name)] as const)),
      };
    case 'logistic':
      return asStream(one(RATIO));
    case 'rank':
      return asStream(one(PLAIN));
    default: {
      const learned = label && elaborateStream(cx, label);
      return asStream(one(learned?.kind === 'stream' ? cx.builder.node(learned.node).unit : PLAIN));
    }
  }
}

/** `likeliest(m)`: the class with the highest probability. */
function likeliest(cx: Context, place: Place, [model, features]: Matched, call: Call): Value | undefined {
  const source = sourceOf(cx, place, model, features);
  if (!source) return undefined;
  const { objective } = source.core;
  if (objective.kind !== 'softmax') {
    const what = `the likeliest class of \`${source.model.declaration.name.text}\``;
    misplaced(cx, place, call, what, 'a model that does not tell classes apart');
    return undefined;
  }
  const type = {
    op: 'predict',
    base: 'category',
    unit: PLAIN,
    field: 'likeliest',
    categories: objective.classes,
  } as const;
  return asStream(append(cx, place, call, source, type));
}

const DRIFT_WINDOW = 500;

/** `drift(m)`, `drift(m, prediction)`, with `window = 500 bars`. */
function drift(cx: Context, place: Place, [model, of, window]: Matched, call: Call): Value | undefined {
  const source = sourceOf(cx, place, model, undefined);
  const text = of && textAt(cx, place.scope.file, of.value.span);
  if (of && text !== 'prediction') {
    misplaced(cx, place, of.value, `\`${text}\``, '`drift`, which is of the features unless it says `prediction`');
    return undefined;
  }
  if (!source) return undefined;
  const span = window?.value.span ?? call.span;
  const length = window
    ? elaborate(cx, place, window.value, 'num')
    : appendConstant(cx, place, DRIFT_WINDOW, span, { unit: BARS });
  if (length === undefined) return undefined;
  const site: Site = { place, span: call.span, operation: 'drift', spans: [span] };
  const ticks = lengthInTicks(cx, site, length, { kind: 'length', min: 1 }, source.block.clock, span);
  const value = ticks === undefined ? undefined : cx.builder.constant(ticks);
  if (ticks !== undefined && value === undefined) {
    const facts = { what: 'the window of `drift`', wanted: 'a constant', found: 'a constant or a param' };
    report(cx, place.scope.file, { code: EXPRESSION_CODE.variesTooMuch, span, facts });
  }
  if (value === undefined) return undefined;
  const type = { op: 'drift', base: 'num', unit: PLAIN, value, ...(of && { field: 'prediction' }) } as const;
  return asStream(append(cx, place, call, source, type));
}

// ---------------------------------------------------------------- names

function modelNamed(cx: Context, place: Place, argument: Argument): ModelEntry | undefined {
  const { span } = argument.value;
  const name = { text: textAt(cx, place.scope.file, span), span };
  const entry = lookUp(place.scope, name.text);
  if (entry?.kind === 'model') return entry;
  if (entry?.kind === 'broken') return undefined;
  if (entry) return misplaced(cx, place, argument.value, `\`${name.text}\``, 'this place, which needs a model');
  if (name.text === MODEL) return cx.top && configuredModel(cx, cx.top, span);
  reportUnknown(cx, place, name, 'a model', 'model');
  return undefined;
}

function blockNamed(cx: Context, place: Place, argument: Argument): FeaturesEntry | undefined {
  const { span } = argument.value;
  const name = { text: textAt(cx, place.scope.file, span), span };
  const entry = lookUp(place.scope, name.text);
  if (entry?.kind === 'features') return entry;
  if (entry?.kind === 'broken') return undefined;
  const where = 'this place, which needs a block of features';
  if (entry) return misplaced(cx, place, argument.value, `\`${name.text}\``, where);
  reportUnknown(cx, place, name, 'a block of features', 'features');
  return undefined;
}

export function reportUnknown(
  cx: Context,
  place: Place,
  name: { readonly text: string; readonly span: Argument['span'] },
  wanted: string,
  kind: 'model' | 'features' | 'instrument',
): void {
  const suggestion = nearestEntry(place.scope, name, known => known.kind === kind);
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownName,
    span: name.span,
    facts: { name: name.text, wanted, suggestion },
    ...(suggestion !== undefined && {
      fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: name.span, text: suggestion }] },
    }),
  });
}

export const PREDICTION_CALLS: readonly (readonly [string, SpecialCall])[] = [
  ['predict', { parameters: [required('model'), optional('features')], elaborate: predict }],
  ['likeliest', { parameters: [required('model'), optional('features')], elaborate: likeliest }],
  ['drift', { parameters: [required('model'), optional('of'), optional('window')], elaborate: drift }],
];
