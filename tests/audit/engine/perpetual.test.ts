/** Perpetuals: margin, funding, liquidation (engine.md, Costs; docs/backtests.md, Perpetuals). */
import { describe, expect, it } from 'vitest';
import { openKernelRun } from '../../../compiler/index.ts';
import { runPlan } from '../../../runtime/backtest.ts';
import { RunRefused } from '../../../runtime/engine/settings.ts';
import { laneOf } from '../../../runtime/lane.ts';
import { marketOf, planOf, tell } from '../../support/story.ts';

const perp = (side: 'long' | 'short', leverage: number, bars: string, more = '') =>
  tell({
    perpetual: true,
    strategy: `when volume == 1 enter ${side} { size: 10 base } execution { fee: ignored  slippage: ignored  leverage: ${leverage} ${more} }`,
    bars,
    watch: ['equity', 'cash'],
  });

describe('liquidation', () => {
  it.each([
    // b = 100 − 100/L, level = b / (1 − 0.5 %)
    ['long', 2, 50, 50 / 0.995],
    ['long', 5, 80, 80 / 0.995],
    ['long', 20, 95, 95 / 0.995],
    // b = 100 + 100/L, level = b / (1 + 0.5 %)
    ['short', 1, 200, 200 / 1.005],
    ['short', 5, 120, 120 / 1.005],
    ['short', 20, 105, 105 / 1.005],
  ] as const)('of a %s at %i× comes at its level and costs the margin', (side, leverage, price, level) => {
    const just = side === 'long' ? level * (1 + 1e-9) : level * (1 - 1e-9);
    const bar = (extreme: number) => (side === 'long' ? `100 100 ${extreme} 100` : `100 ${extreme} 100 100`);
    expect(perp(side, leverage, `100 !1\n100\n${bar(just)}\n100`).fills).toHaveLength(1);
    const told = perp(side, leverage, `100 !1\n100\n${bar(level)}\n100`);
    expect(told.fills[1]).toBe(`2 ${side === 'long' ? 'sell' : 'buy'} 10@${price} liquidation`);
    expect(told.equity.at(-1)).toBeCloseTo(10000 - 1000 / leverage, 6);
  });

  it('of a long at 1× never comes', () => {
    expect(perp('long', 1, '100 !1\n100\n100 100 0.01 0.01\n100').fills).toHaveLength(1);
  });

  it('takes the maintenance rate from the market’s facts', () => {
    const told = tell({
      perpetual: true,
      strategy:
        'when volume == 1 enter long { size: 10 base } execution { fee: ignored  slippage: ignored  leverage: 10 }',
      bars: '100 !1\n100\n100 100 94 95\n95',
      facts: { maintenance: 0.05 },
    });
    // 90 / 0.95 = 94.736842.
    expect(told.journal).toContain('2 liquidation level 94.736842 price 90 inside');
  });

  it('follows the average entry after an add', () => {
    const told = tell({
      perpetual: true,
      strategy: `when volume == 1 enter long { size: 1 base } when volume == 2 add { size: 1 base }
        execution { fee: ignored  slippage: ignored  leverage: 10 }`,
      bars: '100 !1\n100 !2\n120\n120 120 99 100',
    });
    // Entry 110, margin 11 a unit: gone at 99, level 99.497487.
    expect(told.fills[2]).toBe('3 sell 2@99 liquidation');
  });

  it('comes at the open when the mark opens beyond it', () => {
    const told = perp('long', 10, '100 !1\n100\n100 m=85\n100 m=100');
    expect(told.journal.at(-2)).toBe('2 liquidation level 90.452261 price 90 open');
    expect(told.equity.at(-1)).toBe(9900);
  });

  it('takes protection and waiting exits with it, and is an event of its own', () => {
    const told = tell({
      perpetual: true,
      strategy: `when volume == 1 enter long { size: 1 base  target: entry + 20 } when volume == 2 exit { at: limit 110  expire: 9 bars }
        execution { fee: ignored  slippage: ignored  leverage: 10 }`,
      bars: '100 !1\n100 !2\n100 100 85 88\n100 130 100 120\n120',
      watch: ['liquidated', 'stopped_out', 'closed', 'closed.pnl', 'closed.profit', 'closed.bars', 'position'],
    });
    expect(told.fills).toEqual(['1 buy 1@100 entry', '2 sell 1@90 liquidation']);
    expect(told.seen).toEqual({
      liquidated: [0, 0, 1, 0, 0],
      stopped_out: [0, 0, 0, 0, 0],
      closed: [0, 0, 1, 0, 0],
      'closed.pnl': [Number.NaN, Number.NaN, -10, Number.NaN, Number.NaN],
      'closed.profit': [Number.NaN, Number.NaN, -0.1, Number.NaN, Number.NaN],
      'closed.bars': [Number.NaN, Number.NaN, 1, Number.NaN, Number.NaN],
      position: [0, 1, 0, 0, 0],
    });
  });
});

