/** One cold compile in a process of its own: from a strategy's text to an instantiated kernel. Prints milliseconds. */
import { readFileSync } from 'node:fs';
import { compileProgram } from '../compiler/index.ts';
import { openKernelRun } from '../compiler/kernel/instance.ts';
import { checkStrategy } from '../language/index.ts';
import { libraryTrees } from '../stdlib/trees.ts';

const path = process.argv.at(-1) ?? '';
const text = readFileSync(path, 'utf8');
const one = new Float64Array([1]);
const fields = { open: one, high: one, low: one, close: one, volume: one };

const start = performance.now();
const { program } = checkStrategy({ name: path, text, form: 'vela' }, { library: libraryTrees() });
const plan = compileProgram(program);
openKernelRun(plan, {}, { clocks: [{ firstOrdinal: 0, length: 1, fields }], completed: [new Int32Array(0)] }, [{}]);
process.stdout.write(String(performance.now() - start));
