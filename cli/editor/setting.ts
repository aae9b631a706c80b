/** A job made ready to run: checked, compiled, with its data, which stay in memory while the files do not change. */
import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { compileProgram, type Plan } from '../../compiler/index.ts';
import type { Program } from '../../language/check/program.ts';
import { cannotRunYet, checkStrategy, readStrategy } from '../../language/index.ts';
import type { SourceFile } from '../../language/syntax/tree.ts';
import type { RunStatus, Settings } from '../../lsp/server/protocol.ts';
import type { RunJob } from '../../lsp/server/runs.ts';
import { defaultCacheDir } from '../../runtime/data/cache.ts';
import { loneSet, type MarketSet, placeTogether } from '../../runtime/data/market-set.ts';
import { simulateMarket, simulationText } from '../../runtime/data/simulate.ts';
import { isoMs } from '../../runtime/data/stamps.ts';
import { libraryTrees } from '../../stdlib/trees.ts';
import { type FactTable, readFacts } from '../backtest/facts.ts';
import { firstInstantRead } from '../backtest/from_files.ts';
import { loadFor } from '../backtest/load.ts';
import { lengthMs } from '../backtest/request.ts';
import type { RunInput } from '../backtest/run.ts';
import { warningLine } from '../compile_source.ts';
import type { Predictions } from '../models/predictions.ts';

/** A strategy, compiled, with the market that it is to run on. */
export interface OnMarket {
  readonly job: RunJob;
  readonly source: SourceFile;
  readonly program: Program;
  readonly plan: Plan;
  readonly warnings: readonly string[];
  readonly set: MarketSet;
  readonly simulated: boolean;
  readonly facts?: FactTable;
  readonly fromMs?: number;
  readonly maxGapMs?: number;
  readonly loadMs: number;
  readonly compileMs: number;
}

/** The same with what its models predict: all that a run takes. */
export interface Prepared {
  readonly job: RunJob;
  readonly program: Program;
  readonly input: RunInput;
}

/** There is nothing to run, and this is what to say of it. */
export type Told = Extract<RunStatus, { state: 'errors' | 'noData' | 'untrained' | 'failed' }>;

export function isTold(prepared: object): prepared is Told {
  return 'state' in prepared;
}

const NO_DATA =
  'no data: name candle files in the setting `vela.data`, or set `vela.simulate` to try it on simulated ones';
/** As `vela demo` takes them: thirty months of hours. */
const SIMULATION = { seed: 7, bars: 21_900 };
/** Sets of data that are kept: what one works on, what one came from, and a few more. */
const MOST_SETS = 4;

interface KeptSet {
  readonly stamp: string;
  readonly set: MarketSet;
}

export class Setting {
  private readonly library = libraryTrees();
  private readonly sets = new Map<string, KeptSet>();

  async market(job: RunJob): Promise<OnMarket | Told> {
    const { settings, configuration } = job;
    const source: SourceFile = { name: job.name, text: job.text, form: job.form };
    const modules = new Map(job.modules.map(({ path, ...file }) => [path, readStrategy(file).tree]));
    const startedMs = performance.now();
    const { program, diagnostics } = checkStrategy(source, { library: this.library, modules, configuration });
    const isBroken =
      diagnostics.some(({ severity }) => severity === 'error') || cannotRunYet(program, 'error').length > 0;
    if (isBroken) return { state: 'errors' };
    const watch = [...new Set([...program.streams.map(({ name }) => name), ...program.plots.map(({ name }) => name)])];
    const plan = compileProgram(program, watch);
    const compileMs = performance.now() - startedMs;
    const simulated = !hasData(settings) && settings.simulate === true;
    if (!hasData(settings) && !simulated) return { state: 'noData', why: NO_DATA };
    const facts = settings.market === undefined ? undefined : readFacts(placed(job, settings.market));
    const { fromMs, toMs } = { fromMs: instantOf(settings.from), toMs: instantOf(settings.to) };
    const maxGapMs = settings.maxGap === undefined ? undefined : lengthMs(settings.maxGap);
    const loadingMs = performance.now();
    const set = simulated
      ? this.simulated(plan)
      : await this.loaded(job, plan, {
          ...present('maxGapMs', maxGapMs),
          ...present('toMs', toMs),
          ...present('fromMs', fromMs),
          ...present('readsFromMs', firstInstantRead(plan, {}, facts, fromMs)),
        });
    const warnings = [...(simulated ? [simulationText(SIMULATION)] : []), ...diagnostics.map(warningLine)];
    return {
      job,
      source,
      program,
      plan,
      warnings,
      set,
      simulated,
      loadMs: performance.now() - loadingMs,
      compileMs,
      ...present('facts', facts),
      ...present('fromMs', fromMs),
      ...present('maxGapMs', maxGapMs),
    };
  }

