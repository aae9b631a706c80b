/**
 * What protects the filled position: `stop`, `target` (also in parts), `trail`, `hold`. A bracket belongs to the
 * position, not to an order; each level stays an expression, which the compiler splits into frozen and live parts.
 */
import type { Expression, Property, TargetPart } from '../syntax/tree.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Elaborator } from './elaborator.ts';
import { fixedValue } from './fixed.ts';
import type { NodeId } from './node.ts';
import type { Bracket } from './program.ts';
import { expressionOf, type Properties, valueSpan, wrongShape } from './properties.ts';
import { lowerBars, POSITIVE, SHARE, within } from './ranges.ts';
import type { RulePlace } from './rules.ts';
import { sameUnit, unitNamed, unitWords } from './units.ts';

export const BRACKET_KEYS = ['stop', 'target', 'trail', 'hold'] as const;

type BracketProperties = Properties<(typeof BRACKET_KEYS)[number]>;

/** `undefined` when a part is broken, which has then been reported. */
export function lowerBracket(
  properties: BracketProperties,
  title: string,
  place: RulePlace,
  elaborator: Elaborator,
): Bracket | undefined {
  const stopProperty = properties.get('stop');
  const targetProperty = properties.get('target');
  const trailProperty = properties.get('trail');
  const holdProperty = properties.get('hold');
  const stop = stopProperty && lowerLevel(stopProperty, `the stop of \`${title}\``, place, elaborator);
  const targets = targetProperty ? lowerTargets(targetProperty, title, place, elaborator) : [];
  const trail = trailProperty && lowerTrail(trailProperty, title, place, elaborator);
  const hold = holdProperty && lowerBars(holdProperty, `\`hold\` of \`${title}\``, elaborator);
  const broken =
    !targets ||
    (stopProperty && stop === undefined) ||
    (trailProperty && !trail) ||
    (holdProperty && hold === undefined);
  if (broken) return undefined;
  return {
    ...(stop !== undefined && { stop }),
    targets,
    ...(trail && { trail }),
    ...(hold !== undefined && { hold }),
  };
}

const LEVEL_SHAPE = 'a price, such as `entry * 0.98`';

function lowerLevel(property: Property, what: string, place: RulePlace, elaborator: Elaborator): NodeId | undefined {
  const expression = expressionOf(property, LEVEL_SHAPE, elaborator);
  return expression && price(expression, what, place, elaborator);
}

function price(expression: Expression, what: string, place: RulePlace, elaborator: Elaborator): NodeId | undefined {
  return elaborator.elaborate(expression, {
    base: 'num',
    unit: 'price',
    instrument: place.instrument,
    clock: 0,
    what,
  });
}

function lowerTargets(
  property: Property,
  title: string,
  place: RulePlace,
  elaborator: Elaborator,
): Bracket['targets'] | undefined {
  const { value } = property;
  const what = `the target of \`${title}\``;
  if (value.kind === 'parts') return lowerParts(value.parts, property, title, place, elaborator);
  if (value.kind !== 'expression') {
    wrongShape(property, `${LEVEL_SHAPE}, or parts: \`[50% at P1, rest at P2]\``, elaborator);
    return undefined;
  }
  const level = price(value.expression, what, place, elaborator);
  return level === undefined ? undefined : [{ share: 'rest', price: level }];
}

function lowerParts(
  parts: readonly TargetPart[],
  property: Property,
  title: string,
  place: RulePlace,
  elaborator: Elaborator,
): Bracket['targets'] | undefined {
  const lowered = parts.map(part => {
    const level = price(part.price, `a target of \`${title}\``, place, elaborator);
    const share =
      part.share === 'rest'
        ? ('rest' as const)
        : elaborator.elaborate(part.share, {
            base: 'num',
            unit: 'ratio',
            stage: 'param',
            what: `the share of a target of \`${title}\``,
          });
    if (share === undefined || level === undefined) return undefined;
    if (share !== 'rest' && part.share !== 'rest')
      within(share, part.share.span, { what: 'the share of a target', ...SHARE }, elaborator);
    return { share, price: level };
  });
  checkShares(parts, lowered, property, elaborator);
  return lowered.every(part => part !== undefined) ? lowered : undefined;
}

/** The shares of all parts make at most the whole; `rest` stands once, last, and needs something left. */
function checkShares(
  parts: readonly TargetPart[],
  lowered: readonly ({ readonly share: NodeId | 'rest' } | undefined)[],
  property: Property,
  elaborator: Elaborator,
): void {
  const restAt = parts.findIndex(part => part.share === 'rest');
  if (restAt >= 0 && restAt < parts.length - 1) {
    elaborator.report({ code: DECLARATION_CODE.restMissing, span: parts[restAt]?.span ?? property.span, facts: {} });
    return;
  }
  let total = 0;
  for (const part of lowered) {
    const share = part === undefined || part.share === 'rest' ? 0 : fixedValue(part.share, elaborator);
    if (share === undefined) return;
    total += share;
  }
  const most = restAt >= 0 ? 1 - 1e-9 : 1 + 1e-9;
  if (total <= most) return;
  elaborator.report({
    code: DECLARATION_CODE.sharesOverOne,
    span: valueSpan(property),
    facts: { total: `${Math.round(total * 1e4) / 100}%`, rest: restAt >= 0 },
  });
}

function lowerTrail(
  property: Property,
  title: string,
  place: RulePlace,
  elaborator: Elaborator,
): Bracket['trail'] | undefined {
  const { value } = property;
  if (value.kind !== 'expression' && value.kind !== 'after') {
    wrongShape(property, 'a distance, such as `3 * atr(14)` or `1% after 3%`', elaborator);
    return undefined;
  }
  const expression = value.kind === 'after' ? value.value : value.expression;
  const distance = elaborator.elaborate(expression, { base: 'num', clock: 0, what: `the trail of \`${title}\`` });
  if (distance === undefined) return undefined;
  const distanceIs = distanceKind(distance, expression, place, elaborator);
  if (!distanceIs) return undefined;
  within(distance, expression.span, { what: 'the distance of a trail', ...POSITIVE }, elaborator);
  if (value.kind === 'expression') return { distance, distanceIs };
  // The offset is measured as the distance is: a ratio of the entry beside a ratio, a price beside a price.
  const after = elaborator.elaborate(value.after, {
    base: 'num',
    unit: distanceIs,
    ...(distanceIs === 'price' && { instrument: place.instrument }),
    clock: 0,
    what: `the offset of the trail of \`${title}\``,
  });
  return after === undefined ? undefined : { distance, distanceIs, after };
}

/** A price distance or a ratio; anything else is reported. */
export function distanceKind(
  distance: NodeId,
  expression: Expression,
  place: Pick<RulePlace, 'instrument'>,
  elaborator: Elaborator,
): 'price' | 'ratio' | undefined {
  const { unit } = elaborator.node(distance);
  const instrument = elaborator.instruments[place.instrument];
  if (unit.flavour === 'ratio') return 'ratio';
  if (instrument && sameUnit(unit, unitNamed('price', instrument))) return 'price';
  elaborator.report({
    code: DECLARATION_CODE.distanceOfWhat,
    span: expression.span,
    facts: { text: elaborator.textOf(expression), unit: unitWords(unit) },
  });
  return undefined;
}
