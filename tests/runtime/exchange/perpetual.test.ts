/** Funding, margin and liquidation of linear perpetuals. */
import { describe, expect, it } from 'vitest';
import type { PlanRule } from '../../../compiler/plan.ts';
import { RunRefused } from '../../../runtime/engine/settings.ts';
import { readJournal } from '../../../runtime/journal/reader.ts';
import { fillsOf, trade, tradesOf } from '../../support/account.ts';
import {
  type Bar,
  enter,
  exit,
  fixed,
  flag,
  flagsAt,
  HOUR_MS,
  ONE,
  type Script,
  type ScriptedMarket,
} from '../../support/scripted-run.ts';

const flat = (price: number): Bar => [price, price, price, price];
const UNIT = { size: { basis: 'quantity', amount: ONE } } as const;

function play(
  market: ScriptedMarket,
  more: Partial<Script> & { side?: 'long' | 'short'; exitAt?: number } = {},
  rule: Partial<Extract<PlanRule, { verb: 'enter' }>> = {},
) {
  const { length } = market.bars;
  const { side = 'long', exitAt = length - 1, execution, ...script } = more;
  return trade(
    {
      rules: [enter(side, flag(0), { ...UNIT, ...rule }), exit(flag(1))],
      flags: [flagsAt(length, 0), flagsAt(length, exitAt)],
      perpetual: true,
      ...script,
      execution: { funding: market.funding ? 'data' : 'ignored', ...execution },
    },
    market,
  );
}

describe('funding', () => {
  const bars = [100, 101, 102, 103, 104, 105].map(flat);
  const at = (hour: number, rate: number, lateMs = 0) => ({ timeMs: hour * HOUR_MS + lateMs, rate });

  it('is paid by a long while the rate is positive, on the mark price of the open', () => {
    const mark: Bar[] = bars.map(([open]) => [open + 0.5, open + 0.5, open + 0.5, open + 0.5]);
    const result = play({ bars, mark, funding: [at(2, 0.01), at(4, -0.002)] });
    expect(result.totals.funding).toBeCloseTo(-102.5 * 0.01 + 104.5 * 0.002, 12);
    expect(result.trades[0]?.funding).toBe(result.totals.funding);
  });
  it('is received by a short', () => {
    expect(play({ bars, funding: [at(2, 0.01)] }, { side: 'short' }).totals.funding).toBeCloseTo(1.02, 12);
  });
  it('is charged to the position held before the instant: not for what opens there, yes for what closes there', () => {
    expect(play({ bars, funding: [at(1, 0.01)] }, { exitAt: 2 }).totals.funding).toBe(0);
    expect(play({ bars, funding: [at(3, 0.01)] }, { exitAt: 2 }).totals.funding).toBeCloseTo(-1.03, 12);
    expect(play({ bars, funding: [at(4, 0.01)] }, { exitAt: 2 }).totals.funding).toBe(0);
  });
  it('with a stamp that is late by milliseconds belongs to the open it follows', () => {
    expect(play({ bars, funding: [at(2, 0.01, 7)] }).totals.funding).toBeCloseTo(-1.02, 12);
  });
  it('inside a bar is charged at the next open', () => {
    expect(play({ bars, funding: [at(2, 0.01, HOUR_MS / 2)] }).totals.funding).toBeCloseTo(-1.03, 12);
  });
  it('is charged on a held bar too', () => {
    const gap: (Bar | null)[] = [flat(100), flat(101), null, flat(103), flat(104)];
    expect(play({ bars: gap, funding: [at(2, 0.01)] }).totals.funding).toBeCloseTo(-1.01, 12);
  });
  it('that is charged from data needs data', () => {
    const run = () => play({ bars }, { execution: { funding: 'data' } });
    expect(run).toThrow(RunRefused);
    expect(run).toThrow('funding');
  });
  it('is journaled with rate, price and amount', () => {
    const { records } = readJournal(play({ bars, funding: [at(2, 0.01)] }).journal);
    expect(records).toContainEqual({ kind: 'funding', tick: 2, rate: 0.01, price: 102, amount: -1.02 });
  });
});

