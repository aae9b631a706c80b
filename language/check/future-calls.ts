/** Calls that only a label may make, since they read later bars, and the forecasts of models that learn labels. */
import type { Argument, Call, ModelDeclaration, Span } from '../syntax/tree.ts';
import { apply } from './apply.ts';
import type { Matched } from './arguments.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { appendConstant, appendSource, type Context, noteNotYet, report, textAt } from './context.ts';
import { ANALYSIS_CODE } from './declaration-codes.ts';
import { elaborate, keptAttributes, misplaced } from './elaborate.ts';
import { lengthInTicks } from './length.ts';
import { elaborateName } from './names.ts';
import type { Node } from './node.ts';
import { asStream, lookUp, nearestEntry, type Place, type Value } from './scope.ts';
import type { Site } from './site.ts';
import { optional, required, type SpecialCall } from './special-call.ts';
import { elaborateStream } from './streams.ts';
import { PLAIN, RATIO } from './units.ts';

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

/** Typed and given its horizon; walked by the labels' own stage. */
function tripleBarrier(cx: Context, place: Place, matched: Matched, call: Call): Value | undefined {
  if (!requireLabel(cx, place, call, 'triple_barrier')) return undefined;
  const [up, down, within] = matched;
  const nodes = [up, down, within].map(argument => argument && elaborate(cx, place, argument.value, 'num'));
  const [upper, lower, length] = nodes;
  if (upper === undefined || lower === undefined || length === undefined) return undefined;
  const spans = argumentSpans([up, down, within], call);
  const site: Site = { place, span: call.span, operation: 'triple_barrier', spans };
  const rule = { kind: 'length', min: 1 } as const;
  const ticks = lengthInTicks(cx, site, length, rule, place.clock, spans[2] ?? call.span);
  const price = elaborateName(cx, place, { text: 'fill_price', span: call.span }, 'num');
  if (ticks === undefined || price?.kind !== 'stream') return undefined;
  const reach = apply(cx, site, 'ahead', [price.node, ticks]);
  if (reach === undefined) return undefined;
  const node = cx.builder.node(reach);
  return asStream(
    cx.builder.append(
      {
        ...node,
        op: 'triple_barrier',
        args: [reach, upper, lower],
        attrs: { categories: BARRIERS },
        base: 'category',
        unit: PLAIN,
      },
      place.scope.file,
      call.span,
    ),
  );
}

// ---------------------------------------------------------------- models

function predict(cx: Context, place: Place, [model, features]: Matched, call: Call): Value | undefined {
  const entry = model && namedEntry(cx, place, model, 'model');
  const block = features && namedEntry(cx, place, features, 'features');
  if (entry?.kind !== 'model' || (features && block?.kind !== 'features')) return undefined;
  noteNotYet(cx, call.span, '`predict`, the forecast of a model');
  const label = labelOf(cx, place, entry.declaration);
  const source = (field?: string) =>
    appendSource(cx, place, call.span, {
      op: 'predict',
      attrs: { name: entry.declaration.name.text, ...(field !== undefined && { field }) },
      base: 'num',
      unit: label?.base === 'num' ? label.unit : RATIO,
      clock: place.clock,
      axis: label?.axis ?? place.axis,
    });
  if (label?.base !== 'category') return asStream(source());
  const fields = new Map((label.attrs.categories ?? []).map(name => [name, source(name)] as const));
  return { kind: 'record', of: 'predict', fields };
}

/** The label that a model learns, as far as it is elaborated. */
function labelOf(cx: Context, place: Place, model: ModelDeclaration): Node | undefined {
  const entry = model.learn && lookUp(place.scope, model.learn.text);
  const value = entry?.kind === 'stream' ? elaborateStream(cx, entry) : undefined;
  return value?.kind === 'stream' ? cx.builder.node(value.node) : undefined;
}

/** `likeliest(m)`: the class with the highest probability. */
function likeliest(cx: Context, place: Place, [model]: Matched, call: Call): Value | undefined {
  const entry = model && namedEntry(cx, place, model, 'model');
  if (entry?.kind !== 'model') return undefined;
  noteNotYet(cx, call.span, '`likeliest`, the forecast of a model');
  const label = labelOf(cx, place, entry.declaration);
  const { categories } = label?.attrs ?? {};
  if (label && !categories) {
    misplaced(cx, place, call, `the likeliest class of \`${entry.declaration.name.text}\``, 'a model of numbers');
    return undefined;
  }
  const attrs = { name: entry.declaration.name.text, field: 'likeliest', ...(categories && { categories }) };
  const axis = label?.axis ?? place.axis;
  const { clock } = place;
  return asStream(
    appendSource(cx, place, call.span, { op: 'predict', attrs, base: 'category', unit: PLAIN, clock, axis }),
  );
}

function namedEntry(cx: Context, place: Place, argument: Argument, kind: 'model' | 'features') {
  const { span } = argument.value;
  const name = { text: textAt(cx, place.scope.file, span), span };
  const entry = lookUp(place.scope, name.text);
  if (entry?.kind === kind || entry?.kind === 'broken') return entry;
  const wanted = kind === 'model' ? 'a model' : 'a block of features';
  if (entry) return misplaced(cx, place, argument.value, `\`${name.text}\``, `this place, which needs ${wanted}`);
  const suggestion = nearestEntry(place.scope, name, known => known.kind === kind);
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownName,
    span,
    facts: { name: name.text, wanted, suggestion },
  });
  return undefined;
}

export const FUTURE_CALLS: readonly (readonly [string, SpecialCall])[] = [
  ['ahead', { parameters: [required('x'), required('k')], elaborate: ahead }],
  ['forward_return', { parameters: [required('n')], elaborate: forwardReturn }],
  [
    'triple_barrier',
    { parameters: [required('up'), required('down'), required('within'), optional('side')], elaborate: tripleBarrier },
  ],
  ['likeliest', { parameters: [required('model')], elaborate: likeliest }],
  ['predict', { parameters: [required('model'), optional('features')], elaborate: predict }],
];
