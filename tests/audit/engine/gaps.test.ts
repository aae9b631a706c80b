/** Gaps (engine.md, Gaps in the data): a held bar is a tick for numbers and nothing else. */
import { describe, expect, it } from 'vitest';
import { type Story, tell } from '../../support/story.ts';

const FREE = 'execution { fee: ignored  slippage: ignored }';
const spot = (strategy: string, bars: string, more: Partial<Story> = {}) =>
  tell({ strategy: `${strategy} ${FREE}`, bars, ...more });

describe('on a held bar', () => {
  it('a market order waits for the next real open', () => {
    expect(spot('when volume == 1 enter long { size: 1 base }', '100 !1\n-\n-\n110').fills).toEqual([
      '3 buy 1@110 entry',
    ]);
  });

  it('no rule acts, and the signals it swallowed are counted', () => {
    const told = spot(
      'when close == 100 enter long { size: 1 base }',
      '99\n100\n-\n-\n101\n101'.replace('100', '98 101 97 100'),
    );
    // True at 1, 2 and 3: the order of 1 waits; the entry is pending at 2 and 3, so nothing was missed.
    expect(told.fills).toEqual(['4 buy 1@101 entry']);
    expect(told.counts).toMatchObject({ missedOnHeld: 0, heldBars: 2 });
    const missed = spot(
      'when close == 100 and prev close == 100 enter long { size: 1 base }',
      '99\n100\n-\n-\n101\n101',
    );
    expect(missed.fills).toEqual([]);
    expect(missed.counts.missedOnHeld).toBe(2);
  });

  it('an exit is missed and counted too', () => {
    const told = spot(
      'when volume == 1 enter long { size: 1 base } when bars_held == 2 exit',
      '100 !1\n100\n-\n100\n100',
    );
    expect(told.fills).toEqual(['1 buy 1@100 entry']);
    expect(told.counts.missedOnHeld).toBe(1);
  });

  it('a condition that becomes true on it does not become true after it', () => {
    const told = spot(
      'when volume == 1 enter long { size: 1 base } when bars_held >= 2 add { size: 1 base }',
      '100 !1\n100\n-\n100\n100',
    );
    expect(told.fills).toHaveLength(1);
    expect(told.counts.missedOnHeld).toBe(1);
  });

  it('nothing fills, not even what the held price would reach', () => {
    const told = spot(
      'when volume == 1 enter long { size: 1 base  at: limit 100  expire: 5 bars }',
      '101 101 90 95 !1\n-\n-\n102 103 101 102\n102 102 99 101',
    );
    expect(told.fills).toEqual(['4 buy 1@100 entry maker']);
  });

  it('nothing expires', () => {
    const told = spot('when volume == 1 enter long { size: 1 base  at: limit 90 }', '100 !1\n-\n-\n100 100 80 85');
    expect(told.fills).toEqual(['3 buy 1@90 entry maker']);
  });

  it('`bars_held` and `held` go on', () => {
    const told = spot(
      'when volume == 1 enter long { size: 1 base  hold: 3 bars }',
      '100 !1\n100\n-\n-\n100\n100\n100',
      {
        watch: ['bars_held', 'held', 'timed_out'],
      },
    );
    expect(told.seen.bars_held).toEqual([Number.NaN, 1, 2, 3, 4, Number.NaN, Number.NaN]);
    expect(told.seen.held).toEqual([Number.NaN, 1, 2, 3, 4, Number.NaN, Number.NaN].map(hours => hours * 3_600_000));
    // Due at the close of 3, which does not exist; decided at 4, out at 5.
    expect(told.fills[1]).toBe('5 sell 1@100 hold');
  });

  it('a pause goes on', () => {
    const told = spot(
      'when close > 0 enter long { size: 1 base  stop: entry - 5 } risk { pause 3 bars when stopped_out }',
      '100\n100 100 94 94\n-\n-\n94\n94',
    );
    // Paused at 1, 2 and 3; decided at 4.
    expect(told.fills.at(-1)).toBe('5 buy 1@94 entry');
    expect(told.counts.pausesRefused).toBe(1);
  });

  it('windows and recurrences take it in', () => {
    const told = spot('when volume == 1 enter long { size: 1 base }', '100\n103\n-\n106', {
      watch: ['sma(close, 2)', 'volume'],
    });
    expect(told.seen['sma(close, 2)']).toEqual([Number.NaN, 101.5, 103, 104.5]);
    expect(told.seen.volume).toEqual([0, 0, 0, 0]);
  });

  it('a trail does not move, and a stop stays in force', () => {
    const told = spot(
      'when volume == 1 enter long { size: 1 base  trail: close * 0 + 5 }',
      '100 !1\n100 110 100 110\n-\n-\n106 107 103 104',
    );
    expect(told.fills[1]).toBe('4 sell 1@105 trail');
  });

  it('`fill: this_close` waits for a real close', () => {
    const told = tell({
      strategy:
        'when close == 100 enter long { size: 1 base } execution { fee: ignored slippage: ignored fill: this_close }',
      bars: '99\n-\n100\n101',
    });
    expect(told.fills).toEqual(['2 buy 1@100 entry']);
  });
});

