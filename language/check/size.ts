/**
 * `size:`: any quantity, amount of money, or ratio `of equity`; `risking r of equity` (needs a stop); `target_vol v`.
 *
 * Quantities are fixed by the engine at the signal tick (engine.md, Sizing); here the expression finds its basis.
 */
import type { Expression, Property, Span } from '../syntax/tree.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Elaborator } from './elaborator.ts';
import type { NodeId } from './node.ts';
import type { Period, Size } from './program.ts';
import { expressionOf, valueSpan } from './properties.ts';
import { POSITIVE, within } from './ranges.ts';
import type { RulePlace } from './rules.ts';
import { sameUnit, unitNamed, unitWords } from './units.ts';

const DAY_MS = 86_400_000;
/** Crypto markets trade every day of the year. */
const YEAR_MS = 365 * DAY_MS;
/** `target_vol` measures the deviation of returns over 30 days, and over no fewer than 20 bars. */
const DEVIATION_SPAN_MS = 30 * DAY_MS;
const DEVIATION_LEAST_BARS = 20;

const SIZE_SHAPE = 'a quantity, an amount of money or a share of equity, such as `95% of equity`';

export function lowerSize(
  property: Property,
  title: string,
  place: RulePlace,
  elaborator: Elaborator,
): Size | undefined {
  const { value } = property;
  const what = `the size of \`${title}\``;
  const span = valueSpan(property);
  if (value.kind === 'sizing')
    return value.method === 'risking'
      ? lowerRisking(value.amount, what, place, span, elaborator)
      : lowerTargetVolatility(value.amount, what, span, elaborator);
  const expression = expressionOf(property, SIZE_SHAPE, elaborator);
  if (!expression) return undefined;
  if (isCallOf(expression, 'kelly')) {
    elaborator.notYet(expression.span, 'sizing by `kelly`');
    return undefined;
  }
  const share = shareOfEquity(expression);
  if (share) return sizeOf('equity', ratio(share, what, elaborator), span);
  return lowerAmount(expression, what, place, span, elaborator);
}

/** The ratio in `RATIO of equity`. */
export function shareOfEquity(expression: Expression): Expression | undefined {
  if (expression.kind !== 'binary' || expression.operator !== 'of') return undefined;
  return expression.right.kind === 'name' && expression.right.text === 'equity' ? expression.left : undefined;
}

function lowerAmount(
  expression: Expression,
  what: string,
  place: RulePlace,
  span: Span,
  elaborator: Elaborator,
): Size | undefined {
  const amount = elaborator.elaborate(expression, { base: 'num', clock: 0, what });
  const instrument = elaborator.instruments[place.instrument];
  if (amount === undefined || !instrument) return undefined;
  within(amount, expression.span, { what, ...POSITIVE }, elaborator);
  const { unit } = elaborator.node(amount);
  if (sameUnit(unit, unitNamed('money', instrument))) return { basis: 'notional', amount, span };
  if (sameUnit(unit, unitNamed('qty', instrument))) return { basis: 'quantity', amount, span };
  const text = elaborator.textOf(expression);
  const isRatio = unit.flavour === 'ratio';
  elaborator.report({
    code: DECLARATION_CODE.sizeOfWhat,
    span,
    facts: { text, unit: unitWords(unit), ratio: isRatio, base: instrument.base, quote: instrument.quote },
    ...(isRatio && {
      fix: { title: 'Add `of equity`', safe: false, edits: [{ span: expression.span, text: `${text} of equity` }] },
    }),
  });
  return undefined;
}

/** `risking 0.5% of equity`, or an amount of money, which is turned into the ratio it is of equity. */
function lowerRisking(
  expression: Expression,
  what: string,
  place: RulePlace,
  span: Span,
  elaborator: Elaborator,
): Size | undefined {
  const share = shareOfEquity(expression);
  if (share) return sizeOf('risk', ratio(share, what, elaborator), span);
  const lost = lowerAmount(expression, what, place, span, elaborator);
  if (!lost) return undefined;
  if (lost.basis !== 'notional') {
    elaborator.report({
      code: DECLARATION_CODE.sizeOfWhat,
      span,
      facts: { text: elaborator.textOf(expression), unit: 'a quantity', ratio: false, risking: true },
    });
    return undefined;
  }
  const equity = elaborator.elaborate(name('equity', span), { base: 'num', clock: 0, what });
  return equity === undefined ? undefined : sizeOf('risk', elaborator.apply('div', [lost.amount, equity], span), span);
}

/** `target_vol 20%`: the deviation is written in the language itself, so that it has one definition. */
function lowerTargetVolatility(
  expression: Expression,
  what: string,
  span: Span,
  elaborator: Elaborator,
): Size | undefined {
  const amount = ratio(shareOfEquity(expression) ?? expression, what, elaborator);
  const period = elaborator.clocks[0]?.period;
  if (!period) return undefined;
  const barMs = periodMs(period);
  const bars = Math.max(DEVIATION_LEAST_BARS, Math.ceil(DEVIATION_SPAN_MS / barMs));
  const yearly = Math.sqrt(YEAR_MS / barMs);
  const returns = binary('-', binary('/', name('close', span), prev(name('close', span))), number(1, span));
  const deviation = elaborator.elaborate(
    binary('*', call('stdev', [returns, number(bars, span)], span), number(yearly, span)),
    { base: 'num', unit: 'ratio', clock: 0, what },
  );
  return amount === undefined || deviation === undefined ? undefined : { basis: 'volatility', amount, deviation, span };
}

/** Length of a bar; a month counts as its mean. */
function periodMs(period: Period): number {
  return period.kind === 'fixed' ? period.ms : (period.months * YEAR_MS) / 12;
}

function ratio(expression: Expression, what: string, elaborator: Elaborator): NodeId | undefined {
  const node = elaborator.elaborate(expression, { base: 'num', unit: 'ratio', clock: 0, what });
  return node === undefined ? undefined : within(node, expression.span, { what, ...POSITIVE }, elaborator);
}

function sizeOf(basis: 'equity' | 'risk', amount: NodeId | undefined, span: Span): Size | undefined {
  return amount === undefined ? undefined : { basis, amount, span };
}

function isCallOf(expression: Expression, callee: string): boolean {
  return expression.kind === 'call' && expression.callee.kind === 'name' && expression.callee.text === callee;
}

// ---------------------------------------------------------------- expressions that no source text spells

function name(text: string, span: Span): Expression {
  return { kind: 'name', text, span };
}
function number(value: number, span: Span): Expression {
  return { kind: 'number', value, span };
}
function prev(operand: Expression): Expression {
  return { kind: 'unary', operator: 'prev', operand, span: operand.span };
}
function binary(operator: '-' | '*' | '/', left: Expression, right: Expression): Expression {
  return { kind: 'binary', operator, left, right, span: left.span, operatorSpan: left.span };
}
function call(callee: string, args: readonly Expression[], span: Span): Expression {
  return {
    kind: 'call',
    callee: { kind: 'name', text: callee, span },
    arguments: args.map(value => ({ value, span })),
    span,
  };
}
