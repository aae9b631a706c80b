/** Caps and pauses (engine.md, Risk). */
import { describe, expect, it } from 'vitest';
import type { PlanCap, PlanRule } from '../../../compiler/plan.ts';
import { readJournal } from '../../../runtime/journal/reader.ts';
import { fillsOf, trade } from '../../support/account.ts';
import { type Bar, enter, exit, fixed, flag, flagsAt, ONE, type Script } from '../../support/scripted-run.ts';

const flat = (price: number): Bar => [price, price, price, price];
const HALF_OF_EQUITY = { size: { basis: 'equity', amount: fixed(0) } } as const;

/** Spot with capital 1000 unless said otherwise; `fixed(0)` is the size, `fixed(1)` the limit. */
function play(
  bars: readonly (Bar | null)[],
  caps: readonly PlanCap[],
  values: readonly number[],
  ticks: readonly (readonly number[])[],
  more: Partial<Script> = {},
) {
  const rules: PlanRule[] = [enter('long', flag(0), HALF_OF_EQUITY), exit(flag(1))];
  const flags = ticks.map(at => flagsAt(bars.length, ...at));
  return trade({ rules, flags, caps, fixed: values, capital: 1000, ...more }, { bars });
}
const cap = (name: PlanCap['name'], action: PlanCap['action']): PlanCap => ({ name, limit: fixed(1), action });

describe('order caps', () => {
  const bars = [flat(100), flat(100), flat(100)];
  it.each(['exposure', 'position', 'leverage'] as const)('%s cuts an order to what is left of the limit', name => {
    expect(fillsOf(play(bars, [cap(name, { kind: 'reduce' })], [0.9, 0.4], [[0], []]))).toEqual(['1 buy 4@100 entry']);
  });
  it('refuse it, when they say so', () => {
    const result = play(bars, [cap('exposure', { kind: 'refuse' })], [0.9, 0.4], [[0], []]);
    expect(fillsOf(result)).toEqual([]);
    expect(result.counts.refusals).toEqual({ 'cap exposure': 1 });
  });
  it('halt the run, when they say so', () => {
    const result = play(bars, [cap('exposure', { kind: 'halt' })], [0.9, 0.4], [[0, 1], []]);
    expect(result.counts).toMatchObject({ refusals: { 'cap exposure': 1, halted: 1 }, halts: 1 });
  });
  it('let an order at the limit pass', () => {
    const result = play([flat(99.7), flat(99.7)], [cap('exposure', { kind: 'refuse' })], [0.95, 0.95], [[0], []]);
    expect(result.fills).toHaveLength(1);
  });
  it('count what is held when something is added', () => {
    const add: PlanRule = {
      verb: 'add',
      when: flag(1),
      text: '',
      instrument: 0,
      ...HALF_OF_EQUITY,
      order: { type: 'market', expire: ONE },
      bracket: { targets: [] },
    };
    const rules = [enter('long', flag(0), HALF_OF_EQUITY), add];
    const more = [flat(100), flat(100), flat(100), flat(100)];
    expect(fillsOf(play(more, [cap('exposure', { kind: 'reduce' })], [0.5, 0.7], [[0], [1]], { rules }))).toEqual([
      '1 buy 5@100 entry',
      '2 buy 2@100 add',
    ]);
  });
});

describe('drawdown', () => {
  const fall = [flat(100), flat(100), flat(80), flat(80), flat(80), flat(80)];
  it('flattens, and then lets nothing in as long as it lasts', () => {
    const result = play(fall, [cap('drawdown', { kind: 'flatten' })], [0.9, 0.12], [[0, 3, 4], []]);
    expect(fillsOf(result)).toEqual(['1 buy 9@100 entry', '3 sell 9@80 flatten']);
    expect(result.counts.refusals).toEqual({ 'cap drawdown': 2 });
    expect(readJournal(result.journal).records).toContainEqual({
      kind: 'halt',
      tick: 2,
      cause: 'cap drawdown',
      flattens: true,
    });
  });
  it('counts open loss, and refuses entries but never an exit', () => {
    const result = play(fall, [cap('drawdown', { kind: 'refuse' })], [0.9, 0.12], [[0, 4], [3]]);
    expect(fillsOf(result)).toEqual(['1 buy 9@100 entry', '4 sell 9@80 signal']);
    expect(result.counts.refusals).toEqual({ 'cap drawdown': 1 });
  });
  it('is measured from the peak of equity', () => {
    const hill = [flat(100), flat(100), flat(200), flat(180), flat(170), flat(160), flat(150)];
    const result = play(hill, [cap('drawdown', { kind: 'flatten' })], [1, 0.2], [[0], []]);
    expect(fillsOf(result)[1]).toBe('6 sell 10@150 flatten');
  });
});

