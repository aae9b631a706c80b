import { describe, expect, it } from 'vitest';
import { openTimeOf, ordinalAt } from '../../../language/check/calendar.ts';
import { fixedValues } from '../../../language/check/fixed.ts';
import type { NodeId } from '../../../language/check/node.ts';
import { exactTiming, worstTiming } from '../../../language/check/timing.ts';
import { ticksToForget, unsettledStates, warmup } from '../../../language/check/warmup.ts';
import { DAY, HOUR, ProgramBuilder } from '../../support/program-builder.ts';

/** Warm-up of one node of a program of hours (clock 0) and days (clock 1). */
function warmupOf(build: (b: ProgramBuilder) => NodeId) {
  const b = new ProgramBuilder(HOUR, DAY);
  const node = build(b);
  const clocks = [{ period: HOUR }, { period: DAY }];
  return warmup(b.nodes, fixedValues(b.nodes, new Map()), worstTiming(clocks))[node];
}

const close = (b: ProgramBuilder, clock = 0) =>
  b.add('input', [], { field: 'close', instrument: 0 }, { stage: 'series', clock });
const smooth = (b: ProgramBuilder, x: NodeId, n: number, alpha: number) =>
  b.add('smooth', [x, b.const(n), b.const(alpha)]);

describe('ready and settled', () => {
  it('an input is there at once', () => {
    expect(warmupOf(b => close(b))).toEqual({ ready: 0, settled: 0 });
  });

  it('a delay waits for its ticks, a window for one less than its length', () => {
    expect(warmupOf(b => b.add('delay', [close(b), b.const(3)]))).toEqual({ ready: 3, settled: 3 });
    expect(warmupOf(b => b.add('mean', [close(b), b.const(100)]))).toEqual({ ready: 99, settled: 99 });
    expect(warmupOf(b => b.add('mean', [b.add('delay', [close(b), b.const(3)]), b.const(100)]))).toEqual({
      ready: 102,
      settled: 102,
    });
  });

  it('a pointwise operator waits for the slowest of its inputs', () => {
    const result = warmupOf(b =>
      b.add('add', [b.add('mean', [close(b), b.const(5)]), b.add('delay', [close(b), b.const(9)])]),
    );
    expect(result).toEqual({ ready: 9, settled: 9 });
  });

  it('an EMA of 200 settles at 1 581', () => {
    expect(warmupOf(b => smooth(b, close(b), 200, 2 / 201))).toEqual({ ready: 199, settled: 1581 });
  });

  it('an RSI of 14 settles at 201', () => {
    const result = warmupOf(b => {
      const change = b.add('sub', [close(b), b.add('delay', [close(b), b.const(1)])]);
      const gain = smooth(b, b.add('max', [change, b.const(0)]), 14, 1 / 14);
      const loss = smooth(b, b.add('max', [b.add('neg', [change]), b.const(0)]), 14, 1 / 14);
      return b.add('div', [gain, b.add('add', [gain, loss])]);
    });
    expect(result).toEqual({ ready: 14, settled: 201 });
  });

  it('forgets at once with no weight on the past, and never with all of it', () => {
    expect(ticksToForget(0)).toBe(0);
    expect(ticksToForget(1)).toBe(Number.POSITIVE_INFINITY);
    expect(ticksToForget(-0.5)).toBe(20);
  });
});

describe('slower clocks', () => {
  it('waits for the first whole slow bar and one more for those that the start cut off', () => {
    const result = warmupOf(b => b.add('latest', [b.add('mean', [close(b, 1), b.const(50)])], {}, { clock: 0 }));
    expect(result?.ready).toBe(23 + 50 * 24 - 1);
  });

  it('is exact where the start is known', () => {
    const b = new ProgramBuilder(HOUR, DAY);
    const node = b.add('latest', [b.add('mean', [close(b, 1), b.const(2)])], {}, { clock: 0 });
    const clocks = [{ period: HOUR }, { period: DAY }];
    const fixed = fixedValues(b.nodes, new Map());
    const at = (hour: number) =>
      warmup(b.nodes, fixed, exactTiming(clocks, ordinalAt(HOUR, Date.UTC(2024, 0, 1, hour))))[node]?.ready;
    expect(at(0)).toBe(47);
    expect(at(1)).toBe(23 + 47);
    expect(at(23)).toBe(1 + 47);
  });

  it('exact timing never goes beyond the worst case, whatever the start', () => {
    const clocks = [{ period: HOUR }, { period: DAY }, { period: { kind: 'months', months: 1 } as const }];
    const worst = worstTiming(clocks);
    for (let start = 0; start < 24 * 70; start += 13) {
      const exact = exactTiming(clocks, ordinalAt(HOUR, Date.UTC(2023, 11, 20)) + start);
      for (const slow of [1, 2])
        for (const tick of [0, 1, 5]) {
          expect(exact(slow, 0).completes(tick)).toBeLessThanOrEqual(worst(slow, 0).completes(tick));
          expect(exact(slow, 0).firstFrom(40 * tick)).toBeLessThanOrEqual(worst(slow, 0).firstFrom(40 * tick));
        }
    }
  });

  it('a month completes at its calendar end', () => {
    const month = { kind: 'months', months: 1 } as const;
    const start = ordinalAt(DAY, Date.UTC(2024, 0, 31));
    const timing = exactTiming([{ period: DAY }, { period: month }], start)(1, 0);
    const closes = openTimeOf(DAY, start + timing.completes(0) + 1);
    expect(new Date(closes).toISOString()).toBe('2024-03-01T00:00:00.000Z');
  });
});

