/**
 * Expressions become nodes. Each form of the tree has its few lines here; names, calls and states have files of their own.
 * An elaboration that fails has reported its problem and gives `undefined`, and whoever called stays silent.
 */
import type { Binary, BinaryOperator, Expression, Index, Is, NumberLiteral, Suffixed, Unary } from '../syntax/tree.ts';
import { apply, requireBase } from './apply.ts';
import { fixedMs } from './calendar.ts';
import { elaborateCall } from './call.ts';
import { compareChoice } from './choice.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { appendConstant, type Context, report, textAt, typeWords } from './context.ts';
import { elaborateAcross } from './cross-section.ts';
import { MODEL_CODE } from './declaration-codes.ts';
import { elaborateMember } from './members.ts';
import { elaborateName } from './names.ts';
import type { NodeId, Unit } from './node.ts';
import type { Place, Value, Wanted } from './scope.ts';
import type { Site } from './site.ts';
import { assetsOf } from './sources.ts';
import { previousOfState } from './states.ts';
import { nearest } from './suggest.ts';
import { ANY, BARS, DURATION, hasDimension, PLAIN, power, RATIO, unitNamed, unitWords } from './units.ts';

/** An expression that may be several results at once. */
export function evaluate(cx: Context, place: Place, expression: Expression, wanted: Wanted = 'any'): Value | undefined {
  switch (expression.kind) {
    case 'name':
      return elaborateName(cx, place, expression, wanted);
    case 'member':
      return elaborateMember(cx, place, expression);
    case 'call':
      return elaborateCall(cx, place, expression);
    case 'across':
      return elaborateAcross(cx, place, expression);
    default: {
      const node = elaborateForm(cx, place, expression);
      return node === undefined ? undefined : { kind: 'stream', node };
    }
  }
}

/** An expression that is one stream (or constant). */
export function elaborate(
  cx: Context,
  place: Place,
  expression: Expression,
  wanted: Wanted = 'any',
): NodeId | undefined {
  const value = evaluate(cx, place, expression, wanted);
  if (value?.kind !== 'record') return value?.node;
  if (value.model !== undefined) {
    const text = textAt(cx, place.scope.file, expression.span);
    const classes = [...value.fields.keys()];
    report(cx, place.scope.file, {
      code: MODEL_CODE.classNeeded,
      span: expression.span,
      facts: { model: value.model, text, classes: classes.map(name => `\`${name}\``).join(', '), first: classes[0] },
    });
    return undefined;
  }
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.severalResults,
    span: expression.span,
    facts: {
      name: value.of,
      text: textAt(cx, place.scope.file, expression.span),
      fields: [...value.fields.keys()].map(field => `.${field}`).join(' '),
      first: [...value.fields.keys()][0],
    },
  });
  return undefined;
}

type Form = Exclude<Expression, { kind: 'name' | 'member' | 'call' | 'across' }>;

