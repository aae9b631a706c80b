/**
 * Warm-up (language.md §2): the first tick at which a value can exist (`ready`), and the tick from which the past before
 * the start has stopped mattering (`settled`). Both count ticks of the node's own clock from the kernel's start.
 *
 * The same walk serves the checker, with the worst case over all starts, and the binding of a plan, with exact timing.
 */
import { OPERATORS } from '../operators/table.ts';
import type { Warmup } from './facts.ts';
import { fading } from './fading.ts';
import type { Node, NodeId } from './node.ts';
import type { Timing } from './timing.ts';

/** What is left of a forgotten value: a millionth. */
const FORGOTTEN = 1e-6;

const AT_ONCE: Warmup = { ready: 0, settled: 0 };

type WarmupOf = (id: NodeId) => Warmup;

/** `fixed`: the values of the nodes that no tick changes (fixed.ts). Nodes of a program, or of a graph. */
export function warmup(nodes: readonly Node[], fixed: Float64Array, timing: Timing): readonly Warmup[] {
  const states = new StateSettling(nodes);
  let result = walk(nodes, fixed, timing, states);
  // Another pass is needed only where one state reads what another one held.
  while (states.update(result)) result = walk(nodes, fixed, timing, states);
  return result;
}

function walk(nodes: readonly Node[], fixed: Float64Array, timing: Timing, states: StateSettling): Warmup[] {
  const result: Warmup[] = [];
  nodes.forEach((node, id) => {
    result.push(
      node.op === 'state'
        ? warmupOfState(nodes, id, result, fixed, timing)
        : node.op === 'state_prev'
          ? { ready: 0, settled: states.settledOf(node) }
          : warmupOf(node, nodes, arg => result[arg] ?? AT_ONCE, fixed, timing),
    );
  });
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
      return { ready, settled: Math.max(inputs.settled, ready) + ticksToForget(decay) };
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
 * update forgets, or a period after a clock has reset it; else never.
 */
function warmupOfState(
  nodes: readonly Node[],
  id: NodeId,
  known: readonly Warmup[],
  fixed: Float64Array,
  timing: Timing,
): Warmup {
  const [previous = -1, update = -1] = nodes[id]?.args ?? [];
  const [starts, reset] = nodes[previous]?.args ?? [];
  const of: WarmupOf = arg => known[arg] ?? AT_ONCE;
  const begin = latestOf([starts, reset].flatMap(arg => (arg === undefined ? [] : of(arg))));
  // Its own past is what the decay below accounts for, so here it counts as settled.
  const own = new Map<NodeId, Warmup>([[previous, AT_ONCE]]);
  for (let inner = previous + 1; inner < id; inner++) {
    const node = nodes[inner];
    if (node && node.op !== 'state_prev' && node.args.some(arg => own.has(arg)))
      own.set(
        inner,
        warmupOf(node, nodes, arg => own.get(arg) ?? of(arg), fixed, timing),
      );
  }
  const inputs = own.get(update) ?? of(update);
  const ready = Math.max(begin.ready, inputs.ready);
  const fades = Math.max(inputs.settled, ready) + ticksToForget(fading(nodes, previous, id, fixed));
  const resets = Math.max(inputs.settled, begin.settled, ready) + resetPeriod(nodes, reset, nodes[id], timing);
  return { ready, settled: Math.min(fades, resets) };
}

/** Ticks between two resets at most, where a clock makes them. */
function resetPeriod(
  nodes: readonly Node[],
  reset: NodeId | undefined,
  state: Node | undefined,
  timing: Timing,
): number {
  const node = nodes[reset ?? -1];
  if (!node || !state) return Number.POSITIVE_INFINITY;
  const byClock = node.op === 'calendar' && (node.attrs.field === 'new' || node.attrs.field === 'ends');
  if (byClock && node.attrs.clock !== undefined)
    return node.attrs.clock === state.clock ? 1 : timing(node.attrs.clock, state.clock).longest;
  if (node.op !== 'or' && node.op !== 'signal') return Number.POSITIVE_INFINITY;
  return Math.min(...node.args.map(arg => resetPeriod(nodes, arg, state, timing)));
}

/** What each state was found to settle at, for the states that read it through `prev`. */
class StateSettling {
  private readonly nodes: readonly Node[];
  private readonly settled = new Map<number, number>();
  private passesLeft: number;

  constructor(nodes: readonly Node[]) {
    this.nodes = nodes;
    this.passesLeft = nodes.filter(node => node.op === 'state').length + 1;
  }

  /** `prev s` is what the state was one tick before. */
  settledOf(previous: Node): number {
    const settled = this.settled.get(previous.attrs.state ?? -1);
    return settled === undefined ? 0 : settled + 1;
  }

  /** True when another pass is needed. States that feed one another grow with each pass: they never settle. */
  update(result: readonly Warmup[]): boolean {
    let changed = false;
    this.passesLeft -= 1;
    this.nodes.forEach((node, id) => {
      if (node.op !== 'state') return;
      const slot = node.attrs.state ?? -1;
      const now = result[id]?.settled ?? 0;
      if (now === this.settled.get(slot)) return;
      this.settled.set(slot, this.passesLeft < 0 ? Number.POSITIVE_INFINITY : now);
      changed = true;
    });
    return changed;
  }
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
