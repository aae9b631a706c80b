/** How instants and intervals read in messages and reports: always UTC, always the shortest exact form. */
import type { Period } from '../../language/check/program.ts';

const UNITS: readonly (readonly [string, number])[] = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** `2020-01-01 00:00 UTC`, with seconds and milliseconds only where they are not zero. */
export function instantText(timeMs: number): string {
  if (!Number.isFinite(timeMs) || Math.abs(timeMs) > 8.64e15) return `${timeMs} ms`;
  const iso = new Date(timeMs).toISOString();
  const tail = iso.endsWith(':00.000Z') ? 16 : iso.endsWith('.000Z') ? 19 : 23;
  return `${iso.slice(0, 10)} ${iso.slice(11, tail)} UTC`;
}

/** `15m`, `1h`, `1d`; the largest unit that divides the interval. Seven days are `7d`, as traders write them. */
export function intervalText(ms: number): string {
  for (const [unit, size] of UNITS) {
    if (unit !== 'w' && ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

export function periodText(period: Period): string {
  if (period.kind === 'months') return period.months % 12 === 0 ? `${period.months / 12}y` : `${period.months}mo`;
  return period.ms % 604_800_000 === 0 ? `${period.ms / 604_800_000}w` : intervalText(period.ms);
}

/** `2d 5h 30m`: a length of time for a person, at most three units. */
export function lengthText(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of UNITS) {
    if (unit === 'w' || rest < size || parts.length === 3) continue;
    parts.push(`${Math.floor(rest / size)}${unit}`);
    rest %= size;
  }
  return parts.length > 0 ? parts.join(' ') : '0s';
}
