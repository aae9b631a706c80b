/**
 * A label as delays: of a label that reads h ticks ahead, the value for tick t is known at t + h, so it is computed there.
 * `ahead(x, k)` becomes x delayed by h − k, everything that does not look ahead is delayed by h, and what stands above is
 * computed from those as always, since it does not matter to a window or a comparison when it happens. A triple barrier is
 * walked by the host once its last bar is in. Nothing reads ahead, and there is no second mechanism.
 *
 * A price that is read from later bars goes on behind an instrument's end with what was last paid for it.
 */
import { components } from '../../language/check/components.ts';
import type { Node, NodeId } from '../../language/check/node.ts';
import type { Execution } from '../../language/check/program.ts';
import { specOf } from '../../language/operators/table.ts';
import { CompileError } from '../graph/compile-error.ts';
import { HELD } from '../graph/presence.ts';
import { rulesText } from '../host/barrier.ts';
import { type Form, type Forms, formKey, isNothing, minus, NOTHING, plus } from './form.ts';

export interface LoweredLabel {
  /** Row t + horizon speaks of tick t. */
  readonly value: NodeId;
  /** Real end in ticks after t; absent where every label ends at the horizon. */
  readonly end?: NodeId;
  readonly horizon: NodeId;
}

const PRICES: ReadonlySet<string> = new Set(['open', 'high', 'low', 'close']);

/** Appends the lowered label to the nodes of `forms`. Throws a `CompileError` for one that cannot be computed so. */
export function lowerLabel(root: NodeId, forms: Forms, execution: Pick<Execution, 'touch'>): LoweredLabel {
  const lowering = new Lowering(forms, execution);
  const horizon = lowering.horizon(root);
  const value = lowering.valueOf(root, horizon);
  const end = lowering.hasBarrier(root) ? lowering.endOf(root, horizon) : undefined;
  const whole = forms.node(horizon);
  return {
    value,
    // Where one part has an end and another none, the label lasts as long as it can.
    ...(end !== undefined && { end: lowering.pointwise('or_else', [end, whole]) }),
    horizon: whole,
  };
}

class Lowering {
  private readonly forms: Forms;
  private readonly touch: Execution['touch'];
  private readonly ahead: readonly boolean[];
  private readonly horizons = new Map<NodeId, Form>();
  private readonly values = new Map<string, NodeId>();

  constructor(forms: Forms, { touch }: Pick<Execution, 'touch'>) {
    this.forms = forms;
    this.touch = touch;
    this.ahead = looksAhead(forms.nodes);
  }

  private node(id: NodeId): Node {
    const node = this.forms.nodes[id];
    if (!node) throw new Error(`no node ${id}`);
    return node;
  }
  private isAhead(id: NodeId): boolean {
    return this.ahead[id] === true;
  }
  private argument(node: Node, index: number): NodeId {
    const id = node.args[index];
    if (id === undefined) throw new Error(`${node.op} lacks argument ${index}`);
    return id;
  }
  private ticks(node: Node, index: number): Form {
    return this.forms.of(this.argument(node, index));
  }

  hasBarrier(id: NodeId): boolean {
    const node = this.node(id);
    return node.op === 'triple_barrier' || node.args.some(arg => this.isAhead(arg) && this.hasBarrier(arg));
  }

  /** How many ticks ahead the node reads. */
  horizon(id: NodeId): Form {
    if (!this.isAhead(id)) return NOTHING;
    const known = this.horizons.get(id);
    if (known) return known;
    const found = this.horizonOf(this.node(id));
    this.horizons.set(id, found);
    return found;
  }

  private horizonOf(node: Node): Form {
    const inner = () => node.args.map(arg => this.horizon(arg)).reduce((a, b) => this.forms.larger(a, b), NOTHING);
    switch (node.op) {
      case 'ahead':
        return plus(this.horizon(this.argument(node, 0)), this.ticks(node, 1));
      case 'triple_barrier':
        return this.forms.larger(
          plus(this.horizon(this.argument(node, 0)), this.ticks(node, 3)),
          node.args.map(arg => this.horizon(arg)).reduce((a, b) => this.forms.larger(a, b)),
        );
      case 'delay':
        return this.forms.larger(minus(this.horizon(this.argument(node, 0)), this.ticks(node, 1)), NOTHING);
      case 'latest':
      case 'sample':
        throw new CompileError('not yet', 'a label that looks ahead on another clock than its own cannot run yet');
      case 'state':
      case 'state_prev':
        throw new CompileError('not yet', 'a label with a state that looks ahead cannot run yet');
      default:
        return inner();
    }
  }

  /** The node as it was `late` ticks ago, which is at least its horizon. */
  valueOf(id: NodeId, late: Form): NodeId {
    const key = `${id} ${formKey(late)}`;
    const known = this.values.get(key);
    if (known !== undefined) return known;
    const made = this.isAhead(id) ? this.lowered(this.node(id), late) : this.delayed(id, late);
    this.values.set(key, made);
    return made;
  }

  private lowered(node: Node, late: Form): NodeId {
    switch (node.op) {
      case 'ahead':
        return this.later(this.argument(node, 0), minus(late, this.ticks(node, 1)));
      case 'delay':
        return this.valueOf(this.argument(node, 0), plus(late, this.ticks(node, 1)));
      case 'triple_barrier':
        return this.barrier(node, 'class', late);
      default:
        return this.forms.append({ ...node, args: node.args.map(arg => this.valueOf(arg, late)) });
    }
  }