function elaborateForm(cx: Context, place: Place, expression: Form): NodeId | undefined {
  const { span } = expression;
  switch (expression.kind) {
    case 'number':
      return appendConstant(cx, place, numberOf(expression), span, { unit: expression.suffix ? RATIO : ANY });
    case 'duration': {
      const ms = fixedMs(expression.duration);
      if (ms !== undefined) return appendConstant(cx, place, ms, span, { unit: DURATION });
      const length = textAt(cx, place.scope.file, span);
      report(cx, place.scope.file, { code: EXPRESSION_CODE.windowNotWhole, span, facts: { length, months: true } });
      return undefined;
    }
    case 'absent':
      return appendConstant(cx, place, Number.NaN, span);
    case 'date':
      return misplaced(cx, place, expression, 'a date', 'an expression');
    case 'string':
      return misplaced(cx, place, expression, 'a text', 'an expression, except in `choice == "name"`');
    case 'unary':
      return elaborateUnary(cx, place, expression);
    case 'binary':
      return elaborateBinary(cx, place, expression);
    case 'between': {
      const value = elaborate(cx, place, expression.value, 'num');
      const low = elaborate(cx, place, expression.low, 'num');
      const high = elaborate(cx, place, expression.high, 'num');
      if (value === undefined || low === undefined || high === undefined) return undefined;
      const at = (bound: Expression): Site => ({
        place,
        span,
        operation: 'between',
        spans: [expression.value.span, bound.span],
      });
      const above = apply(cx, at(expression.low), 'ge', [value, low]);
      const below = apply(cx, at(expression.high), 'le', [value, high]);
      return above === undefined || below === undefined
        ? undefined
        : apply(cx, at(expression.high), 'and', [above, below]);
    }
    case 'if': {
      const arms = [expression.condition, expression.then, expression.else];
      const args = elaborateAll(cx, place, arms, ['bool', 'any', 'any']);
      return args && apply(cx, { place, span, operation: 'if', spans: arms.map(arm => arm.span) }, 'if', args);
    }
    case 'index':
      return elaborateIndex(cx, place, expression);
    case 'suffixed':
      return elaborateSuffixed(cx, place, expression);
    case 'is':
      return elaborateIs(cx, place, expression);
  }
}

/** Division by a power of ten rounds once, so `5%` is the double nearest to 0.05. */
export function numberOf(literal: NumberLiteral): number {
  if (literal.suffix === '%') return literal.value / 100;
  return literal.suffix === 'bp' ? literal.value / 10_000 : literal.value;
}

/** All of several expressions, each looked at even when another one is broken. */
export function elaborateAll(
  cx: Context,
  place: Place,
  expressions: readonly Expression[],
  wanted: readonly Wanted[],
): readonly NodeId[] | undefined {
  const nodes = expressions.map((expression, index) => elaborate(cx, place, expression, wanted[index] ?? 'any'));
  const present = nodes.filter(node => node !== undefined);
  return present.length === nodes.length ? present : undefined;
}

export function misplaced(
  cx: Context,
  place: Place,
  expression: Pick<Expression, 'span'>,
  what: string,
  where: string,
): undefined {
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.misplaced,
    span: expression.span,
    facts: { what, where, text: textAt(cx, place.scope.file, expression.span) },
  });
  return undefined;
}

function elaborateUnary(cx: Context, place: Place, expression: Unary): NodeId | undefined {
  const { operator, operand, span } = expression;
  if (operator === 'prev') {
    const held = previousOfState(cx, place, operand);
    if (held) return held.node;
  }
  const node = elaborate(cx, place, operand, operator === 'not' ? 'bool' : operator === '-' ? 'num' : 'any');
  if (node === undefined) return undefined;
  if (operator === 'prev')
    return delay(cx, place, node, appendConstant(cx, place, 1, span), span, [operand.span, span]);
  const site: Site = { place, span, operation: operator, spans: [operand.span] };
  const constant = cx.builder.constant(node);
  // A negative literal is one constant, so that `x[-1]` can say what it is.
  if (operator === '-' && operand.kind === 'number' && constant !== undefined)
    return appendConstant(cx, place, -constant, span, { unit: cx.builder.node(node).unit });
  return apply(cx, site, operator === 'not' ? 'not' : 'neg', [node]);
}

/** `x[k]`; what does not vary by tick was the same k ticks ago. */
export function delay(
  cx: Context,
  place: Place,
  node: NodeId,
  ticks: NodeId,
  span: Expression['span'],
  spans: readonly Expression['span'][],
): NodeId | undefined {
  const delayed = apply(cx, { place, span, operation: '[ ]', spans }, 'delay', [node, ticks], keptAttributes(cx, node));
  return cx.builder.node(node).stage === 'series' ? delayed : delayed && node;
}

/** A category stays one when it is delayed, chosen or brought to another clock. */
export function keptAttributes(cx: Context, node: NodeId): { readonly categories?: readonly string[] } {
  const { categories } = cx.builder.node(node).attrs;
  return categories ? { categories } : {};
}

