/** Recurrences: smoothing, and the states a strategy declares. Sequential by nature; their slots live in locals. */
import type { NodeId } from '../../../language/check/node.ts';
import type { Hot, StageBuilder } from '../stage-builder.ts';
import { isAbsent, isTrue, total, UNKNOWN } from '../values.ts';
import { f64, i32, select, when } from '../wasm/instruction.ts';
import { argument } from './pointwise.ts';

/** The mean of the first n values, then a step of alpha towards each new one; absent and infinite values take none. */
export function emitSmooth(stage: StageBuilder, id: NodeId): void {
  const { args } = stage.node(id);
  const x = stage.num(argument(args, 0));
  const n = stage.num(argument(args, 1));
  const alpha = stage.num(argument(args, 2));
  const seen = stage.hotF64(`values in the start of ${id}`, f64.const(0));
  const y = stage.hotF64(`smooth ${id}`, f64.const(0));
  const result = stage.local('f64');
  const isPresent = f64.lt(f64.abs(x), f64.const(Number.POSITIVE_INFINITY));
  stage.tick.push(
    when(
      f64.ge(seen.get, n),
      [when(isPresent, [y.set(f64.add(y.get, f64.mul(alpha, f64.sub(x, y.get))))]), result.set(y.get)],
      [
        result.set(f64.const(Number.NaN)),
        when(isPresent, [
          seen.set(f64.add(seen.get, f64.const(1))),
          y.set(f64.add(y.get, x)),
          when(i32.eqz(f64.lt(seen.get, n)), [y.set(f64.div(y.get, n)), result.set(y.get)]),
        ]),
      ],
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
  const reset = args[1] === undefined ? i32.const(0) : isTrue(stage.bits(args[1]));
  if (stage.isBool(id)) {
    const slot = boolSlot(stage, id).get;
    stage.define(id, select(stage.bits(starts), slot, i32.or(reset, i32.eqz(slot))));
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
    const missing = stage.copy(i32.eqz(stage.bits(update)));
    stage.define(id, select(stage.bits(before), stage.bits(update), missing));
    stage.tick.push(boolSlot(stage, id).set(stage.bits(id)));
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
function boolSlot(stage: StageBuilder, id: NodeId): Hot<'i32'> {
  const state = stateOf(stage, id);
  return stage.shared(`state ${state}`, () => stage.hotI32(`state ${state}`, i32.const(UNKNOWN)));
}
function stateOf(stage: StageBuilder, id: NodeId): number {
  const { state } = stage.node(id).attrs;
  if (state === undefined) throw new Error(`node ${id} names no state`);
  return state;
}

/** `signal`: definitely true, and not before it is ready. */
export function emitSignal(stage: StageBuilder, id: NodeId): void {
  const condition = stage.bits(argument(stage.node(id).args, 0));
  stage.define(id, total(i32.and(isTrue(condition), stage.isReady(stage.readySlotOf(id)))));
}
