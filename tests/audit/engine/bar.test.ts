/** The life of a bar (engine.md), sentence by sentence; the numbers were worked out by hand. */
import { describe, expect, it } from 'vitest';
import { tell } from '../../support/story.ts';

const FREE = 'execution { fee: ignored  slippage: ignored }';
const free = (more: string) => `execution { fee: ignored  slippage: ignored  ${more} }`;

describe('funding due at t is charged to the position held before t', () => {
  it('before the open fills a stop that it has passed', () => {
    // Holds 1 through the instant: pays 1 · 90 · 1 % = 0.9, then is stopped at the open of 90.
    const told = tell({
      perpetual: true,
      strategy: `when volume == 1 enter long { size: 1 base  stop: entry - 5 } ${FREE}`,
      bars: `
        100 !1
        100
        100
        90 f=0.01`,
    });
    expect(told.fills).toEqual(['1 buy 1@100 entry', '3 sell 1@90 stop']);
    expect(told.trades).toEqual(['long 1-3 2 bars -10.9 stop']);
    expect(told.journal.slice(-2)).toEqual(['3 funding 0.01 at 90: -0.9', '3 fill bracket sell 1@90 stop open']);
  });

  it('before a market exit, and not to a position entered at that instant', () => {
    const told = tell({
      perpetual: true,
      strategy: `when volume == 1 enter long { size: 1 base } when volume == 2 exit ${FREE}`,
      bars: `
        100 !1
        100 f=0.01        # entered at this instant: pays nothing
        100 f=0.01 !2     # pays 1
        100 f=0.02        # leaves at this instant: pays 2
        100 f=0.01`,
    });
    expect(told.trades).toEqual(['long 1-3 2 bars -3 signal']);
    expect(told.equity).toEqual([10000, 10000, 9999, 9997, 9997]);
  });

  it('of a reversal: the old position pays, the new one does not', () => {
    const told = tell({
      perpetual: true,
      strategy: `when volume == 1 enter long { size: 1 base } when volume == 2 enter short { size: 3 base } ${FREE}`,
      bars: `
        100 !1
        100
        100 !2
        110 f=0.01        # the long pays 1.1, closes at 110; the short of 3 opens
        100 f=0.02        # the short receives 3 · 100 · 2 % = 6`,
    });
    expect(told.trades).toEqual(['long 1-3 2 bars 8.9 reverse', 'short 3-4 2 bars 36 end of data open']);
  });
});

describe('the open', () => {
  it('fills a resting stop that it has passed before the market exit decided at the previous close', () => {
    const told = tell({
      strategy: `when volume == 1 enter long { size: 1 base  stop: entry - 5 } when volume == 2 exit ${FREE}`,
      bars: `
        100 !1
        100
        100 !2
        94
        94`,
    });
    expect(told.fills).toEqual(['1 buy 1@100 entry', '3 sell 1@94 stop']);
    expect(told.journal.slice(-2)).toEqual(['3 fill bracket sell 1@94 stop open', '3 cancelled #2']);
  });

  it('fills the market exit first where the open has not reached the stop', () => {
    const told = tell({
      strategy: `when volume == 1 enter long { size: 1 base  stop: entry - 5 } when volume == 2 exit ${FREE}`,
      bars: `
        100 !1
        100
        100 !2
        96 97 90 91`,
    });
    expect(told.fills).toEqual(['1 buy 1@100 entry', '3 sell 1@96 signal']);
  });

  it('fills market exits before market entries, so that an exit pays for an entry', () => {
    // 10 000 buy 100 at 100; out at 50 leaves 5 000, which short 100 % of equity of 5 000 (at close 50: 100) at 50.
    const told = tell({
      perpetual: true,
      strategy: `
        when volume == 1 enter long  { size: 100 base }
        when volume == 2 exit long
        when volume == 2 enter short { size: 100% of equity } ${FREE}`,
      bars: `
        100 !1
        100
        50 !2
        50`,
    });
    expect(told.fills).toEqual(['1 buy 100@100 entry', '3 sell 100@50 signal', '3 sell 100@50 entry']);
    expect(told.counts.cuts).toBe(0);
  });

  it('computes the bracket of a new position from its fill, not from the signal', () => {
    const told = tell({
      strategy: `when volume == 1 enter long { size: 1 base  stop: entry - 5  target: entry + 5 } ${FREE}`,
      bars: `
        100 !1
        110 114 106 110
        110 116 110 112`,
    });
    expect(told.journal).toContain('1 levels stop 105');
    expect(told.fills).toEqual(['1 buy 1@110 entry', '2 sell 1@115 target maker']);
  });

  it('lets a bracket placed at the open work in the rest of the same bar', () => {
    const told = tell({
      strategy: `when volume == 1 enter long { size: 1 base  stop: entry - 5 } ${FREE}`,
      bars: `
        100 !1
        110 111 100 101
        101`,
    });
    expect(told.fills).toEqual(['1 buy 1@110 entry', '1 sell 1@105 stop']);
    expect(told.trades).toEqual(['long 1-1 0 bars -5 stop']);
  });
});

