/** Operators that carry the whole past in a few numbers, fading. */
import type { OpSpec } from './operator.ts';
import { argument, unitOf } from './spec.ts';

const smooth: OpSpec = {
  name: 'smooth',
  callable: true,
  doc: 'Exponential smoothing as TA-Lib does it: the mean of the first n values, then a step of `alpha` towards each new one. An absent or infinite value takes no step.',
  formula: 'y₀ = mean of the first n; y += alpha (x - y)',
  arguments: [
    argument('x', 'num', 'The stream.'),
    argument('n', 'length', 'How many values the start is the mean of.'),
    argument('alpha', 'fixed', 'Share of the distance to the new value that a tick moves.'),
  ],
  result: 'num',
  unit: unitOf(0),
  unify: [],
  time: { kind: 'recurrence', length: 1, decay: args => 1 - (args[2] as number) },
  missing: 'hold',
  partial: false,
  reference: {
    kind: 'recurrence',
    // Slot 0: values taken into the start so far. Slot 1: their sum, and from the n-th on the smoothed value.
    slots: 2,
    step: (slots, args) => {
      const [x, n, alpha] = args as readonly [number, number, number];
      const seen = slots[0] as number;
      const present = Math.abs(x) < Number.POSITIVE_INFINITY;
      if (seen >= n) {
        if (present) slots[1] = (slots[1] as number) + alpha * (x - (slots[1] as number));
        return slots[1] as number;
      }
      if (!present) return Number.NaN;
      slots[0] = seen + 1;
      slots[1] = (slots[1] as number) + x;
      if (seen + 1 < n) return Number.NaN;
      slots[1] = (slots[1] as number) / n;
      return slots[1] as number;
    },
  },
};

export const RECURRENCES: readonly OpSpec[] = [smooth];
