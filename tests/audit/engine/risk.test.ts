/** Limits and halts (engine.md, Risk): they shrink, refuse, halt or flatten, never enlarge, and never touch an exit. */
import { describe, expect, it } from 'vitest';
import { type Story, tell } from '../../support/story.ts';

const FREE = 'execution { fee: ignored  slippage: ignored }';
const perp = (strategy: string, bars: string, more: Partial<Story> = {}) =>
  tell({
    strategy: `${strategy} execution { fee: ignored  slippage: ignored  leverage: 10 }`,
    bars,
    perpetual: true,
    ...more,
  });
/** Six bars a day. */
const daily = (strategy: string, bars: string, more: Partial<Story> = {}) =>
  tell({ strategy: `clock day = 1d ${strategy} ${FREE}`, bars, hours: 4, ...more });
const enter = (size: string, more = '') => `when volume == 1 enter long { size: ${size}  ${more} }`;

describe('limits of orders', () => {
  it('`exposure` cuts an order to what it leaves', () => {
    const strategy = `param s = 40% in 10%..300% ${enter('s of equity')} risk { cap exposure at 50% of equity }`;
    expect(perp(strategy, '100 !1\n100').fills).toEqual(['1 buy 40@100 entry']);
    expect(perp(strategy, '100 !1\n100', { params: { s: 2 } }).fills).toEqual(['1 buy 50@100 entry']);
  });

  it('`exposure` counts what is held', () => {
    // 40 held at 100; at the close of 120 equity is 10 800, half of it 5 400 = 45 at 120: 5 are left.
    const told = perp(
      `${enter('40 base')} when volume == 2 add { size: 40 base } risk { cap exposure at 50% of equity }`,
      '100 !1\n100 120 100 120 !2\n120',
    );
    expect(told.fills[1]).toBe('2 buy 5@120 add');
  });

  it('`exposure` of a reversal counts the new side only', () => {
    const told = perp(
      `${enter('40 base')} when volume == 2 enter short { size: 60 base } risk { cap exposure at 50% of equity }`,
      '100 !1\n100 !2\n100',
    );
    expect(told.fills).toEqual(['1 buy 40@100 entry', '2 sell 40@100 reverse', '2 sell 50@100 entry']);
  });

  it('`refuse` refuses what would go beyond, and lets pass what would not', () => {
    const told = perp(
      `when volume == 1 enter long { size: 60 base } when volume == 2 enter long { size: 50 base }
       risk { cap exposure at 50% of equity else refuse }`,
      '100 !1\n100 !2\n100',
    );
    expect(told.journal[0]).toBe('0 refused cap exposure rule 0');
    expect(told.fills).toEqual(['2 buy 50@100 entry']);
  });

  it('`leverage` and `position` alike', () => {
    expect(perp(`${enter('500 base')} risk { cap leverage at 3 }`, '100 !1\n100').fills).toEqual([
      '1 buy 300@100 entry',
    ]);
    expect(perp(`${enter('500 base')} risk { cap position at 25% of equity }`, '100 !1\n100').fills).toEqual([
      '1 buy 25@100 entry',
    ]);
  });

  it('of several the tightest holds', () => {
    const told = perp(
      `${enter('500 base')} risk { cap leverage at 3 cap exposure at 200% cap position at 100% }`,
      '100 !1\n100',
    );
    expect(told.fills).toEqual(['1 buy 100@100 entry']);
  });

  it('`halt` stops all entries, `flatten` closes the position', () => {
    const halted = perp(
      `${enter('10 base')} when volume == 2 add { size: 100 base } when volume == 3 add { size: 1 base }
       risk { cap exposure at 50% of equity else halt }`,
      '100 !1\n100 !2\n100 !3\n100',
    );
    expect(halted.fills).toEqual(['1 buy 10@100 entry']);
    expect(halted.counts).toMatchObject({ halts: 1, refusals: { 'cap exposure': 1, halted: 1 } });
    const flat = perp(
      `${enter('10 base')} when volume == 2 add { size: 100 base } risk { cap exposure at 50% of equity else flatten }`,
      '100 !1\n100 !2\n100\n100',
    );
    expect(flat.fills).toEqual(['1 buy 10@100 entry', '2 sell 10@100 flatten']);
  });

  it('a limit that price alone goes beyond orders nothing', () => {
    const told = perp(
      `${enter('50 base')} risk { cap exposure at 50% of equity else flatten }`,
      '100 !1\n100\n150\n200',
    );
    expect(told.fills).toHaveLength(1);
  });
});

