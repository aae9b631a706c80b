/** What a run says of itself against what it really is: the same figures as a backtest over the same bars. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { compileProgram, openKernelRun } from '../../../compiler/index.ts';
import { laneOf, metaOf } from '../../../runtime/lane.ts';
import type { SessionView } from '../../../runtime/live/companion.ts';
import { BARS_BACK, riskOf } from '../../../runtime/live/exposure.ts';
import { runFolder } from '../../../runtime/live/folder.ts';
import type { SimulatedRun } from '../../../runtime/live/simulated-run.ts';
import type { RunStatus } from '../../../runtime/live/status.ts';
import { type StatusTeller, statusTeller } from '../../../runtime/live/status-of.ts';
import type { RowSink } from '../../../runtime/live/store/rows.ts';
import { percentile } from '../../../runtime/statistics/moments.ts';
import { checkText } from '../../support/language.ts';
import { busyPlan, busySeries, busyText } from './busy.ts';
import { FACTS, replayOf } from './support.ts';

const DAY_MS = 86_400_000;
const path = mkdtempSync(`${tmpdir()}/vela-status-`);
afterAll(() => rmSync(path, { recursive: true, force: true }));

function teller(opened: SimulatedRun): StatusTeller {
  const session: SessionView = {
    folder: runFolder(path),
    opened,
    state: 'running',
    why: undefined,
    startedMs: 0,
    fail: error => {
      throw error;
    },
  };
  return statusTeller(session);
}

/** A status after each row of the journal. */
async function statuses(bars: number): Promise<{ readonly run: SimulatedRun; readonly seen: readonly RunStatus[] }> {
  const plan = busyPlan();
  const seen: RunStatus[] = [];
  let ask: StatusTeller | undefined;
  const sink: RowSink = {
    append: () => {
      if (ask !== undefined) seen.push(ask.now());
    },
    snapshot: () => {},
    durable: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const run = replayOf(plan, busySeries(plan, bars), { rows: sink });
  await run.recover([]);
  ask = teller(run);
  await run.follow(new AbortController().signal);
  await run.run.idle();
  seen.push(ask.now());
  ask.stop();
  return { run, seen };
}

describe('the status of a run', () => {
  it('at its end is what a backtest says', async () => {
    const { run, seen } = await statuses(300);
    const result = run.result();
    const last = seen.at(-1) as RunStatus;
    expect(last).toMatchObject({
      mode: 'replay',
      bars: 300,
      currency: 'USDT',
      capital: 10_000,
      equity: result.equity.at(-1),
      peakEquity: Math.max(10_000, ...result.equity),
      equityCurve: [...result.equity.subarray(300 - 240)],
      fees: result.totals.fees,
      fills: result.fills.length,
      trades: result.trades.filter(({ open }) => !open).length,
      degraded: [],
    });
    // In a simulation what fills cost beyond the expected is at least the slippage that it was told to have.
    expect(last.slippage.bps.count).toBe(result.fills.length);
    expect(JSON.parse(JSON.stringify(last))).toEqual(last);
  });

  it('at each moment knows the start of its day, what is held, and how near the limits are', async () => {
    const { run, seen } = await statuses(200);
    const { equity, live, fromTick } = run.trader;
    const bounds = { daily_loss: 0.004, drawdown: 0.03 };
    const held = seen.filter(({ instruments: [only] }) => only?.position !== 0);
    expect(held.length).toBeGreaterThan(50);
    for (const status of seen) {
      const day = Math.floor(live.openMs(status.bars - 1) / DAY_MS) * DAY_MS;
      const before = live.tickOf(day) - 1 - fromTick;
      const start = before < 0 ? 10_000 : equity[before];
      expect(status.dayStartEquity).toBe(status.bars <= fromTick ? 10_000 : start);
      const [only] = status.instruments;
      const exposure = only?.position === 0 ? 0 : ((only?.position ?? 0) * (only?.price ?? 0)) / status.equity;
      if (status.orders.length === 0) expect(status.risk.netExposure).toBeCloseTo(exposure, 3);
      expect(status.limits.map(({ name, bound }) => [name, bound])).toEqual(Object.entries(bounds));
      expect(status.limits[1]?.value).toBe(Math.max(0, 1 - status.equity / status.peakEquity));
    }
    const halted = seen.filter(({ limits }) => limits.some(({ isHalted }) => isHalted));
    expect(halted.length).toBeGreaterThan(0);
    for (const { instruments } of halted) expect(instruments[0]?.halted).toBe('halted');
  });

  it('knows why orders were made: the rule, and what the streams were that it speaks of', async () => {
    const plan = compileProgram(checkText(busyText()).program, ['mean', 'quick', 'reach']);
    expect(plan.planHash).toBe(busyPlan().planHash);
    const series = busySeries(plan, 200);
    const run = replayOf(plan, series);
    await run.recover([]);
    await run.follow(new AbortController().signal);
    await run.run.idle();
    const { signals } = run.run.tally;
    expect(signals).toHaveLength(20);
    expect(signals.map(({ timeMs }) => timeMs)).toEqual(signals.map(({ timeMs }) => timeMs).toSorted((a, b) => b - a));

    // The same streams over all bars at once, as a backtest has them.
    const whole = openKernelRun(plan, {}, laneOf(series), [metaOf(FACTS)]);
    whole.nextBlock();
    const streamAt = (wanted: string, tick: number): number => {
      const watch = plan.watches.find(({ name }) => name === wanted);
      const column = whole.market[watch?.value.index ?? -1];
      const at = watch?.clock === 0 ? tick : (series.completed[watch?.clock ?? -1]?.[tick] ?? -1);
      return column?.[at] ?? Number.NaN;
    };
    const texts = new Set(plan.rules.map(({ text }) => text));
    const seen = new Set<string>();
    for (const { rule, values, timeMs } of signals) {
      expect(texts).toContain(rule);
      const { price, quantity, ...named } = values;
      const tick = run.trader.live.tickOf(timeMs - 1);
      // A limit is reckoned from its own price, a few hundredths of a percent off the close.
      const close = run.trader.live.market(0).market.bars.close[tick] ?? Number.NaN;
      expect(Math.abs((price ?? Number.NaN) / close - 1)).toBeLessThan(0.001);
      expect(quantity).toBeGreaterThan(0);
      const spoken = ['mean', 'quick', 'reach'].filter(name => new RegExp(`\\b${name}\\b`).test(rule));
      expect(named).toEqual(Object.fromEntries(spoken.map(name => [name, streamAt(name, tick)])));
      for (const name of spoken) seen.add(name);
    }
    expect([...seen].sort()).toEqual(['mean', 'quick']);
  });
});

describe('risk', () => {
  const walk = (step: number, bars = BARS_BACK) => {
    let price = 100;
    return Float64Array.from({ length: bars }, (_, i) => {
      price *= 1 + step * (((i * 7919) % 13) - 6);
      return price;
    });
  };

  it('of what is held is what its prices would have done to the equity of now', () => {
    const [a, b] = [walk(0.001), walk(-0.002)];
    const holdings = [
      { symbol: 'A', quantity: 10, price: 100, closes: a },
      { symbol: 'B', quantity: -5, price: 50, closes: b },
    ];
    const risk = riskOf(10_000, new Float64Array(0), holdings);
    const moves = Float64Array.from({ length: BARS_BACK - 1 }, (_, i) => {
      const move = (closes: Float64Array) => (closes[i + 1] ?? 0) / (closes[i] ?? 1) - 1;
      return (10 * 100 * move(a) - 5 * 50 * move(b)) / 10_000;
    });
    expect(risk).toMatchObject({ grossExposure: 0.125, netExposure: expect.closeTo(0.075, 12), own: null });
    expect(risk.held?.bars).toBe(BARS_BACK - 1);
    expect(risk.held?.valueAtRisk95).toBeCloseTo(-percentile(moves, 0.05), 12);
    expect(risk.correlations).toEqual([{ a: 'A', b: 'B', value: expect.closeTo(-1, 6) }]);
  });

  it('is not spoken of from a handful of bars, nor of nothing', () => {
    const flat = { symbol: 'A', quantity: 0, price: 100, closes: walk(0.001) };
    expect(riskOf(100, walk(0.001, 30), [flat])).toMatchObject({ own: null, held: null, grossExposure: 0 });
    expect(riskOf(100, walk(0.001, 31), [flat]).own).toMatchObject({ bars: 30 });
  });
});
