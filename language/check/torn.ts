/**
 * What is understood but cannot be computed yet: a state that goes round through a cross-section of its own members would
 * need all of them at each tick before any of them goes on; a label lowered to delays has no place for a state, or for another
 * clock, that itself looks ahead.
 */
import { type Context, noteNotYet } from './context.ts';
import { partsOf } from './loops.ts';
import type { NodeId } from './node.ts';

const MAY_BE_TORN: ReadonlySet<string> = new Set(['ahead', 'triple_barrier', 'cross_section']);

export function checkTorn(cx: Context): void {
  const { nodes } = cx.builder;
  if (!nodes.some(({ op }) => MAY_BE_TORN.has(op))) return;
  const ahead = nodes.map(() => false);
  for (const part of partsOf(nodes)) {
    const ops = new Set(part.map(id => nodes[id]?.op ?? ''));
    const reads = part.flatMap(id => nodes[id]?.args ?? []);
    const looksAhead = ops.has('ahead') || ops.has('triple_barrier') || reads.some(id => ahead[id]);
    for (const id of part) ahead[id] = looksAhead;
    if (part.length > 1 && ops.has('cross_section'))
      note(cx, of(cx, part, 'cross_section'), 'a state that goes through a cross-section of its own members');
    if (!looksAhead) continue;
    if (ops.has('state') || ops.has('state_prev')) note(cx, part, 'a label with a state that looks ahead');
    if (ops.has('latest') || ops.has('sample'))
      note(cx, part, 'a label that looks ahead on another clock than its own');
  }
}

function of(cx: Context, part: readonly NodeId[], op: string): readonly NodeId[] {
  return part.filter(id => cx.builder.nodes[id]?.op === op);
}

function note(cx: Context, part: readonly NodeId[], what: string): void {
  const own = part.map(id => cx.builder.origins.at(id)).find(origin => origin?.file === 0);
  if (own) noteNotYet(cx, own.span, what);
}
