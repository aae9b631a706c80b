/** The product's own way from a strategy file to a result, for comparison with the naive trader. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileProgram, openKernelRun } from '../../compiler/index.ts';
import type { Plan } from '../../compiler/plan.ts';
import { checkStrategy, readStrategy } from '../../language/index.ts';
import { runPlan } from '../../runtime/backtest.ts';
import { assembleMarket, type MarketInputs } from '../../runtime/data/assemble.ts';
import { importBars, importFunding } from '../../runtime/data/import.ts';
import { selectFiles } from '../../runtime/data/select.ts';
import type { MarketSeries } from '../../runtime/data/series.ts';
import type { RunResult } from '../../runtime/engine/result.ts';
import { laneOf } from '../../runtime/lane.ts';
import { librarySources } from '../../stdlib/library.ts';

const FOLDER = join(import.meta.dirname, '../../strategies');
const library = librarySources().map(source => readStrategy(source).tree);

/** The plan of an example. `leverage` replaces the one it states. */
export function planOf(name: string, leverage?: number): Plan {
  const written = readFileSync(join(FOLDER, `${name}.vela`), 'utf8');
  const text = leverage === undefined ? written : written.replace(/leverage: \d+/, `leverage: ${leverage}`);
  const { program, diagnostics } = checkStrategy({ name, text, form: 'vela' }, { library });
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  if (errors.length > 0) throw new Error(`${name}: ${errors.join('; ')}`);
  return compileProgram(program);
}

export interface ExampleFiles {
  readonly data: readonly string[];
  readonly mark?: string;
  readonly funding?: string;
}

/** The raw inputs of a run, before they are put on clocks. No cache: each test reads the files. */
export async function inputsOf(plan: Plan, files: ExampleFiles): Promise<MarketInputs> {
  const [instrument] = plan.instruments;
  if (instrument === undefined) throw new Error('the plan trades nothing');
  const bars = async (paths: readonly string[], kind: 'bars' | 'mark') =>
    (await importBars(selectFiles(paths, kind, instrument.symbol).files, kind, undefined)).series;
  const mark = files.mark === undefined ? undefined : await bars([files.mark], 'mark');
  const funding =
    files.funding === undefined
      ? undefined
      : (await importFunding(selectFiles([files.funding], 'funding', instrument.symbol).files)).series;
  return {
    instrument,
    clocks: plan.clocks.map(clock => clock.period),
    bars: await bars(files.data, 'bars'),
    ...(mark !== undefined && { mark }),
    ...(funding !== undefined && { funding }),
  };
}

export function runOn(plan: Plan, series: MarketSeries): RunResult {
  return runPlan(openKernelRun(plan, {}, laneOf(series), [{}]), series);
}

export async function runExample(
  name: string,
  files: ExampleFiles,
  leverage?: number,
): Promise<{ readonly series: MarketSeries; readonly result: RunResult }> {
  const plan = planOf(name, leverage);
  const series = assembleMarket(await inputsOf(plan, files));
  return { series, result: runOn(plan, series) };
}
