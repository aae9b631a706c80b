/**
 * Delays. One ring a source, as long as its largest offset asks for; its length is a power of two, so that a tick's place
 * is its index cut to some bits. An offset of one, by far the most frequent, is kept in a local instead.
 */
import type { NodeId } from '../../../language/check/node.ts';
import type { Length, StageBuilder } from '../stage-builder.ts';
import type { Value } from '../values.ts';
import { f64, type I32, i32 } from '../wasm/instruction.ts';
import { argument } from './pointwise.ts';

export function emitDelay(stage: StageBuilder, id: NodeId): void {
  const { args } = stage.node(id);
  const x = argument(args, 0);
  const by = offsetOf(stage, id);
  if (by.key === '0') stage.define(id, itself(stage, x));
  else if (by.key === '1') stage.define(id, previous(stage, x));
  else stage.define(id, fromRing(stage, x, by));
}

const offsetOf = (stage: StageBuilder, id: NodeId): Length => stage.length(argument(stage.node(id).args, 1), 0);

function itself(stage: StageBuilder, x: NodeId): Value {
  return stage.isBool(x) ? { truth: () => stage.truth(x), falsity: () => stage.falsity(x) } : stage.num(x);
}

function previous(stage: StageBuilder, x: NodeId): Value {
  if (stage.isBool(x)) {
    return {
      truth: () => previousCondition(stage, `truth of ${x}`, stage.truth(x)),
      falsity: () => previousCondition(stage, `falsity of ${x}`, stage.falsity(x)),
    };
  }
  return stage.shared(`previous ${x}`, () => {
    const slot = stage.hotF64(`previous ${x}`, f64.const(Number.NaN));
    const value = stage.num(x);
    stage.atEndOfTick(() => [slot.set(value)]);
    return slot.get;
  });
}

function previousCondition(stage: StageBuilder, what: string, condition: I32): I32 {
  return stage.shared(`previous ${what}`, () => {
    const slot = stage.hotI32(`previous ${what}`, i32.const(0));
    stage.atEndOfTick(() => [slot.set(condition)]);
    return stage.copy(slot.get);
  });
}

function fromRing(stage: StageBuilder, x: NodeId, by: Length): Value {
  const { offset, mask } = ringOf(stage, x);
  const place = i32.and(i32.sub(stage.tickIndex(), by.ticks), i32.const(mask));
  if (!stage.isBool(x)) return f64.load(i32.add(stage.state, i32.shl(place, i32.const(3))), offset);
  const both = stage.copy(i32.load8(i32.add(stage.state, place), offset));
  return { truth: () => i32.and(both, i32.const(1)), falsity: () => i32.shrUnsigned(both, i32.const(1)) };
}

/** A number takes eight bytes of a ring, a bool one: 1 for true, 2 for false. */
function ringOf(stage: StageBuilder, x: NodeId): { readonly offset: number; readonly mask: number } {
  return stage.shared(`ring ${x}`, () => {
    const size = 2 ** Math.ceil(Math.log2(largestOffset(stage, x) + 1));
    const mask = size - 1;
    const place = i32.and(stage.tickIndex(), i32.const(mask));
    if (stage.isBool(x)) {
      const offset = stage.arrayBytes(`ring ${x}`, size);
      const both = i32.or(stage.truth(x), i32.shl(stage.falsity(x), i32.const(1)));
      stage.tick.push(i32.store8(i32.add(stage.state, place), both, offset));
      return { offset, mask };
    }
    const offset = stage.arrayF64(`ring ${x}`, size, Number.NaN);
    const address = i32.add(stage.state, i32.shl(place, i32.const(3)));
    stage.tick.push(f64.store(address, stage.canonical(x), offset));
    return { offset, mask };
  });
}

function largestOffset(stage: StageBuilder, x: NodeId): number {
  const offsets = stage.stage.nodes
    .filter(id => stage.node(id).op === 'delay' && stage.node(id).args[0] === x)
    .map(id => offsetOf(stage, id).atMost);
  return Math.max(1, ...offsets);
}
