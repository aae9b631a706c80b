/**
 * What is understood but cannot be computed yet: a state that goes round through a cross-section of its own members would
 * need all of them at each tick before any of them goes on; a label lowered to delays has no place for a state, or for another
 * clock, that itself looks ahead.
 */
import { type Context, noteNotYet } from './context.ts';
import { type Part, partsOf } from './loops.ts';
import type { NodeId } from './node.ts';

const LOOKS_AHEAD: ReadonlySet<string> = new Set(['ahead', 'triple_barrier']);
const MAY_BE_TORN: ReadonlySet<string> = new Set(['ahead', 'triple_barrier', 'cross_section']);

export function checkTorn(cx: Context): void {
  const { nodes } = cx.builder;
  if (!nodes.some(({ op }) => MAY_BE_TORN.has(op))) return;
  const ahead = new Uint8Array(nodes.length);
  const looks = (id: NodeId) => {
    const node = nodes[id];
    return node !== undefined && (LOOKS_AHEAD.has(node.op) || node.args.some(arg => ahead[arg] === 1));
  };
  const has = (part: Part, ...ops: readonly string[]) => part.some(id => ops.includes(nodes[id]?.op ?? ''));
  for (const part of partsOf(nodes)) {
    if (part.length > 1 && has(part, 'cross_section'))
      note(cx, of(cx, part, 'cross_section'), 'a state that goes through a cross-section of its own members');
    if (!part.some(looks)) continue;
    for (const id of part) ahead[id] = 1;
    if (has(part, 'state', 'state_prev')) note(cx, part, 'a label with a state that looks ahead');
    if (has(part, 'latest', 'sample')) note(cx, part, 'a label that looks ahead on another clock than its own');
  }
}

function of(cx: Context, part: readonly NodeId[], op: string): readonly NodeId[] {
  return part.filter(id => cx.builder.nodes[id]?.op === op);
}

function note(cx: Context, part: readonly NodeId[], what: string): void {
  const own = part.map(id => cx.builder.origins.at(id)).find(origin => origin?.file === 0);
  if (own) noteNotYet(cx, own.span, what);
}
