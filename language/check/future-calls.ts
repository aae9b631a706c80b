/** Calls that only a label may make, since they read later bars. */
import type { Argument, Call, Span } from '../syntax/tree.ts';
import { apply, requireBase } from './apply.ts';
import type { Matched } from './arguments.ts';
import { join } from './clocks.ts';
import { appendConstant, type Context, report, textAt } from './context.ts';
import { ANALYSIS_CODE, DECLARATION_CODE } from './declaration-codes.ts';
import { elaborate, keptAttributes } from './elaborate.ts';
import { acceptKind } from './kinds.ts';
import { lengthInTicks } from './length.ts';
import { elaborateName } from './names.ts';
import type { NodeId } from './node.ts';
import { asStream, type Place, type Value } from './scope.ts';
import type { Site } from './site.ts';
import { optional, required, type SpecialCall } from './special-call.ts';
import { PLAIN } from './units.ts';

function requireLabel(cx: Context, place: Place, call: Call, text: string): boolean {
  if (place.label) return true;
  report(cx, place.scope.file, { code: ANALYSIS_CODE.aheadOutsideLabel, span: call.span, facts: { text } });
  return false;
}

function ahead(cx: Context, place: Place, [argument, by]: Matched, call: Call): Value | undefined {
  if (!requireLabel(cx, place, call, 'ahead')) return undefined;
  const node = argument && elaborate(cx, place, argument.value);
  const ticks = by && elaborate(cx, place, by.value, 'num');
  if (node === undefined || ticks === undefined) return undefined;
  const site: Site = { place, span: call.span, operation: 'ahead', spans: argumentSpans([argument, by], call) };
  return asStream(apply(cx, site, 'ahead', [node, ticks], keptAttributes(cx, node)));
}

function argumentSpans(matched: readonly (Argument | undefined)[], call: Call): readonly Span[] {
  return matched.map(argument => argument?.value.span ?? call.span);
}

/** `forward_return(n)`: from the fill of an order sent now to a fill n ticks later. */
function forwardReturn(cx: Context, place: Place, [by]: Matched, call: Call): Value | undefined {
  if (!by || !requireLabel(cx, place, call, 'forward_return')) return undefined;
  const price = elaborateName(cx, place, { text: 'fill_price', span: call.span }, 'num');
  const ticks = elaborate(cx, place, by.value, 'num');
  if (price?.kind !== 'stream' || ticks === undefined) return undefined;
  const site: Site = { place, span: call.span, operation: 'forward_return', spans: [call.span, by.value.span] };
  const later = apply(cx, site, 'ahead', [price.node, ticks]);
  const growth = later === undefined ? undefined : apply(cx, site, 'div', [later, price.node]);
  if (growth === undefined) return undefined;
  return asStream(apply(cx, site, 'sub', [growth, appendConstant(cx, place, 1, call.span)]));
}

const BARRIERS = ['up', 'flat', 'down'] as const;

