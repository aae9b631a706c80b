/** Reading the values of settings: plain numbers, words, lengths of time and dates, with the range each must keep. */
import type { Duration, Expression, Property, Range } from '../syntax/tree.ts';
import { fixedMs } from './calendar.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Elaborator } from './elaborator.ts';
import type { Setting } from './model.ts';
import { choiceOf, durationOf, type Properties, valueSpan, wordOf, wrongShape } from './properties.ts';
import type { TrainerSetting } from './trainer-settings.ts';

/** `words` completes "must be …". `above`, `below`: the ends themselves are not allowed. */
export interface Limits {
  readonly low?: number;
  readonly high?: number;
  readonly above?: boolean;
  readonly below?: boolean;
  readonly whole?: boolean;
  readonly words: string;
}

/** A number that is known as it is written: no param, no stream. */
export function numberIn(expression: Expression): number | undefined {
  if (expression.kind === 'unary' && expression.operator === '-') {
    const value = numberIn(expression.operand);
    return value === undefined ? undefined : -value;
  }
  if (expression.kind === 'suffixed' && expression.suffix === 'bars') return numberIn(expression.value);
  if (expression.kind !== 'number') return undefined;
  if (expression.suffix === '%') return expression.value / 100;
  return expression.suffix === 'bp' ? expression.value / 10_000 : expression.value;
}

export function constantOf(property: Property | undefined, limits: Limits, elaborator: Elaborator): number | undefined {
  if (!property) return undefined;
  const value = property.value.kind === 'expression' ? numberIn(property.value.expression) : undefined;
  if (value === undefined) {
    wrongShape(property, `a number ${limits.words}`, elaborator);
    return undefined;
  }
  return isWithin(value, limits) ? value : outOfRange(property, value, limits, elaborator);
}

function isWithin(value: number, { low = -Infinity, high = Infinity, above, below, whole }: Limits): boolean {
  if (whole && !Number.isInteger(value)) return false;
  return (above ? value > low : value >= low) && (below ? value < high : value <= high);
}

function outOfRange(property: Property, value: number, { words }: Limits, elaborator: Elaborator): undefined {
  elaborator.report({
    code: DECLARATION_CODE.outOfRange,
    span: valueSpan(property),
    facts: { what: `\`${property.key.text}\``, value: String(value), range: `a number ${words}` },
  });
  return undefined;
}

/** A whole number of at least `low`. */
export function countOf(property: Property | undefined, low: number, elaborator: Elaborator): number | undefined {
  return constantOf(property, { low, whole: true, words: `that is whole and ${low} or more` }, elaborator);
}

export function flagOf(property: Property | undefined, elaborator: Elaborator): boolean | undefined {
  if (!property) return undefined;
  if (property.value.kind === 'flag') return true;
  const word = choiceOf(property, ['yes', 'no', 'true', 'false'] as const, elaborator);
  return word === undefined ? undefined : word === 'yes' || word === 'true';
}

const MONTH_MS = (365.2425 * 86_400_000) / 12;

/** Milliseconds; months and years count as long as they are on average. */
export function lengthMsOf(from: Property | Duration | undefined, elaborator: Elaborator): number | undefined {
  const duration = from && ('key' in from ? durationOf(from, elaborator) : from);
  if (!duration) return undefined;
  const ms = fixedMs(duration) ?? duration.count * (duration.unit === 'y' ? 12 : 1) * MONTH_MS;
  if (ms > 0) return ms;
  elaborator.report({
    code: DECLARATION_CODE.outOfRange,
    span: duration.span,
    facts: { what: 'a length of time', value: '0', range: 'more than 0' },
  });
  return undefined;
}

/** Midnight UTC of a date. */
export function dateMsOf(expression: Expression, what: string, elaborator: Elaborator): number | undefined {
  const ms = expression.kind === 'date' ? Date.parse(`${expression.text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  elaborator.report({
    code: DECLARATION_CODE.propertyShape,
    span: expression.span,
    facts: { property: what.replaceAll('`', ''), expected: 'a date, such as `2023-12-31`' },
  });
  return undefined;
}

// ---------------------------------------------------------------- a trainer's settings

/** Those that are written, in the order of the trainer's table. */
export function settingsOf(
  known: readonly TrainerSetting[],
  properties: Properties<string>,
  elaborator: Elaborator,
): readonly Setting[] {
  return known.flatMap(setting => {
    const property = properties.get(setting.name);
    return property ? (settingOf(setting, property, elaborator) ?? []) : [];
  });
}

function settingOf(setting: TrainerSetting, property: Property, elaborator: Elaborator): Setting | undefined {
  const { name } = setting;
  const { span } = property;
  if (setting.kind === 'flag') {
    const value = flagOf(property, elaborator);
    return value === undefined ? undefined : { name, value, span };
  }
  if (setting.kind === 'choice') {
    const value = textOrChoice(property, setting.of, elaborator);
    return value === undefined ? undefined : { name, value, span };
  }
  const limits = limitsOf(setting);
  if (property.value.kind !== 'tuned') {
    const value = constantOf(property, limits, elaborator);
    return value === undefined ? undefined : { name, value, span };
  }
  const value = numberIn(property.value.value);
  const range = rangeOf(property, property.value.range, limits, elaborator);
  if (value === undefined) wrongShape(property, `a number ${limits.words}`, elaborator);
  if (value === undefined || !range) return undefined;
  if (value < range.low || value > range.high) {
    const words = `inside its own range, ${range.low} to ${range.high}`;
    return outOfRange(property, value, { words }, elaborator);
  }
  return isWithin(value, limits) ? { name, value, range, span } : outOfRange(property, value, limits, elaborator);
}

function textOrChoice(property: Property, choices: readonly string[], elaborator: Elaborator): string | undefined {
  const { value } = property;
  const text = value.kind === 'expression' && value.expression.kind === 'string' ? value.expression.value : undefined;
  if (text !== undefined && wordOf(property) === undefined && choices.includes(text)) return text;
  return choiceOf(property, choices, elaborator);
}

function rangeOf(
  property: Property,
  range: Range,
  limits: Limits,
  elaborator: Elaborator,
): NonNullable<Setting['range']> | undefined {
  const low = numberIn(range.low);
  const high = numberIn(range.high);
  const step = range.step && numberIn(range.step);
  const sound = low !== undefined && high !== undefined && low < high && (range.step ? (step ?? 0) > 0 : true);
  if (!sound) {
    wrongShape(property, 'a value and a range, such as `400 in 100..800 step 100`', elaborator);
    return undefined;
  }
  for (const end of [low, high]) if (!isWithin(end, limits)) return outOfRange(property, end, limits, elaborator);
  return { low, high, ...(step !== undefined && { step }) };
}

function limitsOf(setting: Extract<TrainerSetting, { kind: 'number' | 'integer' }>): Limits {
  const { min, max, open } = setting;
  const from = open ? `above ${min}` : `of ${min} or more`;
  const upTo = open ? `above ${min}, up to ${max}` : `from ${min} to ${max}`;
  const ends = min === undefined ? '' : max === undefined ? from : upTo;
  const whole = setting.kind === 'integer';
  return {
    ...(min !== undefined && { low: min }),
    ...(max !== undefined && { high: max }),
    ...(open && { above: true }),
    whole,
    words: [whole ? 'that is whole' : '', ends].filter(Boolean).join(' and ') || 'of any size',
  };
}
