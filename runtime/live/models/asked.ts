/**
 * One model, asked at a tick: rows of its features through the version that serves, and every column that the strategy wants
 * of it. What models/pipeline/columns.ts makes of whole spans, here of one tick.
 */
import type { ParamValues } from '../../../compiler/bind.ts';
import type { FeaturesPlan } from '../../../compiler/learning.ts';
import type { Model } from '../../../language/check/model.ts';
import { predictionKey } from '../../../language/check/prediction.ts';
import type { Program } from '../../../language/check/program.ts';
import { afterFailure, failureText, type LiveTimes, predictWithin } from '../../models/inference/live.ts';
import type { Predictor } from '../../models/inference/predictor.ts';
import type { Matrix } from '../../models/matrix.ts';
import { outputCount, outputsOf } from '../../models/output.ts';
import type { Serving } from '../../models/pipeline/predict.ts';
import type { PlanMaker } from '../../models/pipeline/types.ts';
import { canonicalText } from '../../models/registry/hash.ts';
import { type DriftWindow, driftWindow } from '../../models/statistics/drift-window.ts';
import type { Baseline } from '../../models/statistics/stability.ts';
import { applySteps, plainSteps } from '../../models/steps/apply.ts';
import type { FeatureRows, FeatureStream } from './stream.ts';

/** A column that is asked for. `block`: of the features, where it is not the model's own. */
interface Wanted {
  readonly key: string;
  readonly is: 'prediction' | 'likeliest' | 'drift';
  readonly block: number | undefined;
  /** Of a prediction: its output. */
  readonly output: number;
  /** Of a drift. */
  readonly window: number;
  readonly ofOutputs: boolean;
}

export interface AskedParts {
  readonly program: Program;
  readonly plans: PlanMaker;
  readonly model: Model;
  /** The stages of a block's columns with other values of some params than the run's own. */
  readonly stream: (features: FeaturesPlan, params: ParamValues | undefined) => FeatureStream;
  /** Milliseconds for an answer; undefined: until it is there. */
  readonly budgetMs: number | undefined;
  readonly times: LiveTimes;
  /** Stands before each predictor. */
  readonly through: (predictor: Predictor) => Predictor;
}

/** `failure`: why `values` are what `on_failure` says. */
export interface Said {
  readonly values: ReadonlyMap<string, Float64Array>;
  readonly failure?: string;
  readonly flatten?: true;
}

/**
 * - `live`: within the budget, and with what `on_failure` says.
 * - `again`: of a tick whose answer is journaled, for what is remembered of it.
 * - `passing`: nothing of its answer is needed any more.
 */
export type Asking = 'live' | 'again' | 'passing';

/** Ticks over which the inputs of a model are compared with its training, for those who watch a run. */
const WATCHED_TICKS = 500;

type Values = Map<string, Float64Array>;

export class AskedModel {
  readonly model: Model;
  readonly features: FeaturesPlan;
  readonly clock: number;
  readonly #parts: AskedParts;
  readonly #wanted: readonly Wanted[];
  /** Streams by block and params. */
  readonly #streams = new Map<string, FeatureStream>();
  readonly #windows = new Map<string, DriftWindow>();
  readonly #watched = driftWindow(WATCHED_TICKS);
  #watchedBaselines: readonly Baseline[] | undefined;
  /** What was answered last, and by which version. */
  #last: { readonly version: string; readonly values: Values } | undefined;

  constructor(parts: AskedParts) {
    const { program, plans, model } = parts;
    this.#parts = parts;
    this.model = model;
    this.features = plans.features(model);
    this.clock = this.features.clock;
    this.#wanted = wantedOf(program, model);
  }

  /** Columns that it fills, and how many lanes each has. */
  get keys(): readonly (readonly [key: string, lanes: number])[] {
    return this.#wanted.map(({ key, block }) => [key, this.#empty(block).length]);
  }

  /** Of the features of its training, over the last bars; NaN before there are enough. */
  get drift(): number {
    return this.#watchedBaselines === undefined ? Number.NaN : this.#watched.value(this.#watchedBaselines);
  }

