/**
 * `need = k`: a window that makes do with k present ticks. It looks at those alone, and is absent while there are fewer.
 * Written with the strict operators, so that no back-end knows of it: the sum of `x or else 0`, where `count(present(x), n)`
 * reaches k. The window itself is as long as ever, so what is ready when does not change.
 */
import type { OpSpec } from '../operators/operator.ts';
import { apply, requireBase } from './apply.ts';
import { appendConstant, type Context } from './context.ts';
import { relabel } from './elaborate.ts';
import { lengthInTicks } from './length.ts';
import type { NodeId } from './node.ts';
import type { Site } from './site.ts';
import { PLAIN } from './units.ts';

export const NEED = 'need';

interface Stand {
  /** What stands in for an absent tick: it changes nothing. */
  readonly neutral: number;
  readonly window: string;
  /** The result is the window over how many ticks are present. */
  readonly perTick?: true;
}

/** A window's name, and what it is made of. Others have no one meaning over some of their ticks. */
const STANDS: Readonly<Record<string, Stand>> = {
  sum: { neutral: 0, window: 'sum' },
  mean: { neutral: 0, window: 'sum', perTick: true },
  count: { neutral: 0, window: 'count' },
  highest: { neutral: Number.NEGATIVE_INFINITY, window: 'highest' },
  lowest: { neutral: Number.POSITIVE_INFINITY, window: 'lowest' },
};

export function takesNeed(spec: OpSpec): boolean {
  return spec.name in STANDS;
}

/** `args`: the stream and the length, as the window takes them. */
export function windowOfPresent(
  cx: Context,
  site: Site,
  op: string,
  args: readonly NodeId[],
  need: { readonly node: NodeId; readonly span: Site['span'] },
): NodeId | undefined {
  const stand = STANDS[op];
  const [x, n] = args;
  if (!stand || x === undefined || n === undefined) return undefined;
  const strict = () => apply(cx, site, op, args);
  // `sma(x, n, need = n)`, as the library says where nothing is asked for.
  if (need.node === n) return strict();
  const { place, span } = site;
  if (!requireBase(cx, site, need.node, 'num', need.span, `\`${NEED}\``)) return undefined;
  const { base, clock } = cx.builder.node(x);
  const onClock = clock < 0 ? place.clock : clock;
  const asked = { ...site, operation: NEED };
  const least = lengthInTicks(cx, asked, need.node, { kind: 'length', min: 1 }, onClock, need.span);
  if (least === undefined || strict() === undefined) return undefined;

  const neutral = appendConstant(cx, place, stand.neutral, span, base === 'bool' ? { base, unit: PLAIN } : {});
  const filled = apply(cx, site, 'or_else', [x, neutral]);
  const present = apply(cx, site, 'present', [x]);
  const over = filled && apply(cx, site, stand.window, [filled, n]);
  const there = present && apply(cx, site, 'count', [present, n]);
  if (over === undefined || there === undefined) return undefined;
  const enough = apply(cx, site, 'ge', [there, relabel(cx, place, least, PLAIN, span)]);
  const value = stand.perTick ? apply(cx, site, 'div', [over, there]) : over;
  const nothing = appendConstant(cx, place, Number.NaN, span);
  return enough && value && apply(cx, site, 'if', [enough, value, nothing]);
}
