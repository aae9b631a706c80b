/** Figures as narrow as they can be read: the report's, with signs, and shortened where they are huge. */
import { formatNumber, formatPrice, UNDEFINED_FIGURE } from '../../../runtime/report/format.ts';
import { type Span, span } from './line.ts';

/** From here on a figure is written with a power of ten: nobody reads twenty digits. */
const HUGE = 1e13;

export function money(value: number): string {
  return Math.abs(value) >= HUGE ? huge(value) : formatNumber(value, 2);
}

export function price(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return UNDEFINED_FIGURE;
  return Math.abs(value) >= HUGE || (value !== 0 && Math.abs(value) < 1e-10) ? huge(value) : formatPrice(value);
}

function huge(value: number): string {
  return Number.isFinite(value) ? value.toExponential(2).replace('-', '−') : UNDEFINED_FIGURE;
}

/** `+1.25 %`; the sign always, for what may go either way. */
export function signedPercent(share: number, decimals = 2): string {
  if (!Number.isFinite(share)) return UNDEFINED_FIGURE;
  if (Math.abs(share) >= 1e6) return `${plus(share)}${huge(share)}×`;
  return `${plus(share)}${formatNumber(share * 100, decimals)} %`;
}

export function percent(share: number, decimals = 0): string {
  if (!Number.isFinite(share)) return UNDEFINED_FIGURE;
  return Math.abs(share) >= 1e6 ? `${huge(share)}×` : `${formatNumber(share * 100, decimals)} %`;
}

export function signedMoney(value: number): string {
  return `${plus(value)}${money(value)}`;
}

function plus(value: number): string {
  return value > 0 ? '+' : '';
}

/** Green above zero, red below. */
export function gain(text: string, value: number): Span {
  return span(text, value > 0 ? 'good' : value < 0 ? 'bad' : 'plain');
}

/** A length of time in four letters or so: `340 ms`, `12 s`, `4 m`, `3 h 20 m`, `5 d 3 h`. */
export function age(ms: number): string {
  if (!Number.isFinite(ms)) return UNDEFINED_FIGURE;
  const length = Math.max(0, ms);
  if (length < 1000) return `${Math.round(length)} ms`;
  const seconds = Math.floor(length / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} m`;
  const days = Math.floor(hours / 24);
  return days < 100_000 ? `${days} d ${hours % 24} h` : `${huge(days)} d`;
}

export function milliseconds(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return UNDEFINED_FIGURE;
  return ms < 1000 ? `${formatNumber(ms, ms < 10 ? 1 : 0)} ms` : age(ms);
}

export function bytes(count: number | null): string {
  if (count === null || !Number.isFinite(count)) return UNDEFINED_FIGURE;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(count) >= size) ?? ['B', 1];
  const value = count / size;
  return value >= 1e6 ? `${huge(value)} ${unit}` : `${formatNumber(value, value < 10 ? 1 : 0)} ${unit}`;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['TB', 2 ** 40],
  ['GB', 2 ** 30],
  ['MB', 2 ** 20],
  ['kB', 2 ** 10],
];

/** `14:05:09`, UTC. */
export function clockTime(timeMs: number): string {
  return isInstant(timeMs) ? new Date(timeMs).toISOString().slice(11, 19) : '--:--:--';
}

/** `2024-03-01 14:05`, UTC. */
export function instant(timeMs: number | null): string {
  return timeMs !== null && isInstant(timeMs)
    ? new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')
    : UNDEFINED_FIGURE;
}

/** Of a bar: to the second where it does not begin with a minute. */
export function barInstant(timeMs: number | null): string {
  const isWhole = timeMs === null || !isInstant(timeMs) || timeMs % MINUTE_MS === 0;
  return isWhole ? instant(timeMs) : new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');
}

const MINUTE_MS = 60_000;

/** Years of five digits are written longer than the room for them. */
function isInstant(timeMs: number): boolean {
  return timeMs >= 0 && timeMs < 253_402_300_800_000;
}
