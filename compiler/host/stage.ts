/**
 * Host stages at work: the same columns and the same ticks as a kernel's stage, one node each. A column is a place in the
 * run's memory, seen as doubles; what lies between blocks (the barrier's last bars) is part of the state that a snapshot copies.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import type { Schedule, ScheduledStage } from '../graph/schedule.ts';
import { type BarrierOutcome, rulesOf, walkBarrier } from './barrier.ts';
import { DROPS_AXIS, KEEPS_AXIS } from './cross-section.ts';

/** Value at tick t of the block: `data[at + step * t]`. A value that no tick moves has step 0. */
export interface HostColumn {
  readonly data: Float64Array;
  readonly at: number;
  readonly step: 0 | 1;
}

export interface HostPlaces {
  /** By argument of the node, then by lane that is read. */
  readonly args: readonly (readonly HostColumn[])[];
  /** By lane that is written. */
  readonly outputs: readonly HostColumn[];
  readonly state: Float64Array;
}

/** Computes ticks [offset, offset + count) of the block; returns `count`. */
export type HostAdvance = (offset: number, count: number) => number;

export function openHostStage(node: Node, places: HostPlaces): HostAdvance {
  if (node.op === 'cross_section') return openCrossSection(node, places);
  if (node.op === 'barrier') return openBarrier(node, places);
  throw new Error(`${node.op} is not computed by the host`);
}

/** Bytes of the state of one run of a host stage. */
export function hostStateBytes({ graph }: Schedule, { nodes, slots }: ScheduledStage): number {
  const node = graph.nodes[nodes[0] ?? -1];
  if (node?.op !== 'barrier') return 0;
  const depth: NodeId = node.args.at(-1) ?? -1;
  const given = graph.nodes[depth];
  const slot = slots.find(candidate => candidate.kind === 'node' && candidate.node === depth);
  const ticks = given?.op === 'const' ? (given.attrs.value ?? Number.NaN) : slot?.kind === 'node' ? slot.high : 0;
  const bytes = Float64Array.BYTES_PER_ELEMENT * (1 + RING_FIELDS * Math.floor(ticks));
  if (!Number.isSafeInteger(bytes)) throw new RangeError('the walk of a triple barrier has no bound');
  return bytes;
}

function valueAt({ data, at, step }: HostColumn, tick: number): number {
  return data[at + step * tick] as number;
}

/** With the one NaN that columns hold. */
function put({ data, at, step }: HostColumn, tick: number, value: number): void {
  data[at + step * tick] = Number.isNaN(value) ? Number.NaN : value;
}

// ---------------------------------------------------------------- cross-sections

function openCrossSection({ attrs: { field = '' } }: Node, { args, outputs }: HostPlaces): HostAdvance {
  const [x, ...settings] = args.slice(0, -1);
  const held = args.at(-1);
  if (!x || !held) throw new Error(`${field} without a stream`);
  const lanes = held.length;
  const row = new Float64Array(lanes);
  const readRow = (column: readonly HostColumn[], tick: number, into: Float64Array): void => {
    for (let lane = 0; lane < lanes; lane++) {
      const isHeld = valueAt(held[lane] as HostColumn, tick) !== 0;
      into[lane] = isHeld ? Number.NaN : valueAt(column[lane] as HostColumn, tick);
    }
  };
  const whole = DROPS_AXIS[field];
  if (whole) {
    return (offset, count) => {
      for (let tick = offset; tick < offset + count; tick++) {
        readRow(x, tick, row);
        put(outputs[0] as HostColumn, tick, whole(row));
      }
      return count;
    };
  }
  const each = KEEPS_AXIS[field];
  if (!each) throw new Error(`there is no cross-section ${field}`);
  const out = new Float64Array(lanes);
  const second = new Float64Array(lanes);
  return (offset, count) => {
    const numbers = settings.map(setting => valueAt(setting[0] as HostColumn, offset));
    for (let tick = offset; tick < offset + count; tick++) {
      readRow(x, tick, row);
      if (field === 'neutral') readRow(settings[0] ?? [], tick, second);
      each(row, out, numbers, second);
      for (let lane = 0; lane < lanes; lane++) put(outputs[lane] as HostColumn, tick, out[lane] as number);
    }
    return count;
  };
}

// ---------------------------------------------------------------- barriers

/** Open, high, low and held of each bar that is kept. */
const RING_FIELDS = 4;

/** Args as language/operators/special.ts has them: entry, up, down, side, open, high, low, held, exit, within, depth. */
function openBarrier({ attrs }: Node, { args, outputs, state }: HostPlaces): HostAdvance {
  const [entry, up, down, side, open, high, low, held, exit, within, depth] = args.map(([column]) => column);
  const [output] = outputs;
  if (!entry || !up || !down || !side || !open || !high || !low || !held || !exit || !within || !depth || !output)
    throw new Error('a barrier lacks an argument');
  const rules = rulesOf(attrs.field ?? '');
  const isEnd = attrs.name === 'end';
  const kept = valueAt(depth, 0);
  const steps = valueAt(within, 0);
  // state[0]: bars seen. Then the last `kept` bars, each where its number modulo `kept` says.
  let now = 0;
  const ring = (field: number) => (bar: number) => state[1 + RING_FIELDS * ((now + bar) % kept) + field] as number;
  const bars = { open: ring(0), high: ring(1), low: ring(2), held: ring(3) };
  const outcome: BarrierOutcome = { category: Number.NaN, bar: Number.NaN };
  return (offset, count) => {
    now = state[0] as number;
    for (let tick = offset; tick < offset + count; tick++, now++) {
      const place = 1 + RING_FIELDS * (now % kept);
      state[place] = valueAt(open, tick);
      state[place + 1] = valueAt(high, tick);
      state[place + 2] = valueAt(low, tick);
      state[place + 3] = valueAt(held, tick);
      if (now < kept) {
        put(output, tick, Number.NaN);
        continue;
      }
      const start = {
        entry: valueAt(entry, tick),
        up: valueAt(up, tick),
        down: valueAt(down, tick),
        side: valueAt(side, tick),
        within: steps,
        exit: valueAt(exit, tick),
      };
      walkBarrier(start, bars, rules, outcome);
      put(output, tick, isEnd ? endOf(outcome, kept) : outcome.category);
    }
    state[0] = now;
    return count;
  };
}

/** Ticks after the entry's tick: time closes where the depth ends. */
export function endOf({ bar }: BarrierOutcome, depth: number): number {
  return bar === 0 ? depth : bar;
}
