/** What happens when rules meet (engine.md, Rules). */
import { describe, expect, it } from 'vitest';
import { tell } from '../../support/story.ts';

const FREE = 'execution { fee: ignored  slippage: ignored }';
const LONG = 'when volume == 1 enter long { size: 1 base }';

const perp = (rules: string, bars: string) => tell({ perpetual: true, strategy: `${rules} ${FREE}`, bars });

describe('a condition is a level, tested at each tick', () => {
  it('enters again as soon as it is flat', () => {
    const told = tell({
      strategy: `when close > 0 enter long { size: 1 base  hold: 1 bar } ${FREE}`,
      bars: '100\n101\n102\n103\n104\n105',
    });
    // In at 1, the close of bar 1 is bars_held 1: out at 2; still in at the close of 1, flat at the close of 2: in at 3.
    expect(told.fills).toEqual([
      '1 buy 1@101 entry',
      '2 sell 1@102 hold',
      '3 buy 1@103 entry',
      '4 sell 1@104 hold',
      '5 buy 1@105 entry',
    ]);
    expect(told.counts.signalsIgnored).toBe(3); // at the closes of 1, 3 and 5
  });

  it('`enter` with an entry pending is ignored and counted, of the other side too', () => {
    const told = perp(
      `when volume == 1 enter long { size: 1 base  at: limit 90  expire: 3 bars }
       when volume == 2 enter short { size: 1 base }`,
      '100 !1\n100 !1\n100 !2\n100\n100',
    );
    expect(told.fills).toEqual([]);
    expect(told.counts).toMatchObject({ signalsIgnored: 2, expired: 1 });
    expect(told.journal).toEqual(['0 intent #1 enter long limit 1@90 near 90 rule 0', '3 expired #1']);
  });

  it('`enter` in a position of its side is ignored and counted', () => {
    const told = perp(LONG, '100 !1\n100 !1\n100 !1\n100');
    expect(told.fills).toEqual(['1 buy 1@100 entry']);
    expect(told.counts.signalsIgnored).toBe(2);
  });

  it('with the opposite position open it closes and opens at the same fill', () => {
    const told = tell({
      perpetual: true,
      strategy: `${LONG} when volume == 2 enter short { size: 2 base } execution { fee: 1%  slippage: 1% }`,
      bars: '100 !1\n100 !2\n110\n110',
    });
    // One price, 110 less 1 %: 108.9. Fees 1.089 and 2.178.
    expect(told.fills).toEqual([
      '1 buy 1@101 entry fee 1.01 slip 1',
      '2 sell 1@108.9 reverse fee 1.089 slip 1.1',
      '2 sell 2@108.9 entry fee 2.178 slip 2.2',
    ]);
    expect(told.trades).toEqual(['long 1-2 1 bars 5.801 reverse', 'short 2-3 2 bars -4.378 end of data open']);
  });

  it('a reversal by a limit closes and opens where the limit fills', () => {
    const told = perp(
      `${LONG} when volume == 2 enter short { size: 1 base  at: limit 105 }`,
      '100 !1\n100 !2\n100 106 99 100\n100',
    );
    expect(told.fills).toEqual(['1 buy 1@100 entry', '2 sell 1@105 reverse maker', '2 sell 1@105 entry maker']);
  });
});

describe('exit', () => {
  it('cancels pending entries', () => {
    const told = perp(
      'when volume == 1 enter long { size: 1 base  at: limit 90  expire: 9 bars } when volume == 2 exit',
      '100 !1\n100 !2\n100 100 80 80\n80',
    );
    expect(told.fills).toEqual([]);
    expect(told.journal).toEqual(['0 intent #1 enter long limit 1@90 near 90 rule 0', '1 cancelled #1']);
    expect(told.counts.expired).toBe(0);
  });

  it('of one side leaves a pending entry of the other', () => {
    const told = perp(
      'when volume == 1 enter short { size: 1 base  at: limit 110  expire: 9 bars } when volume == 2 exit long',
      '100 !1\n100 !2\n100 115 100 100',
    );
    expect(told.fills).toEqual(['2 sell 1@110 entry maker']);
  });

  it('at a limit cancels a pending add, though it leaves the position open', () => {
    const told = perp(
      `${LONG} when volume == 2 add { size: 1 base  at: limit 95  expire: 9 bars } when volume == 3 exit { at: limit 110  expire: 9 bars }`,
      '100 !1\n100 !2\n100 !3\n100 100 90 100',
    );
    expect(told.fills).toEqual(['1 buy 1@100 entry']);
    expect(told.journal).toContain('2 cancelled #2');
  });

  it('long on a short position does nothing', () => {
    const told = perp(
      'when volume == 1 enter short { size: 1 base } when volume == 2 exit long when volume == 3 exit short',
      '100 !1\n100 !2\n100 !3\n100',
    );
    expect(told.fills).toEqual(['1 sell 1@100 entry', '3 buy 1@100 signal']);
  });

  it('refuses an enter on the side it covers at the same tick', () => {
    const told = perp(
      `${LONG} when volume == 2 enter long { size: 1 base } when volume == 2 exit`,
      '100 !1\n100 !2\n100\n100',
    );
    expect(told.fills).toEqual(['1 buy 1@100 entry', '2 sell 1@100 signal']);
    expect(told.counts.signalsIgnored).toBe(1);
  });

  it('of one side beside an enter of the other reverses', () => {
    const told = perp(
      `${LONG} when volume == 2 exit long when volume == 2 enter short { size: 1 base }`,
      '100 !1\n100 !2\n100\n100',
    );
    expect(told.fills).toEqual(['1 buy 1@100 entry', '2 sell 1@100 signal', '2 sell 1@100 entry']);
  });

  it('of both sides beside an enter of the other leaves the account flat', () => {
    const told = perp(
      `${LONG} when volume == 2 exit when volume == 2 enter short { size: 1 base }`,
      '100 !1\n100 !2\n100\n100',
    );
    expect(told.fills).toEqual(['1 buy 1@100 entry', '2 sell 1@100 signal']);
  });

  it('while flat does nothing and refuses the entry it covers', () => {
    const told = perp('when close > 0 exit long when volume == 1 enter long { size: 1 base }', '100 !1\n100 !1\n100');
    expect(told.fills).toEqual([]);
    expect(told.counts.signalsIgnored).toBe(2);
  });

  it('`flatten` closes either side at market and cancels entries', () => {
    const told = perp(
      'when volume == 1 enter short { size: 1 base } when volume == 2 flatten',
      '100 !1\n100 !2\n90\n90',
    );
    expect(told.trades).toEqual(['short 1-2 1 bars 10 flatten']);
  });
});

