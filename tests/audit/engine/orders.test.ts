/** Orders and what they cost (engine.md, Orders, Costs; language.md, Rules). */
import { describe, expect, it } from 'vitest';
import { type Story, tell } from '../../support/story.ts';

const FREE = 'execution { fee: ignored  slippage: ignored }';
const COSTS = 'execution { fee: maker 1% taker 2%  slippage: 1% }';
const spot = (strategy: string, bars: string, more: Partial<Story> = {}) => tell({ strategy, bars, ...more });
const perp = (strategy: string, bars: string, more: Partial<Story> = {}) =>
  spot(strategy, bars, { ...more, perpetual: true });

describe('a limit entry', () => {
  const at = (price: string, more = '') =>
    `when volume == 1 enter long { size: 1 base  at: limit ${price} ${more} } ${FREE}`;

  it('fills when price trades through it', () => {
    expect(spot(at('98'), '100 !1\n100 100 98 99\n99').fills).toEqual([]);
    expect(spot(at('98'), '100 !1\n100 100 97.99 99\n99').fills).toEqual(['1 buy 1@98 entry maker']);
  });

  it('at a touch with `touch: fills`', () => {
    const strategy = at('98').replace('ignored }', 'ignored  touch: fills }');
    expect(spot(strategy, '100 !1\n100 100 98 99\n99').fills).toEqual(['1 buy 1@98 entry maker']);
    expect(spot(strategy, '100 !1\n98\n99').fills).toEqual(['1 buy 1@98 entry maker']);
  });

  it('at the open where that is better, and never worse than its level', () => {
    expect(spot(at('98'), '100 !1\n95 96 94 95').fills).toEqual(['1 buy 1@95 entry maker']);
    expect(spot(at('98'), '100 !1\n98 99 97 98').fills).toEqual(['1 buy 1@98 entry maker']);
  });

  it('pays maker and does not slip', () => {
    const told = spot(
      `when volume == 1 enter long { size: 1 base  at: limit 98 } ${COSTS}`,
      '100 !1\n100 100 90 95\n95',
    );
    expect(told.fills).toEqual(['1 buy 1@98 entry fee 0.98 maker']);
  });

  it('of a short lies above', () => {
    const told = perp(
      `when volume == 1 enter short { size: 1 base  at: limit 102 } ${FREE}`,
      '100 !1\n100 102 99 100\n100',
    );
    expect(told.fills).toEqual([]);
    const through = perp(
      `when volume == 1 enter short { size: 1 base  at: limit 102 } ${FREE}`,
      '100 !1\n100 103 99 100',
    );
    expect(through.fills).toEqual(['1 sell 1@102 entry maker']);
  });
});

describe('a stop entry', () => {
  const at = (price: string) => `when volume == 1 enter long { size: 1 base  at: stop ${price} }`;

  it('fills at the worse of level and open, slips and pays taker', () => {
    expect(spot(`${at('105')} ${FREE}`, '100 !1\n100 105 100 100').fills).toEqual(['1 buy 1@105 entry']);
    expect(spot(`${at('105')} ${FREE}`, '100 !1\n108 109 107 108').fills).toEqual(['1 buy 1@108 entry']);
    expect(spot(`${at('105')} ${COSTS}`, '100 !1\n100 105 100 100').fills).toEqual([
      '1 buy 1@106.05 entry fee 2.121 slip 1.05',
    ]);
  });

  it('of a short lies below', () => {
    const told = perp(`when volume == 1 enter short { size: 1 base  at: stop 95 } ${FREE}`, '100 !1\n100 101 94 96');
    expect(told.fills).toEqual(['1 sell 1@95 entry']);
  });
});

