/** Limits of a portfolio and what they do when they are reached: cut, refuse, halt, flatten; never hold back a sale. */
import { describe, expect, test } from 'vitest';
import type { PlanCap } from '../../../compiler/plan.ts';
import { runPortfolio } from '../../../runtime/backtest.ts';
import { readJournal } from '../../../runtime/journal/reader.ts';
import { type PortfolioScript, scriptedPortfolio, steady } from '../../support/scripted-portfolio.ts';
import { fixed } from '../../support/scripted-run.ts';

const A = 'A/USDT';
const B = 'B/USDT';
const LIMIT = fixed(0);

function cap(name: PlanCap['name'], action: PlanCap['action'] = { kind: 'reduce' }): PlanCap {
  return { name, limit: LIMIT, action };
}

interface Case {
  readonly caps: readonly PlanCap[];
  readonly limit: number;
  readonly members: PortfolioScript['members'];
  readonly at: readonly number[];
  readonly more?: Partial<PortfolioScript>;
}

function play({ caps, limit, members, at, more }: Case) {
  const { run, set } = scriptedPortfolio({ members, at, caps, fixed: [limit], ...more });
  const result = runPortfolio(run, set, { capital: 1000 });
  const { records } = readJournal(result.journal);
  const positions = result.members.map(({ fills }) =>
    fills.reduce((sum, { side, quantity }) => sum + (side === 'buy' ? quantity : -quantity), 0),
  );
  return { result, records, positions };
}

const flat = (price: number, length: number) => steady(...Array.from({ length }, () => price));
const weights = (length: number, at: Readonly<Record<number, number>>) => Array.from({ length }, (_, tick) => at[tick]);
const two = (a: Readonly<Record<number, number>>, b: Readonly<Record<number, number>>) => [
  { symbol: A, bars: flat(10, 8), weights: weights(8, a) },
  { symbol: B, bars: flat(10, 8), weights: weights(8, b) },
];

describe('reduce', () => {
  test.each<[string, PlanCap['name'], number, number[]]>([
    ['the weight of one', 'position', 0.3, [30, 30]],
    ['all weights alike', 'gross', 0.5, [30, 20]],
    ['the same, by its older name', 'exposure', 0.5, [30, 20]],
    ['what is bought', 'turnover', 0.4, [24, 16]],
    ['how many are held, the heavier first', 'positions', 1, [60, 0]],
  ])('cuts %s', (_, name, limit, expected) => {
    const { positions, result } = play({ caps: [cap(name)], limit, members: two({ 0: 0.6 }, { 0: 0.4 }), at: [0] });
    positions.forEach((position, i) => {
      expect(position).toBeCloseTo(expected[i] ?? Number.NaN, 9);
    });
    expect(Object.values(result.limited)).toEqual([1]);
  });

  test('the heavier side, for the net of longs and shorts', () => {
    const members = two({ 0: 0.9 }, { 0: -0.3 }).map(member => ({ ...member, symbol: `${member.symbol}:USDT` }));
    const { positions } = play({ caps: [cap('net')], limit: 0.2, members, at: [0], more: { perpetual: true } });
    expect(positions[0]).toBeCloseTo(50, 9);
    expect(positions[1]).toBeCloseTo(-30, 9);
  });

  test('never what is sold: sales use the turnover up, purchases share the rest', () => {
    const { positions } = play({
      caps: [cap('turnover')],
      limit: 0.7,
      members: two({ 0: 0.5, 3: 0 }, { 3: 0.5 }),
      at: [0, 3],
    });
    expect(positions[0]).toBe(0);
    expect(positions[1]).toBeCloseTo(20, 9);
  });
});

describe('refuse', () => {
  test('lets nothing be bought by a rebalance beyond the limit, and all be sold', () => {
    const { positions, result } = play({
      caps: [cap('gross', { kind: 'refuse' })],
      limit: 0.8,
      members: two({ 0: 0.5, 3: 0.2 }, { 3: 0.7 }),
      at: [0, 3],
    });
    expect(positions).toEqual([20, 0]);
    expect(result.limited).toEqual({ gross: 1 });
  });
});

