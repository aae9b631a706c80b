/** `--from`: a settled start, orders only from there on (language.md, Warm-up; docs/decisions/0084). */
import { describe, expect, it } from 'vitest';
import { planWarmup } from '../../../compiler/index.ts';
import { openKernelRun } from '../../../compiler/kernel/instance.ts';
import { runPlan } from '../../../runtime/backtest.ts';
import { readJournal } from '../../../runtime/journal/reader.ts';
import { laneOf, marketFrom } from '../../../runtime/lane.ts';
import { marketOf, planOf, START_MS, type Story, tell } from '../../support/story.ts';

const FREE = 'execution { fee: ignored  slippage: ignored }';

describe('orders only from `from` on', () => {
  it('a signal before it is no order; one at its close is', () => {
    const told = tell({
      strategy: `when volume == 1 enter long { size: 1 base } ${FREE}`,
      bars: '100 !1\n101 !1\n102 !1\n103',
      fromTick: 2,
    });
    expect(told.fills).toEqual(['3 buy 1@103 entry']);
    expect(told.equity).toEqual([10000, 10000]);
    expect(told.counts.signalsIgnored).toBe(0);
  });

  it('a condition that was true before does not become true at `from`', () => {
    const told = tell({
      strategy: `when volume == 1 enter long { size: 1 base } when close > 0 add { size: 1 base } ${FREE}`,
      bars: '100\n101\n102 !1\n103\n104',
      fromTick: 2,
    });
    expect(told.fills).toEqual(['3 buy 1@103 entry']);
  });

  it('a pause that began before goes on', () => {
    const told = tell({
      strategy: `when close > 0 enter long { size: 1 base } risk { pause 4 bars when close == 101 } ${FREE}`,
      bars: '100\n101\n102\n103\n104\n105\n106',
      fromTick: 3,
    });
    // Paused at 1, 2, 3 and 4.
    expect(told.fills).toEqual(['6 buy 1@106 entry']);
    expect(told.counts.pausesRefused).toBe(2);
  });

  it('a state has lived through the warm-up, with a flat account', () => {
    const told = tell({
      strategy: `
        state n starts 0 then prev n + (if idle then 1 else 0)
        when n == 4 enter long { size: 1 base } ${FREE}`,
      bars: '100\n101\n102\n103\n104\n105',
      fromTick: 2,
      watch: ['n', 'equity', 'started'],
    });
    expect(told.seen).toEqual({
      n: [Number.NaN, 2, 3, 4, 4, 4],
      equity: [Number.NaN, 10000, 10000, 10000, 10000, 10001],
      started: [Number.NaN, 0, 1, 0, 0, 0],
    });
    expect(told.fills).toEqual(['4 buy 1@104 entry']);
  });

  it('a limit of the day counts from the capital at `from`', () => {
    const told = tell({
      hours: 4,
      strategy: `clock day = 1d when volume == 1 enter long { size: 10 base } when volume == 2 add { size: 1 base }
        risk { cap daily_loss at 2% of equity } ${FREE}`,
      bars: '100\n100\n100 !1\n100\n79 !2\n79 81 79 81\n81',
      fromTick: 2,
    });
    expect(told.counts.refusals).toEqual({ 'cap daily_loss': 1 });
  });
});

describe('a rule acts once everything that its order is made of is ready', () => {
  const first = (rule: string, execution = 'fee: ignored  slippage: ignored') =>
    tell({
      strategy: `${rule} execution { ${execution} }`,
      bars: Array.from({ length: 12 }, (_, tick) => `${100 + tick} ${102 + tick} ${98 + tick} ${100 + tick}`).join(
        '\n',
      ),
    }).fills[0]?.split(' ')[0];

  // The average of five closes is there at tick 4, so what is decided there fills in bar 5.
  it.each([
    ['nothing but the bar', 'when close > 0 enter long { size: 1 base }', '1'],
    ['the condition', 'when close > 0 and sma(close, 5) > 0 enter long { size: 1 base }', '5'],
    ['the size', 'when close > 0 enter long { size: (10 / plain(sma(close, 5))) base }', '5'],
    ['the price', 'when close > 0 enter long { size: 1 base  at: limit sma(close, 5) * 2 }', '5'],
    ['the stop', 'when close > 0 enter long { size: 1 base  stop: sma(close, 5) / 2 }', '5'],
    ['the target', 'when close > 0 enter long { size: 1 base  target: sma(close, 5) * 2 }', '5'],
    ['the trail', 'when close > 0 enter long { size: 1 base  trail: sma(close, 5) }', '5'],
  ])('%s', (_, rule, tick) => expect(first(rule)).toBe(tick));

  it('the slippage', () => {
    expect(first('when close > 0 enter long { size: 1 base }', 'fee: ignored  slippage: 0.01 * sma(close, 5)')).toBe(
      '5',
    );
  });
});

describe('a kernel starts at exactly `from − settled`', () => {
  const story: Story = {
    strategy: `when close crosses above sma(close, 4) enter long { size: 1 base  hold: 2 bars } ${FREE}`,
    bars: Array.from({ length: 40 }, (_, tick) => `${100 + ((tick * 7) % 11)}`).join('\n'),
  };
  const plan = planOf(story);
  const series = marketOf(story, plan);
  const { settled } = planWarmup(plan, {}, [{}]);
  const runFrom = (start: number, from: number) => {
    const cut = marketFrom(series, start);
    return runPlan(openKernelRun(plan, {}, laneOf(cut), [{}]), cut, { fromTick: from - start });
  };

  it('an average of four under a crossing settles after four', () => {
    expect(settled).toBe(4);
  });

  it('what comes before changes nothing', () => {
    const early = runFrom(0, 20);
    const exact = runFrom(20 - settled, 20);
    const shift = 20 - settled;
    const moved = (fills: typeof exact.fills, by: number) => fills.map(fill => ({ ...fill, tick: fill.tick + by }));
    expect(moved(exact.fills, shift)).toEqual(moved(early.fills, 0));
    expect([...exact.equity]).toEqual([...early.equity]);
    expect(exact.fills.length).toBeGreaterThan(2);
  });

  it('and one bar less would', () => {
    // At tick 20 − 3 the crossing is not ready yet; the gate says so.
    const cut = marketFrom(series, 20 - settled + 1);
    expect(openKernelRun(plan, {}, laneOf(cut), [{}]).ruleReady[0]).toBe(settled);
  });

  it('the journal of two spans without a trade still tells them apart', () => {
    // Two days of data of which nothing happens in either: other instants, another run.
    const quiet = planOf({ ...story, strategy: `when close > 1000 enter long { size: 1 base } ${FREE}` });
    const hash = (start: number) => {
      const cut = marketFrom(marketOf(story, quiet), start);
      return runPlan(openKernelRun(quiet, {}, laneOf(cut), [{}]), cut, { fromTick: 0, toTick: 10 });
    };
    expect(hash(0).journalHash).not.toBe(hash(10).journalHash);
    expect(readJournal(hash(10).journal).header.span).toMatchObject({ firstMs: START_MS + 10 * 3_600_000 });
  });
});
