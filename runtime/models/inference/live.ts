/**
 * One row, live: the answer within a latency budget, or what the model's `on_failure` says. What happens after a failure is
 * decided here from facts alone, so that a journal that holds the facts can be replayed.
 */
import type { Model } from '../../../language/check/model.ts';
import type { Matrix } from '../matrix.ts';
import type { Predictor } from './predictor.ts';

export type Failure =
  | { readonly kind: 'late'; readonly budgetMs: number }
  | { readonly kind: 'failed'; readonly reason: string };

export type Answer = { readonly kind: 'margins'; readonly margins: Float64Array } | Failure;

/** What stands in for a prediction that did not come. */
export type Fallback<Outputs> =
  /** Absent: no rule that reads it fires, and what is held stays. */
  | { readonly use: 'absent'; readonly flatten: false }
  /** Absent, and what the model's strategy holds is closed at the market. */
  | { readonly use: 'absent'; readonly flatten: true }
  /** The one before, of the same instrument and version. */
  | { readonly use: 'last'; readonly outputs: Outputs; readonly flatten: false };

/** `last` is absent where there was none since the version became active: then `last` is as `hold`. */
export function afterFailure<Outputs>(onFailure: Model['onFailure'], last: Outputs | undefined): Fallback<Outputs> {
  switch (onFailure) {
    case 'hold':
      return { use: 'absent', flatten: false };
    case 'flat':
      return { use: 'absent', flatten: true };
    case 'last':
      return last === undefined ? { use: 'absent', flatten: false } : { use: 'last', outputs: last, flatten: false };
  }
}

/** For the journal and the log. */
export function failureText(failure: Failure): string {
  return failure.kind === 'late'
    ? `no prediction within ${failure.budgetMs} ms`
    : `the prediction failed: ${failure.reason}`;
}

export interface LiveTimes {
  /** Milliseconds, never backwards. */
  readonly now: () => number;
  /** Resolves after so many milliseconds, or never once it is cancelled. */
  readonly after: (ms: number) => { readonly passed: Promise<void>; readonly cancel: () => void };
}

export const REAL_TIMES: LiveTimes = {
  now: () => performance.now(),
  after: ms => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const passed = new Promise<void>(resolve => {
      timer = setTimeout(resolve, ms);
    });
    return { passed, cancel: () => clearTimeout(timer) };
  },
};

/**
 * Margins of one row, or why there are none. An answer that comes after the budget is late, also from a predictor of this
 * thread, which cannot be left waiting for. Never throws for what the predictor does.
 */
export async function predictWithin(
  predictor: Predictor,
  row: Matrix,
  budgetMs: number,
  times: LiveTimes = REAL_TIMES,
): Promise<Answer> {
  const start = times.now();
  const late: Failure = { kind: 'late', budgetMs };
  const limit = times.after(budgetMs);
  try {
    const margins = await Promise.race([predictor.predict(row), limit.passed]);
    if (!(margins instanceof Float64Array) || times.now() - start > budgetMs) return late;
    return { kind: 'margins', margins };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    limit.cancel();
  }
}
