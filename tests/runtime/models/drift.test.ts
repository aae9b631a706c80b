/** `drift(m, window)` is one stream: a backtest over the whole span and a run that sees tick after tick show the same. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FeatureTable } from '../../../runtime/models/pipeline/data.ts';
import { driftOf, type Outputs, type Serving } from '../../../runtime/models/pipeline/predict.ts';
import { baselineOf } from '../../../runtime/models/statistics/stability.ts';
import { plainSteps } from '../../../runtime/models/steps/apply.ts';
import { randomMatrix } from './rows.ts';

const COLUMNS = 2;
const LANES = 3;

function serving(seed: number): Serving {
  const column = (c: number) => baselineOf(randomMatrix(seed + c, 200, 1).values);
  const baselines = { features: [column(0), column(1)], outputs: [column(2)] };
  const predictor = { promise: 'exact', name: 'none', features: COLUMNS, outputs: 1 } as const;
  const unasked = async (): Promise<never> => {
    throw new Error('drift asks no predictor');
  };
  return {
    version: { id: `${seed}`, steps: plainSteps(COLUMNS), baselines },
    predictor: { ...predictor, predict: unasked, close: unasked },
  };
}
const VERSIONS = [serving(1), serving(11)];

/** `values[tick][lane][column]`; the last column is the output. */
const span = fc.array(
  fc.tuple(
    fc.array(
      fc.array(fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constant(Number.NaN)), {
        minLength: 3,
        maxLength: 3,
      }),
      {
        minLength: LANES,
        maxLength: LANES,
      },
    ),
    fc.constantFrom(-1, 0, 1),
  ),
  { minLength: 1, maxLength: 30 },
);

function tableOf(ticks: readonly (readonly [number[][], number])[]): {
  table: FeatureTable;
  outputs: Outputs;
  servedBy: Int32Array;
} {
  const column = (c: number): Float64Array[] =>
    Array.from({ length: LANES }, (_, lane) => Float64Array.from(ticks, ([values]) => values[lane][c]));
  // The second member starts at tick 3, the third is ready at tick 5 only.
  const table = {
    columns: [column(0), column(1)],
    readyFrom: [0, 0, 5],
    from: [0, 3, 0],
    to: Array(LANES).fill(ticks.length),
  };
  return { table, outputs: [column(2)], servedBy: Int32Array.from(ticks, ([, version]) => version) };
}

test('a tick shows in a batch what it shows when it is the last one there is', () => {
  fc.assert(
    fc.property(span, fc.integer({ min: 1, max: 8 }), fc.boolean(), (ticks, window, ofOutputs) => {
      const of = (some: typeof ticks): Float64Array => {
        const { table, outputs, servedBy } = tableOf(some);
        return driftOf(table, ofOutputs ? outputs : undefined, servedBy, VERSIONS, window);
      };
      const batch = of(ticks);
      const live = ticks.map((_, t) => of(ticks.slice(0, t + 1))[t]);
      expect(live).toEqual([...batch]);
      for (const [t, [, version]] of ticks.entries()) {
        if (version < 0 || t < window - 1) expect(batch[t]).toBeNaN();
      }
    }),
    { numRuns: process.env.VELA_DEEP === '1' ? 2000 : 100, seed: 7 },
  );
});
