/** How orders meet a bar (engine.md, "The life of a bar", "Orders", "Costs"). */
import { describe, expect, it } from 'vitest';
import type { PlanBracket, PlanExecution, PlanRule } from '../../../compiler/plan.ts';
import { fillsOf, trade } from '../../support/account.ts';
import { type Bar, enter, exit, fixed, flag, flagsAt, ONE } from '../../support/scripted-run.ts';

const flat = (price: number): Bar => [price, price, price, price];
const UNIT = { size: { basis: 'quantity', amount: ONE } } as const;

/** `fixed(i)` is `values[i]`; the entry signal stands at tick 0, the exit signal where it is said. */
function play(
  rule: Partial<Extract<PlanRule, { verb: 'enter' }>>,
  bars: readonly (Bar | null)[],
  values: readonly number[],
  more: { side?: 'long' | 'short'; execution?: Partial<PlanExecution>; exitAt?: number } = {},
) {
  return trade(
    {
      rules: [enter(more.side ?? 'long', flag(0), { ...UNIT, ...rule }), exit(flag(1))],
      flags: [flagsAt(bars.length, 0), flagsAt(bars.length, more.exitAt ?? bars.length - 1)],
      fixed: values,
      perpetual: true,
      execution: { funding: 'ignored', ...more.execution },
    },
    { bars },
  );
}
const stopAt = (index: number): PlanBracket => ({ stop: level(index), targets: [] });
const targetAt = (index: number): PlanBracket => ({ targets: [{ share: 'rest', price: level(index) }] });
const both = (stop: number, target: number): PlanBracket => ({ ...targetAt(target), stop: level(stop) });
const level = (index: number) => ({ frozen: [fixed(index)], everyTick: false, live: [] });
const resting = (type: 'limit' | 'stop', index: number, expire = ONE) => ({
  order: { type, price: fixed(index), expire },
});

describe('a protective stop', () => {
  it('fills at its level inside a bar', () => {
    expect(fillsOf(play({ bracket: stopAt(0) }, [flat(100), [100, 101, 94, 96]], [95]))).toContain('1 sell 1@95 stop');
  });
  it('fills at the open when the open has passed it', () => {
    expect(fillsOf(play({ bracket: stopAt(0) }, [flat(100), flat(100), [90, 99, 89, 98]], [95]))).toContain(
      '2 sell 1@90 stop',
    );
  });
  it('triggers where the price touches it', () => {
    expect(fillsOf(play({ bracket: stopAt(0) }, [flat(100), [100, 100, 95, 99]], [95]))).toContain('1 sell 1@95 stop');
  });
  it('slips, past the extreme of the bar if need be', () => {
    const result = play({ bracket: stopAt(0) }, [flat(100), [100, 100, 95, 99]], [95, 0.01], {
      execution: { slippage: fixed(1) },
    });
    expect(fillsOf(result)).toEqual(['1 buy 1@101 entry', '1 sell 1@94.05 stop']);
    expect(result.totals.slippage).toBeCloseTo(1.95, 12);
  });
  it('fills at the open, once in place, when the entry has passed it already', () => {
    expect(fillsOf(play({ bracket: stopAt(0) }, [flat(100), [100, 101, 99, 100]], [105]))).toContain(
      '1 sell 1@100 stop',
    );
  });
  it('goes before a market exit at the same open', () => {
    const bars = [flat(100), flat(100), [90, 99, 89, 98]] as const;
    expect(fillsOf(play({ bracket: stopAt(0) }, bars, [95], { exitAt: 1 }))).toContain('2 sell 1@90 stop');
  });
});

describe('a target', () => {
  it('fills at its level as maker, without slippage', () => {
    const result = play({ bracket: targetAt(0) }, [flat(100), [100, 106, 99, 104]], [105, 0.001, 0.01], {
      execution: { maker: fixed(1), taker: fixed(2), slippage: fixed(2) },
    });
    expect(fillsOf(result)).toContain('1 sell 1@105 target');
    expect(result.fills[1]).toMatchObject({ maker: true, slippage: 0 });
    expect(result.fills[1]?.fee).toBeCloseTo(0.105, 12);
  });
  it('fills at the open when the open is better', () => {
    expect(fillsOf(play({ bracket: targetAt(0) }, [flat(100), flat(100), [110, 111, 108, 109]], [105]))).toContain(
      '2 sell 1@110 target',
    );
  });
  it('fills where the price trades through it, or where it touches when `touch: fills`', () => {
    const bars = [flat(100), [100, 105, 99, 104]] as const;
    expect(fillsOf(play({ bracket: targetAt(0) }, bars, [105]))).toHaveLength(1);
    expect(fillsOf(play({ bracket: targetAt(0) }, bars, [105], { execution: { touch: 'fills' } }))).toContain(
      '1 sell 1@105 target',
    );
  });
  it('in parts takes its shares of what was entered, and the rest', () => {
    const parts: PlanBracket = {
      targets: [
        { share: fixed(2), price: level(0) },
        { share: 'rest', price: level(1) },
      ],
    };
    const result = play({ bracket: parts }, [flat(100), [100, 103, 100, 102], [102, 106, 101, 105]], [102, 104, 0.25]);
    expect(fillsOf(result)).toEqual(['1 buy 1@100 entry', '1 sell 0.25@102 target', '2 sell 0.75@104 target']);
    expect(result.trades).toHaveLength(1);
    expect(result.trades[0]?.profit).toBeCloseTo(0.25 * 2 + 0.75 * 4, 12);
  });
});

