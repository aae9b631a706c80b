/** Sizing and the ledger (engine.md, Sizing). */
import { describe, expect, it } from 'vitest';
import { type Story, tell } from '../../support/story.ts';

const FREE = 'execution { fee: ignored  slippage: ignored }';
const lever = (n: number) => `execution { fee: ignored  slippage: ignored  leverage: ${n} }`;
const spot = (strategy: string, bars: string, more: Partial<Story> = {}) => tell({ strategy, bars, ...more });
const perp = (strategy: string, bars: string, more: Partial<Story> = {}) =>
  spot(strategy, bars, { ...more, perpetual: true });
const enter = (size: string, more = '') => `when volume == 1 enter long { size: ${size}  ${more} }`;

describe('quantities are fixed at the signal from a reference price', () => {
  it('`50% of equity` from the close for a market order, whatever the fill', () => {
    // 5 000 / 100 = 50, bought at 110.
    expect(spot(`${enter('50% of equity')} ${FREE}`, '100 !1\n110').fills).toEqual(['1 buy 50@110 entry']);
  });

  it('from the limit or the trigger otherwise', () => {
    expect(spot(`${enter('50% of equity', 'at: limit 80')} ${FREE}`, '100 !1\n100 100 70 70').fills).toEqual([
      '1 buy 62.5@80 entry maker',
    ]);
    expect(spot(`${enter('50% of equity', 'at: stop 125')} ${FREE}`, '100 !1\n100 130 100 120').fills).toEqual([
      '1 buy 40@125 entry',
    ]);
  });

  it('`equity` knows what was realised and what is open', () => {
    // 20 at 100; at the close of 1, 110: equity 10 200; adds 10 % of it at 110.
    const told = spot(
      `${enter('20 base')} when volume == 2 add { size: 10% of equity } ${FREE}`,
      '100 !1\n100 110 100 110 !2\n110',
    );
    expect(told.fills[1]).toBe('2 buy 9.272727@110 add');
  });

  it('a quantity and a notional', () => {
    expect(spot(`${enter('0.25 base')} ${FREE}`, '100 !1\n110').fills).toEqual(['1 buy 0.25@110 entry']);
    expect(spot(`${enter('1000 quote')} ${FREE}`, '80 !1\n110').fills).toEqual(['1 buy 12.5@110 entry']);
    expect(spot(`param b = 400 ${enter('(b * 2) quote')} ${FREE}`, '80 !1\n110').fills).toEqual(['1 buy 10@110 entry']);
  });

  it('leverage multiplies no size', () => {
    const one = perp(`${enter('50% of equity')} ${lever(1)}`, '100 !1\n100');
    const five = perp(`${enter('50% of equity')} ${lever(5)}`, '100 !1\n100');
    expect(five.fills).toEqual(one.fills);
  });

  it('a size that is no positive number is refused', () => {
    const told = spot(`let x = close - 100 ${enter('(x / close) of equity')} ${FREE}`, '100 !1\n100\n99 !1\n99');
    expect(told.journal).toEqual([
      '0 refused size is not a positive number rule 0',
      '2 refused size is not a positive number rule 0',
    ]);
  });

  it('`target_vol` is a share of equity: the target over the deviation of a year', () => {
    // Returns of +1 % and −1 % by turns for 30 days of days: the deviation of a bar is 1 %, of a year √365 %.
    const closes = Array.from({ length: 32 }, (_, day) => (day % 2 === 0 ? 100 : 101));
    const bars = closes.map((close, day) => `${close}${day === 31 ? ' !1' : ''}`).join('\n');
    const told = spot(`${enter('target_vol 10%')} ${FREE}`, `${bars}\n101`, { hours: 24 });
    const returns = closes
      .slice(1)
      .map((close, i) => close / (closes[i] ?? 0) - 1)
      .slice(-30);
    const mean = returns.reduce((a, b) => a + b) / 30;
    const deviation = Math.sqrt(returns.reduce((a, b) => a + (b - mean) ** 2, 0) / 30);
    const quantity = ((0.1 / (deviation * Math.sqrt(365))) * 10000) / 101;
    expect(told.result.fills[0]?.quantity).toBeCloseTo(quantity, 9);
  });
});