/** Node.ts says what its arguments are; it is walked bar by bar in the plan of a training. */
function tripleBarrier(cx: Context, place: Place, matched: Matched, call: Call): Value | undefined {
  if (!requireLabel(cx, place, call, 'triple_barrier')) return undefined;
  const [up, down, within, side] = matched;
  const distance = (argument: Argument | undefined) =>
    argument && distanceOf(cx, place, argument, elaborate(cx, place, argument.value, 'num'));
  const upper = distance(up);
  const lower = distance(down);
  const length = within && elaborate(cx, place, within.value, 'num');
  const seen = side ? elaborate(cx, place, side.value, 'num') : appendConstant(cx, place, 1, call.span);
  if (upper === undefined || lower === undefined || length === undefined || seen === undefined) return undefined;
  if (side && !requireBase(cx, { place }, seen, 'num', side.value.span, '`side` of `triple_barrier`')) return undefined;
  const spans = argumentSpans([up, down, within], call);
  const site: Site = { place, span: call.span, operation: 'triple_barrier', spans };
  const ticks = lengthInTicks(cx, site, length, { kind: 'length', min: 1 }, place.clock, spans[2] ?? call.span);
  const bar = (field: string): NodeId | undefined => {
    const value = elaborateName(cx, place, { text: field, span: call.span }, 'num');
    return value?.kind === 'stream' ? value.node : undefined;
  };
  const fill = bar('fill_price');
  const bars = ['open', 'high', 'low', 'close'].flatMap(field => bar(field) ?? []);
  if (ticks === undefined || fill === undefined || bars.length < 4) return undefined;
  const joined = join(cx, { ...site, spans: [...spans, call.span] }, [upper, lower, seen, fill]);
  return (
    joined &&
    asStream(
      cx.builder.append(
        {
          op: 'triple_barrier',
          args: [fill, upper, lower, ticks, seen, ...bars],
          attrs: { field: cx.bothHit, categories: BARRIERS },
          base: 'category',
          unit: PLAIN,
          clock: joined.clock,
          stage: 'series',
          axis: joined.axis,
        },
        place.scope.file,
        call.span,
      ),
    )
  );
}

/** A barrier is a distance in price; a ratio is that share of the fill. */
function distanceOf(cx: Context, place: Place, { value }: Argument, node: NodeId | undefined): NodeId | undefined {
  if (node === undefined) return undefined;
  const { span } = value;
  if (!requireBase(cx, { place }, node, 'num', span, '`triple_barrier`')) return undefined;
  if (cx.builder.node(node).unit.flavour !== 'ratio')
    return acceptKind(cx, { place, span, what: 'a barrier', clock: place.clock }, node, 'price');
  const price = elaborateName(cx, place, { text: 'fill_price', span }, 'num');
  if (price?.kind !== 'stream') return undefined;
  return apply(cx, { place, span, operation: '*', spans: [span, span] }, 'mul', [node, price.node]);
}

const MOST_CLASSES = 20;

/** `quantile_class(x, 3)`: as many classes, with equally many training rows in each; the cuts are fitted. */
function quantileClass(cx: Context, place: Place, [x, n]: Matched, call: Call): Value | undefined {
  if (!requireLabel(cx, place, call, 'quantile_class')) return undefined;
  const node = x && elaborate(cx, place, x.value, 'num');
  const count = n && elaborate(cx, place, n.value, 'num');
  if (node === undefined || count === undefined || !x || !n) return undefined;
  if (!requireBase(cx, { place }, node, 'num', x.value.span, '`quantile_class`')) return undefined;
  const classes = cx.builder.constant(count);
  if (classes === undefined || !Number.isInteger(classes) || classes < 2 || classes > MOST_CLASSES) {
    const range = `a whole number of classes from 2 to ${MOST_CLASSES}`;
    const facts = { what: '`quantile_class`', value: textAt(cx, place.scope.file, n.value.span), range };
    report(cx, place.scope.file, { code: DECLARATION_CODE.outOfRange, span: n.value.span, facts });
    return undefined;
  }
  const categories = Array.from({ length: classes }, (_, index) => `q${index + 1}`);
  return asStream(
    cx.builder.append(
      {
        ...cx.builder.node(node),
        op: 'quantile_class',
        args: [node],
        attrs: { categories },
        base: 'category',
        unit: PLAIN,
      },
      place.scope.file,
      call.span,
    ),
  );
}

export const FUTURE_CALLS: readonly (readonly [string, SpecialCall])[] = [
  ['ahead', { parameters: [required('x'), required('k')], elaborate: ahead }],
  ['forward_return', { parameters: [required('n')], elaborate: forwardReturn }],
  [
    'triple_barrier',
    { parameters: [required('up'), required('down'), required('within'), optional('side')], elaborate: tripleBarrier },
  ],
  ['quantile_class', { parameters: [required('x'), required('n')], elaborate: quantileClass }],
];
