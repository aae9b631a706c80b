/**
 * Calls. A name is looked for among the strategy's functions, the library's, then what the language provides; a function
 * is expanded at the call, with states of its own.
 */

import type { OpSpec } from '../operators/operator.ts';
import { OPERATORS } from '../operators/table.ts';
import type { Argument, Call } from '../syntax/tree.ts';
import { apply, refuseBareDuration, reportUnits } from './apply.ts';
import { type Matched, matchArguments } from './arguments.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, report, textAt } from './context.ts';
import { CROSS_SECTION, elaborateCrossSection, isCrossSection } from './cross-section.ts';
import { elaborate, evaluate, keptAttributes } from './elaborate.ts';
import { expand } from './expand.ts';
import { reportForeign } from './foreign.ts';
import { NEED, takesNeed, windowOfPresent } from './need.ts';
import type { NodeId, Unit } from './node.ts';
import { asStream, isUnreadable, lookUp, lookUpFunction, type Place, type Value, visibleFunctions } from './scope.ts';
import type { Site } from './site.ts';
import { BUILTINS } from './sources.ts';
import { SPECIAL_CALLS } from './special-calls.ts';
import { nearest } from './suggest.ts';
import { meet } from './units.ts';
import { isWholeFile, lacksLength, reportWholeFile } from './whole-file.ts';

export function elaborateCall(cx: Context, place: Place, call: Call): Value | undefined {
  const { callee } = call;
  if (callee.kind === 'member') return callOfModule(cx, place, call);
  const name = callee.text;
  if (isUnreadable(place.scope, name)) return undefined;
  if (isCrossSection(place, call)) return asStream(elaborateCrossSection(cx, place, call));
  const entry = lookUpFunction(place.scope, name);
  if (entry?.library && lacksLength(entry, call)) return reportWholeFile(cx, place, call, name);
  if (entry) return expand(cx, place, entry, call);
  const special = SPECIAL_CALLS.get(name);
  if (special) {
    const matched = matchArguments(cx, place, call, name, special.parameters);
    return matched && special.elaborate(cx, place, matched, call);
  }
  const spec = OPERATORS.get(name);
  if (spec?.callable) return asStream(callOperator(cx, place, spec, call));
  reportUnknownFunction(cx, place, call, name);
  return undefined;
}

/** `stops.wide(…)`: a function of a used file. */
function callOfModule(cx: Context, place: Place, call: Call): Value | undefined {
  const { callee } = call;
  if (callee.kind !== 'member') return undefined;
  const { object, property } = callee;
  const owner = object.kind === 'name' ? lookUp(place.scope, object.text) : undefined;
  if (owner?.kind === 'broken') return undefined;
  const entry = owner?.kind === 'module' ? owner.scope.functions.get(property.text) : undefined;
  if (entry) return expand(cx, place, entry, call);
  if (owner?.kind !== 'module') {
    if (reportForeign(cx, place, call, name => isFunction(place, name))) return undefined;
    // Whatever it is, its own mistakes come first.
    if (!owner && !evaluate(cx, place, object)) return undefined;
    const text = textAt(cx, place.scope.file, callee.span);
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.notAValue,
      span: callee.span,
      facts: { name: text, is: 'a value', wanted: 'a function', kind: 'value' },
    });
    return undefined;
  }
  const known = [...owner.scope.functions.keys()];
  const suggestion = nearest(property.text, known);
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownField,
    span: property.span,
    facts: {
      object: textAt(cx, place.scope.file, object.span),
      field: property.text,
      known: known.map(name => `\`${name}\``).join(', ') || undefined,
      suggestion,
    },
  });
  return undefined;
}

function isFunction(place: Place, name: string): boolean {
  const isOurs = lookUpFunction(place.scope, name) !== undefined || SPECIAL_CALLS.has(name);
  return isOurs || OPERATORS.get(name)?.callable === true;
}

function reportUnknownFunction(cx: Context, place: Place, call: Call, name: string): void {
  const { span } = call.callee;
  if (lookUp(place.scope, name) ?? BUILTINS.get(name)) {
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.notAValue,
      span,
      facts: { name, is: 'a value', wanted: 'a function', kind: 'value' },
    });
    return;
  }
  if (reportForeign(cx, place, call, known => isFunction(place, known))) return;
  const operators = [...OPERATORS.values()].filter(spec => spec.callable).map(spec => spec.name);
  const known = [...visibleFunctions(place.scope), ...SPECIAL_CALLS.keys(), ...CROSS_SECTION.keys(), ...operators];
  const suggestion = nearest(name, known);
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.unknownName,
    span,
    facts: { name, wanted: 'a function', suggestion },
    ...(suggestion !== undefined && {
      fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span, text: suggestion }] },
    }),
  });
}

