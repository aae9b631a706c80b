/** What a strategy sees of its own account, tick by tick (language/operators/streams.ts). */
import { describe, expect, it } from 'vitest';
import { ENGINE_STREAMS } from '../../../language/operators/streams.ts';
import { runPlan } from '../../../runtime/backtest.ts';
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
  scriptedMarket,
  scriptedRun,
} from '../../support/scripted-run.ts';

const NONE = Number.NaN;

/** Values of some streams at each tick. */
function watch(fields: readonly string[], script: Omit<Script, 'length' | 'account'>, bars: readonly (Bar | null)[]) {
  const seen: Record<string, number[]> = Object.fromEntries(fields.map(field => [field, []]));
  const run = scriptedRun({
    ...script,
    length: bars.length,
    accountReads: fields,
    account: (_, streams) => {
      for (const field of fields) seen[field]?.push(streams(field));
      return [];
    },
  });
  runPlan(run, scriptedMarket({ bars }));
  return seen;
}
const UNIT = { size: { basis: 'quantity', amount: ONE } } as const;
const level = (index: number) => ({ frozen: [fixed(index)], everyTick: false, live: [] });

describe('the streams of a position', () => {
  const bars: Bar[] = [
    [100, 101, 99, 100],
    [100, 104, 98, 102],
    [102, 110, 101, 108],
    [108, 109, 103, 104],
    [104, 105, 103, 105],
    [105, 106, 104, 106],
  ];
  const script = { rules: [enter('long', flag(0), UNIT), exit(flag(1))], flags: [flagsAt(6, 0), flagsAt(6, 3)] };

  it('show it from the close of the fill bar to the close before the exit', () => {
    expect(watch(['position', 'side', 'entry', 'entries', 'bars_held', 'held', 'best', 'worst'], script, bars)).toEqual(
      {
        position: [0, 1, 1, 1, 0, 0],
        side: [0, 1, 1, 1, 0, 0],
        entry: [NONE, 100, 100, 100, NONE, NONE],
        entries: [0, 1, 1, 1, 0, 0],
        bars_held: [NONE, 1, 2, 3, NONE, NONE],
        held: [NONE, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS, NONE, NONE],
        best: [NONE, 104, 110, 110, NONE, NONE],
        worst: [NONE, 98, 98, 98, NONE, NONE],
      },
    );
  });

  it('are events at the one tick that closes the bar in which they happened', () => {
    expect(watch(['started', 'opened', 'filled', 'closed', 'closed.pnl', 'closed.bars', 'idle'], script, bars)).toEqual(
      {
        started: [1, 0, 0, 0, 0, 0],
        opened: [0, 1, 0, 0, 0, 0],
        filled: [0, 1, 0, 0, 1, 0],
        closed: [0, 0, 0, 0, 1, 0],
        'closed.pnl': [NONE, NONE, NONE, NONE, 4, NONE],
        'closed.bars': [NONE, NONE, NONE, NONE, 3, NONE],
        idle: [1, 0, 0, 0, 1, 1],
      },
    );
  });

  it('of the account move with the close', () => {
    const seen = watch(['equity', 'cash', 'exposure', 'drawdown'], script, bars);
    expect(seen.equity).toEqual([10_000, 10_002, 10_008, 10_004, 10_004, 10_004]);
    expect(seen.cash).toEqual([10_000, 9_900, 9_900, 9_900, 10_004, 10_004]);
    expect(seen.exposure?.[1]).toBe(102 / 10_002);
    expect(seen.drawdown?.[3]).toBe(4 / 10_008);
  });

  it('count fees in `profit`, over the entry notional', () => {
    const seen = watch(['profit'], { ...script, fixed: [0.01], execution: { taker: fixed(0) } }, bars);
    expect(seen.profit?.[1]).toBeCloseTo((2 - 1) / 100, 15);
    expect(seen.profit?.[4]).toBeNaN();
  });
});

describe('a position opened inside a bar', () => {
  it('counts only fill price and close of that bar for best and worst', () => {
    const bars: Bar[] = [
      [100, 100, 100, 100],
      [100, 105, 90, 97],
      [97, 98, 96, 97],
    ];
    const rule = enter('long', flag(0), { ...UNIT, order: { type: 'limit', price: fixed(0), expire: ONE } });
    const seen = watch(['best', 'worst', 'pending'], { rules: [rule], flags: [flagsAt(3, 0)], fixed: [95] }, bars);
    expect(seen).toEqual({ best: [NONE, 97, 98], worst: [NONE, 95, 95], pending: [0, 0, 0] });
  });
});

describe('exits tell why', () => {
  const bars: Bar[] = [
    [100, 100, 100, 100],
    [100, 101, 99, 100],
    [100, 106, 94, 100],
    [100, 100, 100, 100],
  ];
  const of = (bracket: Extract<Script['rules'][number], { verb: 'enter' }>['bracket']) =>
    watch(
      ['stopped_out', 'target_hit', 'timed_out'],
      { rules: [enter('long', flag(0), { ...UNIT, bracket })], flags: [flagsAt(4, 0)], fixed: [95, 105, 1] },
      bars,
    );
  it('by the stop, a target, or time', () => {
    expect(of({ targets: [], stop: level(0) })).toMatchObject({ stopped_out: [0, 0, 1, 0], target_hit: [0, 0, 0, 0] });
    expect(of({ targets: [{ share: 'rest', price: level(1) }] })).toMatchObject({ target_hit: [0, 0, 1, 0] });
    expect(of({ targets: [], hold: level(2) })).toMatchObject({ timed_out: [0, 0, 1, 0] });
  });
});

describe('a refusal', () => {
  it('is seen at the tick after the decision', () => {
    const bars: Bar[] = Array.from({ length: 4 }, () => [100, 100, 100, 100]);
    const rule = enter('long', flag(0), { size: { basis: 'quantity', amount: fixed(0) } });
    expect(watch(['refused', 'pending'], { rules: [rule], flags: [flagsAt(4, 1)], fixed: [-1] }, bars)).toEqual({
      refused: [0, 0, 1, 0],
      pending: [0, 0, 0, 0],
    });
  });
});

describe('before the traded span', () => {
  it('the account part sees a flat account and no event', () => {
    const seen: number[][] = [];
    const fields = ['position', 'idle', 'equity', 'started', 'bars_held'];
    const run = scriptedRun({
      length: 5,
      rules: [enter('long', flag(0), UNIT)],
      flags: [flagsAt(5, 0, 1, 2)],
      blockTicks: 2,
      accountReads: fields,
      account: (_, streams) => {
        seen.push(fields.map(streams));
        return [];
      },
    });
    const bars: Bar[] = Array.from({ length: 5 }, () => [100, 100, 100, 100]);
    runPlan(run, scriptedMarket({ bars }), { fromTick: 2 });
    expect(seen).toEqual([
      [0, 1, 10_000, 0, NONE],
      [0, 1, 10_000, 0, NONE],
      [0, 1, 10_000, 1, NONE],
      [1, 0, 10_000, 0, 1],
      [1, 0, 10_000, 0, 2],
    ]);
  });
});

it('knows every stream of the table', () => {
  const bars: Bar[] = [[1, 1, 1, 1]];
  const seen = watch(
    ENGINE_STREAMS.map(stream => stream.field),
    { rules: [] },
    bars,
  );
  const absent = ENGINE_STREAMS.filter(stream => stream.optional).map(stream => stream.field);
  expect(Object.keys(seen).filter(field => Number.isNaN(seen[field]?.[0]))).toEqual(absent);
});
