/** A backtest on candles that the market simulator makes up; the outcome says so. */
import type { SourceFile } from '../../language/syntax/tree.ts';
import { loneSet, placeTogether } from '../../runtime/data/market-set.ts';
import { simulateMarket, simulationText } from '../../runtime/data/simulate.ts';
import type { Call } from '../command.ts';
import { CommandError } from '../errors.ts';
import { preparePlan } from '../plan_cache.ts';
import type { Outcome } from './outcome.ts';
import { runBacktest } from './run.ts';

export async function backtestSimulation(
  call: Call,
  source: SourceFile,
  market: { readonly seed: number; readonly bars: number },
): Promise<Outcome | undefined> {
  const startedMs = performance.now();
  const prepared = await preparePlan(call, source, { series: [], plots: true, configuration: {} });
  if (prepared === undefined) return undefined;
  const compiledMs = performance.now();
  const { instruments, clocks } = prepared.plan;
  if (instruments.length === 0) throw new CommandError('no-instrument', 'the strategy names no instrument');
  const periods = clocks.map(clock => clock.period);
  const series = instruments.map((instrument, number) =>
    simulateMarket(instrument, periods, { ...market, seed: market.seed + number }),
  );
  const [only] = series;
  const set = series.length === 1 && only !== undefined ? loneSet(only) : placeTogether(series);
  return runBacktest({
    source,
    prepared: { ...prepared, warnings: [simulationText(market), ...prepared.warnings] },
    values: {},
    set,
    asked: [],
    simulated: true,
    compileMs: compiledMs - startedMs,
    loadMs: performance.now() - compiledMs,
  });
}