describe('long and short at the same tick', () => {
  it('do neither, flat or in a position, and are counted', () => {
    const told = perp(
      `${LONG} when volume == 2 enter long { size: 1 base } when volume == 2 enter short { size: 1 base }`,
      '100 !2\n100 !1\n100 !2\n100\n100',
    );
    expect(told.fills).toEqual(['2 buy 1@100 entry']);
    expect(told.counts.conflictingSignals).toBe(2);
  });

  it('two rules for one side: the first', () => {
    const told = perp(
      'when volume >= 1 enter long { size: 3 base } when volume == 2 enter long { size: 1 base }',
      '100\n100 !2\n100\n100',
    );
    expect(told.fills).toEqual(['2 buy 3@100 entry']);
  });

  it('the first that holds: a rule that does not hold is no rival', () => {
    const told = perp(
      'when volume == 1 enter long { size: 3 base } when volume >= 1 enter long { size: 1 base }',
      '100\n100 !2\n100',
    );
    expect(told.fills).toEqual(['2 buy 1@100 entry']);
  });
});

describe('add and reduce', () => {
  const ADD = 'when volume >= 3 add { size: 1 base }';

  it('act when their condition becomes true', () => {
    const told = perp(`${LONG} ${ADD}`, '100 !1\n101 !3\n102 !4\n103\n104 !3\n105\n106');
    expect(told.fills).toEqual(['1 buy 1@101 entry', '2 buy 1@102 add', '5 buy 1@105 add']);
  });

  it('need a position at the tick at which it becomes true', () => {
    // True from tick 0 on: at tick 1, with a position, it no longer becomes true.
    const told = perp(
      `when volume >= 1 enter long { size: 1 base } when volume >= 1 add { size: 1 base }`,
      '100 !1\n100 !1\n100 !1\n100',
    );
    expect(told.fills).toEqual(['1 buy 1@100 entry']);
  });

  it('`reduce 50%` is of the current quantity', () => {
    const told = perp(
      `when volume == 1 enter long { size: 4 base } when volume == 2 reduce 50% when volume == 3 exit`,
      '100 !1\n100 !2\n110\n110 !2\n120\n120 !3\n130',
    );
    expect(told.fills).toEqual([
      '1 buy 4@100 entry',
      '2 sell 2@110 reduce',
      '4 sell 1@120 reduce',
      '6 sell 1@130 signal',
    ]);
    // 2 · 10 + 1 · 20 + 1 · 30, over one trade whose exits average 117.5.
    expect(told.trades).toEqual(['long 1-6 5 bars 70 signal']);
    expect(told.result.trades[0]?.exitPrice).toBeCloseTo(117.5, 12);
  });

  it('`reduce` of a side leaves the other alone', () => {
    const told = perp(
      'when volume == 1 enter short { size: 4 base } when volume == 2 reduce 50% long when volume == 3 reduce 25% short',
      '100 !1\n100 !2\n100 !3\n100',
    );
    expect(told.fills).toEqual(['1 sell 4@100 entry', '3 buy 1@100 reduce']);
  });

  it('`reduce 100%` closes', () => {
    const told = perp(
      'when volume == 1 enter long { size: 0.3 base } when volume == 2 reduce 100%',
      '100 !1\n100 !2\n100\n100',
    );
    expect(told.trades).toEqual(['long 1-2 1 bars 0 signal']);
  });

  it('after an add `entry` is the average, and first_entry, last_entry, entries tell how', () => {
    const told = tell({
      perpetual: true,
      strategy: `${LONG} when volume == 3 add { size: 3 base } ${FREE}`,
      bars: '100 !1\n100 !3\n120\n120',
      watch: ['entry', 'first_entry', 'last_entry', 'entries', 'position'],
    });
    expect(told.seen).toEqual({
      entry: [Number.NaN, 100, 115, 115],
      first_entry: [Number.NaN, 100, 100, 100],
      last_entry: [Number.NaN, 100, 120, 120],
      entries: [0, 1, 2, 2],
      position: [0, 1, 4, 4],
    });
  });

  it('the tick that exits adds nothing and takes nothing off', () => {
    const told = perp(
      `${LONG} when volume == 2 exit when volume == 2 add { size: 1 base } when volume == 2 reduce 50%`,
      '100 !1\n100 !2\n100\n100',
    );
    expect(told.fills).toEqual(['1 buy 1@100 entry', '2 sell 1@100 signal']);
    expect(told.journal.filter(line => /add|reduce/.test(line))).toEqual([]);
  });

  it('nor does the tick that reverses', () => {
    const told = perp(
      `${LONG} when volume == 2 enter short { size: 1 base } when volume == 2 add { size: 1 base } when volume == 2 reduce 50%`,
      '100 !1\n100 !2\n100\n100',
    );
    expect(told.fills).toEqual(['1 buy 1@100 entry', '2 sell 1@100 reverse', '2 sell 1@100 entry']);
    expect(told.journal.filter(line => /add|reduce/.test(line))).toEqual([]);
  });
});

