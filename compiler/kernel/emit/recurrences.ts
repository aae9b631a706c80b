/** Recurrences: smoothing, and the states a strategy declares. Sequential by nature; their slots live in locals. */
import type { NodeId } from '../../../language/check/node.ts';
import type { StageBuilder } from '../stage-builder.ts';
import type { Hot } from '../state-builder.ts';
import { isAbsent, isPresentAndFinite } from '../values.ts';
import { f64, i32, select, when } from '../wasm/instruction.ts';
import { argument } from './pointwise.ts';

/** The mean of the first n values, then a step of alpha towards each new one; absent and infinite values take none. */
export function emitSmooth(stage: StageBuilder, id: NodeId): void {
  const { args } = stage.node(id);
  const x = stage.num(argument(args, 0));
  const length = stage.length(argument(args, 1), 1);
  const alpha = stage.num(argument(args, 2));
  const wanted = stage.hotI32(`values wanted by the start of ${id}`, length.initial);
  const y = stage.hotF64(`smooth ${id}`, f64.const(0));
  const result = stage.local('f64');
  stage.tick.push(
    when(
      wanted.get,
      [
        result.set(f64.const(Number.NaN)),
        when(isPresentAndFinite(x), [
          y.set(f64.add(y.get, x)),
          wanted.set(i32.sub(wanted.get, i32.const(1))),
          when(i32.eqz(wanted.get), [y.set(f64.div(y.get, f64.convert(length.ticks))), result.set(y.get)]),
        ]),
      ],
      [when(isPresentAndFinite(x), [y.set(f64.add(y.get, f64.mul(alpha, f64.sub(x, y.get))))]), result.set(y.get)],
    ),
  );
  stage.define(id, result.get);
}

/**
 * `state_prev`: the slot as the tick before left it, or what the state starts with: where it is reset, and while the slot
 * is absent, as it is at first.
 */
export function emitStatePrev(stage: StageBuilder, id: NodeId): void {
  const { args } = stage.node(id);
  const starts = argument(args, 0);
  const reset = args[1] === undefined ? i32.const(0) : stage.truth(args[1]);
  if (stage.isBool(id)) {
    const slot = boolSlot(stage, id);
    const begins = stage.copy(i32.or(reset, i32.eqz(i32.or(slot.truth.get, slot.falsity.get))));
    // Evaluated now: `state` writes the slot in this tick.
    const truth = stage.copy(select(stage.truth(starts), slot.truth.get, begins));
    const falsity = stage.copy(select(stage.falsity(starts), slot.falsity.get, begins));
    stage.define(id, { truth: () => truth, falsity: () => falsity });
  } else {
    const slot = numberSlot(stage, id).get;
    stage.define(id, select(stage.num(starts), slot, i32.or(reset, isAbsent(slot))));
  }
}

/** `state`: the update where it is present, else the state_prev. Updates that are absent once ready are counted. */
export function emitState(stage: StageBuilder, id: NodeId): void {
  const { args } = stage.node(id);
  const before = argument(args, 0);
  const update = argument(args, 1);
  if (stage.isBool(id)) {
    const slot = boolSlot(stage, id);
    const missing = stage.copy(i32.eqz(i32.or(stage.truth(update), stage.falsity(update))));
    const truth = stage.copy(select(stage.truth(before), stage.truth(update), missing));
    const falsity = stage.copy(select(stage.falsity(before), stage.falsity(update), missing));
    stage.define(id, { truth: () => truth, falsity: () => falsity });
    stage.tick.push(slot.truth.set(truth), slot.falsity.set(falsity));
    stage.countMissingUpdate(i32.and(missing, stage.isReady(stage.readySlotOf(id))));
  } else {
    const missing = stage.copy(isAbsent(stage.num(update)));
    stage.define(id, select(stage.num(before), stage.num(update), missing));
    stage.tick.push(numberSlot(stage, id).set(stage.num(id)));
    stage.countMissingUpdate(i32.and(missing, stage.isReady(stage.readySlotOf(id))));
  }
}

function numberSlot(stage: StageBuilder, id: NodeId): Hot<'f64'> {
  const state = stateOf(stage, id);
  return stage.shared(`state ${state}`, () => stage.hotF64(`state ${state}`, f64.const(Number.NaN)));
}
function boolSlot(stage: StageBuilder, id: NodeId): { readonly truth: Hot<'i32'>; readonly falsity: Hot<'i32'> } {
  const state = stateOf(stage, id);
  return stage.shared(`state ${state}`, () => ({
    truth: stage.hotI32(`state ${state} is true`, i32.const(0)),
    falsity: stage.hotI32(`state ${state} is false`, i32.const(0)),
  }));
}
function stateOf(stage: StageBuilder, id: NodeId): number {
  const { state } = stage.node(id).attrs;
  if (state === undefined) throw new Error(`node ${id} names no state`);
  return state;
}

/** `signal`: definitely true, and not before it is ready. */
export function emitSignal(stage: StageBuilder, id: NodeId): void {
  const condition = argument(stage.node(id).args, 0);
  const slot = stage.readySlotOf(id);
  stage.define(id, { truth: () => i32.and(stage.truth(condition), stage.isReady(slot)), falsity: 'otherwise' });
}
