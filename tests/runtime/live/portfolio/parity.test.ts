/** A portfolio through the path of a live run has the journal of a backtest, bit for bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runPortfolio } from '../../../../runtime/backtest.ts';
import { fleetingMemory } from '../../../../runtime/live/simulated/memory.ts';
import { NO_ROWS } from '../../../../runtime/live/simulated-run.ts';
import { type PortfolioScenario, portfolioScenarioOf } from '../../../support/portfolio-scenario.ts';
import { scriptedPortfolio } from '../../../support/scripted-portfolio.ts';
import { openReplay } from '../support.ts';
import { comparablePortfolio } from './support.ts';

const CASES = process.env.VELA_DEEP === '1' ? 5000 : 80;

function backtest({ script, config }: PortfolioScenario) {
  const { run, set } = scriptedPortfolio(script);
  return runPortfolio(run, set, config);
}

function replay({ script, config: { toTick: _, ...config } }: PortfolioScenario) {
  const { set } = scriptedPortfolio(script);
  return openReplay({
    set,
    gaps: script.members.map(() => 'hold'),
    open: () => scriptedPortfolio({ ...script, blockTicks: 1 }).run,
    config,
    strategy: 'random',
    runId: 'test',
    memory: fleetingMemory(),
    rows: NO_ROWS,
  });
}

describe('a replay of random portfolios', () => {
  it('is the backtest on the same bars', { timeout: 600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 - 1 }), async seed => {
        const scenario = portfolioScenarioOf(seed);
        const run = replay(scenario);
        await run.follow(new AbortController().signal);
        expect(comparablePortfolio(run.result())).toEqual(comparablePortfolio(backtest(scenario)));
      }),
      { numRuns: CASES },
    );
  });
});
