/** Checks and compiles a strategy's text for a run. Brings in the whole front end and the compiler. */
import { compileProgram } from '../compiler/index.ts';
import { positionOf } from '../language/diagnostics/position.ts';
import type { Diagnostic } from '../language/index.ts';
import { mostSimilar } from '../language/syntax/similar.ts';
import type { SourceFile } from '../language/syntax/tree.ts';
import type { Call } from './command.ts';
import { usageError } from './errors.ts';
import type { Prepared, Wanted } from './plan_cache.ts';
import { runnable } from './runnable.ts';

/** Undefined when there are errors; they have been told by then. Throws for a series that no stream or plot is named. */
export function compileSource(call: Call, source: SourceFile, wanted: Wanted): Prepared | undefined {
  const strategy = runnable(call, source, wanted.configuration);
  if (strategy === undefined) return undefined;
  const { program, diagnostics } = strategy;
  const plots = program.plots.map(plot => plot.name);
  const streams = program.streams.map(stream => stream.name);
  const known = [...new Set([...streams, ...plots])];
  const series = wanted.series === 'all' ? streams : wanted.series;
  const unknown = series.find(name => !known.includes(name));
  if (unknown !== undefined) throw unknownSeries(unknown, known);
  const watch = [...new Set([...series, ...(wanted.plots ? plots : [])])];
  return { plan: compileProgram(program, watch), warnings: diagnostics.map(warningLine) };
}

export function warningLine({ code, message, file, span }: Diagnostic): string {
  return `${code} ${file.name}:${positionOf(file, span.start).line}: ${message}`;
}

function unknownSeries(name: string, known: readonly string[]): Error {
  const similar = mostSimilar(name, known);
  const all = known.length === 0 ? 'it has none' : `it has ${known.map(each => `\`${each}\``).join(', ')}`;
  return usageError(
    `the strategy has no stream \`${name}\``,
    similar === undefined ? all : `did you mean \`${similar}\`?`,
  );
}
