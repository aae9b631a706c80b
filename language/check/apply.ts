/**
 * Typing: an operator meets its arguments. Base types, units, clocks and universes are checked by the operator's table
 * row, lengths become ticks, and the node is appended.
 */
import type { ArgumentRule, OperatorArgument, OpSpec, UnitRule } from '../operators/operator.ts';
import { specOf } from '../operators/table.ts';
import type { Span } from '../syntax/tree.ts';
import { laterStage } from './builder.ts';
import { join } from './clocks.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { appendConstant, type Context, report, textAt, typeWords } from './context.ts';
import { lengthInTicks } from './length.ts';
import type { Attributes, BaseType, ClockId, Node, NodeId, Stage, Unit } from './node.ts';
import { type Site, spanOfArgument } from './site.ts';
import { ANY, BARS, hasDimension, INDEX, meet, PLAIN, power, product, quotient, RATIO, unitWords } from './units.ts';

/** `overrides`: what the caller knows better than the table (the unit of a power, the categories of a source). */
export function apply(
  cx: Context,
  site: Site,
  op: string,
  args: readonly NodeId[],
  attrs: Attributes = {},
  overrides: { readonly unit?: Unit } = {},
): NodeId | undefined {
  const spec = specOf(op);
  const bases = args.map((_, index) => checkBase(cx, site, spec, args, index));
  if (bases.includes(false)) return undefined;
  const united = unify(cx, site, spec, args);
  if (!united) return undefined;
  const joined = join(cx, site, streamsOf(spec, args));
  if (!joined) return undefined;
  const varies = spec.time.kind === 'window' || spec.time.kind === 'recurrence';
  const clock = joined.clock < 0 && varies ? site.place.clock : joined.clock;
  // What does not tick may stand in a length all the same: it is counted in ticks of the place.
  const lowered = lengths(cx, site, spec, args, clock < 0 ? site.place.clock : clock);
  if (!lowered) return undefined;
  const stage = varies ? 'series' : joined.stage;
  const node: Node = {
    op,
    args: lowered,
    attrs,
    base: resultBase(cx, spec, args),
    unit: overrides.unit ?? resultUnit(cx, spec.unit, lowered, united),
    clock: stage === 'series' ? clock : -1,
    stage,
    axis: joined.axis,
  };
  return cx.builder.append(node, site.place.scope.file, site.span);
}

function argumentAt(spec: OpSpec, index: number): OperatorArgument | undefined {
  return spec.arguments[Math.min(index, spec.arguments.length - 1)];
}

/** Arguments that are streams; lengths and fixed values do not tick. */
function streamsOf(spec: OpSpec, args: readonly NodeId[]): readonly NodeId[] {
  return spec.arguments.length === 0 ? args : args.filter((_, index) => isStreamRule(argumentAt(spec, index)?.rule));
}

function isStreamRule(rule: ArgumentRule | undefined): boolean {
  return rule?.kind === 'num' || rule?.kind === 'bool' || rule?.kind === 'any' || rule?.kind === 'same';
}

function checkBase(cx: Context, site: Site, spec: OpSpec, args: readonly NodeId[], index: number): boolean {
  const argument = argumentAt(spec, index);
  const id = args[index];
  if (!argument || id === undefined) return true;
  const span = spanOfArgument(site, index);
  const what = `\`${site.operation}\``;
  switch (argument.rule.kind) {
    case 'any':
      return true;
    case 'bool':
      return requireBase(cx, site, id, 'bool', span, what);
    case 'flag':
      return requireBase(cx, site, id, 'bool', span, what) && requireStage(cx, site, id, 'meta', span, what);
    case 'same': {
      const first = args[argument.rule.as];
      if (first === undefined || isAbsent(cx, first)) return true;
      return requireBase(cx, site, id, cx.builder.node(first).base, span, what);
    }
    case 'fixed':
      return requireBase(cx, site, id, 'num', span, what) && requireStage(cx, site, id, 'meta', span, what);
    default:
      return requireBase(cx, site, id, 'num', span, what);
  }
}

export function requireBase(
  cx: Context,
  site: Pick<Site, 'place'>,
  id: NodeId,
  wanted: BaseType,
  span: Span,
  what: string,
): boolean {
  const node = cx.builder.node(id);
  if (node.base === wanted || isAbsent(cx, id)) return true;
  const code =
    node.base === 'bool' && wanted === 'num'
      ? EXPRESSION_CODE.boolAsNumber
      : node.base === 'num' && wanted === 'bool'
        ? EXPRESSION_CODE.numberAsBool
        : EXPRESSION_CODE.wrongKind;
  const words = { num: 'a number', bool: 'a condition', category: 'a category', text: 'a choice of names' } as const;
  report(cx, site.place.scope.file, {
    code,
    span,
    facts: { what, wanted: words[wanted], found: typeWords(node), text: textAt(cx, site.place.scope.file, span) },
  });
  return false;
}

/** `absent` fits wherever a value may stand. */
export function isAbsent(cx: Context, id: NodeId): boolean {
  const node = cx.builder.node(id);
  return node.op === 'const' && Number.isNaN(node.attrs.value);
}

const STAGE_WORDS: Readonly<Record<Stage, string>> = {
  const: 'a constant',
  param: 'a constant or a param',
  meta: 'known before the first bar',
  series: 'different from bar to bar',
};

