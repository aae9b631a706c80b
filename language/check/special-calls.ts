/** Calls that the checker knows by name: crossings between clocks, the calendar, and what looks ahead. */
import type { Argument, Call, Expression, ModelDeclaration, Span } from '../syntax/tree.ts';
import { apply, isSlower, type Site } from './apply.ts';
import type { Matched, Parameter } from './arguments.ts';
import { alignsWith } from './calendar.ts';
import { EXPRESSION_CODE } from './codes.ts';
import {
  appendConstant,
  appendSource,
  type Context,
  clockWords,
  noteNotYet,
  periodWords,
  report,
  textAt,
} from './context.ts';
import { ANALYSIS_CODE } from './declaration-codes.ts';
import { elaborate, keptAttributes, misplaced } from './elaborate.ts';
import { acceptKind } from './kinds.ts';
import { lengthInTicks } from './length.ts';
import { elaborateName } from './names.ts';
import type { BaseType, ClockId, Node, NodeId, Unit } from './node.ts';
import { lookUp, nearestEntry, type Place, type Value } from './scope.ts';
import { elaborateStream } from './streams.ts';
import { DURATION, PLAIN, RATIO } from './units.ts';

interface SpecialCall {
  readonly parameters: readonly Parameter[];
  readonly elaborate: (cx: Context, place: Place, matched: Matched, call: Call) => Value | undefined;
}

const required = (name: string): Parameter => ({ name, optional: false });
const optional = (name: string): Parameter => ({ name, optional: true });

const stream = (node: NodeId | undefined): Value | undefined =>
  node === undefined ? undefined : { kind: 'stream', node };

/** The clock that a name means; reports a name that means none. */
export function clockNamed(
  cx: Context,
  place: Place,
  expression: Pick<Expression, 'kind' | 'span'>,
): ClockId | undefined {
  const text = textAt(cx, place.scope.file, expression.span);
  const entry = lookUp(place.scope, text);
  if (entry?.kind === 'clock') return entry.clock;
  if (entry?.kind === 'broken') return undefined;
  const suggestion = nearestEntry(place.scope, { text, span: expression.span }, known => known.kind === 'clock');
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownName,
    span: expression.span,
    facts: { name: text, wanted: 'a clock', suggestion },
    ...(suggestion !== undefined && {
      fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: expression.span, text: suggestion }] },
    }),
  });
  return undefined;
}

// ---------------------------------------------------------------- crossings

function latest(cx: Context, place: Place, [argument, age]: Matched, call: Call): Value | undefined {
  const node = argument && elaborate(cx, place, argument.value);
  const maxAge = age && elaborate(cx, place, age.value, 'num');
  if (node === undefined || (age && maxAge === undefined)) return undefined;
  const { stage, clock } = cx.builder.node(node);
  if (stage !== 'series') return stream(node);
  if (!isSlower(cx, clock, place.clock)) {
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.latestNotSlower,
      span: argument?.value.span ?? call.span,
      facts: {
        text: argument && textAt(cx, place.scope.file, argument.value.span),
        found: clockWords(cx, clock),
        here: clockWords(cx, place.clock),
        same: clock === place.clock,
      },
      ...(clock === place.clock &&
        argument && {
          fix: {
            title: 'Leave out `latest`',
            safe: true,
            edits: [{ span: call.span, text: textAt(cx, place.scope.file, argument.value.span) }],
          },
        }),
    });
    return undefined;
  }
  if (!alignedCrossing(cx, place, clock, place.clock, call.span)) return undefined;
  const args = [node];
  if (age && maxAge !== undefined) {
    const site = { place, span: age.value.span, what: '`max_age` of `latest`', clock: place.clock };
    const accepted = acceptKind(cx, site, maxAge, 'duration');
    if (accepted === undefined) return undefined;
    args.push(accepted);
  }
  return stream(cross(cx, place, 'latest', args, place.clock, call.span));
}

function sample(cx: Context, place: Place, [argument, onto]: Matched, call: Call): Value | undefined {
  const node = argument && elaborate(cx, place, argument.value);
  const clock = onto && clockNamed(cx, place, onto.value);
  if (node === undefined || clock === undefined) return undefined;
  const found = cx.builder.node(node);
  if (found.stage !== 'series') return stream(node);
  if (!isSlower(cx, clock, found.clock)) {
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.sampleNotFaster,
      span: argument?.value.span ?? call.span,
      facts: { found: clockWords(cx, found.clock), clock: clockWords(cx, clock), same: clock === found.clock },
    });
    return undefined;
  }
  if (!alignedCrossing(cx, place, clock, found.clock, call.span)) return undefined;
  return stream(cross(cx, place, 'sample', [node], clock, call.span));
}

/** Every named clock aligns with the base; two of them (3h and 7h) need not align with each other. */
function alignedCrossing(cx: Context, place: Place, slow: ClockId, fast: ClockId, span: Span): boolean {
  const slowPeriod = cx.clocks[slow]?.period;
  const fastPeriod = cx.clocks[fast]?.period;
  if (!slowPeriod || !fastPeriod || fast === 0 || alignsWith(slowPeriod, fastPeriod)) return true;
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.clockDoesNotAlign,
    span,
    facts: {
      clock: cx.clocks[slow]?.name,
      period: periodWords(slowPeriod),
      base: periodWords(fastPeriod),
      slower: true,
    },
  });
  return false;
}

