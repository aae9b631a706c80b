/** The encoder: what it writes is Wasm that means what was said. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../compiler/kernel/wasm/bytes.ts';
import {
  block,
  branch,
  branchIf,
  type Code,
  call,
  copyMemory,
  f64,
  fillMemory,
  type I32,
  i32,
  i64,
  loop,
  select,
  type ValueType,
  v128,
  when,
} from '../../../compiler/kernel/wasm/instruction.ts';
import { FunctionBuilder, ModuleBuilder } from '../../../compiler/kernel/wasm/module.ts';
import { isValid } from '../../support/wat.ts';

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const math = { twice: (x: number) => 2 * x };

/** Runs `body` as a function of doubles. */
function run<T extends ValueType>(
  result: Code<T>,
  before: readonly Code[] = [],
  locals: readonly ValueType[] = [],
): unknown {
  const fn = new FunctionBuilder([], result.type);
  for (const type of locals) fn.local(type);
  fn.emit(...before, result);
  const module = new ModuleBuilder();
  module.addFunction('run', fn);
  const wasm = module.encode();
  expect(isValid(wasm)).toBe(true);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } });
  return (exports.run as () => unknown)();
}

describe('numbers', () => {
  it('writes any i32', () => {
    fc.assert(
      fc.property(fc.integer(), value => {
        expect(run(i32.const(value))).toBe(value);
      }),
      { numRuns: 60, examples: [[0], [-1], [63], [64], [-64], [-65], [2 ** 31 - 1], [-(2 ** 31)]] },
    );
  });

  it('writes any i64', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), value => {
        expect(run(i64.const(value))).toBe(value);
      }),
      { numRuns: 60, examples: [[0n], [-1n], [63n], [64n], [-64n], [-65n], [2n ** 63n - 1n], [-(2n ** 63n)]] },
    );
  });

  it('writes any double, and one NaN', () => {
    fc.assert(
      fc.property(fc.double(), value => {
        expect(run(f64.const(value))).toBe(value);
      }),
      { numRuns: 60, examples: [[-0], [Number.MIN_VALUE], [Infinity], [NaN]] },
    );
    expect(run(i64.reinterpret(f64.const(Number.NaN)))).toBe(0x7ff8000000000000n);
  });

  it('writes unsigned numbers as the format asks', () => {
    const writer = new ByteWriter(1);
    for (const value of [0, 127, 128, 16384, 2 ** 32 - 1]) writer.u32(value);
    expect([...writer.bytes()]).toEqual([0, 127, 128, 1, 128, 128, 1, 255, 255, 255, 255, 15]);
  });
});