describe('pause', () => {
  const rules = (pause: string) => `
    when close > 0 enter long { size: 1 base  stop: entry - 5 }
    risk { pause ${pause} when stopped_out }`;

  it('n bars refuses at the tick that sees the event and the n − 1 after it', () => {
    const told = perp(rules('3 bars'), '100\n100 100 94 94\n94\n94\n94\n94\n94');
    // Stopped in bar 1: refused at the closes of 1, 2 and 3; decided again at 4, in at 5.
    expect(told.fills).toEqual(['1 buy 1@100 entry', '1 sell 1@95 stop', '5 buy 1@94 entry']);
    expect(told.counts.pausesRefused).toBe(3);
  });

  it('as a length of time', () => {
    expect(perp(rules('2h'), '100\n100 100 94 94\n94\n94\n94').fills.at(-1)).toBe('4 buy 1@94 entry');
  });

  it('refuses an add, and never an exit, a reduce or protection', () => {
    const told = tell({
      perpetual: true,
      strategy: `
        when volume == 1 enter long { size: 4 base  stop: entry - 5 }
        when volume == 2 reduce 25%
        when volume == 3 add { size: 1 base }
        when volume == 4 exit
        risk { pause 9 bars when opened } ${FREE}`,
      bars: '100 !1\n100 !2\n100 !3\n100 !4\n100\n100 !1\n100',
    });
    expect(told.fills).toEqual(['1 buy 4@100 entry', '2 sell 1@100 reduce', '4 sell 3@100 signal']);
    expect(told.counts.pausesRefused).toBe(2);
  });
});

describe('states that read the account', () => {
  it('`stops < 3` with a reset on the day counts from anew', () => {
    // 6 bars a day. Each entry is stopped in its own bar: entries at 1, 2 and 3 on day 0, and from the first of day 1.
    const told = tell({
      hours: 4,
      strategy: `
        clock day = 1d
        state stops starts 0
          then prev stops + (if stopped_out then 1 else 0)
          reset when new(day)
        when stops < 2 enter long { size: 1 base  stop: entry - 5 } ${FREE}`,
      bars: '100\n100 100 90 100\n100 100 90 100\n100 100 90 100\n100\n100\n100\n100\n100',
      watch: ['stops'],
    });
    expect(told.seen.stops).toEqual([0, 1, 2, 2, 2, 2, 0, 0, 0]);
    // Decided at 0 and 1; at 2 the count is two; decided again at 6, the first bar of the next day.
    expect(told.fills).toEqual([
      '1 buy 1@100 entry',
      '1 sell 1@95 stop',
      '2 buy 1@100 entry',
      '2 sell 1@95 stop',
      '7 buy 1@100 entry',
    ]);
  });

  it('an event counts in a window', () => {
    const told = tell({
      strategy: `
        when volume == 1 enter long { size: 1 base  hold: 1 bar }
        when count(timed_out, 3 bars) >= 2 alert "twice" ${FREE}`,
      bars: '100 !1\n100\n100 !1\n100\n100\n100\n100\n100',
      watch: ['count(timed_out, 3 bars)'],
    });
    expect(told.seen['count(timed_out, 3 bars)']).toEqual([Number.NaN, Number.NaN, 1, 1, 2, 1, 1, 0]);
  });
});
