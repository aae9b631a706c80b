/**
 * Trainings beside a run, one after another in a thread of their own: the run's thread only hands over data and reads names.
 */
import { Worker } from 'node:worker_threads';
import type { TrainingEvent } from '../../models/pipeline/progress.ts';
import { LIVE_SCRIPTS } from '../scripts.ts';
import type { TrainingJob, TrainingOutcome } from './training-job.ts';
import type { FromTraining } from './training-thread.ts';

/** A training that ended without an outcome. */
export class TrainingFailed extends Error {
  override readonly name = 'TrainingFailed';
  /** Of what a person can mend. */
  readonly code: string | undefined;
  readonly help: string | undefined;
  constructor(message: string, code?: string, help?: string) {
    super(message);
    this.code = code;
    this.help = help;
  }
}

/** Who trains for a run; one job at a time, in the order in which they were asked for. */
export interface TrainingRoom {
  /** `job` is made when its turn comes. Rejects with a `TrainingFailed`. */
  run(job: () => TrainingJob): Promise<TrainingOutcome>;
  /** What is under way is broken off; versions that were kept stay. */
  close(): Promise<void>;
}

/** A thread that has nothing to do for so long ends; trainings that follow one another closely share one. */
const IDLE_MS = 20_000;

export class TrainingThread implements TrainingRoom {
  readonly #tell: (event: TrainingEvent) => void;
  #last: Promise<unknown> = Promise.resolve();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(tell: (event: TrainingEvent) => void) {
    this.#tell = tell;
  }

  run(job: () => TrainingJob): Promise<TrainingOutcome> {
    const outcome = this.#last.then(() => this.#train(job()));
    this.#last = outcome.catch(() => {});
    return outcome;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async #train(job: TrainingJob): Promise<TrainingOutcome> {
    if (this.#isClosed) throw new TrainingFailed('the run has ended');
    clearTimeout(this.#idle);
    this.#worker ??= start();
    const worker = this.#worker;
    worker.ref();
    try {
      return await this.#outcomeOf(worker, job);
    } catch (error) {
      // What a thread that failed has left behind is of no use to the next training.
      await this.#end();
      throw error;
    } finally {
      for (const name of ['message', 'error', 'exit']) worker.removeAllListeners(name);
      worker.unref();
      if (!this.#isClosed) this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref();
    }
  }

  #outcomeOf(worker: Worker, job: TrainingJob): Promise<TrainingOutcome> {
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromTraining) => {
        if (message.type === 'told') this.#tell(message.event);
        else if (message.type === 'done') resolve(message.outcome);
        else reject(new TrainingFailed(message.message, message.code, message.help));
      });
      worker.on('error', error => reject(new TrainingFailed(error.message)));
      worker.on('exit', () => reject(new TrainingFailed('its thread has ended')));
      worker.postMessage(job);
    });
  }
}

function start(): Worker {
  const script = LIVE_SCRIPTS.training;
  return 'file' in script ? new Worker(script.file) : new Worker(script.text, { eval: true });
}
