/**
 * Warm-up (language.md §2): the first tick at which a value can exist (`ready`), and the tick from which the past before
 * the start has stopped mattering (`settled`). Both count ticks of the node's own clock from the kernel's start.
 *
 * The same walk serves the checker, with the worst case over all starts, and the binding of a plan, with exact timing.
 */
import { OPERATORS } from '../operators/table.ts';
import type { Known, Warmup } from './facts.ts';
import { fading } from './fading.ts';
import { type Part, partsOf } from './loops.ts';
import { type Absence, missing } from './missing.ts';
import type { Node, NodeId } from './node.ts';
import type { Timing } from './timing.ts';

/** What is left of a forgotten value: a millionth. */
const FORGOTTEN = 1e-6;

const AT_ONCE: Warmup = { ready: 0, settled: 0 };

type WarmupOf = (id: NodeId) => Warmup;

/**
 * `fixed`: the values of the nodes that no tick changes (fixed.ts). Nodes of a program, or of a graph. `given`: nodes whose
 * warm-up is known already, since they are computed elsewhere (a lane of a universe reads what all lanes share). `known`: of
 * an earlier check with the same params and clocks.
 */
export function warmup(
  nodes: readonly Node[],
  fixed: Float64Array,
  timing: Timing,
  given: (id: NodeId) => Warmup | undefined = () => undefined,
  known?: Known<readonly Warmup[]>,
): readonly Warmup[] {
  const result: Warmup[] = known?.facts.slice(0, nodes.length) ?? nodes.map(() => AT_ONCE);
  const of: WarmupOf = arg => result[arg] ?? AT_ONCE;
  // With what states held taken as present: a state that holds nothing has nothing to keep.
  let absent: readonly Absence[] | undefined;
  for (const part of partsOf(nodes, known?.fresh)) {
    const [only = -1] = part;
    const node = nodes[only];
    if (given(only)) for (const id of part) result[id] = given(id) ?? AT_ONCE;
    else if (part.length > 1) {
      absent ??= missing(nodes, [], []);
      settleLoop(nodes, part, result, { fixed, timing, absent });
    } else if (node) result[only] = warmupOf(node, nodes, of, fixed, timing);
  }
  return result;
}

function warmupOf(node: Node, nodes: readonly Node[], of: WarmupOf, fixed: Float64Array, timing: Timing): Warmup {
  if (node.stage !== 'series') return AT_ONCE;
  const inputs = latestOf(node.args.map(of));
  const value = (argument: number) => fixed[node.args[argument] ?? -1] ?? Number.NaN;
  if (node.op === 'latest' || node.op === 'sample') {
    const [source] = node.args;
    const across = nodes[source ?? -1];
    if (source === undefined || !across) return AT_ONCE;
    const convert =
      node.op === 'latest' ? timing(across.clock, node.clock).completes : timing(node.clock, across.clock).firstFrom;
    return { ready: convert(of(source).ready), settled: convert(of(source).settled) };
  }
  const time = OPERATORS.get(node.op)?.time;
  switch (time?.kind) {
    case 'delay':
      return later(inputs, orNever(value(time.by)));
    case 'window':
      return later(inputs, orNever(value(time.length)) - 1);
    case 'recurrence': {
      const ready = inputs.ready + orNever(value(time.length)) - 1;
      const decay = time.decay(node.args.map((_, argument) => value(argument)));
      // Its first value is the mean of a start, of which even a step all the way to the newest value knows nothing.
      return { ready, settled: Math.max(inputs.settled, ready) + Math.max(1, ticksToForget(decay)) };
    }
    default:
      return inputs;
  }
}

/** ⌈ln 1e-6 / ln |λ|⌉; never where |λ| is 1 or more. */
export function ticksToForget(decay: number): number {
  const rate = Math.abs(decay);
  if (rate === 0) return 0;
  return rate < 1 ? Math.ceil(Math.log(FORGOTTEN) / Math.log(rate)) : Number.POSITIVE_INFINITY;
}

function later(from: Warmup, ticks: number): Warmup {
  return { ready: from.ready + ticks, settled: from.settled + ticks };
}

function latestOf(all: readonly Warmup[]): Warmup {
  let ready = 0;
  let settled = 0;
  for (const one of all) {
    ready = Math.max(ready, one.ready);
    settled = Math.max(settled, one.settled);
  }
  return { ready, settled };
}

/** A length that is not known cannot be waited for. */
function orNever(length: number): number {
  return Number.isNaN(length) ? Number.POSITIVE_INFINITY : length;
}

// ---------------------------------------------------------------- states

/**
 * A state is ready when its start, its update and its reset are, with `prev s` taken as ready. It settles when its
 * update forgets, or a period after a clock has reset it; else never. States that feed one another settle only where one
 * clock resets them all.
 */
