/**
 * Programs made by hand, node by node, without source text: what the tests of the compiler start from. The checker's rules
 * are the caller's to keep (arguments first, clocks equal, states closed).
 */
import type { Attributes, BaseType, ClockId, Node, NodeId, Stage } from '../../language/check/node.ts';
import type {
  Bracket,
  Cap,
  Clock,
  Execution,
  NamedStream,
  Param,
  Pause,
  Period,
  Plot,
  Program,
  Rule,
  StateSlot,
} from '../../language/check/program.ts';
import { OPERATORS } from '../../language/operators/table.ts';

const SPAN = { start: 0, end: 0 };
const NO_UNIT = { dimension: {}, flavour: 'plain' } as const;
const SOURCE = { name: 'test.vela', text: '', form: 'vela' } as const;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const HOUR: Period = { kind: 'fixed', ms: HOUR_MS, anchorMs: 0 };
export const DAY: Period = { kind: 'fixed', ms: DAY_MS, anchorMs: 0 };

export class ProgramBuilder {
  readonly nodes: Node[] = [];
  readonly params: Param[] = [];
  readonly states: StateSlot[] = [];
  readonly streams: NamedStream[] = [];
  readonly rules: Rule[] = [];
  readonly pauses: Pause[] = [];
  readonly caps: Cap[] = [];
  readonly plots: Plot[] = [];
  readonly requires: { node: NodeId; text: string; span: typeof SPAN }[] = [];
  private readonly clocks: readonly Clock[];

  constructor(...periods: readonly Period[]) {
    this.clocks = (periods.length > 0 ? periods : [HOUR]).map((period, index) =>
      index === 0 ? { period, span: SPAN } : { name: `clock${index}`, period, span: SPAN },
    );
  }

  /** Appends a node; stage and clock follow from its arguments unless stated. */
  add(op: string, args: readonly NodeId[] = [], attrs: Attributes = {}, more: Partial<Node> = {}): NodeId {
    const parts = args.map(id => this.node(id));
    const fixed = op === 'const' || op === 'param' || op === 'meta';
    const stage: Stage = fixed ? op : latest(parts.map(part => part.stage));
    const clock = stage === 'series' ? Math.max(0, ...parts.map(part => part.clock)) : -1;
    const axis = parts.map(part => part.axis).find(of => of !== null) ?? null;
    this.nodes.push({ op, args, attrs, base: baseOf(op, parts), unit: NO_UNIT, clock, stage, axis, ...more });
    return this.nodes.length - 1;
  }

  const(value: number, base: BaseType = 'num'): NodeId {
    return this.add('const', [], { value }, { base });
  }

  input(field: string, clock: ClockId = 0): NodeId {
    return this.add('input', [], { field, instrument: 0 }, { clock, stage: 'series' });
  }

  /** A stream of each member of universe 0. */
  member(field: string, clock: ClockId = 0): NodeId {
    return this.add('input', [], { field }, { clock, stage: 'series', axis: 0 });
  }
  /** A stream of a named instrument. */
  of(instrument: number, field: string, clock: ClockId = 0): NodeId {
    return this.add('input', [], { field, instrument }, { clock, stage: 'series' });
  }
  /** What a model says: one column, or one a member. `args`: what it is made from. */
  predict(
    name: string,
    args: readonly NodeId[],
    more: { readonly axis: number | null; readonly clock?: ClockId },
  ): NodeId {
    const { axis, clock = 0 } = more;
    return this.add('predict', args, { name }, { clock, stage: 'series', axis, base: 'num' });
  }
  /** Settings as compiler and checker have them, in their order. */
  crossSection(field: string, x: NodeId, settings: readonly NodeId[] = [], clock?: ClockId): NodeId {
    const drops = ['mean', 'sum', 'count', 'breadth'].includes(field);
    const at = clock ?? Math.max(0, this.node(x).clock);
    const more = { clock: at, stage: 'series', axis: drops ? null : 0, base: 'num' } as const;
    return this.add('cross_section', [x, ...settings], { field, axis: 0 }, more);
  }

  engine(field: string, base: BaseType = 'num'): NodeId {
    return this.add('engine', [], { field, instrument: 0 }, { clock: 0, stage: 'series', base });
  }

  param(param: Omit<Param, 'span'>): NodeId {
    if (!this.params.some(known => known.name === param.name)) this.params.push({ ...param, span: SPAN });
    return this.add('param', [], { name: param.name }, { base: param.type === 'bool' ? 'bool' : 'num' });
  }

  latest(x: NodeId, clock: ClockId = 0, maxAge?: NodeId): NodeId {
    const args = maxAge === undefined ? [x] : [x, maxAge];
    return this.add('latest', args, {}, { clock, base: this.node(x).base, stage: 'series' });
  }

