/**
 * Schedule → Wasm. One module a plan: `init_k` and `advance_k` for each stage, `bracket_k` for each bracket level. Each
 * operator belongs to one family of emitters (emit/); a family writes the Wasm of its reference forms, bit for bit.
 */
import type { NodeId } from '../../language/check/node.ts';
import type { BracketFunction, EmittedKernel, KernelEmitter, Schedule, ScheduledStage } from '../graph/schedule.ts';
import { hostStateBytes } from '../host/stage.ts';
import { emitBracket } from './bracket.ts';
import { emitDelay } from './emit/delay.ts';
import { POINTWISE_EMITTERS } from './emit/pointwise.ts';
import { emitSignal, emitSmooth, emitState, emitStatePrev } from './emit/recurrences.ts';
import { emitWindow, WINDOW_EMITTERS } from './emit/windows.ts';
import { MATH_ARITY, type MathName } from './math.ts';
import { type Calls, StageBuilder } from './stage-builder.ts';
import { countedLoop } from './state-builder.ts';
import { canonical } from './values.ts';
import { type Callee, call, type F64, f64, i32 } from './wasm/instruction.ts';
import { FunctionBuilder, ModuleBuilder } from './wasm/module.ts';

type NodeEmitter = (stage: StageBuilder, id: NodeId) => void;

const emitPointwise: NodeEmitter = (stage, id) => {
  const { op, args } = stage.node(id);
  const emitter = POINTWISE_EMITTERS.get(op);
  if (!emitter) throw new Error(`no kernel form of ${op}`);
  stage.define(id, emitter(stage, args));
};

const EMITTERS: ReadonlyMap<string, NodeEmitter> = new Map<string, NodeEmitter>([
  ...[...POINTWISE_EMITTERS.keys()].map(op => [op, emitPointwise] as const),
  ...[...WINDOW_EMITTERS.keys()].map(op => [op, emitWindow] as const),
  ['delay', emitDelay],
  ['smooth', emitSmooth],
  ['state_prev', emitStatePrev],
  ['state', emitState],
  ['signal', emitSignal],
]);

/** Operators that a stage can compute; the others are columns or fixed values. */
export const KERNEL_OPERATORS: ReadonlySet<string> = new Set(EMITTERS.keys());

export const emitKernel: KernelEmitter = (schedule): EmittedKernel => {
  const module = new ModuleBuilder();
  const math = importMath(module, schedule);
  const canonicalise = module.addFunction(undefined, canonicaliseFunction());
  const calls: Calls = { math, canonicalise: (address, count) => call(canonicalise, [address, count]) };
  const stages = schedule.stages.map(stage => emitStage(schedule, stage, calls));
  stages.forEach((stage, k) => {
    if (!stage.code) return;
    module.addFunction(`init_${k}`, stage.code.init);
    module.addFunction(`advance_${k}`, stage.code.advance);
  });
  schedule.brackets.forEach((bracket, k) => {
    module.addFunction(`bracket_${k}`, emitBracket(schedule.graph, bracket, math));
  });
  return {
    wasm: module.encode(),
    stateBytes: stages.map(stage => stage.stateBytes),
    layout: stages.map(stage => stage.layout),
  };
};

function emitStage(schedule: Schedule, stage: ScheduledStage, calls: Calls) {
  // No function of the module, but its state lies in the same memory.
  if (stage.host) return { stateBytes: hostStateBytes(schedule, stage), layout: 'host' };
  const builder = new StageBuilder(schedule, stage, calls);
  builder.loadInputs(readBy(builder));
  for (const id of stage.nodes) {
    const { op } = builder.node(id);
    const emitter = EMITTERS.get(op);
    if (!emitter) throw new Error(`no kernel form of ${op}`);
    emitter(builder, id);
  }
  const fired = builder.storeOutputs();
  return {
    code: {
      advance: builder.finishAdvance(stage.part === 'account' ? fired : undefined),
      init: builder.finishInit(),
    },
    stateBytes: builder.layout.bytes,
    layout: builder.layout.text(),
  };
}

function readBy(builder: StageBuilder): ReadonlySet<NodeId> {
  const { nodes, outputs } = builder.stage;
  return new Set([...nodes.flatMap(id => builder.node(id).args), ...outputs.map(output => output.node)]);
}

/** Rarely called: a fold's suffixes are stored as they come, and put right only when a NaN was among them. */
function canonicaliseFunction(): FunctionBuilder<'none'> {
  const fn = new FunctionBuilder(['i32', 'i32'], 'none');
  const at = fn.parameter('i32', 0);
  fn.emit(
    ...countedLoop(fn.local('i32'), fn.parameter('i32', 1).get, [
      f64.store(at.get, canonical(f64.load(at.get))),
      at.set(i32.add(at.get, i32.const(8))),
    ]),
  );
  return fn;
}

/** Imports the functions that some node needs. They must precede the module's own. */
function importMath(module: ModuleBuilder, { graph, stages, brackets }: Schedule): Calls['math'] {
  const computed = (list: ScheduledStage | BracketFunction): readonly NodeId[] => list.nodes;
  const ops = new Set([...stages, ...brackets].flatMap(computed).map(id => graph.nodes[id]?.op));
  const callees = new Map<MathName, Callee<'f64'>>();
  for (const name of Object.keys(MATH_ARITY) as MathName[]) {
    if (!ops.has(name)) continue;
    const parameters = Array.from({ length: MATH_ARITY[name] }, () => 'f64' as const);
    callees.set(name, module.importFunction('math', name, parameters, 'f64'));
  }
  return (name: MathName, operands: readonly F64[]): F64 => {
    const callee = callees.get(name);
    if (!callee) throw new Error(`${name} was not imported`);
    return call(callee, operands);
  };
}
