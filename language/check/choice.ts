/** `kind == "ema"`: a param of choices compared with one of its names. */
import type { Binary, Expression } from '../syntax/tree.ts';
import { apply } from './apply.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { appendConstant, type Context, report, textAt, typeWords } from './context.ts';
import { elaborate } from './elaborate.ts';
import type { NodeId } from './node.ts';
import type { Place } from './scope.ts';
import type { Site } from './site.ts';
import { nearest } from './suggest.ts';

export function compareChoice(cx: Context, place: Place, expression: Binary): NodeId | undefined {
  const { left, right, operator, span } = expression;
  const [text, other] = left.kind === 'string' ? [left, right] : [right, left];
  const node = elaborate(cx, place, other);
  if (node === undefined || text.kind !== 'string') return undefined;
  const { base, attrs } = cx.builder.node(node);
  if (base !== 'text' || !attrs.categories) {
    reportNoChoice(cx, place, node, other);
    return undefined;
  }
  const index = attrs.categories.indexOf(text.value);
  if (index < 0) {
    const suggestion = nearest(text.value, attrs.categories);
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.unknownCategory,
      span: text.span,
      facts: {
        name: text.value,
        of: textAt(cx, place.scope.file, other.span),
        known: attrs.categories.map(known => `\`${known}\``).join(', '),
        suggestion,
      },
      ...(suggestion !== undefined && {
        fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: text.span, text: `"${suggestion}"` }] },
      }),
    });
    return undefined;
  }
  const site: Site = { place, span, operation: operator, spans: [other.span, text.span] };
  const equal = apply(cx, site, 'is', [node, appendConstant(cx, place, index, text.span)]);
  return operator === '==' || equal === undefined ? equal : apply(cx, site, 'not', [equal]);
}

function reportNoChoice(cx: Context, place: Place, node: NodeId, other: Expression): void {
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.wrongKind,
    span: other.span,
    facts: {
      what: 'a comparison with a text',
      wanted: 'a param of choices',
      found: typeWords(cx.builder.node(node)),
      text: textAt(cx, place.scope.file, other.span),
    },
  });
}
