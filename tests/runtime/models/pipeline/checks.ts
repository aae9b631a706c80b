/**
 * What must hold of a pipeline in time. Each check takes the decisions it is built with, so that honest ones pass and every
 * dishonest one is named by the check that caught it (liars.test.ts). A check gives what is wrong, or nothing.
 */

import { openKernelRun } from '../../../../compiler/index.ts';
import type { RunData } from '../../../../compiler/kernel/run.ts';
import { artefactOf } from '../../../../runtime/models/onnx/artefact.ts';
import { decodeOnnx } from '../../../../runtime/models/onnx/decode.ts';
import { HONEST, type LearningParts } from '../../../../runtime/models/parts.ts';
import { evaluateBlocks } from '../../../../runtime/models/pipeline/blocks.ts';
import { plansOf } from '../../../../runtime/models/pipeline/plans.ts';
import type { PreparedFold, PreparedModels } from '../../../../runtime/models/pipeline/types.ts';
import { Registry } from '../../../../runtime/models/registry/registry.ts';
import { META, type Wishes, type Written, writtenOf } from './strategies.ts';
import { dayMs, foldsOf, marketOf, modelNamed, noisyAfter, prepareOn, programOf, walk } from './support.ts';

export interface Check {
  readonly name: string;
  /** `folder`: an empty one, for registries. */
  readonly run: (parts: LearningParts, seed: number, folder: () => string) => Promise<string | undefined>;
}

const BARS = 760;

function marketFor(seed: number, across: boolean): RunData {
  return across
    ? marketOf([walk(seed, BARS), walk(seed + 1, BARS, 40), walk(seed + 2, BARS)])
    : marketOf([walk(seed, BARS)]);
}

interface Ran {
  readonly written: Written;
  readonly data: RunData;
  readonly prepared: PreparedModels;
  readonly registry: Registry;
}

async function ran(parts: LearningParts, seed: number, folder: string, wishes: Wishes, data?: RunData): Promise<Ran> {
  const written = writtenOf(seed, wishes);
  const market = data ?? marketFor(seed, wishes.across === true);
  const registry = new Registry(folder);
  const prepared = await prepareOn(programOf(written.text), market, { parts, registry });
  return { written, data: market, prepared, registry };
}

/** Ticks and lanes of the rows that a fold learned from. */
function learnedRows({ fold, made }: PreparedFold): readonly string[] {
  return Array.from(fold.train, row => `${made.rows.tick[row]}:${made.rows.lane[row]}`);
}

/** {t : T − window < t, t + h ≤ T}, of bars that are there and features that are ready. */
function oracleRows(data: RunData, { horizon, ready }: Written, atMs: number): readonly string[] {
  const rows: string[] = [];
  const date = new Date(atMs);
  const startMs = Date.UTC(date.getUTCFullYear() - 1, date.getUTCMonth(), date.getUTCDate());
  for (let t = 0; t < BARS; t++)
    data.instruments.forEach(({ firstTick }, lane) => {
      if (t >= firstTick + ready && dayMs(t) > startMs && dayMs(t + horizon) <= atMs) rows.push(`${t}:${lane}`);
    });
  return rows;
}

function bytesOf({ registry, prepared }: Ran, fold: number): string {
  const { version } = foldsOf(prepared)[fold] ?? {};
  const stored = version === undefined ? undefined : registry.find(version.id);
  return `${version?.id} ${version?.digest} ${Buffer.from(stored?.graph ?? []).toString('base64')}`;
}

/** A fold in the middle that has a version. */
function middleFold(prepared: PreparedModels): number {
  const made = foldsOf(prepared).flatMap(({ version }, number) => (version === undefined ? [] : [number]));
  return made[made.length >> 1] ?? -1;
}

