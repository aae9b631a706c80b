/**
 * The future does not change the past, from raw candles to the account: candles, marks and funding behind an instant are
 * replaced, and every fill and every equity value up to it keeps its bits. Over all example strategies on real data.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { closeTimeOf } from '../../language/check/calendar.ts';
import { assembleMarket, type MarketInputs } from '../../runtime/data/assemble.ts';
import type { ImportedBars } from '../../runtime/data/import.ts';
import type { FundingEvents } from '../../runtime/data/series.ts';
import type { RunResult } from '../../runtime/engine/result.ts';
import { describeWithShared } from '../support/shared.ts';
import { EXAMPLES } from './examples.ts';
import { inputsOf, planOf, runOn } from './product.ts';

const SLOW_MS = 60_000;
/** Shares of the span at which time is cut. */
const CUTS = [0.11, 0.5, 0.83];

/** A cheap, deterministic stand-in for chance. */
function wobble(index: number): number {
  return 1 + ((index * 7919) % 101) / 250;
}

/** The bars that open at or after the instant become others, still possible ones. */
function otherBars(bars: ImportedBars, fromMs: number): ImportedBars {
  const changed = (column: Float64Array, stretch: number) =>
    column.map((value, row) => ((bars.times[row] ?? 0) >= fromMs ? value * wobble(row) * stretch : value));
  return {
    ...bars,
    open: changed(bars.open, 1),
    high: changed(bars.high, 1.02),
    low: changed(bars.low, 0.98),
    close: changed(bars.close, 1),
    volume: changed(bars.volume, 1.5),
  };
}

function otherFunding(funding: FundingEvents, fromMs: number): FundingEvents {
  const rates = funding.rates.map((rate, i) => ((funding.times[i] ?? 0) >= fromMs ? -rate * wobble(i) : rate));
  return { ...funding, rates };
}

function withOtherFuture(inputs: MarketInputs, fromMs: number): MarketInputs {
  const { bars, mark, funding } = inputs;
  return {
    ...inputs,
    bars: otherBars(bars, fromMs),
    ...(mark !== undefined && { mark: otherBars(mark, fromMs) }),
    // Stamps are a few milliseconds off either way.
    ...(funding !== undefined && { funding: otherFunding(funding, fromMs - 1000) }),
  };
}

/** All that a run says of ticks up to `tick`. Trades that were still open then are left out: they end later. */
function past({ fills, trades, equity }: RunResult, tick: number) {
  return {
    fills: fills.filter(fill => fill.tick <= tick),
    trades: trades.filter(trade => trade.exitTick <= tick && !trade.open),
    equity: equity.slice(0, tick + 1),
  };
}

describeWithShared('another future changes nothing before it', () => {
  test.each(EXAMPLES)(
    'on $name',
    async example => {
      const plan = planOf(example.name);
      const inputs = await inputsOf(plan, example);
      const series = assembleMarket(inputs);
      const [base] = series.clocks;
      if (base === undefined) throw new Error('no base clock');
      const whole = runOn(plan, series);
      let differing = 0;
      for (const cut of CUTS) {
        const tick = Math.floor(base.length * cut);
        const fromMs = closeTimeOf(base.period, base.firstOrdinal + tick);
        const other = runOn(plan, assembleMarket(withOtherFuture(inputs, fromMs)));
        expect(past(other, tick)).toEqual(past(whole, tick));
        if (other.equity.at(-1) !== whole.equity.at(-1)) differing++;
      }
      // The futures do differ: otherwise nothing was tested. An account that has halted has no future.
      expect(differing).toBeGreaterThan(0);
    },
    SLOW_MS,
  );

  // Those across a universe and those that learn have tests of their own: runtime/portfolio, runtime/models/pipeline.
  test('covers every example of one instrument that learns nothing', () => {
    const folder = join(import.meta.dirname, '../../strategies');
    const files = readdirSync(folder).filter(
      name => name.endsWith('.vela') && !/\b(universe|predict)\b/.test(readFileSync(join(folder, name), 'utf8')),
    );
    expect(EXAMPLES.map(({ name }) => `${name}.vela`).sort()).toEqual(files.sort());
  });
});
