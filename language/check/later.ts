/**
 * Declarations whose meaning comes later: members chosen by a rule, standing orders, sessions, inputs, tests. Their names,
 * types and clocks are checked like everything else, and each says that it cannot run yet.
 */
import type {
  Declaration,
  Expression,
  Property,
  StandingOrder,
  TestDeclaration,
  UniverseDeclaration,
  WhileDeclaration,
} from '../syntax/tree.ts';
import { requireBase } from './apply.ts';
import { appendSource, type Context, noteNotYet } from './context.ts';
import { axisOf } from './cross-section.ts';
import { ofKind } from './declare.ts';
import { elaborate } from './elaborate.ts';
import { acceptKind, type Kind } from './kinds.ts';
import type { NodeId } from './node.ts';
import { lowerParam } from './params.ts';
import { reportUnknown } from './predictions.ts';
import { lookUp, newScope, type Place, type Wanted } from './scope.ts';
import { elaborateStream } from './streams.ts';
import { checkTorn } from './torn.ts';
import { DURATION } from './units.ts';

export function checkLater(cx: Context, place: Place, all: readonly Declaration[]): void {
  for (const declaration of ofKind(all, 'universe')) checkUniverse(cx, place, declaration);
  for (const declaration of ofKind(all, 'session')) noteNotYet(cx, declaration.span, 'a session');
  for (const declaration of ofKind(all, 'while')) checkWhile(cx, place, declaration);
  for (const declaration of ofKind(all, 'test')) checkTest(cx, place, declaration);
  checkTorn(cx);
}

function condition(cx: Context, place: Place, expression: Expression, what: string): void {
  const node = elaborate(cx, place, expression, 'bool');
  if (node !== undefined) requireBase(cx, { place }, node, 'bool', expression.span, what);
}

function value(cx: Context, place: Place, expression: Expression, kind: Kind, what: string): NodeId | undefined {
  const wanted: Wanted = kind === 'bool' ? 'bool' : 'num';
  const node = elaborate(cx, place, expression, wanted);
  if (node === undefined) return undefined;
  return acceptKind(cx, { place, span: expression.span, what, clock: place.clock }, node, kind);
}

const UNIVERSE_CONDITIONS = new Set(['where']);
const UNIVERSE_NUMBERS = new Set(['pick', 'keep', 'max']);

function checkUniverse(cx: Context, place: Place, declaration: UniverseDeclaration): void {
  const chosen = declaration.properties.some(
    ({ key }) => UNIVERSE_CONDITIONS.has(key.text) || UNIVERSE_NUMBERS.has(key.text),
  );
  if (!chosen) return;
  const axis = cx.universes.findIndex(universe => universe.name === declaration.name.text);
  const scope = newScope(place.scope.file, { parent: place.scope });
  const inside: Place = { ...place, scope, axis: axis < 0 ? null : axis };
  const age = appendSource(cx, inside, declaration.name.span, {
    op: 'input',
    attrs: { field: 'age' },
    base: 'num',
    unit: DURATION,
    clock: place.clock,
    axis: inside.axis,
  });
  scope.values.set('age', { kind: 'bound', value: { kind: 'stream', node: age }, span: declaration.name.span });
  for (const property of declaration.properties) {
    const key = property.key.text;
    const what = `\`${key}\` of the universe`;
    if (property.value.kind === 'ranked') {
      value(cx, inside, property.value.value, 'num', what);
      value(cx, inside, property.value.by, 'num', what);
    } else if (property.value.kind === 'expression') {
      const { expression } = property.value;
      if (UNIVERSE_CONDITIONS.has(key)) condition(cx, inside, expression, what);
      else if (UNIVERSE_NUMBERS.has(key)) value(cx, inside, expression, 'num', what);
    }
  }
}

const nameOf = (name: { readonly text: string; readonly span: Expression['span'] }): Expression => ({
  kind: 'name',
  ...name,
});

/** A name that must stand for one kind of thing. */
function namedThing(
  cx: Context,
  place: Place,
  name: { readonly text: string; readonly span: Expression['span'] },
  kind: 'instrument',
  wanted: string,
): void {
  const entry = lookUp(place.scope, name.text);
  if (entry?.kind !== kind && entry?.kind !== 'broken') reportUnknown(cx, place, name, wanted, kind);
}

function checkWhile(cx: Context, place: Place, declaration: WhileDeclaration): void {
  noteNotYet(cx, declaration.span, 'a standing order (`while … keep`)');
  const scope = newScope(place.scope.file, { parent: place.scope });
  let inside: Place = { ...place, scope };
  const { target } = declaration;
  if (target?.kind === 'on') namedThing(cx, place, target.name, 'instrument', 'an instrument');
  if (target?.kind === 'across')
    inside = { ...inside, axis: axisOf(cx, place, nameOf(target.axis.universe)) ?? place.axis };
  condition(cx, inside, declaration.condition, 'the condition of `while`');
  if (declaration.for) {
    const low = value(cx, inside, declaration.for.low, 'num', 'the start of `for`');
    value(cx, inside, declaration.for.high, 'num', 'the end of `for`');
    const bound = low === undefined ? undefined : ({ kind: 'stream', node: low } as const);
    scope.values.set(declaration.for.name.text, { kind: 'bound', value: bound, span: declaration.for.name.span });
  }
  checkOrder(cx, inside, declaration.order);
  if (declaration.then) checkOrder(cx, inside, declaration.then);
  for (const property of declaration.properties) checkOrderProperty(cx, inside, property);
}

function checkOrder(cx: Context, place: Place, order: StandingOrder): void {
  value(cx, place, order.price, 'price', `the price of \`${order.side}\``);
  if (order.size) elaborate(cx, place, order.size, 'num');
}

function checkOrderProperty(cx: Context, place: Place, property: Property): void {
  const key = property.key.text;
  if (property.value.kind !== 'expression' || (key !== 'stop' && key !== 'target')) return;
  value(cx, place, property.value.expression, 'price', `\`${key}\``);
}

/** A test sees the strategy's names, with its own in front of them. */
function checkTest(cx: Context, place: Place, declaration: TestDeclaration): void {
  noteNotYet(cx, declaration.span, 'a test');
  const scope = newScope(place.scope.file, { parent: place.scope });
  const inside: Place = { ...place, scope };
  for (const given of declaration.given) {
    if (given.kind === 'let') scope.values.set(given.name.text, givenStream(inside, given));
    else {
      const param = lowerParam(cx, inside, given, '');
      scope.values.set(
        given.name.text,
        param ? { kind: 'param', param, span: given.name.span } : brokenAt(given.name.span),
      );
    }
  }
  for (const entry of scope.values.values()) if (entry.kind === 'stream') elaborateStream(cx, entry);
  for (const expression of declaration.expect) condition(cx, inside, expression, '`expect`');
}

const brokenAt = (span: Expression['span']) => ({ kind: 'broken', span }) as const;
const givenStream = (place: Place, declaration: Extract<TestDeclaration['given'][number], { kind: 'let' }>) =>
  ({ kind: 'stream', declaration, place, progress: 'new' }) as const;
