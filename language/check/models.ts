/**
 * `model m = xgboost learn win from x when primary { … }`, read in full: its trainer's settings, the weights of its rows,
 * the steps fitted with it. What it needs to predict is model-core.ts, how it is trained training.ts.
 */
import type { Binary, Expression, ModelDeclaration, Property, Span } from '../syntax/tree.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, report, textAt } from './context.ts';
import { DECLARATION_CODE, MODEL_CODE } from './declaration-codes.ts';
import type { Elaborator } from './elaborator.ts';
import type { Labels } from './labels.ts';
import { METRIC_NAMES } from './metrics.ts';
import type { FittedSteps, Model, Objective, Selection, Training } from './model.ts';
import { isFile, modelCore, trainerOf } from './model-core.ts';
import { choiceOf, expressionOf, type Properties, readProperties, wrongShape } from './properties.ts';
import type { ModelCore, ModelEntry, Place } from './scope.ts';
import { constantOf, countOf, dateMsOf, lengthMsOf, settingsOf } from './setting-values.ts';
import { nearest } from './suggest.ts';
import { TRAINER_NAMES, TRAINER_SETTINGS } from './trainer-settings.ts';
import { weightOf } from './weights.ts';

export const MODEL_KEYS = [
  'objective',
  'weight',
  'seed',
  'scale',
  'clip',
  'impute',
  'select',
  'calibrate',
  'accept',
  'max_age',
  'device',
  'on_failure',
] as const;
type ModelProperties = Properties<string>;

export interface Trained {
  readonly labels: Labels;
  readonly training: Training | undefined;
  readonly configured: boolean;
}

/** The whole record; `undefined` where something that it cannot do without is broken. */
export function lowerModel(
  cx: Context,
  entry: ModelEntry,
  { labels, training, configured }: Trained,
  elaborator: Elaborator,
): Model | undefined {
  const { declaration, place } = entry;
  const { name, span, when } = declaration;
  const trainer = trainerOf(declaration);
  const core = modelCore(cx, entry);
  const known = trainer === undefined ? [] : TRAINER_SETTINGS[trainer];
  const source = sourceOf(cx, place, declaration, elaborator);
  const keys = isFile(declaration)
    ? ['objective', 'device', 'on_failure', 'max_age']
    : [...MODEL_KEYS, ...known.map(setting => setting.name)];
  const where = trainer === undefined ? `model \`${name.text}\`` : `\`${trainer}\``;
  // Without a trainer nobody knows which settings it would have.
  const properties: ModelProperties = source
    ? readProperties(declaration.properties, keys, where, elaborator)
    : { get: () => undefined, has: () => false, isMisspelt: () => false };
  const settings = settingsOf(known, properties, elaborator);
  const steps = stepsOf(properties, trainer, core, elaborator);
  const weight = core && weightOf(cx, place, properties.get('weight'), core, labels, elaborator);
  const accept = acceptOf(properties.get('accept'), core, elaborator);
  refuseWithoutValid(properties, { accept, steps, objective: core?.objective }, training, elaborator);
  if (core) refuseRankAlone(properties.get('objective'), core, elaborator);
  const seed = countOf(properties.get('seed'), 0, elaborator) ?? 0;
  const maxAgeMs = lengthMsOf(properties.get('max_age'), elaborator);
  const device = choiceOf(properties.get('device'), ['auto', 'cpu', 'cuda', 'webgpu'] as const, elaborator) ?? 'auto';
  const onFailure = choiceOf(properties.get('on_failure'), ['hold', 'flat', 'last'] as const, elaborator) ?? 'hold';
  const label = core?.label && labels.numbers.get(core.label);
  if (!core || !source || (core.label && label === undefined)) return undefined;
  return {
    name: name.text,
    source,
    ...(label !== undefined && { label }),
    block: core.features.index,
    ...(core.when !== undefined &&
      when && { when: { node: core.when, text: textAt(cx, place.scope.file, when.span) } }),
    ...(weight && { weight }),
    objective: core.objective,
    settings,
    seed,
    steps,
    ...(accept && { accept }),
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    device,
    onFailure,
    ...(training && { training }),
    configured,
    span,
  };
}

interface Measured {
  readonly accept: Model['accept'];
  readonly steps: FittedSteps;
  readonly objective: Objective | undefined;
}

