/**
 * An XGBoost library found on this machine, through koffi: `XGBOOST_LIBRARY`, else the places where packages put it. Found
 * and loaded only where `engine: native` asks for it.
 */
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Koffi from 'koffi';
import { modelError } from '../../errors.ts';

const FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib',
  '/opt/homebrew/lib',
];
const NAMES = ['libxgboost.so', 'libxgboost.so.0', 'libxgboost.dylib'];

/** The parts of XGBoost's C interface that a training needs; each answers 0 or fails with the library's own words. */
export interface Xgboost {
  readonly path: string;
  readonly version: readonly [number, number, number];
  readonly matrix: (rowMajor: Float32Array, rows: number, columns: number) => Handle;
  readonly setFloats: (matrix: Handle, field: 'label' | 'weight', values: Float32Array) => void;
  readonly setGroups: (matrix: Handle, sizes: Uint32Array) => void;
  readonly freeMatrix: (matrix: Handle) => void;
  readonly booster: (matrices: readonly Handle[]) => Handle;
  readonly setParameter: (booster: Handle, name: string, value: string) => void;
  readonly update: (booster: Handle, round: number, matrix: Handle) => void;
  /** Margins, row by row. */
  readonly margins: (booster: Handle, matrix: Handle) => Float32Array;
  readonly model: (booster: Handle) => unknown;
  readonly freeBooster: (booster: Handle) => void;
}
/** An address in the library's memory. */
export type Handle = unknown;

export function candidates(): readonly string[] {
  const named = process.env.XGBOOST_LIBRARY;
  if (named !== undefined && named !== '') return [named];
  return FOLDERS.flatMap(folder => NAMES.map(name => `${folder}/${name}`));
}

export function loadXgboost(): Xgboost {
  const tried = candidates();
  const path = tried.find(candidate => existsSync(candidate));
  if (path === undefined) throw modelError('E1126', { tried: tried.length > 3 ? [...FOLDERS] : tried });
  try {
    return bind(loadKoffi(), path);
  } catch (error) {
    throw modelError('E1127', { library: path, reason: error instanceof Error ? error.message : String(error) });
  }
}

/**
 * koffi is no part of the published package: it is looked for beside the program, then in the folder that the command was
 * started in.
 */
function loadKoffi(): typeof Koffi {
  for (const from of [realpathSync(process.argv[1] ?? process.execPath), join(process.cwd(), 'here.js')]) {
    const require = createRequire(from);
    const path = resolveOr(require, 'koffi');
    if (path === undefined) continue;
    const loaded = require(path) as typeof Koffi & { readonly default?: typeof Koffi };
    return loaded.default ?? loaded;
  }
  throw new Error('the npm package koffi, which calls it, is not installed (npm install koffi)');
}

function resolveOr(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

function bind(koffi: typeof Koffi, path: string): Xgboost {
  const library = koffi.load(path);
  const lastError = library.func('const char *XGBGetLastError()');
  const bound = (definition: string) => {
    const fn = library.func(definition);
    return (...args: readonly unknown[]): void => {
      if (fn(...args) !== 0) throw modelError('E1127', { library: path, reason: firstLine(String(lastError())) });
    };
  };
  const makeMatrix = bound(
    'int XGDMatrixCreateFromMat(const float *data, uint64_t rows, uint64_t columns, float missing, _Out_ void **out)',
  );
  const setFloats = bound(
    'int XGDMatrixSetFloatInfo(void *matrix, const char *field, const float *values, uint64_t length)',
  );
  const setUints = bound(
    'int XGDMatrixSetUIntInfo(void *matrix, const char *field, const unsigned int *values, uint64_t length)',
  );
  const freeMatrix = bound('int XGDMatrixFree(void *matrix)');
  const makeBooster = bound('int XGBoosterCreate(void **matrices, uint64_t length, _Out_ void **out)');
  const freeBooster = bound('int XGBoosterFree(void *booster)');
  const setParameter = bound('int XGBoosterSetParam(void *booster, const char *name, const char *value)');
  const update = bound('int XGBoosterUpdateOneIter(void *booster, int round, void *matrix)');
  const predict = bound(
    'int XGBoosterPredict(void *booster, void *matrix, int options, unsigned int trees, int training, _Out_ uint64_t *length, _Out_ void **out)',
  );
  const save = bound(
    'int XGBoosterSaveModelToBuffer(void *booster, const char *config, _Out_ uint64_t *length, _Out_ void **out)',
  );
  const out = (call: (handle: Handle[]) => void): Handle => {
    const handle: Handle[] = [null];
    call(handle);
    return handle[0];
  };
  const bytesOf = (address: Handle, length: number): Uint8Array =>
    Uint8Array.from(koffi.decode(address, koffi.array('uint8_t', length, 'Typed')) as Uint8Array);
  const [major, minor, patch] = [[0], [0], [0]];
  library.func('void XGBoostVersion(_Out_ int *major, _Out_ int *minor, _Out_ int *patch)')(major, minor, patch);
  const MARGIN = 1;
  return {
    path,
    version: [major[0], minor[0], patch[0]],
    matrix: (rowMajor, rows, columns) => out(handle => makeMatrix(rowMajor, rows, columns, Number.NaN, handle)),
    setFloats: (matrix, field, values) => setFloats(matrix, field, values, values.length),
    setGroups: (matrix, sizes) => setUints(matrix, 'group', sizes, sizes.length),
    freeMatrix: matrix => freeMatrix(matrix),
    booster: matrices => out(handle => makeBooster([...matrices], matrices.length, handle)),
    setParameter: (booster, name, value) => setParameter(booster, name, value),
    update: (booster, round, matrix) => update(booster, round, matrix),
    margins: (booster, matrix) => {
      const length = [0];
      const address = out(handle => predict(booster, matrix, MARGIN, 0, 0, length, handle));
      return new Float32Array(bytesOf(address, 4 * Number(length[0])).buffer);
    },
    model: booster => {
      const length = [0];
      const address = out(handle => save(booster, '{"format":"json"}', length, handle));
      return JSON.parse(new TextDecoder().decode(bytesOf(address, Number(length[0]))));
    },
    freeBooster: booster => freeBooster(booster),
  };
}

/** The library appends where in its own code it was. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0].replace(/^\[[^\]]*\]\s*/, '');
}
