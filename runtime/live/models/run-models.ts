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
import { readyPredictor } from '../../models/inference/exact.ts';
import { type LiveTimes, REAL_TIMES } from '../../models/inference/live.ts';
import type { Predictor } from '../../models/inference/predictor.ts';
import { upstreamOf } from '../../models/pipeline/order.ts';
import type { Serving } from '../../models/pipeline/predict.ts';
import { openVersion } from '../../models/pipeline/serve.ts';
import type { PlanMaker } from '../../models/pipeline/types.ts';
import type { Registry } from '../../models/registry/registry.ts';
import { closeMs } from '../../models/splits/calendar.ts';
import { LiveError } from '../errors.ts';
import type { Notice } from '../run.ts';
import type { Degraded, ModelStatus } from '../status.ts';
import type { ActivationInput, BoundModel, Input, PredictionInput } from '../store/rows.ts';
import { AskedModel, type Said } from './asked.ts';
import { haveVersions, heldVersions, OTHER, refuseOther, refuseWithout, rememberedFrom } from './beginning.ts';
import { boundModels, type HeldModel } from './bound.ts';
import { PredictionColumns } from './columns.ts';
import type { Forecaster, TickInput } from './forecaster.ts';
import type { Ground } from './ground.ts';
import { groundWith, type Past } from './past.ts';
import { Retraining } from './retraining.ts';
import { type Answering, degradedBy, noteLatency, type Running, statusOf, usedOf } from './running.ts';
import { FeatureStream } from './stream.ts';
import type { TrainingRoom } from './training.ts';
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

