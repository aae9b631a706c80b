/** What happens when rules meet (engine.md, Rules). Quantities are fixed at 1, so that prices are all there is to read. */
import { describe, expect, it } from 'vitest';
import type { PlanRule, ValueRef } from '../../../compiler/plan.ts';
import { fillsOf, trade, tradesOf } from '../../support/account.ts';
import { type Bar, enter, exit, fixed, flag, flagsAt, ONE } from '../../support/scripted-run.ts';

const flat = (price: number): Bar => [price, price, price, price];
const climb = (length: number): Bar[] => Array.from({ length }, (_, tick) => flat(100 + tick));
const UNIT = { size: { basis: 'quantity', amount: ONE } } as const;

function run(
  rules: readonly PlanRule[],
  ticks: readonly (readonly number[])[],
  bars: readonly (Bar | null)[] = climb(10),
) {
  return trade(
    {
      rules,
      flags: ticks.map(at => flagsAt(bars.length, ...at)),
      perpetual: true,
      fixed: [2, 0.5, 3],
      execution: { funding: 'ignored' },
    },
    { bars },
  );
}
const TWO = fixed(0);
const THREE = fixed(2);

describe('enter', () => {
  it('decided at a close fills at the next open', () => {
    expect(fillsOf(run([enter('long', flag(0), UNIT)], [[3]]))).toEqual(['4 buy 1@104 entry']);
  });

  it('is ignored and counted while the position is open', () => {
    const result = run([enter('long', flag(0), UNIT)], [[1, 2, 4, 5]]);
    expect(fillsOf(result)).toEqual(['2 buy 1@102 entry']);
    expect(result.counts.signalsIgnored).toBe(3);
  });

  it('closes the opposite position and opens at the same price', () => {
    const result = run([enter('long', flag(0), UNIT), enter('short', flag(1), UNIT)], [[1], [4]]);
    expect(fillsOf(result)).toEqual(['2 buy 1@102 entry', '5 sell 1@105 reverse', '5 sell 1@105 entry']);
    expect(tradesOf(result)).toEqual(['long 2-5 3 bars 3 reverse', 'short 5-9 5 bars -4 end of data open']);
  });

  it('of both sides at one tick does neither, and is counted', () => {
    const result = run([enter('long', flag(0), UNIT), enter('short', flag(1), UNIT)], [[1, 3], [1]]);
    expect(fillsOf(result)).toEqual(['4 buy 1@104 entry']);
    expect(result.counts.conflictingSignals).toBe(1);
  });

  it('takes the first of two rules for one side', () => {
    const two = { size: { basis: 'quantity', amount: TWO } } as const;
    expect(fillsOf(run([enter('long', flag(0), two), enter('long', flag(1), UNIT)], [[3], [1, 3]]))).toEqual([
      '2 buy 1@102 entry',
    ]);
    expect(fillsOf(run([enter('long', flag(0), two), enter('long', flag(1), UNIT)], [[3], [3]]))).toEqual([
      '4 buy 2@104 entry',
    ]);
  });

  it('cannot happen before its rule is ready', () => {
    const bars = climb(6);
    const rules = [enter('long', flag(0), UNIT)];
    const result = trade(
      { rules, flags: [flagsAt(6, 1, 3)], ruleReady: [2], perpetual: true, execution: { funding: 'ignored' } },
      { bars },
    );
    expect(fillsOf(result)).toEqual(['4 buy 1@104 entry']);
  });
});

