/** The example strategies through the whole staircase: text to plan, and the plan run by both back-ends. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { interpretRun } from '../../compiler/interpret/run.ts';
import { emitKernel } from '../../compiler/kernel/emit.ts';
import { openKernelRun } from '../../compiler/kernel/instance.ts';
import type { RunData } from '../../compiler/kernel/run.ts';
import { checkStrategy, type Program, readStrategy } from '../../language/index.ts';
import { librarySources } from '../../stdlib/library.ts';
import { dataFor, engineAt, engineEpoch } from '../support/generate-data.ts';
import { past, withOtherFutures } from '../support/perturb.ts';
import { recordRun } from '../support/record-run.ts';

const FOLDER = join(import.meta.dirname, '../../strategies');
const names = readdirSync(FOLDER).filter(name => name.endsWith('.vela'));
const library = librarySources().map(source => readStrategy(source).tree);

function programOf(name: string): Program {
  const text = readFileSync(join(FOLDER, name), 'utf8');
  const form = name.endsWith('.vela') ? 'vela' : 'yaml';
  const { program, diagnostics } = checkStrategy({ name, text, form }, { library });
  expect(diagnostics.filter(diagnostic => diagnostic.severity === 'error')).toEqual([]);
  return program;
}

const driving = {
  engine: (tick: number) => engineAt(3, tick),
  epoch: (tick: number) => engineEpoch(3, tick),
  stepTicks: 1,
};

describe.each(names)('%s', name => {
  const program = programOf(name);
  const watch = program.streams.map(stream => stream.name);
  const plan = compile(program, { watch: [...new Set(watch)], kernel: emitKernel });
  const data = dataFor(plan, { seed: 5, length: 900, startTick: 7, oddness: 0.002 });
  const meta = data.instruments.map(() => ({}));
  const kernelRun = (given: RunData, blockTicks?: number) =>
    recordRun(() => openKernelRun(plan, {}, given, meta, blockTicks === undefined ? {} : { blockTicks }), driving);

  it('is computed by the kernel as by the interpreter, whatever is watched', () => {
    const interpreted = recordRun(() => interpretRun(plan, {}, data, meta), driving);
    expect(kernelRun(data)).toEqual(interpreted);
    expect(kernelRun(data, 97)).toEqual(interpreted);
  });

  it('does not look ahead', () => {
    for (const now of [40, 333, 640]) {
      const changed = past(kernelRun(withOtherFutures(data, now)), plan, data, now);
      expect(changed).toEqual(past(kernelRun(data), plan, data, now));
    }
  });

  const twin = name.replace(/\.vela$/, '.yaml');
  it.skipIf(!existsSync(join(FOLDER, twin)))('has a twin with the same planHash', () => {
    expect(compile(programOf(twin), { kernel: emitKernel }).planHash).toBe(plan.planHash);
  });
});
