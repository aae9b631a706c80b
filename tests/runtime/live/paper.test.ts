/** Paper trading on the bars of the local venue, through the real client: the fills of a backtest on the same bars. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKernelRun } from '../../../compiler/index.ts';
import { liveFeed } from '../../../runtime/data/live/feed.ts';
import { dataOf, metaOf } from '../../../runtime/lane.ts';
import { divergenceOf } from '../../../runtime/live/divergence.ts';
import { onlineSpan, withHistory } from '../../../runtime/live/online.ts';
import type { Notice } from '../../../runtime/live/run.ts';
import { openSimulatedRun } from '../../../runtime/live/simulated-run.ts';
import { JournalDatabase } from '../../../runtime/live/store/database.ts';
import { directSink } from '../../../runtime/live/store/direct.ts';
import { venueDatabase } from '../../../runtime/live/store/venue-database.ts';
import { until } from '../../venue/loop.ts';
import { venueBar } from '../../venue/market.ts';
import { playBar } from '../../venue/play.ts';
import { START_MS, spotVenue, type TestVenue } from '../../venue/start.ts';
import { busyPlan, busySeries } from './busy.ts';
import { FACTS } from './support.ts';

const HOUR_MS = 3_600_000;
const plan = busyPlan();
const recorded = busySeries(plan, 260).clocks[0];

let local: TestVenue;
let folder = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vela-paper-'));
  local = await spotVenue({ frozen: true, periodMs: HOUR_MS });
});
afterEach(async () => {
  await local.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Bar k of the recording, as if it were the venue's k-th hour. */
function play(tick: number): void {
  if (recorded === undefined) throw new Error('there are no bars');
  const at = (column: Float64Array) => Number((column[tick] ?? 0).toFixed(2));
  const { open, high, low, close } = recorded;
  playBar(local.exchange, 'BTCUSDT', venueBar([START_MS + tick * HOUR_MS, at(open), at(high), at(low), at(close), 8]));
}

async function session(from: number, to: number, notices: Notice[]) {
  const database = new JournalDatabase(join(folder, 'run.sqlite'), { forced: false });
  const memory = venueDatabase(join(folder, 'venue.sqlite'), { forced: false });
  const connection = await local.connect({ ticks: () => local.exchange.clock.now() });
  let isSubscribed = false;
  connection.onNews(({ type }) => {
    isSubscribed ||= type === 'subscribed';
  });
  const known = database.binding();
  const now = () => local.exchange.clock.now();
  const { periodMs, firstMs, fromTick, capacity } = onlineSpan({ clocks: plan.clocks, warmupBars: 48, now, known });
  const paper = openSimulatedRun({
    mode: 'paper',
    feed: withHistory(liveFeed(connection, { checkEveryMs: 10, confirmAfterMs: 30 }), now),
    periodMs,
    spec: {
      clocks: plan.clocks,
      firstMs,
      capacity,
      markets: [{ gaps: 'hold', hasMarks: false, hasFunding: false }],
    },
    open: live => openKernelRun(plan, {}, live.data(), [metaOf(FACTS)], { blockTicks: 1 }),
    config: { facts: { 'BTC/USDT': FACTS }, fromTick },
    strategy: plan.title,
    runId: known?.runId ?? 'paper-test',
    memory,
    rows: directSink(database),
    notice: notice => notices.push(notice),
  });
  if (known === undefined) database.bind(paper.binding, new Uint8Array());
  await paper.recover(database.rows());
  const end = new AbortController();
  const following = paper.follow(end.signal);
  const before = (paper.binding.firstMs - START_MS) / HOUR_MS;
  /** Until the run has taken in the venue's first `played` bars. */
  const consumed = async (played: number) => {
    const bars = played - before;
    await until(
      () => paper.trader.live.length >= bars,
      () => `it has ${paper.trader.live.length} of ${bars} bars`,
    );
  };
  // The newest bar may still be under way as far as the history knows.
  await consumed(from - 1);
  // A bar that closes before the stream has begun is told with the next one, which here waits for it.
  await until(() => isSubscribed);
  for (let tick = from; tick < to; tick++) {
    play(tick);
    await consumed(tick + 1);
  }
  end.abort();
  await following;
  database.commit();
  const divergence = divergenceOf({
    binding: paper.binding,
    rows: database.rows(),
    clocks: plan.clocks,
    instruments: plan.instruments,
    open: set => openKernelRun(plan, {}, dataOf(set), [metaOf(FACTS)]),
  });
  const result = paper.result();
  database.abandon();
  memory.close();
  await connection.close();
  return { result, divergence };
}

describe('paper trading', () => {
  it('goes on after a pause: what it missed moves it and is not traded', { timeout: 60_000 }, async () => {
    for (let tick = 0; tick < 60; tick++) play(tick);
    const notices: Notice[] = [];
    const first = await session(60, 120, notices);
    // The process is away while nine bars close.
    for (let tick = 120; tick < 129; tick++) play(tick);
    notices.length = 0;
    const second = await session(129, 220, notices);
    const late = notices.filter(({ what }) => what.startsWith('late bar'));
    expect(late.length).toBeGreaterThanOrEqual(8);
    expect(second.result.fills.slice(0, first.result.fills.length)).toEqual(first.result.fills);
    expect(second.result.fills.length).toBeGreaterThan(first.result.fills.length);
    // Tick 0 is the venue's hour 12: of the nine bars from tick 108 on nothing was decided.
    const entries = second.result.fills.filter(({ reason }) => reason === 'entry' || reason === 'add');
    expect(entries.filter(({ tick }) => tick > 110 && tick < 116)).toEqual([]);
  });

  it('fills as the backtest on the bars that it saw', { timeout: 60_000 }, async () => {
    for (let tick = 0; tick < 60; tick++) play(tick);
    const notices: Notice[] = [];
    const { result, divergence } = await session(60, 200, notices);
    expect(result.fills.length).toBeGreaterThan(10);
    expect(divergence.first).toBeUndefined();
    // A machine with other work may be late with a bar; nothing else may go wrong.
    const late = 'no bar by its deadline';
    expect(notices.filter(({ level, what }) => level === 'alert' && what !== late)).toEqual([]);
  });
});
