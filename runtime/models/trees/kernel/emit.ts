/** Small forms that the kernels of this folder share. */
import {
  block,
  branch,
  branchIf,
  type Code,
  type Effect,
  type I32,
  i32,
  type Local,
  loop,
  type ValueType,
  when,
} from '../../../../compiler/kernel/wasm/instruction.ts';
import { FunctionBuilder } from '../../../../compiler/kernel/wasm/module.ts';

export const k: (value: number) => I32 = i32.const;

/** Sums of addresses and offsets. */
export function sum(first: I32, ...rest: readonly I32[]): I32 {
  return rest.reduce(i32.add, first);
}

/** `local += value`. */
export function advance(local: Local<'i32'>, value: I32 | number): Effect {
  return local.set(i32.add(local.get, typeof value === 'number' ? k(value) : value));
}

/** The body, again and again while the condition, asked after it, is non-zero; not at all where it is zero before. */
export function repeatWhile(condition: I32, body: readonly Code[]): Effect {
  const again = { label: 'again' };
  return when(condition, [loop(again, [...body, branchIf(again, condition)])]);
}

/** A loop that the body leaves by a branch to `done`. */
export function forever(done: { readonly label: string }, body: readonly Code[]): Effect {
  const again = { label: 'again' };
  return block(done, [loop(again, [...body, branch(again)])]);
}

/** A function of i32 parameters without a result, its parameters by name. */
export class Kernel<Name extends string> {
  readonly fn: FunctionBuilder<'none'>;
  private readonly names: readonly Name[];

  constructor(names: readonly Name[]) {
    this.names = names;
    this.fn = new FunctionBuilder<'none'>(
      names.map(() => 'i32' as const),
      'none',
    );
  }
  in(name: Name): Local<'i32'> {
    return this.fn.parameter('i32', this.names.indexOf(name));
  }
  local<T extends ValueType>(type: T): Local<T> {
    return this.fn.local(type);
  }
  emit(...codes: readonly Code[]): void {
    this.fn.emit(...codes);
  }
}
