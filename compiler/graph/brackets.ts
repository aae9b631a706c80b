/**
 * Cuts the expression of a bracket level in two. Its largest parts without the account taint are frozen: they are read at
 * the signal tick and kept with the intent. What is pointwise above them becomes the function `bracket_k(frozen, live)`.
 * `live` are engine streams, `now(x)`, and tainted values with a memory of their own, which the account part computes.
 */
import type { NodeId } from '../../language/check/node.ts';
import { ENGINE_STREAMS } from '../../language/operators/streams.ts';
import { specOf } from '../../language/operators/table.ts';
import type { LevelRef, ValueRef } from '../plan.ts';
import type { Requester } from './requests.ts';
import type { LiveSource } from './schedule.ts';

export function splitLevel(root: NodeId, requester: Requester): LevelRef {
  if (!requester.current[root]) {
    return { frozen: [requester.value(root)], everyTick: false, live: [] };
  }
  const { nodes, frozen, live } = cut(root, requester);
  const sources = live.map(id => liveSource(id, requester));
  return {
    bracket: requester.bracket({ root, nodes, frozen, live, sources }),
    frozen: frozen.map(requester.value),
    everyTick: sources.some(movesBetweenFills),
    live: sources.filter(source => source.from !== 'engine'),
  };
}

interface Cut {
  readonly nodes: readonly NodeId[];
  readonly frozen: readonly NodeId[];
  readonly live: readonly NodeId[];
}

function cut(root: NodeId, requester: Requester): Cut {
  const nodes = new Set<NodeId>();
  const frozen = new Set<NodeId>();
  const live = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    const node = requester.node(id);
    if (nodes.has(id) || node.op === 'const') return;
    if (!requester.current[id]) frozen.add(id);
    else if (node.op === 'now' || specOf(node.op).reference.kind !== 'pointwise') live.add(id);
    else {
      node.args.forEach(visit);
      nodes.add(id);
    }
  };
  visit(root);
  return { nodes: [...nodes].toSorted((a, b) => a - b), frozen: [...frozen], live: [...live] };
}

function liveSource(id: NodeId, requester: Requester): LiveSource {
  const node = requester.node(id);
  if (node.op === 'engine') {
    return { from: 'engine', field: node.attrs.field ?? '', instrument: node.attrs.instrument ?? 0 };
  }
  return columnOf(requester.value(id));
}

function columnOf(ref: ValueRef): LiveSource {
  if (ref.from === 'market' || ref.from === 'account') return ref;
  throw new Error(`a live value is a column, not ${ref.from}`);
}

/** Values of the account part and of the market move with every tick; of the engine's streams, some do. */
function movesBetweenFills(source: LiveSource): boolean {
  if (source.from !== 'engine') return true;
  return ENGINE_STREAMS.find(stream => stream.field === source.field)?.changes !== 'fill';
}