function elaborateIndex(cx: Context, place: Place, expression: Index): NodeId | undefined {
  const args = elaborateAll(cx, place, [expression.object, expression.index], ['any', 'num']);
  const [object, index] = args ?? [];
  if (object === undefined || index === undefined) return undefined;
  return delay(cx, place, object, index, expression.span, [expression.object.span, expression.index.span]);
}

const OPERATORS_OF: Readonly<Record<Exclude<BinaryOperator, 'of' | '^' | 'crosses above' | 'crosses below'>, string>> =
  {
    '+': 'add',
    '-': 'sub',
    '*': 'mul',
    '/': 'div',
    mod: 'mod',
    '<': 'lt',
    '<=': 'le',
    '>': 'gt',
    '>=': 'ge',
    '==': 'eq',
    '!=': 'ne',
    and: 'and',
    or: 'or',
    'or else': 'or_else',
  };

function elaborateBinary(cx: Context, place: Place, expression: Binary): NodeId | undefined {
  const { operator, left, right, span } = expression;
  if ((operator === '==' || operator === '!=') && (left.kind === 'string' || right.kind === 'string'))
    return compareChoice(cx, place, expression);
  const wanted: Wanted =
    operator === 'and' || operator === 'or' ? 'bool' : operator === 'or else' || operator === '==' ? 'any' : 'num';
  const args = elaborateAll(cx, place, [left, right], [wanted, wanted]);
  const [a, b] = args ?? [];
  if (!args || a === undefined || b === undefined) return undefined;
  const site: Site = { place, span, operation: operator, spans: [left.span, right.span] };
  switch (operator) {
    case 'of':
      return share(cx, site, a, b);
    case '^':
      return raise(cx, site, a, b);
    case 'crosses above':
      return crosses(cx, site, 'gt', 'le', args);
    case 'crosses below':
      return crosses(cx, site, 'lt', 'ge', args);
    default:
      return apply(cx, site, OPERATORS_OF[operator], args, operator === 'or else' ? keptAttributes(cx, a) : {});
  }
}

/** `a crosses above b`: above now, not above one tick ago. */
function crosses(cx: Context, site: Site, now: string, before: string, args: readonly NodeId[]): NodeId | undefined {
  const is = apply(cx, site, now, args);
  if (is === undefined) return undefined;
  const was = apply(cx, site, before, args);
  if (was === undefined) return undefined;
  const earlier = delay(cx, site.place, was, appendConstant(cx, site.place, 1, site.span), site.span, []);
  return earlier === undefined ? undefined : apply(cx, site, 'and', [is, earlier]);
}

/** `95% of equity`: a share of something is of its kind. */
function share(cx: Context, site: Site, ratio: NodeId, whole: NodeId): NodeId | undefined {
  const [ratioSpan = site.span] = site.spans;
  if (!requireBase(cx, site, ratio, 'num', ratioSpan, '`of`')) return undefined;
  if (!acceptRatio(cx, site.place, ratio, ratioSpan, 'the left side of `of`')) return undefined;
  const { unit } = cx.builder.node(whole);
  return apply(cx, site, 'mul', [ratio, whole], {}, { unit: unit.flavour === 'any' ? PLAIN : unit });
}

/** Whether a number may stand for a ratio: `5` where `5%` was meant may not. */
export function acceptRatio(cx: Context, place: Place, id: NodeId, span: Expression['span'], what: string): boolean {
  const { unit } = cx.builder.node(id);
  if (unit.flavour === 'ratio') return true;
  if (unit.flavour !== 'any' && unit.flavour !== 'plain') {
    const text = textAt(cx, place.scope.file, span);
    const facts = { what, wanted: 'a ratio, such as `5%`', found: unitWords(unit), text };
    report(cx, place.scope.file, { code: EXPRESSION_CODE.wrongUnit, span, facts });
    return false;
  }
  const value = cx.builder.atDefaults(id);
  if (value === undefined || Number.isNaN(value) || Math.abs(value) <= 1) return true;
  const literal = cx.builder.constant(id) !== undefined;
  const suggestion = `${value}%`;
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.bareRatio,
    span,
    facts: { what, value, suggestion, same: `${value * 100}%` },
    ...(literal && { fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span, text: suggestion }] } }),
  });
  return false;
}