  /** As `valueOf`, of a bar to come: a price then is one at which the position is left. */
  private later(id: NodeId, late: Form): NodeId {
    const node = this.node(id);
    if (node.op !== 'input' || !PRICES.has(node.attrs.field ?? '')) return this.valueOf(id, late);
    return this.delayed(this.forms.append({ ...node, attrs: { ...node.attrs, name: 'last' } }), late);
  }

  private delayed(id: NodeId, late: Form): NodeId {
    const node = this.node(id);
    if (node.stage !== 'series' || isNothing(late)) return id;
    return this.forms.append({ ...node, op: 'delay', args: [id, this.forms.node(late)], attrs: {} });
  }

  // ---------------------------------------------------------------- barriers

  private barrier(node: Node, name: 'class' | 'end', late: Form): NodeId {
    const [fill = -1, up = -1, down = -1, within = -1, side = -1, open = -1, high = -1, low = -1] = node.args;
    const depth = this.horizonOf(node);
    const { clock, axis, attrs } = this.node(open);
    const heldAttributes =
      attrs.instrument === undefined ? { field: HELD } : { field: HELD, instrument: attrs.instrument };
    const held = this.forms.append({
      op: 'input',
      args: [],
      attrs: heldAttributes,
      base: 'num',
      clock,
      stage: 'series',
      axis,
    });
    const args = [
      ...[fill, up, down, side].map(arg => this.valueOf(arg, depth)),
      ...[open, high, low, held],
      this.later(fill, minus(depth, this.forms.of(within))),
      within,
      this.forms.node(depth),
    ];
    const both = node.attrs.field === 'best' ? 'best' : 'worst';
    const walked = this.forms.append({
      ...node,
      op: 'barrier',
      args,
      attrs: { name, field: rulesText({ both, touch: this.touch }) },
    });
    return this.delayed(walked, minus(late, depth));
  }

  // ---------------------------------------------------------------- ends

  /** Ticks from the tick of which the row speaks to the last one that its value rests on. */
  endOf(id: NodeId, late: Form): NodeId | undefined {
    if (!this.isAhead(id)) return undefined;
    const node = this.node(id);
    switch (node.op) {
      case 'ahead': {
        const by = this.ticks(node, 1);
        const end = this.endOf(this.argument(node, 0), minus(late, by));
        return end === undefined ? this.forms.node(by) : this.sum(end, by);
      }
      case 'delay': {
        const by = this.ticks(node, 1);
        const end = this.endOf(this.argument(node, 0), plus(late, by));
        return end === undefined
          ? undefined
          : this.pointwise('max', [this.sum(end, minus(NOTHING, by)), this.forms.constant(0)]);
      }
      case 'triple_barrier':
        return this.barrier(node, 'end', late);
      case 'cross_section':
        return this.endOfAll(node, late);
      default: {
        const isPointwise = specOf(node.op).reference.kind === 'pointwise';
        // A window holds labels of several ticks: its own is over when the last of them can be at the latest.
        return isPointwise ? this.lastOf(node.args, late) : this.forms.node(this.horizon(id));
      }
    }
  }

  /** A value of the whole universe ends with the last of its members. */
  private endOfAll(node: Node, late: Form): NodeId | undefined {
    const end = this.lastOf(node.args, late);
    if (end === undefined || this.node(end).stage !== 'series') return end;
    const held = node.args.at(-1) ?? -1;
    return this.forms.append({
      ...node,
      args: [end, this.valueOf(held, late)],
      attrs: { ...node.attrs, field: 'max' },
      base: 'num',
      axis: null,
    });
  }

  private lastOf(args: readonly NodeId[], late: Form): NodeId | undefined {
    const ends = args.flatMap(arg => this.endOf(arg, late) ?? []);
    const [first, ...others] = [...new Set(ends)];
    return others.reduce((a, b) => this.pointwise('max', [a ?? b, b]), first);
  }

  private sum(end: NodeId, by: Form): NodeId {
    if (isNothing(by)) return end;
    if (this.node(end).stage !== 'series') return this.forms.node(plus(this.forms.of(end), by));
    return this.pointwise('add', [end, this.forms.node(by)]);
  }

  pointwise(op: string, args: readonly NodeId[]): NodeId {
    const series = args.map(arg => this.node(arg)).find(node => node.stage === 'series');
    const { clock = -1, axis = null } = series ?? {};
    return this.forms.append({ op, args, attrs: {}, base: 'num', clock, stage: series ? 'series' : 'param', axis });
  }
}

/** Nodes whose value rests on a later bar, through states too. */
function looksAhead(nodes: readonly Node[]): readonly boolean[] {
  const writers = new Map<number, NodeId>();
  nodes.forEach((node, id) => {
    if (node.op === 'state') writers.set(node.attrs.state ?? -1, id);
  });
  const ahead = nodes.map(() => false);
  const reads = (id: NodeId): readonly NodeId[] => {
    const node = nodes[id];
    const writer = node?.op === 'state_prev' ? writers.get(node.attrs.state ?? -1) : undefined;
    return writer === undefined ? (node?.args ?? []) : [...(node?.args ?? []), writer];
  };
  for (const part of components(nodes.length, reads)) {
    const isAhead = part.some(
      id => ['ahead', 'triple_barrier'].includes(nodes[id]?.op ?? '') || reads(id).some(arg => ahead[arg]),
    );
    for (const id of part) ahead[id] = isAhead;
  }
  return ahead;
}
