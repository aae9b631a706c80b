/**
 * `state s starts a then e [reset when r]`: one slot, read by `state_prev` and written by `state`.
 *
 * Inside the `then` of any state of a scope, `prev s` is what the slot of `s` held before this tick, so states of one
 * scope may refer to each other. Everywhere else `prev s` is a plain delay.
 */
import type { Expression } from '../syntax/tree.ts';
import { isAbsent, reportUnits, requireBase } from './apply.ts';
import { guessBaseOf } from './base.ts';
import { join } from './clocks.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, clockWords, report } from './context.ts';
import { elaborate } from './elaborate.ts';
import type { NodeId } from './node.ts';
import { lookUp, type Place, type StateEntry } from './scope.ts';
import type { Site } from './site.ts';
import { ownContext } from './streams.ts';
import { meet, PLAIN } from './units.ts';

/** What `prev operand` means inside a `then`; absent where it is an ordinary delay. */
export function previousOfState(
  cx: Context,
  place: Place,
  operand: Expression,
): { readonly node: NodeId | undefined } | undefined {
  if (!place.updating || operand.kind !== 'name') return undefined;
  const entry = lookUp(place.scope, operand.text);
  if (entry?.kind !== 'state' || place.updating.values.get(operand.text) !== entry) return undefined;
  if (entry.place.clock !== place.clock) return undefined;
  return { node: previous(cx, entry) };
}

export function elaborateState(cx: Context, entry: StateEntry): NodeId | undefined {
  if (entry.progress === 'new') {
    entry.progress = 'busy';
    const node = ownContext(cx, entry.place.scope.title === undefined, () => update(cx, entry));
    if (node !== undefined) entry.value = { kind: 'stream', node };
    entry.progress = 'done';
  }
  return entry.value?.kind === 'stream' ? entry.value.node : undefined;
}

function previous(cx: Context, entry: StateEntry): NodeId | undefined {
  if (entry.previous.progress === 'new') {
    entry.previous.progress = 'busy';
    entry.previous.node = ownContext(cx, entry.place.scope.title === undefined, () => appendPrevious(cx, entry));
    entry.previous.progress = 'done';
  }
  return entry.previous.node;
}

function appendPrevious(cx: Context, { declaration, place }: StateEntry): NodeId | undefined {
  const starts = elaborate(cx, place, declaration.starts);
  const reset = declaration.reset && elaborate(cx, place, declaration.reset, 'bool');
  if (starts === undefined || (declaration.reset && reset === undefined)) return undefined;
  const resetSpan = declaration.reset?.span ?? declaration.span;
  if (reset !== undefined && !requireBase(cx, { place }, reset, 'bool', resetSpan, '`reset when`')) return undefined;
  const args = reset === undefined ? [starts] : [starts, reset];
  const joined = joinOnClock(cx, stateSite(place, declaration.starts, resetSpan), args);
  if (!joined) return undefined;
  const absent = isAbsent(cx, starts);
  const { base, unit, attrs } = cx.builder.node(starts);
  const title = place.scope.title;
  cx.states.push({
    name: title === undefined ? declaration.name.text : `${title}.${declaration.name.text}`,
    clock: place.clock,
    optional: absent,
  });
  return cx.builder.append(
    {
      op: 'state_prev',
      args,
      attrs: { state: cx.states.length - 1, ...(attrs.categories && { categories: attrs.categories }) },
      // An `absent` start says nothing of the type; the update will.
      base: absent ? (guessBaseOf(declaration.then) ?? 'num') : base,
      unit,
      clock: place.clock,
      stage: 'series',
      axis: joined.axis ?? place.axis,
    },
    place.scope.file,
    declaration.starts.span,
  );
}

function update(cx: Context, entry: StateEntry): NodeId | undefined {
  const { declaration, place } = entry;
  const from = cx.builder.nodes.length;
  const before = previous(cx, entry);
  const next = elaborate(cx, { ...place, updating: place.scope }, declaration.then);
  if (before === undefined || next === undefined) return undefined;
  const span = declaration.then.span;
  const held = cx.builder.node(before);
  const what = `the \`then\` of state \`${declaration.name.text}\``;
  if (!requireBase(cx, { place }, next, held.base, span, what)) return undefined;
  const site = stateSite(place, declaration.starts, span);
  const joined = joinOnClock(cx, site, [before, next]);
  if (!joined) return undefined;
  const unit = held.base === 'num' ? meet(held.unit, cx.builder.node(next).unit) : PLAIN;
  if (!unit) {
    reportUnits(cx, { ...site, span, operation: 'state' }, held.unit, cx.builder.node(next).unit, 1);
    return undefined;
  }
  const settled = unit.flavour === 'any' ? PLAIN : unit;
  cx.builder.retype(before, { base: held.base, unit: settled });
  const { attrs, axis, base } = cx.builder.node(before);
  const node = cx.builder.append(
    { op: 'state', args: [before, next], attrs, base, unit: settled, clock: place.clock, stage: 'series', axis },
    place.scope.file,
    span,
  );
  cx.builder.name(node, from, declaration.name.text);
  return node;
}

function stateSite(place: Place, starts: Expression, second: Expression['span']): Site {
  return { place, span: second, operation: 'state', spans: [starts.span, second] };
}

/** All parts of a state tick on the clock it stands on. */
function joinOnClock(cx: Context, site: Site, args: readonly NodeId[]): { readonly axis: number | null } | undefined {
  const joined = join(cx, site, args);
  if (!joined || joined.clock < 0 || joined.clock === site.place.clock) return joined;
  report(cx, site.place.scope.file, {
    code: EXPRESSION_CODE.wrongClock,
    span: site.span,
    facts: {
      what: 'a state',
      wanted: clockWords(cx, site.place.clock),
      found: clockWords(cx, joined.clock),
      clockName: cx.clocks[joined.clock]?.name,
    },
  });
  return undefined;
}
