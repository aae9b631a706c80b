/** Where the parts of a rule stand in the file, for the messages of checks that see only its record. */
import type { Problem } from '../syntax/problem.ts';
import type { Property, Span, WhenDeclaration } from '../syntax/tree.ts';
import type { Rebalance } from './model.ts';
import type { NodeId } from './node.ts';
import type { Program, Rule } from './program.ts';
import { valueSpan } from './properties.ts';

export function problemIn(program: Program, report: Omit<Problem, 'file'>): Problem {
  return { file: program.tree.source, ...report };
}

/** `enter long`: how messages name a rule. */
export function titleOf(rule: Rule): string {
  return 'side' in rule && rule.side !== undefined ? `${rule.verb} ${rule.side}` : rule.verb;
}

function declarationOf(rule: Rule, program: Program): WhenDeclaration | undefined {
  for (const declaration of program.tree.declarations)
    if (declaration.kind === 'when' && declaration.span.start === rule.span.start) return declaration;
  return undefined;
}

export function conditionSpan(rule: Rule, program: Program): Span {
  return declarationOf(rule, program)?.condition.span ?? rule.span;
}

export function actionSpan(rule: Rule, program: Program): Span {
  return declarationOf(rule, program)?.action.span ?? rule.span;
}

/** The property, or the rule where it has none of that name. */
export function propertySpan(rule: Rule, key: string, program: Program): Span {
  return propertiesOf(rule, program).find(property => property.key.text === key)?.span ?? rule.span;
}

/** The value of the property. */
export function propertyValueSpan(rule: Rule, key: string, program: Program): Span {
  const property = propertiesOf(rule, program).find(candidate => candidate.key.text === key);
  return property ? valueSpan(property) : rule.span;
}

export function executionProperty(key: string, program: Program): Property | undefined {
  return program.tree.declarations
    .flatMap(declaration => (declaration.kind === 'execution' ? declaration.properties : []))
    .find(property => property.key.text === key);
}

export function propertiesOf(rule: Rule, program: Program): readonly Property[] {
  return declarationOf(rule, program)?.properties ?? [];
}

/** Every node that decides what the rule does. */
export function nodesOfRule(rule: Rule): readonly NodeId[] {
  const nodes: (NodeId | undefined)[] = [rule.when];
  if ('size' in rule) {
    const { size, bracket } = rule;
    const { stop, targets, trail, hold } = bracket;
    nodes.push(size.amount, size.basis === 'volatility' ? size.deviation : undefined);
    nodes.push(stop, ...targets.map(target => target.price), trail?.distance, trail?.after, hold);
  }
  if ('order' in rule) nodes.push(rule.order.price, rule.order.expire);
  if (rule.verb === 'reduce') nodes.push(rule.share);
  if (rule.verb === 'enter') nodes.push(rule.prefer);
  return nodes.filter(node => node !== undefined);
}

/** Every node that decides what a portfolio does. */
export function nodesOfRebalance({ when, to, band }: Rebalance): readonly NodeId[] {
  const weights = to.kind === 'across' ? [to.weight] : to.weights.map(({ weight }) => weight);
  return [when, ...weights, ...(band === undefined ? [] : [band])];
}

/** A number as messages show it: six significant digits at most. */
export function rounded(value: number): string {
  return String(Number(value.toPrecision(6)));
}

export function percent(ratio: number): string {
  return `${rounded(ratio * 100)}%`;
}