describe('daily loss', () => {
  /** Day one is hours 0 to 23. */
  const twoDays = (priceAt: (hour: number) => number) => Array.from({ length: 50 }, (_, hour) => flat(priceAt(hour)));
  const halt = cap('daily_loss', { kind: 'halt', until: 1 });

  it('halts until the next day begins, and journals both', () => {
    const bars = twoDays(hour => (hour < 3 ? 100 : 90));
    const result = play(bars, [halt], [0.5, 0.02], [[0, 6, 22, 23, 24], [4]]);
    expect(fillsOf(result).slice(0, 3)).toEqual([
      '1 buy 5@100 entry',
      '5 sell 5@90 signal',
      '25 buy 5.277778@90 entry',
    ]);
    expect(result.counts).toMatchObject({ halts: 1, refusals: { halted: 3 } });
    expect(readJournal(result.journal).records.filter(({ kind }) => kind === 'halt' || kind === 'resume')).toEqual([
      { kind: 'halt', tick: 3, cause: 'cap daily_loss', flattens: false },
      { kind: 'resume', tick: 24 },
    ]);
  });
  it('drops an entry that waits', () => {
    const waits = enter('long', flag(2), {
      ...HALF_OF_EQUITY,
      order: { type: 'limit', price: fixed(2), expire: fixed(3) },
    });
    const rules: PlanRule[] = [enter('long', flag(0), HALF_OF_EQUITY), exit(flag(1)), waits];
    const bars = twoDays(hour => (hour < 4 ? 100 : 90));
    const result = play(bars, [halt], [0.5, 0.02, 50, 40], [[0], [2], []], { rules });
    expect(result.counts.halts).toBe(0);
    const open = play(bars, [halt], [0.5, 0.02, 89, 40], [[0], [], [2]], { rules });
    expect(open.counts.halts).toBe(1);
  });
  it('starts anew from the equity at which the day began', () => {
    // 1.5 % in each of two days is under a limit of 2 % a day.
    const bars = twoDays(hour => (hour < 10 ? 100 : hour < 30 ? 97 : 94.2));
    expect(play(bars, [halt], [0.5, 0.02], [[0], []]).counts.halts).toBe(0);
    expect(play(bars, [cap('drawdown', { kind: 'halt' })], [0.5, 0.02], [[0], []]).counts.halts).toBe(1);
  });
});

describe('a halt until a clock', () => {
  it('lasts another period while its cause does', () => {
    const bars = Array.from({ length: 80 }, (_, hour) => flat(hour < 3 ? 100 : hour < 60 ? 70 : 95));
    const result = play(bars, [cap('drawdown', { kind: 'halt', until: 1 })], [0.9, 0.2], [[0], []]);
    expect(readJournal(result.journal).records.filter(({ kind }) => kind === 'halt' || kind === 'resume')).toEqual([
      { kind: 'halt', tick: 3, cause: 'cap drawdown', flattens: false },
      { kind: 'resume', tick: 72 },
    ]);
  });
});

describe('a pause', () => {
  const bars = Array.from({ length: 12 }, () => flat(100));
  const pauses = [{ length: fixed(1), when: flag(2), text: '' }];

  it('refuses entries at the tick that sees it and the n − 1 after', () => {
    const result = play(bars, [], [0.5, 3], [[2, 3, 4], [], [2]], { pauses });
    expect(fillsOf(result)).toEqual([]);
    expect(result.counts.pausesRefused).toBe(3);
    expect(fillsOf(play(bars, [], [0.5, 3], [[5], [], [2]], { pauses }))).toEqual(['6 buy 5@100 entry']);
  });
  it('never refuses an exit', () => {
    expect(fillsOf(play(bars, [], [0.5, 9], [[0], [3], [2]], { pauses }))).toContain('4 sell 5@100 signal');
  });
  it('seen before the traded span holds over into it', () => {
    const rules: PlanRule[] = [enter('long', flag(0), HALF_OF_EQUITY)];
    const flags = [flagsAt(12, 4, 6), flagsAt(12), flagsAt(12, 3)];
    const result = trade({ rules, flags, pauses, fixed: [0.5, 3] }, { bars }, { fromTick: 4 });
    expect(fillsOf(result)[0]).toMatch(/^7 buy/);
  });
  it('goes on over held bars', () => {
    const gap: (Bar | null)[] = bars.map((bar, tick) => (tick === 3 || tick === 4 ? null : bar));
    expect(fillsOf(play(gap, [], [0.5, 3], [[5], [], [2]], { pauses }))).toEqual(['6 buy 5@100 entry']);
  });
});
