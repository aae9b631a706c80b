/**
 * `when CONDITION VERB { … }`: a table of verbs, each with the properties it may carry.
 * What happens when rules meet is the engine's business (engine.md, Rules); here each becomes one checked record.
 */
import type { Action, Property, WhenDeclaration } from '../syntax/tree.ts';
import { BRACKET_KEYS, lowerBracket } from './bracket.ts';
import { DECLARATION_CODE, MODEL_CODE } from './declaration-codes.ts';
import type { Elaborator } from './elaborator.ts';
import type { NodeId } from './node.ts';
import { lowerOrder, ORDER_KEYS } from './order.ts';
import type { AddRule, EnterRule, ExitRule, Rule } from './program.ts';
import { choiceOf, expressionOf, type Properties, readProperties } from './properties.ts';
import { SHARE, within } from './ranges.ts';
import { lowerSize } from './size.ts';

export const ENTER_KEYS = ['size', 'prefer', ...ORDER_KEYS, ...BRACKET_KEYS] as const;
const ADD_KEYS = ['size', ...ORDER_KEYS, ...BRACKET_KEYS] as const;
const EXIT_KEYS = [...ORDER_KEYS, 'else'] as const;

/** What every rule has, and what the lowering of its properties needs to know. */
export interface RulePlace {
  readonly when: NodeId;
  readonly text: string;
  readonly instrument: number;
  readonly span: WhenDeclaration['span'];
}

export function lowerRules(declarations: readonly WhenDeclaration[], elaborator: Elaborator): readonly Rule[] {
  return declarations.flatMap(declaration => lowerRule(declaration, elaborator) ?? []);
}

function lowerRule(declaration: WhenDeclaration, elaborator: Elaborator): Rule | undefined {
  const { action, condition, target } = declaration;
  const title = ruleTitle(action);
  const when = elaborator.elaborate(condition, { base: 'bool', clock: 0, what: `the condition of \`${title}\`` });
  if (target?.kind === 'across') elaborator.notYet(declaration.span, 'a rule across a universe');
  const instrument = target?.kind === 'on' ? elaborator.instrumentNamed(target.name) : 0;
  // Every part is looked at even when another one is broken, so that each mistake of a rule is told at once.
  const place = {
    when: when ?? 0,
    text: elaborator.textOf(condition),
    instrument: instrument ?? 0,
    span: declaration.span,
  };
  const rule = lowerAction(declaration, place, title, elaborator);
  if (target?.kind !== 'across' && !isOfOneInstrument(declaration, when, elaborator)) return undefined;
  if (place.instrument > 0 && target?.kind === 'on')
    elaborator.notYet(declaration.span, 'a rule for another instrument than the first');
  return when === undefined || instrument === undefined || target?.kind === 'across' ? undefined : rule;
}

/** Without `across`, a rule is of one instrument: a condition that each member answers for itself does not say which. */
function isOfOneInstrument(
  { target, condition, action }: WhenDeclaration,
  when: NodeId | undefined,
  elaborator: Elaborator,
): boolean {
  const axis = when === undefined ? null : elaborator.node(when).axis;
  const needsOne = target === undefined && action.verb !== 'alert' && elaborator.own === undefined;
  if (axis === null && !needsOne) return true;
  const universe = elaborator.universes[axis ?? 0];
  const facts = { universe: universe?.name, instrument: elaborator.instruments.find(({ name }) => name)?.name };
  elaborator.report({ code: MODEL_CODE.memberRule, span: condition.span, facts });
  return false;
}

function lowerAction(
  declaration: WhenDeclaration,
  place: RulePlace,
  title: string,
  elaborator: Elaborator,
): Rule | undefined {
  const { action, properties } = declaration;
  switch (action.verb) {
    case 'enter':
      return lowerEnter(action, properties, place, title, elaborator);
    case 'add':
      return lowerAdd(action, properties, place, title, elaborator);
    case 'reduce': {
      noProperties(properties, title, elaborator);
      const share = elaborator.elaborate(action.share, {
        base: 'num',
        unit: 'ratio',
        clock: 0,
        what: `the share of \`${title}\``,
      });
      if (share === undefined) return undefined;
      within(share, action.share.span, { what: `the share of \`${title}\``, ...SHARE }, elaborator);
      return { ...place, verb: 'reduce', ...side(action), share };
    }
    case 'exit':
      return lowerExit(action, properties, place, title, elaborator);
    case 'flatten':
      noProperties(properties, title, elaborator);
      return { ...place, verb: 'flatten' };
    case 'alert':
      noProperties(properties, title, elaborator);
      return { ...place, verb: 'alert', message: action.message.value };
  }
}

