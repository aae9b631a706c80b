/**
 * What a label is, read straight from later ticks: the oracle of the lowering to delays. Values that do not look ahead come
 * from a run of the plan; everything above them is looked up where it will be.
 */
import type { InstrumentData, RunData } from '../../compiler/kernel/run.ts';
import type { NodeId } from '../../language/check/node.ts';
import type { Program } from '../../language/check/program.ts';
import { specOf } from '../../language/operators/table.ts';

export interface Oracle {
  readonly program: Program;
  readonly data: RunData;
  /** Value of a node that does not look ahead, in a lane. */
  readonly now: (id: NodeId, lane: number, tick: number) => number;
  readonly fixed: (id: NodeId) => number;
  readonly touch: 'through' | 'fills';
}

export function labelAt(id: NodeId, lane: number, tick: number, oracle: Oracle): number {
  const { program, fixed } = oracle;
  const node = program.nodes[id];
  if (!node) throw new Error(`no node ${id}`);
  const at = (arg: NodeId, when: number, of = lane) => labelAt(arg, of, when, oracle);
  const [a = -1, b = -1] = node.args;
  if (node.stage !== 'series') return fixed(id);
  if (!looksAhead(id, program)) return oracle.now(id, lane, tick);
  if (node.op === 'ahead') return laterPrice(a, lane, tick + fixed(b), oracle) ?? at(a, tick + fixed(b));
  if (node.op === 'delay') return at(a, tick - fixed(b));
  if (node.op === 'highest') {
    const window = Array.from({ length: fixed(b) }, (_, i) => at(a, tick - i));
    return window.some(Number.isNaN) ? Number.NaN : Math.max(...window);
  }
  if (node.op === 'cross_section') {
    const row = memberships(oracle).map(({ held }, of) => (held[tick] === 0 ? at(a, tick, of) : Number.NaN));
    const [mine = Number.NaN, there] = [row[lane], row.filter(value => !Number.isNaN(value))];
    if (node.attrs.field === 'demean') return mine - there.reduce((sum, value) => sum + value, 0) / there.length;
    const below = there.filter(value => value < mine).length;
    const equal = there.filter(value => value === mine).length;
    if (Number.isNaN(mine)) return Number.NaN;
    return there.length === 1 ? 0.5 : (2 * below + equal - 1) / (2 * there.length - 2);
  }
  if (node.op === 'triple_barrier') return barrierAt(id, lane, tick, oracle).category;
  const { reference } = specOf(node.op);
  if (reference.kind !== 'pointwise') throw new Error(`the oracle knows no ${node.op}`);
  return reference.evaluate(node.args.map(arg => at(arg, tick)));
}

/** Class, and ticks until it is known. */
function barrierAt(id: NodeId, lane: number, tick: number, oracle: Oracle) {
  const { program, fixed, touch } = oracle;
  const node = program.nodes[id];
  const at = (index: number, when = tick) => labelAt(node?.args[index] ?? -1, lane, when, oracle);
  const within = fixed(node?.args[3] ?? -1);
  const fill = node?.args[0] ?? -1;
  const exitAt = within + (looksAhead(fill, program) ? 1 : 0);
  const side = Math.sign(at(4));
  const nothing = { category: Number.NaN, end: Number.NaN };
  if (!(at(1) > 0 && at(2) > 0 && Math.abs(side) === 1) || Number.isNaN(at(0))) return nothing;
  const [target, stop] = [at(0) + side * at(1), at(0) - side * at(2)];
  const isPast = (price: number) => (touch === 'fills' && price === target) || side * price > side * target;
  for (let bar = 1; bar <= within; bar++) {
    const [open, high, low] = [at(5, tick + bar), at(6, tick + bar), at(7, tick + bar)];
    if (memberships(oracle)[lane]?.held[tick + bar] !== 0 || Number.isNaN(open)) continue;
    const [best, worst] = side > 0 ? [high, low] : [low, high];
    const [hit, stopped] = [isPast(best), side * worst <= side * stop];
    if (side * open <= side * stop) return { category: 2, end: bar };
    if (isPast(open)) return { category: 0, end: bar };
    if (hit && stopped) return { category: node?.attrs.field === 'best' ? 0 : 2, end: bar };
    if (hit || stopped) return { category: hit ? 0 : 2, end: bar };
  }
  const exit = laterPrice(fill, lane, tick + within, oracle) ?? at(0, tick + within);
  return Number.isNaN(exit) ? nothing : { category: 1, end: exitAt };
}

