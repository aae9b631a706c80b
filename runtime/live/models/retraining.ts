/**
 * The trainings of a run: begun when the bar of T is there, taken in when they are done. A training that fails leaves the
 * version before it on; one that takes too long is waited for only where nothing else waits for the run.
 */
import type { TrainingEvent } from '../../models/pipeline/progress.ts';
import { LiveError } from '../errors.ts';
import { TRAIN_FIRST } from './beginning.ts';
import type { Ground } from './ground.ts';
import type { RunModelsParts } from './run-models.ts';
import { dayOf, type Running } from './running.ts';
import { TrainingFailed, type TrainingRoom, TrainingThread } from './training.ts';
import type { ReadyVersion, TrainedFold, TrainingOutcome } from './training-job.ts';

export interface RetrainingParts {
  readonly run: RunModelsParts;
  readonly ground: Ground;
  readonly models: ReadonlyMap<string, Running>;
  /** Makes a version ready to answer. */
  readonly open: (running: Running, version: string, ready: ReadyVersion | undefined) => Promise<void>;
  /** Ids of those that are. */
  readonly known: () => readonly string[];
}

/** What is to be trained. */
interface Due {
  /** First base tick that something of it serves. */
  readonly activeFrom: number;
  /** T, UTC milliseconds; NaN for all that is due when a run begins. */
  readonly atMs: number;
  /** Base ticks before this one are known. */
  readonly until: number;
  readonly neededFromMs: number;
}

/** A training under way. */
interface Pending extends Pick<Due, 'activeFrom' | 'atMs'> {
  readonly done: Promise<void>;
}

const MOST_ATTEMPTS = 3;

export class Retraining {
  readonly #parts: RetrainingParts;
  readonly #room: TrainingRoom;
  #pending: readonly Pending[] = [];
  #attempts = 0;
  /** Trainings that wait or go on. */
  #asked = 0;
  #isClosed = false;

  constructor(parts: RetrainingParts) {
    this.#parts = parts;
    this.#room = parts.run.trainings ?? new TrainingThread(event => this.#tell(event));
  }

  /** All that serves from an instant on before the run's next tick, or then. Throws a LiveError `untrained` where it cannot be done. */
  async first(neededFromMs: number): Promise<void> {
    const { ground, models } = this.#parts;
    const isTrained = [...models.values()].some(({ held }) => held.bound.by !== 'file');
    if (!isTrained || ground.length === 0) return;
    try {
      await this.#train(ground.length, neededFromMs);
    } catch (error) {
      if (this.#isClosed) return;
      if (!(error instanceof TrainingFailed)) throw error;
      throw new LiveError('untrained', error.message, error.help ?? TRAIN_FIRST, error);
    }
  }

  /** The same beside the run, which goes on with the versions that it has. */
  beginFirst(neededFromMs: number): void {
    const { length } = this.#parts.ground;
    this.#attempts = 0;
    this.#begin({ activeFrom: Number.POSITIVE_INFINITY, atMs: Number.NaN, until: length, neededFromMs });
  }

  /** Begins the trainings whose T is a base tick that has just been told. */
  beginDue(base: number): void {
    const instants = [...this.#parts.models.values()].flatMap(({ turns, held, isRead }) => {
      const instant = turns.instants.find(({ baseTick }) => baseTick === base);
      const replacedFrom = isRead ? Number.POSITIVE_INFINITY : (held.fixed?.from ?? Number.POSITIVE_INFINITY);
      return instant === undefined || instant.serves >= replacedFrom ? [] : [instant];
    });
    const [first] = instants;
    if (first === undefined) return;
    this.#attempts = 0;
    const activeFrom = Math.min(...instants.map(each => each.activeFrom));
    const neededFromMs = this.#parts.ground.openMs(base + 1);
    this.#begin({ activeFrom, atMs: first.atMs, until: base + 1, neededFromMs });
  }

