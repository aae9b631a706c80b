/**
 * Identity of nodes. Two nodes are one when operator, arguments, attributes, clock, base type and axis agree; names,
 * spans and units do not count, since the bits do not depend on them. Every pass builds its result through an interner,
 * so no pass can bring back what hash-consing has merged.
 */
import type { Attributes, Node, NodeId } from '../../language/check/node.ts';

export interface Interner {
  readonly nodes: readonly Node[];
  /** The id of the node's one representative; adds it when it is new. Its arguments must be ids of this interner. */
  intern(node: Node): NodeId;
}

export function createInterner(): Interner {
  const nodes: Node[] = [];
  const ids = new Map<string, NodeId>();
  return {
    nodes,
    intern(node) {
      const key = nodeKey(node);
      const known = ids.get(key);
      if (known !== undefined) return known;
      ids.set(key, nodes.length);
      nodes.push(node);
      return nodes.length - 1;
    },
  };
}

/** Canonical text of everything that makes a node what it is. */
export function nodeKey(node: Node): string {
  const axis = node.axis === null ? '' : `@${node.axis}`;
  return `${node.op}(${node.args.join(',')}){${attributesKey(node.attrs)}}${node.base}/${node.clock}${axis}`;
}

/** Attributes in a fixed order; 0 and -0 stay two. Category names are for messages only. */
function attributesKey(attrs: Attributes): string {
  const value = attrs.value === undefined ? '' : numberText(attrs.value);
  // Names are quoted: a name may hold any character.
  const name = attrs.name === undefined ? '' : JSON.stringify(attrs.name);
  return [
    value,
    name,
    attrs.field ?? '',
    attrs.instrument ?? 0,
    attrs.state ?? '',
    attrs.clock ?? '',
    attrs.axis ?? '',
    attrs.block ?? '',
  ].join(';');
}

/** A number as text that tells it from every other: the shortest that reads back to its bits. There is one NaN. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : `${value}`;
}
