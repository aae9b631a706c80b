/** What the lowering of declarations sees of elaboration (elaborator.ts), at one place. */

import type { Expression, Name } from '../syntax/tree.ts';
import { apply, requireBase, requireStage } from './apply.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { appendConstant, type Context, clockWords, fileOf, noteNotYet, report, textAt } from './context.ts';
import { elaborate } from './elaborate.ts';
import type { Elaborator, Expected } from './elaborator.ts';
import { acceptKind, wrongUnit } from './kinds.ts';
import type { NodeId, Unit } from './node.ts';
import { lookUp, nearestEntry, type Place, type Wanted } from './scope.ts';
import { clockNamed } from './special-calls.ts';
import { BARS, DURATION, INDEX, PLAIN, RATIO, sameUnit, unitNamed } from './units.ts';

export function elaboratorAt(cx: Context, place: Place): Elaborator {
  const { file } = place.scope;
  return {
    file: fileOf(cx, file),
    instruments: cx.instruments,
    universes: cx.universes,
    own: cx.own,
    clocks: cx.clocks,
    elaborate: (expression, expected) => expectedNode(cx, place, expression, expected),
    constant: (value, unit, span) => appendConstant(cx, place, value, span, { unit: unitOf(cx, unit, 0) }),
    apply: (op, args, span, attributes) => {
      const spans = args.map(id => cx.builder.origins.at(id)?.span ?? span);
      return apply(cx, { place, span, operation: op, spans }, op, args, attributes);
    },
    node: id => cx.builder.node(id),
    clockNamed: name => clockNamed(cx, place, { kind: 'name', ...name }),
    instrumentNamed: name => instrumentNamed(cx, place, name),
    report: problem => report(cx, file, problem),
    notYet: (span, what) => noteNotYet(cx, span, what),
    textOf: expression => textAt(cx, file, expression.span),
  };
}

const FLAVOURED = { plain: PLAIN, ratio: RATIO, index: INDEX, bars: BARS, duration: DURATION } as const;

function unitOf(cx: Context, unit: NonNullable<Expected['unit']>, instrument: number): Unit {
  if (unit !== 'price' && unit !== 'money' && unit !== 'qty') return FLAVOURED[unit];
  const assets = cx.instruments[instrument];
  return assets ? unitNamed(unit, assets) : PLAIN;
}

function expectedNode(cx: Context, place: Place, expression: Expression, expected: Expected): NodeId | undefined {
  const { span } = expression;
  const wanted: Wanted = expected.base;
  const node = elaborate(cx, place, expression, wanted);
  if (node === undefined) return undefined;
  if (expected.base !== 'any' && !requireBase(cx, { place }, node, expected.base, span, expected.what))
    return undefined;
  if (expected.stage && !requireStage(cx, { place }, node, expected.stage, span, expected.what)) return undefined;
  if (!isOnClock(cx, place, node, expression, expected)) return undefined;
  const fitting = expected.unit === undefined ? node : withUnit(cx, place, node, expression, expected, expected.unit);
  return fitting;
}

function withUnit(
  cx: Context,
  place: Place,
  node: NodeId,
  { span }: Expression,
  expected: Expected,
  unit: NonNullable<Expected['unit']>,
): NodeId | undefined {
  const site = { place, span, what: expected.what, clock: expected.clock ?? place.clock };
  if (unit === 'plain') {
    const { flavour } = cx.builder.node(node).unit;
    return flavour === 'any' || flavour === 'plain' ? node : wrongUnit(cx, site, cx.builder.node(node).unit, 'num');
  }
  const accepted = acceptKind(cx, site, node, unit);
  if (accepted === undefined || expected.instrument === undefined) return accepted;
  // Two markets: the price of one says nothing about the other.
  const found = cx.builder.node(accepted).unit;
  const fits = found.flavour === 'any' || sameUnit(found, unitOf(cx, unit, expected.instrument));
  return fits || cx.instruments[expected.instrument] === undefined ? accepted : wrongUnit(cx, site, found, unit);
}

function isOnClock(cx: Context, place: Place, node: NodeId, { span }: Expression, expected: Expected): boolean {
  const { clock } = cx.builder.node(node);
  if (expected.clock === undefined || clock < 0 || clock === expected.clock) return true;
  const text = textAt(cx, place.scope.file, span);
  const mended = `latest(${text})`;
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.wrongClock,
    span,
    facts: {
      what: expected.what,
      wanted: clockWords(cx, expected.clock),
      found: clockWords(cx, clock),
      clockName: cx.clocks[clock]?.name,
      text,
      mended,
    },
    fix: { title: `Write \`${mended}\``, safe: false, edits: [{ span, text: mended }] },
  });
  return false;
}

function instrumentNamed(cx: Context, place: Place, name: Name): number | undefined {
  const entry = lookUp(place.scope, name.text);
  if (entry?.kind === 'instrument') return entry.instrument;
  if (entry?.kind === 'broken') return undefined;
  const suggestion = nearestEntry(place.scope, name, known => known.kind === 'instrument');
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownName,
    span: name.span,
    facts: { name: name.text, wanted: 'an instrument', suggestion },
  });
  return undefined;
}
