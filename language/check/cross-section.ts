/**
 * The cross-section: one value a member of a universe. `rank zscore demean scale winsor neutral quantile_of` keep the
 * axis, `mean sum count breadth` drop it; `across U` names it once.
 */
import type { Across, Argument, Call, Expression } from '../syntax/tree.ts';
import { requireBase, requireStage } from './apply.ts';
import { matchArguments, type Parameter } from './arguments.ts';
import { join } from './clocks.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { appendConstant, type Context, noteNotYet, report, textAt } from './context.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import { acceptRatio, elaborate, evaluate } from './elaborate.ts';
import type { NodeId, Unit } from './node.ts';
import { lookUp, nearestEntry, type Place, type Value } from './scope.ts';
import { PLAIN, RATIO } from './units.ts';

interface CrossSection {
  readonly takes: 'num' | 'bool';
  readonly keepsAxis: boolean;
  readonly unit: 'plain' | 'ratio' | 'same';
  /** Named settings beside the stream: arguments of the node, in this order. */
  readonly settings: readonly CrossSetting[];
  /** With a length it is an operator over time. */
  readonly alsoOverTime: boolean;
}

interface CrossSetting {
  readonly name: string;
  readonly what: 'count' | 'share' | 'stream';
  /** Absent: it must be given. NaN: nothing is asked. */
  readonly default?: number;
}

const row = (
  takes: CrossSection['takes'],
  keepsAxis: boolean,
  unit: CrossSection['unit'],
  settings: readonly CrossSetting[] = [],
  alsoOverTime = false,
): CrossSection => ({ takes, keepsAxis, unit, settings, alsoOverTime });

const NEED: CrossSetting = { name: 'need', what: 'count', default: 1 };

export const CROSS_SECTION: ReadonlyMap<string, CrossSection> = new Map([
  ['rank', row('num', true, 'ratio', [NEED])],
  ['zscore', row('num', true, 'plain', [NEED], true)],
  ['demean', row('num', true, 'same')],
  [
    'scale',
    row('num', true, 'ratio', [
      { name: 'gross', what: 'share', default: 1 },
      { name: 'net', what: 'share', default: Number.NaN },
    ]),
  ],
  ['winsor', row('num', true, 'same', [{ name: 'share', what: 'share', default: 0.05 }])],
  ['neutral', row('num', true, 'same', [{ name: 'to', what: 'stream' }])],
  ['quantile_of', row('num', true, 'plain', [{ name: 'n', what: 'count', default: 5 }])],
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
    ...kind.settings.map(setting => ({ name: setting.name, optional: setting.default !== undefined })),
    ...['across', 'by'].map(setting => ({ name: setting, optional: true })),
  ];
  const matched = matchArguments(cx, place, call, name, parameters);
  if (!matched) return undefined;
  const across = call.arguments.find(argument => argument.name?.text === 'across');
  const by = call.arguments.find(argument => argument.name?.text === 'by');
  const axis = across ? axisOf(cx, place, across.value) : place.axis;
  if (axis === undefined) return undefined;
  if (axis === null) {
    report(cx, place.scope.file, { code: EXPRESSION_CODE.noUniverse, span: call.span, facts: { what: name } });
    return undefined;
  }
  if (by) noteNotYet(cx, by.span, 'a cross-section by groups');
  const [argument] = matched;
  const inside = { ...place, axis };
  const node = argument && elaborate(cx, inside, argument.value, kind.takes);
  const settings = kind.settings.map((setting, index) =>
    settingOf(cx, inside, name, setting, matched[index + 1], call),
  );
  const given = settings.filter(setting => setting !== undefined);
  if (node === undefined || !argument || given.length < settings.length) return undefined;
  const what = `\`${name}\``;
  if (!requireBase(cx, { place }, node, kind.takes, argument.value.span, what)) return undefined;
  const streams = [node, ...given.filter((_, index) => kind.settings[index]?.what === 'stream')];
  const spans = [argument.value.span, ...matched.slice(1).map(setting => setting?.value.span ?? call.span)];
  const joined = join(cx, { place, span: call.span, operation: name, spans }, streams);
  if (!joined || !isOfUniverse(cx, place, joined.axis, axis, argument.value, name)) return undefined;
  return cx.builder.append(
    {
      op: 'cross_section',
      args: [node, ...given],
      attrs: { field: name, axis },
      base: 'num',
      unit: unitOf(kind, cx.builder.node(node).unit),
      clock: joined.clock < 0 ? place.clock : joined.clock,
      stage: 'series',
      axis: kind.keepsAxis ? axis : null,
    },
    place.scope.file,
    call.span,
  );
}

function isOfUniverse(
  cx: Context,
  place: Place,
  found: number | null,
  wanted: number,
  { span }: Expression,
  operation: string,
): boolean {
  if (found === null || found === wanted) return true;
  const facts = { left: cx.universes[found]?.name, right: cx.universes[wanted]?.name, operation };
  report(cx, place.scope.file, { code: EXPRESSION_CODE.universesMixed, span, facts });
  return false;
}

const COUNT = { holds: (value: number) => Number.isInteger(value) && value >= 1, words: 'a whole number of 1 or more' };
const ANY_SHARE = { holds: (value: number) => Number.isFinite(value), words: 'a ratio' };

function settingOf(
  cx: Context,
  place: Place,
  operation: string,
  setting: CrossSetting,
  argument: Argument | undefined,
  call: Call,
): NodeId | undefined {
  if (!argument) return appendConstant(cx, place, setting.default ?? Number.NaN, call.span, { unit: RATIO });
  const { value } = argument;
  const what = `\`${setting.name}\` of \`${operation}\``;
  const node = elaborate(cx, place, value, 'num');
  if (node === undefined || !requireBase(cx, { place }, node, 'num', value.span, what)) return undefined;
  if (setting.what === 'stream') return node;
  if (!requireStage(cx, { place }, node, 'param', value.span, what)) return undefined;
  if (setting.what === 'share' && !acceptRatio(cx, place, node, value.span, what)) return undefined;
  const { holds, words } = setting.what === 'count' ? COUNT : ANY_SHARE;
  const known = cx.builder.atDefaults(node);
  if (known === undefined || holds(known)) return node;
  const facts = { what, value: String(known), range: words };
  report(cx, place.scope.file, { code: DECLARATION_CODE.outOfRange, span: value.span, facts });
  return undefined;
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
