/** What is known of a stream, in a trader's words and as Markdown. */

import type { Unit } from '../../language/check/node.ts';
import type { StreamFacts } from '../../language/check/probe.ts';
import type { Clock, Period } from '../../language/check/program.ts';
import { unitWords } from '../../language/check/units.ts';

export function codeBlock(text: string): string {
  return `\`\`\`vela\n${text}\n\`\`\``;
}

/** Prose for a hover: what an editor would take for HTML is not. */
export function prose(text: string): string {
  return text.replace(/[<>]/g, sign => (sign === '<' ? '&lt;' : '&gt;'));
}

const LENGTHS: readonly (readonly [string, number])[] = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

export function periodText(period: Period): string {
  if (period.kind === 'months') return period.months % 12 === 0 ? `${period.months / 12}y` : `${period.months}mo`;
  const [unit, size] = LENGTHS.find(([, ms]) => period.ms % ms === 0) ?? ['ms', 1];
  return `${period.ms / size}${unit}`;
}

/** "every 1h", "day (every 1d)". */
export function clockText(clock: Clock | undefined): string | undefined {
  if (clock === undefined) return undefined;
  const period = `every ${periodText(clock.period)}`;
  return clock.name === undefined ? period : `${clock.name} (${period})`;
}

/** A unit as short as an inlay hint: `USDT/BTC`, `USDT`, `%`, `bars`. Nothing where a number is just a number. */
export function unitShort(unit: Unit): string | undefined {
  switch (unit.flavour) {
    case 'none': {
      const part = (wanted: (size: number) => boolean) =>
        Object.entries(unit.dimension)
          .filter(([, size]) => wanted(size))
          .map(([asset, size]) => (Math.abs(size) === 1 ? asset : `${asset}^${Math.abs(size)}`))
          .join('·');
      const [over, under] = [part(size => size > 0), part(size => size < 0)];
      return under === '' ? over : `${over || '1'}/${under}`;
    }
    case 'ratio':
      return 'ratio';
    case 'index':
      return '0–100';
    case 'bars':
      return 'bars';
    case 'duration':
      return 'time';
    default:
      return undefined;
  }
}

export function typeText({ node }: Pick<StreamFacts, 'node'>): string {
  switch (node.base) {
    case 'bool':
      return 'a condition';
    case 'category':
      return `one of ${(node.attrs.categories ?? []).map(name => `\`${name}\``).join(', ')}`;
    case 'text':
      return 'a choice of names';
    case 'num':
      return unitWords(node.unit);
  }
}

const STAGE_WORDS = {
  const: 'a constant',
  param: 'fixed for a run',
  meta: 'known when the market is',
  series: '',
} as const;

/** Type, clock, warm-up, window, taint and cost, a line each at most. */
export function factLines(facts: StreamFacts, clocks: readonly Clock[], axis?: string): readonly string[] {
  const { node, warmup, causality, operators, bytes } = facts;
  const clock = clockText(clocks[node.clock]);
  const when = node.stage === 'series' ? clock : STAGE_WORDS[node.stage];
  const first = [typeText(facts), when, axis === undefined ? undefined : `across ${axis}`].filter(part => part);
  const lines = [first.join(' · ')];
  if (node.stage !== 'series') {
    const { value } = facts;
    if (value !== undefined && !Number.isNaN(value)) lines.push(`value ${numberText(value, node.unit)}`);
    return lines;
  }
  const bars = (ticks: number) => (Number.isFinite(ticks) ? `${ticks} ${ticks === 1 ? 'bar' : 'bars'}` : 'never');
  const settled = Number.isFinite(warmup.settled)
    ? `settled after ${bars(warmup.settled)}`
    : 'never settles: it remembers everything';
  lines.push(`ready after ${bars(warmup.ready)} · ${settled}`);
  const low = Number.isFinite(causality.low) ? `${causality.low}` : 'the beginning';
  lines.push(`reads bars ${low} to ${causality.high > 0 ? `+${causality.high}` : 'now'}`);
  if (causality.high > 0) lines.push(`**looks ahead** ${bars(causality.high)}: only a model may learn it`);
  if (causality.account) lines.push('depends on the account');
  lines.push(`costs ${operators} ${operators === 1 ? 'operator' : 'operators'} a bar · ${bytesText(bytes)} of memory`);
  return lines;
}

function bytesText(bytes: number): string {
  if (!Number.isFinite(bytes)) return 'no bound';
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

export function numberText(value: number, unit?: Unit): string {
  if (unit?.flavour === 'ratio') return `${Number((value * 100).toPrecision(6))}%`;
  if (unit?.flavour === 'duration') return periodText({ kind: 'fixed', ms: value, anchorMs: 0 });
  return `${Number(value.toPrecision(7))}`;
}

const BARS = '▁▂▃▄▅▆▇█';

/** A line of blocks; a blank where there is no value. */
export function sparkline(values: readonly number[]): string {
  const present = values.filter(value => Number.isFinite(value));
  const low = Math.min(...present);
  const high = Math.max(...present);
  return values
    .map(value => {
      if (!Number.isFinite(value)) return ' ';
      const level = high > low ? Math.round(((value - low) / (high - low)) * (BARS.length - 1)) : 3;
      return BARS[level] ?? ' ';
    })
    .join('');
}