describe('the path', () => {
  const story = (both: 'worst' | 'best', more = '') => ({
    strategy: `when volume == 1 enter long { size: 2 base  stop: entry - 5  target: ${more || 'entry + 5'} } ${free(`both_hit: ${both}`)}`,
    bars: `
      100 !1
      100
      100 106 94 100
      100`,
  });

  it('under `worst` comes to the stop before the target, and counts that the path was unknown', () => {
    const told = tell(story('worst'));
    expect(told.fills).toEqual(['1 buy 2@100 entry', '2 sell 2@95 stop']);
    expect(told.counts.ambiguousFills).toBe(1);
  });

  it('under `best` to the target', () => {
    const told = tell(story('best'));
    expect(told.fills).toEqual(['1 buy 2@100 entry', '2 sell 2@105 target maker']);
    expect(told.counts.ambiguousFills).toBe(1);
  });

  it('under `best` takes half at the target and the rest at the stop in one bar', () => {
    const told = tell(story('best', '[50% at entry + 5, rest at entry + 9]'));
    expect(told.fills).toEqual(['1 buy 2@100 entry', '2 sell 1@105 target maker', '2 sell 1@95 stop']);
    expect(told.trades).toEqual(['long 1-2 1 bars 0 stop']);
  });

  it('of a short goes up first under `worst`', () => {
    const told = tell({
      perpetual: true,
      strategy: `when volume == 1 enter short { size: 1 base  stop: entry + 5  target: entry - 5 } ${FREE}`,
      bars: '100 !1\n100\n100 106 94 100\n100',
    });
    expect(told.fills).toEqual(['1 sell 1@100 entry', '2 buy 1@105 stop']);
  });

  it('does not count a bar as ambiguous in which only one of the two could fill', () => {
    expect(tell({ ...story('worst'), bars: '100 !1\n100\n100 104 94 100' }).counts.ambiguousFills).toBe(0);
  });

  it('takes several targets of one bar in the order in which price comes to them', () => {
    const told = tell({
      strategy: `when volume == 1 enter long { size: 4 base  target: [25% at entry + 4, 25% at entry + 2, rest at entry + 6] } ${FREE}`,
      bars: '100 !1\n100\n100 107 99 100\n100',
    });
    expect(told.fills).toEqual([
      '1 buy 4@100 entry',
      '2 sell 1@102 target maker',
      '2 sell 1@104 target maker',
      '2 sell 2@106 target maker',
    ]);
  });

  describe('nearest adverse level first', () => {
    // 10×: the margin is 10, gone at 90; the venue steps in at 90 / 0.995 = 90.452261.
    const perp = (stop: number, low: string) => ({
      perpetual: true,
      strategy: `when volume == 1 enter long { size: 1 base  stop: ${stop} } ${free('leverage: 10')}`,
      bars: `
        100 !1
        100
        ${low}
        100`,
    });

    it('the stop, where it lies above the liquidation', () => {
      expect(tell(perp(95, '100 100 85 90')).fills).toEqual(['1 buy 1@100 entry', '2 sell 1@95 stop']);
    });

    it('the liquidation, where it lies above the stop', () => {
      const told = tell(perp(88, '100 100 85 90'));
      expect(told.fills).toEqual(['1 buy 1@100 entry', '2 sell 1@90 liquidation']);
      expect(told.journal).toContain('2 liquidation level 90.452261 price 90 inside');
    });

    it('the liquidation follows the mark: a traded low alone does not liquidate', () => {
      expect(tell(perp(80, '100 100 85 95 m=100/100/95/95')).fills).toEqual(['1 buy 1@100 entry']);
      expect(tell(perp(80, '100 100 95 95 m=100/100/85/95')).fills).toEqual([
        '1 buy 1@100 entry',
        '2 sell 1@90 liquidation',
      ]);
    });

    it('at the open the liquidation comes before a stop that lies below it', () => {
      expect(tell(perp(88, '85')).fills).toEqual(['1 buy 1@100 entry', '2 sell 1@90 liquidation']);
    });

    it('an open beyond both: the margin is gone, and nothing more', () => {
      // A sale at 85 would lose 15; the position is the venue's at 90, for the margin of 10.
      expect(tell(perp(95, '85')).trades).toEqual(['long 1-2 1 bars -10 liquidation']);
    });

    it('the tighter of stop and trail', () => {
      const told = tell({
        strategy: `when volume == 1 enter long { size: 1 base  stop: entry - 8  trail: close * 0 + 5 } ${FREE}`,
        bars: '100 !1\n100 104 100 104\n104 104 90 91',
      });
      // Best 104, trail 99; stop 92.
      expect(told.fills).toEqual(['1 buy 1@100 entry', '2 sell 1@99 trail']);
    });
  });

  it('takes the stop of the bracket before another order at the same level', () => {
    const told = tell({
      strategy: `
        when volume == 1 enter long { size: 1 base  trail: close * 0 + 5 after close * 0 + 3 }
        when volume == 2 exit { at: stop 99  expire: 9 bars } ${FREE}`,
      bars: '100 !1\n100 100 96 100 !2\n100 104 100 104\n104 104 98 98',
    });
    // Best 104: the trail came to 99 after the exit was placed there.
    expect(told.fills).toEqual(['1 buy 1@100 entry', '3 sell 1@99 trail']);
  });

  describe('a position entered inside the bar', () => {
    it('by a limit is tested against its stop in that bar', () => {
      const told = tell({
        strategy: `when volume == 1 enter long { size: 1 base  at: limit 98  stop: entry - 2 } ${FREE}`,
        bars: '100 !1\n100 101 95 97\n97',
      });
      expect(told.fills).toEqual(['1 buy 1@98 entry maker', '1 sell 1@96 stop']);
    });

    it('by a stop is tested over the whole bar, what came before the entry included', () => {
      const told = tell({
        strategy: `when volume == 1 enter long { size: 1 base  at: stop 105  stop: entry - 5 } ${FREE}`,
        bars: '100 !1\n100 106 99 106\n106',
      });
      expect(told.fills).toEqual(['1 buy 1@105 entry', '1 sell 1@100 stop']);
    });

    it('sells at the market where that is below its stop already', () => {
      // Bought at 95 on the way down; a stop at 97 cannot sell above the market.
      const told = tell({
        strategy: `when volume == 1 enter long { size: 1 base  at: limit 95  stop: 97 } ${FREE}`,
        bars: '100 !1\n100 101 94 96\n97',
      });
      expect(told.fills).toEqual(['1 buy 1@95 entry maker', '1 sell 1@95 stop']);
    });

    it('finds its target from the next bar on only', () => {
      const told = tell({
        strategy: `when volume == 1 enter long { size: 1 base  at: limit 98  target: entry + 2 } ${FREE}`,
        bars: '100 !1\n100 103 97 102\n102 103 101 102',
      });
      // At the next open, 102 is better than the target of 100.
      expect(told.fills).toEqual(['1 buy 1@98 entry maker', '2 sell 1@102 target maker']);
    });

    it('finds none of its targets in that bar under `best` either', () => {
      const told = tell({
        strategy: `when volume == 1 enter long { size: 1 base  at: limit 98  target: entry + 2 } ${free('both_hit: best')}`,
        bars: '100 !1\n100 103 97 99\n99 103 99 102',
      });
      expect(told.fills).toEqual(['1 buy 1@98 entry maker', '2 sell 1@100 target maker']);
    });

    it('is liquidated in it', () => {
      const told = tell({
        perpetual: true,
        strategy: `when volume == 1 enter long { size: 1 base  at: limit 98 } ${free('leverage: 10')}`,
        bars: '100 !1\n100 101 85 97\n97',
      });
      // Margin 9.8, gone at 88.2.
      expect(told.fills).toEqual(['1 buy 1@98 entry maker', '1 sell 1@88.2 liquidation']);
    });

    it('at its open, by an order the open has passed, lives through all of the bar', () => {
      const told = tell({
        strategy: `when volume == 1 enter long { size: 1 base  at: stop 105  target: entry + 2 } ${FREE}`,
        bars: '100 !1\n107 110 106 108\n106',
      });
      expect(told.fills).toEqual(['1 buy 1@107 entry', '1 sell 1@109 target maker']);
    });
  });

  it('makes one transition a bar: what was stopped out does not enter again in it', () => {
    const told = tell({
      strategy: `when close > 0 enter long { size: 1 base  at: limit 98  expire: 9 bars  stop: entry - 2 } ${FREE}`,
      bars: '100\n100 101 95 97\n97 99 97 99\n99',
    });
    // Entered and stopped in bar 1; the next order, decided at its close, fills at the open of bar 2, which is better.
    expect(told.fills).toEqual(['1 buy 1@98 entry maker', '1 sell 1@96 stop', '2 buy 1@97 entry maker']);
  });
});

