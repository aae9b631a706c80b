/** What a run amounts to may be asked at any time and as often as one likes: asking changes nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runPortfolio } from '../../../runtime/backtest.ts';
import { fleetingMemory } from '../../../runtime/live/simulated/memory.ts';
import { NO_ROWS, type SimulatedRun } from '../../../runtime/live/simulated-run.ts';
import { portfolioScenarioOf } from '../../support/portfolio-scenario.ts';
import { scriptedPortfolio } from '../../support/scripted-portfolio.ts';
import { busyPlan, busySeries } from './busy.ts';
import { comparablePortfolio } from './portfolio/support.ts';
import { backtestOf, comparable, openReplay, replayOf } from './support.ts';

/** Asks for the result twice before each input; gives how often a position was open then. */
async function followAsking(run: SimulatedRun): Promise<number> {
  let open = 0;
  const take = run.run.take.bind(run.run);
  run.run.take = (input, isUrgent) => {
    if (run.trader.live.length > run.trader.fromTick) {
      const [once, again] = [run.result().trades, run.result().trades];
      expect(again).toEqual(once);
      if (once.some(({ reason }) => reason === 'end of data')) open += 1;
    }
    return take(input, isUrgent);
  };
  await run.follow(new AbortController().signal);
  return open;
}

describe('the result of a run that goes on', () => {
  it('is the same twice, and changes nothing: one instrument', async () => {
    const plan = busyPlan();
    const series = busySeries(plan, 150);
    const run = replayOf(plan, series);
    expect(await followAsking(run)).toBeGreaterThan(20);
    expect(comparable(run.result())).toEqual(comparable(backtestOf(plan, series)));
  });

  it('is the same twice, and changes nothing: a portfolio', async () => {
    let open = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 - 1 }), async seed => {
        const { script, config } = portfolioScenarioOf(seed);
        const { toTick: _, ...rest } = config;
        const run = openReplay({
          set: scriptedPortfolio(script).set,
          gaps: script.members.map(() => 'hold'),
          open: () => scriptedPortfolio({ ...script, blockTicks: 1 }).run,
          config: rest,
          strategy: 'random',
          runId: 'test',
          memory: fleetingMemory(),
          rows: NO_ROWS,
        });
        open += await followAsking(run);
        const { run: batch, set } = scriptedPortfolio(script);
        expect(comparablePortfolio(run.result())).toEqual(comparablePortfolio(runPortfolio(batch, set, config)));
      }),
      { numRuns: 8, seed: 3 },
    );
    expect(open).toBeGreaterThan(20);
  });
});