function lowerEnter(
  action: Extract<Action, { verb: 'enter' }>,
  properties: readonly Property[],
  place: RulePlace,
  title: string,
  elaborator: Elaborator,
): EnterRule | undefined {
  const known = readProperties(properties, ENTER_KEYS, `\`${title}\``, elaborator);
  refuseShortOnSpot(action, place, elaborator);
  const filled = lowerFill(known, title, place, elaborator, action.span);
  const preferExpression = expressionOf(known.get('prefer'), 'a number; the highest goes first', elaborator);
  const prefer =
    preferExpression &&
    elaborator.elaborate(preferExpression, { base: 'num', clock: 0, what: `\`prefer\` of \`${title}\`` });
  return filled && { ...place, verb: 'enter', side: action.side, ...filled, ...(prefer !== undefined && { prefer }) };
}

function lowerAdd(
  action: Extract<Action, { verb: 'add' }>,
  properties: readonly Property[],
  place: RulePlace,
  title: string,
  elaborator: Elaborator,
): AddRule | undefined {
  const known = readProperties(properties, ADD_KEYS, `\`${title}\``, elaborator);
  refuseShortOnSpot(action, place, elaborator);
  const filled = lowerFill(known, title, place, elaborator, action.span);
  return filled && { ...place, verb: 'add', ...side(action), ...filled };
}

/** What `enter` and `add` share: how much, how the order works, and what then protects the position. */
function lowerFill(
  properties: Properties<(typeof ADD_KEYS)[number]>,
  title: string,
  place: RulePlace,
  elaborator: Elaborator,
  span: WhenDeclaration['span'],
): Pick<EnterRule, 'size' | 'order' | 'bracket'> | undefined {
  const order = lowerOrder(properties, title, place, elaborator);
  const bracket = lowerBracket(properties, title, place, elaborator);
  const sizeProperty = properties.get('size');
  if (!sizeProperty) {
    if (properties.isMisspelt('size')) return undefined;
    elaborator.report({
      code: DECLARATION_CODE.propertyMissing,
      span,
      facts: { property: 'size', where: `\`${title}\``, example: 'size: 95% of equity' },
    });
    return undefined;
  }
  const size = lowerSize(sizeProperty, title, place, elaborator);
  if (size?.basis === 'risk' && !properties.has('stop'))
    elaborator.report({ code: DECLARATION_CODE.riskWithoutStop, span: size.span, facts: { rule: title } });
  return size && order && bracket && { size, order, bracket };
}

function lowerExit(
  action: Extract<Action, { verb: 'exit' }>,
  properties: readonly Property[],
  place: RulePlace,
  title: string,
  elaborator: Elaborator,
): ExitRule | undefined {
  const known = readProperties(properties, EXIT_KEYS, `\`${title}\``, elaborator);
  const order = lowerOrder(known, title, place, elaborator);
  const otherwise = choiceOf(known.get('else'), ['market', 'nothing'] as const, elaborator) ?? 'nothing';
  return order && { ...place, verb: 'exit', ...side(action), order, else: otherwise };
}

function noProperties(properties: readonly Property[], title: string, elaborator: Elaborator): void {
  readProperties(properties, [], `\`${title}\``, elaborator);
}

function refuseShortOnSpot(
  action: Extract<Action, { verb: 'enter' | 'add' }>,
  place: RulePlace,
  elaborator: Elaborator,
): void {
  const instrument = elaborator.instruments[place.instrument];
  if (action.side !== 'short' || instrument?.market !== 'spot') return;
  elaborator.report({
    code: DECLARATION_CODE.shortOnSpot,
    span: action.span,
    facts: { symbol: instrument.symbol, perpetual: `${instrument.base}/${instrument.quote}:${instrument.quote}` },
    related: [{ file: elaborator.file, span: instrument.span, message: 'a spot market' }],
  });
}

/** `enter long`, `exit`: how messages name a rule. */
function ruleTitle(action: Action): string {
  const chosen = 'side' in action ? action.side : undefined;
  return chosen === undefined ? action.verb : `${action.verb} ${chosen}`;
}

function side(action: { readonly side?: 'long' | 'short' }): { readonly side?: 'long' | 'short' } {
  return action.side === undefined ? {} : { side: action.side };
}
