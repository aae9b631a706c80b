/**
 * How fast a state forgets: the largest |slope| of its update as a function of `prev s`. Below 1 it forgets at that rate
 * a tick, whatever the rest of the update does. Slopes are kept as an interval, since `if` may choose between two.
 */
import type { Absence } from './missing.ts';
import type { Node, NodeId } from './node.ts';

interface Slope {
  readonly low: number;
  readonly high: number;
}

const NONE: Slope = { low: 0, high: 0 };
const UNKNOWN: Slope = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/**
 * `loop`: the nodes of one state's loop, in the order of their ids (loops.ts). Infinity where the update is no sum of
 * `prev s` times something fixed; 1 where it may be absent, since the state then keeps what it held.
 */
export function fading(
  nodes: readonly Node[],
  loop: readonly NodeId[],
  fixed: Float64Array,
  absent: readonly Absence[],
): number {
  const slopes = new Map<NodeId, Slope>();
  for (const id of loop) {
    const node = nodes[id];
    if (node?.op === 'state_prev') slopes.set(id, { low: 1, high: 1 });
    else if (node && node.op !== 'state') slopes.set(id, slopeOf(node, slopes, fixed));
  }
  const state = nodes[loop.at(-1) ?? -1];
  const { low, high } = slopes.get(state?.args[1] ?? -1) ?? NONE;
  const most = Math.max(Math.abs(low), Math.abs(high));
  return absent[state?.args[1] ?? -1]?.always ? Math.max(1, most) : most;
}

function slopeOf(node: Node, slopes: ReadonlyMap<NodeId, Slope>, fixed: Float64Array): Slope {
  const of = (argument: number) => slopes.get(node.args[argument] ?? -1) ?? NONE;
  const [a, b] = [of(0), of(1)];
  switch (node.op) {
    case 'add':
      return { low: a.low + b.low, high: a.high + b.high };
    case 'sub':
      return { low: a.low - b.high, high: a.high - b.low };
    case 'neg':
      return { low: -a.high, high: -a.low };
    case 'mul':
      return isNone(b)
        ? times(a, fixed[node.args[1] ?? -1])
        : isNone(a)
          ? times(b, fixed[node.args[0] ?? -1])
          : UNKNOWN;
    case 'div':
      return isNone(b) ? times(a, 1 / (fixed[node.args[1] ?? -1] ?? Number.NaN)) : UNKNOWN;
    case 'if':
      return isNone(a) ? either(b, of(2)) : UNKNOWN;
    case 'min':
    case 'max':
    case 'or_else':
      return either(a, b);
    case 'abs':
      return either(a, { low: -a.high, high: -a.low });
    case 'plain':
    case 'now':
      return a;
    default:
      return UNKNOWN;
  }
}

function isNone(slope: Slope): boolean {
  return slope.low === 0 && slope.high === 0;
}

function either(a: Slope, b: Slope): Slope {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}

/** Times a number that no tick changes; a factor that is not known may be anything. */
function times(slope: Slope, factor: number | undefined): Slope {
  if (factor === undefined || Number.isNaN(factor)) return UNKNOWN;
  if (isNone(slope)) return NONE;
  const ends = [slope.low * factor, slope.high * factor];
  return { low: Math.min(...ends), high: Math.max(...ends) };
}
