/** Brackets (engine.md): one stop and one set of targets cover the whole filled position. */
import { describe, expect, it } from 'vitest';
import { tell } from '../../support/story.ts';

const FREE = 'execution { fee: ignored  slippage: ignored }';
const spot = (rules: string, bars: string, watch: readonly string[] = []) =>
  tell({ strategy: `${rules} ${FREE}`, bars, watch });
const perp = (rules: string, bars: string) => tell({ perpetual: true, strategy: `${rules} ${FREE}`, bars });
const ENTER = (bracket: string, size = '1 base') => `when volume == 1 enter long { size: ${size}  ${bracket} }`;

describe('a stop', () => {
  it('fills at its level, or at the open where that is worse', () => {
    expect(spot(ENTER('stop: entry - 5'), '100 !1\n100\n99 99 90 91').fills[1]).toBe('2 sell 1@95 stop');
    expect(spot(ENTER('stop: entry - 5'), '100 !1\n100\n92 99 90 91').fills[1]).toBe('2 sell 1@92 stop');
  });

  it('is reached by a touch', () => {
    expect(spot(ENTER('stop: entry - 5'), '100 !1\n100\n99 99 95 96').fills[1]).toBe('2 sell 1@95 stop');
    expect(spot(ENTER('stop: entry - 5'), '100 !1\n100\n99 99 95.01 96').fills).toHaveLength(1);
  });

  it('slips past the extreme of the bar', () => {
    const told = tell({
      strategy: `${ENTER('stop: entry - 5')} execution { fee: ignored  slippage: close * 0 + 2 }`,
      bars: '100 !1\n100\n99 99 94 95',
    });
    // Entry 102, stop 97 less 2; the stop fills at 95 although … and with a low of 96.5 below it all the same.
    expect(told.fills).toEqual(['1 buy 1@102 entry slip 2', '2 sell 1@95 stop slip 2']);
  });

  it('only tightens, from tick to tick', () => {
    // now(low) − 1: 99, then 101, then 94 (looser: stays 101).
    const told = spot(ENTER('stop: now(low) - 1'), '100 !1\n100 104 102 103\n103 104 95.5 103\n103 103 100 100');
    // After the fill at the open of 1 the latest close is that of 0: 99. At the close of 1: 101; bar 2 falls through it.
    expect(told.fills).toEqual(['1 buy 1@100 entry', '2 sell 1@101 stop']);
    const looser = spot(
      ENTER('stop: now(low) - 1'),
      '100 !1\n100 104 102 103\n103 104 102 103\n103 104 101.5 103\n103 103 100.5 101',
    );
    expect(looser.fills[1]).toBe('4 sell 1@101 stop');
  });

  it('that is absent is none, and an absent level takes nothing back', () => {
    // The level exists only while volume is 7.
    const told = spot(
      ENTER('stop: if now(volume) == 7 then entry - 5 else now(close) * (now(volume) - now(volume)) / 0 base'),
      '100 !1\n100 100 80 100\n100 100 80 100 !7\n100 100 96 100\n100 100 90 91',
    );
    expect(told.fills).toEqual(['1 buy 1@100 entry', '4 sell 1@95 stop']);
  });
});