describe('costs', () => {
  it('taker and slippage for market and stop fills, maker and none for limits and targets', () => {
    const told = spot(
      `when volume == 1 enter long { size: 1 base  stop: 90  target: [50% at 110, rest at 130] } ${COSTS}`,
      '100 !1\n100\n100 111 100 105\n105 105 80 85',
    );
    // 101 · 2 %; half at 110 · 1 %; half at 90 less 1 %: 89.1 · 2 %.
    expect(told.fills).toEqual([
      '1 buy 1@101 entry fee 2.02 slip 1',
      '2 sell 0.5@110 target fee 0.55 maker',
      '3 sell 0.5@89.1 stop fee 0.891 slip 0.45',
    ]);
    expect(told.result.totals).toMatchObject({ turnover: 101 + 55 + 44.55 });
    expect(told.result.totals.fees).toBeCloseTo(2.02 + 0.55 + 0.891, 12);
    expect(told.result.totals.slippage).toBeCloseTo(1 + 0.45, 12);
  });

  it('a market fill may pass the extremes of its bar', () => {
    expect(spot(`when volume == 1 enter long { size: 1 base } ${COSTS}`, '100 !1\n100\n').fills[0]).toContain('@101 ');
  });

  it('slippage as a distance is that of the close at which the order was decided', () => {
    // Ranges: 4 at the decision, 20 in the bar of the fill.
    const told = spot(
      'when volume == 1 enter long { size: 1 base } execution { fee: ignored  slippage: 0.5 * (high - low) }',
      '100 102 98 100 !1\n100 110 90 100',
    );
    expect(told.fills).toEqual(['1 buy 1@102 entry slip 2']);
  });
});

describe('expire', () => {
  const at = (expire: string) => `when volume == 1 enter long { size: 1 base  at: limit 90 ${expire} } ${FREE}`;

  it('is one bar unless stated', () => {
    expect(spot(at(''), '100 !1\n100\n100 100 80 80').journal.at(-1)).toBe('1 expired #1');
    expect(spot(at(''), '100 !1\n100 100 80 80').fills).toHaveLength(1);
  });

  it('2 bars: fills in the second, not in the third', () => {
    expect(spot(at('expire: 2 bars'), '100 !1\n100\n100 100 80 80').fills).toEqual(['2 buy 1@90 entry maker']);
    expect(spot(at('expire: 2 bars'), '100 !1\n100\n100\n100 100 80 80').journal.at(-1)).toBe('2 expired #1');
  });

  it('counts bars that exist: a held bar takes nothing off its life', () => {
    expect(spot(at('expire: 2 bars'), '100 !1\n100\n-\n-\n100 100 80 80\n80').fills).toEqual([
      '4 buy 1@90 entry maker',
    ]);
  });

  it('is over before the close decides: the same close can order again', () => {
    const told = spot(
      `when close > 0 enter long { size: 1 base  at: limit close - 10 } ${FREE}`,
      '100\n101\n102\n103',
      { watch: ['pending', 'idle'] },
    );
    // Each close places one, which expires with the next bar; the last is still waiting at the end.
    expect(told.journal.filter(line => line.includes('intent'))).toHaveLength(4);
    expect(told.counts).toMatchObject({ expired: 3, signalsIgnored: 0 });
    expect(told.seen).toEqual({ pending: [0, 0, 0, 0], idle: [1, 1, 1, 1] });
  });
});

