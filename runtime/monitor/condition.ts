/**
 * The conditions of alert rules, a language of one line:
 *
 *     drawdown > 10%          a metric, a comparison, a number with its unit
 *     errors in 10m > 5       how much a counter grew over a time
 *     unprotected             a trouble of the run, or its end: a word of `TROUBLES`
 *
 * A metric with labels meets the condition where one of its samples does; `model_drift(up) > 0.25` looks at one alone, and
 * `event_loop_lag(0.99)` too: what stands in brackets is the value of one of its labels.
 */
import { mostSimilar } from '../../language/syntax/similar.ts';
import type { RunStatus } from '../live/status.ts';
import { DEGRADED_CODES, METRICS, type Metric, type MetricUnit, type Sample } from './metrics-table.ts';

export type Comparison = '>' | '>=' | '<' | '<=';

export type Condition =
  | { readonly kind: 'trouble'; readonly word: string }
  | {
      readonly kind: 'metric';
      readonly metric: Metric;
      /** Value of a label. */
      readonly only?: string;
      /** Of a counter: how long back it is compared. */
      readonly windowMs?: number;
      readonly comparison: Comparison;
      readonly bound: number;
    };

/** What meets a condition now; none: it does not hold. `text`: in the run's own words. */
export interface Finding {
  readonly text: string;
  readonly value?: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Text that is no condition; the message says what is wrong with it and what can be written. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
}

// ---------------------------------------------------------------- reading

const FORM = /^([a-z_]+)(?:\(([^)]*)\))?(?:\s+in\s+(\S+))?\s*(>=|<=|>|<)\s*(-?[\d.]+)\s*([a-zA-Z%]*)$/;

export function parseCondition(text: string): Condition {
  const words = text.trim().replaceAll(/\s+/g, ' ');
  const trouble = TROUBLES.find(({ word }) => word === words.replaceAll('_', ' '));
  if (trouble !== undefined) return { kind: 'trouble', word: trouble.word };
  const [matched, name = '', only, window, comparison, number, unit = ''] = FORM.exec(words) ?? [];
  if (matched === undefined) throw new ConditionError(notOne(words));
  const metric = METRICS.find(candidate => candidate.name === name);
  if (metric === undefined) throw new ConditionError(unknownName(name));
  const value = Number(number);
  const scale = UNITS[metric.unit]?.[unit];
  if (!Number.isFinite(value)) throw new ConditionError(`\`${number}\` is no number`);
  if (scale === undefined) {
    const units = Object.keys(UNITS[metric.unit] ?? {}).filter(known => known !== '');
    const may = units.length === 0 ? 'has no unit' : `is in ${units.join(', ')}`;
    throw new ConditionError(`\`${name}\` ${may}, not in \`${unit}\``);
  }
  if (window !== undefined && metric.type !== 'counter') {
    throw new ConditionError(`\`${name}\` is no counter, so \`in ${window}\` says nothing of it`);
  }
  if (only !== undefined && metric.labels.length === 0) throw new ConditionError(`\`${name}\` has no labels`);
  return {
    kind: 'metric',
    metric,
    ...(only !== undefined && { only: only.trim() }),
    ...(window !== undefined && { windowMs: durationMs(window) }),
    comparison: comparison as Comparison,
    bound: value * scale,
  };
}

function notOne(text: string): string {
  const word = mostSimilar(text, NAMES);
  return `\`${text}\` is no condition${word === undefined ? '' : `; did you mean \`${word}\`?`}`;
}

function unknownName(name: string): string {
  const similar = mostSimilar(name, NAMES);
  return `there is no metric \`${name}\`${similar === undefined ? '' : `; did you mean \`${similar}\`?`}`;
}

const TIMES: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30s`, `5m`, `1h`, `1d`, in milliseconds. */
export function durationMs(text: string): number {
  const [, number, unit = ''] = /^([\d.]+) ?(ms|s|m|min|h|d)$/.exec(text.trim()) ?? [];
  const ms = Number(number) * (TIMES[unit] ?? Number.NaN);
  if (!Number.isFinite(ms)) throw new ConditionError(`\`${text}\` is no time, as \`30s\`, \`5m\` or \`1h\` is`);
  return ms;
}