/** What is measured or fitted on rows that were not learned from needs some. */
function refuseWithoutValid(
  properties: ModelProperties,
  { accept, steps, objective }: Measured,
  training: Training | undefined,
  elaborator: Elaborator,
): void {
  if (training === undefined || training.valid !== undefined) return;
  const calibrates = steps.calibrate !== 'none' && (objective?.kind === 'logistic' || objective?.kind === 'softmax');
  for (const key of [...(accept ? ['accept'] : []), ...(calibrates ? ['calibrate'] : [])]) {
    const property = properties.get(key);
    if (!property) continue;
    const facts = { property: 'valid', where: `\`train\` of a model with \`${key}\``, example: 'valid: 20%' };
    elaborator.report({ code: DECLARATION_CODE.propertyMissing, span: property.span, facts });
  }
}

/** A rank of one member says nothing. */
function refuseRankAlone(
  objective: Property | undefined,
  { block, objective: { kind } }: ModelCore,
  elaborator: Elaborator,
): void {
  if (!objective || kind !== 'rank' || block.axis !== null) return;
  const facts = {
    objective: 'rank',
    of: 'learned across a universe, not of one instrument',
    choices: '`squared` `huber` `quantile`',
  };
  elaborator.report({ code: MODEL_CODE.objectiveUnfit, span: objective.span, facts });
}

// ---------------------------------------------------------------- where it comes from

function sourceOf(
  cx: Context,
  place: Place,
  { trainer: written, name }: ModelDeclaration,
  elaborator: Elaborator,
): Model['source'] | undefined {
  if (written.kind === 'name') {
    const trainer = TRAINER_NAMES.find(known => known === written.text);
    if (trainer) return { kind: 'trained', trainer };
    reportTrainer(written, elaborator);
    return undefined;
  }
  if (written.callee.kind !== 'name' || written.callee.text !== 'onnx') {
    const trainer = TRAINER_NAMES.find(known => written.callee.kind === 'name' && known === written.callee.text);
    if (trainer) {
      const facts = { what: `the parts of \`${trainer}\` in parentheses`, where: 'a model', text: name.text };
      report(cx, place.scope.file, { code: EXPRESSION_CODE.misplaced, span: written.span, facts });
    } else
      reportTrainer({ text: textAt(cx, place.scope.file, written.callee.span), span: written.callee.span }, elaborator);
    return undefined;
  }
  const [path, ...others] = written.arguments;
  const until = others.find(argument => argument.name?.text === 'trained_to');
  const strange = others.find(argument => argument !== until);
  if (path?.value.kind !== 'string' || path.name || strange) {
    const span = strange?.span ?? path?.span ?? written.span;
    const facts = { what: 'this', where: '`onnx("path.onnx", trained_to = 2023-12-31)`', text: name.text };
    report(cx, place.scope.file, { code: EXPRESSION_CODE.misplaced, span, facts });
    return undefined;
  }
  const trainedToMs = until && dateMsOf(until.value, '`trained_to`', elaborator);
  return { kind: 'file', path: path.value.value, ...(trainedToMs !== undefined && { trainedToMs }) };
}

function reportTrainer(name: { readonly text: string; readonly span: Span }, elaborator: Elaborator): void {
  const suggestion = nearest(name.text, TRAINER_NAMES);
  elaborator.report({
    code: MODEL_CODE.unknownTrainer,
    span: name.span,
    facts: { name: name.text, known: TRAINER_NAMES.map(known => `\`${known}\``).join(' '), suggestion },
    ...(suggestion !== undefined && {
      fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: name.span, text: suggestion }] },
    }),
  });
}

// ---------------------------------------------------------------- fitted steps

