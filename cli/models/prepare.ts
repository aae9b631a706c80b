/** The models of a strategy on the market of a run: what `vela train` makes and `vela backtest` asks. */
import { join } from 'node:path';
import { openKernelRun } from '../../compiler/index.ts';
import type { Configuration } from '../../language/check/configuration.ts';
import type { Program } from '../../language/check/program.ts';
import { cacheLimits, resolved } from '../../runtime/config/read.ts';
import { defaultCacheDir } from '../../runtime/data/cache.ts';
import type { MarketSet } from '../../runtime/data/market-set.ts';
import { instrumentsOf, metaOf } from '../../runtime/lane.ts';
import type { ModelWarning } from '../../runtime/models/errors.ts';
import { HONEST } from '../../runtime/models/parts.ts';
import { plansOf } from '../../runtime/models/pipeline/plans.ts';
import { prepareModels } from '../../runtime/models/pipeline/prepare.ts';
import type { Tell } from '../../runtime/models/pipeline/progress.ts';
import type { PreparedModels } from '../../runtime/models/pipeline/types.ts';
import type { Registry } from '../../runtime/models/registry/registry.ts';
import { type FactTable, factsFor, NO_FACTS } from '../backtest/facts.ts';
import type { ParamValues } from '../backtest/param_values.ts';
import { readBytes } from '../files.ts';
import type { Terminal } from '../terminal.ts';
import { tellTraining } from './telling.ts';

export interface ModelsInput {
  readonly program: Program;
  readonly set: MarketSet;
  readonly values: ParamValues;
  readonly facts?: FactTable;
  readonly configuration: Configuration;
  readonly registry: Registry;
  /** Folder of the strategy: paths of ONNX files are seen from there. */
  readonly folder: string;
  readonly threads: number;
  /** First base tick of the run's kernels, and the instant from which on predictions are read. */
  readonly runStart?: number;
  readonly neededFromMs?: number;
  /** As if no version were promoted. */
  readonly unpromoted?: boolean;
  /** Says nothing while it works. */
  readonly quiet?: boolean;
  /** Who is told of the work instead of a person at a terminal. */
  readonly tell?: Tell;
  /** Nothing is trained: rejects with `Untrained` where a version is missing. */
  readonly untrained?: 'refuse';
}

/** How often long work looks whether Ctrl-C was pressed. */
const LOOK_MS = 200;

/** Rejects with `Interrupted` after Ctrl-C: what was trained by then is kept. */
export async function prepare(terminal: Terminal, input: ModelsInput): Promise<PreparedModels> {
  const { program, set, values, facts = NO_FACTS, registry, configuration } = input;
  const stop = new AbortController();
  let interruption: unknown;
  const look = () =>
    terminal.checkpoint().catch((error: unknown) => {
      interruption ??= error;
      stop.abort();
    });
  const looking = setInterval(() => void look(), LOOK_MS);
  const telling = input.quiet || input.tell !== undefined ? undefined : tellTraining(terminal);
  const tell = input.tell ?? telling?.tell;
  try {
    registry.tidy();
    const cached = await defaultCacheDir(terminal.environment);
    const told = new Set<string>();
    return await prepareModels({
      program,
      plans: plansOf(program),
      registry,
      threads: input.threads,
      ground: {
        data: { instruments: instrumentsOf(set), predictions: new Map() },
        params: values,
        meta: program.instruments.map(({ symbol }) => metaOf(factsFor(facts, symbol))),
        open: openKernelRun,
        cache: {
          ...(cached !== undefined && { folder: join(cached, 'datasets') }),
          ...cacheLimits(resolved(configuration).system),
        },
        parts: HONEST,
        runStart: input.runStart ?? 0,
        warn: () => {},
      },
      ...(input.neededFromMs !== undefined && { neededFromMs: input.neededFromMs }),
      ...(tell !== undefined && { tell }),
      ...(input.untrained !== undefined && { untrained: input.untrained }),
      ...(input.unpromoted && { unpromoted: true }),
      signal: stop.signal,
      checkpoint: terminal.checkpoint,
      devices: {
        ...(cached !== undefined && { cacheFolder: cached }),
        log: line => {
          if (!told.has(line)) terminal.log(`${line}\n`);
          told.add(line);
        },
      },
      readGraph: path => readBytes(join(input.folder, path)),
    });
  } catch (error) {
    if (interruption !== undefined && error instanceof Error && error.name === 'AbortError') throw interruption;
    throw error;
  } finally {
    clearInterval(looking);
    telling?.end();
  }
}

/** One line each, as other warnings are shown. */
export function warningLines(warnings: readonly ModelWarning[]): readonly string[] {
  return warnings.filter(({ environment }) => environment !== true).map(({ code, message }) => `${code}: ${message}`);
}
