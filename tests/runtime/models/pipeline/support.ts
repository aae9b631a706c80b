/** Markets of chance, strategies with models, and the pipeline run over them with small trees. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openKernelRun } from '../../../../compiler/index.ts';
import type { InstrumentData, RunData } from '../../../../compiler/kernel/run.ts';
import type { Program } from '../../../../language/check/program.ts';
import { checkStrategy } from '../../../../language/index.ts';
import { HONEST, type LearningParts } from '../../../../runtime/models/parts.ts';
import { plansOf } from '../../../../runtime/models/pipeline/plans.ts';
import { prepareModels } from '../../../../runtime/models/pipeline/prepare.ts';
import type { PreparedModel, PreparedModels, PrepareRequest } from '../../../../runtime/models/pipeline/types.ts';
import { Registry } from '../../../../runtime/models/registry/registry.ts';
import { chance } from '../../../../runtime/statistics/chance.ts';
import { libraryTrees } from '../../../../stdlib/trees.ts';

const library = libraryTrees();

export function programOf(text: string): Program {
  const { program, diagnostics } = checkStrategy({ name: 'test.vela', text, form: 'vela' }, { library });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return program;
}

const DAY_MS = 86_400_000;
/** 2020-01-01, in days. */
export const FIRST_DAY = Date.UTC(2020, 0, 1) / DAY_MS;

export function dayMs(tick: number): number {
  return (FIRST_DAY + tick) * DAY_MS;
}

/** Daily bars of a random walk from 2020-01-01 on; the instrument is listed at `firstTick`. */
export function walk(seed: number, length: number, firstTick = 0): InstrumentData {
  const { next } = chance(seed);
  const normal = () => next() + next() + next() + next() - 2;
  const fields = Object.fromEntries(
    ['open', 'high', 'low', 'close', 'volume'].map(name => [name, new Float64Array(length).fill(Number.NaN)]),
  );
  let price = 100;
  for (let t = firstTick; t < length; t++) {
    const open = price * Math.exp(0.004 * normal());
    const close = open * Math.exp(0.03 * normal());
    const reach = 1 + 0.01 * next();
    const bar = { open, high: Math.max(open, close) * reach, low: Math.min(open, close) / reach, close };
    for (const [name, value] of Object.entries(bar)) fields[name]?.fill(value, t, t + 1);
    fields.volume?.fill(100 + 900 * next(), t, t + 1);
    price = close;
  }
  const held = new Uint8Array(length).fill(1, 0, firstTick);
  return {
    clocks: [{ firstOrdinal: FIRST_DAY, length, fields }],
    completed: [new Int32Array()],
    firstTick,
    endTick: length,
    held,
  };
}

export function marketOf(instruments: readonly InstrumentData[]): RunData {
  return { instruments, predictions: new Map() };
}

/** The same market with other bars after a tick. */
export function noisyAfter(data: RunData, tick: number, seed = 99): RunData {
  return {
    ...data,
    instruments: data.instruments.map((instrument, number) => {
      const { next } = chance(seed, number);
      const clocks = instrument.clocks.map(columns => ({
        ...columns,
        fields: Object.fromEntries(
          Object.entries(columns.fields).map(([name, column]) => {
            const noisy = column.slice();
            for (let t = tick + 1; t < noisy.length; t++) noisy[t] = (noisy[t] ?? 0) * (0.6 + 0.8 * next());
            return [name, noisy];
          }),
        ),
      }));
      return { ...instrument, clocks: clocks.map(columns => ({ ...columns, fields: sensible(columns.fields) })) };
    }),
  };
}

/** High and low enclose open and close again. */
function sensible(fields: Readonly<Record<string, Float64Array>>): Readonly<Record<string, Float64Array>> {
  const { open, high, low, close } = fields;
  if (!open || !high || !low || !close) return fields;
  return {
    ...fields,
    high: high.map((value, t) => Math.max(value, open[t] ?? value, close[t] ?? value)),
    low: low.map((value, t) => Math.min(value, open[t] ?? value, close[t] ?? value)),
  };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vela-pipeline-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface RunOptions extends Partial<Omit<PrepareRequest, 'program' | 'plans' | 'ground'>> {
  readonly parts?: LearningParts;
  readonly runStart?: number;
}

/** Without a registry of its own each run has a fresh one. */
export async function prepareOn(
  program: Program,
  data: RunData,
  { parts = HONEST, runStart = 0, ...more }: RunOptions = {},
): Promise<PreparedModels> {
  const folder = more.registry === undefined ? mkdtempSync(join(tmpdir(), 'vela-pipeline-')) : undefined;
  try {
    return await prepareModels({
      program,
      plans: plansOf(program),
      registry: new Registry(folder),
      threads: 1,
      ground: {
        data,
        params: {},
        meta: data.instruments.map(() => ({})),
        open: openKernelRun,
        cache: { maxBytes: 0, ttlMs: 0 },
        parts,
        runStart,
        warn: () => {},
      },
      ...more,
    });
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

export function modelNamed({ models }: PreparedModels, name = 'm'): PreparedModel {
  const found = models.find(({ model }) => model.name === name);
  if (found === undefined) throw new Error(`no model ${name}`);
  return found;
}

/** Folds of a model with what came of them. */
export function foldsOf(prepared: PreparedModels, name = 'm') {
  const { learned } = modelNamed(prepared, name);
  if (learned === undefined) throw new Error(`model ${name} was not trained`);
  return learned.folds;
}
