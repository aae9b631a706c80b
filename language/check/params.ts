/** `param` and `require`: values chosen for each run, their ranges, and what must hold between them. */
import type { Expression, ParamDeclaration, RequireDeclaration, Span } from '../syntax/tree.ts';
import { requireBase, requireStage } from './apply.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, report, textAt } from './context.ts';
import { elaborate } from './elaborate.ts';
import { reportUnknownKind } from './expand.ts';
import { acceptKind, type Kind, kindNamed, wrongUnit } from './kinds.ts';
import type { NodeId } from './node.ts';
import type { Param, Program } from './program.ts';
import type { Place } from './scope.ts';

/** `prefix`: the name under which a used file's params are set. */
export function lowerParam(
  cx: Context,
  place: Place,
  declaration: ParamDeclaration,
  prefix: string,
): Param | undefined {
  const name = `${prefix}${declaration.name.text}`;
  const about = { name, ...(declaration.doc !== undefined && { doc: declaration.doc }), span: declaration.name.span };
  if (declaration.choices || declaration.value.kind === 'string') return lowerChoice(cx, place, declaration, about);
  if (declaration.type && !kindNamed(declaration.type.text)) {
    reportUnknownKind(cx, place.scope.file, declaration.type);
    return undefined;
  }
  const value = elaborate(cx, place, declaration.value);
  if (value === undefined) return undefined;
  const kind = (declaration.type && kindNamed(declaration.type.text)) ?? kindOfValue(cx, value);
  const number = constantOf(cx, place, value, kind, declaration.value);
  if (number === undefined) return undefined;
  if (!declaration.range) return { ...about, type: kind, value: number };
  const bound = (expression: Expression) => {
    const node = elaborate(cx, place, expression, 'num');
    return node === undefined ? undefined : constantOf(cx, place, node, kind, expression);
  };
  const low = bound(declaration.range.low);
  const high = bound(declaration.range.high);
  const step = declaration.range.step && bound(declaration.range.step);
  if (low === undefined || high === undefined || (declaration.range.step && step === undefined)) return undefined;
  const param: Param = { ...about, type: kind, value: number, low, high, ...(step !== undefined && { step }) };
  return isSoundRange(cx, place, declaration, param) ? param : undefined;
}

/** The kind of a param that states none. */
function kindOfValue(cx: Context, value: NodeId): Kind {
  const { base, unit } = cx.builder.node(value);
  if (base === 'bool') return 'bool';
  switch (unit.flavour) {
    case 'ratio':
    case 'bars':
    case 'duration':
    case 'index':
      return unit.flavour;
    default:
      return 'num';
  }
}

function constantOf(cx: Context, place: Place, node: NodeId, kind: Kind, expression: Expression): number | undefined {
  const { span } = expression;
  if (!requireStage(cx, { place }, node, 'const', span, 'a param')) return undefined;
  const { unit, base } = cx.builder.node(node);
  const site = { place, span, what: 'a param', clock: 0 };
  // A bare `20%` for a plain number would be read as 0.2.
  if (kind === 'num' && base === 'num' && unit.flavour !== 'any' && unit.flavour !== 'plain')
    return wrongUnit(cx, site, unit, kind);
  const accepted = acceptKind(cx, site, node, kind);
  return accepted === undefined ? undefined : cx.builder.constant(accepted);
}

function isSoundRange(cx: Context, place: Place, declaration: ParamDeclaration, param: Param): boolean {
  const { value, low = value, high = value, step, name } = param;
  const shown = (expression: Expression | undefined) =>
    expression && textAt(cx, place.scope.file, expression.span).trim();
  const { range } = declaration;
  const facts = {
    name,
    value: shown(declaration.value),
    low: shown(range?.low),
    high: shown(range?.high),
    step: shown(range?.step),
  };
  if (low > high || (step !== undefined && !(step > 0))) {
    const span: Span = range?.span ?? declaration.name.span;
    report(cx, place.scope.file, { code: EXPRESSION_CODE.badRange, span, facts });
    return false;
  }
  if (value >= low && value <= high) return true;
  report(cx, place.scope.file, { code: EXPRESSION_CODE.defaultOutsideRange, span: declaration.value.span, facts });
  return true;
}

function lowerChoice(
  cx: Context,
  place: Place,
  declaration: ParamDeclaration,
  about: Pick<Param, 'name' | 'doc' | 'span'>,
): Param | undefined {
  const choices = (declaration.choices ?? []).flatMap(choice => (choice.kind === 'string' ? [choice.value] : []));
  const chosen = declaration.value.kind === 'string' ? declaration.value.value : undefined;
  const value = chosen === undefined ? -1 : choices.indexOf(chosen);
  const distinct = new Set(choices).size === choices.length;
  if (value < 0 || !distinct || choices.length !== declaration.choices?.length) {
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.badChoice,
      span: declaration.value.span,
      facts: {
        name: about.name,
        value: textAt(cx, place.scope.file, declaration.value.span),
        known: choices.map(choice => `"${choice}"`).join(', ') || undefined,
      },
    });
    return undefined;
  }
  return { ...about, type: 'choice', value, choices };
}

export function lowerRequires(
  cx: Context,
  place: Place,
  declarations: readonly RequireDeclaration[],
): Program['requires'] {
  return declarations.flatMap(({ condition }) => {
    const { span } = condition;
    const node = elaborate(cx, place, condition, 'bool');
    if (node === undefined || !requireBase(cx, { place }, node, 'bool', span, '`require`')) return [];
    if (!requireStage(cx, { place }, node, 'param', span, '`require`')) return [];
    const text = textAt(cx, place.scope.file, span);
    if (cx.builder.atDefaults(node) === 0)
      report(cx, place.scope.file, { code: EXPRESSION_CODE.requireBroken, span, facts: { condition: text } });
    return [{ node, text, span }];
  });
}