describe('halt', () => {
  test('nothing is bought any more, by name of the limit, until somebody resumes', () => {
    const { positions, records } = play({
      caps: [cap('position', { kind: 'halt' })],
      limit: 0.5,
      members: two({ 0: 0.3, 3: 0.6, 5: 0.1 }, { 3: 0.3, 5: 0.2 }),
      at: [0, 3, 5],
    });
    expect(positions[0]).toBeCloseTo(10, 9);
    expect(positions[1]).toBe(0);
    expect(records.filter(({ kind }) => kind === 'halt')).toEqual([
      { kind: 'halt', tick: 3, cause: 'cap position', flattens: false },
    ]);
  });

  test('`until` a clock it ends with the period', () => {
    const { result, records } = play({
      caps: [cap('turnover', { kind: 'halt', until: 1 })],
      limit: 0.55,
      members: [
        { symbol: A, bars: flat(10, 60), weights: weights(60, { 0: 0.6, 5: 0.1, 30: 0.2 }) },
        { symbol: B, bars: flat(10, 60), weights: weights(60, {}) },
      ],
      at: [0, 5, 30],
    });
    expect(result.fills.map(({ tick, side }) => [tick, side])).toEqual([[31, 'buy']]);
    expect(
      records.map(({ kind, tick }) => [kind, tick]).filter(([kind]) => kind === 'halt' || kind === 'resume'),
    ).toEqual([
      ['halt', 0],
      ['resume', 24],
    ]);
  });

  test('a loss that halts is seen of the account as a whole', () => {
    const { result } = play({
      caps: [cap('drawdown', { kind: 'halt' })],
      limit: 0.1,
      members: [
        { symbol: A, bars: steady(10, 10, 7, 7, 7, 7, 7, 7), weights: weights(8, { 0: 0.5, 4: 0.3 }) },
        { symbol: B, bars: flat(10, 8), weights: weights(8, { 0: 0.2, 4: 0.5 }) },
      ],
      at: [0, 4],
    });
    // 150 of 1000 are lost: A may still be sold, B may not be bought.
    expect(result.fills.map(({ tick, side }) => [tick, side])).toEqual([
      [1, 'buy'],
      [1, 'buy'],
      [5, 'sell'],
    ]);
    expect(result.counts.halts).toBe(1);
  });
});

describe('flatten', () => {
  test('sells all at the next open, and buys nothing while the loss stands', () => {
    const { result, positions, records } = play({
      caps: [cap('drawdown', { kind: 'flatten' })],
      limit: 0.1,
      members: [
        { symbol: A, bars: steady(10, 10, 7, 7, 7, 7, 7, 7), weights: weights(8, { 0: 0.5, 5: 0.5 }) },
        { symbol: B, bars: flat(10, 8), weights: weights(8, { 0: 0.3, 5: 0.3 }) },
      ],
      at: [0, 5],
    });
    expect(positions).toEqual([0, 0]);
    expect(result.trades.map(({ instrument, reason, exitTick }) => [instrument, reason, exitTick])).toEqual([
      [A, 'flatten', 3],
      [B, 'flatten', 3],
    ]);
    expect(records.filter(({ kind }) => kind === 'halt')).toEqual([
      { kind: 'halt', tick: 2, cause: 'cap drawdown', flattens: true },
    ]);
    expect(result.counts.refusals).toEqual({ 'cap drawdown': 2 });
  });

  test('waits for the next real bar of each', () => {
    const [bar] = steady(10);
    const { result } = play({
      caps: [cap('daily_loss', { kind: 'flatten' })],
      limit: 0.1,
      members: [
        { symbol: A, bars: steady(10, 10, 7, 7, 7, 7, 7, 7), weights: weights(8, { 0: 0.5 }) },
        {
          symbol: B,
          bars: [bar ?? null, bar ?? null, null, null, null, bar ?? null, bar ?? null, bar ?? null],
          weights: weights(8, { 0: 0.3 }),
        },
      ],
      at: [0],
    });
    expect(result.trades.map(({ instrument, exitTick }) => [instrument, exitTick])).toEqual([
      [A, 3],
      [B, 5],
    ]);
  });
});

test('a pause refuses what is bought', () => {
  const { result } = play({
    caps: [],
    limit: 3,
    members: two({ 0: 0.5, 3: 0.2 }, { 3: 0.5, 6: 0.5 }),
    at: [0, 3, 6],
    more: { pauses: [{ when: { from: 'flag', index: 0 }, length: LIMIT, text: 'scripted' }] },
  });
  // The pause is caused by the rebalance's own condition: it holds at every one of them.
  expect(result.fills).toEqual([]);
  expect(result.counts.pausesRefused).toBe(4);
});

test('the records of a journal name the member that they are about', () => {
  const { records } = play({ caps: [], limit: 0, members: two({ 0: 0.5 }, { 0: 0.4, 3: -0.1 }), at: [0, 3] });
  expect(records.map(({ kind, instrument }) => [kind, instrument])).toEqual([
    ['intent', 0],
    ['intent', 1],
    ['fill', 0],
    ['fill', 1],
    ['refusal', 1],
  ]);
});
