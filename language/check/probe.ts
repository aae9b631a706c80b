/**
 * Questions about single expressions of a checked file: what type is this, when is it ready, what does it read? An
 * expression is elaborated once more where it stands; the nodes that makes are forgotten again, and its problems with them.
 */
import type { Declaration, Expression, Tree } from '../syntax/tree.ts';
import { bounds } from './bounds.ts';
import { causality } from './causality.ts';
import { streamOfKind } from './check.ts';
import type { Context } from './context.ts';
import { evaluate } from './elaborate.ts';
import { placeInside } from './expand.ts';
import type { Causality, Warmup } from './facts.ts';
import { fixedValues } from './fixed.ts';
import { memory } from './memory.ts';
import type { Node, NodeId } from './node.ts';
import { lookUp, lookUpFunction, type Place, type Value } from './scope.ts';
import { worstTiming } from './timing.ts';
import { warmup } from './warmup.ts';

export interface Elaboration {
  readonly cx: Context;
  readonly place: Place;
}

/** What is known of one stream before any run. */
export interface StreamFacts {
  readonly node: Node;
  /** Its value where no param or data are needed, and with all params at their defaults. */
  readonly value?: number;
  readonly warmup: Warmup;
  readonly causality: Causality;
  /** Operators that a bar costs, and bytes of state. */
  readonly operators: number;
  readonly bytes: number;
}

export type Probed =
  | { readonly kind: 'stream'; readonly facts: StreamFacts }
  | { readonly kind: 'record'; readonly of: string; readonly fields: ReadonlyMap<string, StreamFacts | undefined> };

/** The place of a declaration's expressions: its clock, whether labels may be read there, the names of a function's body. */
export function placeOf({ cx, place }: Elaboration, tree: Tree, offset: number): Place {
  const holder = tree.declarations.find(({ span }) => span.start <= offset && offset <= span.end);
  return holder === undefined ? place : placeInDeclaration(cx, place, holder);
}

function placeInDeclaration(cx: Context, place: Place, holder: Declaration): Place {
  switch (holder.kind) {
    case 'label':
      return { ...place, label: true };
    case 'at': {
      const entry = lookUp(place.scope, holder.clock.text);
      return entry?.kind === 'clock' && entry.clock !== undefined ? { ...place, clock: entry.clock } : place;
    }
    case 'features':
      return holder.axis ? { ...place, axis: axisOf(place, holder.axis.universe.text) } : place;
    case 'fn': {
      const entry = lookUpFunction(place.scope, holder.name.text);
      if (entry?.declaration !== holder) return place;
      return placeInside(cx, place, entry, kind => streamOfKind(cx, place, kind, holder.name.span));
    }
    default:
      return place;
  }
}

function axisOf(place: Place, universe: string): number | null {
  const entry = lookUp(place.scope, universe);
  return entry?.kind === 'universe' ? entry.axis : place.axis;
}

/**
 * Elaborates an expression of the file at an offset; `undefined` where it has no value. `clock` where it is to be read on
 * another clock than that of its place.
 */
export function probe(
  elaboration: Elaboration,
  tree: Tree,
  expression: Expression,
  offset: number = expression.span.start,
): Probed | undefined {
  return onTrial(elaboration.cx, cx => {
    const place = placeOf({ ...elaboration, cx }, tree, offset);
    return factsOfValue(cx, evaluate(cx, place, expression));
  });
}

/** What is known of a value that the file has made already. */
export function factsOfValue(cx: Context, value: Value | undefined): Probed | undefined {
  if (value === undefined) return undefined;
  if (value.kind === 'stream') return { kind: 'stream', facts: factsOf(cx, value.node) };
  const fields = [...value.fields].map(
    ([name, node]) => [name, node === undefined ? undefined : factsOf(cx, node)] as const,
  );
  return { kind: 'record', of: value.of, fields: new Map(fields) };
}

/** Runs an elaboration of which nothing stays. */
export function onTrial<Result>(cx: Context, elaborate: (cx: Context) => Result): Result {
  const length = cx.builder.nodes.length;
  const trial: Context = {
    ...cx,
    problems: [],
    notYet: [],
    clocks: [...cx.clocks],
    params: [...cx.params],
    states: [...cx.states],
    calls: [],
    expansions: new Map(),
    reported: new Set(),
    loud: new Set(),
  };
  try {
    return elaborate(trial);
  } finally {
    cx.builder.forget(length);
  }
}

/** The facts of one node, from the nodes it needs alone: the rest of a large file costs nothing here. */
export function factsOf(cx: Context, root: NodeId): StreamFacts {
  const { nodes, at } = needed(cx.builder.nodes, root);
  const timing = worstTiming(cx.clocks);
  const defaults = new Map(cx.params.map(param => [param.name, param.value]));
  const intervals = bounds(nodes, cx.params);
  const highest = Float64Array.from(intervals, interval => interval.high);
  const node = nodes[at];
  if (node === undefined) throw new RangeError(`no node ${root}`);
  const value = cx.builder.atDefaults(root);
  return {
    node,
    ...(value !== undefined && { value }),
    warmup: warmup(nodes, fixedValues(nodes, defaults), timing)[at] ?? { ready: 0, settled: 0 },
    causality: causality(nodes, highest, timing)[at] ?? { low: 0, high: 0, account: false, label: false },
    operators: nodes.filter(({ stage, op }) => stage === 'series' && op !== 'input').length,
    bytes: memory(nodes, intervals).parts.reduce((sum, part) => sum + part.bytes, 0),
  };
}

/** The nodes that one needs, in order, renumbered; what a state held needs the state that holds it. */
export function needed(all: readonly Node[], root: NodeId): { readonly nodes: readonly Node[]; readonly at: number } {
  const wanted = new Set<NodeId>();
  const open = [root];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (wanted.has(id)) continue;
    wanted.add(id);
    const node = all[id];
    if (node === undefined) continue;
    open.push(...node.args);
    if (node.op === 'state_prev') {
      const state = all.findIndex(other => other.op === 'state' && other.attrs.state === node.attrs.state);
      if (state >= 0) open.push(state);
    }
  }
  const ids = [...wanted].sort((a, b) => a - b);
  const numbers = new Map(ids.map((id, number) => [id, number]));
  const nodes = ids.flatMap(id => {
    const node = all[id];
    return node === undefined ? [] : [{ ...node, args: node.args.map(arg => numbers.get(arg) ?? 0) }];
  });
  return { nodes, at: numbers.get(root) ?? 0 };
}