// ---------------------------------------------------------------- operators

function callOperator(cx: Context, place: Place, spec: OpSpec, call: Call): NodeId | undefined {
  if (isWholeFile(spec, call)) return reportWholeFile(cx, place, call, spec.name);
  const parameters = spec.arguments.map(({ name, default: value, repeats }) => ({
    name,
    optional: value !== undefined,
    ...(repeats !== undefined && { repeats }),
  }));
  const withNeed = takesNeed(spec);
  const named = withNeed ? [...parameters, { name: NEED, optional: true }] : parameters;
  const matched = matchArguments(cx, place, call, spec.name, named);
  if (!matched) return undefined;
  const need = withNeed ? matched[parameters.length]?.value : undefined;
  const args = elaborateArguments(cx, place, matched.slice(0, withNeed ? parameters.length : undefined), spec);
  const least = need && elaborate(cx, place, need, 'num');
  if (!args || (need && least === undefined)) return undefined;
  const site: Site = {
    place,
    span: call.span,
    operation: spec.name,
    spans: matched.map(argument => argument?.value.span ?? call.span),
  };
  if (need && least !== undefined) return windowOfPresent(cx, site, spec.name, args, { node: least, span: need.span });
  if (spec.name === 'steps') return callSteps(cx, site, args, call);
  if (spec.arguments.at(-1)?.repeats) return foldLeft(cx, site, spec.name, args);
  const first = args[0];
  return apply(
    cx,
    site,
    spec.name,
    args,
    first === undefined || spec.result !== 'same' ? {} : keptAttributes(cx, first),
  );
}

function elaborateArguments(cx: Context, place: Place, matched: Matched, spec: OpSpec): readonly NodeId[] | undefined {
  const given = matched.filter((argument): argument is Argument => argument !== undefined);
  const nodes = given.map((argument, index) => {
    const rule = spec.arguments[Math.min(index, spec.arguments.length - 1)]?.rule.kind;
    const wanted = rule === 'bool' || rule === 'flag' ? 'bool' : rule === 'any' || rule === 'same' ? 'any' : 'num';
    return elaborate(cx, place, argument.value, wanted);
  });
  const present = nodes.filter(node => node !== undefined);
  return present.length === nodes.length ? present : undefined;
}

/** `max(a, b, c)` is `max(max(a, b), c)`. */
function foldLeft(cx: Context, site: Site, op: string, args: readonly NodeId[]): NodeId | undefined {
  let folded: NodeId | undefined = args[0];
  for (const [index, next] of args.slice(1).entries()) {
    if (folded === undefined) return undefined;
    const [first = site.span] = site.spans;
    folded = apply(cx, { ...site, spans: [first, site.spans[index + 1] ?? site.span] }, op, [folded, next]);
  }
  return folded;
}

/** A return table: thresholds in the unit of x, values in one unit. */
function callSteps(cx: Context, site: Site, args: readonly NodeId[], call: Call): NodeId | undefined {
  if (args.length % 2 === 0) {
    report(cx, site.place.scope.file, {
      code: EXPRESSION_CODE.missingArgument,
      span: call.span,
      facts: { function: 'steps', argument: 'value', signature: 'steps(x, threshold, value, threshold, value, …)' },
    });
    return undefined;
  }
  const thresholds = args.filter((_, index) => index === 0 || index % 2 === 1);
  const values = args.filter((_, index) => index > 0 && index % 2 === 0);
  if (!meetAll(cx, site, args, thresholds)) return undefined;
  const unit = meetAll(cx, site, args, values);
  return unit && apply(cx, site, 'steps', args, {}, { unit });
}

function meetAll(cx: Context, site: Site, args: readonly NodeId[], members: readonly NodeId[]): Unit | undefined {
  let unit: Unit | undefined;
  for (const id of members) {
    const next = cx.builder.node(id).unit;
    const together: Unit | undefined = unit ? meet(unit, next) : next;
    if (!together) {
      const index = args.indexOf(id);
      reportUnits(cx, { ...site, span: site.spans[index] ?? site.span }, unit ?? next, next, index);
      return undefined;
    }
    unit = together;
  }
  return unit?.flavour === 'duration' && refuseBareDuration(cx, site, args, members) ? undefined : unit;
}
