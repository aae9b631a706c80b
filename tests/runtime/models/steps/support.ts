import type { FittedSteps } from '../../../../language/check/model.ts';

export const NO_STEPS: FittedSteps = { scale: 'none', impute: 'none', select: [], calibrate: 'none' };

export const recipe = (some: Partial<FittedSteps>): FittedSteps => ({ ...NO_STEPS, ...some });

/** JSON has no NaN. */
export const plain = (values: Iterable<number>): (number | null)[] =>
  Array.from(values, x => (Number.isNaN(x) ? null : x));