export const CHECKS: readonly Check[] = [
  {
    name: 'training rows are {t : T − window < t, t + h ≤ T}',
    run: async (parts, seed, folder) => {
      const { written, data, prepared } = await ran(parts, seed, folder(), { valid: false, across: seed % 2 === 1 });
      const folds = foldsOf(prepared);
      if (folds.length < 3) return `only ${folds.length} folds`;
      for (const fold of folds) {
        const [found, wanted] = [learnedRows(fold), oracleRows(data, written, fold.instant.atMs)];
        if (found.join() !== wanted.join())
          return `${fold.fold.id}: ${found.length} rows, the oracle has ${wanted.length}`;
      }
      return undefined;
    },
  },
  {
    name: 'a label that closes one tick later takes one tick from each fold and instrument',
    run: async (parts, seed, folder) => {
      const wishes = { valid: false, across: true, label: 'return', trainer: 'ridge' } as const;
      const [short, long] = [
        await ran(parts, seed, folder(), { ...wishes, bars: 3 }),
        await ran(parts, seed, folder(), { ...wishes, bars: 4 }),
      ];
      for (const [number, fold] of foldsOf(short.prepared).entries()) {
        const other = foldsOf(long.prepared)[number];
        const gone = learnedRows(fold).filter(row => other === undefined || !learnedRows(other).includes(row));
        const cut = fold.instant.cut;
        if (gone.join() !== [0, 1, 2].map(lane => `${cut - 4}:${lane}`).join())
          return `${fold.fold.id}: ${gone.join()}`;
      }
      return undefined;
    },
  },
  {
    name: 'labels say what came after their own tick',
    run: async (parts, seed, folder) => {
      const { written, data, prepared } = await ran(parts, seed, folder(), { label: 'return', valid: false });
      const open = data.instruments[0]?.clocks[0]?.fields.open ?? new Float64Array();
      for (const { fold, made } of foldsOf(prepared))
        for (const row of fold.train) {
          const t = made.rows.tick[row] ?? 0;
          const wanted = (open[t + 1 + written.bars] ?? 0) / (open[t + 1] ?? 0) - 1;
          if (made.rows.label[row] !== wanted) return `row ${t} has ${made.rows.label[row]}, and ${wanted} came`;
        }
      return undefined;
    },
  },
  {
    name: 'noise after T leaves id and bytes of a version',
    run: async (parts, seed, folder) => {
      const wishes = { across: seed % 3 === 0 };
      const quiet = await ran(parts, seed, folder(), wishes);
      const number = middleFold(quiet.prepared);
      const { instant } = foldsOf(quiet.prepared)[number] ?? {};
      if (instant === undefined) return 'no version';
      const noisy = await ran(parts, seed, folder(), wishes, noisyAfter(quiet.data, instant.baseTick, seed));
      for (let fold = 0; fold <= number; fold++)
        if (bytesOf(quiet, fold) !== bytesOf(noisy, fold)) return `version ${fold} differs`;
      return bytesOf(quiet, number + 1) === bytesOf(noisy, number + 1) ? 'the noise changed nothing' : undefined;
    },
  },
  {
    name: 'noise after the start of the valid part leaves what the training part taught',
    run: async (parts, seed, folder) => {
      const kinds = [
        { label: 'rise', trainer: 'logistic' },
        { label: 'classes', trainer: 'xgboost' },
        { label: 'barrier', trainer: 'xgboost' },
      ] as const;
      for (const kind of kinds) {
        const wishes = { ...kind, valid: true };
        const quiet = await ran(parts, seed, folder(), wishes);
        const number = middleFold(quiet.prepared);
        const validFrom = foldsOf(quiet.prepared)[number]?.fold.validFrom;
        if (validFrom === undefined) return 'no valid part';
        const noisy = await ran(parts, seed, folder(), wishes, noisyAfter(quiet.data, validFrom, seed));
        const problem = taughtDifferently(quiet, noisy, number);
        if (problem !== undefined) return `${kind.trainer} on ${kind.label}: ${problem}`;
      }
      return undefined;
    },
  },
  {
    name: 'calibration is fitted on rows that the model did not learn from',
    run: async (parts, seed, folder) => {
      const wishes = { label: 'rise', trainer: 'xgboost', valid: true, calibrate: true } as const;
      const quiet = await ran(parts, seed, folder(), wishes);
      const number = middleFold(quiet.prepared);
      const from = foldsOf(quiet.prepared)[number]?.fold.calibrateFrom;
      if (from === undefined) return 'no calibrating half';
      const noisy = await ran(parts, seed, folder(), wishes, noisyAfter(quiet.data, from, seed));
      const calibrationOf = ({ prepared }: Ran) => JSON.stringify(foldsOf(prepared)[number]?.version?.calibration);
      if (calibrationOf(quiet) === calibrationOf(noisy)) return 'other bars in the calibrating half changed nothing';
      return taughtDifferently(quiet, noisy, number);
    },
  },
  {
    name: 'noise after t leaves every prediction up to t',
    run: async (parts, seed, folder) => {
      const wishes = { across: seed % 2 === 0 };
      const quiet = await ran(parts, seed, folder(), wishes);
      for (const tick of [431, 520, 610]) {
        const noisy = await ran(parts, seed, folder(), wishes, noisyAfter(quiet.data, tick, seed));
        const [before, after] = [quiet, noisy].map(({ prepared }) =>
          modelNamed(prepared).outputs.map(lanes => lanes.map(lane => [...lane.subarray(0, tick + 1)])),
        );
        if (JSON.stringify(before) !== JSON.stringify(after)) return `a prediction up to tick ${tick} differs`;
      }
      return undefined;
    },
  },
  {
    name: 'a version serves from tick T + train_lag on',
    run: async (parts, seed, folder) => {
      const { prepared } = await ran(parts, seed, folder(), { valid: false });
      const { servedBy } = modelNamed(prepared);
      for (const [number, { instant, version }] of foldsOf(prepared).entries()) {
        if (version === undefined) continue;
        if (servedBy[instant.baseTick] === number) return `${instant.atMs} serves at its own T`;
        if (servedBy[instant.baseTick + 1] !== number) return `${instant.atMs} does not serve one bar after its T`;
      }
      return undefined;
    },
  },
  {
    name: 'runs that start at different dates meet the same versions',
    run: async (parts, seed, folder) => {
      const written = writtenOf(seed, { valid: false });
      const program = programOf(written.text);
      const data = marketFor(seed, false);
      const ids = async (runStart: number) =>
        foldsOf(await prepareOn(program, data, { parts, runStart, registry: new Registry(folder()) })).map(
          ({ instant, version }) => `${instant.atMs} ${version?.id}`,
        );
      const whole = await ids(0);
      const later = await ids(300);
      const missing = later.find(id => !whole.includes(id));
      if (missing !== undefined) return `a run from tick 300 on has the version ${missing} of its own`;
      return later.length < 2 ? `only ${later.length} versions` : undefined;
    },
  },
  {
    name: 'a model learns from what another one said at the time',
    run: async (parts, seed, folder) => {
      const data = marketFor(seed, false);
      const prepared = await prepareOn(programOf(META), data, { parts, registry: new Registry(folder()) });
      const [said = []] = modelNamed(prepared, 'm').outputs;
      const { servedBy } = modelNamed(prepared, 'm');
      const folds = foldsOf(prepared, 'meta');
      if (folds.length < 2) return `only ${folds.length} folds`;
      for (const { fold, made } of folds)
        for (const row of fold.train) {
          const t = made.rows.tick[row] ?? 0;
          if (servedBy[t] === -1) return `row ${t} lies before the first version`;
          if (made.rows.columns[0]?.[row] !== said[0]?.[t])
            return `row ${t} knows ${made.rows.columns[0]?.[row]}, and ${said[0]?.[t]} was said`;
        }
      return undefined;
    },
  },
  {
    name: 'around a block that is held out, rows whose labels overlap it are not learned from',
    run: async (parts, seed) => {
      const written = writtenOf(seed, {
        label: 'return',
        trainer: 'ridge',
        valid: false,
        split: 'purged_kfold { folds: 4  embargo: 0 bars }',
      });
      const program = programOf(written.text);
      const [model] = program.models;
      if (model === undefined) return 'no model';
      const ground = {
        data: marketFor(seed, false),
        params: {},
        meta: [{}],
        open: openKernelRun,
        cache: { maxBytes: 0, ttlMs: 0 },
        parts,
        runStart: 0,
        warn: () => {},
      };
      const { folds } = await evaluateBlocks({ program, plans: plansOf(program), ground, threads: 1 }, model);
      const { horizon, ready } = written;
      const ticks = Array.from({ length: BARS - horizon - ready }, (_, i) => ready + i);
      const size = (block: number) => Math.floor(ticks.length / 4) + (block < ticks.length % 4 ? 1 : 0);
      let from = ready;
      for (const [block, fold] of folds.entries()) {
        const to = from + size(block) - 1;
        const learned = ticks.filter(t => t <= from - horizon || t >= to + horizon);
        if (fold.rows.train !== learned.length || fold.rows.test !== size(block))
          return `block ${block}: ${fold.rows.train} rows learned, the oracle has ${learned.length}`;
        from = to + 1;
      }
      return undefined;
    },
  },
];

