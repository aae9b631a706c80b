/** `rebalance every 1w to WEIGHT across U { band: 1%  leavers: exit }`: a portfolio that is brought to its weights. */
import type { Name, RebalanceDeclaration } from '../syntax/tree.ts';
import { requireBase } from './apply.ts';
import { periodOf } from './calendar.ts';
import { clockOfPeriod, isSlower } from './clocks.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { appendConstant, appendSource, type Context, fileOf, report } from './context.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Elaborator } from './elaborator.ts';
import { elaboratorAt } from './elaborator-at.ts';
import type { Rebalance } from './model.ts';
import type { NodeId } from './node.ts';
import { choiceOf, expressionOf, readProperties } from './properties.ts';
import { NOT_NEGATIVE, within } from './ranges.ts';
import type { Place } from './scope.ts';
import { PLAIN } from './units.ts';

const KEYS = ['band', 'leavers', 'legs', 'within'] as const;

export function lowerRebalances(
  cx: Context,
  place: Place,
  declarations: readonly RebalanceDeclaration[],
): readonly Rebalance[] {
  const elaborator = elaboratorAt(cx, place);
  return declarations.flatMap(declaration => lowerRebalance(cx, place, declaration, elaborator) ?? []);
}

function lowerRebalance(
  cx: Context,
  place: Place,
  declaration: RebalanceDeclaration,
  elaborator: Elaborator,
): Rebalance | undefined {
  const when = instantsOf(cx, place, declaration, elaborator);
  const to = weightsOf(cx, place, declaration, elaborator);
  const properties = readProperties(declaration.properties, KEYS, '`rebalance`', elaborator);
  const legs = properties.get('legs') ?? properties.get('within');
  if (legs) elaborator.notYet(legs.span, '`legs: together`, orders that fill as one');
  const written = expressionOf(properties.get('band'), 'a ratio, such as `1%`', elaborator);
  const what = 'the band of `rebalance`';
  const ratio = written && elaborator.elaborate(written, { base: 'num', unit: 'ratio', stage: 'param', what });
  const band =
    written && ratio !== undefined ? within(ratio, written.span, { what, ...NOT_NEGATIVE }, elaborator) : undefined;
  const leavers = choiceOf(properties.get('leavers'), ['exit', 'keep'] as const, elaborator) ?? 'exit';
  if (!when || !to) return undefined;
  return { ...when, to, ...(band !== undefined && { band }), leavers, span: declaration.span };
}

/** `every 1w`: at the tick that completes the week; on the base clock itself, at every tick. */
function instantsOf(
  cx: Context,
  place: Place,
  { on }: RebalanceDeclaration,
  elaborator: Elaborator,
): Pick<Rebalance, 'when' | 'text'> | undefined {
  if (on.kind === 'when') {
    const what = 'the condition of `rebalance`';
    const when = elaborator.elaborate(on.condition, { base: 'bool', clock: 0, what });
    if (when === undefined) return undefined;
    const { axis } = cx.builder.node(when);
    if (axis !== null) {
      const facts = { operation: '`rebalance`', left: cx.universes[axis]?.name, right: undefined };
      report(cx, place.scope.file, { code: EXPRESSION_CODE.universesMixed, span: on.condition.span, facts });
      return undefined;
    }
    return { when, text: elaborator.textOf(on.condition) };
  }
  const { span } = on.period;
  const clock = clockOfPeriod(cx, place, periodOf(on.period), span);
  if (clock === undefined) return undefined;
  const text = `every ${cx.files[place.scope.file]?.text.slice(span.start, span.end) ?? ''}`;
  const always = { base: 'bool', unit: PLAIN } as const;
  const when = isSlower(cx, clock, 0)
    ? appendSource(cx, place, span, { op: 'calendar', attrs: { field: 'ends', clock }, ...always, clock: 0 })
    : appendConstant(cx, place, 1, span, always);
  return { when, text };
}

function weightsOf(
  cx: Context,
  place: Place,
  { to }: RebalanceDeclaration,
  elaborator: Elaborator,
): Rebalance['to'] | undefined {
  if (to.kind === 'named') return namedWeights(cx, place, to.weights, elaborator);
  const { span } = to.value;
  const weight = elaborator.elaborate(to.value, { base: 'num', unit: 'ratio', clock: 0, what: 'a weight' });
  if (weight === undefined) return undefined;
  const axis = cx.builder.node(weight).axis;
  if (axis !== null) return { kind: 'across', axis, weight };
  // The same weight for each member: `rebalance every 1w to 1 / 6 across majors`.
  const named = to.value.kind === 'across' ? to.value.axis.universe.text : undefined;
  const universe = named === undefined ? place.axis : cx.universes.findIndex(({ name }) => name === named);
  if (universe !== null && universe >= 0) return { kind: 'across', axis: universe, weight };
  // Without a universe the weight is the strategy's own instrument's.
  if (cx.own !== undefined && named === undefined) return { kind: 'named', weights: [{ instrument: cx.own, weight }] };
  report(cx, place.scope.file, { code: EXPRESSION_CODE.noUniverse, span, facts: { what: 'rebalance' } });
  return undefined;
}

function namedWeights(
  cx: Context,
  place: Place,
  written: Extract<RebalanceDeclaration['to'], { kind: 'named' }>['weights'],
  elaborator: Elaborator,
): Rebalance['to'] | undefined {
  const weights = written.map(({ name, value }) => {
    const instrument = elaborator.instrumentNamed(name);
    const what = `the weight of \`${name.text}\``;
    const weight = elaborator.elaborate(value, { base: 'num', unit: 'ratio', clock: 0, what });
    const isOne = weight === undefined || requireOne(cx, place, weight, value.span);
    if (instrument !== undefined && weight !== undefined) refuseShort(cx, place, instrument, weight, name, value.span);
    return instrument === undefined || weight === undefined || !isOne ? undefined : { instrument, weight };
  });
  const sound = weights.filter(weight => weight !== undefined);
  const twice = written.find(({ name }, index) => written.findIndex(other => other.name.text === name.text) !== index);
  if (twice) {
    const facts = { name: twice.name.text };
    report(cx, place.scope.file, { code: EXPRESSION_CODE.declaredTwice, span: twice.name.span, facts });
  }
  return sound.length === weights.length && !twice ? { kind: 'named', weights: sound } : undefined;
}

function requireOne(cx: Context, place: Place, weight: NodeId, span: Name['span']): boolean {
  const { axis } = cx.builder.node(weight);
  if (axis === null) return requireBase(cx, { place }, weight, 'num', span, 'a weight');
  const facts = { operation: 'a weight', left: cx.universes[axis]?.name, right: undefined };
  report(cx, place.scope.file, { code: EXPRESSION_CODE.universesMixed, span, facts });
  return false;
}

/** A weight that is below zero whatever happens sells what a spot market cannot lend. */
function refuseShort(cx: Context, place: Place, number: number, weight: NodeId, name: Name, span: Name['span']): void {
  const instrument = cx.instruments[number];
  if (instrument?.market !== 'spot' || (cx.builder.constant(weight) ?? 0) >= 0) return;
  report(cx, place.scope.file, {
    code: DECLARATION_CODE.shortOnSpot,
    span,
    facts: {
      symbol: instrument.symbol,
      perpetual: `${instrument.base}/${instrument.quote}:${instrument.quote}`,
      name: name.text,
    },
    related: [{ file: fileOf(cx, 0), span: instrument.span, message: 'a spot market' }],
  });
}