describe('the close', () => {
  it('marks at the traded close on spot', () => {
    const told = tell({
      strategy: `when volume == 1 enter long { size: 2 base } ${FREE}`,
      bars: '100 !1\n100 105 95 103\n103 110 90 91',
    });
    expect(told.equity).toEqual([10000, 10006, 9982]);
  });

  it('marks a perpetual at the mark price', () => {
    const told = tell({
      perpetual: true,
      strategy: `when volume == 1 enter long { size: 2 base } ${FREE}`,
      bars: '100 !1\n100 105 95 103 m=101\n103 m=99',
    });
    expect(told.equity).toEqual([10000, 10002, 9998]);
  });

  it('lets slower clocks tick first: the last bar of a day sees the day that it completes', () => {
    const told = tell({
      hours: 12,
      strategy: `
        clock day = 1d
        at day { let final = close }
        when latest(final) == 103 enter long { size: 1 base } ${FREE}`,
      bars: '100\n101\n102\n103\n104\n105',
    });
    // Tick 3 completes the day whose close is 103.
    expect(told.fills).toEqual(['4 buy 1@104 entry']);
  });

  it('is where `fill: this_close` fills, before the next bar’s funding', () => {
    const told = tell({
      perpetual: true,
      strategy: `when volume == 1 enter long { size: 1 base  stop: entry - 5  hold: 2 bars } execution { fill: this_close  fee: 1%  slippage: 1% }`,
      bars: '100 100 90 100 !1\n99 100 98 99 f=0.01\n99 101 99 101\n101',
    });
    // Buys at 101, fee 1.01; the low of 90 is past. Holds from the open of bar 1: pays 0.99. Out at the close of bar 2.
    expect(told.fills).toEqual(['0 buy 1@101 entry fee 1.01 slip 1', '2 sell 1@99.99 hold fee 0.9999 slip 1.01']);
    expect(told.trades).toEqual(['long 0-2 2 bars -4.0099 hold']);
    // The equity of the close at which it was bought knows the fill: 10 000 − 1.01 + (100 − 101).
    expect(told.equity).toEqual([9997.99, 9996, 9995.9901, 9995.9901]);
  });
});