describe('a limit exit', () => {
  const rules = (exit: string) => `when volume == 1 enter long { size: 1 base } when volume == 2 exit long { ${exit} }`;

  it('fills at the limit as maker', () => {
    const told = spot(`${rules('at: limit 105')} ${COSTS}`, '100 !1\n100 !2\n100 106 99 100');
    expect(told.fills[1]).toBe('2 sell 1@105 limit exit fee 1.05 maker');
  });

  it('that expires leaves the position, or goes to market with `else: market`', () => {
    const bars = '100 !1\n100 !2\n100\n99\n98';
    expect(spot(`${rules('at: limit 105  expire: 1 bar')} ${FREE}`, bars).fills).toHaveLength(1);
    const told = spot(`${rules('at: limit 105  expire: 1 bar  else: market')} ${FREE}`, bars);
    expect(told.fills[1]).toBe('3 sell 1@99 signal');
    expect(told.journal).toEqual([
      '0 intent #1 enter long market 1 near 100 rule 0',
      '1 fill #1 buy 1@100 entry open',
      '1 intent #2 exit long limit 1@105 near 105 rule 1',
      '2 expired #2',
      '2 intent #3 exit long market 1 near 100 rule 1',
      '3 fill #3 sell 1@99 signal open',
    ]);
  });

  it('rests beside the stop of the bracket, and goes with the position', () => {
    const told = spot(
      `when volume == 1 enter long { size: 1 base  stop: entry - 5 } when volume == 2 exit { at: limit 105  expire: 9 bars } ${FREE}`,
      '100 !1\n100 !2\n100 100 94 94\n94 110 94 94',
      { watch: ['position'] },
    );
    expect(told.fills).toEqual(['1 buy 1@100 entry', '2 sell 1@95 stop']);
    expect(told.seen.position).toEqual([0, 1, 0, 0]);
  });

  it('gives way to a market exit', () => {
    const told = spot(
      `${rules('at: limit 105  expire: 9 bars')} when volume == 3 exit ${FREE}`,
      '100 !1\n100 !2\n100 !3\n99\n99',
    );
    expect(told.fills[1]).toBe('3 sell 1@99 signal');
  });

  it('at a stop leaves where price falls to it', () => {
    const told = spot(`${rules('at: stop 97  expire: 3 bars')} ${FREE}`, '100 !1\n100 !2\n100\n100 100 96 98');
    expect(told.fills[1]).toBe('3 sell 1@97 signal');
  });
});

