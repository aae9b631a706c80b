/** What must hold of any run, whatever the strategy: no money appears or vanishes, no fill is better than it may be. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runPlan } from '../../../runtime/backtest.ts';
import type { Fill } from '../../../runtime/engine/result.ts';
import { readJournal } from '../../../runtime/journal/reader.ts';
import { type Scenario, scenarioOf } from '../../support/scenario.ts';
import { scriptedRun } from '../../support/scripted-run.ts';

const CASES = process.env.VELA_DEEP ? 10_000 : 300;

function everyRun(check: (scenario: Scenario, result: ReturnType<typeof runPlan>) => void): void {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), seed => {
      const scenario = scenarioOf(seed);
      check(scenario, runPlan(scriptedRun(scenario.script), scenario.series, scenario.config));
    }),
    { numRuns: CASES },
  );
}
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const close = (a: number, b: number) =>
  expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(a) + Math.abs(b)) * 1e4);

describe('any run', () => {
  it('ends with capital and the profits of its trades, the open one included', () => {
    everyRun((_, { equity, capital, trades }) => {
      close(equity.at(-1) ?? capital, capital + sum(trades.map(trade => trade.profit)));
    });
  });

  it('has fees, slippage and turnover that are the sums over its fills, and over its trades', () => {
    everyRun((_, { totals, fills, trades }) => {
      close(totals.fees, sum(fills.map(fill => fill.fee)));
      close(totals.slippage, sum(fills.map(fill => fill.slippage)));
      close(totals.turnover, sum(fills.map(fill => fill.price * fill.quantity)));
      close(totals.fees, sum(trades.map(trade => trade.fees)));
      close(totals.slippage, sum(trades.map(trade => trade.slippage)));
      close(totals.funding, sum(trades.map(trade => trade.funding)));
    });
  });

  it('buys what it sells: the fills add up to the open position, and each trade to nothing', () => {
    everyRun((_, { fills, trades }) => {
      const position = sum(fills.map(({ side, quantity }) => (side === 'buy' ? quantity : -quantity)));
      if (!trades.some(trade => trade.open)) close(position, 0);
      const reasons = new Set<Fill['reason']>(['entry']);
      expect(fills.filter(fill => reasons.has(fill.reason)).length).toBe(trades.length);
    });
  });

  it('fills limits and targets inside the bar and at no better price than they asked', () => {
    everyRun(({ series }, { fills }) => {
      const [bars] = series.clocks;
      for (const { maker, tick, price, slippage } of fills) {
        if (!maker) continue;
        expect(slippage).toBe(0);
        expect(price).toBeGreaterThanOrEqual(bars?.low[tick] ?? Number.NaN);
        expect(price).toBeLessThanOrEqual(bars?.high[tick] ?? Number.NaN);
      }
    });
  });

  it('never fills a stop better than the open of its bar, nor an exit on a held bar', () => {
    everyRun(({ series, script }, { fills }) => {
      const [bars] = series.clocks;
      const closes = script.execution?.fill === 'this_close';
      for (const { tick, reason, side, price } of fills) {
        expect(bars?.held[tick]).toBe(0);
        if (reason !== 'stop' && reason !== 'trail') continue;
        const open = bars?.open[tick] ?? Number.NaN;
        // Right after a fill at the close or inside the bar the market is elsewhere; such a stop is worse still.
        if (!closes && side === 'sell') expect(price).toBeLessThanOrEqual(Math.max(open, bars?.high[tick] ?? open));
        if (!closes && side === 'buy') expect(price).toBeGreaterThanOrEqual(Math.min(open, bars?.low[tick] ?? open));
      }
    });
  });

  it('asks for no more than its caps allow', () => {
    everyRun(({ script }, { journal, equity, fromTick, counts }) => {
      const limits = (script.caps ?? []).flatMap(({ name, limit }) =>
        name === 'exposure' || name === 'position' || name === 'leverage'
          ? [scriptedRun(script).fixed[limit.index] ?? Number.NaN]
          : [],
      );
      if (limits.length === 0 || counts.refusals['not enough cash']) return;
      for (const record of readJournal(journal).records) {
        if (record.kind !== 'intent' || record.role !== 'enter') continue;
        // Equity may have been marked again since, by a fill at this very close.
        if (script.execution?.fill === 'this_close') continue;
        const allowed = Math.min(...limits) * (equity[record.tick - fromTick] ?? Number.NaN);
        expect(record.quantity * record.reference).toBeLessThanOrEqual(allowed * (1 + 1e-9));
      }
    });
  });

  it('trades only inside its span, in order', () => {
    everyRun((_, { fills, fromTick, toTick }) => {
      const ticks = fills.map(fill => fill.tick);
      expect(ticks).toEqual(ticks.toSorted((a, b) => a - b));
      expect(ticks.every(tick => tick >= fromTick && tick < toTick)).toBe(true);
    });
  });
});
