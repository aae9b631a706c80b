/**
 * Sums of fixed values, kept as sums so that what cancels is seen to: a horizon n + 1 less an `ahead` by n is 1, whatever
 * n is, and a delay by it needs room for one tick, not for n.
 */
import { ANYTHING, bounds, type Interval } from '../../language/check/bounds.ts';
import type { Node, NodeId } from '../../language/check/node.ts';
import type { Program } from '../../language/check/program.ts';

export interface Form {
  readonly constant: number;
  /** How often each fixed node is in it. */
  readonly terms: ReadonlyMap<NodeId, number>;
}

export const NOTHING: Form = { constant: 0, terms: new Map() };

export const constantForm = (constant: number): Form => ({ constant, terms: new Map() });

export function plus(a: Form, b: Form, times = 1): Form {
  const terms = new Map(a.terms);
  for (const [node, count] of b.terms) {
    const sum = (terms.get(node) ?? 0) + times * count;
    if (sum === 0) terms.delete(node);
    else terms.set(node, sum);
  }
  return { constant: a.constant + times * b.constant, terms };
}
export const minus = (a: Form, b: Form): Form => plus(a, b, -1);

export function isNothing({ constant, terms }: Form): boolean {
  return constant === 0 && terms.size === 0;
}

export function formKey({ constant, terms }: Form): string {
  return [constant, ...[...terms].toSorted(([a], [b]) => a - b).map(([node, count]) => `${count}*${node}`)].join('+');
}

/** Forms over a growing list of nodes: nodes read as forms, and forms written as nodes. */
export class Forms {
  readonly nodes: Node[];
  private readonly limits: readonly Interval[];
  private readonly written = new Map<string, NodeId>();

  constructor({ nodes, params }: Pick<Program, 'nodes' | 'params'>) {
    this.nodes = [...nodes];
    this.limits = bounds(nodes, params);
  }

  /** Of a fixed node. */
  of(id: NodeId): Form {
    const node = this.nodes[id];
    const [a, b] = node?.args ?? [];
    if (node?.op === 'const') return constantForm(node.attrs.value ?? Number.NaN);
    if ((node?.op === 'add' || node?.op === 'sub') && a !== undefined && b !== undefined)
      return plus(this.of(a), this.of(b), node.op === 'add' ? 1 : -1);
    return { constant: 0, terms: new Map([[id, 1]]) };
  }

  larger(a: Form, b: Form): Form {
    const { low, high } = this.range(minus(a, b));
    if (low >= 0) return a;
    if (high <= 0) return b;
    const id = this.fixed('max', [this.node(a), this.node(b)]);
    return { constant: 0, terms: new Map([[id, 1]]) };
  }

  private range({ constant, terms }: Form): Interval {
    let [low, high] = [constant, constant];
    for (const [node, count] of terms) {
      const limit = this.limits[node] ?? ANYTHING;
      low += count * (count > 0 ? limit.low : limit.high);
      high += count * (count > 0 ? limit.high : limit.low);
    }
    return { low, high };
  }

  node(form: Form): NodeId {
    const { constant, terms } = form;
    const key = formKey(form);
    const known = this.written.get(key);
    if (known !== undefined) return known;
    let sum: NodeId | undefined;
    for (const [term, count] of terms) {
      const part = Math.abs(count) === 1 ? term : this.fixed('mul', [term, this.constant(Math.abs(count))]);
      if (sum === undefined) sum = count > 0 ? part : this.fixed('neg', [part]);
      else sum = this.fixed(count > 0 ? 'add' : 'sub', [sum, part]);
    }
    const whole =
      sum === undefined
        ? this.constant(constant)
        : constant === 0
          ? sum
          : this.fixed('add', [sum, this.constant(constant)]);
    this.written.set(key, whole);
    return whole;
  }

  constant(value: number): NodeId {
    return this.append({ op: 'const', args: [], attrs: { value }, base: 'num', clock: -1, stage: 'const', axis: null });
  }

  private fixed(op: string, args: readonly NodeId[]): NodeId {
    const stage = args.some(arg => this.nodes[arg]?.stage === 'meta') ? 'meta' : 'param';
    return this.append({ op, args, attrs: {}, base: 'num', clock: -1, stage, axis: null });
  }

  append(node: Omit<Node, 'unit'>): NodeId {
    return this.nodes.push({ ...node, unit: { dimension: {}, flavour: 'plain' } }) - 1;
  }
}
