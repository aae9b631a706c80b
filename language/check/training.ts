/** `train m walk_forward { window: 2y  retrain: 3mo  valid: 20% }`: which rows a model learns from, and when. */
import type { Duration, Expression, Property, TrainDeclaration } from '../syntax/tree.ts';
import { periodOf } from './calendar.ts';
import { DECLARATION_CODE, MODEL_CODE } from './declaration-codes.ts';
import type { Elaborator } from './elaborator.ts';
import { defaultMetric } from './metrics.ts';
import type { KFold, Search, Split, Training } from './model.ts';
import { metricNamed } from './models.ts';
import type { Period } from './program.ts';
import {
  choiceOf,
  durationOf,
  expressionOf,
  type Properties,
  readProperties,
  wordOf,
  wrongShape,
} from './properties.ts';
import type { ModelCore } from './scope.ts';
import { constantOf, countOf, dateMsOf, flagOf, lengthMsOf, numberIn } from './setting-values.ts';
import { nearest } from './suggest.ts';

const COMMON = ['valid', 'refit', 'early_stopping_rounds', 'min_rows', 'search'] as const;
/** `embargo` is known everywhere, so that a walk-forward can say why it needs none. */
const METHODS = {
  walk_forward: [...COMMON, 'window', 'from', 'retrain', 'train_lag', 'embargo'],
  hold_out: [...COMMON, 'at', 'train_lag', 'embargo'],
  purged_kfold: [...COMMON, 'folds', 'embargo'],
  combinatorial: [...COMMON, 'folds', 'test', 'embargo'],
} as const;
type Method = keyof typeof METHODS;
const METHOD_NAMES = Object.keys(METHODS) as readonly Method[];

const DEFAULT_MIN_ROWS = 500;
const DEFAULT_ROUNDS = 50;
const DEFAULT_LAG_MS = 3_600_000;
const SHARE = { low: 0, high: 1, above: true, below: true, words: 'between 0 and 1, such as `20%`' };

type TrainProperties = Properties<string>;

export function lowerTraining(
  declaration: TrainDeclaration,
  core: ModelCore | undefined,
  elaborator: Elaborator,
): Training | undefined {
  const method = METHOD_NAMES.find(name => name === declaration.method.text);
  if (!method) {
    reportMethod(declaration, elaborator);
    return undefined;
  }
  const properties: TrainProperties = readProperties(
    declaration.properties,
    METHODS[method] as readonly string[],
    `\`train … ${method}\``,
    elaborator,
  );
  const split = splitOf(method, declaration, properties, elaborator);
  const valid = constantOf(properties.get('valid'), SHARE, elaborator);
  const rounds = countOf(properties.get('early_stopping_rounds'), 1, elaborator);
  const stopping = rounds ?? (valid === undefined ? undefined : DEFAULT_ROUNDS);
  refuseWithoutValid(properties, valid, elaborator);
  const search = searchOf(properties.get('search'), core, elaborator);
  return (
    split && {
      split,
      ...(valid !== undefined && { valid }),
      refit: flagOf(properties.get('refit'), elaborator) ?? false,
      ...(stopping !== undefined && { earlyStoppingRounds: stopping }),
      minRows: countOf(properties.get('min_rows'), 1, elaborator) ?? DEFAULT_MIN_ROWS,
      ...(search && { search }),
      span: declaration.span,
    }
  );
}

function reportMethod({ method }: TrainDeclaration, elaborator: Elaborator): void {
  const suggestion = nearest(method.text, METHOD_NAMES);
  elaborator.report({
    code: MODEL_CODE.unknownMethod,
    span: method.span,
    facts: { name: method.text, known: METHOD_NAMES.map(name => `\`${name}\``).join(' '), suggestion },
    ...(suggestion !== undefined && {
      fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: method.span, text: suggestion }] },
    }),
  });
}