describe('what is frozen and what is live', () => {
  it('a market stream keeps the value of the signal tick', () => {
    // high − low at tick 0 is 4.
    const told = spot(ENTER('stop: entry - (high - low)'), '100 102 98 100 !1\n100 110 99 100\n100 110 95 100');
    expect(told.journal).toContain('1 levels stop 96');
    expect(told.fills[1]).toBe('2 sell 1@96 stop');
  });

  it('a limit entry keeps the value of the tick at which it was decided', () => {
    const told = spot(
      'when volume == 1 enter long { size: 1 base  at: limit 99  expire: 3 bars  stop: entry - (high - low) }',
      '100 102 98 100 !1\n100 110 100 100\n100 100 98.5 100',
    );
    expect(told.journal).toContain('2 levels stop 95');
  });

  it('`now(x)` is x at the latest close', () => {
    const told = spot(ENTER('target: now(high) + 1'), '100 !1\n100 105 100 101\n101 103 100 101\n101 105 101 102');
    // At the fill: 101, below the bar's high, so it fills in bar 1 already.
    expect(told.fills[1]).toBe('1 sell 1@101 target maker');
    const later = spot(ENTER('target: now(high) + 9'), '100 !1\n100 105 100 101\n101 103 100 101\n101 113 101 102');
    // 109 in bar 1, 114 in bar 2, 112 in bar 3.
    expect(later.fills[1]).toBe('3 sell 1@112 target maker');
  });

  it('an account stream is current: a table by the age of the trade', () => {
    const told = spot(
      ENTER('target: entry * (1 + steps(held, 0h, 10%, 2h, 4%, 3h, 1%))'),
      '100 !1\n100\n100 103 100 100\n100 103 100 100\n100 103 100 100',
    );
    // held is 1h after bar 1 (110), 2h after bar 2 (104), 3h after bar 3 (101): bar 4 fills.
    expect(told.fills[1]).toBe('4 sell 1@101 target maker');
  });

  it('`best` moves a stop', () => {
    const told = spot(ENTER('stop: best - 5'), '100 !1\n100 110 100 108\n108 108 104 105');
    expect(told.fills[1]).toBe('2 sell 1@105 stop');
  });
});

describe('targets', () => {
  it('fill at the better of level and open', () => {
    expect(spot(ENTER('target: entry + 5'), '100 !1\n100\n104 106 103 104').fills[1]).toBe('2 sell 1@105 target maker');
    expect(spot(ENTER('target: entry + 5'), '100 !1\n100\n108 109 107 108').fills[1]).toBe('2 sell 1@108 target maker');
  });

  it('fill when price trades through them, at a touch only with `touch: fills`', () => {
    const bars = '100 !1\n100\n104 105 103 104';
    expect(spot(ENTER('target: entry + 5'), bars).fills).toHaveLength(1);
    const touched = tell({
      strategy: `${ENTER('target: entry + 5')} execution { fee: ignored slippage: ignored touch: fills }`,
      bars,
    });
    expect(touched.fills[1]).toBe('2 sell 1@105 target maker');
  });

  it('pay maker and no slippage', () => {
    const told = tell({
      strategy: `${ENTER('target: 105')} execution { fee: maker 1% taker 2%  slippage: 1% }`,
      bars: '100 !1\n100\n104 106 103 104',
    });
    expect(told.fills).toEqual(['1 buy 1@101 entry fee 2.02 slip 1', '2 sell 1@105 target fee 1.05 maker']);
  });

  it('in parts: a share, then the rest', () => {
    const told = spot(
      ENTER('target: [50% at entry + 5, rest at entry + 10]', '4 base'),
      '100 !1\n100\n100 106 100 106\n106 111 106 110',
    );
    expect(told.fills).toEqual(['1 buy 4@100 entry', '2 sell 2@105 target maker', '3 sell 2@110 target maker']);
    expect(told.trades).toEqual(['long 1-3 2 bars 30 target']);
  });

  it('leave nothing behind when the rest is nearer than the share', () => {
    for (const size of ['0.7 base', '1.1 base', '3.3 base', '0.123457 base']) {
      const told = spot(
        ENTER('target: [30% at entry + 10, rest at entry + 5]', size),
        '100 !1\n100\n100 106 100 106\n106 111 106 110\n110',
        ['position'],
      );
      expect(told.fills).toHaveLength(3);
      expect(told.seen.position?.at(-1)).toBe(0);
      expect(told.result.trades.map(trade => trade.open)).toEqual([false]);
    }
  });

  it('whose shares are less than the whole leave the rest to the stop', () => {
    const told = spot(
      ENTER('stop: entry - 5  target: [25% at entry + 5, 25% at entry + 10]', '4 base'),
      '100 !1\n100\n100 106 100 106\n106 111 106 110\n110 110 90 90',
    );
    expect(told.fills).toEqual([
      '1 buy 4@100 entry',
      '2 sell 1@105 target maker',
      '3 sell 1@110 target maker',
      '4 sell 2@95 stop',
    ]);
  });

  it('are shares of what the position holds: a reduce takes from each part', () => {
    // 4, then 2: one set of targets covers the whole position, half and half.
    const told = spot(
      `${ENTER('target: [50% at entry + 5, rest at entry + 10]', '4 base')} when volume == 2 reduce 50%`,
      '100 !1\n100 !2\n100\n100 106 100 106\n106 111 106 110',
    );
    expect(told.fills).toEqual([
      '1 buy 4@100 entry',
      '2 sell 2@100 reduce',
      '3 sell 1@105 target maker',
      '4 sell 1@110 target maker',
    ]);
  });

  it('that an add states anew cover the position as it is then', () => {
    // 4 bought, 2 sold at the first target, 2 added: the new set covers 4, half and half.
    const told = spot(
      `${ENTER('target: [50% at entry + 5, rest at entry + 50]', '4 base')}
       when volume == 2 add { size: 2 base  target: [50% at first_entry + 10, rest at first_entry + 20] }`,
      '100 !1\n100\n100 106 100 106\n106 !2\n106\n106 111 106 110\n110 121 110 120',
    );
    expect(told.fills).toEqual([
      '1 buy 4@100 entry',
      '2 sell 2@105 target maker',
      '4 buy 2@106 add',
      '5 sell 2@110 target maker',
      '6 sell 2@120 target maker',
    ]);
  });

  it('after an add that states none cover the larger position', () => {
    // 2 bought, then 2 more: entry 102, so 107 and 112; half of four at each.
    const told = spot(
      `${ENTER('target: [50% at entry + 5, rest at entry + 10]', '2 base')} when volume == 2 add { size: 2 base }`,
      '100 !1\n100 !2\n104\n104 108 104 108\n108 113 108 113',
    );
    expect(told.fills).toEqual([
      '1 buy 2@100 entry',
      '2 buy 2@104 add',
      '3 sell 2@107 target maker',
      '4 sell 2@112 target maker',
    ]);
  });

  it('move freely, in both directions', () => {
    const told = spot(ENTER('target: now(close) + 5'), '100 !1\n100 100 90 90\n90 96 90 92');
    expect(told.fills[1]).toBe('2 sell 1@95 target maker');
  });
});

