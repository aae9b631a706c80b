/**
 * The cross-section: one value a member of a universe. `rank zscore demean scale winsor neutral quantile_of` keep the
 * axis, `mean sum count breadth` drop it; `across U` names it once. Typed here; strategies of one instrument do not run it.
 */
import type { Across, Call, Expression } from '../syntax/tree.ts';
import { requireBase } from './apply.ts';
import { matchArguments, type Parameter } from './arguments.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, noteNotYet, report, textAt } from './context.ts';
import { elaborate, evaluate } from './elaborate.ts';
import type { NodeId, Unit } from './node.ts';
import { lookUp, nearestEntry, type Place, type Value } from './scope.ts';
import { PLAIN, RATIO } from './units.ts';

interface CrossSection {
  readonly takes: 'num' | 'bool' | 'any';
  readonly keepsAxis: boolean;
  readonly unit: 'plain' | 'ratio' | 'same';
  /** Named settings beside the stream. */
  readonly settings: readonly string[];
  /** With a length it is an operator over time. */
  readonly alsoOverTime: boolean;
}

const row = (
  takes: CrossSection['takes'],
  keepsAxis: boolean,
  unit: CrossSection['unit'],
  settings: readonly string[] = [],
  alsoOverTime = false,
): CrossSection => ({ takes, keepsAxis, unit, settings, alsoOverTime });

export const CROSS_SECTION: ReadonlyMap<string, CrossSection> = new Map([
  ['rank', row('num', true, 'ratio', ['need'])],
  ['zscore', row('num', true, 'plain', ['need'], true)],
  ['demean', row('num', true, 'same')],
  ['scale', row('num', true, 'ratio', ['gross', 'net'])],
  ['winsor', row('num', true, 'same', ['share'])],
  ['neutral', row('num', true, 'same', ['to'])],
  ['quantile_of', row('num', true, 'plain', ['n'])],
  ['mean', row('num', false, 'same', [], true)],
  ['sum', row('num', false, 'same', [], true)],
  ['count', row('bool', false, 'plain', [], true)],
  ['breadth', row('bool', false, 'ratio')],
]);

/** Whether the call means members rather than ticks: it names an axis, or has one argument where members are meant. */
export function isCrossSection(place: Place, call: Call): boolean {
  if (call.callee.kind !== 'name') return false;
  const kind = CROSS_SECTION.get(call.callee.text);
  if (!kind) return false;
  if (call.arguments.some(argument => argument.name?.text === 'across')) return true;
  const unnamed = call.arguments.filter(argument => !argument.name).length;
  return !kind.alsoOverTime || (unnamed === 1 && place.axis !== null);
}

export function elaborateCrossSection(cx: Context, place: Place, call: Call): NodeId | undefined {
  if (call.callee.kind !== 'name') return undefined;
  const name = call.callee.text;
  const kind = CROSS_SECTION.get(name);
  if (!kind) return undefined;
  const parameters: Parameter[] = [
    { name: 'x', optional: false },
    ...[...kind.settings, 'across', 'by'].map(setting => ({ name: setting, optional: true })),
  ];
  const matched = matchArguments(cx, place, call, name, parameters);
  if (!matched) return undefined;
  const across = call.arguments.find(argument => argument.name?.text === 'across');
  const axis = across ? axisOf(cx, place, across.value) : place.axis;
  if (axis === undefined) return undefined;
  if (axis === null) {
    report(cx, place.scope.file, { code: EXPRESSION_CODE.noUniverse, span: call.span, facts: { what: name } });
    return undefined;
  }
  const [argument] = matched;
  const inside = { ...place, axis };
  const wanted = kind.takes;
  const node = argument && elaborate(cx, inside, argument.value, wanted);
  for (const setting of call.arguments) {
    if (setting.name && !['across', 'by', 'x'].includes(setting.name.text)) elaborate(cx, inside, setting.value);
  }
  if (node === undefined || !argument) return undefined;
  if (wanted !== 'any' && !requireBase(cx, { place }, node, wanted, argument.value.span, `\`${name}\``))
    return undefined;
  noteNotYet(cx, call.span, 'a cross-section of a universe');
  const { unit, clock, stage } = cx.builder.node(node);
  const series = stage === 'series';
  return cx.builder.append(
    {
      op: 'cross_section',
      args: [node],
      attrs: { field: name },
      base: 'num',
      unit: unitOf(kind, unit),
      clock: series ? clock : place.clock,
      stage: 'series',
      axis: kind.keepsAxis ? axis : null,
    },
    place.scope.file,
    call.span,
  );
}

function unitOf(kind: CrossSection, unit: Unit): Unit {
  if (kind.unit === 'same') return unit;
  return kind.unit === 'ratio' ? RATIO : PLAIN;
}

/** `E across U [by group]`: the universe that the cross-sections of E are taken over. */
export function elaborateAcross(cx: Context, place: Place, expression: Across): Value | undefined {
  const { universe } = expression.axis;
  const axis = axisOf(cx, place, { kind: 'name', text: universe.text, span: universe.span });
  return axis === undefined ? undefined : evaluate(cx, { ...place, axis }, expression.value);
}

/** The universe a name means; reports a name that means none. */
export function axisOf(cx: Context, place: Place, expression: Expression): number | undefined {
  const name = { text: textAt(cx, place.scope.file, expression.span), span: expression.span };
  const entry = lookUp(place.scope, name.text);
  if (entry?.kind === 'universe') return entry.axis;
  if (entry?.kind === 'broken') return undefined;
  const suggestion = nearestEntry(place.scope, name, known => known.kind === 'universe');
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownName,
    span: name.span,
    facts: { name: name.text, wanted: 'a universe', suggestion },
  });
  return undefined;
}