  /** Ticks that matter later on. */
  get remembers(): number {
    return Math.max(WATCHED_TICKS, ...this.#wanted.map(({ is, window }) => (is === 'drift' ? window : 0)));
  }

  /** Ticks whose outputs do. */
  get memory(): number {
    return Math.max(0, ...this.#wanted.map(({ is, ofOutputs, window }) => (is === 'drift' && ofOutputs ? window : 0)));
  }

  /** The streams that a version reads, opened where they are not. */
  streamsOf(serving: Serving | undefined): readonly FeatureStream[] {
    return this.#blocks().map(block => this.#streamOf(block, serving));
  }

  /** All that are open. */
  get streams(): readonly FeatureStream[] {
    return [...this.#streams.values()];
  }

  /** Lets go of the streams that only other versions than these read. */
  keepStreamsOf(servings: readonly Serving[]): void {
    const kept = new Set(
      [undefined, ...servings].flatMap(serving => this.#blocks().map(block => keyOf(block, serving))),
    );
    for (const key of this.#streams.keys()) if (!kept.has(key)) this.#streams.delete(key);
  }

  #blocks(): readonly (number | undefined)[] {
    return [...new Set([undefined, ...this.#wanted.map(({ block }) => block)])];
  }

  #streamOf(block: number | undefined, serving: Serving | undefined): FeatureStream {
    const key = keyOf(block, serving);
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const { plans, model } = this.#parts;
    const features = block === undefined ? this.features : plans.features(model, block);
    const stream = this.#parts.stream(features, serving?.version.params);
    this.#streams.set(key, stream);
    return stream;
  }

  /** What it says of the block's tick that the streams stand at. `isReady`: the models that it reads have versions. */
  async ask(serving: Serving | undefined, isReady: boolean, how: Asking): Promise<Said> {
    const outputs = new Map<number | undefined, readonly Float64Array[]>();
    const rows = new Map<number | undefined, FeatureRows>();
    let failure: string | undefined;
    for (const block of this.#blocks()) {
      const found = this.#streamOf(block, serving).rows();
      const own = isReady ? found : { ...found, lanes: [] };
      rows.set(block, own);
      const isAsked = how !== 'passing' && (block !== undefined || this.#readsOwn);
      const answer = isAsked ? await this.#predict(serving, own, how) : undefined;
      if (answer !== undefined && 'failure' in answer) failure ??= answer.failure;
      outputs.set(block, answer !== undefined && 'outputs' in answer ? answer.outputs : this.#absent(block));
    }
    const own = rows.get(undefined);
    if (own !== undefined) this.#watched.push(matrixOf(own.columns, own.lanes));
    this.#watchedBaselines = serving?.version.baselines?.features;
    const values: Values = new Map();
    for (const wanted of this.#wanted) values.set(wanted.key, this.#column(wanted, rows, outputs, serving));
    if (how !== 'live') return { values };
    if (failure === undefined) {
      if (serving !== undefined) this.remember(serving.version.id, values);
      return { values };
    }
    return this.#inItsPlace(failure, values, serving, rows);
  }

  /** A tick of the block that lies before all streams: it counts as one without rows. */
  passEmpty(): void {
    const nothing = matrixOf(
      this.features.columns.map(() => new Float64Array()),
      [],
    );
    this.#watched.push(nothing);
    for (const wanted of this.#wanted) if (wanted.is === 'drift') this.#windowOf(wanted).push(nothing);
  }

  /** What was answered was another's answer. */
  forget(): void {
    this.#last = undefined;
  }

  /** What it answered, or what was journaled as its answer. */
  remember(version: string, values: ReadonlyMap<string, Float64Array>): void {
    const answered = this.#wanted.flatMap(({ key, is }): readonly (readonly [string, Float64Array])[] => {
      const said = values.get(key);
      return is === 'drift' || said === undefined ? [] : [[key, said]];
    });
    this.#keep(version, new Map(answered));
  }

  /** Where nothing was said, what was said before stands. */
  #keep(version: string, said: Values): void {
    const before = this.#last?.version === version ? this.#last.values : new Map<string, Float64Array>();
    const values = new Map(before);
    for (const [key, now] of said) {
      const older = before.get(key);
      values.set(
        key,
        now.map((value, lane) => (Number.isNaN(value) ? (older?.[lane] ?? Number.NaN) : value)),
      );
    }
    this.#last = { version, values };
  }

  /** What stands in for an answer that did not come: of the rows that were asked about, and of nothing else. */
  #inItsPlace(
    failure: string,
    values: Values,
    serving: Serving | undefined,
    rows: ReadonlyMap<number | undefined, FeatureRows>,
  ): Said {
    const last = this.#last?.version === serving?.version.id ? this.#last : undefined;
    const fallback = afterFailure(this.model.onFailure, last);
    if (fallback.use === 'last') {
      for (const { key, is, block } of this.#wanted) {
        if (is === 'drift') continue;
        const asked = rows.get(block)?.lanes ?? [];
        const before = fallback.outputs.values.get(key);
        values.set(
          key,
          this.#empty(block).map((_, lane) => (asked.includes(lane) ? (before?.[lane] ?? Number.NaN) : Number.NaN)),
        );
      }
    }
    return { values, failure, ...(fallback.flatten && { flatten: true }) };
  }

  get #readsOwn(): boolean {
    return this.#wanted.some(({ block, is, ofOutputs }) => block === undefined && (is !== 'drift' || ofOutputs));
  }

  async #predict(
    serving: Serving | undefined,
    { columns, lanes }: FeatureRows,
    how: Asking,
  ): Promise<{ readonly outputs: readonly Float64Array[] } | { readonly failure: string } | undefined> {
    if (serving === undefined || lanes.length === 0) return undefined;
    const { version } = serving;
    const { objective } = this.model;
    const { matrix } = applySteps(version.steps, columns, Int32Array.from(lanes));
    const { budgetMs, times, through } = this.#parts;
    const answer =
      how === 'live'
        ? await answerOf(through(serving.predictor), matrix, budgetMs, times)
        : await answerOf(serving.predictor, matrix, undefined, times);
    if (typeof answer === 'string') return { failure: answer };
    const values = outputsOf(objective, answer, lanes.length, version.calibration);
    const count = columns[0]?.length ?? 0;
    return {
      outputs: this.#outputs(count).map((column, output) => {
        lanes.forEach((lane, row) => {
          column[lane] = values[output * lanes.length + row] ?? Number.NaN;
        });
        return column;
      }),
    };
  }

  #column(
    { is, block, output, window, ofOutputs, key }: Wanted,
    rows: ReadonlyMap<number | undefined, FeatureRows>,
    outputs: ReadonlyMap<number | undefined, readonly Float64Array[]>,
    serving: Serving | undefined,
  ): Float64Array {
    const said = outputs.get(block) ?? this.#absent(block);
    if (is === 'prediction') return said[output] ?? this.#empty(block);
    if (is === 'likeliest') return likeliest(said, this.#empty(block));
    const { columns, lanes } = rows.get(block) ?? { columns: [], lanes: [] };
    const moving = this.#windowOf({ key, window });
    moving.push(matrixOf(ofOutputs ? said : columns, lanes));
    const baselines = ofOutputs ? serving?.version.baselines?.outputs : serving?.version.baselines?.features;
    return this.#empty(block).fill(baselines === undefined ? Number.NaN : moving.value(baselines));
  }

  #windowOf({ key, window }: Pick<Wanted, 'key' | 'window'>): DriftWindow {
    const known = this.#windows.get(key) ?? driftWindow(window);
    this.#windows.set(key, known);
    return known;
  }

  /** One value a lane of a block. */
  #empty(block: number | undefined): Float64Array {
    const { plans, model } = this.#parts;
    const features = block === undefined ? this.features : plans.features(model, block);
    return new Float64Array(lanesOf(features)).fill(Number.NaN);
  }