function raise(cx: Context, site: Site, base: NodeId, exponent: NodeId): NodeId | undefined {
  const { unit } = cx.builder.node(base);
  const value = cx.builder.constant(exponent);
  if (value === undefined && hasDimension(unit)) {
    const facts = { unit: unitWords(unit) };
    report(cx, site.place.scope.file, { code: EXPRESSION_CODE.powerOfUnit, span: site.span, facts });
    return undefined;
  }
  const raised: Unit = value === undefined ? (unit.flavour === 'any' ? ANY : PLAIN) : power(unit, value);
  return apply(cx, site, 'pow', [base, exponent], {}, { unit: raised });
}

/** `26 bars`, `0.1 base`, `1000 quote`: a number is given its unit. */
function elaborateSuffixed(cx: Context, place: Place, expression: Suffixed): NodeId | undefined {
  const { suffix, span } = expression;
  const node = elaborate(cx, place, expression.value, 'num');
  if (node === undefined || !requireBase(cx, { place }, node, 'num', expression.value.span, `\`${suffix}\``))
    return undefined;
  const { unit } = cx.builder.node(node);
  if (unit.flavour !== 'any' && unit.flavour !== 'plain' && !(suffix === 'bars' && unit.flavour === 'bars')) {
    const facts = { what: `a number of \`${suffix}\``, wanted: 'a plain number', found: unitWords(unit) };
    report(cx, place.scope.file, { code: EXPRESSION_CODE.wrongUnit, span: expression.value.span, facts });
    return undefined;
  }
  const assets = assetsOf(cx, place);
  if (suffix === 'bars') return relabel(cx, place, node, BARS, span);
  if (!assets) return undefined;
  return relabel(cx, place, node, suffix === 'base' ? unitNamed('qty', assets) : unitNamed('money', assets), span);
}

/** The same number with another unit. */
export function relabel(cx: Context, place: Place, id: NodeId, unit: Unit, span: Expression['span']): NodeId {
  const node = cx.builder.node(id);
  const value = node.op === 'const' ? node.attrs.value : undefined;
  if (value !== undefined) return appendConstant(cx, place, value, span, { unit });
  return cx.builder.append({ ...node, op: 'plain', args: [id], attrs: {}, unit }, place.scope.file, span);
}

/** `side is long`. */
function elaborateIs(cx: Context, place: Place, expression: Is): NodeId | undefined {
  const { category, span } = expression;
  const node = elaborate(cx, place, expression.value);
  if (node === undefined) return undefined;
  const { base, attrs } = cx.builder.node(node);
  const { categories } = attrs;
  const text = textAt(cx, place.scope.file, expression.value.span);
  if ((base !== 'category' && base !== 'text') || !categories) {
    const facts = { what: '`is`', wanted: 'a category', found: typeWords(cx.builder.node(node)), text };
    report(cx, place.scope.file, { code: EXPRESSION_CODE.wrongKind, span: expression.value.span, facts });
    return undefined;
  }
  const index = categories.indexOf(category.text);
  if (index < 0) {
    const suggestion = nearest(category.text, categories);
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.unknownCategory,
      span: category.span,
      facts: { name: category.text, of: text, known: categories.map(known => `\`${known}\``).join(', '), suggestion },
      ...(suggestion !== undefined && {
        fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: category.span, text: suggestion }] },
      }),
    });
    return undefined;
  }
  const site: Site = { place, span, operation: 'is', spans: [expression.value.span, category.span] };
  return apply(cx, site, 'is', [node, appendConstant(cx, place, index, category.span)]);
}