/** So many ticks are caught up before others have their turn. */
const TICKS_A_TURN = 128;

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
  /** By id of the version: those that are ready to answer. */
  readonly #servings = new Map<string, Serving>();
  readonly #answering = new Map<string, Answering>();
  /** Of versions that answer no more. */
  #closing: Promise<unknown> = Promise.resolve();
  readonly #digests = new Map<string, string>();
  readonly #retraining: Retraining;
  /** Models that the journal speaks of and that are none of the run's, as long as nothing says that they are gone. */
  readonly #strange = new Set<string>();
  readonly #clock: () => number;
  /** Base tick that the streams are to run next. */
  #next: number;

  constructor(parts: RunModelsParts, ground: Ground, held: readonly HeldModel[]) {
    const { program, plan } = parts;
    this.#parts = parts;
    this.#ground = ground;
    this.#next = ground.past;
    this.#clock = parts.clock ?? (() => performance.now());
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
          without: undefined,
          isOther: false,
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
      if (one.fixed.serving !== undefined) this.#hold(one.fixed.version.id, one.fixed.serving);
    }
    this.#retraining = new Retraining({
      run: parts,
      ground,
      models: this.#models,
      open: async ({ held: { model } }, version, ready) => {
        if (ready !== undefined && !this.#servings.has(version)) {
          this.#hold(version, { version: ready.version, predictor: readyPredictor(ready.ready) });
          this.#digests.set(version, ready.version.digest);
        }
        await this.#serving(model, version);
      },
      known: () => this.ready,
    });
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
      case 'plan':
        this.#forget(input.models ?? []);
        return;
      default:
        return;
    }
  }

  #hearPrediction({ model, version, openMs, values, failure }: PredictionInput): void {
    const running = this.#heardOf(model);
    if (running === undefined) return;
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
    const running = this.#heardOf(input.model);
    if (running === undefined) return;
    const { turns, activations } = running;
    activations.set(input.version, input);
    const number = input.trainedMs === undefined ? undefined : turns.numberOf(input.trainedMs);
    if (number !== undefined) turns.begin(number, input.version, this.#ground.tickOf(input.openMs));
  }

  /** Undefined for one that was another strategy's, or before it is said that it was. */
  #heardOf(name: string): Running | undefined {
    const running = this.#models.get(name);
    if (running === undefined) this.#strange.add(name);
    return running;
  }

  /** What was said under these names was said by others: it stands, and nothing goes on of who said it. */
  #forget(names: readonly string[]): void {
    for (const name of names) {
      this.#strange.delete(name);
      const running = this.#models.get(name);
      if (running === undefined) continue;
      running.turns.forget();
      running.asked.forget();
      running.activations.clear();
      running.used.clear();
      running.isOther = true;
    }
  }

  #running(name: string): Running {
    const running = this.#models.get(name);
    if (running === undefined) throw new RangeError(`the run has no model ${name}`);
    return running;
  }

  // -------------------------------------------------------------- before the first bar

  async start(signal: AbortSignal): Promise<void> {
    const [strange] = this.#strange;
    if (strange !== undefined)
      throw new LiveError('journal-diverges', `the journal speaks of a model \`${strange}\``, OTHER);
    const stop = () => void this.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const fromMs = rememberedFrom(this.#models, this.#ground);
      const { patience, registry } = this.#parts;
      if (patience !== 'all day' && haveVersions(this.#models, this.#ground, registry)) {
        this.#retraining.beginFirst(fromMs);
      } else await this.#retraining.first(fromMs);
      if (signal.aborted) return;
      for (const running of this.#models.values()) await this.#openHeld(running);
      if (this.#parts.needsVersions) refuseWithout(this.#models, this.#ground);
      await this.#catchUp();
      this.#release();
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #openHeld(running: Running): Promise<void> {
    const { model } = running.held;
    for (const [version, isNeeded] of heldVersions(running, this.#ground)) {
      const digest = this.#digests.get(version) ?? this.#parts.registry.find(version)?.version.digest;
      if (!isNeeded && digest === undefined) continue;
      refuseOther(model, running.activations.get(version), digest);
      await this.#serving(model, version);
    }
  }

  async #serving(model: Model, id: string): Promise<Serving> {
    const known = this.#servings.get(id);
    if (known !== undefined) return known;
    const { registry, devices } = this.#parts;
    const version = registry.resolve(id);
    const log = (line: string) => this.#parts.notice({ level: 'info', what: line });
    const about = { registry, devices: { log, ...(devices !== undefined && { cacheFolder: devices }) } };
    const serving = await openVersion(about, version, model, 1);
    this.#hold(id, serving);
    return serving;
  }

  #hold(id: string, serving: Serving): void {
    const { promise, name } = serving.predictor;
    this.#servings.set(id, serving);
    this.#answering.set(id, { promise, name });
  }

  /** Ids of the versions that are ready to answer. */
  get ready(): readonly string[] {
    return [...this.#servings.keys()];
  }

  /** Lets go of versions that answer no more: a run over years is retrained hundreds of times. */
  #release(): void {
    const needed = new Set<string>();
    for (const { asked, turns } of this.#models.values()) {
      const ids = turns.stillNeeded(this.#ground.lastOf(asked.clock) + 1);
      for (const id of ids) needed.add(id);
      asked.keepStreamsOf([...ids].flatMap(id => this.#servings.get(id) ?? []));
    }
    for (const [id, { predictor }] of this.#servings) {
      if (needed.has(id)) continue;
      this.#servings.delete(id);
      const closed = predictor.close().catch((error: unknown) => this.#cannotClose(error));
      this.#closing = Promise.all([this.#closing, closed]);
    }
  }

  #cannotClose(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#parts.notice({ level: 'warning', what: 'model cannot be let go of', facts: { why } });
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
    await this.#retraining.settle(base);
    const startedMs = this.#clock();
    for (const running of this.#models.values()) inputs.push(...this.#begin(running, base));
    const lateMs = Math.max(0, input.receivedMs - closeMs(this.#ground.gridOf(0), base));
    for (const running of this.#models.values()) {
      const said = await this.#say(running, base);
      if (said !== undefined) inputs.push(said);
      noteLatency(running, this.#clock() - startedMs + lateMs);
    }
    this.#next = base + 1;
    if (inputs.some(({ type }) => type === 'activated')) this.#release();
    this.#retraining.beginDue(base);
    return inputs;
  }

  /** Versions that serve from this base tick on. */
  #begin(running: Running, base: number): readonly ActivationInput[] {
    const { held, turns, activations, asked, isRead, used } = running;
    const model = held.model.name;
    const begun = turns.due(base).map(({ number, version, late }): ActivationInput => {
      const { atMs = Number.NaN, activeMs = Number.NaN } = turns.instants[number] ?? {};
      // What began before the run did is no latecomer.
      const isLate = late && base > this.#ground.past;
      const digest = this.#digests.get(version) ?? this.#parts.registry.find(version)?.version.digest ?? '';
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
      // What takes the place of another begins when it does.
      const isLate = input.late === true && !running.isOther;
      this.#parts.notice({
        level: isLate ? 'alert' : 'info',
        what: isLate ? 'model begins to serve late' : 'model begins to serve',
        facts: { model, version: input.version.slice(0, 12) },
      });
    }
    if (begun.length > 0) running.isOther = false;
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
    this.#noteVersion(running, version);
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

  /** What failed to succeed a version lets it serve for `max_age`, and no longer. */
  #noteVersion(running: Running, version: string | undefined): void {
    if (version !== undefined || running.activations.size === 0) {
      running.without = undefined;
      return;
    }
    if (running.without !== undefined) return;
    const model = running.held.model.name;
    const text = `${model}: no version serves any more: the last one is past its \`max_age\`, and none has come after it`;
    running.without = { text, sinceMs: Date.now() };
    this.#parts.notice({ level: 'alert', what: 'model has no version', facts: { model } });
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

  async close(): Promise<void> {
    await this.#retraining.close();
    for (const { predictor } of this.#servings.values()) await predictor.close();
    await this.#closing;
  }

  // -------------------------------------------------------------- what is told

  used(): NonNullable<RunConfig['models']> {
    return [...this.#models.values()].map(running => usedOf(running, this.#answering, this.#parts.registry));
  }

  status(): readonly ModelStatus[] {
    return [...this.#models.values()].map(running => statusOf(running, this.#ground.lastOf(running.asked.clock) + 1));
  }

  degraded(): readonly Degraded[] {
    return [...this.#models.values()].flatMap(degradedBy);
  }
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
