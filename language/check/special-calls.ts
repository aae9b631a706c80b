/** Calls that the checker knows by name: crossings between clocks and the calendar; those of labels stand beside. */
import type { Call, Expression, Span } from '../syntax/tree.ts';
import { apply } from './apply.ts';
import type { Matched } from './arguments.ts';
import { alignsWith } from './calendar.ts';
import { isSlower } from './clocks.ts';
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
import { delay, elaborate, keptAttributes } from './elaborate.ts';
import { FUTURE_CALLS } from './future-calls.ts';
import { acceptKind } from './kinds.ts';
import type { BaseType, ClockId, NodeId, Unit } from './node.ts';
import { PREDICTION_CALLS } from './predictions.ts';
import { asStream, lookUp, nearestEntry, type Place, type Value } from './scope.ts';
import { optional, required, type SpecialCall } from './special-call.ts';
import { DURATION, PLAIN } from './units.ts';

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

/** `changed(x)`: a value, a condition or a category that is not what it was one tick before. */
function changed(cx: Context, place: Place, [argument]: Matched, call: Call): Value | undefined {
  const now = argument && elaborate(cx, place, argument.value);
  if (now === undefined) return undefined;
  const { span } = call;
  const spans = [argument?.value.span ?? span];
  const before = delay(cx, place, now, appendConstant(cx, place, 1, span), span, spans);
  if (before === undefined) return undefined;
  const site = { place, span, operation: 'changed', spans };
  const { base } = cx.builder.node(now);
  if (base === 'num') return asStream(apply(cx, site, 'ne', [now, before]));
  if (base === 'bool') {
    const turned = apply(cx, site, 'not', [before]);
    return asStream(turned && apply(cx, site, 'if', [now, turned, before]));
  }
  // Categories are held as the numbers of their names.
  const numbers = [now, before].map(id =>
    cx.builder.append(
      { ...cx.builder.node(id), op: 'plain', args: [id], attrs: {}, base: 'num' },
      place.scope.file,
      span,
    ),
  );
  return asStream(apply(cx, site, 'ne', numbers));
}

// ---------------------------------------------------------------- crossings

function latest(cx: Context, place: Place, [argument, age]: Matched, call: Call): Value | undefined {
  const node = argument && elaborate(cx, place, argument.value);
  const maxAge = age && elaborate(cx, place, age.value, 'num');
  if (node === undefined || (age && maxAge === undefined)) return undefined;
  const { stage, clock } = cx.builder.node(node);
  if (stage !== 'series') return asStream(node);
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
  return asStream(cross(cx, place, 'latest', args, place.clock, call.span));
}

function sample(cx: Context, place: Place, [argument, onto]: Matched, call: Call): Value | undefined {
  const node = argument && elaborate(cx, place, argument.value);
  const clock = onto && clockNamed(cx, place, onto.value);
  if (node === undefined || clock === undefined) return undefined;
  const found = cx.builder.node(node);
  if (found.stage !== 'series') return asStream(node);
  if (!isSlower(cx, clock, found.clock)) {
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.sampleNotFaster,
      span: argument?.value.span ?? call.span,
      facts: { found: clockWords(cx, found.clock), clock: clockWords(cx, clock), same: clock === found.clock },
    });
    return undefined;
  }
  if (!alignedCrossing(cx, place, clock, found.clock, call.span)) return undefined;
  return asStream(cross(cx, place, 'sample', [node], clock, call.span));
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
  return asStream(
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
  return asStream(appendSource(cx, place, call.span, { op: 'session', attrs, ...type, clock: place.clock }));
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

export const SPECIAL_CALLS: ReadonlyMap<string, SpecialCall> = new Map<string, SpecialCall>([
  ['latest', { parameters: [required('x'), optional('max_age')], elaborate: latest }],
  ['sample', { parameters: [required('x'), required('clock')], elaborate: sample }],
  ['changed', { parameters: [required('x')], elaborate: changed }],
  ['new', period('new')],
  ['ends', period('ends')],
  ['hour_of_day', ofTick('hour_of_day')],
  ['weekday', ofTick('weekday')],
  ['active', session('active')],
  ['elapsed', session('elapsed')],
  ['left', session('left')],
  ...FUTURE_CALLS,
  ...PREDICTION_CALLS,
]);
