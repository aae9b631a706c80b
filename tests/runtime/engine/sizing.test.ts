/** Quantities (engine.md, Sizing), rounding and cuts. */
import { describe, expect, it } from 'vitest';
import type { PlanRule, PlanSize } from '../../../compiler/plan.ts';
import type { MarketFacts } from '../../../runtime/data/series.ts';
import { readJournal } from '../../../runtime/journal/reader.ts';
import { fillsOf, trade } from '../../support/account.ts';
import { type Bar, enter, exit, fixed, flag, flagsAt, type Script } from '../../support/scripted-run.ts';

const flat = (price: number): Bar => [price, price, price, price];
const FACTS: MarketFacts = { maintenance: 0.005, source: 'test' };

function play(
  size: PlanSize,
  values: readonly number[],
  more: Partial<Extract<PlanRule, { verb: 'enter' }>> = {},
  script: Partial<Script> = {},
  facts: MarketFacts = FACTS,
  bars: readonly Bar[] = [flat(100), flat(110), flat(110)],
) {
  const rules = [enter('long', flag(0), { size, ...more })];
  return trade({ rules, flags: [flagsAt(bars.length, 0)], fixed: values, ...script }, { bars }, { facts });
}

describe('a size', () => {
  it('of equity is a notional at the reference price, the close', () => {
    expect(fillsOf(play({ basis: 'equity', amount: fixed(0) }, [0.5]))).toEqual(['1 buy 50@110 entry']);
  });
  it('of a resting order is reckoned from its price', () => {
    const order = { type: 'limit', price: fixed(1), expire: fixed(2) } as const;
    const bars = [flat(100), [90, 90, 70, 75]] as const;
    expect(fillsOf(play({ basis: 'equity', amount: fixed(0) }, [0.5, 80, 1], { order }, {}, FACTS, bars))).toEqual([
      '1 buy 62.5@80 entry',
    ]);
  });
  it('by risk loses that share of equity at the stop', () => {
    const bracket = { stop: { bracket: 0, frozen: [fixed(1)], everyTick: false, live: [] }, targets: [] };
    const brackets: Script['brackets'] = [(frozen, streams) => streams('entry') - (frozen[0] as number)];
    const result = play({ basis: 'risk', amount: fixed(0) }, [0.01, 5], { bracket }, { brackets });
    expect(fillsOf(result)).toEqual(['1 buy 20@110 entry']);
  });
  it('by risk is refused without a stop, and with one on the wrong side or at no distance', () => {
    const at = (stop: number) => {
      const bracket = { stop: { frozen: [fixed(1)], everyTick: false, live: [] }, targets: [] };
      return play({ basis: 'risk', amount: fixed(0) }, [0.01, stop], { bracket }).counts.refusals;
    };
    expect(at(100)).toEqual({ 'stop on the wrong side or at no distance': 1 });
    expect(at(120)).toEqual({ 'stop on the wrong side or at no distance': 1 });
    expect(at(Number.NaN)).toEqual({ 'no stop to size the risk by': 1 });
  });
  it('in money and in the base asset is what it says', () => {
    expect(fillsOf(play({ basis: 'notional', amount: fixed(0) }, [1000]))).toEqual(['1 buy 10@110 entry']);
    expect(fillsOf(play({ basis: 'quantity', amount: fixed(0) }, [3]))).toEqual(['1 buy 3@110 entry']);
  });
  it('by volatility scales the notional by target over deviation', () => {
    expect(fillsOf(play({ basis: 'volatility', amount: fixed(0), deviation: fixed(1) }, [0.2, 0.8]))).toEqual([
      '1 buy 25@110 entry',
    ]);
  });
  it('that is no positive number is refused', () => {
    for (const amount of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const result = play({ basis: 'equity', amount: fixed(0) }, [amount]);
      expect(result.counts.refusals).toEqual({ 'size is not a positive number': 1 });
    }
  });
});