function cross(
  cx: Context,
  place: Place,
  op: 'latest' | 'sample',
  args: readonly NodeId[],
  clock: ClockId,
  span: Span,
): NodeId | undefined {
  const [source] = args;
  if (source === undefined) return undefined;
  const { base, unit, axis } = cx.builder.node(source);
  return cx.builder.append(
    { op, args, attrs: keptAttributes(cx, source), base, unit, clock, stage: 'series', axis },
    place.scope.file,
    span,
  );
}

// ---------------------------------------------------------------- the calendar

function period(field: 'new' | 'ends'): SpecialCall {
  return {
    parameters: [required('clock')],
    elaborate: (cx, place, [argument], call) => {
      const expression = argument?.value;
      if (!expression) return undefined;
      const entry = expression.kind === 'name' ? lookUp(place.scope, expression.text) : undefined;
      if (entry?.kind === 'session') return ofSession(cx, place, call, field);
      const clock = clockNamed(cx, place, expression);
      if (clock === undefined) return undefined;
      if (!isSlower(cx, clock, place.clock)) {
        report(cx, place.scope.file, {
          code: EXPRESSION_CODE.calendarNotSlower,
          span: expression.span,
          facts: { clock: clockWords(cx, clock), here: clockWords(cx, place.clock), same: clock === place.clock },
        });
        return undefined;
      }
      return calendar(cx, place, call.span, field, 'bool', { clock });
    },
  };
}

function calendar(
  cx: Context,
  place: Place,
  span: Span,
  field: string,
  base: BaseType,
  attrs: { readonly clock?: ClockId } = {},
): Value | undefined {
  const clock = place.clock;
  return stream(
    appendSource(cx, place, span, { op: 'calendar', attrs: { field, ...attrs }, base, unit: PLAIN, clock }),
  );
}

const ofTick = (field: 'hour_of_day' | 'weekday'): SpecialCall => ({
  parameters: [],
  elaborate: (cx, place, _matched, call) => calendar(cx, place, call.span, field, 'num'),
});

const SESSION_TYPES: Readonly<Record<string, { readonly base: BaseType; readonly unit: Unit }>> = {
  new: { base: 'bool', unit: PLAIN },
  ends: { base: 'bool', unit: PLAIN },
  active: { base: 'bool', unit: PLAIN },
  elapsed: { base: 'num', unit: DURATION },
  left: { base: 'num', unit: DURATION },
};

function ofSession(cx: Context, place: Place, call: Call, field: string): Value | undefined {
  const type = SESSION_TYPES[field];
  if (!type) return undefined;
  noteNotYet(cx, call.span, 'a session');
  const name = textAt(cx, place.scope.file, call.arguments[0]?.value.span ?? call.span);
  const attrs = { field, name };
  return stream(appendSource(cx, place, call.span, { op: 'session', attrs, ...type, clock: place.clock }));
}

const session = (field: 'active' | 'elapsed' | 'left'): SpecialCall => ({
  parameters: [required('session')],
  elaborate: (cx, place, [argument], call) => {
    const expression = argument?.value;
    if (!expression) return undefined;
    const name = textAt(cx, place.scope.file, expression.span);
    const entry = lookUp(place.scope, name);
    if (entry?.kind === 'session') return ofSession(cx, place, call, field);
    if (entry?.kind === 'broken') return undefined;
    const suggestion = nearestEntry(
      place.scope,
      { text: name, span: expression.span },
      known => known.kind === 'session',
    );
    const facts = { name, wanted: 'a session', suggestion };
    report(cx, place.scope.file, { code: EXPRESSION_CODE.unknownName, span: expression.span, facts });
    return undefined;
  },
});

// ---------------------------------------------------------------- the future

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
  return stream(apply(cx, site, 'ahead', [node, ticks], keptAttributes(cx, node)));
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
  return stream(apply(cx, site, 'sub', [growth, appendConstant(cx, place, 1, call.span)]));
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
  return stream(
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
  if (label?.base !== 'category') return stream(source());
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
  return stream(
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

export const SPECIAL_CALLS: ReadonlyMap<string, SpecialCall> = new Map<string, SpecialCall>([
  ['latest', { parameters: [required('x'), optional('max_age')], elaborate: latest }],
  ['sample', { parameters: [required('x'), required('clock')], elaborate: sample }],
  ['new', period('new')],
  ['ends', period('ends')],
  ['hour_of_day', ofTick('hour_of_day')],
  ['weekday', ofTick('weekday')],
  ['active', session('active')],
  ['elapsed', session('elapsed')],
  ['left', session('left')],
  ['ahead', { parameters: [required('x'), required('k')], elaborate: ahead }],
  ['forward_return', { parameters: [required('n')], elaborate: forwardReturn }],
  [
    'triple_barrier',
    { parameters: [required('up'), required('down'), required('within'), optional('side')], elaborate: tripleBarrier },
  ],
  ['likeliest', { parameters: [required('model')], elaborate: likeliest }],
  ['predict', { parameters: [required('model'), optional('features')], elaborate: predict }],
]);
