/** The example strategies on real candles, compiled: jumping shows nowhere, and funding is what the file says. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileProgram, openKernelRun, type Plan } from '../../../compiler/index.ts';
import { runPlan } from '../../../runtime/backtest.ts';
import { loadMarket } from '../../../runtime/data/load.ts';
import type { MarketFacts, MarketSeries } from '../../../runtime/data/series.ts';
import { marketOf, openTime, tickOpeningFrom } from '../../../runtime/engine/market.ts';
import type { RunResult } from '../../../runtime/engine/result.ts';
import { laneOf, metaOf } from '../../../runtime/lane.ts';
import { checkText } from '../../support/language.ts';
import { describeWithShared, sharedPath } from '../../support/shared.ts';

const FOLDER = new URL('../../../strategies/', import.meta.url);
const HOUR_MS = 3_600_000;
const FACTS: MarketFacts = { tick: '0.01', lot: '0.00001', minNotional: '5', maintenance: 0.005, source: 'test' };

/** Those of one instrument and no model, on hours or slower: the candles of faster ones are large. */
function examples(): readonly string[] {
  return readdirSync(FOLDER).filter(name => {
    if (!name.endsWith('.vela')) return false;
    const { clocks, instruments, stages } = compiled(name);
    const period = clocks[0]?.period;
    const asksModels = stages.some(({ inputs }) => inputs.some(({ from }) => from.kind === 'prediction'));
    const isSlow = period !== undefined && (period.kind === 'months' || period.ms >= HOUR_MS);
    return isSlow && instruments.length === 1 && !asksModels;
  });
}

function compiled(name: string): Plan {
  return compileProgram(checkText(readFileSync(new URL(name, FOLDER), 'utf8')).program);
}

async function candles(plan: Plan): Promise<MarketSeries> {
  const [instrument] = plan.instruments;
  if (!instrument) throw new Error('the plan names no instrument');
  const perpetual = (part: string) => [sharedPath(`data/perp/binance-usdm-${instrument.base}USDT-${part}.csv.gz`)];
  const clocks = plan.clocks.map(clock => clock.period);
  if (instrument.market === 'spot') {
    const data = [sharedPath(`data/spot-1h/binance-spot-${instrument.base}USDT-1h.csv.gz`)];
    return loadMarket({ instrument, clocks, data, cacheDir: false });
  }
  return loadMarket({
    instrument,
    clocks,
    data: perpetual('1h-trade'),
    mark: perpetual('1h-mark'),
    funding: perpetual('funding'),
    cacheDir: false,
  });
}

function run(plan: Plan, series: MarketSeries, visitEveryTick: boolean): RunResult {
  return runPlan(openKernelRun(plan, {}, laneOf(series), [metaOf(FACTS)]), series, { visitEveryTick, facts: FACTS });
}

/** Position held before each settlement × its rate × the mark at that instant. */
function fundingByHand(series: MarketSeries, { fills, fromTick }: RunResult): number {
  const market = marketOf(series);
  let position = 0;
  let next = 0;
  let paid = 0;
  series.funding?.times.forEach((time, index) => {
    const tick = tickOpeningFrom(market, time);
    if (tick < fromTick || tick >= market.length) return;
    for (; next < fills.length && (fills[next]?.timeMs ?? 0) < openTime(market, tick); next++) {
      const fill = fills[next];
      if (fill) position += fill.side === 'buy' ? fill.quantity : -fill.quantity;
    }
    paid -= position * (series.funding?.rates[index] ?? 0) * (market.mark.open[tick] ?? 0);
  });
  return paid;
}

describeWithShared('the examples', () => {
  it.each(examples())('%s', { timeout: 30_000 }, async name => {
    const plan = compiled(name);
    const series = await candles(plan);
    const jumped = run(plan, series, false);
    const visited = run(plan, series, true);
    expect(jumped.trades.length).toBeGreaterThan(0);
    expect({ ...jumped, journal: null, equity: null }).toEqual({ ...visited, journal: null, equity: null });
    expect(new BigUint64Array(jumped.equity.buffer)).toEqual(new BigUint64Array(visited.equity.buffer));
    expect(jumped.totals.funding).toBeCloseTo(fundingByHand(series, jumped), 9);
  });
});