describe('`daily_loss`', () => {
  it('refuses by default while the loss of the day is beyond it; open loss counts', () => {
    // 10 at 100; at 79 the open loss is 210 of 10 000: beyond 2 %. At 81 it is 190.
    const told = daily(
      `${enter('10 base')} when volume == 2 add { size: 1 base } when volume == 3 add { size: 1 base } risk { cap daily_loss at 2% of equity }`,
      '100 !1\n100 100 79 79 !2\n79 81 79 81 !3\n81',
      { watch: ['refused'] },
    );
    expect(told.fills).toEqual(['1 buy 10@100 entry', '3 buy 1@81 add']);
    expect(told.counts.refusals).toEqual({ 'cap daily_loss': 1 });
    expect(told.journal).toContain('1 refused cap daily_loss rule 1');
    expect(told.seen.refused).toEqual([0, 0, 1, 0]);
  });

  it('counts from the equity at the start of the day, UTC', () => {
    // Day 0 loses 150, day 1 another 150: never 200 in a day.
    const told = daily(
      `${enter('10 base')} when volume == 2 add { size: 1 base } risk { cap daily_loss at 2% of equity }`,
      '100 !1\n100\n100\n100\n100\n85\n70 !2\n70',
    );
    expect(told.fills).toEqual(['1 buy 10@100 entry', '7 buy 1@70 add']);
  });

  it('`halt until day` cancels entries, refuses them to the end of the day, and resumes with the next', () => {
    const told = daily(
      `${enter('10 base', 'stop: 78')} when volume == 2 enter long { size: 1 base }
       risk { cap daily_loss at 2% of equity else halt until day }`,
      // Stopped in bar 1 at 78: 220 lost. Signals at 1 and 5 are refused; at 6, the first bar of the next day, not.
      '100 !1\n100 100 78 80 !2\n80\n80\n80\n80 !2\n80 !2\n80',
    );
    expect(told.fills).toEqual(['1 buy 10@100 entry', '1 sell 10@78 stop', '7 buy 1@80 entry']);
    expect(told.journal.filter(line => /halt|resume/.test(line))).toEqual(['1 halt cap daily_loss', '6 resume']);
    expect(told.counts).toMatchObject({ halts: 1, refusals: { halted: 2 } });
  });

  it('a halt refuses no exit and takes no protection away', () => {
    const told = daily(
      `${enter('10 base', 'stop: 70')} when volume == 2 reduce 50% when volume == 3 exit
       risk { cap daily_loss at 1% of equity else halt }`,
      '100 !1\n100 100 80 80\n80 !2\n80 80 65 66\n66',
    );
    expect(told.fills).toEqual(['1 buy 10@100 entry', '3 sell 5@80 reduce', '3 sell 5@70 stop']);
  });

  it('an open loss of yesterday is no loss of today', () => {
    // Day 0 loses 300 of 10 000, all open; day 1 starts at 9 700 and loses nothing: entries are free again.
    const told = daily(
      `${enter('10 base')} when volume == 2 add { size: 1 base } risk { cap daily_loss at 2% of equity else halt until day }`,
      '100 !1\n100\n70\n70\n70 !2\n70\n70 !2\n70',
    );
    expect(told.fills).toEqual(['1 buy 10@100 entry', '7 buy 1@70 add']);
  });
});

describe('`drawdown`', () => {
  it('is measured from the highest equity, open profit included', () => {
    // 10 at 100, at 200 equity is 11 000; at 145 it is 10 450: 5 % below.
    const told = perp(
      `${enter('10 base')} risk { cap drawdown at 5% else flatten }`,
      '100 !1\n100 200 100 200\n145.1\n145\n144\n144',
    );
    expect(told.fills).toEqual(['1 buy 10@100 entry', '4 sell 10@144 flatten']);
    expect(told.journal).toContain('3 halt cap drawdown flatten');
  });

  it('`flatten` cancels waiting entries, and none is made while the loss lasts', () => {
    const told = daily(
      `${enter('10 base')} when volume == 2 enter long { size: 1 base } risk { cap drawdown at 5% else flatten }`,
      '100 !1\n100\n40\n40 !2\n40 !2\n40',
    );
    expect(told.fills).toEqual(['1 buy 10@100 entry', '3 sell 10@40 flatten']);
    expect(told.counts.refusals).toEqual({ 'cap drawdown': 2 });
  });

  it('`halt` lasts, even when the loss has been made good', () => {
    const told = daily(
      `${enter('10 base')} when volume == 2 add { size: 1 base } risk { cap drawdown at 5% else halt }`,
      '100 !1\n100\n40\n100 !2\n110\n110 !2\n110',
    );
    expect(told.fills).toEqual(['1 buy 10@100 entry']);
    expect(told.counts.refusals).toEqual({ halted: 2 });
  });

  it('`halt` for good is not forgotten behind a halt for the day', () => {
    // At the close of 1 the day's limit halts, at the close of 2 the drawdown halts for good. All is well again from 3 on.
    const rules = (limits: string) => `${enter('10 base')} when volume == 2 add { size: 1 base } risk { ${limits} }`;
    const bars = '100 !1\n100 100 60 60\n60 60 40 40\n100\n100\n100\n100 !2\n100';
    const one = daily(rules('cap daily_loss at 2% else halt until day  cap drawdown at 5% else halt'), bars);
    expect(one.fills).toEqual(['1 buy 10@100 entry']);
    // Both at one close, in either order of the file.
    const both = '100 !1\n100 100 40 40\n100\n100\n100\n100\n100 !2\n100';
    expect(
      daily(rules('cap daily_loss at 2% else halt until day  cap drawdown at 5% else halt'), both).fills,
    ).toHaveLength(1);
    expect(
      daily(rules('cap drawdown at 5% else halt  cap daily_loss at 2% else halt until day'), both).fills,
    ).toHaveLength(1);
  });

  it('two halts that end end with the later', () => {
    const told = daily(
      `clock week = 1w ${enter('10 base')} when volume == 2 add { size: 1 base }
       risk { cap daily_loss at 2% else halt until day  cap drawdown at 5% else halt until week }`,
      `100 !1\n100 100 40 40\n${'100\n'.repeat(10)}100 !2\n${'100\n'.repeat(30)}100 !2\n100`,
    );
    // Bar 12 is Wednesday; bar 43 is the Monday after.
    expect(told.fills).toEqual(['1 buy 10@100 entry', '44 buy 1@100 add']);
  });
});
