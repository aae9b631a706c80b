/** The kernels as one module: `run(task, thread)` does what the task says. */
import {
  type Callee,
  type Code,
  call,
  fillMemory,
  type I32,
  i32,
  when,
} from '../../../../compiler/kernel/wasm/instruction.ts';
import { ModuleBuilder } from '../../../../compiler/kernel/wasm/module.ts';
import { binColumn } from './binning.ts';
import { Kernel, k } from './emit.ts';
import { addRows, subtract } from './histogram.ts';
import { GROUP, HISTOGRAM, KIND, PARTITION, type Width } from './layout.ts';
import { logisticGradients } from './logistic.ts';
import { addLeaf, fillPairs, partition } from './rows.ts';
import { type GainForm, scanGroup } from './scan.ts';

export function kernelModule(form: GainForm, width: Width): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const add = (kernel: Kernel<string>) => module.addFunction(undefined, kernel.fn);
  const adders = Array.from({ length: width.columns }, (_, i) => add(addRows(i + 1, width)));
  const histogram = add(buildHistogram(adders, add(subtract()), add(scanGroup(form, width))));
  const divide = [add(partition(width, false)), add(partition(width, true))];
  const [leaf, logistic, fill, bin] = [addLeaf(), logisticGradients(), fillPairs(), binColumn(width)].map(add);

  const run = new Kernel(['task', 'thread']);
  const task = run.in('task').get;
  const kind = i32.load(task);
  const on = (which: number, body: readonly Code[]) => when(i32.eq(kind, k(which)), body);
  run.emit(
    on(KIND.histogram, [call(histogram, [task])]),
    on(KIND.partition, [
      when(i32.load(task, 4 * PARTITION.pairs), [call(divide[1], [task])], [call(divide[0], [task])]),
    ]),
    on(KIND.leaf, [call(leaf, [task])]),
    on(KIND.logistic, [call(logistic, [task])]),
    on(KIND.fill, [call(fill, [task])]),
    on(KIND.bin, [call(bin, [task, run.in('thread').get])]),
  );
  module.addFunction('run', run.fn);
  return module.encode();
}

/** Builds one child's histogram of a group, takes it from the parent's for the other child's, and looks for splits. */
function buildHistogram(
  adders: readonly Callee<'none'>[],
  subtractor: Callee<'none'>,
  scan: Callee<'none'>,
): Kernel<'task'> {
  const kernel = new Kernel(['task']);
  const task = kernel.in('task').get;
  const word = (at: number) => i32.load(task, 4 * at);
  const group = kernel.local('i32');
  const bytes = i32.load(group.get, GROUP.bytes);
  const rowsEnd: I32 = i32.add(word(HISTOGRAM.rows), i32.shl(word(HISTOGRAM.count), k(2)));
  const operands = [
    word(HISTOGRAM.built),
    i32.load(group.get, GROUP.bins),
    word(HISTOGRAM.rows),
    word(HISTOGRAM.pairs),
    rowsEnd,
  ];
  kernel.emit(
    group.set(word(HISTOGRAM.group)),
    fillMemory(word(HISTOGRAM.built), k(0), bytes),
    ...adders.map((adder, i) => when(i32.eq(i32.load(group.get, GROUP.width), k(i + 1)), [call(adder, operands)])),
    when(word(HISTOGRAM.builtNode), [
      call(scan, [word(HISTOGRAM.built), group.get, word(HISTOGRAM.builtNode), word(HISTOGRAM.builtBest)]),
    ]),
    when(word(HISTOGRAM.sibling), [
      call(subtractor, [word(HISTOGRAM.sibling), word(HISTOGRAM.built), bytes]),
      when(word(HISTOGRAM.siblingNode), [
        call(scan, [word(HISTOGRAM.sibling), group.get, word(HISTOGRAM.siblingNode), word(HISTOGRAM.siblingBest)]),
      ]),
    ]),
  );
  return kernel;
}