describe('rounding', () => {
  const facts = { tick: '0.1', lot: '0.01', minNotional: '10' };

  it('a quantity is rounded down', () => {
    // 1 000 / 101.3 = 9.8716…
    const told = spot(`when volume == 1 enter long { size: 1000 quote } ${FREE}`, '101.3 !1\n101.3', { facts });
    expect(told.fills).toEqual(['1 buy 9.87@101.3 entry']);
  });

  it('a buy limit down, a sale limit up: never worse than asked', () => {
    expect(
      spot(`when volume == 1 enter long { size: 1 base  at: limit 98.19 } ${FREE}`, '100 !1\n100 100 90 90', { facts })
        .fills,
    ).toEqual(['1 buy 1@98.1 entry maker']);
    expect(
      perp(`when volume == 1 enter short { size: 1 base  at: limit 102.11 } ${FREE}`, '100 !1\n100 110 90 90', {
        facts,
      }).fills,
    ).toEqual(['1 sell 1@102.2 entry maker']);
  });

  it('a buy stop up, a sale stop down: no sooner than asked', () => {
    expect(
      spot(`when volume == 1 enter long { size: 1 base  at: stop 102.11 } ${FREE}`, '100 !1\n100 110 100 100', {
        facts,
      }).fills,
    ).toEqual(['1 buy 1@102.2 entry']);
    expect(
      perp(`when volume == 1 enter short { size: 1 base  at: stop 98.19 } ${FREE}`, '100 !1\n100 100 90 90', { facts })
        .fills,
    ).toEqual(['1 sell 1@98.1 entry']);
  });

  it('a protective stop towards the price, a target away from it', () => {
    const long = spot(
      `when volume == 1 enter long { size: 1 base  stop: entry - 4.96  target: entry + 4.96 } ${FREE}`,
      '100 !1\n100\n100 105 95 95',
      { facts },
    );
    expect(long.journal).toEqual(expect.arrayContaining(['1 levels stop 95.1', '1 target 0 1@105']));
    const short = perp(
      `when volume == 1 enter short { size: 1 base  stop: entry + 4.96  target: entry - 4.96 } ${FREE}`,
      '100 !1\n100\n100',
      { facts },
    );
    expect(short.journal).toEqual(expect.arrayContaining(['1 levels stop 104.9', '1 target 0 1@95']));
  });

  it('is done in decimals: 0.1 + 0.2 is 0.3, three steps of 0.1', () => {
    const third = { lot: '0.1' };
    const told = spot(
      `param a = 0.1 param b = 0.2 when volume == 1 enter long { size: (a + b) base } ${FREE}`,
      '100 !1\n100',
      {
        facts: third,
      },
    );
    expect(told.fills).toEqual(['1 buy 0.3@100 entry']);
    expect(told.result.fills[0]?.quantity).toBe(0.3);
    // 0.7 / 0.1 is 6.999… in doubles, 1.1 · 3 is 3.3000000000000003.
    const seven = spot(`when volume == 1 enter long { size: 70 quote } ${FREE}`, '100 !1\n100', { facts: third });
    expect(seven.result.fills[0]?.quantity).toBe(0.7);
  });

  it('a stop that lies on the grid stays there', () => {
    // 100 · 1.1 · 0.9 is 99.00000000000001 in doubles: 99, not a step above it.
    const told = spot(`when volume == 1 enter long { size: 1 base  stop: entry * 1.1 * 0.9 } ${FREE}`, '100 !1\n100', {
      facts: { tick: '0.01' },
    });
    expect(told.journal).toContain('1 levels stop 99');
  });

  it('what rounds to nothing is refused with its reason', () => {
    const told = spot(`when volume == 1 enter long { size: 0.5 quote } ${FREE}`, '100 !1\n100', {
      facts,
      watch: ['refused'],
    });
    expect(told.journal).toEqual(['0 refused rounds to nothing rule 0']);
    expect(told.counts.refusals).toEqual({ 'rounds to nothing': 1 });
    // At the tick that closes the bar after it.
    expect(told.seen.refused).toEqual([0, 1]);
  });

  it('what is under the minimum notional is refused, what reaches it exactly is not', () => {
    const size = (quantity: string) =>
      spot(`when volume == 1 enter long { size: ${quantity} base } ${FREE}`, '33.3 !1\n33.3', {
        facts: { lot: '0.1', minNotional: '9.99' },
      });
    expect(size('0.2').journal).toEqual(['0 refused under the minimum notional rule 0']);
    expect(size('0.3').fills).toEqual(['1 buy 0.3@33.3 entry']); // 0.3 · 33.3 = 9.99, in doubles 9.989999…
  });

  it('a reduction is rounded down and the rest leaves whole', () => {
    const told = spot(
      `when volume == 1 enter long { size: 0.05 base } when volume == 2 reduce 50% when volume == 3 exit ${FREE}`,
      '100 !1\n100 !2\n100 !3\n100',
      { facts: { lot: '0.02' }, watch: ['position'] },
    );
    // 0.05 down to 0.04; half of it 0.02.
    expect(told.fills).toEqual(['1 buy 0.04@100 entry', '2 sell 0.02@100 reduce', '3 sell 0.02@100 signal']);
    expect(told.result.trades[0]?.open).toBe(false);
  });
});

describe('the end of the data', () => {
  it('marks an open position at the last close, without costs of leaving', () => {
    const told = spot(`when volume == 1 enter long { size: 10 base } ${COSTS}`, '100 !1\n100\n100 105 99 104');
    // Bought at 101, fee 20.2; 10 · (104 − 101) − 20.2.
    expect(told.trades).toEqual(['long 1-2 2 bars 9.8 end of data open']);
    expect(told.equity.at(-1)).toBe(10009.8);
    expect(told.result.trades[0]).toMatchObject({ open: true, exitPrice: 104, fees: 20.2 });
  });

  it('leaves an order that waits for the next open unfilled', () => {
    expect(spot(`when volume == 1 enter long { size: 1 base } ${FREE}`, '100\n100 !1').fills).toEqual([]);
  });
});