describe('instructions', () => {
  it.each<[string, Code<ValueType>, unknown]>([
    ['i32.add', i32.add(i32.const(2), i32.const(3)), 5],
    ['i32.sub', i32.sub(i32.const(2), i32.const(3)), -1],
    ['i32.mul', i32.mul(i32.const(2), i32.const(3)), 6],
    ['i32.and', i32.and(i32.const(6), i32.const(3)), 2],
    ['i32.or', i32.or(i32.const(6), i32.const(3)), 7],
    ['i32.shl', i32.shl(i32.const(3), i32.const(2)), 12],
    ['i32.shrUnsigned', i32.shrUnsigned(i32.const(-1), i32.const(31)), 1],
    ['i32.eqz', i32.eqz(i32.const(0)), 1],
    ['i32.eq', i32.eq(i32.const(1), i32.const(2)), 0],
    ['i32.ne', i32.ne(i32.const(1), i32.const(2)), 1],
    ['i32.gt', i32.gt(i32.const(1), i32.const(-2)), 1],
    ['i32.ge', i32.ge(i32.const(1), i32.const(1)), 1],
    ['i32.ltUnsigned', i32.ltUnsigned(i32.const(1), i32.const(-1)), 1],
    ['i32.truncateSaturated', i32.truncateSaturated(f64.const(1e300)), 2 ** 31 - 1],
    ['i32.truncateSaturated of NaN', i32.truncateSaturated(f64.const(Number.NaN)), 0],
    ['i64.rem', i64.rem(i64.const(-7n), i64.const(3n)), -1n],
    ['i64.add', i64.add(i64.const(-7n), i64.const(3n)), -4n],
    ['i64.truncate', i64.truncate(f64.const(-7.9)), -7n],
    ['i64.extend', i64.extend(i32.const(-7)), -7n],
    ['i32.wrap', i32.wrap(i64.const(2n ** 32n + 5n)), 5],
    ['f64.add', f64.add(f64.const(0.1), f64.const(0.2)), 0.1 + 0.2],
    ['f64.sub', f64.sub(f64.const(0.1), f64.const(0.2)), -0.1],
    ['f64.mul', f64.mul(f64.const(0.1), f64.const(0.2)), 0.1 * 0.2],
    ['f64.div', f64.div(f64.const(1), f64.const(3)), 1 / 3],
    ['f64.sqrt', f64.sqrt(f64.const(2)), Math.SQRT2],
    ['f64.abs', f64.abs(f64.const(-2)), 2],
    ['f64.neg', f64.neg(f64.const(2)), -2],
    ['f64.floor', f64.floor(f64.const(-1.5)), -2],
    ['f64.ceil', f64.ceil(f64.const(-1.5)), -1],
    ['f64.trunc', f64.trunc(f64.const(-1.5)), -1],
    ['f64.min', f64.min(f64.const(0), f64.const(-0)), -0],
    ['f64.max', f64.max(f64.const(0), f64.const(-0)), 0],
    ['f64.copysign', f64.copysign(f64.const(3), f64.const(-0)), -3],
    ['f64.lt', f64.lt(f64.const(1), f64.const(2)), 1],
    ['f64.le', f64.le(f64.const(2), f64.const(2)), 1],
    ['f64.ge', f64.ge(f64.const(Number.NaN), f64.const(2)), 0],
    ['f64.convert', f64.convert(i32.const(-3)), -3],
    ['f64.reinterpret', f64.reinterpret(i64.const(0x3ff0000000000000n)), 1],
    ['select', select(f64.const(1), f64.const(2), i32.const(0)), 2],
    ['v128.and', v128.extract(v128.and(v128.splat(f64.const(-0)), v128.splat(f64.const(0)))), 0],
    ['v128.or', v128.extract(v128.or(v128.splat(f64.const(-0)), v128.splat(f64.const(0)))), -0],
    ['v128.ne', v128.extract(v128.ne(v128.splat(f64.const(-0)), v128.splat(f64.const(0)))), 0],
    ['v128.pseudoMax', v128.extract(v128.pseudoMax(v128.splat(f64.const(NaN)), v128.splat(f64.const(0)))), NaN],
    ['v128.pseudoMin', v128.extract(v128.pseudoMin(v128.splat(f64.const(3)), v128.splat(f64.const(2)))), 2],
  ])('%s', (_, code, expected) => {
    expect(run(code)).toBe(expected);
  });

  it('loads and stores at an offset from an address', () => {
    const before = [
      fillMemory(i32.const(0), i32.const(0), i32.const(64)),
      f64.store(i32.const(8), f64.const(2.5), 8),
      i32.store(i32.const(8), i32.const(-2), 0),
      i32.store8(i32.const(8), i32.const(0x1ff), 1),
      copyMemory(i32.const(32), i32.const(8), i32.const(16)),
    ];
    expect(run(f64.load(i32.const(32), 8), before)).toBe(2.5);
    expect(run(i32.load(i32.const(32)), before)).toBe(-2);
    expect(run(i32.load8(i32.const(32), 1), before)).toBe(255);
  });

  it('branches by the labels of the blocks around', () => {
    const fn = new FunctionBuilder(['i32'], 'i32');
    const n = fn.parameter('i32', 0);
    const sum = fn.local('i32');
    const [out, again] = [{ label: 'out' }, { label: 'again' }];
    fn.emit(
      block(out, [
        loop(again, [
          when(i32.eqz(n.get), [branch(out)], [sum.set(i32.add(sum.get, n.get))]),
          branchIf(again, n.tee(i32.sub(n.get, i32.const(1)))),
        ]),
      ]),
      sum.get,
    );
    const module = new ModuleBuilder();
    module.addFunction('sum', fn);
    const wasm = module.encode();
    expect(isValid(wasm)).toBe(true);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } });
    expect((exports.sum as (n: number) => number)(100)).toBe(5050);
    expect((exports.sum as (n: number) => number)(0)).toBe(0);
  });

  it('refuses a branch to a block that is not around it', () => {
    const fn = new FunctionBuilder([], 'none');
    fn.emit(branch({ label: 'elsewhere' }));
    const module = new ModuleBuilder();
    module.addFunction('f', fn);
    expect(() => module.encode()).toThrow('branch to elsewhere from outside of it');
  });

  it('calls imported functions and its own', () => {
    const module = new ModuleBuilder();
    const twice = module.importFunction('math', 'twice', ['f64'], 'f64');
    expect(module.importFunction('math', 'twice', ['f64'], 'f64').index).toBe(twice.index);
    const half = new FunctionBuilder(['f64'], 'f64');
    half.emit(f64.mul(half.parameter('f64', 0).get, f64.const(0.5)));
    const own = module.addFunction(undefined, half);
    const main = new FunctionBuilder(['f64'], 'f64');
    main.emit(call(own, [f64.add(call(twice, [main.parameter('f64', 0).get]), f64.const(1))]));
    module.addFunction('main', main);
    const wasm = module.encode();
    expect(isValid(wasm)).toBe(true);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory }, math });
    expect(Object.keys(exports)).toEqual(['main']);
    expect((exports.main as (x: number) => number)(10)).toBe(10.5);
    expect(() => module.importFunction('math', 'late', [], 'f64')).toThrow('imports come before functions');
  });

  it('keeps parameters to their types', () => {
    const fn = new FunctionBuilder(['i32'], 'none');
    expect(() => fn.parameter('f64', 0)).toThrow('parameter 0 is not of type f64');
    const address: I32 = fn.parameter('i32', 0).get;
    expect(address.type).toBe('i32');
  });
});
