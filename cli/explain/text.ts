/** `vela explain FILE` on the terminal. */
import type { Paint } from '../terminal.ts';
import type { StrategyFacts, StreamFacts } from './facts.ts';

export function factsText(facts: StrategyFacts, paint: Paint): string {
  const { warmup, memory, work, exposure } = facts;
  const settled =
    warmup.settled === undefined
      ? `never: ${warmup.unbounded.map(name => `\`${name}\``).join(', ')} never ${warmup.unbounded.length === 1 ? 'forgets' : 'forget'}`
      : `${warmup.settled} bars`;
  const lines: readonly (readonly [string, string])[] = [
    ['Instrument', facts.instruments.join(', ')],
    ['Clocks', facts.clocks.join(', ')],
    ['Ready after', `${warmup.ready} bars: the first at which a rule can act, at the latest`],
    ['Settled after', `${settled}${warmup.settled === undefined ? '' : ': what came before no longer matters'}`],
    ['Memory', `${size(memory.stateBytes)} of state, ${size(memory.blockBytes)} of columns`],
    [
      'Work',
      `${work.operatorsABar} operators a bar in ${count(work.stages, 'stage')}, ${size(work.wasmBytes)} of WebAssembly`,
    ],
    ['Worst exposure', exposureText(exposure)],
    ['Plan', facts.planHash],
  ];
  return [
    paint('bold', facts.strategy),
    ...lines.map(([label, value]) => `  ${label.padEnd(15)} ${value}`),
    '',
    ...streamTable(facts.streams, paint),
    '',
    paint('bold', 'Largest in memory'),
    ...memory.largest.map(
      ({ stream, bars, bytes }) => `  ${stream.padEnd(15)} ${size(bytes)}${bars > 0 ? `, ${bars} bars` : ''}`,
    ),
    '',
    paint('bold', 'Passes'),
    ...work.passes.map(
      ({ pass, does, before, after }) =>
        `  ${pass.padEnd(15)} ${String(before).padStart(4)} → ${String(after).padEnd(4)} ${does}`,
    ),
    '',
  ].join('\n');
}

function streamTable(streams: readonly StreamFacts[], paint: Paint): readonly string[] {
  const rows = streams.map(({ name, kind, unit, clock, ready, settled, horizon, account }) => [
    name,
    kind,
    `${unit} @${clock}`,
    `ready ${ready}`,
    `settled ${Number.isFinite(settled) ? settled : 'never'}`,
    `[${Number.isFinite(horizon[0]) ? horizon[0] : '−∞'}, ${horizon[1]}]`,
    account ? 'account' : 'clean',
  ]);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  const table = rows.map(
    row =>
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
  );
  return [paint('bold', 'Streams'), ...table];
}

function exposureText({ multiple, because }: StrategyFacts['exposure']): string {
  if (!Number.isFinite(multiple)) return `unbounded: ${because}`;
  return `${Number((multiple * 100).toPrecision(4))} % of equity, by ${because}`;
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / (1 << 20)).toFixed(1)} MB`;
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}