describe('trail', () => {
  it('is a stop at best less D, moved at ticks only', () => {
    const told = spot(ENTER('trail: close * 0 + 5'), '100 !1\n100 104 99 103\n103 112 100 111\n111 111 106 106');
    // After bar 1: 99. In bar 2 the high of 112 and the low of 100 change nothing; after it: 107.
    expect(told.fills).toEqual(['1 buy 1@100 entry', '3 sell 1@107 trail']);
  });

  it('protects from the fill on', () => {
    // Best is the fill price itself: 100 less 5.
    const told = spot(ENTER('trail: close * 0 + 5'), '100 !1\n100 101 90 92\n92');
    expect(told.fills).toEqual(['1 buy 1@100 entry', '1 sell 1@95 trail']);
  });

  it('waits until best has passed entry by G', () => {
    const told = spot(ENTER('trail: 1% after 3%'), '100 !1\n100 102.9 90 102\n102 103.5 102 103\n103 103 101 102');
    // Best 102.9 after bar 1: no trail yet. 103.5 after bar 2: 103.5 · 0.99 = 102.465.
    expect(told.fills).toEqual(['1 buy 1@100 entry', '3 sell 1@102.465 trail']);
  });

  it('takes D fresh at each tick and never loosens', () => {
    // D is the range of the bar: 2 after bar 1 (best 102: 100), then 10 (best 103: 93, looser).
    const told = spot(
      ENTER('trail: high - low'),
      '100 102 98 100 !1\n100 102 100 102\n102 103 101 103\n103 111 101 103\n103 103 99 99',
    );
    // Bar 2: range 2, best 103: 101. Bar 3 touches 101.
    expect(told.fills[1]).toBe('3 sell 1@101 trail');
  });

  it('of a short', () => {
    const told = perp(
      'when volume == 1 enter short { size: 1 base  trail: 1% }',
      '100 !1\n100 100.5 90 91\n90.5 92 90 91',
    );
    // Best 90: 90.9; bar 2 opens at 90.5 and rises through it.
    expect(told.fills).toEqual(['1 sell 1@100 entry', '2 buy 1@90.9 trail']);
  });

  it('looks at the close only of a bar inside which the position was opened', () => {
    const told = spot(
      'when volume == 1 enter long { size: 1 base  at: limit 98  trail: close * 0 + 5 }',
      '100 !1\n100 110 97 99\n99 99 93.5 94',
    );
    // Best 99, not 110: 94.
    expect(told.fills).toEqual(['1 buy 1@98 entry maker', '2 sell 1@94 trail']);
  });

  it('is a stop-out', () => {
    const told = spot(ENTER('trail: 1%'), '100 !1\n100\n100 100 98 98\n98', ['stopped_out', 'closed.profit']);
    expect(told.seen.stopped_out).toEqual([0, 0, 1, 0]);
    expect(told.seen['closed.profit']).toEqual([Number.NaN, Number.NaN, -0.01, Number.NaN]);
  });
});

