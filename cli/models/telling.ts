/**
 * What a training is busy with, on standard error: on a terminal one line that is rewritten (fold, round, metric, time
 * left), elsewhere a line a fold.
 */
import type { Tell, TrainingEvent } from '../../runtime/models/pipeline/progress.ts';
import type { Terminal } from '../terminal.ts';

/** A terminal need not be written to more often. */
const REWRITE_MS = 100;

export interface Telling {
  readonly tell: Tell;
  readonly end: () => void;
}

export function tellTraining(terminal: Terminal): Telling {
  const startedMs = performance.now();
  let writtenMs = 0;
  let isShown = false;
  /** Folds that were trained and not found: the time left is judged by them. */
  let trained = 0;
  let trainingMs = 0;
  let foldStartedMs = startedMs;
  let head = '';

  const show = (text: string) => {
    isShown = true;
    terminal.log(`\r\u001b[2K${terminal.logPaint('dim', text.slice(0, Math.max(20, terminal.columns - 1)))}`);
  };
  const line = (text: string) => {
    if (terminal.interactive && isShown) terminal.log('\r\u001b[2K');
    isShown = false;
    terminal.log(`${text}\n`);
  };
  const left = (done: number, folds: number): string => {
    if (trained === 0) return '';
    const seconds = ((trainingMs / trained) * (folds - done)) / 1000;
    return `, about ${lengthText(seconds)} left`;
  };

  const tell = (event: TrainingEvent): void => {
    const now = performance.now();
    switch (event.kind) {
      case 'model':
        if (terminal.interactive) show(`${event.model}: ${event.folds} trainings …`);
        return;
      case 'fold':
        foldStartedMs = now;
        head = `${event.model}: training ${event.fold} of ${event.folds} at ${dayOf(event.atMs)}, ${event.rows} rows`;
        if (terminal.interactive) show(`${head}${left(event.fold - 1, event.folds)}`);
        return;
      case 'trial':
        if (terminal.interactive) show(`${head}, trial ${event.trial} of ${event.trials}`);
        return;
      case 'round': {
        if (!terminal.interactive || now - writtenMs < REWRITE_MS) return;
        writtenMs = now;
        const { round, rounds, metric } = event.at;
        const value = metric?.valid ?? metric?.train;
        const shown = value === undefined ? '' : `, ${metric?.name} ${value.toFixed(4)}`;
        show(`${head}, round ${round} of ${rounds}${shown}${left(event.fold - 1, event.folds)}`);
        return;
      }
      case 'kept':
        if (!event.isNew) return;
        trained++;
        trainingMs += now - foldStartedMs;
        if (!terminal.interactive) line(`${head}: ${event.id.slice(0, 12)}`);
        return;
      case 'refused':
        line(`${terminal.logPaint('yellow', 'warning')} ${event.warning.code}: ${event.warning.message}`);
        return;
    }
  };
  return {
    tell,
    end: () => {
      if (terminal.interactive && isShown) terminal.log('\r\u001b[2K');
    },
  };
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

function lengthText(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
