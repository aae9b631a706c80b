/**
 * Runs the benchmarks: `npm run bench` for all, `npm run bench reference` for some, `--json` for a machine. One line a
 * measure: name, ours, the other's, ratio. A bound that is broken makes the exit code 1.
 */
import { cpus } from 'node:os';
import { coldCompile } from './cold-compile.ts';
import { editor } from './editor.ts';
import { inference } from './inference.ts';
import { loading } from './loading.ts';
import { line, type Measure, ratio, type Skipped } from './measure.ts';
import { peakMemory } from './peak-memory.ts';
import { referenceStrategy } from './reference-strategy.ts';
import { startUp } from './start-up.ts';
import { trainer } from './trainer.ts';

const BENCHMARKS = [referenceStrategy, startUp, coldCompile, loading, peakMemory, inference, trainer, editor];

const args = process.argv.slice(2);
const json = args.includes('--json');
const wanted = args.filter(arg => !arg.startsWith('--'));
const unknown = wanted.filter(name => !BENCHMARKS.some(benchmark => benchmark.name === name));
if (unknown.length > 0) {
  const known = BENCHMARKS.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n');
  process.stderr.write(`no benchmark named ${unknown.join(', ')}; there are\n${known}\n`);
  process.exit(2);
}

const measures: (Measure | Skipped)[] = [];
const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.versions.node}`;
if (!json) process.stdout.write(`${machine}\n`);
for (const benchmark of BENCHMARKS) {
  if (wanted.length > 0 && !wanted.includes(benchmark.name)) continue;
  for (const measure of await benchmark.run()) {
    measures.push(measure);
    if (!json) process.stdout.write(`${line(measure)}\n`);
  }
}
if (json) process.stdout.write(`${JSON.stringify({ machine, measures }, undefined, 2)}\n`);

const broken = measures.filter(
  measure =>
    !('skipped' in measure) &&
    ((measure.atMost !== undefined && ratio(measure) > measure.atMost) ||
      (measure.atLeast !== undefined && ratio(measure) < measure.atLeast)),
);
for (const measure of broken) process.stderr.write(`out of bounds: ${measure.name}\n`);
process.exitCode = broken.length > 0 ? 1 : 0;
