/** Plans, bars and replays for the tests of live runs. */
import { readdirSync, readFileSync } from 'node:fs';
import { compileProgram, openKernelRun, type Plan } from '../../../compiler/index.ts';
import { closeTimeOf } from '../../../language/check/calendar.ts';
import { runPlan } from '../../../runtime/backtest.ts';
import { loadMarket } from '../../../runtime/data/load.ts';
import { loneSet } from '../../../runtime/data/market-set.ts';
import type { MarketFacts, MarketSeries } from '../../../runtime/data/series.ts';
import type { RunResult } from '../../../runtime/engine/result.ts';
import type { RunConfig } from '../../../runtime/engine/settings.ts';
import { laneOf, metaOf } from '../../../runtime/lane.ts';
import { type Recorded, replayOf as recorded } from '../../../runtime/live/replay.ts';
import { fleetingMemory } from '../../../runtime/live/simulated/memory.ts';
import {
  NO_ROWS,
  openSimulatedRun,
  type SimulatedRun,
  type SimulatedRunParts,
} from '../../../runtime/live/simulated-run.ts';
import { checkText } from '../../support/language.ts';
import { sharedPath } from '../../support/shared.ts';

const FOLDER = new URL('../../../strategies/', import.meta.url);

export const FACTS: MarketFacts = {
  tick: '0.01',
  lot: '0.00001',
  minNotional: '5',
  maintenance: 0.005,
  source: 'test',
};

export function compileText(text: string): Plan {
  return compileProgram(checkText(text).program);
}

export function compileExample(name: string): Plan {
  return compileText(readFileSync(new URL(name, FOLDER), 'utf8'));
}

/** Examples of one instrument that ask no model. */
export function loneExamples(): readonly string[] {
  return readdirSync(FOLDER).filter(name => {
    if (!name.endsWith('.vela')) return false;
    const { instruments, stages } = compileExample(name);
    return (
      instruments.length === 1 && !stages.some(({ inputs }) => inputs.some(({ from }) => from.kind === 'prediction'))
    );
  });
}

/** At most so many bars: a replay visits each. */
const MOST_BARS = process.env.VELA_DEEP === '1' ? 100_000 : 6000;

/** Bars of a plan's instrument from ../shared: the first of them. */
export async function recordedMarket(plan: Plan, mostBars = MOST_BARS): Promise<MarketSeries> {
  const whole = await wholeMarket(plan);
  const [base] = whole.clocks;
  if (base === undefined || base.length <= mostBars) return whole;
  return wholeMarket(plan, closeTimeOf(base.period, base.firstOrdinal + mostBars - 1));
}

async function wholeMarket(plan: Plan, toMs?: number): Promise<MarketSeries> {
  const [instrument] = plan.instruments;
  const period = plan.clocks[0]?.period;
  if (!instrument || !period) throw new Error('the plan names no instrument');
  const clocks = plan.clocks.map(clock => clock.period);
  const isFast = period.kind === 'fixed' && period.ms < 3_600_000;
  const rest = { instrument, clocks, cacheDir: false as const, ...(toMs !== undefined && { toMs }) };
  if (instrument.market === 'spot') {
    const folder = isFast ? 'spot-1m' : 'spot-1h';
    return loadMarket({
      ...rest,
      data: [sharedPath(`data/${folder}/binance-spot-${instrument.base}USDT-${isFast ? '1m' : '1h'}*.csv.gz`)],
    });
  }
  const perpetual = (part: string) => [sharedPath(`data/perp/binance-usdm-${instrument.base}USDT-${part}.csv.gz`)];
  return loadMarket({
    ...rest,
    data: perpetual('1h-trade'),
    mark: perpetual('1h-mark'),
    funding: perpetual('funding'),
  });
}

export function backtestOf(plan: Plan, series: MarketSeries, config: RunConfig = { facts: FACTS }): RunResult {
  return runPlan(openKernelRun(plan, {}, laneOf(series), [metaOf(config.facts ?? FACTS)]), series, config);
}

export function openReplay({
  set,
  gaps,
  speed,
  ...more
}: Recorded & Omit<SimulatedRunParts, keyof ReturnType<typeof recorded>>): SimulatedRun {
  return openSimulatedRun({ ...recorded({ set, gaps, ...(speed !== undefined && { speed }) }), ...more });
}

export function replayOf(plan: Plan, series: MarketSeries, more: Partial<SimulatedRunParts> = {}): SimulatedRun {
  const facts = Object.fromEntries(plan.instruments.map(({ symbol }) => [symbol, FACTS]));
  const config = more.config ?? { facts };
  return openSimulatedRun({
    ...recorded({ set: loneSet(series), gaps: plan.instruments.map(({ gaps }) => gaps) }),
    open: live => openKernelRun(plan, {}, live.data(), [metaOf(FACTS)], { blockTicks: 1 }),
    strategy: plan.title,
    runId: 'test',
    memory: fleetingMemory(),
    rows: NO_ROWS,
    ...more,
    config,
  });
}

/** All that a person could compare of two runs. */
export function comparable(result: RunResult) {
  return {
    journal: result.journalHash,
    fills: result.fills,
    trades: result.trades,
    counts: result.counts,
    totals: result.totals,
    equity: [...new BigUint64Array(result.equity.slice().buffer)],
  };
}
