/** Fitted steps against scikit-learn, scipy and numpy. */
import { expect, test } from 'vitest';
import { outputsOf } from '../../../../runtime/models/output.ts';
import { applySteps } from '../../../../runtime/models/steps/apply.ts';
import { fitCalibration } from '../../../../runtime/models/steps/calibrate.ts';
import { correlationClusters } from '../../../../runtime/models/steps/correlation.ts';
import { fitSteps } from '../../../../runtime/models/steps/fit.ts';
import { classCuts } from '../../../../runtime/models/steps/labels.ts';
import { chance } from '../../../support/chance.ts';
import { askOracle, describeWithOracle } from '../../../support/oracle.ts';
import { plain, recipe } from './support.ts';

interface Answers {
  readonly columns: readonly {
    readonly scaled: readonly (readonly (number | null)[])[];
    readonly median: readonly number[];
    readonly varied: readonly boolean[];
    readonly clusters: readonly number[] | null;
  }[];
  readonly calibration: readonly { readonly isotonic: readonly number[]; readonly platt: readonly number[] }[];
  readonly cuts: readonly (readonly number[])[];
}

/** Seven columns of different size, some of which say the same; the even cases have no absent values. */
function columnCase(seed: number) {
  const { normal, uniform, whole } = chance(seed);
  const rows = 200;
  const common = Array.from({ length: rows }, normal);
  const columns = Array.from({ length: 7 }, (_, c) =>
    Float64Array.from(common, x => {
      const value = 10 ** (c - 3) * ((c % 3) * x + normal() + c);
      return seed % 2 === 1 && uniform() < 0.15 ? Number.NaN : c === 4 ? Math.round(value) : value;
    }),
  );
  const learned = Int32Array.from({ length: 60 + whole(80) }, (_, i) => i);
  return {
    columns,
    rows: learned,
    scale: seed % 3 === 0 ? ('robust' as const) : ('standard' as const),
    clip: seed % 4 === 0 ? 1.5 : undefined,
    above: 0.5,
    below: 0.4 + 0.5 * uniform(),
  };
}

function calibrationCase(seed: number) {
  const { normal, uniform } = chance(seed);
  const scores = Float64Array.from({ length: 120 }, () =>
    seed % 2 === 0 ? Math.round(2 * normal()) / 2 : 3 * normal(),
  );
  const truths = scores.map(score => Number(uniform() < 1 / (1 + Math.exp(-0.7 * score + 0.5))));
  const weights = scores.map(() => (seed % 3 === 0 ? 1 : 0.2 + uniform()));
  const at = Float64Array.from({ length: 50 }, (_, i) => (i - 25) / 3);
  return { scores, truths, weights, at };
}

function cutCase(seed: number) {
  const { normal, whole } = chance(seed);
  return { labels: Float64Array.from({ length: 50 + whole(100) }, normal), classes: 2 + whole(5) };
}

const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
const cases = { columns: seeds.map(columnCase), calibration: seeds.map(calibrationCase), cuts: seeds.map(cutCase) };

describeWithOracle('fitted steps', () => {
  const ask = () =>
    askOracle('steps', {
      columns: cases.columns.map(({ columns, rows, clip, ...rest }) => ({
        ...rest,
        clip: clip ?? null,
        columns: columns.map(plain),
        rows: [...rows],
      })),
      calibration: cases.calibration.map(({ scores, truths, weights, at }) => ({
        scores: [...scores],
        truths: [...truths],
        weights: [...weights],
        at: [...at],
      })),
      cuts: cases.cuts.map(({ labels, classes }) => ({ labels: [...labels], classes })),
    }) as Answers;
  let answers: Answers | undefined;
  const answer = () => {
    answers ??= ask();
    return answers;
  };
  const near = (ours: number, theirs: number | null | undefined, relative: number) => {
    const size = Math.max(1, Math.abs(theirs ?? 1));
    expect(Math.abs(ours - (theirs ?? Number.NaN)) / size).toBeLessThan(relative);
  };

  test('scaled and cut columns, fitted on some rows and applied to all', async () => {
    for (const [i, { columns, rows, scale, clip }] of cases.columns.entries()) {
      const steps = await fitSteps(columns, rows, recipe({ scale, ...(clip !== undefined && { clip }) }));
      const every = Int32Array.from(columns[0] ?? [], (_, row) => row);
      const { matrix } = applySteps(steps, columns, every);
      answer().columns[i]?.scaled.forEach((theirs, c) => {
        theirs.forEach((value, row) => {
          const own = matrix.values[c * matrix.rows + row] ?? 0;
          if (value === null) expect(own).toBeNaN();
          else near(own, value, 2e-7);
        });
      });
    }
  });
  test('medians', async () => {
    for (const [i, { columns, rows }] of cases.columns.entries()) {
      const { kept } = await fitSteps(columns, rows, recipe({ impute: 'median' }));
      expect(kept.map(({ fill }) => fill)).toEqual(answer().columns[i]?.median);
    }
  });
  test('columns that vary enough', async () => {
    for (const [i, { columns, rows, above }] of cases.columns.entries()) {
      const { kept } = await fitSteps(columns, rows, recipe({ select: [{ by: 'variance', above }] }));
      const varied = answer().columns[i]?.varied ?? [];
      expect(kept.map(({ column }) => column)).toEqual([...varied.keys()].filter(c => varied[c]));
    }
  });
  test('clusters of single linkage', () => {
    for (const [i, { columns, rows, below }] of cases.columns.entries()) {
      const theirs = answer().columns[i]?.clusters;
      if (theirs === null || theirs === undefined) continue;
      const ours = correlationClusters(
        columns.map(column => Float64Array.from(rows, row => column[row] ?? 0)),
        below,
      );
      const groups = [...new Set(theirs)].map(k => [...theirs.keys()].filter(c => theirs[c] === k));
      expect(ours.map(({ members }) => members).sort()).toEqual(groups.sort());
    }
  });
  test.each(['isotonic', 'platt'] as const)('calibration: %s', kind => {
    for (const [i, { scores, truths, weights, at }] of cases.calibration.entries()) {
      const calibration = fitCalibration(kind, [scores], truths, weights);
      const ours = outputsOf({ kind: 'logistic' }, at, at.length, calibration);
      answer().calibration[i]?.[kind].forEach((theirs, k) => {
        near(ours[k] ?? 0, theirs, kind === 'platt' ? 2e-5 : 1e-12);
      });
    }
  });
  test('class cuts are quantiles', () => {
    for (const [i, { labels, classes }] of cases.cuts.entries())
      classCuts(labels, classes).forEach((cut, k) => {
        near(cut, answer().cuts[i]?.[k], 1e-14);
      });
  });
});