function stepsOf(
  properties: ModelProperties,
  trainer: string | undefined,
  core: ModelCore | undefined,
  elaborator: Elaborator,
): FittedSteps {
  const smooth = trainer === 'ridge' || trainer === 'logistic' || trainer === 'mlp';
  const scale = choiceOf(properties.get('scale'), ['standard', 'robust', 'none'] as const, elaborator);
  const clip = constantOf(properties.get('clip'), { low: 0, above: true, words: 'above 0' }, elaborator);
  const calibrate = properties.get('calibrate');
  const chosen = choiceOf(calibrate, ['isotonic', 'platt', 'none'] as const, elaborator) ?? 'none';
  const kind = core?.objective.kind;
  if (calibrate && chosen !== 'none' && kind !== undefined && kind !== 'logistic' && kind !== 'softmax')
    elaborator.report({
      code: MODEL_CODE.objectiveUnfit,
      span: calibrate.span,
      facts: { objective: `calibrate: ${chosen}`, of: 'a number', choices: 'a label of conditions or classes' },
    });
  return {
    scale: scale ?? (smooth ? 'standard' : 'none'),
    ...(clip !== undefined && { clip }),
    impute: choiceOf(properties.get('impute'), ['median', 'none'] as const, elaborator) ?? 'none',
    select: selectionsOf(properties.get('select'), elaborator),
    calibrate: chosen,
  };
}

const SELECTIONS = 'ways to select, such as `variance(0), correlation(0.95), gain(30)`';

/** `variance(0)`, `correlation(0.95)`, `gain(30)`, `permutation(20)`: in the order written. */
function selectionsOf(property: Property | undefined, elaborator: Elaborator): readonly Selection[] {
  if (!property) return [];
  const { value } = property;
  const written =
    value.kind === 'list' ? value.items : value.kind === 'expression' ? [value.expression] : ([] as Expression[]);
  if (written.length === 1 && written[0]?.kind === 'name' && written[0].text === 'none') return [];
  const selections = written.map(selectionOf);
  const sound = selections.filter(selection => selection !== undefined);
  if (sound.length !== selections.length || sound.length === 0) wrongShape(property, SELECTIONS, elaborator);
  return sound;
}

function selectionOf(expression: Expression): Selection | undefined {
  if (expression.kind !== 'call' || expression.callee.kind !== 'name' || expression.arguments.length !== 1)
    return undefined;
  const value = expression.arguments[0]?.value;
  if (value?.kind !== 'number') return undefined;
  const amount = value.suffix === '%' ? value.value / 100 : value.value;
  const by = expression.callee.text;
  switch (by) {
    case 'variance':
      return { by, above: amount };
    case 'correlation':
      return amount > 0 && amount <= 1 ? { by, below: amount } : undefined;
    case 'gain':
    case 'permutation':
      return Number.isInteger(amount) && amount >= 1 ? { by, keep: amount } : undefined;
    default:
      return undefined;
  }
}

// ---------------------------------------------------------------- acceptance

/** `accept: auc >= 0.52`: measured on the valid part. */
function acceptOf(
  property: Property | undefined,
  core: ModelCore | undefined,
  elaborator: Elaborator,
): Model['accept'] | undefined {
  const expected = 'a metric and its bound, such as `auc >= 0.52`';
  const expression = expressionOf(property, expected, elaborator);
  if (!property || !expression) return undefined;
  const comparison = expression.kind === 'binary' ? comparisonOf(expression) : undefined;
  if (!comparison) {
    wrongShape(property, expected, elaborator);
    return undefined;
  }
  const metric = metricNamed(comparison.metric, core, elaborator);
  return metric === undefined ? undefined : { metric, comparison: comparison.comparison, value: comparison.value };
}

function comparisonOf({ left, right, operator }: Binary) {
  if (left.kind !== 'name' || (operator !== '>=' && operator !== '<=')) return undefined;
  const negative = right.kind === 'unary' && right.operator === '-';
  const number = negative ? right.operand : right;
  if (number.kind !== 'number') return undefined;
  const scaled = number.suffix === '%' ? number.value / 100 : number.value;
  return { metric: left, comparison: operator, value: negative ? -scaled : scaled };
}

/** A metric that fits what the model answers. */
export function metricNamed(
  name: { readonly text: string; readonly span: Span },
  core: ModelCore | undefined,
  elaborator: Elaborator,
): string | undefined {
  const kind = core?.objective.kind;
  const fitting = METRIC_NAMES.filter(metric => kind === undefined || metric.of.includes(kind)).map(({ name }) => name);
  if (fitting.includes(name.text)) return name.text;
  const suggestion = nearest(name.text, fitting);
  elaborator.report({
    code: MODEL_CODE.unknownMetric,
    span: name.span,
    facts: { name: name.text, known: fitting.map(metric => `\`${metric}\``).join(' '), suggestion },
    ...(suggestion !== undefined && {
      fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: name.span, text: suggestion }] },
    }),
  });
  return undefined;
}
