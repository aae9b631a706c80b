/** What `vela doctor` looks at: one entry a thing, with what was found and the mend where it is not good enough. */
import { access, constants, rm, stat, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { defaultCacheDir } from '../../runtime/data/cache.ts';
import { makeFolder } from '../../runtime/data/cache-folder.ts';
import { INFERENCE_CHECKS } from '../../runtime/models/inference/doctor.ts';

export interface Finding {
  readonly state: 'good' | 'fair' | 'bad';
  readonly found: string;
  readonly mend?: string;
}

export interface Check {
  readonly name: string;
  readonly look: (environment: NodeJS.ProcessEnv) => Promise<Finding>;
}

/** What the numbers in docs/benchmarks.md were taken on, and what the tests run on. */
const REFERENCE_NODE = 24;

export const CHECKS: readonly Check[] = [
  {
    name: 'Node',
    look: async () => {
      const major = Number(process.versions.node.split('.')[0]);
      const found = `${process.versions.node} (V8 ${process.versions.v8})`;
      if (major >= REFERENCE_NODE) return { state: 'good', found };
      return { state: 'fair', found, mend: `works; Node ${REFERENCE_NODE} starts and runs faster` };
    },
  },
  {
    name: 'SQLite',
    look: async () => {
      if (isBuiltin('node:sqlite')) return { state: 'good', found: 'for runs' };
      return {
        state: 'fair',
        found: 'not in this Node',
        mend: 'runs, and commands about them, need Node 22.13 or newer; all else works',
      };
    },
  },
  {
    name: 'Threads',
    look: async () => {
      const threads = availableParallelism();
      if (threads > 1) return { state: 'good', found: `${threads}` };
      return { state: 'fair', found: '1', mend: 'one backtest needs one thread; sweeps would use more' };
    },
  },
  {
    name: 'Memory',
    look: async () => {
      const gigabytes = totalmem() / 2 ** 30;
      const found = `${gigabytes.toFixed(1)} GB`;
      if (gigabytes >= 2) return { state: 'good', found };
      return { state: 'fair', found, mend: 'years of minutes need about 1 GB; load a shorter span with --from' };
    },
  },
  {
    name: 'WebAssembly',
    look: async () => {
      const missing = WASM_FEATURES.filter(({ module }) => !WebAssembly.validate(Uint8Array.from(module)));
      if (missing.length === 0) return { state: 'good', found: WASM_FEATURES.map(({ name }) => name).join(', ') };
      const names = missing.map(({ name }) => name).join(', ');
      return { state: 'bad', found: `without ${names}`, mend: 'kernels need these: install Node 20.16 or newer' };
    },
  },
  {
    name: 'Cache',
    look: async environment => {
      const folder = await defaultCacheDir(environment);
      if (folder === undefined) {
        return { state: 'fair', found: 'switched off by VELA_CACHE', mend: 'unset VELA_CACHE to load candles faster' };
      }
      try {
        makeFolder(folder);
        await access(folder, constants.W_OK);
        const trial = join(folder, `doctor.${process.pid}`);
        await writeFile(trial, 'x');
        await rm(trial);
        return { state: 'good', found: folder };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error)) throw error;
        const mend = 'backtests work without it, loading is slower; set VELA_CACHE to a folder you may write to';
        return { state: 'fair', found: `${folder}: cannot be written (${String(error.code)})`, mend };
      }
    },
  },
  {
    name: 'Clock',
    look: async () => {
      const now = Date.now();
      const found = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
      // Our own file cannot have been written in the future; a clock far behind it is wrong.
      const installed = (await stat(process.argv[1] ?? process.execPath)).mtimeMs;
      if (now >= installed - 86_400_000) return { state: 'good', found };
      const mend = 'the clock is behind the day Vela was installed: set it, or the last bars will look unfinished';
      return { state: 'bad', found, mend };
    },
  },
  ...INFERENCE_CHECKS,
];

/** The smallest modules that use what kernels use: shared memory with a maximum, saturating conversion, bulk memory. */
const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const WASM_FEATURES: readonly { readonly name: string; readonly module: readonly number[] }[] = [
  { name: 'shared memory', module: [...HEAD, 5, 4, 1, 3, 1, 1] },
  {
    name: 'bulk memory',
    module: [
      ...[...HEAD, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 5, 3, 1, 0, 1],
      ...[10, 14, 1, 12, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 0, 0, 0x0b],
    ],
  },
];
