/** Engine streams at t show the account after all fills up to t and before anything decided at t (language.md). */
import { describe, expect, it } from 'vitest';
import { ENGINE_STREAMS } from '../../../language/operators/streams.ts';
import { tell } from '../../support/story.ts';

const NONE = Number.NaN;
const HOUR = 3_600_000;

describe('one story, every stream at every tick', () => {
  // Long 10 at 100 (tick 1), adds 10 at 110 (tick 3), half out at the target 130 (tick 4), stopped at 95 (tick 5), then
  // short 5 at 90 by a limit that is placed at 6 and filled inside 8, and left by time at 10. A fee of 1 %.
  const told = tell({
    perpetual: true,
    strategy: `
      when volume == 1 enter long { size: 10 base  stop: 95  target: [50% at 130, rest at 190] }
      when volume == 2 add { size: 10 base }
      when volume == 3 enter short { size: 5 base  at: limit 90  expire: 3 bars  hold: 2 bars }
      execution { fee: 1%  slippage: ignored }`,
    bars: `
      100 !1
      100 105 99 104
      104 106 98 106 !2
      110 112 101 112
      112 131 110 120
      120 121 90 92
      85 86 84 85 !3
      85 89 84 85
      85 91 84 88
      88 89 87 88
      89`,
    watch: ENGINE_STREAMS.filter(({ field }) => field !== 'side')
      .map(({ field }) => field)
      .concat('side is long', 'side is short', 'side is flat'),
  });
  const { seen } = told;

  it('the fills', () => {
    expect(told.fills).toEqual([
      '1 buy 10@100 entry fee 10',
      '3 buy 10@110 add fee 11',
      '4 sell 10@130 target fee 13 maker',
      '5 sell 10@95 stop fee 9.5',
      '8 sell 5@90 entry fee 4.5 maker',
      '10 buy 5@89 hold fee 4.45',
    ]);
  });

  it('position, side, entry and how it was entered', () => {
    expect(seen.position).toEqual([0, 10, 10, 20, 10, 0, 0, 0, -5, -5, 0]);
    expect(seen['side is long']).toEqual([0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect(seen['side is short']).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0]);
    expect(seen['side is flat']).toEqual([1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1]);
    expect(seen.entry).toEqual([NONE, 100, 100, 105, 105, NONE, NONE, NONE, 90, 90, NONE]);
    expect(seen.first_entry).toEqual([NONE, 100, 100, 100, 100, NONE, NONE, NONE, 90, 90, NONE]);
    expect(seen.last_entry).toEqual([NONE, 100, 100, 110, 110, NONE, NONE, NONE, 90, 90, NONE]);
    expect(seen.entries).toEqual([0, 1, 1, 2, 2, 0, 0, 0, 1, 1, 0]);
  });

  it('how long it is held', () => {
    expect(seen.bars_held).toEqual([NONE, 1, 2, 3, 4, NONE, NONE, NONE, 1, 2, NONE]);
    expect(seen.held).toEqual([NONE, 1, 2, 3, 4, NONE, NONE, NONE, 1, 2, NONE].map(hours => hours * HOUR));
  });

  it('best, worst and open profit', () => {
    // Entered inside bar 8: of that bar only the fill and the close count. Short: best is the lowest.
    expect(seen.best).toEqual([NONE, 105, 106, 112, 131, NONE, NONE, NONE, 88, 87, NONE]);
    expect(seen.worst).toEqual([NONE, 99, 98, 98, 98, NONE, NONE, NONE, 90, 90, NONE]);
    // (10·4 − 10)/1000; (10·6 − 10)/1000; (20·7 − 21)/2100; (10·15 − 34)/1050; (5·2 − 4.5)/450.
    expect(seen.profit).toEqual([NONE, 0.03, 0.05, 0.056667, 0.110476, NONE, NONE, NONE, 0.012222, 0.012222, NONE]);
  });

  it('pending and idle', () => {
    expect(seen.pending).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect(seen.idle).toEqual([1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1]);
  });

  it('the account', () => {
    // 10 000 − 10 + 40; + 60; − 21 + 140; − 34 + 250 + 150; − 43.5 + 250 − 100; …; − 4.5 + 10; − 4.45 + 5.
    const equity = [
      10000,
      10030,
      10050,
      10119,
      10366,
      10106.5,
      10106.5,
      10106.5,
      10112,
      10112,
      10102.55 + 4.5 - 4.5 + 0,
    ];
    equity[10] = 10106.5 - 4.5 - 4.45 + 5;
    expect(seen.equity).toEqual(equity);
    expect(told.equity).toEqual(equity);
    // Spot-like margin: 10·100; 20·105; 10·105. The resting short reserves 5·90 and 1 % of it.
    expect(seen.cash).toEqual([10000, 8990, 8990, 7879, 9166, 10106.5, 10106.5, 9652, 9652, 9652, 10102.55]);
    // |position| · close / equity.
    const exposure = [0, 1040 / 10030, 1060 / 10050, 2240 / 10119, 1200 / 10366, 0, 0, 0, 440 / 10112, 440 / 10112, 0];
    for (const [tick, value] of exposure.entries()) expect(seen.exposure?.[tick]).toBeCloseTo(value, 6);
    const drawdown = [0, 0, 0, 0, 0, 259.5, 259.5, 259.5, 254, 254, 263.45].map(loss => loss / 10366);
    for (const [tick, value] of drawdown.entries()) expect(seen.drawdown?.[tick]).toBeCloseTo(value, 6);
  });

  it('events, at the one tick that closes their bar', () => {
    const at = (...ticks: number[]) => Array.from({ length: 11 }, (_, tick) => (ticks.includes(tick) ? 1 : 0));
    expect(seen.started).toEqual(at(0));
    expect(seen.opened).toEqual(at(1, 8));
    expect(seen.filled).toEqual(at(1, 3, 4, 5, 8, 10));
    expect(seen.closed).toEqual(at(5, 10));
    expect(seen.stopped_out).toEqual(at(5));
    expect(seen.target_hit).toEqual(at(4));
    expect(seen.timed_out).toEqual(at(10));
    expect(seen.liquidated).toEqual(at());
    expect(seen.refused).toEqual(at());
  });

  it('the values of a closed trade', () => {
    const at = (five: number, ten: number) =>
      Array.from({ length: 11 }, (_, tick) => (tick === 5 ? five : tick === 10 ? ten : NONE));
    // 250 − 100 − 43.5 over 2 100; 5 − 8.95 over 450.
    expect(seen['closed.pnl']).toEqual(at(106.5, -3.95));
    expect(seen['closed.profit']).toEqual(at(0.050714, -0.008778));
    expect(seen['closed.bars']).toEqual(at(4, 2));
  });

  it('leaves none out', () => {
    expect(Object.keys(seen)).toHaveLength(ENGINE_STREAMS.length + 2);
  });
});