describe('hold', () => {
  it('counts the bar of the fill as the first', () => {
    expect(spot(ENTER('hold: 1 bar'), '100 !1\n100\n100\n100').trades).toEqual(['long 1-2 1 bars 0 hold']);
    expect(spot(ENTER('hold: 3 bars'), '100 !1\n100\n100\n100\n100').trades).toEqual(['long 1-4 3 bars 0 hold']);
  });

  it('is `bars_held` at that close', () => {
    const told = spot(ENTER('hold: 3 bars'), '100 !1\n100\n100\n100\n100', ['bars_held', 'timed_out']);
    expect(told.seen.bars_held).toEqual([Number.NaN, 1, 2, 3, Number.NaN]);
    expect(told.seen.timed_out).toEqual([0, 0, 0, 0, 1]);
  });
});

describe('an add', () => {
  const add = (bracket: string) => `when volume == 2 add { size: 1 base  ${bracket} }`;

  it('keeps the bracket: a stop at `entry − 5` follows the average, up only', () => {
    // Average 105: stop 100.
    const up = spot(`${ENTER('stop: entry - 5')} ${add('')}`, '100 !1\n100 !2\n110\n110 110 99 99');
    expect(up.fills[2]).toBe('3 sell 2@100 stop');
    // Average 98: 93 would be looser than 95.
    const down = spot(`${ENTER('stop: entry - 5')} ${add('')}`, '100 !1\n100 !2\n96\n96 96 90 90');
    expect(down.fills[2]).toBe('3 sell 2@95 stop');
  });

  it('that states a stop replaces it, looser or not', () => {
    const told = spot(
      `${ENTER('stop: entry - 5')} ${add('stop: entry - 20')}`,
      '100 !1\n100 !2\n100\n100 100 90 90\n90 90 70 70',
    );
    expect(told.fills[2]).toBe('4 sell 2@80 stop');
  });

  it('that states a target keeps the stop', () => {
    const told = spot(`${ENTER('stop: entry - 5')} ${add('target: entry + 5')}`, '100 !1\n100 !2\n100\n100 100 90 90');
    expect(told.fills[2]).toBe('3 sell 2@95 stop');
  });

  it('that states a trail is protected by it at once', () => {
    const told = spot(
      `${ENTER('trail: close * 0 + 5')} ${add('trail: close * 0 + 8')}`,
      '100 !1\n100 !2\n100 100 91 91\n91',
    );
    expect(told.fills[2]).toBe('2 sell 2@92 trail');
  });
});

describe('exits cancel one another', () => {
  it('once the stop has filled, nothing of the bracket is left', () => {
    const told = spot(
      `${ENTER('stop: entry - 5  target: entry + 5')}`,
      '100 !1\n100\n100 100 94 94\n94 120 80 100\n100',
      ['position'],
    );
    expect(told.fills).toHaveLength(2);
    expect(told.seen.position).toEqual([0, 1, 0, 0, 0]);
  });
});
