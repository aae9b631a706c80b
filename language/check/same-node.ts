/** Whether two nodes compute the same: equal operators over equal inputs, however often the source text spells them. */
import type { Node, NodeId } from './node.ts';

/** A state is the same only as itself: it has a slot of its own. */
export function sameNode(a: NodeId | undefined, b: NodeId | undefined, nodes: readonly Node[]): boolean {
  return isSame(a ?? -1, b ?? -1, nodes, new Map());
}

/** `known`: pairs that have been compared, so that shared parts are compared once. */
function isSame(a: NodeId, b: NodeId, nodes: readonly Node[], known: Map<string, boolean>): boolean {
  if (a === b) return true;
  const key = `${a} ${b}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const left = nodes[a];
  const right = nodes[b];
  const same =
    left !== undefined &&
    right !== undefined &&
    left.op === right.op &&
    left.clock === right.clock &&
    left.attrs.state === undefined &&
    sameAttributes(left, right) &&
    left.args.length === right.args.length &&
    left.args.every((arg, index) => isSame(arg, right.args[index] ?? -1, nodes, known));
  known.set(key, same);
  return same;
}

function sameAttributes({ attrs: a }: Node, { attrs: b }: Node): boolean {
  return (
    Object.is(a.value, b.value) &&
    a.name === b.name &&
    a.field === b.field &&
    a.instrument === b.instrument &&
    a.clock === b.clock
  );
}

/** A number a node, equal for those that compute the same. For many comparisons at once. */
export function classesOf(nodes: readonly Node[]): readonly number[] {
  const known = new Map<string, number>();
  const classes: number[] = [];
  for (const { op, clock, attrs, args } of nodes) {
    const own = [op, clock, attrs.state, attrs.name, attrs.field, attrs.instrument, attrs.clock].join(' ');
    const value = Object.is(attrs.value, -0) ? '-0' : attrs.value;
    const key = `${own} ${value} ${args.map(arg => classes[arg]).join(' ')}`;
    const found = known.get(key) ?? known.size;
    known.set(key, found);
    classes.push(found);
  }
  return classes;
}
