/**
 * What the models of a strategy say while it is written: by the versions that the project has of them. Nothing is trained for
 * that; a training that a person asks for goes on in a thread of its own.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plan } from '../../compiler/plan.ts';
import type { Program } from '../../language/check/program.ts';
import { withoutPositions } from '../../language/syntax/positions.ts';
import { Untrained } from '../../runtime/models/pipeline/make.ts';
import { plansOf } from '../../runtime/models/pipeline/plans.ts';
import type { Tell } from '../../runtime/models/pipeline/progress.ts';
import { REGISTRY_FOLDER, Registry } from '../../runtime/models/registry/registry.ts';
import { type Predictions, predictionsFor } from '../models/predictions.ts';
import type { Terminal } from '../terminal.ts';
import { type OnMarket, placed, type Told } from './setting.ts';

/** The project's own, wherever the server was started. */
function registryOf({ job }: OnMarket): Registry {
  return new Registry(join(job.folder, REGISTRY_FOLDER));
}

/** The latest predictions: an edit of a rule leaves them as they are. */
export class KeptPredictions {
  private kept: { readonly key: string; readonly predictions: Predictions } | undefined;

  async of(terminal: Terminal, market: OnMarket): Promise<Predictions | Told> {
    const registry = registryOf(market);
    const key = keyOf(market, registry);
    if (this.kept?.key === key) return this.kept.predictions;
    try {
      const predictions = await predictionsFor(terminal, { ...inputOf(market, registry), untrained: 'refuse' });
      this.kept = { key, predictions };
      return predictions;
    } catch (error) {
      if (!(error instanceof Untrained)) throw error;
      return { state: 'untrained', why: untrainedText(error) };
    }
  }
}

function untrainedText({ model, atMs }: Untrained): string {
  const day = new Date(atMs).toISOString().slice(0, 10);
  return `train to see figures: \`${model}\` has no version of ${day} for these candles (\`vela train\`)`;
}

/** Trains what is missing; how many versions that were. */
export async function trainMissing(terminal: Terminal, market: OnMarket, tell: (how: string) => void): Promise<number> {
  let trained = 0;
  const heard: Tell = event => {
    if (event.kind === 'fold')
      tell(`training \`${event.model}\`: version ${event.fold} of ${event.folds}, ${event.rows} rows`);
    if (event.kind === 'kept' && event.isNew) trained++;
  };
  await predictionsFor(terminal, { ...inputOf(market, registryOf(market)), tell: heard });
  return trained;
}

function inputOf({ job, source, program, plan, set, facts, fromMs }: OnMarket, registry: Registry) {
  return {
    source,
    program,
    configuration: job.configuration,
    plan,
    set,
    values: {},
    registry,
    ...(facts !== undefined && { facts }),
    ...(fromMs !== undefined && { fromMs }),
  };
}

/** Params that a model learns or predicts with: another value is another version. */
export function paramsOfModels(program: Program): ReadonlySet<string> {
  const plans = plansOf(program);
  return new Set(program.models.flatMap(model => [...plans.features(model).params, ...plans.paramsOf(model)]));
}

// ---------------------------------------------------------------- what predictions depend on

/** Declarations that no prediction reads. */
const READ_BY_NO_MODEL: ReadonlySet<string> = new Set([
  'strategy',
  'when',
  'while',
  'plot',
  'risk',
  'rebalance',
  'test',
]);

function keyOf({ job, source, program, plan, set, fromMs }: OnMarket, registry: Registry): string {
  // A search leaves params alone that rules read, so that it depends on all there is.
  const searches = program.models.some(({ training }) => training?.search !== undefined);
  const declarations = program.tree.declarations.filter(({ kind }) => searches || !READ_BY_NO_MODEL.has(kind));
  const graphs = program.models.flatMap(({ source: from }) =>
    from.kind === 'file' ? [stampOf(join(dirname(source.name), from.path))] : [],
  );
  return JSON.stringify([
    withoutPositions({ ...program.tree, declarations }),
    askedOf(plan),
    job.modules.map(({ path, text }) => [path, text]),
    job.configuration,
    set.hash,
    job.settings.market === undefined ? '' : stampOf(placed(job, job.settings.market)),
    fromMs,
    // How far back a run begins is a question of its warm-up.
    fromMs === undefined ? 0 : plan.planHash,
    graphs,
    registryStamp(registry.folder),
  ]);
}

function askedOf({ stages }: Plan): readonly string[] {
  return stages.flatMap(({ inputs }) =>
    inputs.flatMap(({ from }) => (from.kind === 'prediction' ? [JSON.stringify(from)] : [])),
  );
}

function registryStamp(folder: string): readonly string[] {
  const promoted = join(folder, 'promoted');
  return [
    ...namesIn(join(folder, 'versions')),
    ...namesIn(promoted).map(name => `${name} ${readFileSync(join(promoted, name), 'utf8')}`),
  ];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? file : `${file} ${stat.mtimeMs} ${stat.size}`;
}
