/**
 * The models of a run: bar by bar what a backtest works out beforehand. Versions are trained at the instants of the calendar
 * in another thread, begin to serve at the tick that the calendar gives them, and are asked about each tick before it closes.
 * All that comes of it are inputs of the run, journaled like bars.
 */
import type { InstrumentMeta, ParamValues } from '../../../compiler/bind.ts';
import { openKernelRun } from '../../../compiler/index.ts';
import type { FeaturesPlan } from '../../../compiler/learning.ts';
import type { Plan } from '../../../compiler/plan.ts';
import type { Model } from '../../../language/check/model.ts';
import type { Program } from '../../../language/check/program.ts';
import type { RunConfig } from '../../engine/settings.ts';
import type { DataSetCache } from '../../models/dataset/cache.ts';
import { type LiveTimes, REAL_TIMES } from '../../models/inference/live.ts';
import type { Predictor } from '../../models/inference/predictor.ts';
import { upstreamOf } from '../../models/pipeline/order.ts';
import type { Serving } from '../../models/pipeline/predict.ts';
import type { TrainingEvent } from '../../models/pipeline/progress.ts';
import { openVersion } from '../../models/pipeline/serve.ts';
import type { PlanMaker } from '../../models/pipeline/types.ts';
import type { Registry } from '../../models/registry/registry.ts';
import { closeMs } from '../../models/splits/calendar.ts';
import { LiveError } from '../errors.ts';
import type { Notice } from '../run.ts';
import type { Degraded, ModelStatus, Quantiles } from '../status.ts';
import type { ActivationInput, BoundModel, Input, PredictionInput } from '../store/rows.ts';
import { AskedModel, type Said } from './asked.ts';
import { boundModels, type HeldModel } from './bound.ts';
import { PredictionColumns } from './columns.ts';
import type { Forecaster, TickInput } from './forecaster.ts';
import type { Ground } from './ground.ts';
import { groundWith, type Past } from './past.ts';
import { FeatureStream } from './stream.ts';
import { TrainingFailed, type TrainingRoom, TrainingThread } from './training.ts';
import type { TrainedFold, TrainingOutcome } from './training-job.ts';
import { Turns } from './turns.ts';

export interface RunModelsParts {
  readonly program: Program;
  readonly plans: PlanMaker;
  /** The strategy's own plan, which reads the predictions. */
  readonly plan: Plan;
  readonly params: ParamValues;
  readonly meta: readonly InstrumentMeta[];
  readonly registry: Registry;
  /** Of the strategy: paths of graphs are seen from there. */
  readonly folder: string;
  readonly cache: DataSetCache;
  readonly devices?: string;
  readonly threads: number;
  /** The bars before the run's first one, and room for those of the run. */
  readonly past: Past;
  /** Open of the run's first tick, UTC milliseconds. */
  readonly firstMs: number;
  /**
   * `all day`: bars wait until a training is done and an answer is there, as in a rehearsal that is to equal a backtest.
   * `no longer than`: milliseconds for an answer; a training that takes longer serves when it is done.
   */
  readonly patience: 'all day' | { readonly noLongerThanMs: number };
  /** A run with money in it begins with a version of each model, or not at all. */
  readonly needsVersions: boolean;
  readonly notice: (notice: Notice) => void;
  /** A thread beside the run unless stated. */
  readonly trainings?: TrainingRoom;
  readonly clock?: () => number;
  readonly times?: LiveTimes;
  /** Stands before each predictor: what a machine under load does to answers. */
  readonly through?: (predictor: Predictor) => Predictor;
}

/** A model with all that is known of it in this run. */
interface Running {
  readonly held: HeldModel;
  readonly asked: AskedModel;
  readonly turns: Turns;
  readonly reads: readonly string[];
  readonly isRead: boolean;
  /** Versions that have answered, or could have. */
  readonly used: Set<string>;
  readonly activations: Map<string, ActivationInput>;
  readonly latencies: number[];
  failures: number;
  /** Of the last tick that it was asked about. */
  failure: { readonly text: string; readonly sinceMs: number } | undefined;
  training: string | undefined;
  late: { readonly text: string; readonly sinceMs: number } | undefined;
}

/** A training under way. */
interface Pending {
  /** First base tick that something of it serves. */
  readonly activeFrom: number;
  readonly atMs: number;
  readonly done: Promise<void>;
}

const MOST_LATENCIES = 10_000;
/** So many ticks are caught up before others have their turn. */
const TICKS_A_TURN = 128;
const MOST_ATTEMPTS = 3;

