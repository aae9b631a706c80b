/**
 * Threads that do tasks on one shared memory. A task writes only its own places, so it does not matter who does it: the
 * caller works along with the others and goes on when all tasks are done.
 *
 * One word counts the tasks that are left; whoever takes one lowers it. A thread that wakes up late then finds either
 * nothing or work that is really there.
 */
import { Worker } from 'node:worker_threads';
import { TASK_BYTES } from './kernel/layout.ts';

/** Words at the start of the memory. */
const PHASE = 0;
const LEFT = 1;
const DONE = 2;
const FAILED = 3;
const STOP = 4;

const SPINS = 4000;
const NAP_MS = 1;

export interface Crew {
  /** Does tasks 0 … count − 1, the last ones first. */
  readonly run: (count: number) => void;
  readonly stop: () => Promise<void>;
}

export interface CrewWork {
  readonly module: Uint8Array;
  readonly memory: WebAssembly.Memory;
  /** Address of task 0. */
  readonly tasks: number;
}

type Run = (task: number, thread: number) => void;

export async function openCrew(work: CrewWork, threads: number): Promise<Crew> {
  const words = new Int32Array(work.memory.buffer, 0, 8);
  words.fill(0);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(work.module), { env: { memory: work.memory } });
  const run = instance.exports.run as Run;
  const workers = await Promise.all(Array.from({ length: threads - 1 }, (_, i) => openWorker(work, i + 1)));

  const one = (count: number) => {
    for (let task = count - 1; task >= 0; task--) run(work.tasks + task * TASK_BYTES, 0);
  };
  const together = (count: number) => {
    Atomics.store(words, DONE, 0);
    Atomics.store(words, LEFT, count);
    Atomics.add(words, PHASE, 1);
    Atomics.notify(words, PHASE);
    for (let left = Atomics.sub(words, LEFT, 1); left > 0; left = Atomics.sub(words, LEFT, 1)) {
      run(work.tasks + (left - 1) * TASK_BYTES, 0);
      Atomics.add(words, DONE, 1);
    }
    let spins = 0;
    for (let done = Atomics.load(words, DONE); done < count; done = Atomics.load(words, DONE)) {
      if (Atomics.load(words, FAILED) !== 0) throw new Error('a thread of the trainer failed');
      if (++spins > SPINS) Atomics.wait(words, DONE, done, NAP_MS);
    }
  };
  return {
    run: count => (workers.length === 0 || count === 1 ? one(count) : together(count)),
    stop: async () => {
      Atomics.store(words, STOP, 1);
      Atomics.add(words, PHASE, 1);
      Atomics.notify(words, PHASE);
      await Promise.all(workers.map(worker => worker.terminate()));
    },
  };
}

interface WorkerData extends CrewWork {
  readonly thread: number;
}

function openWorker(work: CrewWork, thread: number): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const data: WorkerData = { ...work, thread };
    const settings = { ...WORDS, taskBytes: TASK_BYTES, spins: SPINS };
    const worker = new Worker(`(${workerMain.toString()})(${JSON.stringify(settings)})`, {
      eval: true,
      workerData: data,
    });
    worker.once('message', () => resolve(worker));
    worker.once('error', reject);
  });
}

const WORDS = { phase: PHASE, left: LEFT, done: DONE, failed: FAILED, stop: STOP };

/**
 * What a thread runs. It travels as text, so that a bundle needs no file of its own for it: nothing from outside of the
 * function may be used.
 */
function workerMain(at: typeof WORDS & { readonly taskBytes: number; readonly spins: number }): void {
  const { workerData, parentPort } = process.getBuiltinModule('node:worker_threads');
  const { module, memory, tasks, thread } = workerData as WorkerData;
  const words = new Int32Array(memory.buffer, 0, 8);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory } });
  const run = instance.exports.run as Run;
  let seen = Atomics.load(words, at.phase);
  parentPort?.postMessage('ready');
  for (;;) {
    let spins = 0;
    let phase = Atomics.load(words, at.phase);
    while (phase === seen) {
      if (++spins > at.spins) Atomics.wait(words, at.phase, seen);
      phase = Atomics.load(words, at.phase);
    }
    seen = phase;
    if (Atomics.load(words, at.stop) !== 0) return;
    try {
      for (let left = Atomics.sub(words, at.left, 1); left > 0; left = Atomics.sub(words, at.left, 1)) {
        run(tasks + (left - 1) * at.taskBytes, thread);
        Atomics.add(words, at.done, 1);
      }
    } catch (error) {
      Atomics.store(words, at.failed, 1);
      throw error;
    }
    Atomics.notify(words, at.done);
  }
}
