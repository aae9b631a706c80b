/**
 * The embedded trainer against XGBoost itself (`xgboost-cpu` in `.oracle`), which runs beside it in a process that holds the
 * same rows. Both start from the loaded matrix: binning is in the time. VELA_BENCH_REPEATS sets how often.
 */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Benchmark, interleaved, type Measure, type Skipped } from './measure.ts';
import { makeRows, type Shape, type Training, trainOurs, writeRows } from './trainer-data.ts';

const ROOT = join(import.meta.dirname, '..');
const PYTHON = join(ROOT, '.oracle', 'bin', 'python');
const ORACLE = join(ROOT, 'tests', 'oracle', 'xgboost_bench.py');
const REPEATS = Number(process.env.VELA_BENCH_REPEATS ?? 7);

interface Job {
  readonly trees: number;
  readonly depth: number;
  readonly rate: number;
  readonly atMost: number;
}
const JOBS: readonly { readonly shape: Shape; readonly jobs: readonly Job[] }[] = [
  {
    shape: { rows: 50_000, columns: 50 },
    jobs: [
      { trees: 200, depth: 6, rate: 0.1, atMost: 1 },
      { trees: 1000, depth: 8, rate: 0.01, atMost: 1 },
    ],
  },
  { shape: { rows: 400_000, columns: 100 }, jobs: [{ trees: 100, depth: 6, rate: 0.1, atMost: 1.2 }] },
];

async function run(): Promise<readonly (Measure | Skipped)[]> {
  if (!existsSync(PYTHON))
    return [{ name: 'training trees', skipped: 'no .oracle (see tests/oracle/requirements.txt)' }];
  const folder = mkdtempSync(join(tmpdir(), 'vela-bench-'));
  try {
    const measures: Measure[] = [];
    for (const { shape, jobs } of JOBS) {
      const file = join(folder, `${shape.rows}.f32`);
      const rows = makeRows(shape);
      writeRows(rows, file);
      const oracle = await openOracle(file, shape);
      try {
        for (const { atMost, ...job } of jobs) {
          for (const threads of [1, 2]) {
            const training = { ...job, threads };
            const [ours, other] = await interleaved(REPEATS, [
              () => trainOurs(rows, training),
              () => oracle.train(training),
            ]);
            measures.push({
              name: nameOf(shape, training),
              ours,
              other,
              unit: 'ms',
              against: `XGBoost ${oracle.version}`,
              atMost,
            });
          }
        }
        measures.push(memory(file, shape, { ...jobs[0], threads: 1 }, oracle.version));
      } finally {
        oracle.close();
      }
    }
    return measures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function nameOf({ rows, columns }: Shape, { trees, depth, threads }: Training): string {
  return `training ${trees} trees of depth ${depth} on ${rows} x ${columns}, ${threads} thread${threads === 1 ? '' : 's'}`;
}

function memory(file: string, shape: Shape, { trees, depth, rate, threads }: Training, version: string): Measure {
  const training = JSON.stringify({ trees, depth, rate, threads });
  const child = join(import.meta.dirname, 'trainer-child.ts');
  const ours = execFileSync(process.execPath, [child, JSON.stringify(shape), training], { encoding: 'utf8' });
  const args = [ORACLE, file, String(shape.rows), String(shape.columns), training];
  const other = execFileSync(PYTHON, args, { encoding: 'utf8' });
  return {
    name: `peak memory above the matrix of ${shape.rows} x ${shape.columns}`,
    ours: Number(ours) / 2 ** 20,
    other: Number(other) / 2 ** 20,
    unit: 'MB',
    against: `XGBoost ${version}`,
    atMost: 1,
  };
}

interface Oracle {
  readonly version: string;
  readonly train: (training: Training) => Promise<void>;
  readonly close: () => void;
}

async function openOracle(file: string, { rows, columns }: Shape): Promise<Oracle> {
  const child: ChildProcessWithoutNullStreams = spawn(PYTHON, [ORACLE, file, String(rows), String(columns)]);
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the oracle of the trainer ended');
    return value;
  };
  const version = await next();
  return {
    version,
    train: async training => {
      child.stdin.write(`${JSON.stringify(training)}\n`);
      await next();
    },
    close: () => child.stdin.end(),
  };
}

export const trainer: Benchmark = {
  name: 'trainer',
  about: 'gradient boosting against XGBoost, one and two threads',
  run,
};
