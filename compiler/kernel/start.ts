/** From a placed plan to stages that can be called: the module is compiled once, the memory filled, the states begun. */
import type { ClockId } from '../../language/check/node.ts';
import type { Binding } from '../bind.ts';
import { type HostColumn, openHostStage } from '../host/stage.ts';
import { runsOf } from '../lanes.ts';
import type { Plan, PlanStage } from '../plan.ts';
import { bytesOf, doubles, type Region } from './arena.ts';
import type { ColumnPlace } from './columns.ts';
import { MATH_IMPORTS } from './math.ts';
import { membersOf, type Placement } from './placement.ts';

type Advance = (state: number, io: number, offset: number, count: number) => number;
type Init = (state: number, params: number) => void;

/** One run of a stage: in the lane of a member, or in the one that all share. */
export interface RunningStage {
  readonly index: number;
  readonly clock: ClockId;
  /** First tick of the stage's clock at which the lane runs; before it the outputs are absent, flags 0. */
  readonly start: number;
  readonly state: number;
  readonly io: number;
  readonly advance: Advance;
  /** The run's columns, to be cleared before its start. */
  readonly outputs: readonly (Float64Array | Uint8Array)[];
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
  const running = plan.stages.flatMap((stage, index): RunningStage[] =>
    runsOf(stage, binding.lanes).map((lane, run) => {
      const [params, state, io] = [
        placement.params[index]?.[run],
        placement.states[index]?.[run],
        placement.io[index]?.[run],
      ];
      const entries = placement.entries[index]?.[run];
      if (!params || !state || !io || !entries) throw new Error(`stage ${index} has no place`);
      const values = binding.regions[index]?.[run] ?? new Float64Array();
      doubles(memory, params).set(values);
      const table = new Int32Array(memory.buffer, io.offset, io.bytes / 4);
      entries.forEach(({ region, stride }, entry) => {
        table[2 * entry] = region.offset;
        table[2 * entry + 1] = stride;
      });
      const [read] = membersOf(stage, lane, binding.lanes);
      const outputs = entries.slice(stage.inputs.length * read.length);
      return {
        index,
        clock: stage.clock,
        start: lane.start[stage.clock] ?? 0,
        state: state.offset,
        io: io.offset,
        advance: stage.host
          ? startHost(plan, stage, { entries, read: read.length, params, state }, memory)
          : startKernel(instance.exports, index, state, params),
        outputs: outputs.map(({ region, stride }) =>
          stride === 1 ? bytesOf(memory, region) : doubles(memory, region),
        ),
      };
    }),
  );
  return { running, exports: instance.exports };
}

function startKernel(exports: WebAssembly.Exports, index: number, state: Region, params: Region): Advance {
  exported<Init>(exports, `init_${index}`)(state.offset, params.offset);
  return exported<Advance>(exports, `advance_${index}`);
}

interface HostPlace {
  readonly entries: readonly ColumnPlace[];
  /** Lanes that each input has. */
  readonly read: number;
  readonly params: Region;
  readonly state: Region;
}

/** The host's stages see the same places in the memory, as doubles. */
function startHost(
  plan: Plan,
  stage: PlanStage,
  { entries, read, params, state }: HostPlace,
  memory: WebAssembly.Memory,
): Advance {
  const [id = -1] = stage.nodes;
  const node = plan.graph.nodes[id];
  if (!node) throw new Error(`no node ${id}`);
  const data = new Float64Array(memory.buffer);
  const columnAt = ({ region, stride }: ColumnPlace): HostColumn => ({
    data,
    at: region.offset / 8,
    step: stride === 8 ? 1 : 0,
  });
  const fixed = (value: HostColumn): readonly HostColumn[] => Array.from({ length: read }, () => value);
  const args = node.args.map(arg => {
    const input = stage.inputs.findIndex(candidate => candidate.node === arg);
    if (input >= 0) return entries.slice(input * read, (input + 1) * read).map(columnAt);
    const slot = stage.slots.findIndex(candidate => candidate.kind === 'node' && candidate.node === arg);
    if (slot >= 0) return fixed({ data, at: params.offset / 8 + slot, step: 0 });
    return fixed({ data: Float64Array.of(plan.graph.nodes[arg]?.attrs.value ?? Number.NaN), at: 0, step: 0 });
  });
  const outputs = entries.slice(stage.inputs.length * read).map(columnAt);
  const kept = doubles(memory, state).fill(0);
  const advance = openHostStage(node, { args, outputs, state: kept });
  return (_state, _io, offset, count) => advance(offset, count);
}
