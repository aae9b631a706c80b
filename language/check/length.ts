/**
 * Lengths: of windows and offsets. A length is whole, bounded before the first bar, and counted in ticks of the clock it
 * is used on; a duration converts when the clock divides it.
 */
import type { ArgumentRule } from '../operators/operator.ts';
import type { Span } from '../syntax/tree.ts';
import { boundsOf, type Interval, rangeOf } from './bounds.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { appendConstant, type Context, clockWords, periodWords, report, textAt } from './context.ts';
import { ANALYSIS_CODE } from './declaration-codes.ts';
import type { ClockId, Node, NodeId } from './node.ts';
import type { Param } from './program.ts';
import type { Place } from './scope.ts';
import type { Site } from './site.ts';
import { BARS, unitWords } from './units.ts';

type LengthRule = Extract<ArgumentRule, { kind: 'length' }>;

/** The length as a node in ticks of `clock`; reports and gives `undefined` when it cannot be one. */
export function lengthInTicks(
  cx: Context,
  site: Site,
  id: NodeId,
  rule: LengthRule,
  clock: ClockId,
  span: Span,
): NodeId | undefined {
  const file = site.place.scope.file;
  const { stage, unit } = cx.builder.node(id);
  const what = `\`${site.operation}\``;
  const text = textAt(cx, file, span);
  if (stage === 'series') {
    const facts = { what, text, reason: 'it changes from bar to bar' };
    report(cx, file, { code: ANALYSIS_CODE.windowUnbounded, span, facts });
    return undefined;
  }
  const ticks = unit.flavour === 'duration' ? durationInTicks(cx, site.place, id, clock, span) : id;
  if (ticks === undefined) return undefined;
  if (unit.flavour === 'ratio' || unit.flavour === 'index' || unit.flavour === 'none') {
    const facts = { what, wanted: 'a number of bars', found: unitWords(unit), text };
    report(cx, file, { code: EXPRESSION_CODE.wrongUnit, span, facts });
    return undefined;
  }
  if (!isAcceptable(cx, site, ticks, rule, span)) return undefined;
  return rule.plus === undefined ? ticks : longer(cx, site.place, ticks, rule.plus, span);
}

function isAcceptable(cx: Context, site: Site, ticks: NodeId, rule: LengthRule, span: Span): boolean {
  const file = site.place.scope.file;
  const bounds = boundsOfLength(cx, ticks);
  const text = textAt(cx, file, span);
  const what = `\`${site.operation}\``;
  if (bounds.high === Number.POSITIVE_INFINITY || bounds.low === Number.NEGATIVE_INFINITY) {
    const param = unboundedParam(cx, ticks);
    const reason = param === undefined ? 'nothing bounds it' : `param \`${param}\` has no range`;
    report(cx, file, { code: ANALYSIS_CODE.windowUnbounded, span, facts: { what, text, reason, param } });
    return false;
  }
  // An offset into the past that is negative would be the future.
  if (rule.min === 0 && bounds.low < 0) {
    reportAhead(cx, site, ticks, bounds.low, span);
    return false;
  }
  if (bounds.low < rule.min) {
    const facts = { what, text, value: bounds.low, least: rule.min, reason: 'small' };
    report(cx, file, { code: EXPRESSION_CODE.badLength, span, facts });
    return false;
  }
  if (isWhole(cx, ticks)) return true;
  reportNotWhole(cx, site.place, ticks, what, span);
  return false;
}

function reportNotWhole(cx: Context, place: Place, ticks: NodeId, what: string, span: Span): void {
  const { file } = place.scope;
  const text = textAt(cx, file, span);
  const node = cx.builder.node(ticks);
  const param = paramOf(cx, node);
  // A param of the file is better told to be a number of bars where it is declared.
  const atParam = param && file === 0 && !param.name.includes('.') ? param.span : undefined;
  const mended = atParam ? `${text}: bars` : `round(${text})`;
  report(cx, file, {
    code: EXPRESSION_CODE.badLength,
    span,
    facts: { what, text, value: cx.builder.atDefaults(ticks), reason: 'whole', param: param?.name, mended },
    fix: { title: `Write \`${mended}\``, safe: false, edits: [{ span: atParam ?? span, text: mended }] },
  });
}

/** A number of bars that is known before the first bar is whole; one that varies is just a number. */
export function isCountOfBars(cx: Context, place: Place, id: NodeId, what: string, span: Span): boolean {
  if (cx.builder.node(id).stage === 'series' || isWhole(cx, id)) return true;
  reportNotWhole(cx, place, id, what, span);
  return false;
}

function reportAhead(cx: Context, site: Site, ticks: NodeId, low: number, span: Span): void {
  const value = cx.builder.constant(ticks);
  const mended = value === undefined ? undefined : String(Math.abs(value));
  report(cx, site.place.scope.file, {
    code: ANALYSIS_CODE.negativeIndex,
    span,
    facts: {
      text: textAt(cx, site.place.scope.file, span),
      bars: Math.abs(low),
      constant: value !== undefined,
      isInLabel: site.place.label,
    },
    ...(mended !== undefined && {
      fix: { title: `Look back: \`[${mended}]\``, safe: false, edits: [{ span, text: mended }] },
    }),
  });
}