/** Stopping early and choosing rounds to refit with need rows that were not learned from. */
function refuseWithoutValid(properties: TrainProperties, valid: number | undefined, elaborator: Elaborator): void {
  if (valid !== undefined || properties.has('valid') || properties.isMisspelt('valid')) return;
  for (const key of ['early_stopping_rounds', 'refit']) {
    const property = properties.get(key);
    if (!property) continue;
    const facts = { property: 'valid', where: `\`train\` with \`${key}\``, example: 'valid: 20%' };
    elaborator.report({ code: DECLARATION_CODE.propertyMissing, span: property.span, facts });
  }
}

// ---------------------------------------------------------------- splits

function splitOf(
  method: Method,
  declaration: TrainDeclaration,
  properties: TrainProperties,
  elaborator: Elaborator,
): Split | undefined {
  const embargo = properties.get('embargo');
  if (embargo && (method === 'walk_forward' || method === 'hold_out'))
    elaborator.report({ code: MODEL_CODE.embargoUnneeded, span: embargo.span, facts: { method } });
  switch (method) {
    case 'walk_forward': {
      const window = windowOf(declaration, properties, elaborator);
      const every = needed('retrain', 'retrain: 3mo', declaration, properties, elaborator);
      const retrain = durationOf(every, elaborator);
      const trainLagMs = trainLag(properties, elaborator);
      if (!window || !retrain) return undefined;
      return { kind: 'walk_forward', window, retrain: periodOf(retrain), trainLagMs };
    }
    case 'hold_out': {
      const at = needed('at', 'at: 2024-01-01', declaration, properties, elaborator);
      const expression = expressionOf(at, 'a date, such as `2024-01-01`', elaborator);
      const atMs = expression && dateMsOf(expression, '`at`', elaborator);
      const trainLagMs = trainLag(properties, elaborator);
      return atMs === undefined ? undefined : { kind: 'hold_out', atMs, trainLagMs };
    }
    case 'purged_kfold':
    case 'combinatorial':
      return kFoldOf(method, properties, elaborator);
  }
}

function needed(
  key: string,
  example: string,
  declaration: TrainDeclaration,
  properties: TrainProperties,
  elaborator: Elaborator,
): Property | undefined {
  const property = properties.get(key);
  if (!property && !properties.isMisspelt(key)) {
    const facts = { property: key, where: `\`train … ${declaration.method.text}\``, example };
    elaborator.report({ code: DECLARATION_CODE.propertyMissing, span: declaration.method.span, facts });
  }
  return property;
}

/** `window: 2y`, or `window: expanding  from: 2020-01-01`. */
function windowOf(
  declaration: TrainDeclaration,
  properties: TrainProperties,
  elaborator: Elaborator,
): Extract<Split, { kind: 'walk_forward' }>['window'] | undefined {
  const property = needed('window', 'window: 2y', declaration, properties, elaborator);
  const from = properties.get('from');
  if (!property) return undefined;
  if (wordOf(property) === 'expanding') {
    const since = needed('from', 'from: 2020-01-01', declaration, properties, elaborator);
    const expression = expressionOf(since, 'a date, such as `2020-01-01`', elaborator);
    const fromMs = expression && dateMsOf(expression, '`from`', elaborator);
    return fromMs === undefined ? undefined : { kind: 'expanding', fromMs };
  }
  const { value } = property;
  const length: Duration | undefined =
    value.kind === 'expression' && value.expression.kind === 'duration' ? value.expression.duration : undefined;
  if (!length) wrongShape(property, 'a length of time, such as `2y`, or `expanding`', elaborator);
  else if (from) {
    const facts = { property: 'from', where: '`train … walk_forward` whose window has a length' };
    elaborator.report({ code: DECLARATION_CODE.unknownProperty, span: from.key.span, facts });
  }
  return length && { kind: 'rolling', length: periodOf(length) };
}

/** In whole bars of the base clock, at least one. */
function trainLag(properties: TrainProperties, elaborator: Elaborator): number {
  const lag = lengthMsOf(properties.get('train_lag'), elaborator) ?? DEFAULT_LAG_MS;
  const base = elaborator.clocks[0]?.period;
  const bar = base?.kind === 'fixed' ? base.ms : 28 * 86_400_000;
  return Math.max(1, Math.ceil(lag / bar)) * bar;
}

