/** A backtest on candles that the market simulator makes up; the outcome says so. */
import type { SourceFile } from '../../language/syntax/tree.ts';
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
  const prepared = await preparePlan(call, source, { series: [], plots: true });
  if (prepared === undefined) return undefined;
  const compiledMs = performance.now();
  const instrument = prepared.plan.instruments[0];
  if (instrument === undefined) throw new CommandError('no-instrument', 'the strategy names no instrument');
  const periods = prepared.plan.clocks.map(clock => clock.period);
  const series = simulateMarket(instrument, periods, market);
  return runBacktest({
    source,
    prepared: { ...prepared, warnings: [simulationText(market), ...prepared.warnings] },
    values: {},
    series,
    asked: [],
    simulated: true,
    compileMs: compiledMs - startedMs,
    loadMs: performance.now() - compiledMs,
  });
}