describe('`risking r of equity`', () => {
  it('is r · equity over the distance to the stop that a fill at the reference price would have', () => {
    // 1 % of 10 000 over 4.
    expect(spot(`${enter('risking 1% of equity', 'stop: entry - 4')} ${FREE}`, '100 !1\n110').fills[0]).toBe(
      '1 buy 25@110 entry',
    );
    // At a limit of 90 with a stop at 5 % below: 4.5.
    const limit = spot(
      `${enter('risking 0.9% of equity', 'at: limit 90  stop: entry * 0.95')} ${FREE}`,
      '100 !1\n100 100 89 89',
    );
    expect(limit.fills[0]).toBe('1 buy 20@90 entry maker');
  });

  it('of a short', () => {
    const told = perp(
      `when volume == 1 enter short { size: risking 1% of equity  stop: entry + 4 } ${FREE}`,
      '100 !1\n100',
    );
    expect(told.fills[0]).toBe('1 sell 25@100 entry');
  });

  it('is refused with the stop on the wrong side, or at no distance', () => {
    const wrong = spot(`${enter('risking 1% of equity', 'stop: entry + 4')} ${FREE}`, '100 !1\n100');
    expect(wrong.journal).toEqual(['0 refused stop on the wrong side or at no distance rule 0']);
    const none = spot(`${enter('risking 1% of equity', 'stop: entry - (high - low)')} ${FREE}`, '100 !1\n100');
    expect(none.journal).toEqual(['0 refused stop on the wrong side or at no distance rule 0']);
  });

  it('allows for the tick to which the stop is rounded', () => {
    // Stop 95.04 → 95.1: distance 4.9.
    const told = spot(`${enter('risking 0.49% of equity', 'stop: entry - 4.96')} ${FREE}`, '100 !1\n100', {
      facts: { tick: '0.1' },
    });
    expect(told.fills[0]).toBe('1 buy 10@100 entry');
  });

  it('of an add uses the stop that the position has', () => {
    // Stop 95; at 110 the distance is 15: 150 buy 10.
    const told = spot(
      `${enter('1 base', 'stop: 95')} when volume == 2 add { size: risking 150 quote  stop: 95 } ${FREE}`,
      '100 !1\n100 110 100 110 !2\n110',
    );
    expect(told.fills[1]).toBe('2 buy 10@110 add');
  });
});