/** Steps, cuts and trees; of trees as many as both have, since the valid part may stop one earlier. */
function taughtDifferently(quiet: Ran, noisy: Ran, number: number): string | undefined {
  const [a, b] = [quiet, noisy].map(({ prepared, registry }) => {
    const { version } = foldsOf(prepared)[number] ?? {};
    const stored = version === undefined ? undefined : registry.find(version.id);
    const artefact = stored === undefined ? undefined : artefactOf(decodeOnnx(stored.graph));
    return { version, artefact };
  });
  if (a?.version === undefined || b?.version === undefined) return 'no version';
  if (JSON.stringify(a.version.steps) !== JSON.stringify(b.version.steps)) return 'other steps';
  if (JSON.stringify(a.version.cuts) !== JSON.stringify(b.version.cuts)) return 'other class cuts';
  const { artefact: first } = a;
  const { artefact: second } = b;
  if (first?.kind !== 'trees' || second?.kind !== 'trees')
    return JSON.stringify(first) === JSON.stringify(second) ? undefined : 'other coefficients';
  const shared = Math.min(first.trees.length, second.trees.length);
  const same = JSON.stringify(first.trees.slice(0, shared)) === JSON.stringify(second.trees.slice(0, shared));
  if (shared === 0) return 'no tree to compare';
  return same && JSON.stringify(first.base) === JSON.stringify(second.base) ? undefined : 'other trees';
}

export { HONEST };
