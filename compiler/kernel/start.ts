/** From a placed plan to stages that can be called: the module is compiled once, the memory filled, the states begun. */
import type { ClockId } from '../../language/check/node.ts';
import type { Binding } from '../bind.ts';
import type { Plan } from '../plan.ts';
import { doubles } from './arena.ts';
import { MATH_IMPORTS } from './math.ts';
import type { Placement } from './placement.ts';

type Advance = (state: number, io: number, offset: number, count: number) => number;
type Init = (state: number, params: number) => void;

export interface RunningStage {
  readonly index: number;
  readonly clock: ClockId;
  readonly state: number;
  readonly io: number;
  readonly advance: Advance;
}

/** Modules by the bytes of their plan: a sweep compiles once. */
const modules = new WeakMap<Uint8Array, WebAssembly.Module>();

function moduleOf(wasm: Uint8Array): WebAssembly.Module {
  const known = modules.get(wasm);
  if (known) return known;
  const module = new WebAssembly.Module(wasm);
  modules.set(wasm, module);
  return module;
}

export function exported<T>(exports: WebAssembly.Exports, name: string): T {
  const found = exports[name];
  if (typeof found !== 'function') throw new Error(`the kernel has no ${name}`);
  return found as T;
}

/** Writes params and io tables, then lets each stage write the state of a run that has seen nothing. */
export function startStages(plan: Plan, binding: Binding, placement: Placement, memory: WebAssembly.Memory) {
  const instance = new WebAssembly.Instance(moduleOf(plan.wasm), { env: { memory }, math: MATH_IMPORTS });
  const running = plan.stages.map(({ clock }, index): RunningStage => {
    const [params, state, io] = [placement.params[index], placement.states[index], placement.io[index]];
    if (!params || !state || !io) throw new Error(`stage ${index} has no place`);
    doubles(memory, params).set(binding.regions[index] ?? []);
    const table = new Int32Array(memory.buffer, io.offset, io.bytes / 4);
    placement.entries[index]?.forEach(({ region, stride }, entry) => {
      table[2 * entry] = region.offset;
      table[2 * entry + 1] = stride;
    });
    exported<Init>(instance.exports, `init_${index}`)(state.offset, params.offset);
    const advance = exported<Advance>(instance.exports, `advance_${index}`);
    return { index, clock, state: state.offset, io: io.offset, advance };
  });
  return { running, exports: instance.exports };
}