describe('cash that falls short', () => {
  it('cuts the quantity at the fill, and the journal says so', () => {
    // 100 % of 10 000 at 100; at 125 with 1 % of fee: 10 000 / 126.25 = 79.207921.
    const told = spot(`${enter('100% of equity')} execution { fee: 1%  slippage: ignored }`, '100 !1\n125');
    expect(told.fills).toEqual(['1 buy 79.207921@125 entry fee 99.009901']);
    expect(told.journal).toContain('1 cut #1 100 to 79.207921');
    expect(told.counts.cuts).toBe(1);
    // Nothing is left, and nothing is owed.
    expect(told.equity.at(-1)).toBeCloseTo(79.207921 * 125, 4);
  });

  it('is rounded down to the lot when cut, and refused under the minimum', () => {
    const facts = { lot: '0.5', minNotional: '10000' };
    const told = spot(`${enter('100% of equity')} execution { fee: 1%  slippage: ignored }`, '100 !1\n125', {
      facts: { lot: '0.5' },
    });
    expect(told.fills[0]).toMatch(/^1 buy 79@125/);
    expect(
      spot(`${enter('100% of equity')} execution { fee: 1%  slippage: ignored }`, '100 !1\n125', {
        facts,
      }).journal.slice(1),
    ).toEqual(['1 refused not enough cash rule -1']);
  });

  it('is heard of at the close of the bar whose open could not fill it', () => {
    const rules = `${enter('100% of equity')} when refused enter long { size: 10% of equity }`;
    const told = spot(`${rules} execution { fee: 1%  slippage: ignored }`, '100 !1\n125\n125\n125', {
      facts: { lot: '0.5', minNotional: '10000' },
    });
    // 10 % of 10 000 is under the minimum, which is refused when it is decided, and so at each close from then on.
    expect(told.journal.slice(1)).toEqual([
      '1 refused not enough cash rule -1',
      '1 refused under the minimum notional rule 1',
      '2 refused under the minimum notional rule 1',
      '3 refused under the minimum notional rule 1',
    ]);
  });

  it('leaves spot cash at zero or more, through adds too', () => {
    const told = spot(
      `${enter('60% of equity')} when volume == 2 add { size: 60% of equity } execution { fee: 1%  slippage: 1% }`,
      '100 !1\n100 !2\n110\n110',
      { watch: ['cash'] },
    );
    expect(told.counts.cuts).toBe(1);
    for (const cash of told.seen.cash ?? []) expect(cash).toBeGreaterThanOrEqual(0);
    expect(told.seen.cash?.at(-1)).toBe(0);
  });

  it('a resting buy reserves its cash when it is placed', () => {
    const told = spot(
      `when volume == 1 enter long { size: 5000 quote  at: limit 50  expire: 2 bars } execution { fee: maker 1% taker 1%  slippage: ignored }`,
      '100 !1\n100\n100\n100',
      { watch: ['cash', 'pending', 'equity'] },
    );
    // 100 at 50 and the fee of 50. At the close of 2 the order has expired.
    expect(told.seen).toEqual({
      cash: [10000, 4950, 10000, 10000],
      pending: [0, 1, 0, 0],
      equity: [10000, 10000, 10000, 10000],
    });
  });

  it('and is cut then, to what there is cash for', () => {
    const told = spot(
      `${enter('15000 quote', 'at: limit 50')} execution { fee: 25%  slippage: ignored }`,
      '100 !1\n100 100 40 40',
    );
    // 10 000 / 62.5.
    expect(told.journal).toEqual([
      '0 cut #1 300 to 160',
      '0 intent #1 enter long limit 160@50 near 50 rule 0',
      '1 fill #1 buy 160@50 entry inside fee 2000 maker',
    ]);
    expect(told.counts.cuts).toBe(1);
  });

  it('a perpetual binds its margin', () => {
    const told = perp(
      `${enter('200% of equity')} execution { fee: 1%  slippage: ignored  leverage: 4 }`,
      '100 !1\n100\n100',
      {
        watch: ['cash', 'exposure', 'equity'],
      },
    );
    // 200 at 100: fee 200, margin 5 000; 20 000 over 9 800.
    expect(told.seen).toEqual({
      cash: [10000, 4800, 4800],
      exposure: [0, 2.040816, 2.040816],
      equity: [10000, 9800, 9800],
    });
  });

  it('margin that falls short cuts likewise', () => {
    // A unit takes 100 / 4 + 1: 10 000 / 26 = 384.615385.
    const told = perp(
      `${enter('400% of equity')} execution { fee: 1%  slippage: ignored  leverage: 4 }`,
      '100 !1\n100',
    );
    expect(told.fills).toEqual(['1 buy 384.615385@100 entry fee 384.615385']);
  });

  it('an account without equity enters nothing', () => {
    // 100× at 100, liquidated: all of the capital is gone.
    const told = perp(
      `when volume >= 1 enter long { size: 10000% of equity } ${lever(100)}`,
      '100 !1\n100\n100 100 90 90\n90 !1\n90',
    );
    expect(told.fills).toEqual(['1 buy 10000@100 entry', '2 sell 10000@99 liquidation']);
    expect(told.journal.at(-1)).toBe('3 refused no equity rule 0');
  });
});

describe('the capital', () => {
  it('is 10 000 unless stated, else the account’s, else the run’s', () => {
    const rule = `${enter('100% of equity')} ${FREE}`;
    expect(spot(rule, '100 !1\n100').result).toMatchObject({ capital: 10000, currency: 'USDT' });
    expect(spot(`account { capital: 500 } ${rule}`, '100 !1\n100').fills).toEqual(['1 buy 5@100 entry']);
    expect(spot(`account { capital: 500 } ${rule}`, '100 !1\n100', { capital: 200 }).fills).toEqual([
      '1 buy 2@100 entry',
    ]);
  });
});
