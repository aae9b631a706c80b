/** Generated modules as the ABI promises them (compiler/plan.ts), and as a second tool judges them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { emitKernel } from '../../../compiler/kernel/emit.ts';
import { openKernelRun } from '../../../compiler/kernel/instance.ts';
import { MATH_IMPORTS } from '../../../compiler/kernel/math.ts';
import type { Plan } from '../../../compiler/plan.ts';
import { laneOf } from '../../support/generate-data.ts';
import { generateProgram, programRecipe } from '../../support/generate-program.ts';
import { HOUR, ProgramBuilder } from '../../support/program-builder.ts';
import { countGlobals, isValid, optimised, wat } from '../../support/wat.ts';

/** The indicators of a usual strategy. */
function usual(): Plan {
  const b = new ProgramBuilder(HOUR);
  const close = b.input('close');
  const before = b.add('delay', [close, b.const(1)]);
  const [quick, trend] = [20, 100].map(n => b.add('mean', [close, b.const(n)]));
  const wilder = (x: number) => b.add('smooth', [x, b.const(14), b.const(1 / 14)]);
  const up = wilder(b.add('max', [b.add('sub', [close, before]), b.const(0)]));
  const range = b.add('sub', [b.add('max', [b.input('high'), before]), b.add('min', [b.input('low'), before])]);
  const isAbove = b.add('gt', [quick ?? close, trend ?? close]);
  const wasBelow = b.add('delay', [b.add('le', [quick ?? close, trend ?? close]), b.const(1)]);
  b.enter(b.add('and', [isAbove, wasBelow]));
  b.stream('up', up)
    .stream('atr', wilder(range))
    .stream('variance', b.add('variance', [close, b.const(20), b.const(0)]));
  return compile(b.program(), { watch: ['up', 'atr', 'variance'], kernel: emitKernel });
}

describe('a module', () => {
  it('is valid, for every program', () => {
    fc.assert(
      fc.property(programRecipe(), recipe => {
        const { program, watch } = generateProgram(recipe);
        const { wasm } = compile(program, { watch, kernel: emitKernel });
        expect(isValid(wasm)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('is the same for the same program', () => {
    expect(usual().wasm).toEqual(usual().wasm);
  });

  it('imports one shared memory, keeps no globals and exports its stages alone', () => {
    const { wasm } = usual();
    const text = wat(wasm);
    expect(text).toMatch(/\(import "env" "memory" \(memory \S+ 1 65536 shared\)\)/);
    expect(text.match(/\(import /g)).toHaveLength(1);
    expect(countGlobals(wasm)).toBe(0);
    expect(text).not.toContain('memory.grow');
    expect([...text.matchAll(/\(export "(\w+)"/g)].map(match => match[1])).toEqual(['init_0', 'advance_0']);
  });

  it('computes the same wherever state, params and io stand', () => {
    const plan = usual();
    const [stage] = plan.stages;
    if (!stage) throw new Error('no stage');
    const lane = laneOf([HOUR], { seed: 3, length: 500, startTick: 11, oddness: 0.02 });
    const expected = openKernelRun(plan, {}, lane, [{}]);
    expected.nextBlock();
    const expectedColumns = plan.marketColumns.map((_, index) => expected.market[index]?.slice(0, 500));

    const columnBytes = 8 * 500;
    const columns = stage.inputs.length + stage.outputs.length;
    for (const base of [8, 4096, 100_008]) {
      const memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true });
      const instance = new WebAssembly.Instance(new WebAssembly.Module(plan.wasm), {
        env: { memory },
        math: MATH_IMPORTS,
      });
      const { init_0: init, advance_0: advance } = instance.exports as Record<string, (...args: number[]) => number>;
      // State last, params and io before it, columns interleaved in twos: strides of 16.
      const [params, io] = [base, base + 256];
      const state = base + 1024 + 2 * columnBytes * columns;
      const regions = new Float64Array(memory.buffer, params, stage.slots.length);
      stage.slots.forEach((slot, index) => {
        regions[index] = slot.kind === 'ordinal' ? (lane.clocks[0]?.firstOrdinal ?? 0) : 0;
      });
      const place = (column: number) => base + 1024 + 2 * columnBytes * Math.floor(column / 2) + 8 * (column % 2);
      const table = new Int32Array(memory.buffer, io, 2 * columns);
      for (let column = 0; column < columns; column++) table.set([place(column), 16], 2 * column);
      const column = (index: number) => new Float64Array(memory.buffer, place(index), 2 * 500 - 1);
      stage.inputs.forEach(({ from }, index) => {
        const values = from.kind === 'bar' ? lane.clocks[0]?.fields[from.field] : undefined;
        values?.forEach((value, tick) => {
          column(index)[2 * tick] = value;
        });
      });
      init?.(state, params);
      for (let done = 0; done < 500; done += 125) expect(advance?.(state, io, done, 125)).toBe(125);
      plan.marketColumns.forEach(({ output }, index) => {
        const values = Float64Array.from(
          { length: 500 },
          (_, tick) => column(stage.inputs.length + output)[2 * tick] ?? 0,
        );
        expect(values).toEqual(expectedColumns[index]);
      });
    }
  });
});

describe('binaryen -O3', () => {
  it('gains nothing that matters, and keeps the bits', () => {
    const plan = usual();
    const lane = laneOf([HOUR], { seed: 5, length: 100_000, startTick: 0, oddness: 0 });
    const timed = (wasm: Uint8Array) => {
      const changed: Plan = { ...plan, wasm };
      let best = Number.POSITIVE_INFINITY;
      const sums = new BigUint64Array(plan.marketColumns.length);
      for (let round = 0; round < 7; round++) {
        const run = openKernelRun(changed, {}, lane, [{}]);
        const startMs = performance.now();
        while (run.nextBlock()) if (round === 0) addBits(run.market, run.blockLength, sums);
        if (round > 0) best = Math.min(best, performance.now() - startMs);
      }
      return { nsPerBar: (best * 1e6) / 100_000, sums };
    };
    const ours = timed(plan.wasm);
    const smaller = optimised(plan.wasm);
    const theirs = timed(smaller);
    console.log(
      `kernel ${plan.wasm.length} bytes, ${ours.nsPerBar.toFixed(1)} ns a bar; ` +
        `after -O3 ${smaller.length} bytes, ${theirs.nsPerBar.toFixed(1)} ns a bar`,
    );
    expect(theirs.sums).toEqual(ours.sums);
  });
});

function addBits(columns: readonly Float64Array[], length: number, sums: BigUint64Array): void {
  columns.forEach((column, index) => {
    for (const bits of new BigUint64Array(column.slice(0, length).buffer)) sums[index] = (sums[index] ?? 0n) + bits;
  });
}