describe('stop and target in one bar', () => {
  const bars = [flat(100), flat(100), [100, 106, 94, 100]] as const;
  it('is the stop under `both_hit: worst`, the target under `best`, and counted under both', () => {
    const worst = play({ bracket: both(0, 1) }, bars, [95, 105]);
    const best = play({ bracket: both(0, 1) }, bars, [95, 105], { execution: { bothHit: 'best' } });
    expect(fillsOf(worst)).toContain('2 sell 1@95 stop');
    expect(fillsOf(best)).toContain('2 sell 1@105 target');
    expect([worst.counts.ambiguousFills, best.counts.ambiguousFills]).toEqual([1, 1]);
  });
  it('is no question when the open has decided it', () => {
    const result = play({ bracket: both(0, 1) }, [flat(100), flat(100), [94, 106, 93, 100]], [95, 105]);
    expect(fillsOf(result)).toContain('2 sell 1@94 stop');
    expect(result.counts.ambiguousFills).toBe(0);
  });
  it('is mirrored for a short', () => {
    const result = play({ bracket: both(1, 0) }, bars, [95, 105], { side: 'short' });
    expect(fillsOf(result)).toContain('2 buy 1@105 stop');
  });
});

describe('a position entered inside a bar', () => {
  const limit = { ...resting('limit', 0), bracket: both(1, 2) };
  it('at a limit is tested against its stop in that bar', () => {
    expect(fillsOf(play(limit, [flat(100), [100, 104, 94, 99]], [98, 95, 103]))).toEqual([
      '1 buy 1@98 entry',
      '1 sell 1@95 stop',
    ]);
  });
  it('has its target from the next bar on', () => {
    const result = play(limit, [flat(100), [100, 104, 97, 103.5], [103.5, 105, 103, 104]], [98, 95, 103]);
    expect(fillsOf(result)).toEqual(['1 buy 1@98 entry', '2 sell 1@103.5 target']);
  });
  it('at a stop is tested against its stop over the whole bar', () => {
    const stop = { ...resting('stop', 0), bracket: stopAt(1) };
    expect(fillsOf(play(stop, [flat(100), [100, 104, 94, 103]], [102, 95]))).toEqual([
      '1 buy 1@102 entry',
      '1 sell 1@95 stop',
    ]);
  });
});

describe('a resting entry', () => {
  it('at a limit fills at the better of limit and open, as maker', () => {
    expect(fillsOf(play(resting('limit', 0), [flat(100), [97, 98, 96, 97]], [98]))).toEqual(['1 buy 1@97 entry']);
    expect(fillsOf(play(resting('limit', 0), [flat(100), [99, 99, 97, 98]], [98]))).toEqual(['1 buy 1@98 entry']);
    expect(fillsOf(play(resting('limit', 0), [flat(100), [99, 99, 98, 98.5]], [98]))).toEqual([]);
  });
  it('at a stop fills at the worse of stop and open', () => {
    expect(fillsOf(play(resting('stop', 0), [flat(100), [101, 103, 100, 102]], [102]))).toEqual(['1 buy 1@102 entry']);
    expect(fillsOf(play(resting('stop', 0), [flat(100), [104, 105, 103, 104]], [102]))).toEqual(['1 buy 1@104 entry']);
  });
  it('lives as many bars as it says', () => {
    const bars = [flat(100), flat(100), flat(100), [100, 100, 90, 95]] as const;
    const result = play(resting('limit', 0, fixed(1)), bars, [98, 2]);
    expect(fillsOf(result)).toEqual([]);
    expect(result.counts.expired).toBe(1);
    expect(fillsOf(play(resting('limit', 0, fixed(1)), bars, [98, 3]))).toEqual(['3 buy 1@98 entry']);
  });
  it('filled at the open counts as entered at the open: its target works in that bar', () => {
    const rule = { ...resting('limit', 0), bracket: targetAt(1) };
    expect(fillsOf(play(rule, [flat(100), [97, 104, 96, 100]], [98, 103]))).toEqual([
      '1 buy 1@97 entry',
      '1 sell 1@103 target',
    ]);
  });
});

