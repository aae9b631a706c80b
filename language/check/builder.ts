/**
 * The growing array of nodes. Nodes are appended after their arguments, so a node's id is larger than those it reads.
 * Beside each node the builder keeps what is known of it before a run: its value when all params stand at their defaults.
 */

import { OPERATORS } from '../operators/table.ts';
import type { Span } from '../syntax/tree.ts';
import type { Node, NodeId, Stage } from './node.ts';
import { OriginList } from './origins.ts';

const STAGES: readonly Stage[] = ['const', 'param', 'meta', 'series'];

export function laterStage(a: Stage, b: Stage): Stage {
  return STAGES.indexOf(a) >= STAGES.indexOf(b) ? a : b;
}

export function isLater(a: Stage, b: Stage): boolean {
  return STAGES.indexOf(a) > STAGES.indexOf(b);
}

export class Builder {
  readonly nodes: Node[];
  readonly origins: OriginList;
  /** Value of a const or param-stage node with every param at its default; `undefined` for later stages. */
  private readonly defaults: (number | undefined)[];

  /** Begins with the nodes of another builder; places in the strategy's own file are moved. */
  constructor(other?: Builder, move?: (span: Span) => Span) {
    this.nodes = other?.nodes.slice() ?? [];
    this.defaults = other?.defaults.slice() ?? [];
    this.origins = new OriginList(other?.origins, move);
  }

  append(node: Node, file: number, span: Span, defaultValue?: number): NodeId {
    this.nodes.push(node);
    this.origins.push({ file, span });
    this.defaults.push(defaultValue ?? this.defaultOf(node));
    return this.nodes.length - 1;
  }

  node(id: NodeId): Node {
    const node = this.nodes[id];
    if (!node) throw new RangeError(`no node ${id}`);
    return node;
  }

  /** The number that a constant expression is; `undefined` when it depends on anything. */
  constant(id: NodeId): number | undefined {
    return this.node(id).stage === 'const' ? this.defaults[id] : undefined;
  }

  atDefaults(id: NodeId): number | undefined {
    return this.defaults[id];
  }

  /** Gives nodes that were appended since `from` and are the value of a declaration its name. */
  name(id: NodeId, from: NodeId, name: string): void {
    if (id >= from) this.origins.name(id, name);
  }

  /** A state learns its unit from its update; what it held before has the same one. */
  retype(id: NodeId, change: Pick<Node, 'base' | 'unit'>): void {
    this.nodes[id] = { ...this.node(id), ...change };
  }

  /** Forgets all nodes from `length` on: what a trial elaboration made. */
  forget(length: number): void {
    this.nodes.length = length;
    this.origins.forget(length);
    this.defaults.length = length;
  }

  private defaultOf(node: Node): number | undefined {
    if (node.op === 'const') return node.attrs.value;
    if (isLater(node.stage, 'param')) return undefined;
    const reference = OPERATORS.get(node.op)?.reference;
    if (reference?.kind !== 'pointwise') return undefined;
    const values: number[] = [];
    for (const argument of node.args) {
      const value = this.defaults[argument];
      if (value === undefined) return undefined;
      values.push(value);
    }
    return reference.evaluate(values);
  }
}