export function requireStage(
  cx: Context,
  site: Pick<Site, 'place'>,
  id: NodeId,
  latest: Stage,
  span: Span,
  what: string,
): boolean {
  const { stage } = cx.builder.node(id);
  if (laterStage(stage, latest) === latest) return true;
  report(cx, site.place.scope.file, {
    code: EXPRESSION_CODE.variesTooMuch,
    span,
    facts: { what, wanted: STAGE_WORDS[latest], found: STAGE_WORDS[stage] },
  });
  return false;
}

/** The unit that the arguments which must agree have together; a table without such arguments agrees on anything. */
function unify(cx: Context, site: Site, spec: OpSpec, args: readonly NodeId[]): { readonly unit: Unit } | undefined {
  let unit: Unit = ANY;
  for (const index of spec.unify) {
    const id = args[index];
    if (id === undefined) continue;
    const node = cx.builder.node(id);
    if (node.base !== 'num') continue;
    const together = meet(unit, node.unit);
    if (!together) {
      reportUnits(cx, site, unit, node.unit, index);
      return undefined;
    }
    unit = together;
  }
  return unit.flavour === 'duration' && refuseBareDuration(cx, site, args) ? undefined : { unit };
}

export function reportUnits(cx: Context, site: Site, left: Unit, right: Unit, index: number): void {
  report(cx, site.place.scope.file, {
    code: EXPRESSION_CODE.unitsDiffer,
    span: site.span,
    facts: {
      operation: site.operation,
      left: unitWords(left),
      right: unitWords(right),
      // Adding a ratio to a price mostly means "that much more of it".
      growth: hasDimension(left) && right.flavour === 'ratio' && (site.operation === '+' || site.operation === '-'),
      leftText: textAt(cx, site.place.scope.file, spanOfArgument(site, 0)),
      rightText: textAt(cx, site.place.scope.file, spanOfArgument(site, index)),
    },
  });
}

/** `held > 5` says 5 of what? Zero needs no unit. */
export function refuseBareDuration(
  cx: Context,
  site: Site,
  args: readonly NodeId[],
  members: readonly NodeId[] = args,
): boolean {
  const bare = args.findIndex(id => {
    const { unit, base } = cx.builder.node(id);
    return (
      members.includes(id) &&
      base === 'num' &&
      unit.flavour === 'any' &&
      cx.builder.constant(id) !== 0 &&
      !isAbsent(cx, id)
    );
  });
  if (bare < 0) return false;
  const span = spanOfArgument(site, bare);
  report(cx, site.place.scope.file, {
    code: EXPRESSION_CODE.bareDuration,
    span,
    facts: { what: site.operation, value: textAt(cx, site.place.scope.file, span) },
  });
  return true;
}

/** Arguments with lengths turned into ticks of the operation's clock, and defaults filled in. */
function lengths(
  cx: Context,
  site: Site,
  spec: OpSpec,
  args: readonly NodeId[],
  clock: ClockId,
): readonly NodeId[] | undefined {
  const lowered: NodeId[] = [];
  for (const [index, id] of args.entries()) {
    const rule = argumentAt(spec, index)?.rule;
    if (rule?.kind !== 'length') lowered.push(id);
    else {
      const ticks = lengthInTicks(cx, site, id, rule, clock, spanOfArgument(site, index));
      if (ticks === undefined) return undefined;
      lowered.push(ticks);
    }
  }
  for (const argument of spec.arguments.slice(args.length)) {
    if (argument.default === undefined || argument.repeats) continue;
    const base = argument.rule.kind === 'flag' ? 'bool' : 'num';
    lowered.push(appendConstant(cx, site.place, argument.default, site.span, { base }));
  }
  return lowered;
}

function resultBase(cx: Context, spec: OpSpec, args: readonly NodeId[]): BaseType {
  if (spec.result !== 'same') return spec.result;
  const index = Math.max(
    0,
    spec.arguments.findIndex(argument => argument.rule.kind === 'any'),
  );
  // An `absent` arm takes the base type of the other one.
  const candidates = spec.unify.length > 0 ? spec.unify : [index];
  const present = candidates.map(at => args[at]).find(id => id !== undefined && !isAbsent(cx, id));
  const id = present ?? args[index];
  return id === undefined ? 'num' : cx.builder.node(id).base;
}

function resultUnit(cx: Context, rule: UnitRule, args: readonly NodeId[], united: { readonly unit: Unit }): Unit {
  const unitAt = (index: number): Unit => {
    const id = args[index];
    return id === undefined ? ANY : cx.builder.node(id).unit;
  };
  switch (rule.kind) {
    case 'plain':
      return PLAIN;
    case 'ratio':
      return RATIO;
    case 'index':
      return INDEX;
    case 'bars':
      return BARS;
    case 'of':
      return meet(united.unit, unitAt(rule.argument)) ?? unitAt(rule.argument);
    case 'power':
      return power(unitAt(rule.argument), rule.exponent);
    case 'product':
      return rule.arguments.map(unitAt).reduce(product);
    case 'quotient':
      return quotient(unitAt(rule.arguments[0]), unitAt(rule.arguments[1]));
  }
}
