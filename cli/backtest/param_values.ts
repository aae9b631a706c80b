/** `--set name=value`: the value is written as in the strategy (`26 bars`, `5%`, `25bp`, `3d`, `ema`) or as a number. */
import { fixedMs } from '../../language/check/calendar.ts';
import type { Param } from '../../language/check/program.ts';
import { mostSimilar } from '../../language/syntax/similar.ts';
import type { DurationUnit } from '../../language/syntax/tree.ts';
import { CommandError, usageError } from '../errors.ts';

export type ParamValues = Readonly<Record<string, number>>;

/** Throws a `CommandError` that names the param, its range and what was meant. */
export function readParamValues(settings: readonly string[], params: readonly Param[]): ParamValues {
  const values: Record<string, number> = {};
  for (const setting of settings) {
    const [name, text] = splitSetting(setting);
    const param = params.find(candidate => candidate.name === name);
    if (param === undefined) throw unknownParam(name, params);
    values[name] = checked(param, text);
  }
  return values;
}

/** How far from a whole number of steps a value may lie and still be one of them, for what decimals lose in binary. */
const STEP_TOLERANCE = 1e-9;

/** One line for each value that a search would pass over: allowed, and worth knowing when results are compared. */
export function betweenSteps(values: ParamValues, params: readonly Param[]): readonly string[] {
  return params.flatMap(param => {
    const { name, step, low = param.value } = param;
    const value = values[name];
    if (value === undefined || step === undefined) return [];
    const steps = (value - low) / step;
    if (Math.abs(steps - Math.round(steps)) <= STEP_TOLERANCE) return [];
    return `${name} = ${showParam(param, value)} is between the steps of a search (step ${showParam(param, step)})`;
  });
}

function splitSetting(setting: string): readonly [string, string] {
  const equals = setting.indexOf('=');
  if (equals <= 0)
    throw usageError(`\`--set ${setting}\` has no value`, 'write `--set name=value`, as in `--set fast=30`');
  return [setting.slice(0, equals).trim(), setting.slice(equals + 1).trim()];
}

function unknownParam(name: string, params: readonly Param[]): CommandError {
  const names = params.map(param => param.name);
  const similar = mostSimilar(name, names);
  const known = names.length === 0 ? 'it has none' : `it has ${names.map(known => `\`${known}\``).join(', ')}`;
  const help = similar === undefined ? known : `did you mean \`${similar}\`?`;
  return usageError(`the strategy has no param \`${name}\``, help);
}

function checked(param: Param, text: string): number {
  const value = readValue(param, text);
  if (value === undefined || Number.isNaN(value)) {
    throw new CommandError('bad-value', `\`${text}\` is no value for \`${param.name}\``, {
      help: `write ${expected(param)}`,
    });
  }
  const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = param;
  if (value >= low && value <= high) return value;
  throw new CommandError('out-of-range', `\`${param.name}\` cannot be ${showParam(param, value)}`, {
    help: `the strategy allows ${rangeText(param)}`,
  });
}

const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(%|bp|bars?)?$/i;
const DURATION = /^(\d+)\s*(ms|mo|s|m|h|d|w|y)$/;

/** As the kernel sees it: ratios as fractions, bars as ticks, durations as milliseconds, choices as index. */
function readValue({ type, choices }: Param, text: string): number | undefined {
  if (type === 'bool') return { true: 1, false: 0 }[text];
  if (type === 'choice') {
    const index = choices?.indexOf(text.replace(/^"(.*)"$/, '$1')) ?? -1;
    return index < 0 ? undefined : index;
  }
  if (type === 'duration') {
    const [, count, unit] = DURATION.exec(text) ?? [];
    if (count === undefined || unit === undefined) return undefined;
    return fixedMs({ count: Number(count), unit: unit as DurationUnit, span: { start: 0, end: 0 } });
  }
  const [, digits, suffix = ''] = NUMBER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = Number(digits);
  switch (suffix.toLowerCase()) {
    case '%':
      return type === 'bars' ? undefined : value / 100;
    case 'bp':
      return type === 'bars' ? undefined : value / 10_000;
    case 'bar':
    case 'bars':
      return type === 'bars' && Number.isInteger(value) ? value : undefined;
    default:
      return type === 'bars' && !Number.isInteger(value) ? undefined : value;
  }
}

function expected({ type, choices }: Param): string {
  switch (type) {
    case 'bool':
      return '`true` or `false`';
    case 'choice':
      return `one of ${(choices ?? []).map(choice => `\`${choice}\``).join(', ')}`;
    case 'duration':
      return 'a duration such as `4h` or `3d`';
    case 'bars':
      return 'a whole number of bars';
    case 'ratio':
      return 'a ratio such as `5%`, `25bp` or `0.05`';
    default:
      return 'a number';
  }
}

function rangeText(param: Param): string {
  const { low, high } = param;
  if (low !== undefined && high !== undefined) return `${showParam(param, low)} to ${showParam(param, high)}`;
  if (low !== undefined) return `${showParam(param, low)} or more`;
  return high === undefined ? 'any value' : `${showParam(param, high)} or less`;
}

const LENGTHS: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** A value as a strategy writes it. */
export function showParam({ type, choices }: Param, value: number): string {
  switch (type) {
    case 'bool':
      return value === 1 ? 'true' : 'false';
    case 'choice':
      return choices?.[value] ?? String(value);
    case 'bars':
      return `${value} bars`;
    case 'ratio':
      return `${Number((value * 100).toPrecision(12))}%`;
    case 'duration': {
      const [unit, size] = LENGTHS.find(([, ms]) => value % ms === 0) ?? ['ms', 1];
      return `${value / size}${unit}`;
    }
    default:
      return String(value);
  }
}
