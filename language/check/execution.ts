/**
 * `execution { … }`: how orders fill and what they cost. A cost is stated or explicitly `ignored`; what is left unsaid
 * counts as nothing here, is warned about, and is printed by every report.
 */
import type { ExecutionDeclaration, Expression, Property, Span } from '../syntax/tree.ts';
import { distanceKind } from './bracket.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Elaborator, Expected } from './elaborator.ts';
import { fixedValue } from './fixed.ts';
import type { NodeId } from './node.ts';
import type { Execution } from './program.ts';
import { choiceOf, expressionOf, onlyOne, type Properties, readProperties, valueSpan, wordOf } from './properties.ts';
import { NOT_NEGATIVE, within } from './ranges.ts';

const KEYS = [
  'fill',
  'fee',
  'slippage',
  'funding',
  'leverage',
  'margin',
  'both_hit',
  'touch',
  'participation',
  'intrabar',
] as const;

/** A negative fee is a rebate, which venues do pay; a fee that eats the whole order is a slip of the pen. */
const FEE = { holds: (value: number) => Math.abs(value) <= 1, words: 'between -100% and 100%' };
const LEVERAGE = { holds: (value: number) => value >= 1, words: '1 or more' };

type ExecutionProperties = Properties<(typeof KEYS)[number]>;

/** Stands in for what no source text spells, so that nodes made for defaults have a place. */
const NOWHERE: Span = { start: 0, end: 0 };

export function lowerExecution(declarations: readonly ExecutionDeclaration[], elaborator: Elaborator): Execution {
  const declaration = onlyOne(declarations, 'execution', elaborator);
  const span = declaration?.span ?? NOWHERE;
  const properties = readProperties(declaration?.properties ?? [], KEYS, '`execution`', elaborator);
  refuseWhatCannotRun(properties, elaborator);
  return {
    fill: choiceOf(properties.get('fill'), ['next_open', 'this_close'] as const, elaborator) ?? 'next_open',
    ...lowerFees(properties.get('fee'), span, elaborator),
    ...lowerSlippage(properties.get('slippage'), span, elaborator),
    bothHit: choiceOf(properties.get('both_hit'), ['worst', 'best'] as const, elaborator) ?? 'worst',
    touch: choiceOf(properties.get('touch'), ['through', 'fills'] as const, elaborator) ?? 'through',
    funding: lowerFunding(properties.get('funding'), elaborator),
    leverage: lowerLeverage(properties.get('leverage'), span, elaborator),
    margin: choiceOf(properties.get('margin'), ['isolated', 'cross'] as const, elaborator) ?? 'isolated',
    ...(declaration && { span }),
  };
}

function refuseWhatCannotRun(properties: ExecutionProperties, elaborator: Elaborator): void {
  const participation = properties.get('participation');
  const intrabar = properties.get('intrabar');
  const margin = properties.get('margin');
  if (participation) elaborator.notYet(participation.span, '`participation`, partial fills by volume');
  if (intrabar) elaborator.notYet(intrabar.span, '`intrabar`, replaying a bar from finer data');
  if (margin && wordOf(margin) === 'cross') elaborator.notYet(margin.span, '`margin: cross`');
}

// ---------------------------------------------------------------- fees

function lowerFees(
  property: Property | undefined,
  span: Span,
  elaborator: Elaborator,
): Pick<Execution, 'maker' | 'taker' | 'feeStated'> {
  const nothing = elaborator.constant(0, 'ratio', span);
  const both = (fee: NodeId | undefined) => ({ maker: fee ?? nothing, taker: fee ?? nothing, feeStated: true });
  if (!property) return { maker: nothing, taker: nothing, feeStated: false };
  if (wordOf(property) === 'ignored') return both(nothing);
  if (wordOf(property) === 'venue') {
    elaborator.notYet(property.span, "`fee: venue`, the venue's published schedule");
    return both(nothing);
  }
  if (property.value.kind === 'fees')
    return {
      maker: fee(property.value.maker, 'the maker fee', elaborator) ?? nothing,
      taker: fee(property.value.taker, 'the taker fee', elaborator) ?? nothing,
      feeStated: true,
    };
  const expression = expressionOf(property, 'a ratio such as `10bp`, `maker 2bp taker 5bp` or `ignored`', elaborator);
  return both(expression && fee(expression, 'the fee', elaborator));
}

function fee(expression: Expression, what: string, elaborator: Elaborator): NodeId | undefined {
  const node = elaborator.elaborate(expression, { base: 'num', unit: 'ratio', stage: 'param', what });
  return node === undefined ? undefined : within(node, expression.span, { what, ...FEE }, elaborator);
}

// ---------------------------------------------------------------- slippage, funding, leverage

function lowerSlippage(
  property: Property | undefined,
  span: Span,
  elaborator: Elaborator,
): Pick<Execution, 'slippage' | 'slippageIs' | 'slippageStated'> {
  const nothing = (slippageStated: boolean) =>
    ({ slippage: elaborator.constant(0, 'ratio', span), slippageIs: 'ratio', slippageStated }) as const;
  if (!property) return nothing(false);
  if (wordOf(property) === 'ignored') return nothing(true);
  const expression = expressionOf(property, 'a ratio such as `2bp`, a price distance, or `ignored`', elaborator);
  const expected: Expected = { base: 'num', clock: 0, what: 'the slippage' };
  const slippage = expression && elaborator.elaborate(expression, expected);
  if (!expression || slippage === undefined) return nothing(true);
  const slippageIs = distanceKind(slippage, expression, { instrument: 0 }, elaborator);
  if (!slippageIs) return nothing(true);
  within(slippage, expression.span, { what: 'the slippage', ...NOT_NEGATIVE }, elaborator);
  return { slippage, slippageIs, slippageStated: true };
}

/** Perpetuals pay funding from data unless it is ignored in so many words; spot has none. */
function lowerFunding(property: Property | undefined, elaborator: Elaborator): Execution['funding'] {
  const perpetual = elaborator.instruments.some(instrument => instrument.market !== 'spot');
  const chosen = choiceOf(property, ['data', 'ignored'] as const, elaborator);
  return perpetual ? (chosen ?? 'data') : 'none';
}

function lowerLeverage(property: Property | undefined, span: Span, elaborator: Elaborator): NodeId {
  const unstated = () => elaborator.constant(1, 'plain', span);
  const expression = expressionOf(property, 'a number, such as `3`', elaborator);
  if (!property || !expression) return unstated();
  const what = 'the leverage';
  const leverage = elaborator.elaborate(expression, { base: 'num', unit: 'plain', stage: 'param', what });
  if (leverage === undefined) return unstated();
  within(leverage, expression.span, { what, ...LEVERAGE }, elaborator);
  const spot = elaborator.instruments[0]?.market === 'spot' ? elaborator.instruments[0] : undefined;
  if (spot && (fixedValue(leverage, elaborator) ?? 1) > 1)
    elaborator.report({
      code: DECLARATION_CODE.leverageOnSpot,
      span: valueSpan(property),
      facts: { symbol: spot.symbol, perpetual: `${spot.base}/${spot.quote}:${spot.quote}` },
    });
  return leverage;
}