function settleLoop(
  nodes: readonly Node[],
  loop: Part,
  result: Warmup[],
  { fixed, timing, absent }: { fixed: Float64Array; timing: Timing; absent: readonly Absence[] },
): void {
  const states = loop.filter(id => nodes[id]?.op === 'state');
  const argument = (id: NodeId, index: number) => nodes[nodes[id]?.args[0] ?? -1]?.args[index];
  const begins = new Map(
    states.map(id => [
      id,
      latestOf([argument(id, 0), argument(id, 1)].flatMap(arg => (arg === undefined ? [] : (result[arg] ?? AT_ONCE)))),
    ]),
  );
  // First as if the past of the loop itself did not matter: how fast it is forgotten comes on top of that.
  walkLoop(nodes, loop, result, fixed, timing, previous => ({ ready: readyOfStart(previous, result), settled: 0 }));
  const entered = (id: NodeId) => {
    const update = result[nodes[id]?.args[1] ?? -1] ?? AT_ONCE;
    return { update, begin: begins.get(id) ?? AT_ONCE, ready: result[id]?.ready ?? 0 };
  };
  const latest = Math.max(
    ...states.flatMap(id => [entered(id).update.settled, entered(id).begin.settled, entered(id).ready]),
  );
  const byReset = latest + commonResetPeriod(nodes, states, timing);
  const [state = -1] = states;
  const { update, ready } = entered(state);
  const byFading =
    states.length === 1
      ? Math.max(update.settled, ready) + ticksToForget(fading(nodes, loop, fixed, absent))
      : Number.POSITIVE_INFINITY;
  const settled = Math.min(byFading, byReset);
  // What a slot held is what the state was one tick before.
  walkLoop(nodes, loop, result, fixed, timing, previous => ({
    ready: readyOfStart(previous, result),
    settled: settled + 1,
  }));
  for (const id of states) result[id] = { ready: entered(id).ready, settled };
}

function walkLoop(
  nodes: readonly Node[],
  loop: Part,
  result: Warmup[],
  fixed: Float64Array,
  timing: Timing,
  held: (previous: Node) => Warmup,
): void {
  for (const id of loop) {
    const node = nodes[id];
    if (!node) continue;
    result[id] =
      node.op === 'state_prev' ? held(node) : warmupOf(node, nodes, arg => result[arg] ?? AT_ONCE, fixed, timing);
  }
}

/** Before the slot holds anything, `prev s` is `starts`. */
function readyOfStart(previous: Node, result: readonly Warmup[]): number {
  return latestOf(previous.args.map(arg => result[arg] ?? AT_ONCE)).ready;
}

/** Ticks between two resets at most, where one clock resets all the states. */
function commonResetPeriod(nodes: readonly Node[], states: readonly NodeId[], timing: Timing): number {
  const [first, ...others] = states.map(id => {
    const state = nodes[id];
    return state ? resets(nodes, nodes[state.args[0] ?? -1]?.args[1], state, timing) : new Map<string, number>();
  });
  const common = [...(first ?? [])].filter(([clock]) => others.every(other => other.has(clock)));
  return Math.min(...common.map(([, ticks]) => ticks));
}

/** The clock edges that reset a state, with the ticks between two of them at most. */
function resets(
  nodes: readonly Node[],
  reset: NodeId | undefined,
  state: Node,
  timing: Timing,
): ReadonlyMap<string, number> {
  const node = nodes[reset ?? -1];
  if (!node) return new Map();
  const { field, clock } = node.attrs;
  if (node.op === 'calendar' && (field === 'new' || field === 'ends') && clock !== undefined)
    return new Map([[`${field} ${clock}`, clock === state.clock ? 1 : timing(clock, state.clock).longest]]);
  if (node.op !== 'or' && node.op !== 'signal') return new Map();
  return new Map(node.args.flatMap(arg => [...resets(nodes, arg, state, timing)]));
}

/** The states that never settle and are not merely built on another one that does not: what `explain` names. */
export function unsettledStates(nodes: readonly Node[], warmups: readonly Warmup[]): readonly NodeId[] {
  return nodes.flatMap((node, id) => {
    if (node.op !== 'state' || warmups[id]?.settled !== Number.POSITIVE_INFINITY) return [];
    const seen = new Set<NodeId>();
    const visit = (arg: NodeId): boolean => {
      const inner = nodes[arg];
      if (!inner || seen.has(arg)) return false;
      seen.add(arg);
      if (inner.op === 'state') return warmups[arg]?.settled === Number.POSITIVE_INFINITY;
      return inner.args.some(visit);
    };
    return node.args.some(visit) ? [] : [id];
  });
}
