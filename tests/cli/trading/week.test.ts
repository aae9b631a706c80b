/**
 * A week of recorded bars comes from a local venue, as live bars do, and a paper run of each example trades on them: what it
 * did is what a backtest does on the bars that it consumed, record by record.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { runDiff } from '../../../cli/live/diff.ts';
import { planWarmup } from '../../../compiler/plan-warmup.ts';
import { runFolder } from '../../../runtime/live/folder.ts';
import { compileExample, loneExamples, recordedMarket } from '../../runtime/live/support.ts';
import { describeWithShared } from '../../support/shared.ts';
import { venueBar } from '../../venue/market.ts';
import { playBar } from '../../venue/play.ts';
import { START_MS, spotVenue, type TestVenue, usdmVenue } from '../../venue/start.ts';
import { project, start } from './support.ts';

const IS_DEEP = process.env.VELA_DEEP === '1';
const WEEK_MS = 7 * 86_400_000;
const STRATEGIES = fileURLToPath(new URL('../../../strategies/', import.meta.url));
/** The quick run has two of them: on spot, and of a perpetual. */
const EXAMPLES = loneExamples().filter(name => IS_DEEP || name === 'sma_cross.vela' || name === 'supertrend.vela');

let local: TestVenue | undefined;
afterEach(async () => {
  await local?.close();
  local = undefined;
});

describeWithShared('a week of recorded bars from a venue', () => {
  it.each(EXAMPLES)('is the backtest of %s', { timeout: 1_200_000 }, async name => {
    const plan = compileExample(name);
    const [instrument] = plan.instruments;
    const period = plan.clocks[0]?.period;
    if (instrument === undefined || period?.kind !== 'fixed') throw new Error('not an example of one instrument');
    const { ms: periodMs } = period;
    const isSpot = instrument.market === 'spot';
    // Of minutes a day has to do.
    const length = Math.min(WEEK_MS / periodMs, 1440);
    const { settled, ready } = planWarmup(plan, {}, [{}]);
    // A state that never forgets begins where it is given room.
    const before = 2 * (Number.isFinite(settled) ? settled : ready) + 20;
    const series = await recordedMarket(plan, before + length + 5000);
    const base = series.clocks[0];
    if (base === undefined) throw new Error('no bars');
    const first = base.length - before - length;
    expect(first).toBeGreaterThan(0);

    const settings = { frozen: true, periodMs };
    const venue = await (isSpot ? spotVenue(settings) : usdmVenue(settings));
    local = venue;
    const id = `${instrument.base}USDT`;
    const at = project(venue, isSpot ? 'binance' : 'binanceusdm', '', {});
    copyFileSync(join(STRATEGIES, name), join(at.folder, 's.vela'));
    const step = (k: number) => {
      const of = (column: Float64Array) => column[first + k] ?? Number.NaN;
      const prices = [of(base.open), of(base.high), of(base.low), of(base.close)] as const;
      playBar(venue.exchange, id, venueBar([START_MS + k * periodMs, ...prices, Math.max(1, of(base.volume))]));
    };
    for (let k = 0; k < before; k++) step(k);
    const run = start(at, 'paper', { environment: {} });
    await run.consumed(before - 1);
    await run.connected();
    for (let k = before; k < before + length; k++) {
      step(k);
      await run.consumed(k + 1);
      if (k === before) await run.connected();
    }
    const { opened, status } = await run.end();
    expect(status.bars).toBeGreaterThanOrEqual(length);
    const diff = await runDiff(runFolder(join(at.folder, '.vela/runs/s-paper')));
    expect(diff.first).toBeUndefined();
    expect(diff.bars).toBeGreaterThanOrEqual(length);
    expect(diff.records[0]).toBe(diff.records[1]);
    expect(opened.result().equity.length).toBe(diff.bars);
  });
});
