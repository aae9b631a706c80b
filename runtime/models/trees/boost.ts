/**
 * Boosting: round after round, trees on the gradients at the present margins, until there are enough of them or the valid
 * part says that more would not help.
 */
import type { TrainerName } from '../../../language/check/model.ts';
import type { Tree, TreeArtefact } from '../artefact.ts';
import { modelError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import type { Progress, Trained, TrainRequest } from '../trainer.ts';
import { type Binned, binMatrix } from './binned.ts';
import { importance } from './importance.ts';
import { TreeMaker } from './maker.ts';
import { f, type TargetRows, type TreeObjective } from './objective/objective.ts';
import { objectiveOf, targetFor, trainingTarget } from './objective/of.ts';
import { addTree } from './predict.ts';
import type { TreeSettings } from './settings.ts';

/** How trees come together: each on what the ones before left over, or side by side, each with its share of the sum. */
export interface Plan {
  readonly trainer: TrainerName;
  readonly sideBySide: boolean;
  /** What histograms may take, in bytes. Does not change a bit of the result. */
  readonly histogramBytes?: number;
}

const NAP_AFTER_MS = 40;
export async function boost(request: TrainRequest, settings: TreeSettings, plan: Plan): Promise<Trained> {
  const objective = objectiveOf(request.objective, settings);
  const target = trainingTarget(plan.trainer, request.train, request.objective);
  const { histogramBytes } = plan;
  const shape = {
    outputs: objective.outputs,
    threads: Math.max(1, Math.floor(request.threads)),
    ...(histogramBytes !== undefined && { histogramBytes }),
  };
  const binned = await binMatrix(request.train.matrix, shape, settings);
  if (binned === undefined) throw modelError('E1124', { trainer: plan.trainer, reason: 'columns' });
  try {
    return await new Boosting({ request, settings, plan, objective, target, binned }).train();
  } finally {
    await binned.workspace.stop();
  }
}

interface BoostingParts {
  readonly request: TrainRequest;
  readonly settings: TreeSettings;
  readonly plan: Plan;
  readonly objective: TreeObjective;
  readonly target: TargetRows;
  readonly binned: Binned;
}

/** Rows that the loss is watched on. */
interface Watched {
  readonly matrix: Matrix;
  readonly target: TargetRows;
  readonly margins: readonly Float32Array[];
}

class Boosting {
  private readonly parts: BoostingParts;
  private readonly base: Float32Array;
  private readonly maker: TreeMaker;
  private readonly watched: Watched | undefined;

  constructor(parts: BoostingParts) {
    this.parts = parts;
    const { request, settings, objective, target } = parts;
    this.base = objective.base(target, settings.baseScore);
    this.maker = new TreeMaker({ ...parts, seed: request.seed }, this.base);
    if (request.valid !== undefined && request.valid.matrix.rows > 0) {
      const { matrix } = request.valid;
      this.watched = {
        matrix,
        target: targetFor(request.valid, request.objective),
        margins: Array.from(this.base, start => new Float32Array(matrix.rows).fill(start)),
      };
    }
  }

  async train(): Promise<Trained> {
    const { request, plan, objective, settings } = this.parts;
    const rounds = settings.trees;
    // The sum of trees side by side means nothing before the last one.
    const stops = plan.sideBySide ? undefined : request.earlyStoppingRounds;
    const trees: Tree[] = [];
    const curve: Progress[] = [];
    let best = { round: 0, score: Number.NaN };
    let rested = performance.now();
    for (let round = 0; round < rounds; round++) {
      request.signal?.throwIfAborted();
      trees.push(...this.grow(round));
      const metric = plan.sideBySide && round < rounds - 1 ? undefined : this.measure();
      const progress: Progress = { round: round + 1, rounds, ...(metric !== undefined && { metric }) };
      curve.push(progress);
      request.progress?.(progress);
      if (metric !== undefined && isBetter(objective, metric.valid, best.score)) best = { round, score: metric.valid };
      if (metric !== undefined && stops !== undefined && round - best.round >= stops) break;
      if (performance.now() - rested > NAP_AFTER_MS) {
        await new Promise(resolve => setImmediate(resolve));
        rested = performance.now();
      }
    }
    const kept = this.watched !== undefined && stops !== undefined ? best.round + 1 : curve.length;
    const artefact: TreeArtefact = {
      kind: 'trees',
      features: request.train.matrix.columns,
      outputs: objective.outputs,
      base: this.base,
      trees: trees.slice(0, kept * objective.outputs),
    };
    return { artefact, rounds: kept, curve, gain: importance(artefact, 'gain') };
  }

  /** A tree for each output. */
  private grow(round: number): readonly Tree[] {
    const { objective, plan, settings } = this.parts;
    if (round === 0 || !plan.sideBySide) this.maker.gradients();
    const rate = f(plan.sideBySide ? settings.learningRate / settings.trees : settings.learningRate);
    return Array.from({ length: objective.outputs }, (_, output) => {
      const grown = this.maker.grow(round * objective.outputs + output, output, rate);
      this.maker.move(grown);
      if (this.watched !== undefined) addTree(grown.tree, this.watched.matrix, this.watched.margins[output]);
      return grown.tree;
    });
  }

  private measure(): { readonly name: string; readonly train: number; readonly valid: number } | undefined {
    const { objective, target } = this.parts;
    if (this.watched === undefined) return undefined;
    const { metric } = objective;
    return {
      name: metric.name,
      train: metric.of(target, this.maker.margins),
      valid: metric.of(this.watched.target, this.watched.margins),
    };
  }
}

function isBetter({ metric }: TreeObjective, score: number, best: number): boolean {
  return Number.isNaN(best) || (metric.better === 'lower' ? score < best : score > best);
}
