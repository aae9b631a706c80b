/**
 * What must be known of a model before anything can be predicted with it: the columns it reads, when, and what its label
 * makes of its answer. Everything else about it is read at the end (models.ts).
 */
import type { Expression, ModelDeclaration, Name, Property } from '../syntax/tree.ts';
import { requireBase } from './apply.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, clockWords, report, textAt, typeWords } from './context.ts';
import { DECLARATION_CODE, MODEL_CODE } from './declaration-codes.ts';
import { elaborate, numberOf } from './elaborate.ts';
import { elaborateBlock } from './features.ts';
import { isLabel } from './labels.ts';
import type { FeatureBlock, Objective, TrainerName } from './model.ts';
import type { Node, NodeId } from './node.ts';
import {
  type FeaturesEntry,
  lookUp,
  type ModelCore,
  type ModelEntry,
  nearestEntry,
  type Place,
  type StreamEntry,
} from './scope.ts';
import { elaborateStream, ownContext } from './streams.ts';
import { nearest } from './suggest.ts';
import { TRAINER_NAMES, TRAINER_OBJECTIVES } from './trainer-settings.ts';

export function modelCore(cx: Context, entry: ModelEntry): ModelCore | undefined {
  if (entry.progress === 'new') {
    entry.progress = 'busy';
    entry.core = ownContext(cx, true, () => coreOf(cx, entry));
    entry.progress = 'done';
  }
  // Still busy: it depends on itself, which the cycle check reports by name.
  return entry.core;
}

function coreOf(cx: Context, { declaration, place }: ModelEntry): ModelCore | undefined {
  const { from, learn, when, name } = declaration;
  const features = featuresNamed(cx, place, from);
  const label = learn && labelNamed(cx, place, learn);
  const block = features && elaborateBlock(cx, features);
  const answer = label && elaborateStream(cx, label);
  const condition = when && block && conditionOf(cx, place, when, block, name);
  const trainer = trainerOf(declaration);
  if (!learn && trainer !== undefined && !isFile(declaration)) {
    const facts = { name: name.text, example: `model ${name.text} = ${trainer} learn … from ${from.text}` };
    report(cx, place.scope.file, { code: MODEL_CODE.nothingToLearn, span: declaration.trainer.span, facts });
    return undefined;
  }
  if (!features || !block || (learn && answer?.kind !== 'stream') || (when && condition === undefined))
    return undefined;
  const learned = answer?.kind === 'stream' ? cx.builder.node(answer.node) : undefined;
  if (learned && learn && !fitsBlock(cx, place, learn, learned, block)) return undefined;
  const objective = objectiveOf(cx, place, declaration, learned);
  return (
    objective && {
      features,
      block,
      objective,
      ...(label && { label }),
      ...(condition !== undefined && { when: condition }),
    }
  );
}

export function isFile({ trainer }: ModelDeclaration): boolean {
  return trainer.kind === 'call' && trainer.callee.kind === 'name' && trainer.callee.text === 'onnx';
}

/** The trainer that the declaration names; reported by models.ts where there is none. */
export function trainerOf({ trainer }: ModelDeclaration): TrainerName | undefined {
  return trainer.kind === 'name' ? TRAINER_NAMES.find(name => name === trainer.text) : undefined;
}

function featuresNamed(cx: Context, place: Place, name: Name): FeaturesEntry | undefined {
  const entry = lookUp(place.scope, name.text);
  if (entry?.kind === 'features') return entry;
  if (entry?.kind !== 'broken') unknown(cx, place, name, 'a block of features', known => known.kind === 'features');
  return undefined;
}

export function labelNamed(cx: Context, place: Place, name: Name): StreamEntry | undefined {
  const entry = lookUp(place.scope, name.text);
  if (isLabel(entry)) return entry;
  if (entry?.kind !== 'broken') unknown(cx, place, name, 'a label', isLabel);
  return undefined;
}

function unknown(
  cx: Context,
  place: Place,
  name: Name,
  wanted: string,
  fits: Parameters<typeof nearestEntry>[2],
): void {
  const suggestion = nearestEntry(place.scope, name, fits);
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownName,
    span: name.span,
    facts: { name: name.text, wanted, suggestion },
    ...(suggestion !== undefined && {
      fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: name.span, text: suggestion }] },
    }),
  });
}

/** `when` of a model: a condition at each tick of the block. */
function conditionOf(cx: Context, place: Place, when: Expression, block: FeatureBlock, name: Name): NodeId | undefined {
  const what = `\`when\` of model \`${name.text}\``;
  const node = elaborate(cx, { ...place, axis: block.axis }, when, 'bool');
  if (node === undefined || !requireBase(cx, { place }, node, 'bool', when.span, what)) return undefined;
  return isOnBlock(cx, place, cx.builder.node(node), when.span, what, block) ? node : undefined;
}