describe('a stream shows the account before what is decided at its tick', () => {
  it('an entry decided at t is pending at t + 1 only if it did not fill', () => {
    const told = tell({
      strategy: 'when volume == 1 enter long { size: 1 base } execution { fee: ignored slippage: ignored }',
      bars: '100 !1\n-\n100',
      watch: ['pending', 'idle'],
    });
    expect(told.seen).toEqual({ pending: [0, 1, 0], idle: [1, 0, 0] });
  });

  it('two trades closed in one bar: the money of both', () => {
    // Reversed at the open of 2 with 10 gained; the short is stopped in the same bar with 5 lost.
    const told = tell({
      perpetual: true,
      strategy: `when volume == 1 enter long { size: 1 base } when volume == 2 enter short { size: 1 base  stop: entry + 5 }
        execution { fee: ignored slippage: ignored }`,
      bars: '100 !1\n100 !2\n110 116 105 108\n108',
      watch: ['closed', 'closed.pnl', 'stopped_out'],
    });
    expect(told.trades).toEqual(['long 1-2 1 bars 10 reverse', 'short 2-2 0 bars -5 stop']);
    expect(told.seen).toEqual({
      closed: [0, 0, 1, 0],
      'closed.pnl': [NONE, NONE, 5, NONE],
      stopped_out: [0, 0, 1, 0],
    });
  });

  it('`this_close`: what filled at the close of t is seen at t + 1', () => {
    const told = tell({
      strategy:
        'when volume == 1 enter long { size: 1 base } execution { fee: ignored slippage: ignored fill: this_close }',
      bars: '100\n100 !1\n101\n102',
      watch: ['position', 'opened', 'bars_held', 'best'],
    });
    expect(told.seen).toEqual({
      position: [0, 0, 1, 1],
      opened: [0, 0, 1, 0],
      bars_held: [NONE, NONE, 1, 2],
      best: [NONE, NONE, 101, 102],
    });
  });
});