  sample(x: NodeId, clock: ClockId): NodeId {
    return this.add('sample', [x], {}, { clock, base: this.node(x).base, stage: 'series' });
  }

  /** Opens a state: its slot and the node of `prev s`. `close` gives it its update. */
  openState(starts: NodeId, clock: ClockId, reset?: NodeId): { readonly slot: number; readonly previous: NodeId } {
    const slot = this.states.push({ name: `s${this.states.length}`, clock, optional: true }) - 1;
    const args = reset === undefined ? [starts] : [starts, reset];
    const { base } = this.node(starts);
    return { slot, previous: this.add('state_prev', args, { state: slot }, { clock, base, stage: 'series' }) };
  }

  closeState({ slot, previous }: { readonly slot: number; readonly previous: NodeId }, update: NodeId): NodeId {
    const { clock, base } = this.node(previous);
    return this.add('state', [previous, update], { state: slot }, { clock, base, stage: 'series' });
  }

  stream(name: string, node: NodeId): this {
    this.streams.push({ name, kind: 'let', node, span: SPAN });
    return this;
  }

  enter(when: NodeId, more: { size?: NodeId; bracket?: Partial<Bracket>; price?: NodeId } = {}): this {
    this.rules.push({
      verb: 'enter',
      side: 'long',
      when,
      text: 'a condition',
      instrument: 0,
      span: SPAN,
      size: { basis: 'equity', amount: more.size ?? this.const(0.5), span: SPAN },
      order: {
        type: more.price === undefined ? 'market' : 'limit',
        expire: this.const(1),
        ...(more.price === undefined ? {} : { price: more.price }),
      },
      bracket: { targets: [], ...more.bracket },
    });
    return this;
  }

  exit(when: NodeId): this {
    const order = { type: 'market', expire: this.const(1) } as const;
    this.rules.push({ verb: 'exit', when, text: 'a way out', instrument: 0, span: SPAN, order, else: 'nothing' });
    return this;
  }

  pause(when: NodeId): this {
    this.pauses.push({ when, length: this.const(3), text: 'a pause', span: SPAN });
    return this;
  }

  require(node: NodeId, text: string): this {
    this.requires.push({ node, text, span: SPAN });
    return this;
  }

  /** `members` of universe 0; they are the instruments behind the strategy's own. */
  program(more: Partial<Program> & { slippage?: NodeId; members?: number } = {}): Program {
    const execution: Execution = {
      fill: 'next_open',
      maker: this.const(0.001),
      taker: this.const(0.001),
      feeStated: true,
      slippage: more.slippage ?? this.const(0),
      slippageIs: 'ratio',
      slippageStated: true,
      bothHit: 'worst',
      touch: 'through',
      funding: 'none',
      leverage: this.const(1),
      margin: 'isolated',
    };
    const { slippage: _slippage, members = 0, ...rest } = more;
    const symbols = ['BTC', ...Array.from({ length: members }, (_, index) => `M${index}`)];
    return {
      tree: { source: SOURCE, declarations: [], trailing: [] },
      files: [SOURCE],
      title: 'Test',
      instruments: symbols.map(base => ({
        symbol: `${base}/USDT`,
        venue: 'binance',
        market: 'spot',
        base,
        quote: 'USDT',
        settle: 'USDT',
        gaps: 'hold',
        maxGapMs: 2 * DAY_MS,
        span: SPAN,
      })),
      universes:
        members === 0
          ? []
          : [{ name: 'all', venue: 'binance', members: Array.from({ length: members }, (_, i) => i + 1), span: SPAN }],
      clocks: this.clocks,
      params: this.params,
      requires: this.requires,
      account: {},
      nodes: this.nodes,
      origins: this.nodes.map(() => ({ file: 0, span: SPAN })),
      streams: this.streams,
      blocks: [],
      labels: [],
      models: [],
      rebalances: [],
      states: this.states,
      rules: this.rules,
      risk: { caps: this.caps, pauses: this.pauses },
      execution,
      plots: this.plots,
      notYet: [],
      problems: [],
      ...rest,
    };
  }

  node(id: NodeId): Node {
    const node = this.nodes[id];
    if (!node) throw new Error(`no node ${id}`);
    return node;
  }
}

const STAGES: readonly Stage[] = ['const', 'param', 'meta', 'series'];

function latest(stages: readonly Stage[]): Stage {
  return stages.reduce((a, b) => (STAGES.indexOf(a) > STAGES.indexOf(b) ? a : b), 'const');
}

function baseOf(op: string, args: readonly Node[]): BaseType {
  const spec = OPERATORS.get(op);
  if (spec?.result === 'bool') return 'bool';
  if (spec?.result === 'num') return 'num';
  // `if` takes its arms' type, everything else that of its first argument.
  return (op === 'if' ? args[1] : args[0])?.base ?? 'num';
}