  #begin(due: Due): void {
    const { activeFrom, atMs, until, neededFromMs } = due;
    for (const running of this.#parts.models.values()) {
      if (running.turns.numberOf(atMs) !== undefined) running.training = `trains the version of ${dayOf(atMs)}`;
    }
    const done = this.#train(until, neededFromMs).catch((error: unknown) => this.#failed(error, due));
    const pending: Pending = { activeFrom, atMs, done };
    this.#pending = [...this.#pending, pending];
    // Whoever waits for it hears of what went wrong.
    void done
      .catch(() => {})
      .finally(() => {
        this.#pending = this.#pending.filter(each => each !== pending);
      });
  }

  #failed(error: unknown, due: Due): void {
    if (this.#isClosed) return;
    const { run, models } = this.#parts;
    if (!(error instanceof TrainingFailed) || run.patience === 'all day') throw error;
    for (const running of models.values()) {
      if (running.turns.numberOf(due.atMs) !== undefined) running.training = `failed: ${error.message}`;
    }
    const trained = Number.isNaN(due.atMs) ? {} : { trained: dayOf(due.atMs) };
    run.notice({ level: 'alert', what: 'training failed', facts: { ...trained, why: error.message } });
    this.#attempts += 1;
    if (this.#attempts < MOST_ATTEMPTS) this.#begin(due);
  }

  /** Trainings of which something should serve at a base tick: waited for, or told of. */
  async settle(base: number): Promise<void> {
    const due = this.#pending.filter(({ activeFrom }) => activeFrom <= base);
    if (this.#parts.run.patience === 'all day') for (const { done } of due) await done;
    else for (const { atMs } of due) this.#tellLate(atMs);
  }

  #tellLate(atMs: number): void {
    for (const running of this.#parts.models.values()) {
      const number = running.turns.numberOf(atMs);
      if (number === undefined || running.turns.has(number) || running.late !== undefined) continue;
      const model = running.held.model.name;
      const trained = dayOf(atMs);
      const text = `${model}: the version of ${trained} is not trained yet; the one before it goes on`;
      running.late = { text, sinceMs: Date.now() };
      this.#parts.run.notice({ level: 'alert', what: 'model not trained in time', facts: { model, trained } });
    }
  }

  /** Trains what is due with the base ticks before `until`, and takes in what came of it. */
  async #train(until: number, neededFromMs: number): Promise<void> {
    const { ground, models } = this.#parts;
    const { program, params, meta, registry, folder, cache, devices, threads } = this.#parts.run;
    const promoted = [...models.values()].filter(({ held }) => held.bound.by === 'promoted');
    this.#asked += 1;
    try {
      await this.#takeIn(
        await this.#room.run(() => ({
          program,
          data: ground.until(until),
          params,
          meta,
          neededFromMs,
          promotions: Object.fromEntries(promoted.map(({ held: { bound } }) => [bound.model, bound.hash])),
          registry: registry.folder,
          folder,
          cache,
          ...(devices !== undefined && { devices }),
          threads,
          known: this.#parts.known(),
        })),
      );
    } finally {
      this.#asked -= 1;
    }
  }

  async #takeIn({ models, warnings }: TrainingOutcome): Promise<void> {
    for (const { code, message } of warnings) {
      this.#parts.run.notice({ level: 'info', what: message, facts: { code } });
    }
    for (const [name, folds] of Object.entries(models)) {
      const running = this.#parts.models.get(name);
      if (running === undefined) continue;
      for (const fold of folds) await this.#takeFold(running, fold);
      const last = folds.at(-1);
      // Another that has begun since is still to be told of.
      if (this.#asked > 1) continue;
      running.training = last === undefined ? warnings.find(({ code }) => code === 'E1110')?.message : whyNot(last);
      running.late = undefined;
    }
  }

  async #takeFold(running: Running, fold: TrainedFold): Promise<void> {
    const { turns, held } = running;
    const number = turns.numberOf(fold.atMs);
    if (number === undefined) return;
    const about = { model: held.model.name, trained: dayOf(fold.atMs) };
    const { notice } = this.#parts.run;
    if (fold.version === undefined || !fold.accepted) {
      const why = whyNot(fold);
      if (why !== undefined) notice({ level: 'alert', what: 'model not retrained', facts: { ...about, why } });
      return;
    }
    const facts = { ...about, version: fold.version.slice(0, 12) };
    if (turns.has(number)) {
      if (fold.isNeeded) await this.#parts.open(running, fold.version, fold.ready);
      if (fold.isNew) notice({ level: 'warning', what: 'version was gone and is made again', facts });
      return;
    }
    if (fold.isNeeded) await this.#parts.open(running, fold.version, fold.ready);
    turns.made(number, fold.version);
    running.late = undefined;
    notice({ level: 'info', what: fold.isNew ? 'model trained' : 'model found', facts });
  }

  #tell(event: TrainingEvent): void {
    const running = this.#parts.models.get(event.model);
    if (running === undefined) return;
    if (event.kind === 'fold') running.training = `trains the version of ${dayOf(event.atMs)}, ${event.rows} rows`;
    if (event.kind === 'round') running.training = `trains: round ${event.at.round} of ${event.at.rounds}`;
    if (event.kind === 'trial') running.training = `searches: trial ${event.trial} of ${event.trials}`;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#room.close();
    await Promise.allSettled(this.#pending.map(({ done }) => done));
  }
}

function whyNot({ refusal, version, accepted }: TrainedFold): string | undefined {
  if (refusal !== undefined) return `${refusal.code}: ${refusal.message}`;
  return version !== undefined && !accepted ? 'its version fails `accept`' : undefined;
}
