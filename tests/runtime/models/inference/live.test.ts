import { describe, expect, test } from 'vitest';
import {
  type Answer,
  afterFailure,
  failureText,
  type LiveTimes,
  predictWithin,
} from '../../../../runtime/models/inference/live.ts';
import type { Predictor } from '../../../../runtime/models/inference/predictor.ts';
import { matrixOf } from '../rows.ts';

const ROW = matrixOf(1, 2, () => 1);
const MARGINS = Float64Array.of(0.5);

function predictor(predict: Predictor['predict']): Predictor {
  return { promise: 'exact', name: 'test', features: 2, outputs: 1, predict, close: async () => {} };
}

/** A clock that the test turns. */
function turned(): LiveTimes & { readonly turn: (ms: number) => void } {
  let now = 0;
  const waiting = new Set<{ at: number; resolve: () => void }>();
  return {
    now: () => now,
    after: ms => {
      const entry = { at: now + ms, resolve: () => {} };
      const passed = new Promise<void>(resolve => {
        entry.resolve = resolve;
      });
      waiting.add(entry);
      return { passed, cancel: () => waiting.delete(entry) };
    },
    turn: ms => {
      now += ms;
      for (const entry of waiting) if (entry.at <= now) entry.resolve();
    },
  };
}

describe('one row within a budget', () => {
  test('an answer in time is the answer', async () => {
    const times = turned();
    const answer = predictWithin(
      predictor(async () => {
        times.turn(9);
        return MARGINS;
      }),
      ROW,
      10,
      times,
    );
    expect(await answer).toEqual({ kind: 'margins', margins: MARGINS });
  });

  test('one that never comes is late', async () => {
    const times = turned();
    const answer = predictWithin(
      predictor(() => new Promise(() => {})),
      ROW,
      10,
      times,
    );
    times.turn(10);
    expect(await answer).toEqual({ kind: 'late', budgetMs: 10 });
  });

  test('one that held this thread for longer is late too', async () => {
    const times = turned();
    const answer = predictWithin(
      predictor(async () => {
        times.turn(11);
        return MARGINS;
      }),
      ROW,
      10,
      times,
    );
    expect(await answer).toEqual({ kind: 'late', budgetMs: 10 });
  });

  test('a failure is told, never thrown, also when it comes at once', async () => {
    const failed: Answer = { kind: 'failed', reason: 'out of memory' };
    const throws = (): never => {
      throw new Error('out of memory');
    };
    expect(
      await predictWithin(
        predictor(async () => throws()),
        ROW,
        10,
        turned(),
      ),
    ).toEqual(failed);
    expect(await predictWithin(predictor(throws), ROW, 10, turned())).toEqual(failed);
  });

  test('a failure after the budget has passed disturbs nobody', async () => {
    const times = turned();
    let fail = (_: Error): void => {};
    const answer = predictWithin(
      predictor(
        () =>
          new Promise((_, reject) => {
            fail = reject;
          }),
      ),
      ROW,
      10,
      times,
    );
    times.turn(10);
    expect(await answer).toMatchObject({ kind: 'late' });
    fail(new Error('too late to matter'));
    await new Promise(setImmediate);
  });

  test('real time passes too', async () => {
    expect(
      await predictWithin(
        predictor(() => new Promise(() => {})),
        ROW,
        5,
      ),
    ).toEqual({ kind: 'late', budgetMs: 5 });
    expect(
      await predictWithin(
        predictor(async () => MARGINS),
        ROW,
        10_000,
      ),
    ).toMatchObject({ kind: 'margins' });
  });
});

describe('after a failure', () => {
  const last = Float64Array.of(0.7);
  test.each([
    { onFailure: 'hold', last, expected: { use: 'absent', flatten: false } },
    { onFailure: 'hold', last: undefined, expected: { use: 'absent', flatten: false } },
    { onFailure: 'flat', last, expected: { use: 'absent', flatten: true } },
    { onFailure: 'flat', last: undefined, expected: { use: 'absent', flatten: true } },
    { onFailure: 'last', last, expected: { use: 'last', outputs: last, flatten: false } },
    { onFailure: 'last', last: undefined, expected: { use: 'absent', flatten: false } },
  ] as const)('$onFailure, with $last before', ({ onFailure, last, expected }) => {
    expect(afterFailure(onFailure, last)).toEqual(expected);
  });

  test('it is told in words', () => {
    expect(failureText({ kind: 'late', budgetMs: 20 })).toBe('no prediction within 20 ms');
    expect(failureText({ kind: 'failed', reason: 'x' })).toBe('the prediction failed: x');
  });
});
