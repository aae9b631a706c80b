/** `weight: uniqueness(win) * decay(180d) * size_of_bar`: what a row counts for when a model learns. */
import type { Expression, Property } from '../syntax/tree.ts';
import { requireBase } from './apply.ts';
import type { Context } from './context.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import { elaborate } from './elaborate.ts';
import type { Elaborator } from './elaborator.ts';
import type { Labels } from './labels.ts';
import type { WeightFactor } from './model.ts';
import { isOnBlock, labelNamed } from './model-core.ts';
import { expressionOf } from './properties.ts';
import type { ModelCore, Place } from './scope.ts';
import { lengthMsOf } from './setting-values.ts';
import { factorsOf, isWeightCall } from './tree-walk.ts';

export function weightOf(
  cx: Context,
  place: Place,
  property: Property | undefined,
  core: ModelCore,
  labels: Labels,
  elaborator: Elaborator,
): readonly WeightFactor[] | undefined {
  const expected = 'a weight, such as `uniqueness(win) * decay(180d)`';
  const expression = expressionOf(property, expected, elaborator);
  if (!expression) return undefined;
  const factors: WeightFactor[] = [];
  for (const factor of factorsOf(expression)) {
    const found = isWeightCall(factor)
      ? weightCall(cx, place, factor, labels, elaborator)
      : valueFactor(cx, place, factor, core);
    if (found === undefined) return undefined;
    // `weight: 1`: every row weighs the same.
    if (found !== 'constant') factors.push(found);
  }
  return factors;
}

function weightCall(
  cx: Context,
  place: Place,
  expression: Expression,
  labels: Labels,
  elaborator: Elaborator,
): WeightFactor | undefined {
  if (expression.kind !== 'call' || expression.callee.kind !== 'name') return undefined;
  const [argument, ...others] = expression.arguments;
  const isDecay = expression.callee.text === 'decay';
  const of = argument?.value;
  if (of?.kind === 'duration' && isDecay && others.length === 0) {
    const halfLifeMs = lengthMsOf(of.duration, elaborator);
    return halfLifeMs === undefined ? undefined : { kind: 'decay', halfLifeMs };
  }
  if (of?.kind === 'name' && !isDecay && others.length === 0) {
    const entry = labelNamed(cx, place, of);
    const label = entry && labels.numbers.get(entry);
    return label === undefined ? undefined : { kind: 'uniqueness', label };
  }
  const expected = isDecay ? 'a half-life: `decay(180d)`' : 'a label: `uniqueness(win)`';
  elaborator.report({
    code: DECLARATION_CODE.propertyShape,
    span: expression.span,
    facts: { property: expression.callee.text, expected },
  });
  return undefined;
}

function valueFactor(
  cx: Context,
  place: Place,
  expression: Expression,
  { block }: ModelCore,
): WeightFactor | 'constant' | undefined {
  const what = '`weight` of a model';
  const node = elaborate(cx, { ...place, axis: block.axis }, expression, 'num');
  if (node === undefined || !requireBase(cx, { place }, node, 'num', expression.span, what)) return undefined;
  const found = cx.builder.node(node);
  if (found.stage !== 'series') return 'constant';
  return isOnBlock(cx, place, found, expression.span, what, block) ? { kind: 'value', node } : undefined;
}
