/** Pipelines that look ahead, each in one way: every one is caught, by the check that is named here. */
import { expect, test } from 'vitest';
import { LIARS, type LiarName, liar } from '../../../support/liars.ts';
import { CHECKS } from './checks.ts';
import { temporaryFolder } from './support.ts';

const CAUGHT_BY: Readonly<Record<LiarName, string>> = {
  'no purge before T': 'training rows are {t : T − window < t, t + h ≤ T}',
  'no purge before the valid part': 'noise after the start of the valid part leaves what the training part taught',
  'steps fitted on all rows': 'noise after the start of the valid part leaves what the training part taught',
  'class cuts fitted on all rows': 'noise after the start of the valid part leaves what the training part taught',
  'calibrated on the training part': 'calibration is fitted on rows that the model did not learn from',
  'labels off by one tick': 'labels say what came after their own tick',
  'activation one tick early': 'a version serves from tick T + train_lag on',
  'shuffled folds': 'around a block that is held out, rows whose labels overlap it are not learned from',
  'no purge around a block': 'around a block that is held out, rows whose labels overlap it are not learned from',
  'a meta-model fed predictions in sample': 'a model learns from what another one said at the time',
  'features seeded at the start of the run': 'runs that start at different dates meet the same versions',
};

const root = temporaryFolder();
let folders = 0;
const folder = () => `${root}/${folders++}`;
const SEEDS = [11, 12, 13];

test.each(Object.keys(LIARS) as LiarName[])('%s', async name => {
  const check = CHECKS.find(each => each.name === CAUGHT_BY[name]);
  const found: (string | undefined)[] = [];
  for (const seed of SEEDS) found.push(await check?.run(liar(name), seed, folder));
  expect(found.filter(problem => problem !== undefined)).not.toEqual([]);
});
