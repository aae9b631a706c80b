/** Reports of days: together they are the whole run, whenever it is looked at and however often the process ends. */
import { describe, expect, it } from 'vitest';
import type { SimulatedRun, SimulatedRunParts } from '../../../runtime/live/simulated-run.ts';
import type { RowSink } from '../../../runtime/live/store/rows.ts';
import { DAY_MS, type DayReport, dateOf, dayText } from '../../../runtime/monitor/day.ts';
import { DayBook, type KeptDay } from '../../../runtime/monitor/day-book.ts';
import { describeWithShared } from '../../support/shared.ts';
import { busyPlan, busySeries } from '../live/busy.ts';
import { compileExample, recordedMarket, replayOf } from '../live/support.ts';

const SPEAKER = { strategy: 'Busy', mode: 'replay', venue: 'simulated', account: 'simulated' } as const;

/** Plays a run, looking at its days after every so many rows; at each look the book is a fresh one, as after a restart. */
async function played(
  open: (more: Partial<SimulatedRunParts>) => SimulatedRun,
  rowsBetween: number,
): Promise<{ readonly run: SimulatedRun; readonly days: readonly DayReport[] }> {
  const ended: DayReport[] = [];
  let rows = 0;
  let book: DayBook | undefined;
  let kept: KeptDay | undefined;
  const look = (): DayReport | undefined => {
    ended.push(...(book?.look() ?? []));
    return book?.soFar();
  };
  const sink: RowSink = {
    append: () => {
      rows += 1;
      if (book === undefined || rows % rowsBetween !== 0) return;
      look();
      kept = book.kept;
    },
    snapshot: () => {},
    durable: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const run = open({ rows: sink });
  await run.recover([]);
  book = new DayBook(run, SPEAKER, undefined);
  await run.follow(new AbortController().signal);
  await run.run.idle();
  const now = look();
  expect(kept?.dayMs).toBeDefined();
  return { run, days: now === undefined ? ended : [...ended, now] };
}

function sum(days: readonly DayReport[], of: (day: DayReport) => number): number {
  return days.reduce((total, day) => total + of(day), 0);
}

function expectWhole({ run, days }: { readonly run: SimulatedRun; readonly days: readonly DayReport[] }): void {
  const result = run.result();
  const { trader } = run;
  expect(new Set(days.map(({ date }) => date)).size).toBe(days.length);
  expect(days.filter(({ isComplete }) => !isComplete).length).toBeLessThanOrEqual(1);
  expect(sum(days, ({ bars }) => bars)).toBe(result.toTick - result.fromTick);
  expect(sum(days, ({ profit }) => profit)).toBeCloseTo(trader.account.equity - trader.capital, 6);
  expect(sum(days, ({ fills }) => fills)).toBe(result.fills.length);
  expect(sum(days, ({ fees }) => fees)).toBeCloseTo(result.totals.fees, 6);
  expect(sum(days, ({ income }) => income)).toBeCloseTo(result.totals.funding, 6);
  expect(sum(days, ({ turnover }) => turnover)).toBeCloseTo(result.totals.turnover, 3);
  expect(sum(days, ({ trades }) => trades)).toBe(result.trades.filter(({ open }) => !open).length);
  expect(sum(days, ({ halts }) => halts.length)).toBe(result.counts.halts);
  const now = days.at(-1);
  const held = trader.position(trader.traded[0] ?? 0).quantity;
  if (now?.isComplete === false) expect(Object.values(now.positions)).toEqual(held === 0 ? [] : [held]);
  for (const [i, day] of days.entries()) {
    if (i > 0) expect(day.startEquity).toBe(days[i - 1]?.endEquity);
    const from = Date.parse(`${day.date}T00:00:00Z`);
    const trades = result.fills.filter(({ timeMs }) => timeMs >= from && timeMs < from + DAY_MS);
    // A fill at a close carries the time of the next open.
    expect(Math.abs(trades.length - day.fills)).toBeLessThanOrEqual(4);
  }
}

describe('the days of a run', () => {
  it.each([1, 7, 60])('are all of it, looked at after every %i rows', async rowsBetween => {
    const plan = busyPlan();
    const found = await played(more => replayOf(plan, busySeries(plan, 400), more), rowsBetween);
    expect(found.days.length).toBe(Math.ceil(400 / 24));
    expect(sum(found.days, ({ trades }) => trades)).toBeGreaterThan(10);
    expectWhole(found);
  });

  it('are kept over a restart: a book that goes on from what another kept says the same', async () => {
    const plan = busyPlan();
    const series = busySeries(plan, 400);
    const { days } = await played(more => replayOf(plan, series, more), 20);
    const run = replayOf(plan, series);
    await run.recover([]);
    const restarted: DayReport[] = [];
    let kept: KeptDay | undefined;
    const { closeBar } = run.trader;
    let bars = 0;
    // Each bar is the last one that a process sees.
    run.trader.closeBar = late => {
      const commands = closeBar.call(run.trader, late);
      bars += 1;
      const book = new DayBook(run, SPEAKER, kept && JSON.parse(JSON.stringify(kept)));
      if (bars % 5 === 0) {
        restarted.push(...book.look());
        kept = book.kept;
      }
      return commands;
    };
    await run.follow(new AbortController().signal);
    const ended = days.filter(({ isComplete }) => isComplete);
    const figures = (day: DayReport) => ({ ...day, slippage: 0 });
    expect(restarted.map(figures)).toEqual(ended.slice(0, restarted.length).map(figures));
    expect(restarted.length).toBeGreaterThanOrEqual(ended.length - 1);
  });

  it('of a long absence only the last week is told', async () => {
    const plan = busyPlan();
    const run = replayOf(plan, busySeries(plan, 24 * 20));
    await run.recover([]);
    const book = new DayBook(run, SPEAKER, undefined);
    await run.follow(new AbortController().signal);
    const ended = book.look();
    expect(ended).toHaveLength(7);
    const lastMs = run.trader.live.openMs(run.trader.live.length - 1);
    expect(ended.at(-1)?.date).toBe(dateOf(lastMs));
    expect(ended[0]?.startEquity).toBe(run.trader.equity[24 * 13 - 1]);
  });

  it('count notices by what they say, and those of another day not', async () => {
    const plan = busyPlan();
    const run = replayOf(plan, busySeries(plan, 30));
    await run.recover([]);
    const book = new DayBook(run, SPEAKER, undefined);
    book.note({ level: 'warning', what: 'cancel unknown' });
    book.note({ level: 'alert', what: 'cancel unknown' });
    book.note({ level: 'info', what: 'feed reconnected' });
    await run.follow(new AbortController().signal);
    const ended = book.look();
    expect(ended.map(({ notices }) => notices)).toEqual([{ 'cancel unknown': 2 }]);
    expect(book.soFar()?.notices).toEqual({});
    expect(dayText(ended[0] as DayReport)).toContain('cancel unknown 2');
    const halts = ['halted', 'cap daily_loss', 'halted'] as const;
    expect(dayText({ ...(ended[0] as DayReport), halts })).toContain(
      'Halts         stopped by a person, an alert rule or the end of its process, 2 times; the cap on daily loss\n',
    );
  });
});

describeWithShared('with real candles', () => {
  it('of a perpetual, with its funding', async () => {
    const plan = compileExample('dip_buyer_perp.vela');
    const series = await recordedMarket(plan, 3000);
    const found = await played(more => replayOf(plan, series, more), 40);
    expectWhole(found);
    expect(found.days.some(({ income }) => income !== 0)).toBe(true);
  });
});