describe('a trail', () => {
  const trail = (after?: number): PlanBracket => ({
    targets: [],
    trail: { distance: fixed(0), distanceIs: 'price', ...(after !== undefined && { after: fixed(after) }) },
  });
  it('follows the best price, moves at ticks only and never back', () => {
    const bars: Bar[] = [flat(100), [100, 104, 99.5, 103], [103, 106, 101, 105], [105, 105, 103.5, 104]];
    // After tick 1 the stop stands at 104 − 2, which the low of tick 2 reaches before its high could move it.
    expect(fillsOf(play({ bracket: trail() }, bars, [2]))).toEqual(['1 buy 1@100 entry', '2 sell 1@102 trail']);
    expect(fillsOf(play({ bracket: trail() }, bars, [2.6]))).toEqual(['1 buy 1@100 entry', '2 sell 1@101.4 trail']);
    expect(fillsOf(play({ bracket: trail() }, bars, [2.4]))).toEqual(['1 buy 1@100 entry', '2 sell 1@101.6 trail']);
  });
  it('begins once the best price has reached the offset', () => {
    const bars: Bar[] = [flat(100), [100, 102, 99, 101], [101, 103, 100, 103], [103, 103, 101, 102]];
    expect(fillsOf(play({ bracket: trail(1) }, bars, [1.5, 3]))).toEqual(['1 buy 1@100 entry', '3 sell 1@101.5 trail']);
  });
  it('of a short mirrors all of it', () => {
    const bars: Bar[] = [flat(100), [100, 100.5, 96, 97], [97, 99, 96.5, 98]];
    expect(fillsOf(play({ bracket: trail() }, bars, [2], { side: 'short' }))).toEqual([
      '1 sell 1@100 entry',
      '2 buy 1@98 trail',
    ]);
  });
  it('yields to the tighter stop', () => {
    const bars: Bar[] = [flat(100), [100, 101, 99.5, 100], [100, 100, 94, 95]];
    const bracket: PlanBracket = { ...trail(), stop: level(1) };
    expect(fillsOf(play({ bracket }, bars, [5, 98]))).toEqual(['1 buy 1@100 entry', '2 sell 1@98 stop']);
    expect(fillsOf(play({ bracket }, bars, [2, 98]))).toEqual(['1 buy 1@100 entry', '2 sell 1@99 trail']);
  });
});

describe('a time exit', () => {
  it('is decided at the close of the bar that completes it', () => {
    const bars = Array.from({ length: 6 }, () => flat(100));
    const hold: PlanBracket = { targets: [], hold: level(0) };
    expect(fillsOf(play({ bracket: hold }, bars, [2]))).toEqual(['1 buy 1@100 entry', '3 sell 1@100 hold']);
    expect(fillsOf(play({ bracket: hold }, bars, [1]))).toEqual(['1 buy 1@100 entry', '2 sell 1@100 hold']);
  });
});

describe('fill: this_close', () => {
  it('fills market orders at the close that decided them', () => {
    const bars: Bar[] = [flat(100), [101, 103, 101, 102], [104, 105, 103, 105], flat(106)];
    const result = play({}, bars, [], { execution: { fill: 'this_close' }, exitAt: 2 });
    expect(fillsOf(result)).toEqual(['0 buy 1@100 entry', '2 sell 1@105 signal']);
    expect(result.trades[0]).toMatchObject({ bars: 2, profit: 5 });
    expect([...result.equity]).toEqual([10_000, 10_002, 10_005, 10_005]);
  });
});

describe('slippage as a stream', () => {
  it('is that of the close at which the order was decided', () => {
    const bars = [flat(100), flat(100), flat(100)];
    const result = trade(
      {
        rules: [enter('long', flag(0), UNIT)],
        flags: [flagsAt(3, 1)],
        market: [Float64Array.of(0.5, 0.02, 0.3)],
        execution: { slippage: { from: 'market', index: 0 } },
        blockTicks: 2,
      },
      { bars },
    );
    expect(fillsOf(result)).toEqual(['2 buy 1@102 entry']);
  });
});
