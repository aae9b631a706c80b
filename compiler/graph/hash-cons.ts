/**
 * Pass: equal sub-expressions become one node, states included.
 *
 * Nodes without feedback merge as they are interned. States need more, since a slot's meaning goes round a loop: the pass
 * starts by taking all slots of a clock for one and splits a class wherever the loops differ, until nothing splits (as one
 * minimises an automaton). Two calls of a library function that keeps a state thus share it, however the states refer to
 * one another.
 */
import type { NodeId } from '../../language/check/node.ts';
import type { Graph } from './graph.ts';
import { createInterner } from './intern.ts';
import { renamedId, withArguments } from './rewrite.ts';

export function hashCons(graph: Graph): Graph {
  let classes = graph.states.map(slot => slot.clock);
  for (let count = new Set(classes).size; ; ) {
    const merged = mergeUnder(graph, classes);
    const refined = refine(graph, classes, merged.renamed);
    const refinedCount = new Set(refined).size;
    if (refinedCount === count) return withClasses(graph, classes, merged);
    classes = refined;
    count = refinedCount;
  }
}

interface Merged {
  readonly nodes: Graph['nodes'];
  readonly renamed: readonly NodeId[];
}

/** Interns all nodes, taking slots of one class for the same slot. */
function mergeUnder(graph: Graph, classes: readonly number[]): Merged {
  const into = createInterner();
  const renamed: NodeId[] = [];
  for (const node of graph.nodes) {
    const moved = withArguments(node, renamed);
    const slot = moved.attrs.state;
    renamed.push(
      into.intern(slot === undefined ? moved : { ...moved, attrs: { ...moved.attrs, state: classOf(classes, slot) } }),
    );
  }
  return { nodes: into.nodes, renamed };
}

/** Slots stay in one class while what they start with, reset on and become are the same merged nodes. */
function refine(graph: Graph, classes: readonly number[], renamed: readonly NodeId[]): number[] {
  const written = new Map<number, NodeId>();
  const read = new Map<number, NodeId>();
  graph.nodes.forEach((node, id) => {
    if (node.attrs.state === undefined) return;
    (node.op === 'state' ? written : read).set(node.attrs.state, renamedId(renamed, id));
  });
  const numbers = new Map<string, number>();
  return classes.map((old, slot) => {
    const key = `${old}:${written.get(slot) ?? ''}:${read.get(slot) ?? ''}`;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

/** The merged graph, with the first slot of each class standing for it. */
function withClasses(graph: Graph, classes: readonly number[], { nodes, renamed }: Merged): Graph {
  const numbers = [...new Set(classes)];
  const states = numbers.map(number => {
    const slot = graph.states[classes.indexOf(number)];
    if (!slot) throw new Error(`no slot in class ${number}`);
    return slot;
  });
  return {
    ...graph,
    nodes: nodes.map(node =>
      node.attrs.state === undefined
        ? node
        : { ...node, attrs: { ...node.attrs, state: numbers.indexOf(node.attrs.state) } },
    ),
    states,
    roots: graph.roots.map(root => ({ name: root.name, node: renamedId(renamed, root.node) })),
  };
}

function classOf(classes: readonly number[], slot: number): number {
  const number = classes[slot];
  if (number === undefined) throw new Error(`no state slot ${slot}`);
  return number;
}
