/**
 * What the engine will read, gathered while rules are lowered: each asking gives the `ValueRef` under which the value can
 * be found, and equal askings give equal refs. The stages are cut afterwards so that every request has an output.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import { specOf } from '../../language/operators/table.ts';
import type { ValueRef } from '../plan.ts';
import type { Graph } from './graph.ts';
import type { BracketFunction } from './schedule.ts';
import { accountTaint } from './taint.ts';

/** A condition that holds only from the tick at which all `gates` are ready. */
export interface FlagRequest {
  readonly type: 'flag';
  readonly node: NodeId;
  readonly gates: readonly NodeId[];
}
export interface ValueRequest {
  readonly type: 'f64';
  readonly node: NodeId;
}
export type Request = FlagRequest | ValueRequest;

export interface Requests {
  readonly fixed: readonly NodeId[];
  readonly market: readonly ValueRequest[];
  readonly flags: readonly FlagRequest[];
  readonly account: readonly Request[];
  readonly brackets: readonly BracketFunction[];
}

export interface Requester {
  readonly requests: Requests;
  readonly graph: Graph;
  readonly tainted: readonly boolean[];
  /** Values that a bracket reads afresh at each evaluation: tainted ones, and those that `now` makes so. */
  readonly current: readonly boolean[];
  node(id: NodeId): Node;
  /** Where the value of the node is found. */
  value(id: NodeId): ValueRef;
  /** Where it is found that the condition holds. */
  flag(id: NodeId, gates: readonly NodeId[]): ValueRef;
  /** Index in the `fixed` table. */
  fixed(id: NodeId): number;
  bracket(made: BracketFunction): number;
}

export function createRequester(graph: Graph): Requester {
  const tainted = accountTaint(graph);
  const fixed: NodeId[] = [];
  const market: ValueRequest[] = [];
  const flags: FlagRequest[] = [];
  const account: Request[] = [];
  const brackets: BracketFunction[] = [];

  const node = (id: NodeId): Node => {
    const found = graph.nodes[id];
    if (!found) throw new Error(`no node ${id}`);
    return found;
  };
  const value = (id: NodeId): ValueRef => {
    const asked = node(id);
    const [inner] = asked.args;
    // Outside a bracket function every value is read when it is asked for, so `now` changes nothing.
    if (asked.op === 'now' && inner !== undefined) return value(inner);
    // A fact of each member's market is fixed, but not one value.
    if (asked.stage !== 'series' && asked.axis === null) return { from: 'fixed', index: place(fixed, id) };
    const request = { type: 'f64', node: id } as const;
    if (tainted[id]) return { from: 'account', index: place<Request>(account, request) };
    return { from: 'market', index: place(market, request) };
  };

  return {
    requests: { fixed, market, flags, account, brackets },
    graph,
    tainted,
    current: currentValues(graph, tainted),
    node,
    value,
    flag(id, gates) {
      const request = { type: 'flag', node: id, gates: gatesOf([id, ...gates], node) } as const;
      if (tainted[id]) return { from: 'account', index: place<Request>(account, request) };
      return { from: 'flag', index: place(flags, request) };
    },
    fixed: id => place(fixed, id),
    bracket: made => place(brackets, made),
  };
}

/**
 * `now` stands only on parts without the taint (sink-now.ts). Below a window or a delay it has nothing to say: such a value
 * is a market column as a whole.
 */
function currentValues(graph: Graph, tainted: readonly boolean[]): readonly boolean[] {
  const current: boolean[] = [];
  graph.nodes.forEach((node, id) => {
    const pointwise = specOf(node.op).reference.kind === 'pointwise';
    const fresh = node.op === 'now' ? node.stage === 'series' : pointwise && node.args.some(arg => current[arg]);
    current.push(tainted[id] === true || fresh);
  });
  return current;
}

/** Each once and in order; fixed values are ready before the first tick. */
function gatesOf(ids: readonly NodeId[], node: (id: NodeId) => Node): readonly NodeId[] {
  return [...new Set(ids)].filter(id => node(id).stage === 'series').toSorted((a, b) => a - b);
}

/** Index of an equal entry, appended when there is none. */
function place<T>(list: T[], entry: T): number {
  const text = JSON.stringify(entry);
  const known = list.findIndex(other => JSON.stringify(other) === text);
  return known >= 0 ? known : list.push(entry) - 1;
}