describe('a quantity', () => {
  it('is rounded down to the lot', () => {
    const facts = { ...FACTS, lot: '0.01' };
    expect(fillsOf(play({ basis: 'quantity', amount: fixed(0) }, [3.019], {}, {}, facts))).toEqual([
      '1 buy 3.01@110 entry',
    ]);
  });
  it('that rounds to nothing, or to less than the minimum, is refused', () => {
    const lot = play({ basis: 'quantity', amount: fixed(0) }, [0.009], {}, {}, { ...FACTS, lot: '0.01' });
    expect(lot.counts.refusals).toEqual({ 'rounds to nothing': 1 });
    const small = play({ basis: 'quantity', amount: fixed(0) }, [0.05], {}, {}, { ...FACTS, minNotional: '5.01' });
    expect(small.counts.refusals).toEqual({ 'under the minimum notional': 1 });
  });
  it('is cut to what the cash pays for, fee included, and the journal says so', () => {
    const result = play({ basis: 'equity', amount: fixed(0) }, [1, 0.001], {}, { execution: { taker: fixed(1) } });
    const given = 10_000 / (110 * 1.001);
    expect(result.fills[0]?.quantity).toBeCloseTo(given, 9);
    expect(result.counts.cuts).toBe(1);
    expect(readJournal(result.journal).records).toContainEqual({
      kind: 'cut',
      tick: 1,
      order: 1,
      asked: 100,
      given: result.fills[0]?.quantity,
    });
    expect(result.equity.at(-1)).toBeCloseTo(10_000 - given * 110 * 0.001, 9);
  });
  it('of a resting order is cut when it is placed', () => {
    const order = { type: 'limit', price: fixed(1), expire: fixed(2) } as const;
    const result = play({ basis: 'equity', amount: fixed(0) }, [2, 80, 1], { order }, {}, FACTS, [
      flat(100),
      [90, 90, 70, 75],
    ]);
    expect(fillsOf(result)).toEqual(['1 buy 125@80 entry']);
    expect(readJournal(result.journal).records[0]).toMatchObject({ kind: 'cut', tick: 0, asked: 250, given: 125 });
  });
});

describe('prices of orders', () => {
  const facts = { ...FACTS, tick: '0.5' };
  it('are rounded so that no order is worse than asked', () => {
    const order = { type: 'limit', price: fixed(1), expire: fixed(2) } as const;
    const play1 = play({ basis: 'quantity', amount: fixed(0) }, [1, 98.7, 1], { order }, {}, facts, [
      flat(100),
      [100, 100, 90, 95],
    ]);
    expect(fillsOf(play1)).toEqual(['1 buy 1@98.5 entry']);
  });
  it('of a stop are rounded towards the price, of a target away from it', () => {
    const level = (index: number) => ({ frozen: [fixed(index)], everyTick: false, live: [] });
    const bracket = { stop: level(1), targets: [{ share: 'rest' as const, price: level(2) }] };
    const at = (bar: Bar) =>
      fillsOf(
        play({ basis: 'quantity', amount: fixed(0) }, [1, 95.1, 104.1], { bracket }, {}, facts, [flat(100), bar]),
      )[1];
    expect(at([100, 100, 90, 95])).toBe('1 sell 1@95.5 stop');
    expect(at([100, 110, 100, 105])).toBe('1 sell 1@104.5 target');
  });
});

describe('leverage', () => {
  it('sets the margin and never the size', () => {
    const bars = [flat(100), flat(100), flat(100), flat(100)];
    const script = { perpetual: true, execution: { funding: 'ignored', leverage: fixed(1) } } as const;
    const reads: number[] = [];
    const account: Script['account'] = (_, streams) => {
      reads.push(streams('cash'));
      return [];
    };
    const result = play(
      { basis: 'equity', amount: fixed(0) },
      [1.5, 3],
      {},
      { ...script, account, accountReads: ['cash'] },
      FACTS,
      bars,
    );
    expect(fillsOf(result)).toEqual(['1 buy 150@100 entry']);
    expect(reads.slice(0, 4)).toEqual([10_000, 5_000, 5_000, 5_000]);
  });
});

describe('reversal', () => {
  it('is paid for by the position that it closes', () => {
    const bars = [flat(100), flat(100), flat(100), flat(100)];
    const all: PlanSize = { basis: 'equity', amount: fixed(0) };
    const rules = [enter('long', flag(0), { size: all }), enter('short', flag(1), { size: all }), exit(flag(2))];
    const flags = [flagsAt(4, 0), flagsAt(4, 1), flagsAt(4)];
    const result = trade({ rules, flags, fixed: [1], perpetual: true, execution: { funding: 'ignored' } }, { bars });
    expect(fillsOf(result)).toEqual(['1 buy 100@100 entry', '2 sell 100@100 reverse', '2 sell 100@100 entry']);
  });
});