const FOLDS = { purged_kfold: 5, combinatorial: 6 } as const;

function kFoldOf(kind: KFold['kind'], properties: TrainProperties, elaborator: Elaborator): KFold | undefined {
  const folds = countOf(properties.get('folds'), 2, elaborator) ?? FOLDS[kind];
  const test = countOf(properties.get('test'), 1, elaborator) ?? (kind === 'combinatorial' ? 2 : 1);
  const embargo = properties.get('embargo');
  const bars =
    embargo && wordOf(embargo) !== 'auto'
      ? constantOf(embargo, { low: 0, whole: true, words: 'of bars, such as `24 bars`, or `auto`' }, elaborator)
      : 'auto';
  if (test < folds) return { kind, folds, test, embargo: bars ?? 'auto' };
  const property = properties.get('test') ?? properties.get('folds');
  if (property)
    elaborator.report({
      code: DECLARATION_CODE.outOfRange,
      span: property.span,
      facts: { what: '`test`', value: String(test), range: `fewer than the ${folds} folds` },
    });
  return undefined;
}

// ---------------------------------------------------------------- search

const SEARCH_KEYS = ['method', 'trials', 'score', 'inner', 'every'] as const;
const DEFAULT_TRIALS = 40;
const YEAR: Period = { kind: 'months', months: 12 };

function searchOf(
  property: Property | undefined,
  core: ModelCore | undefined,
  elaborator: Elaborator,
): Search | undefined {
  if (!property) return undefined;
  if (property.value.kind !== 'block') {
    wrongShape(property, 'a block, such as `search { method: tpe  trials: 40 }`', elaborator);
    return undefined;
  }
  const properties = readProperties(property.value.properties, SEARCH_KEYS, '`search`', elaborator);
  const every = durationOf(properties.get('every'), elaborator);
  const score = expressionOf(properties.get('score'), 'the name of a metric, such as `log_loss`', elaborator);
  const metric = score && metricNamed({ text: elaborator.textOf(score), span: score.span }, core, elaborator);
  return {
    method: choiceOf(properties.get('method'), ['tpe', 'random', 'grid', 'halving'] as const, elaborator) ?? 'tpe',
    trials: countOf(properties.get('trials'), 1, elaborator) ?? DEFAULT_TRIALS,
    score: metric ?? defaultMetric(core?.objective.kind ?? 'squared'),
    inner: innerOf(properties.get('inner'), elaborator),
    every: every ? periodOf(every) : YEAR,
  };
}

const INNER: KFold = { kind: 'purged_kfold', folds: 4, test: 1, embargo: 'auto' };

/** `inner: purged_kfold(4)`, `inner: combinatorial(6, 2)`. */
function innerOf(property: Property | undefined, elaborator: Elaborator): KFold {
  const expected = 'folds, such as `purged_kfold(4)` or `combinatorial(6, 2)`';
  const expression = expressionOf(property, expected, elaborator);
  if (!property || !expression) return INNER;
  const inner = foldsIn(expression);
  if (!inner) wrongShape(property, expected, elaborator);
  return inner ?? INNER;
}

function foldsIn(expression: Expression): KFold | undefined {
  if (expression.kind !== 'call' || expression.callee.kind !== 'name') return undefined;
  const kind = expression.callee.text;
  const [folds, test = 1, ...others] = expression.arguments.map(argument => numberIn(argument.value));
  if (kind !== 'purged_kfold' && kind !== 'combinatorial') return undefined;
  const isCount = folds !== undefined && Number.isInteger(folds) && Number.isInteger(test) && test >= 1;
  if (!isCount || test >= folds || others.length > 0 || (kind === 'purged_kfold' && test !== 1)) return undefined;
  return { kind, folds, test, embargo: 'auto' };
}