describe('liquidation', () => {
  const leverage = { fixed: [10], execution: { leverage: fixed(0) } } as const;
  // Margin 10 behind one unit at 100: taken over at 90, where the loss is the margin; the venue steps in at 90 / 0.995.
  const level = 90 / 0.995;

  it('costs the margin, no more and no less', () => {
    const result = play({ bars: [flat(100), flat(100), [100, 100, 89, 95], flat(95)] }, leverage);
    expect(fillsOf(result)).toEqual(['1 buy 1@100 entry', '2 sell 1@90 liquidation']);
    expect(tradesOf(result)).toEqual(['long 1-2 1 bars -10 liquidation']);
    expect(readJournal(result.journal).records).toContainEqual({
      kind: 'liquidation',
      tick: 2,
      moment: 'inside',
      level,
      price: 90,
    });
  });
  it('begins at the maintenance margin', () => {
    const low = (price: number) =>
      fillsOf(play({ bars: [flat(100), [100, 100, price, 95], flat(95)] }, leverage)).length;
    expect(low(level)).toBe(2);
    expect(low(level + 1e-9)).toBe(1);
  });
  it('is decided by the mark price where there is one', () => {
    const bars: Bar[] = [flat(100), flat(100), [100, 100, 80, 95], flat(95)];
    expect(fillsOf(play({ bars, mark: [flat(100), flat(100), [100, 100, 91, 95], flat(95)] }, leverage))).toHaveLength(
      1,
    );
    const quiet: Bar[] = [flat(100), flat(100), flat(100), flat(100)];
    const spike: Bar[] = [flat(100), flat(100), [100, 100, 90, 100], flat(100)];
    expect(fillsOf(play({ bars: quiet, mark: spike }, leverage))).toContain('2 sell 1@90 liquidation');
  });
  it('comes before a stop that lies beyond it, after one that lies nearer to the open', () => {
    const bracket = () => ({
      targets: [],
      stop: { frozen: [fixed(1)], everyTick: false, live: [] },
    });
    const at = (stop: number) =>
      fillsOf(
        play(
          { bars: [flat(100), flat(100), [100, 100, 80, 95], flat(95)] },
          { ...leverage, fixed: [10, stop] },
          { bracket: bracket() },
        ),
      )[1];
    expect(at(92)).toBe('2 sell 1@92 stop');
    expect(at(89)).toBe('2 sell 1@90 liquidation');
  });
  it('happens at the open when the open has passed the level', () => {
    const result = play({ bars: [flat(100), flat(100), [70, 75, 70, 75]] }, leverage);
    expect(fillsOf(result)).toEqual(['1 buy 1@100 entry', '2 sell 1@90 liquidation']);
  });
  it('of a short lies above', () => {
    const result = play({ bars: [flat(100), flat(100), [100, 115, 100, 110]] }, { ...leverage, side: 'short' });
    expect(fillsOf(result)).toEqual(['1 sell 1@100 entry', '2 buy 1@110 liquidation']);
  });
  it('comes nearer when funding has eaten the free cash', () => {
    const funding = [{ timeMs: 2 * HOUR_MS, rate: 0.05 }];
    const size = { size: { basis: 'equity' as const, amount: fixed(1) } };
    // All of the cash is margin: one unit of funding takes half of what stands behind the position.
    const result = play(
      { bars: [flat(100), flat(100), [100, 100, 95, 97], flat(97)], funding },
      { ...leverage, fixed: [10, 10] },
      size,
    );
    expect(fillsOf(result)).toEqual(['1 buy 1000@100 entry', '2 sell 1000@95 liquidation']);
    expect(result.equity.at(-1)).toBeCloseTo(0, 9);
  });
  it('cannot happen to a long without leverage, nor on spot', () => {
    const crash: Bar[] = [flat(100), flat(100), [100, 100, 0.01, 1], flat(1)];
    expect(fillsOf(play({ bars: crash }))).toHaveLength(1);
    expect(fillsOf(play({ bars: crash }, { perpetual: false, execution: { funding: 'none' } }))).toHaveLength(1);
  });
});

describe('what cannot be run', () => {
  const bars = [flat(100), flat(100)];
  it('is refused before the first bar', () => {
    expect(() => play({ bars }, { execution: { margin: 'cross' } })).toThrow('cross margin');
    expect(() => play({ bars }, { execution: { participation: ONE } })).toThrow('participation');
    const spot = { perpetual: false, fixed: [3], execution: { funding: 'none', leverage: fixed(0) } } as const;
    expect(() => play({ bars }, spot)).toThrow('spot');
  });
  it('short selling on spot is refused at the order', () => {
    const result = play({ bars }, { perpetual: false, side: 'short', execution: { funding: 'none' } });
    expect(result.counts.refusals).toEqual({ 'no short selling on spot': 1 });
  });
});