export async function openRunModels(parts: RunModelsParts): Promise<RunModels> {
  const ground = groundWith(parts.past, parts.firstMs);
  return new RunModels(parts, ground, await boundModels(parts, ground));
}

export class RunModels implements Forecaster {
  readonly bound: readonly BoundModel[];
  /** Through which the plan reads what was said. */
  readonly columns: PredictionColumns;
  readonly #parts: RunModelsParts;
  readonly #ground: Ground;
  readonly #models: ReadonlyMap<string, Running>;
  /** Everything said, on the ground's ticks: what features of other models read. */
  readonly #said: PredictionColumns['columns'];
  readonly #servings = new Map<string, Serving>();
  readonly #trainings: TrainingRoom;
  readonly #clock: () => number;
  #pending: readonly Pending[] = [];
  #attempts = 0;
  /** Base tick that the streams are to run next. */
  #next: number;
  #isClosed = false;

  constructor(parts: RunModelsParts, ground: Ground, held: readonly HeldModel[]) {
    const { program, plan } = parts;
    this.#parts = parts;
    this.#ground = ground;
    this.#next = ground.past;
    this.#clock = parts.clock ?? (() => performance.now());
    this.#trainings = parts.trainings ?? new TrainingThread(event => this.#tell(event));
    this.bound = held.map(({ bound }) => bound);
    this.columns = new PredictionColumns(
      plan,
      ground.clocks.map((_, clock) => ground.lengthOf(clock) - ground.before(clock)),
    );
    const said = new Map<string, readonly Float64Array[]>();
    this.#said = said;
    this.#models = new Map(
      held.map(one => [
        one.model.name,
        {
          held: one,
          asked: this.#asked(one.model),
          turns: new Turns(one.instants, { base: ground.gridOf(0), block: one.block }, one.model.maxAgeMs),
          reads: upstreamOf(program, one.model),
          isRead: program.models.some(other => upstreamOf(program, other).includes(one.model.name)),
          used: new Set(),
          activations: new Map(),
          latencies: [],
          failures: 0,
          failure: undefined,
          training: undefined,
          late: undefined,
        },
      ]),
    );
    for (const { asked } of this.#models.values()) {
      for (const [key, lanes] of asked.keys) {
        const column = () => new Float64Array(ground.lengthOf(asked.clock)).fill(Number.NaN);
        said.set(key, Array.from({ length: lanes }, column));
      }
    }
    for (const { held: one, turns } of this.#models.values()) {
      if (one.fixed === undefined) continue;
      turns.fix(one.fixed.version.id, one.fixed.from);
      if (one.fixed.serving !== undefined) this.#servings.set(one.fixed.version.id, one.fixed.serving);
    }
  }

  #asked(model: Model): AskedModel {
    const { program, plans, patience, times = REAL_TIMES, through = predictor => predictor } = this.#parts;
    return new AskedModel({
      program,
      plans,
      model,
      stream: (features, params) => this.#stream(features, params),
      budgetMs: patience === 'all day' ? undefined : patience.noLongerThanMs,
      times,
      through,
    });
  }

  /** The run's own values begin with the run; a version's own with the data, as in a backtest. */
  #stream(features: FeaturesPlan, params: ParamValues | undefined): FeatureStream {
    return new FeatureStream({
      features,
      data: { instruments: this.#ground.instruments, predictions: this.#said },
      params: { ...this.#parts.params, ...params },
      meta: this.#parts.meta,
      open: openKernelRun,
      fromBase: params === undefined ? this.#ground.past : 0,
    });
  }

  // -------------------------------------------------------------- what is heard

  heard(input: Input): void {
    switch (input.type) {
      case 'bar':
      case 'missing':
      case 'funding':
        this.#ground.take(input);
        return;
      case 'prediction':
        this.#hearPrediction(input);
        return;
      case 'activated':
        this.#hearActivation(input);
        return;
      default:
        return;
    }
  }

  #hearPrediction({ model, version, openMs, values, failure }: PredictionInput): void {
    const running = this.#running(model);
    const at = this.#ground.tickOn(running.asked.clock, openMs);
    for (const [key, lanes] of Object.entries(values)) this.#write(running.asked.clock, key, at, lanes);
    if (failure === undefined) running.asked.remember(version, new Map(Object.entries(values)));
  }

  #write(clock: number, key: string, at: number, values: Float64Array): void {
    this.#said.get(key)?.forEach((column, lane) => {
      column[at] = values[lane] ?? Number.NaN;
    });
    this.columns.write(key, at - this.#ground.before(clock), values);
  }

  #hearActivation(input: ActivationInput): void {
    const { turns, activations } = this.#running(input.model);
    activations.set(input.version, input);
    const number = input.trainedMs === undefined ? undefined : turns.numberOf(input.trainedMs);
    if (number !== undefined) turns.begin(number, input.version, this.#ground.tickOf(input.openMs));
  }

  #running(name: string): Running {
    const running = this.#models.get(name);
    if (running === undefined)
      throw new LiveError('journal-diverges', `the journal speaks of a model \`${name}\``, OTHER);
    return running;
  }

  // -------------------------------------------------------------- before the first bar

  async start(signal: AbortSignal): Promise<void> {
    const stop = () => void this.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      for (const running of this.#models.values()) this.#refuseOther(running);
      await this.#trainFirst();
      if (signal.aborted) return;
      for (const running of this.#models.values()) await this.#openHeld(running);
      if (this.#parts.needsVersions) this.#refuseWithout();
      await this.#catchUp();
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** A version that has served must still be what it was. */
  #refuseOther({ held: { model }, activations }: Running): void {
    for (const { version, digest } of activations.values()) {
      if (model.source.kind === 'file') continue;
      const found = this.#parts.registry.find(version)?.version;
      if (found?.digest === digest) continue;
      const what = found === undefined ? 'is gone from the registry' : 'has other bytes in the registry';
      throw new LiveError(
        'other-model',
        `version ${version.slice(0, 12)} of model \`${model.name}\`, which this run goes by, ${what}`,
        OTHER,
      );
    }
  }

  async #trainFirst(): Promise<void> {
    const isTrained = [...this.#models.values()].some(({ held }) => held.bound.by !== 'file');
    if (!isTrained || this.#ground.length === 0) return;
    try {
      await this.#train(this.#ground.length);
    } catch (error) {
      if (!(error instanceof TrainingFailed) || this.#isClosed) throw error;
      throw new LiveError('untrained', error.message, error.help ?? TRAIN_FIRST, error);
    }
  }

  /** Those that serve, and those that the ticks which are remembered were served by. */
  async #openHeld({ asked, turns, held }: Running): Promise<void> {
    const last = this.#ground.lastOf(asked.clock);
    const needed = new Set<string>();
    const first = turns.at(last + 1);
    if (first !== undefined) needed.add(first);
    for (let tick = Math.max(this.#ground.before(asked.clock), last - asked.remembers); tick <= last; tick++) {
      const version = turns.at(tick);
      if (version !== undefined) needed.add(version);
    }
    for (const version of needed) await this.#serving(held.model, version);
  }

  async #serving(model: Model, id: string): Promise<Serving> {
    const known = this.#servings.get(id);
    if (known !== undefined) return known;
    const { registry, devices } = this.#parts;
    const version = registry.resolve(id);
    const log = (line: string) => this.#parts.notice({ level: 'info', what: line });
    const about = { registry, devices: { log, ...(devices !== undefined && { cacheFolder: devices }) } };
    const serving = await openVersion(about, version, model, 1);
    this.#servings.set(id, serving);
    return serving;
  }

  #refuseWithout(): void {
    for (const { held, asked, turns, training } of this.#models.values()) {
      const next = this.#ground.lastOf(asked.clock) + 1;
      if (turns.at(next) !== undefined || turns.due(this.#ground.length).length > 0) continue;
      const why = training ?? 'its calendar has no instant that could be trained';
      throw new LiveError(
        'untrained',
        `model \`${held.model.name}\` has no version to begin with: ${why}`,
        TRAIN_FIRST,
      );
    }
  }

  /** Runs the streams over all that was consumed, so that they stand where the next tick begins. */
  async #catchUp(): Promise<void> {
    for (const { asked } of this.#models.values()) {
      for (let tick = 0; tick < this.#ground.before(asked.clock); tick++) asked.passEmpty();
    }
    const until = this.#ground.length;
    for (; this.#next < until; this.#next++) {
      for (const { asked, turns, reads, used } of this.#models.values()) {
        const tick = this.#ground.completedAt(asked.clock, this.#next);
        const version = tick < 0 ? undefined : turns.at(tick);
        const serving = version === undefined ? undefined : this.#servings.get(version);
        await this.#advance(asked, serving);
        if (tick < 0) continue;
        if (version !== undefined) used.add(version);
        const isNear = this.#ground.lastOf(asked.clock) - tick < asked.memory;
        await asked.ask(serving, this.#isReady(asked.clock, tick, reads), isNear ? 'again' : 'passing');
      }
      if (this.#next % TICKS_A_TURN === 0) await nextTurn();
    }
  }

  /** Brings all streams of a model to the base tick that is next. */
  async #advance(asked: AskedModel, serving: Serving | undefined): Promise<void> {
    asked.streamsOf(serving);
    for (const stream of asked.streams) {
      for (let behind = 0; stream.next <= this.#next; behind++) {
        stream.advance();
        if (behind % TICKS_A_TURN === TICKS_A_TURN - 1) await nextTurn();
      }
    }
  }

  /** The models that it reads have had versions since then. */
  #isReady(clock: number, tick: number, reads: readonly string[]): boolean {
    const openMs = this.#ground.openOf(clock, tick);
    return reads.every(name => {
      const { asked, turns } = this.#running(name);
      return Number.isFinite(turns.first) && this.#ground.openOf(asked.clock, turns.first) <= openMs;
    });
  }

  // -------------------------------------------------------------- a tick

  async before(input: TickInput): Promise<readonly Input[]> {
    this.#ground.take(input);
    if (this.#ground.length <= this.#next) return [];
    const base = this.#next;
    const inputs: Input[] = [];
    await this.#waitFor(base);
    const startedMs = this.#clock();
    for (const running of this.#models.values()) inputs.push(...this.#begin(running, base));
    const lateMs = Math.max(0, input.receivedMs - closeMs(this.#ground.gridOf(0), base));
    for (const running of this.#models.values()) {
      const said = await this.#say(running, base);
      if (said !== undefined) inputs.push(said);
      note(running.latencies, this.#clock() - startedMs + lateMs);
    }
    this.#next = base + 1;
    this.#trainIfDue(base);
    return inputs;
  }

  /** Trainings of which something should serve by now. */
  async #waitFor(base: number): Promise<void> {
    const due = this.#pending.filter(({ activeFrom }) => activeFrom <= base);
    if (this.#parts.patience === 'all day') for (const { done } of due) await done;
    else for (const { atMs } of due) this.#tellLate(atMs);
  }

  #tellLate(atMs: number): void {
    for (const running of this.#models.values()) {
      const number = running.turns.numberOf(atMs);
      if (number === undefined || running.turns.has(number) || running.late !== undefined) continue;
      const model = running.held.model.name;
      const text = `${model}: the version of ${dayOf(atMs)} is not trained yet; the one before it goes on`;
      running.late = { text, sinceMs: Date.now() };
      this.#parts.notice({ level: 'alert', what: 'model not trained in time', facts: { model, trained: dayOf(atMs) } });
    }
  }

  /** Versions that serve from this base tick on. */
  #begin({ held, turns, activations, asked, isRead, used }: Running, base: number): readonly ActivationInput[] {
    const model = held.model.name;
    const begun = turns.due(base).map(({ number, version, late }): ActivationInput => {
      const { atMs = Number.NaN, activeMs = Number.NaN } = turns.instants[number] ?? {};
      // What began before the run did is no latecomer.
      const isLate = late && base > this.#ground.past;
      const digest = this.#parts.registry.find(version)?.version.digest ?? '';
      const openMs = isLate ? this.#ground.openMs(base) : activeMs;
      return {
        type: 'activated',
        model,
        version,
        digest,
        trainedMs: atMs,
        openMs,
        ...(isLate && { late: true as const }),
      };
    });
    const { fixed } = held;
    const tick = this.#ground.completedAt(asked.clock, base);
    if (fixed !== undefined && tick >= fixed.from && !activations.has(fixed.version.id)) {
      const { id, digest } = fixed.version;
      begun.push({ type: 'activated', model, version: id, digest, openMs: this.#ground.openMs(base) });
    }
    for (const input of begun) {
      this.#hearActivation(input);
      // What others learn from reaches further back than the run.
      if (isRead) used.add(input.version);
      this.#parts.notice({
        level: input.late ? 'alert' : 'info',
        what: input.late ? 'model begins to serve late' : 'model begins to serve',
        facts: { model, version: input.version.slice(0, 12) },
      });
    }
    return begun;
  }

  async #say(running: Running, base: number): Promise<PredictionInput | undefined> {
    const { asked, turns, reads, used, held } = running;
    const tick = this.#ground.completedAt(asked.clock, base);
    const version = tick < 0 ? undefined : turns.at(tick);
    const serving = version === undefined ? undefined : await this.#serving(held.model, version);
    await this.#advance(asked, serving);
    if (tick < 0) return undefined;
    if (version !== undefined) used.add(version);
    const said = await asked.ask(serving, this.#isReady(asked.clock, tick, reads), 'live');
    this.#noteFailure(running, said);
    if (said.failure === undefined && this.#stands(tick, said)) return undefined;
    for (const [key, values] of said.values) this.#write(asked.clock, key, tick, values);
    return {
      type: 'prediction',
      model: held.model.name,
      version: version ?? '',
      openMs: this.#ground.openOf(asked.clock, tick),
      values: Object.fromEntries(said.values),
      ...(said.failure !== undefined && { failure: said.failure }),
      ...(said.flatten && { flatten: true as const }),
    };
  }

  /** Whether all that was said stands in the columns as it is: absent, or journaled before a crash. */
  #stands(tick: number, { values }: Said): boolean {
    return [...values].every(([key, lanes]) =>
      lanes.every((value, lane) => Object.is(value, this.#said.get(key)?.[lane]?.[tick] ?? Number.NaN)),
    );
  }

  #noteFailure(running: Running, { failure }: Said): void {
    const { held } = running;
    if (failure === undefined) {
      running.failure = undefined;
      return;
    }
    running.failures += 1;
    running.failure ??= { text: `${held.model.name}: ${failure}`, sinceMs: Date.now() };
    this.#parts.notice({
      level: 'alert',
      what: 'model did not answer',
      facts: { model: held.model.name, why: failure, instead: held.model.onFailure },
    });
  }

  // -------------------------------------------------------------- trainings

  /** Begins the trainings whose T is a base tick that has just been told. */
  #trainIfDue(base: number): void {
    const instants = [...this.#models.values()].flatMap(({ turns, held, isRead }) => {
      const instant = turns.instants.find(({ baseTick }) => baseTick === base);
      const replacedFrom = isRead ? Number.POSITIVE_INFINITY : (held.fixed?.from ?? Number.POSITIVE_INFINITY);
      return instant === undefined || instant.serves >= replacedFrom ? [] : [instant];
    });
    const [first] = instants;
    if (first !== undefined) {
      this.#attempts = 0;
      this.#beginTraining(Math.min(...instants.map(({ activeFrom }) => activeFrom)), first.atMs, base + 1);
    }
  }

  #beginTraining(activeFrom: number, atMs: number, until: number): void {
    const isPatient = this.#parts.patience === 'all day';
    for (const running of this.#models.values()) {
      if (running.turns.numberOf(atMs) !== undefined) running.training = `trains the version of ${dayOf(atMs)}`;
    }
    const done = this.#train(until).catch((error: unknown) => {
      if (this.#isClosed) return;
      if (!(error instanceof TrainingFailed) || isPatient) throw error;
      this.#parts.notice({
        level: 'alert',
        what: 'training failed',
        facts: { trained: dayOf(atMs), why: error.message },
      });
      this.#attempts += 1;
      if (this.#attempts < MOST_ATTEMPTS) this.#beginTraining(activeFrom, atMs, until);
    });
    const pending: Pending = { activeFrom, atMs, done };
    this.#pending = [...this.#pending, pending];
    // Whoever waits for it hears of what went wrong.
    void done
      .catch(() => {})
      .finally(() => {
        this.#pending = this.#pending.filter(each => each !== pending);
      });
  }

  /** Trains what is due with the base ticks before `until`, and takes in what came of it. */
  async #train(until: number): Promise<void> {
    const { program, params, meta, registry, folder, cache, devices, threads } = this.#parts;
    const outcome = await this.#trainings.run(() => ({
      program,
      data: this.#ground.until(until),
      params,
      meta,
      neededFromMs: this.#ground.openMs(until),
      promotions: Object.fromEntries(
        this.bound.flatMap(({ model, by, hash }) => (by === 'promoted' ? [[model, hash]] : [])),
      ),
      registry: registry.folder,
      folder,
      cache,
      ...(devices !== undefined && { devices }),
      threads,
    }));
    await this.#takeIn(outcome);
  }

  async #takeIn({ models, warnings }: TrainingOutcome): Promise<void> {
    for (const { code, message } of warnings) this.#parts.notice({ level: 'info', what: message, facts: { code } });
    for (const [name, folds] of Object.entries(models)) {
      const running = this.#running(name);
      for (const fold of folds) await this.#takeFold(running, fold);
      const last = folds.at(-1);
      running.training = last === undefined ? warnings.find(({ code }) => code === 'E1110')?.message : whyNot(last);
    }
  }

  async #takeFold(running: Running, fold: TrainedFold): Promise<void> {
    const { turns, held } = running;
    const number = turns.numberOf(fold.atMs);
    if (number === undefined || turns.has(number)) return;
    const model = held.model.name;
    const trained = dayOf(fold.atMs);
    if (fold.version === undefined || !fold.accepted) {
      const why = whyNot(fold);
      if (why === undefined) return;
      this.#parts.notice({ level: 'alert', what: 'model not retrained', facts: { model, trained, why } });
      return;
    }
    await this.#serving(held.model, fold.version);
    turns.made(number, fold.version);
    running.late = undefined;
    const version = fold.version.slice(0, 12);
    this.#parts.notice({
      level: 'info',
      what: fold.isNew ? 'model trained' : 'model found',
      facts: { model, trained, version },
    });
  }

  #tell(event: TrainingEvent): void {
    const running = this.#models.get(event.model);
    if (running === undefined) return;
    if (event.kind === 'fold') running.training = `trains the version of ${dayOf(event.atMs)}, ${event.rows} rows`;
    if (event.kind === 'round') running.training = `round ${event.at.round} of ${event.at.rounds}`;
    if (event.kind === 'trial') running.training = `trial ${event.trial} of ${event.trials}`;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#trainings.close();
    await Promise.allSettled(this.#pending.map(({ done }) => done));
    for (const { predictor } of this.#servings.values()) await predictor.close();
  }

  // -------------------------------------------------------------- what is told

  used(): NonNullable<RunConfig['models']> {
    return [...this.#models.values()].map(({ held, used, turns }) => {
      const versions = [...used].map(id => ({ id, activeFrom: activeFromOf(held, turns, id, this.#parts.registry) }));
      const predictors = versions.flatMap(({ id }) => this.#servings.get(id)?.predictor ?? []);
      const isExact = predictors.every(({ promise }) => promise === 'exact');
      return {
        model: held.model.name,
        promise: isExact ? ('exact' as const) : ('approximate' as const),
        ...(!isExact && { predictor: [...new Set(predictors.map(({ name }) => name))].join(', ') }),
        versions,
      };
    });
  }

  status(): readonly ModelStatus[] {
    return [...this.#models.values()].map(running => {
      const { held, asked, turns, latencies, failures, training } = running;
      const version = turns.at(this.#ground.lastOf(asked.clock) + 1) ?? '';
      const openMs = running.activations.get(version)?.openMs;
      return {
        name: held.model.name,
        version,
        activeFromMs: openMs ?? null,
        latencyMs: quantiles(latencies),
        failures,
        drift: Number.isNaN(asked.drift) ? null : asked.drift,
        ...(training !== undefined && { training }),
      };
    });
  }

  degraded(): readonly Degraded[] {
    return [...this.#models.values()].flatMap(({ failure, late }) =>
      [failure, late].flatMap(about => (about === undefined ? [] : [{ code: 'model' as const, ...about }])),
    );
  }
}

const OTHER = 'put back what it was begun with, or give `--new` to set the journal aside and begin anew';
const TRAIN_FIRST = 'see what `vela train` says of the same candles';

function whyNot({ refusal, version, accepted }: TrainedFold): string | undefined {
  if (refusal !== undefined) return `${refusal.code}: ${refusal.message}`;
  return version !== undefined && !accepted ? 'its version fails `accept`' : undefined;
}

function activeFromOf({ fixed, model }: HeldModel, turns: Turns, id: string, registry: Registry): string {
  if (fixed?.version.id === id) {
    const { source } = model;
    if (source.kind === 'file') return source.trainedToMs === undefined ? '' : isoOf(source.trainedToMs + DAY_MS);
    return registry.find(id)?.version.activeFrom ?? '';
  }
  const origin = registry.find(id)?.version.origin;
  const number = origin?.kind === 'trained' ? turns.numberOf(Date.parse(origin.trainedAt)) : undefined;
  const instant = number === undefined ? undefined : turns.instants[number];
  return instant === undefined ? '' : isoOf(instant.activeMs);
}

const DAY_MS = 86_400_000;

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

function note(latencies: number[], ms: number): void {
  latencies.push(ms);
  if (latencies.length > MOST_LATENCIES) latencies.shift();
}

function quantiles(values: readonly number[]): Quantiles {
  if (values.length === 0) return { count: 0, p50: null, p99: null };
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  return { count: values.length, p50: at(0.5), p99: at(0.99) };
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
