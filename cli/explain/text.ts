/** `vela explain FILE` on the terminal. */
import type { Period } from '../../language/check/program.ts';
import { formatBars, formatNumber } from '../../runtime/report/format.ts';
import { size } from '../size.ts';
import { aligned } from '../table.ts';
import type { Paint } from '../terminal.ts';
import type { StrategyFacts, StreamFacts } from './facts.ts';

/** What keeps less than this is not worth a line. */
const WORTH_A_LINE_BYTES = 256;

/** `base`: a bar of the base clock. */
export function factsText(facts: StrategyFacts, base: Period | undefined, paint: Paint): string {
  const { warmup, memory, work, exposure } = facts;
  const bars = (ticks: number) => (base === undefined ? count(ticks, 'bar') : formatBars(ticks, base));
  const lines: readonly (readonly [string, string])[] = [
    ['Instrument', facts.instruments.join(', ')],
    ['Clocks', facts.clocks.join(', ')],
    ['Ready after', `${bars(warmup.ready)}: by then at the latest every rule can act`],
    [
      'Settled after',
      warmup.settled === undefined
        ? `never: ${listed(warmup.unbounded)} never ${warmup.unbounded.length === 1 ? 'forgets' : 'forget'}, so a run that starts later may differ`
        : `${bars(warmup.settled)}: what came before no longer matters`,
    ],
    ['Memory', `${size(memory.stateBytes)} of state, ${size(memory.blockBytes)} of columns`],
    [
      'Work',
      `${work.operatorsABar} operators a bar in ${count(work.stages, 'stage')}, ${size(work.wasmBytes)} of WebAssembly`,
    ],
    ['Worst exposure', exposureText(exposure)],
    ['Plan', facts.planHash],
  ];
  const large = memory.largest.filter(({ bytes }) => bytes >= WORTH_A_LINE_BYTES);
  const passes = work.passes.filter(({ before, after }) => before !== after);
  return [
    paint('bold', facts.strategy),
    ...lines.map(([label, value]) => `  ${label.padEnd(15)} ${value}`),
    '',
    ...section(`${paint('bold', 'Streams')}, counted in bars of their own clock`, streamTable(facts.streams, paint)),
    ...section(
      paint('bold', 'Largest in memory'),
      large.map(
        ({ stream, bars, bytes }) =>
          `  ${stream.padEnd(15)} ${size(bytes)}${bars > 0 ? `, ${count(bars, 'bar')}` : ''}`,
      ),
    ),
    ...section(
      `${paint('bold', 'Passes')} of the compiler that made it smaller or faster, in operators`,
      passes.map(
        ({ pass, does, before, after }) =>
          `  ${pass.padEnd(15)} ${String(before).padStart(4)} → ${String(after).padEnd(4)} ${does}`,
      ),
    ),
  ].join('\n');
}

/** Nothing where there is nothing to show. */
function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines, ''];
}

const STREAM_HEADS = ['', 'kind', 'holds', 'clock', 'ready', 'settled', 'reads back', ''] as const;

function streamTable(streams: readonly StreamFacts[], paint: Paint): readonly string[] {
  if (streams.length === 0) return [];
  const rows = streams.map(({ name, kind, unit, clock, ready, settled, horizon: [from, to], account }) => [
    name,
    kind,
    unit,
    clock,
    formatNumber(ready, 0),
    Number.isFinite(settled) ? formatNumber(settled, 0) : 'never',
    Number.isFinite(from) ? formatNumber(0 - from, 0) : 'everything',
    [...(to > 0 ? [`reads ${to} ahead`] : []), ...(account ? ['reads the account'] : [])].join(', '),
  ]);
  const figures = new Set([4, 5, 6]);
  const [heads = '', ...lines] = aligned([STREAM_HEADS, ...rows], figures);
  return [paint('dim', `  ${heads}`), ...lines.map(line => `  ${line}`)];
}

function listed(names: readonly string[]): string {
  return names.map(name => `\`${name}\``).join(', ');
}

function exposureText({ multiple, because }: StrategyFacts['exposure']): string {
  if (!Number.isFinite(multiple)) return `unbounded: ${because}`;
  return `${Number((multiple * 100).toPrecision(4))} % of equity, by ${because}`;
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}