/** Ticks until the last thing is known that the value rests on; NaN where there is no saying, undefined for what is known at once. */
export function endAt(id: NodeId, lane: number, tick: number, oracle: Oracle): number | undefined {
  const { program, fixed } = oracle;
  const node = program.nodes[id];
  if (!node || !looksAhead(id, program)) return undefined;
  const [a = -1, b = -1] = node.args;
  const at = (arg: NodeId, when = tick, of = lane) => endAt(arg, of, when, oracle);
  if (node.op === 'ahead') return fixed(b) + (at(a, tick + fixed(b)) ?? 0);
  if (node.op === 'delay') return Math.max(0, (at(a, tick - fixed(b)) ?? 0) - fixed(b));
  if (node.op === 'triple_barrier') return barrierAt(id, lane, tick, oracle).end;
  if (node.op === 'highest') return horizonOf(id, oracle);
  if (node.op === 'cross_section') {
    const there = memberships(oracle).flatMap(({ held }, of) => (held[tick] === 0 ? (at(a, tick, of) ?? []) : []));
    const known = there.filter(end => !Number.isNaN(end));
    return known.length === 0 ? Number.NaN : Math.max(...known);
  }
  return Math.max(...node.args.flatMap(arg => at(arg) ?? []));
}

function horizonOf(id: NodeId, oracle: Oracle): number {
  const node = oracle.program.nodes[id];
  if (!node || !looksAhead(id, oracle.program)) return 0;
  const [a = 0, b = 0] = node.args;
  const inner = Math.max(...node.args.map(arg => horizonOf(arg, oracle)));
  if (node.op === 'ahead') return horizonOf(a, oracle) + oracle.fixed(b);
  if (node.op === 'delay') return Math.max(0, horizonOf(a, oracle) - oracle.fixed(b));
  if (node.op !== 'triple_barrier') return inner;
  return Math.max(inner, horizonOf(a, oracle) + oracle.fixed(node.args[3] ?? 0));
}

/** Behind an instrument's end a price is the last one that was paid. */
function laterPrice(id: NodeId, lane: number, tick: number, oracle: Oracle): number | undefined {
  const node = oracle.program.nodes[id];
  if (node?.op !== 'input' || !['open', 'high', 'low', 'close'].includes(node.attrs.field ?? '')) return undefined;
  const { clocks, endTick } = instrumentOf(node.attrs.instrument, lane, oracle);
  const [base] = clocks;
  if (!base || tick < endTick || endTick >= base.length) return undefined;
  const value = oracle.now(id, lane, tick);
  return Number.isNaN(value) ? base.fields.close?.[endTick - 1] : value;
}

function instrumentOf(number: number | undefined, lane: number, { program, data }: Oracle): InstrumentData {
  const found = data.instruments[number ?? program.universes[0]?.members[lane] ?? 0];
  if (!found) throw new Error('no such instrument');
  return found;
}

function memberships({ program, data }: Oracle): readonly InstrumentData[] {
  const members = program.universes[0]?.members ?? [0];
  return members.map(number => data.instruments[number] ?? instrumentOf(0, 0, { program, data } as Oracle));
}

export function looksAhead(id: NodeId, program: Pick<Program, 'nodes'>): boolean {
  const node = program.nodes[id];
  if (!node) return false;
  return node.op === 'ahead' || node.op === 'triple_barrier' || node.args.some(arg => looksAhead(arg, program));
}
