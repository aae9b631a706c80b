/**
 * What of two graphs is the same. Nodes are told apart by structure alone, as within one graph: operator, arguments,
 * attributes, clock; names and places do not count. A state's meaning goes round a loop, so slots begin as one and are split
 * round by round, as often as there are slots.
 */
import type { Node } from '../../language/check/node.ts';
import type { Graph } from './graph.ts';
import { nodeKey } from './intern.ts';
import type { ScheduledStage } from './schedule.ts';

/** Two things have one number in a table when they are alike. */
export type Numbers = Map<string, number>;

function numberIn(numbers: Numbers, key: string): number {
  const known = numbers.get(key) ?? numbers.size;
  numbers.set(key, known);
  return known;
}

export interface Structure {
  /** Of each node, and of each slot of a state, a number that equal ones of all graphs with this table have too. */
  readonly nodes: readonly number[];
  readonly slots: readonly number[];
}

/** `rounds` is the same for all graphs that are compared: as many as the one with most states has. */
export function structureOf({ nodes, states, clocks }: Graph, numbers: Numbers, rounds: number): Structure {
  const clockOf = (clock: number): number => numberIn(numbers, `clock ${JSON.stringify(clocks[clock]?.period)}`);
  let slots = states.map(({ clock, optional }) => numberIn(numbers, `slot ${clockOf(clock)} ${optional}`));
  let found: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    found = [];
    for (const node of nodes) found.push(numberIn(numbers, keyOf(node, found, slots, clockOf)));
    slots = slots.map((slot, index) => {
      const loop = nodes.flatMap(({ attrs }, id) => (attrs.state === index ? [found[id]] : []));
      return numberIn(numbers, `slot ${slot}: ${loop.join(' ')}`);
    });
  }
  return { nodes: found, slots };
}

function keyOf(
  node: Node,
  found: readonly number[],
  slots: readonly number[],
  clockOf: (clock: number) => number,
): string {
  const { args, attrs, clock } = node;
  const { state, clock: other } = attrs;
  return nodeKey({
    ...node,
    args: args.map(arg => found[arg] ?? -1),
    clock: clockOf(clock),
    attrs: {
      ...attrs,
      ...(state !== undefined && { state: slots[state] ?? -1 }),
      ...(other !== undefined && { clock: clockOf(other) }),
    },
  });
}

/** Of each stage a number that stages which compute the same, in the same order and from the same, have too. */
export function stageNumbers(
  { graph, stages }: { readonly graph: Graph; readonly stages: readonly ScheduledStage[] },
  { nodes }: Structure,
  numbers: Numbers,
): readonly number[] {
  const of = (node: number) => nodes[node] ?? -1;
  return stages.map(stage =>
    numberIn(
      numbers,
      `stage ${JSON.stringify({
        part: stage.part,
        clock: graph.clocks[stage.clock]?.period,
        axis: stage.axis,
        inputs: stage.inputs.map(({ node }) => of(node)),
        nodes: stage.nodes.map(of),
        outputs: stage.outputs.map(output => ({ ...output, node: of(output.node) })),
        // When it is ready is no part of what it keeps.
        slots: stage.slots.map(slot => (slot.kind === 'node' ? of(slot.node) : slot.kind)),
      })}`,
    ),
  );
}

/** The slots of the states that a stage keeps. */
export function slotsIn({ nodes }: Graph, stage: Pick<ScheduledStage, 'nodes'>): readonly number[] {
  return stage.nodes.flatMap(id => {
    const node = nodes[id];
    return node?.op === 'state' && node.attrs.state !== undefined ? [node.attrs.state] : [];
  });
}