  #absent(block: number | undefined): readonly Float64Array[] {
    return this.#outputs(this.#empty(block).length);
  }

  #outputs(lanes: number): readonly Float64Array[] {
    const count = outputCount(this.model.objective);
    return Array.from({ length: count }, () => new Float64Array(lanes).fill(Number.NaN));
  }
}

/** Of a stream. */
function keyOf(block: number | undefined, serving: Serving | undefined): string {
  const params = serving?.version.params;
  return `${block ?? ''} ${params === undefined ? '' : canonicalText(params)}`;
}

function lanesOf({ axis, plan }: FeaturesPlan): number {
  return axis === null ? 1 : (plan.universes[axis]?.members.length ?? 1);
}

/** Margins, or why there are none. */
async function answerOf(
  predictor: Predictor,
  matrix: Matrix,
  budgetMs: number | undefined,
  times: LiveTimes,
): Promise<Float64Array | string> {
  if (budgetMs !== undefined) {
    const answer = await predictWithin(predictor, matrix, budgetMs, times);
    return answer.kind === 'margins' ? answer.margins : failureText(answer);
  }
  try {
    return await predictor.predict(matrix);
  } catch (error) {
    return failureText({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

/** Raw columns of some lanes, rounded as a model sees them. */
function matrixOf(columns: readonly Float64Array[], lanes: readonly number[]): Matrix {
  return applySteps(plainSteps(columns.length), columns, Int32Array.from(lanes)).matrix;
}

/** Number of the class with the highest probability, the first of equals. */
function likeliest(outputs: readonly Float64Array[], column: Float64Array): Float64Array {
  return column.map((_, lane) => {
    if (Number.isNaN(outputs[0]?.[lane] ?? Number.NaN)) return Number.NaN;
    let best = 0;
    outputs.forEach((output, k) => {
      if ((output[lane] ?? 0) > (outputs[best]?.[lane] ?? 0)) best = k;
    });
    return best;
  });
}

function wantedOf(program: Program, model: Model): readonly Wanted[] {
  const blockName = (block: number) => program.blocks[block]?.name ?? `${block}`;
  const classes = model.objective.kind === 'softmax' ? model.objective.classes : [];
  const wanted = new Map<string, Wanted>();
  for (const node of program.nodes) {
    if ((node.op !== 'predict' && node.op !== 'drift') || node.attrs.name !== model.name) continue;
    const key = predictionKey(node, blockName);
    const { block, field, value = 1 } = node.attrs;
    wanted.set(key, {
      key,
      is: node.op === 'drift' ? 'drift' : field === 'likeliest' ? 'likeliest' : 'prediction',
      block,
      output: node.op === 'drift' || field === undefined ? 0 : classes.indexOf(field),
      window: value,
      ofOutputs: node.op === 'drift' && field === 'prediction',
    });
  }
  return [...wanted.values()];
}
