/**
 * Every decision that keeps the future out, checked by what it promises; and every dishonest build, by name, noticed by
 * its check. (Rows of folds: splits/timed.test.ts and splits/blocks.test.ts.)
 */
import { describe, expect, test } from 'vitest';
import { HONEST, type LearningParts } from '../../../runtime/models/parts.ts';
import { openMs } from '../../../runtime/models/splits/calendar.ts';
import type { Fold } from '../../../runtime/models/splits/fold.ts';
import { servingVersions, trainingInstants } from '../../../runtime/models/splits/instants.ts';
import { timedFolds } from '../../../runtime/models/splits/timed.ts';
import { applySteps } from '../../../runtime/models/steps/apply.ts';
import { fitCalibration } from '../../../runtime/models/steps/calibrate.ts';
import { fitSteps } from '../../../runtime/models/steps/fit.ts';
import { classCuts } from '../../../runtime/models/steps/labels.ts';
import { chance } from '../../support/chance.ts';
import { LIARS, type LiarName, liar } from '../../support/liars.ts';
import { daily, gridFrom, HOUR_MS, period, rowsOf, walkForward } from './splits/support.ts';
import { recipe } from './steps/support.ts';

const days = gridFrom(daily, '2022-01-01', 500);
const horizon = 4;
const split = walkForward(period(120, 'd'), period(1, 'mo'));
const places = rowsOf(500, 2);
const folds = (parts: LearningParts): readonly Fold[] => {
  const instants = trainingInstants(split, { base: days, block: days }, parts).slice(4);
  return timedFolds(places, instants, horizon, { share: 0.2, calibrate: true }, parts);
};
const { normal } = chance(17);
const column = Float64Array.from(places.tick, normal);
const truths = Float64Array.from(column, x => Number(x + normal() > 0));
/** The same up to the start of the valid part, noise from there on. */
const noisy = (values: Float64Array, from: number, noise: () => number) =>
  values.map((x, row) => ((places.tick[row] ?? 0) >= from ? noise() : x));

/** Name of the check → whether the build passes it. */
const CHECKS: Readonly<Record<string, (parts: LearningParts) => boolean | Promise<boolean>>> = {
  'noise from the valid part on leaves the fitted steps unchanged': async parts => {
    for (const fold of folds(parts)) {
      const other = noisy(column, fold.validFrom ?? 0, () => 100 * normal());
      const rows = parts.stepRows(fold);
      const wanted = recipe({ scale: 'standard', clip: 3, impute: 'median' });
      const [before, after] = [await fitSteps([column], rows, wanted), await fitSteps([other], rows, wanted)];
      if (JSON.stringify(before) !== JSON.stringify(after)) return false;
      if (applySteps(before, [column], fold.train).matrix.rows !== fold.train.length) return false;
    }
    return true;
  },
  'noise from the valid part on leaves the class cuts unchanged': parts =>
    folds(parts).every(fold => {
      const cutsOf = (labels: Float64Array) =>
        classCuts(
          Float64Array.from(parts.classRows(fold), row => labels[row] ?? 0),
          3,
        );
      return JSON.stringify(cutsOf(column)) === JSON.stringify(cutsOf(noisy(column, fold.validFrom ?? 0, normal)));
    }),
  'noise in the training part leaves the calibration unchanged': parts =>
    folds(parts).every(fold => {
      const rows = parts.calibrationRows(fold);
      const pick = (values: Float64Array) => Float64Array.from(rows, row => values[row] ?? 0);
      const learned = new Set(fold.train);
      const other = column.map((x, row) => (learned.has(row) ? -x : x));
      const curve = (values: Float64Array) => JSON.stringify(fitCalibration('platt', [pick(values)], pick(truths)));
      return rows.length > 0 && curve(column) === curve(other);
    }),
  'the label read for a tick is the label of that tick': parts => {
    // A label column is delayed by its horizon: row t + h speaks of t.
    const delayed = Float64Array.from({ length: 100 }, (_, row) => (row < horizon ? Number.NaN : row - horizon));
    return [0, 10, 57, 95].every(t => delayed[parts.labelRow(t, horizon)] === t);
  },
  'a version serves no tick before T + train_lag': parts =>
    [1, 2, 7].every(bars => {
      const lagged = walkForward(period(2, 'w'), period(1, 'w'), bars * HOUR_MS);
      const hours = gridFrom(period(1, 'h'), '2022-01-01', 24 * 60);
      return trainingInstants(lagged, { base: hours, block: hours }, parts).every(
        at => at.activeMs >= at.atMs + bars * HOUR_MS && at.serves === at.activeFrom,
      );
    }),
  'a model learns from predictions that were active at their tick': parts => {
    const instants = trainingInstants(split, { base: days, block: days });
    const serving = servingVersions(
      days,
      instants,
      instants.map(() => true),
    );
    return [...serving.keys()].every(tick => {
      const version = parts.upstream(serving, tick);
      return version < 0 || (instants[version]?.serves ?? Number.POSITIVE_INFINITY) <= tick;
    });
  },
  'features do not depend on the start of a run': parts =>
    [0, 30, 200].every(runStart => parts.origin(10, 150, 40, runStart) === 110) &&
    [0, 30].every(runStart => parts.origin(120, 150, 40, runStart) === 120),
};

/** Which check catches which build. */
const CAUGHT: Partial<Readonly<Record<LiarName, keyof typeof CHECKS>>> = {
  'steps fitted on all rows': 'noise from the valid part on leaves the fitted steps unchanged',
  'class cuts fitted on all rows': 'noise from the valid part on leaves the class cuts unchanged',
  'calibrated on the training part': 'noise in the training part leaves the calibration unchanged',
  'labels off by one tick': 'the label read for a tick is the label of that tick',
  'activation one tick early': 'a version serves no tick before T + train_lag',
  'a meta-model fed predictions in sample': 'a model learns from predictions that were active at their tick',
  'features seeded at the start of the run': 'features do not depend on the start of a run',
};

describe('the honest build', () => {
  for (const [name, check] of Object.entries(CHECKS))
    test(name, async () => {
      expect(await check(HONEST)).toBe(true);
    });
});

describe('a build that leaks', () => {
  for (const [name, check] of Object.entries(CAUGHT))
    test(`${name}: caught by “${check}”`, async () => {
      expect(await CHECKS[check]?.(liar(name as LiarName))).toBe(false);
    });
  test('each is caught here or by the rows of its folds', () => {
    const byRows = ['no purge before T', 'no purge before the valid part', 'no purge around a block', 'shuffled folds'];
    expect([...Object.keys(CAUGHT), ...byRows].sort()).toEqual(Object.keys(LIARS).sort());
  });
  test('a version that begins early begins where the bar is still open', () => {
    const [first] = trainingInstants(split, { base: days, block: days }, liar('activation one tick early'));
    expect(first?.activeMs).toBe(openMs(days, first?.baseTick ?? 0));
  });
});