const PLAIN = { '': 1 };
const SECONDS = Object.fromEntries(Object.entries(TIMES).map(([unit, ms]) => [unit, ms / 1000]));
const UNITS: Readonly<Record<MetricUnit, Readonly<Record<string, number>>>> = {
  ratio: { '': 1, '%': 0.01, bp: 0.0001 },
  seconds: SECONDS,
  bytes: { '': 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  money: PLAIN,
  quantity: PLAIN,
  count: PLAIN,
  flag: PLAIN,
  plain: PLAIN,
};

// ---------------------------------------------------------------- troubles

export interface Trouble {
  readonly word: string;
  readonly doc: string;
  readonly find: (status: RunStatus) => readonly Finding[];
}

function ofDegraded(code: RunStatus['degraded'][number]['code'], doc: string): Trouble {
  return {
    word: code,
    doc,
    find: ({ degraded }) =>
      degraded
        .filter(trouble => trouble.code === code)
        .map(({ text, symbol }) => ({ text, labels: symbol === undefined ? {} : { instrument: symbol } })),
  };
}

const DEGRADED_DOCS: Readonly<Record<RunStatus['degraded'][number]['code'], string>> = {
  blind: 'the venue takes no calls for a while',
  disconnected: 'the connection to the venue is down',
  stale: 'a bar is overdue',
  clock: 'the clock jumped, and is being measured anew',
  'unknown order': 'it is not known what became of an order',
  unprotected: 'a position has no working protection',
  foreign: 'something at the venue is not of this run',
  'not trading': 'the venue does not trade the market now',
  disk: 'the journal cannot be written',
  model: 'a model does not answer',
  'claimed twice': 'another run trades the same instrument',
};

export const TROUBLES: readonly Trouble[] = [
  ...DEGRADED_CODES.map(code => ofDegraded(code, DEGRADED_DOCS[code])),
  {
    word: 'killed',
    doc: 'the kill switch is on',
    find: ({ state, why = '' }) =>
      state === 'stopped' && why.startsWith('stopped by') ? [{ text: why, labels: {} }] : [],
  },
  {
    word: 'failed',
    doc: 'the run has ended by an error',
    find: ({ state, why = 'the reason is not known' }) => (state === 'failed' ? [{ text: why, labels: {} }] : []),
  },
];

const NAMES: readonly string[] = [...TROUBLES.map(({ word }) => word), ...METRICS.map(({ name }) => name)];

// ---------------------------------------------------------------- holding it against a run

const HOLDS: Readonly<Record<Comparison, (value: number, bound: number) => boolean>> = {
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};

/** A condition with what it remembers of a counter. */
export interface Watch {
  /** What meets the condition; `nowMs` on a clock that never goes back. */
  look(status: RunStatus, nowMs: number): readonly Finding[];
}

export function watchOf(condition: Condition): Watch {
  if (condition.kind === 'trouble') {
    const trouble = TROUBLES.find(({ word }) => word === condition.word);
    return { look: status => trouble?.find(status) ?? [] };
  }
  const { metric, only, windowMs, comparison, bound } = condition;
  const read = windowMs === undefined ? metric.read : growth(metric, windowMs);
  return {
    look: (status, nowMs) =>
      read(status, nowMs)
        .filter(({ labels }) => only === undefined || Object.values(labels).includes(only))
        .filter(({ value }) => HOLDS[comparison](value, bound))
        .map(({ value, labels }) => ({ text: sentence(metric, value, labels), value, labels })),
  };
}

/** A window is looked at as finely as this. */
const KEPT_OF_A_WINDOW = 600;

/** How much each sample of a counter grew over the window, or since it is watched. */
function growth({ read }: Metric, windowMs: number): (status: RunStatus, nowMs: number) => readonly Sample[] {
  const seen: { readonly atMs: number; readonly samples: readonly Sample[] }[] = [];
  return (status, nowMs) => {
    const samples = read(status);
    const last = seen.at(-1);
    if (last === undefined || nowMs - last.atMs >= windowMs / KEPT_OF_A_WINDOW) seen.push({ atMs: nowMs, samples });
    while (seen.length > 1 && (seen[1]?.atMs ?? nowMs) <= nowMs - windowMs) seen.shift();
    const before = seen[0]?.samples ?? [];
    return samples.map(({ labels, value }) => {
      const then = before.find(sample => sameLabels(sample.labels, labels))?.value ?? 0;
      return { labels, value: value - then };
    });
  };
}

function sameLabels(a: Sample['labels'], b: Sample['labels']): boolean {
  return Object.entries(a).every(([name, value]) => b[name] === value);
}

function sentence({ name, unit }: Metric, value: number, labels: Sample['labels']): string {
  const of = Object.values(labels).join(', ');
  const what = `${name.replaceAll('_', ' ')}${of === '' ? '' : ` of ${of}`}`;
  return unit === 'flag' && value === 1 ? what : `${what} is ${figure(value, unit)}`;
}

function figure(value: number, unit: MetricUnit): string {
  if (unit === 'ratio') return `${Number((value * 100).toPrecision(4))}%`;
  if (unit === 'bytes') return `${Number((value / 1e6).toPrecision(4))} MB`;
  if (unit === 'seconds') return `${Number(value.toPrecision(4))} s`;
  return String(Number(value.toPrecision(6)));
}