describe('funding', () => {
  it('longs pay and shorts receive while the rate is positive, and the other way round', () => {
    const of = (side: 'long' | 'short', rate: string) =>
      perp(side, 1, `100 !1\n100\n100 f=${rate}`).result.totals.funding;
    expect(of('long', '0.01')).toBeCloseTo(-10, 12);
    expect(of('short', '0.01')).toBeCloseTo(10, 12);
    expect(of('long', '-0.01')).toBeCloseTo(10, 12);
    expect(of('short', '-0.01')).toBeCloseTo(-10, 12);
  });

  it('is of the notional at the mark price of the instant', () => {
    const told = perp('long', 1, '100 !1\n100\n105 m=110/120/100/115 f=0.01\n105 m=110');
    expect(told.journal.at(-1)).toBe('2 funding 0.01 at 110: -11');
    expect(told.result.trades[0]).toMatchObject({ funding: -11 });
  });

  it('inside a bar is charged at the next open, to what was held through it', () => {
    const told = perp('long', 1, '100 !1\n100 fi=0.01\n100\n100');
    expect(told.journal.at(-1)).toBe('2 funding 0.01 at 100: -10');
    expect(told.equity).toEqual([10000, 10000, 9990, 9990]);
  });

  it('on a held bar is charged too: the position is real, only the bar is missing', () => {
    const told = perp('long', 1, '100 !1\n100\n- f=0.01\n100');
    expect(told.journal.at(-1)).toBe('2 funding 0.01 at 100: -10');
  });

  it('is charged once for each settlement of one bar', () => {
    const told = perp('long', 1, '100 !1\n100 fi=0.01\n100 f=0.02\n100');
    expect(told.equity).toEqual([10000, 10000, 9970, 9970]);
  });

  it('that is missing fails, unless it is ignored', () => {
    const story = {
      perpetual: true,
      strategy: 'when volume == 1 enter long { size: 1 base } execution { fee: ignored  slippage: ignored }',
      bars: '100 !1\n100',
    };
    const plan = planOf(story);
    const { funding, ...series } = marketOf(story, plan);
    expect(funding?.times).toHaveLength(0);
    expect(() => runPlan(openKernelRun(plan, {}, laneOf(series), [{}]), series)).toThrow(RunRefused);
  });

  it('ignored is ignored', () => {
    expect(perp('long', 1, '100 !1\n100\n100 f=0.01', 'funding: ignored').result.totals.funding).toBe(0);
  });

  it('that free cash cannot pay is taken from the margin, and brings the liquidation nearer', () => {
    // All 10 000 are margin of 1 000 at 100 with 10×. Funding of 1 % of 100 000 takes 1 000 of it: 9 a unit, gone at 91.
    const told = tell({
      perpetual: true,
      strategy:
        'when volume == 1 enter long { size: 1000% of equity } execution { fee: ignored  slippage: ignored  leverage: 10 }',
      bars: '100 !1\n100\n100 100 91.4 100 f=0.01\n100',
    });
    // 91 / 0.995 = 91.457286: the low of 91.4 is beyond it.
    expect(told.fills[1]).toBe('2 sell 1000@91 liquidation');
    expect(told.equity.at(-1)).toBe(0);
  });
});
