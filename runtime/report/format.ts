/**
 * Numbers, dates and lengths as a trader reads them, the same on a terminal and in the report: thin groups of three, a
 * real minus sign, a dash where a figure is undefined.
 */
import type { Period } from '../../language/check/program.ts';
import type { MetricFormat } from './metrics.ts';

export const UNDEFINED_FIGURE = '–';
const MINUS = '\u2212';
const DAY_MS = 86_400_000;

/** What the figures of a run are in. */
export interface Measures {
  readonly currency: string;
  /** A bar of the base clock. */
  readonly period: Period;
}

export function formatMetric(value: number, format: MetricFormat, { currency, period }: Measures): string {
  if (!Number.isFinite(value)) return UNDEFINED_FIGURE;
  switch (format) {
    case 'percent':
      return formatPercent(value);
    case 'number':
      return formatNumber(value, 2);
    case 'money':
      return formatMoney(value, currency);
    case 'count':
      return formatNumber(value, 0);
    case 'bars':
      return formatBars(value, period);
    case 'days':
      return `${formatNumber(value, value < 10 ? 1 : 0)} d`;
    case 'times':
      return `${formatNumber(value, 1)}×`;
  }
}

export function formatNumber(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return UNDEFINED_FIGURE;
  const [whole = '0', fraction] = Math.abs(value).toFixed(decimals).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ' ');
  const digits = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && Number(digits.replace(/ /g, '')) !== 0 ? MINUS + digits : digits;
}

export function formatPercent(value: number, decimals = 2): string {
  return Number.isFinite(value) ? `${formatNumber(value * 100, decimals)} %` : UNDEFINED_FIGURE;
}

export function formatMoney(value: number, currency: string): string {
  return `${formatNumber(value, 2)} ${currency}`;
}

/** `78.5 bars, 3.3 d`: a number of bars, and the time that they take. */
export function formatBars(bars: number, period: Period): string {
  const count = `${formatNumber(bars, Number.isInteger(bars) ? 0 : 1)} ${bars === 1 ? 'bar' : 'bars'}`;
  return bars === 0 ? count : `${count}, ${formatDuration(bars * lengthOf(period))}`;
}

/** In its largest unit from days down: `3.3 d`, `45 m`. */
function formatDuration(ms: number): string {
  const [unit, size] = UNITS.slice(1).find(([, size]) => ms >= size) ?? ['ms', 1];
  const count = ms / size;
  return `${formatNumber(count, Number.isInteger(count) || count >= 10 ? 0 : 1)} ${unit}`;
}

const MEAN_MONTH_MS = (365.2425 / 12) * DAY_MS;

function lengthOf(period: Period): number {
  return period.kind === 'months' ? period.months * MEAN_MONTH_MS : period.ms;
}

/** A price or quantity with as many decimals as it needs for eight significant digits. */
export function formatPrice(value: number): string {
  if (!Number.isFinite(value)) return UNDEFINED_FIGURE;
  const decimals = value === 0 ? 0 : Math.max(0, Math.min(12, 7 - Math.floor(Math.log10(Math.abs(value)))));
  const text = formatNumber(value, decimals);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** `2024-03-01 14:00`, UTC. */
export function formatInstant(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ');
}

/** `2024-03-01`, UTC. */
export function formatDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

const UNITS: readonly (readonly [string, number])[] = [
  ['w', 7 * DAY_MS],
  ['d', DAY_MS],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** A clock's period as the language writes it: `15m`, `1d`, `3mo`. */
export function formatPeriod(period: Period): string {
  if (period.kind === 'months') return period.months % 12 === 0 ? `${period.months / 12}y` : `${period.months}mo`;
  const [unit, size] = UNITS.find(([, ms]) => period.ms % ms === 0) ?? ['ms', 1];
  return `${period.ms / size}${unit}`;
}

/** A length of time in its two largest units: `3 d 4 h`. */
export function formatLength(ms: number): string {
  const parts: string[] = [];
  let rest = Math.round(ms);
  for (const [unit, size] of UNITS.slice(1)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}
