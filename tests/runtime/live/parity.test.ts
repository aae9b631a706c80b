/** Recorded bars through the path of a live run give what a backtest gives, bit for bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runPlan } from '../../../runtime/backtest.ts';
import { loneSet } from '../../../runtime/data/market-set.ts';
import type { MarketSeries } from '../../../runtime/data/series.ts';
import type { LiveConfig } from '../../../runtime/live/open-trader.ts';
import { fleetingMemory } from '../../../runtime/live/simulated/memory.ts';
import { NO_ROWS } from '../../../runtime/live/simulated-run.ts';
import { type Scenario, scenarioOf } from '../../support/scenario.ts';
import { scriptedRun } from '../../support/scripted-run.ts';
import { describeWithShared } from '../../support/shared.ts';
import {
  backtestOf,
  comparable,
  compileExample,
  loneExamples,
  openReplay,
  recordedMarket,
  replayOf,
} from './support.ts';

const CASES = process.env.VELA_DEEP ? 5000 : 200;

describe('a replay of random strategies', () => {
  it('is the backtest on the same bars', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 - 1 }), async seed => {
        const [one, other] = [scenarioOf(seed), scenarioOf(seed)];
        const backtest = runPlan(scriptedRun(one.script), one.series, one.config);
        const replay = openReplay({
          set: loneSet({ ...cut(other.series, other.config.toTick), symbol: symbolOf(other) }),
          gaps: ['hold'],
          open: () => scriptedRun({ ...other.script, blockTicks: 1 }),
          config: liveConfigOf(other),
          strategy: 'random',
          runId: 'test',
          memory: fleetingMemory(),
          rows: NO_ROWS,
        });
        await replay.follow(new AbortController().signal);
        expect(comparable(replay.result())).toEqual(comparable(backtest));
      }),
      { numRuns: CASES },
    );
  });
});

function symbolOf({ script }: Scenario): string {
  return scriptedRun(script).plan.instruments[0]?.symbol ?? '';
}

function liveConfigOf(scenario: Scenario): LiveConfig {
  const { facts, toTick: _, ...rest } = scenario.config;
  return { ...rest, ...(facts !== undefined && { facts: { [symbolOf(scenario)]: facts } }) };
}

/** Recorded bars that end where the backtest does. */
function cut(series: MarketSeries, toTick?: number): MarketSeries {
  const [base] = series.clocks;
  if (base === undefined || toTick === undefined) return series;
  return { ...series, clocks: [{ ...base, length: toTick }] };
}

describeWithShared('a replay of an example', () => {
  it.each(loneExamples())('%s', { timeout: 60_000 }, async name => {
    const plan = compileExample(name);
    const series = await recordedMarket(plan);
    const backtest = backtestOf(plan, series);
    const replay = replayOf(plan, series);
    await replay.follow(new AbortController().signal);
    expect(comparable(replay.result())).toEqual(comparable(backtest));
  });
});