describe('exit', () => {
  it('closes at the next open and tells how long the position was held', () => {
    const result = run([enter('long', flag(0), UNIT), exit(flag(1))], [[1], [4]]);
    expect(tradesOf(result)).toEqual(['long 2-5 3 bars 3 signal']);
  });

  it('refuses an enter on the side it covers at the same tick', () => {
    const result = run([enter('long', flag(0), UNIT), exit(flag(1))], [[1, 4], [4]]);
    expect(fillsOf(result)).toEqual(['2 buy 1@102 entry', '5 sell 1@105 signal']);
    expect(result.counts.signalsIgnored).toBe(1);
  });

  it('of one side beside an enter of the other turns the position round', () => {
    const rules = [enter('long', flag(0), UNIT), enter('short', flag(1), UNIT), exit(flag(1), { side: 'long' })];
    expect(fillsOf(run(rules, [[1], [4]]))).toEqual(['2 buy 1@102 entry', '5 sell 1@105 signal', '5 sell 1@105 entry']);
  });

  it('cancels an entry that waits', () => {
    const waits = { ...UNIT, order: { type: 'limit', price: TWO, expire: THREE } } as const;
    const result = run([enter('long', flag(0), waits), exit(flag(1))], [[1], [2]]);
    expect(fillsOf(result)).toEqual([]);
    expect(result.counts.expired).toBe(0);
  });

  it('at a limit fills there as maker, or turns into a market order when it expires', () => {
    const limit = (price: ValueRef, otherwise: 'market' | 'nothing') =>
      exit(flag(1), { order: { type: 'limit', price, expire: ONE }, else: otherwise });
    const bars: Bar[] = [flat(100), flat(100), flat(100), [100, 103, 100, 101], flat(101), flat(101)];
    const play = (target: number, otherwise: 'market' | 'nothing') =>
      trade(
        {
          rules: [enter('long', flag(0), UNIT), limit(fixed(0), otherwise)],
          flags: [flagsAt(6, 0), flagsAt(6, 2)],
          perpetual: true,
          fixed: [target],
          execution: { funding: 'ignored' },
        },
        { bars },
      );
    expect(fillsOf(play(102, 'nothing'))).toEqual(['1 buy 1@100 entry', '3 sell 1@102 limit exit']);
    expect(fillsOf(play(105, 'nothing'))).toEqual(['1 buy 1@100 entry']);
    expect(fillsOf(play(105, 'market'))).toEqual(['1 buy 1@100 entry', '4 sell 1@101 signal']);
  });

  it('flatten closes either side', () => {
    const flatten: PlanRule = { verb: 'flatten', when: flag(1), text: '', instrument: 0 };
    expect(tradesOf(run([enter('short', flag(0), UNIT), flatten], [[1], [3]]))).toEqual([
      'short 2-4 2 bars -2 flatten',
    ]);
  });
});

describe('add and reduce', () => {
  const add: PlanRule = {
    verb: 'add',
    when: flag(1),
    text: '',
    instrument: 0,
    ...UNIT,
    order: { type: 'market', expire: ONE },
    bracket: { targets: [] },
  };
  const reduce: PlanRule = { verb: 'reduce', when: flag(1), text: '', instrument: 0, share: fixed(1) };

  it('act when their condition becomes true, not while it stays so', () => {
    expect(fillsOf(run([enter('long', flag(0), UNIT), add], [[1], [3, 4, 6]]))).toEqual([
      '2 buy 1@102 entry',
      '4 buy 1@104 add',
      '7 buy 1@107 add',
    ]);
    expect(fillsOf(run([enter('long', flag(0), UNIT), reduce], [[1], [3, 4, 6]]))).toEqual([
      '2 buy 1@102 entry',
      '4 sell 0.5@104 reduce',
      '7 sell 0.25@107 reduce',
    ]);
  });

  it('need a position', () => {
    expect(fillsOf(run([add, reduce], [[], [3]]))).toEqual([]);
  });

  it('make the entry an average, and the trade one trade', () => {
    const result = run([enter('long', flag(0), UNIT), add, exit(flag(2))], [[1], [3], [6]]);
    expect(result.trades).toHaveLength(1);
    expect(result.trades[0]).toMatchObject({ entryPrice: 103, exitPrice: 107, quantity: 2, profit: 8, bars: 5 });
  });
});

describe('held bars', () => {
  const gap: (Bar | null)[] = [flat(100), flat(101), null, null, flat(104), flat(105), flat(106)];

  it('fill nothing: a market order waits for the next real open', () => {
    expect(fillsOf(run([enter('long', flag(0), UNIT)], [[1]], gap))).toEqual(['4 buy 1@104 entry']);
  });

  it('let no rule act, and count what would have', () => {
    const result = run([enter('long', flag(0), UNIT)], [[2, 5]], gap);
    expect(fillsOf(result)).toEqual(['6 buy 1@106 entry']);
    expect(result.counts).toMatchObject({ missedOnHeld: 1, heldBars: 2 });
  });

  it('do not use up the life of an order', () => {
    const waits = { ...UNIT, order: { type: 'limit', price: fixed(0), expire: TWO } } as const;
    const bars: (Bar | null)[] = [flat(100), null, null, flat(100), [100, 100, 97, 99], flat(99)];
    const result = trade(
      {
        rules: [enter('long', flag(0), { ...waits, order: { ...waits.order, price: fixed(0), expire: fixed(1) } })],
        flags: [flagsAt(6, 0)],
        fixed: [98, 2],
      },
      { bars },
    );
    expect(fillsOf(result)).toEqual(['4 buy 1@98 entry']);
  });

  it('count as bars of a time exit, which then waits for a real tick', () => {
    const hold = { ...UNIT, bracket: { targets: [], hold: { frozen: [TWO], everyTick: false, live: [] } } } as const;
    const bars: (Bar | null)[] = [flat(100), flat(101), null, flat(103), flat(104), flat(105)];
    expect(tradesOf(run([enter('long', flag(0), hold)], [[0]], bars))).toEqual(['long 1-4 3 bars 3 hold']);
  });
});