  private async loaded(job: RunJob, plan: Plan, span: object): Promise<MarketSet> {
    const { settings } = job;
    const paths = {
      data: listOf(settings.data).map(path => placed(job, path)),
      mark: listOf(settings.mark).map(path => placed(job, path)),
      funding: listOf(settings.funding).map(path => placed(job, path)),
    };
    const { instruments, clocks, execution } = plan;
    const key = JSON.stringify([paths, span, instruments, clocks.map(({ period }) => period), execution.funding]);
    const known = this.sets.get(key);
    if (known !== undefined && known.stamp === stampOf(known.set.files, paths)) return known.set;
    const cacheDir = (await defaultCacheDir()) ?? false;
    const set = await loadFor(plan, { ...paths, ...span, cacheDir });
    this.keep(key, { stamp: stampOf(set.files, paths), set });
    return set;
  }

  private simulated({ instruments, clocks }: Plan): MarketSet {
    const key = JSON.stringify(['simulated', instruments, clocks.map(({ period }) => period)]);
    const known = this.sets.get(key);
    if (known !== undefined) return known.set;
    const periods = clocks.map(({ period }) => period);
    const series = instruments.map((instrument, number) =>
      simulateMarket(instrument, periods, { ...SIMULATION, seed: SIMULATION.seed + number }),
    );
    const [only] = series;
    const set = series.length === 1 && only !== undefined ? loneSet(only) : placeTogether(series);
    this.keep(key, { stamp: '', set });
    return set;
  }

  private keep(key: string, kept: KeptSet): void {
    this.sets.delete(key);
    this.sets.set(key, kept);
    for (const old of [...this.sets.keys()].slice(0, -MOST_SETS)) this.sets.delete(old);
  }
}

export function prepared(market: OnMarket, models: Predictions | undefined): Prepared {
  const { job, program, plan, warnings, ...input } = market;
  return {
    job,
    program,
    input: {
      ...input,
      // The conditions of rules are columns as well: how often they held is counted from them.
      prepared: { plan: { ...plan, watches: [...plan.watches, ...conditionsOf(plan)] }, warnings },
      values: {},
      asked: [],
      ...present('models', models),
      ...present('capital', job.settings.capital),
    },
  };
}

/** Names that no strategy can give a stream. */
export const RULE_COLUMN = 'rule ';
export const REBALANCE_COLUMN = 'rebalance ';

function conditionsOf({ rules, rebalances }: Plan): Plan['watches'] {
  return [
    ...rules.map(({ when }, number) => ({ name: `${RULE_COLUMN}${number}`, clock: 0, value: when })),
    ...rebalances.map(({ when }, number) => ({ name: `${REBALANCE_COLUMN}${number}`, clock: 0, value: when })),
  ];
}

function hasData({ data }: Settings): boolean {
  return listOf(data).length > 0;
}

function listOf(paths: string | readonly string[] | undefined): readonly string[] {
  return typeof paths === 'string' ? [paths] : (paths ?? []);
}

/** `SYMBOL=path` keeps its symbol. */
export function placed({ folder }: RunJob, path: string): string {
  const [, symbol = '', file = path] = /^([^=]*=)?(.*)$/.exec(path) ?? [];
  return `${symbol}${isAbsolute(file) ? file : join(folder, file)}`;
}

function stampOf(files: readonly string[], paths: Readonly<Record<string, readonly string[]>>): string {
  const named = Object.values(paths)
    .flat()
    .map(path => path.replace(/^[^=]*=/, ''));
  return [...files, ...named]
    .map(file => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? file : `${file} ${stat.mtimeMs} ${stat.size}`;
    })
    .join('\n');
}

function instantOf(text: string | undefined): number | undefined {
  const timeMs = text === undefined ? Number.NaN : isoMs(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function present<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