describe('states', () => {
  const state = (b: ProgramBuilder, update: (previous: NodeId) => NodeId, reset?: NodeId) => {
    const slot = b.states.length;
    b.states.push({ name: `s${slot}`, clock: 0, optional: false });
    const previous = b.add(
      'state_prev',
      reset === undefined ? [b.const(0)] : [b.const(0), reset],
      { state: slot },
      { stage: 'series', clock: 0 },
    );
    return b.add('state', [previous, update(previous)], { state: slot }, { stage: 'series', clock: 0 });
  };

  it('settles where its update fades by a constant', () => {
    const fading = warmupOf(b => {
      const x = close(b);
      return state(b, previous =>
        b.add('add', [b.add('mul', [b.const(0.9), previous]), b.add('mul', [b.const(0.1), x])]),
      );
    });
    expect(fading).toEqual({ ready: 0, settled: 132 });
  });

  it('sees the fading also in `prev s + a * (x - prev s)`', () => {
    const fading = warmupOf(b => {
      const x = close(b);
      return state(b, previous => b.add('add', [previous, b.add('mul', [b.const(0.1), b.add('sub', [x, previous])])]));
    });
    expect(fading?.settled).toBe(132);
  });

  it('never settles as a running sum, but does when a clock resets it', () => {
    const sum = (reset?: 'new') =>
      warmupOf(b => {
        const x = close(b);
        const when =
          reset && b.add('calendar', [], { field: reset, clock: 1 }, { stage: 'series', clock: 0, base: 'bool' });
        return state(b, previous => b.add('add', [previous, x]), when);
      });
    expect(sum()?.settled).toBe(Number.POSITIVE_INFINITY);
    expect(sum('new')?.settled).toBe(24);
  });

  it('waits for what its update, start and reset wait for', () => {
    const result = warmupOf(b => {
      const x = b.add('mean', [close(b), b.const(30)]);
      return state(b, previous => b.add('add', [previous, x]));
    });
    expect(result?.ready).toBe(29);
  });

  it('is unbounded when two states feed one another', () => {
    const b = new ProgramBuilder(HOUR);
    b.states.push({ name: 'a', clock: 0, optional: false }, { name: 'b', clock: 0, optional: false });
    const series = { stage: 'series', clock: 0 } as const;
    const [zero, half] = [b.const(0), b.const(0.5)];
    const a0 = b.add('state_prev', [zero], { state: 0 }, series);
    const b0 = b.add('state_prev', [zero], { state: 1 }, series);
    const a = b.add('state', [a0, b.add('mul', [half, b0])], { state: 0 }, series);
    b.add('state', [b0, b.add('mul', [half, a0])], { state: 1 }, series);
    const result = warmup(b.nodes, fixedValues(b.nodes, new Map()), worstTiming([{ period: HOUR }]));
    expect(result[a]?.settled).toBe(Number.POSITIVE_INFINITY);
  });

  it('a state that reads another one settles with it', () => {
    const b = new ProgramBuilder(HOUR);
    b.states.push({ name: 'a', clock: 0, optional: false }, { name: 'b', clock: 0, optional: false });
    const series = { stage: 'series', clock: 0 } as const;
    const [zero, half] = [b.const(0), b.const(0.5)];
    const x = close(b);
    const a0 = b.add('state_prev', [zero], { state: 0 }, series);
    const b0 = b.add('state_prev', [zero], { state: 1 }, series);
    const second = b.add('state', [b0, b.add('add', [b.add('mul', [half, b0]), a0])], { state: 1 }, series);
    b.add('state', [a0, b.add('add', [b.add('mul', [half, a0]), x])], { state: 0 }, series);
    const result = warmup(b.nodes, fixedValues(b.nodes, new Map()), worstTiming([{ period: HOUR }]));
    expect(result[second]?.settled).toBe(41);
  });

  it('names the state that never settles, not those built on it', () => {
    const b = new ProgramBuilder(HOUR);
    const x = close(b);
    const sum = state(b, previous => b.add('add', [previous, x]));
    state(b, previous => b.add('mul', [b.add('mul', [b.const(0.5), previous]), sum]));
    const result = warmup(b.nodes, fixedValues(b.nodes, new Map()), worstTiming([{ period: HOUR }]));
    expect(unsettledStates(b.nodes, result)).toEqual([sum]);
  });
});
