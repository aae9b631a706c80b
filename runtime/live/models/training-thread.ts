/** The thread that trains while a run goes on (training.ts): one job after another, its progress, its outcome. */
import { parentPort } from 'node:worker_threads';
import { ModelError } from '../../models/errors.ts';
import type { TrainingEvent } from '../../models/pipeline/progress.ts';
import { type TrainingJob, type TrainingOutcome, trainDue } from './training-job.ts';

export type FromTraining =
  | { readonly type: 'told'; readonly event: TrainingEvent }
  | { readonly type: 'done'; readonly outcome: TrainingOutcome }
  /** `code`, `help`: of what a person can mend. */
  | { readonly type: 'failed'; readonly message: string; readonly code?: string; readonly help?: string };

const TELL_EVERY_MS = 250;

function post(message: FromTraining): void {
  parentPort?.postMessage(message);
}

/** Rounds come by the thousand. */
function seldom(): (event: TrainingEvent) => void {
  let toldMs = Number.NEGATIVE_INFINITY;
  return event => {
    const nowMs = performance.now();
    if (event.kind === 'round' && nowMs - toldMs < TELL_EVERY_MS) return;
    toldMs = nowMs;
    post({ type: 'told', event });
  };
}

async function serve(job: TrainingJob): Promise<void> {
  try {
    post({ type: 'done', outcome: await trainDue(job, seldom()) });
  } catch (error) {
    if (error instanceof ModelError) {
      post({ type: 'failed', message: error.message, code: error.code, help: error.help });
    } else {
      post({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }
}

parentPort?.on('message', (job: TrainingJob) => void serve(job));