/** Bounds of the length and of what it is computed from, each once: `let`s share parts, and a sum of sums would double. */
function boundsOfLength(cx: Context, id: NodeId): Interval {
  return overParts<Interval>(cx, id, (node, parts) => {
    const param = paramOf(cx, node);
    return param ? rangeOf(param) : boundsOf(node, parts, NO_RANGES);
  });
}

const NO_RANGES: ReadonlyMap<string, Interval> = new Map();

function paramOf(cx: Context, node: Node): Param | undefined {
  return node.op === 'param' ? cx.paramsByName.get(node.attrs.name ?? '') : undefined;
}

/** Computes something of a node from the same of its arguments; each node once. */
function overParts<Result>(
  cx: Context,
  id: NodeId,
  combine: (node: Node, parts: readonly Result[]) => Result,
  known: Map<NodeId, Result> = new Map(),
): Result {
  const before = known.get(id);
  if (before !== undefined) return before;
  const node = cx.builder.node(id);
  const result = combine(
    node,
    node.args.map(argument => overParts(cx, argument, combine, known)),
  );
  known.set(id, result);
  return result;
}

const KEEPS_WHOLE = new Set(['add', 'sub', 'mul', 'neg', 'abs', 'min', 'max', 'plain']);
const MAKES_WHOLE = new Set(['floor', 'ceil', 'round', 'sign']);

/** Whether the value is a whole number whatever the params are. */
function isWhole(cx: Context, id: NodeId): boolean {
  return overParts<boolean>(cx, id, (node, parts) => {
    if (node.op === 'const') return Number.isInteger(node.attrs.value);
    // A param of another kind may be set to any number of its range.
    if (node.op === 'param') return paramOf(cx, node)?.type === 'bars';
    if (MAKES_WHOLE.has(node.op)) return true;
    if (node.op === 'if') return parts.slice(1).every(Boolean);
    return KEEPS_WHOLE.has(node.op) && parts.every(Boolean);
  });
}

function unboundedParam(cx: Context, id: NodeId): string | undefined {
  const names = overParts<readonly string[]>(cx, id, (node, parts) => {
    const param = paramOf(cx, node);
    return param && param.high === undefined ? [param.name] : parts.flat().slice(0, 1);
  });
  return names[0];
}

function longer(cx: Context, place: Place, ticks: NodeId, by: number, span: Span): NodeId {
  const value = cx.builder.constant(ticks);
  if (value !== undefined) return appendConstant(cx, place, value + by, span, { unit: BARS });
  const { stage } = cx.builder.node(ticks);
  const one = appendConstant(cx, place, by, span);
  return cx.builder.append(
    { op: 'add', args: [ticks, one], attrs: {}, base: 'num', unit: BARS, clock: -1, stage, axis: null },
    place.scope.file,
    span,
  );
}

/** A length of time as ticks of a clock: a whole number of them, at every value that a param may take (E0205). */
export function durationInTicks(cx: Context, place: Place, id: NodeId, clock: ClockId, span: Span): NodeId | undefined {
  const period = cx.clocks[clock]?.period;
  if (!period) return undefined;
  const bad = (nearest: number | undefined) => {
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.windowNotWhole,
      span,
      facts: {
        length: textAt(cx, place.scope.file, span),
        clock: clockWords(cx, clock),
        period: periodWords(period),
        nearest,
      },
    });
    return undefined;
  };
  if (period.kind === 'months') return bad(undefined);
  const ms = cx.builder.constant(id);
  if (ms !== undefined) {
    const ticks = ms / period.ms;
    if (!Number.isInteger(ticks)) return bad(Math.max(1, Math.round(ticks)));
    return appendConstant(cx, place, ticks, span, { unit: BARS });
  }
  const node = cx.builder.node(id);
  const param = paramOf(cx, node);
  const values = [param?.value, param?.low, param?.step];
  if (!param || values.some(value => value !== undefined && value % period.ms !== 0)) return bad(undefined);
  return ticksOfParam(cx, place, id, period.ms, span);
}

function ticksOfParam(cx: Context, place: Place, id: NodeId, periodMs: number, span: Span): NodeId {
  const divisor = appendConstant(cx, place, periodMs, span);
  const quotient = cx.builder.append(
    { op: 'div', args: [id, divisor], attrs: {}, base: 'num', unit: BARS, clock: -1, stage: 'param', axis: null },
    place.scope.file,
    span,
  );
  // The range and step are whole ticks; `round` says so to whoever asks whether the length is whole.
  return cx.builder.append(
    { op: 'round', args: [quotient], attrs: {}, base: 'num', unit: BARS, clock: -1, stage: 'param', axis: null },
    place.scope.file,
    span,
  );
}
