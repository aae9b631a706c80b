/**
 * Random strategies from text on slices of real candles with holes in them, marks and funding: the run that jumps is the
 * run that visits every bar, the interpreter is the kernel, and the laws of the account hold.
 */
import { beforeAll, expect, it } from 'vitest';
import { interpretRun, openKernelRun } from '../../../compiler/index.ts';
import { runPlan } from '../../../runtime/backtest.ts';
import { assembleMarket } from '../../../runtime/data/assemble.ts';
import { findHoles } from '../../../runtime/data/gaps.ts';
import { type ImportedBars, importBars, importFunding } from '../../../runtime/data/import.ts';
import { selectFiles } from '../../../runtime/data/select.ts';
import type { FundingEvents, MarketSeries } from '../../../runtime/data/series.ts';
import { laneOf } from '../../../runtime/lane.ts';
import { randomOf } from '../../support/scenario.ts';
import { describeWithShared, sharedPath } from '../../support/shared.ts';
import { planOf, type Story } from '../../support/story.ts';
import { circumstancesOf, storyOf } from './generate-story.ts';
import { checkLaws } from './laws.ts';

const CASES = process.env.VELA_DEEP ? 400 : 16;
const BARS = 1500;

interface Sources {
  readonly bars: ImportedBars;
  readonly mark?: ImportedBars;
  readonly funding?: FundingEvents;
}

async function load(symbol: string, bars: string, mark?: string, funding?: string): Promise<Sources> {
  const read = async (file: string, kind: 'bars' | 'mark') =>
    (await importBars(selectFiles([sharedPath(file)], kind, symbol).files, kind, undefined)).series;
  return {
    bars: await read(bars, 'bars'),
    ...(mark !== undefined && { mark: await read(mark, 'mark') }),
    ...(funding !== undefined && {
      funding: (await importFunding(selectFiles([sharedPath(funding)], 'funding', symbol).files)).series,
    }),
  };
}

/** `count` bars of a series from an instant on, with some more taken out, so that no slice is without holes. */
function slice(bars: ImportedBars, fromMs: number, count: number, drops: (index: number) => boolean): ImportedBars {
  const first = bars.times.findIndex(time => time >= fromMs);
  const kept = Array.from({ length: count }, (_, i) => first + i).filter((row, i) => row < bars.length && !drops(i));
  const column = (values: Float64Array) => Float64Array.from(kept, row => values[row] ?? Number.NaN);
  const times = column(bars.times);
  return {
    ...bars,
    times,
    open: column(bars.open),
    high: column(bars.high),
    low: column(bars.low),
    close: column(bars.close),
    volume: column(bars.volume),
    length: kept.length,
    holes: findHoles(times, kept.length, bars.periodMs),
  };
}

describeWithShared('random strategies on real candles', () => {
  let spot: Sources;
  let perp: Sources;
  beforeAll(async () => {
    spot = await load('BTC/USDT', 'data/spot-1h/binance-spot-BTCUSDT-1h.csv.gz');
    perp = await load(
      'ETH/USDT:USDT',
      'data/perp/binance-usdm-ETHUSDT-1h-trade.csv.gz',
      'data/perp/binance-usdm-ETHUSDT-1h-mark.csv.gz',
      'data/perp/binance-usdm-ETHUSDT-funding.csv.gz',
    );
  });

  function seriesOf(story: Story, seed: number, plan: ReturnType<typeof planOf>): MarketSeries {
    const random = randomOf(seed + 77);
    const { bars, mark, funding } = story.perpetual ? perp : spot;
    const latest = (bars.times[bars.length - BARS] ?? 0) as number;
    const earliest = Math.max(bars.times[0] ?? 0, mark?.times[0] ?? 0, funding?.times[0] ?? 0);
    const fromMs = earliest + random.next() * (latest - earliest);
    const [instrument] = plan.instruments;
    if (instrument === undefined) throw new Error('no instrument');
    return assembleMarket({
      instrument: { ...instrument, maxGapMs: Number.POSITIVE_INFINITY },
      clocks: plan.clocks.map(({ period }) => period),
      bars: slice(bars, fromMs, BARS, index => index > 0 && random.chance(0.02) && index % 2 === 1),
      ...(mark !== undefined && { mark: slice(mark, fromMs, BARS, () => false) }),
      ...(funding !== undefined && { funding }),
    });
  }

  it('are the same however they are run, and keep the laws', () => {
    let trades = 0;
    let heldBars = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      // The random rules were made for prices of about 100; fixed quantities are cut to the cash here, which is as well.
      const story = { ...storyOf(seed), hours: seed % 2 === 0 ? 1 : 4 };
      const plan = planOf(story);
      const series = seriesOf(story, seed, plan);
      const config = { fromTick: seed % 3 === 0 ? 50 : 0 };
      const result = runPlan(openKernelRun(plan, {}, laneOf(series), [{}]), series, config);
      const visited = runPlan(openKernelRun(plan, {}, laneOf(series), [{}], { blockTicks: 97 }), series, {
        ...config,
        visitEveryTick: true,
      });
      const where = `seed ${seed}\n${story.strategy}`;
      expect(visited.journalHash, where).toBe(result.journalHash);
      expect(visited.counts, where).toEqual(result.counts);
      expect(Buffer.from(visited.equity.buffer).equals(Buffer.from(result.equity.buffer)), where).toBe(true);
      if (seed % 4 === 0) {
        const interpreted = runPlan(interpretRun(plan, {}, laneOf(series), [{}]), series, config);
        expect(interpreted.journalHash, where).toBe(result.journalHash);
      }
      try {
        checkLaws(result, series, circumstancesOf(story));
      } catch (error) {
        throw new Error(where, { cause: error });
      }
      trades += result.trades.length;
      heldBars += result.counts.heldBars;
    }
    expect(trades).toBeGreaterThan(CASES * 20);
    expect(heldBars).toBeGreaterThan(CASES * 3);
  });
});