function fitsBlock(cx: Context, place: Place, learn: Name, label: Node, block: FeatureBlock): boolean {
  return isOnBlock(cx, place, label, learn.span, `label \`${learn.text}\``, block);
}

/** A label, a condition or a weight speaks of the rows of a block: it has its clock, and its universe or none. */
export function isOnBlock(
  cx: Context,
  place: Place,
  node: Node,
  span: Name['span'],
  what: string,
  block: FeatureBlock,
): boolean {
  const otherClock = node.clock >= 0 && node.clock !== block.clock;
  const otherAxis = node.axis !== null && node.axis !== block.axis;
  if (!otherClock && !otherAxis) return true;
  const universe = (axis: number | null) =>
    axis === null ? 'one instrument' : `universe \`${cx.universes[axis]?.name}\``;
  report(cx, place.scope.file, {
    code: MODEL_CODE.blockMixed,
    span,
    facts: {
      what,
      block: block.name,
      found: otherClock ? clockWords(cx, node.clock) : universe(node.axis),
      wanted: otherClock ? clockWords(cx, block.clock) : universe(block.axis),
    },
  });
  return false;
}

// ---------------------------------------------------------------- objectives

/** What each kind of label lets a model be trained for; the first one is meant where nothing is said. */
const OBJECTIVES_OF = {
  bool: ['logistic'],
  category: ['softmax'],
  num: ['squared', 'huber', 'quantile', 'rank'],
} as const;
const ALL = ['squared', 'huber', 'quantile', 'logistic', 'softmax', 'rank'] as const;

export function objectiveOf(
  cx: Context,
  place: Place,
  declaration: ModelDeclaration,
  label: Node | undefined,
): Objective | undefined {
  const property = declaration.properties.find(({ key }) => key.text === 'objective');
  const base =
    label === undefined ? undefined : label.base === 'bool' || label.base === 'category' ? label.base : 'num';
  const fitting: readonly string[] = base === undefined ? ALL : OBJECTIVES_OF[base];
  const written = property && namedObjective(property);
  const kind = written?.kind ?? (base === undefined ? 'squared' : OBJECTIVES_OF[base][0]);
  const { file } = place.scope;
  if (property && !ALL.some(one => one === kind)) {
    const suggestion = nearest(kind, ALL);
    const span = property.value.kind === 'expression' ? property.value.expression.span : property.span;
    report(cx, file, {
      code: DECLARATION_CODE.unknownChoice,
      span,
      facts: { property: 'objective', choices: fitting.map(one => `\`${one}\``).join(' or '), suggestion },
      ...(suggestion !== undefined && {
        fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span, text: suggestion }] },
      }),
    });
    return undefined;
  }
  const trainer = trainerOf(declaration);
  const trained = trainer === undefined || TRAINER_OBJECTIVES[trainer].some(one => one === kind);
  if (!fitting.includes(kind) || !trained) {
    report(cx, file, {
      code: MODEL_CODE.objectiveUnfit,
      span: property?.span ?? declaration.trainer.span,
      facts: {
        objective: kind,
        label: declaration.learn?.text,
        of: label && typeWords(label),
        trainer: fitting.includes(kind) ? trainer : undefined,
        choices: fitting.includes(kind) ? trainersFor(kind) : fitting.map(one => `\`${one}\``).join(' '),
      },
    });
    return undefined;
  }
  switch (kind) {
    case 'softmax':
      return { kind, classes: label?.attrs.categories ?? [] };
    case 'quantile':
      return quantileOf(cx, place, property, written?.at);
    default:
      return { kind: kind as Exclude<Objective['kind'], 'softmax' | 'quantile'> };
  }
}

function trainersFor(kind: string): string {
  return TRAINER_NAMES.filter(name => TRAINER_OBJECTIVES[name].some(one => one === kind))
    .map(name => `\`${name}\``)
    .join(' ');
}

/** `rank`, `quantile(0.9)`. */
function namedObjective({ value }: Property): { readonly kind: string; readonly at?: Expression } | undefined {
  if (value.kind !== 'expression') return undefined;
  const { expression } = value;
  if (expression.kind === 'name') return { kind: expression.text };
  if (expression.kind !== 'call' || expression.callee.kind !== 'name') return undefined;
  const at = expression.arguments[0]?.value;
  return { kind: expression.callee.text, ...(at && { at }) };
}

function quantileOf(
  cx: Context,
  place: Place,
  property: Property | undefined,
  at: Expression | undefined,
): Objective | undefined {
  const value = at?.kind === 'number' ? numberOf(at) : undefined;
  if (value !== undefined && value > 0 && value < 1) return { kind: 'quantile', at: value };
  const span = at?.span ?? property?.span;
  if (span) {
    const facts = {
      what: '`quantile`',
      value: textAt(cx, place.scope.file, span),
      range: 'between 0 and 1, such as `quantile(0.9)`',
    };
    report(cx, place.scope.file, { code: DECLARATION_CODE.outOfRange, span, facts });
  }
  return undefined;
}