describe('`gaps: absent`', () => {
  it('leaves the bar without numbers, and the position at its last price', () => {
    const told = spot(
      'when volume == 1 enter long { size: 1 base  trail: 50% }',
      '100 !1\n100 105 100 105\n-\n-\n104 106 104 106\n106',
      {
        gaps: 'absent',
        watch: ['close', 'sma(close, 2)', 'position', 'equity', 'bars_held', 'best'],
      },
    );
    expect(told.seen).toEqual({
      close: [100, 105, Number.NaN, Number.NaN, 106, 106],
      'sma(close, 2)': [Number.NaN, 102.5, Number.NaN, Number.NaN, Number.NaN, 106],
      position: [0, 1, 1, 1, 1, 1],
      equity: [10000, 10005, 10005, 10005, 10006, 10006],
      bars_held: [Number.NaN, 1, 2, 3, 4, 5],
      best: [Number.NaN, 105, 105, 105, 106, 106],
    });
    expect(told.counts.heldBars).toBe(2);
  });

  it('a stop stays in force, an order waits, nothing expires', () => {
    const told = spot(
      `when volume == 1 enter long { size: 1 base  stop: entry - 5 } when volume == 2 exit { at: limit 110  expire: 2 bars }`,
      '100 !1\n-\n100 !2\n-\n100\n-\n94',
      { gaps: 'absent' },
    );
    // The exit lives in bars 4 and 6; the stop is hit first, at the open of 6.
    expect(told.fills).toEqual(['2 buy 1@100 entry', '6 sell 1@94 stop']);
    expect(told.counts.expired).toBe(0);
  });

  it('a condition that is unknown on it holds nowhere: `not` does not make it true', () => {
    const told = spot('when not close == 100 enter long { size: 1 base }', '100\n-\n100\n100', { gaps: 'absent' });
    expect(told.counts).toMatchObject({ missedOnHeld: 0, heldBars: 1 });
    expect(told.fills).toEqual([]);
  });
});

describe('`gaps: fail`', () => {
  it('refuses the data, naming both ends', () => {
    expect(() => spot('when volume == 1 enter long { size: 1 base }', '100\n-\n100', { gaps: 'fail' })).toThrow(
      /2024-01-01 01:00.*2024-01-01 02:00/,
    );
  });
});

describe('a hole longer than `max_gap`', () => {
  it('is refused', () => {
    const bars = `100\n${'-\n'.repeat(49)}100`;
    expect(() => spot('when volume == 1 enter long { size: 1 base }', bars)).toThrow(/2d|48/);
    expect(spot('when volume == 1 enter long { size: 1 base }', `100\n${'-\n'.repeat(48)}100`).counts.heldBars).toBe(
      48,
    );
  });
});

describe('the first tradable tick', () => {
  it('is where `started` is true, once', () => {
    expect(spot('when started enter long { size: 1 base }', '100\n101\n102', { watch: ['started'] })).toMatchObject({
      fills: ['1 buy 1@101 entry'],
      seen: { started: [1, 0, 0] },
    });
  });

  it('is the first real one from the start of the trading on', () => {
    const told = spot('when started enter long { size: 1 base }', '100\n101\n-\n103\n104', {
      fromTick: 2,
      watch: ['started', 'equity'],
    });
    expect(told.seen.started).toEqual([Number.NaN, 0, 0, 1, 0]);
    expect(told.fills).toEqual(['4 buy 1@104 entry']);
    expect(told.equity).toEqual([10000, 10000, 10000]);
  });
});
