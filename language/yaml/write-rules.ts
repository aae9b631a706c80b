/** What a strategy does, in YAML: rules, standing orders, rebalancing, risk. */

import { capActionText, orderText, stepsText } from '../syntax/format-declarations.ts';
import { axisNames, durationText, flat } from '../syntax/format-expressions.ts';
import type { CapRule, PauseRule, RebalanceDeclaration, WhenDeclaration, WhileDeclaration } from '../syntax/tree.ts';
import { map, type YamlItem, type YamlPair, type YamlValue } from './emit.ts';
import { expression, pair, text, when, withProperties } from './write-parts.ts';

/** Keys of the statements themselves, which a property of the same name must not take. */
const REBALANCE_KEYS = ['every', 'when', 'to'];
const RULE_KEYS = [
  'when',
  'while',
  'enter',
  'add',
  'reduce',
  'exit',
  'flatten',
  'alert',
  'side',
  'on',
  'across',
  'keep',
  'then',
  'for',
];

export function whenValue({ condition, action, target, properties }: WhenDeclaration): YamlValue {
  const side = 'side' in action ? action.side : undefined;
  const verb: YamlPair[] = (() => {
    switch (action.verb) {
      case 'enter':
        return [text('enter', action.side)];
      case 'add':
      case 'exit':
        return [text(action.verb, side ?? 'any')];
      case 'reduce':
        return [text('reduce', flat(action.share, 'chain')), ...when(side, value => text('side', value))];
      case 'flatten':
        return [text('flatten', 'all')];
      case 'alert':
        return [text('alert', action.message.value)];
    }
  })();
  const own = [text('when', flat(condition, 'chain')), ...verb, ...targetPairs(target)];
  return withProperties(own, properties, RULE_KEYS);
}

export function targetPairs(target: WhenDeclaration['target']): YamlPair[] {
  if (target === undefined) return [];
  return [target.kind === 'on' ? text('on', target.name.text) : text('across', axisNames(target.axis))];
}

export function whileValue(declaration: WhileDeclaration): YamlValue {
  const { condition, order, then: next, for: steps, target, properties } = declaration;
  const own = [
    text('while', flat(condition, 'chain')),
    text('keep', orderText(order)),
    ...when(next, second => text('then', orderText(second))),
    ...when(steps, value => text('for', stepsText(value))),
    ...targetPairs(target),
  ];
  return withProperties(own, properties, RULE_KEYS);
}

export function rebalanceValue({ on, to, properties }: RebalanceDeclaration): YamlValue {
  const moment =
    on.kind === 'every' ? text('every', durationText(on.period)) : text('when', flat(on.condition, 'chain'));
  const weights =
    to.kind === 'weights'
      ? expression(to.value)
      : map(to.weights.map(({ name, value }) => pair(name.text, expression(value))));
  return withProperties([moment, pair('to', weights)], properties, REBALANCE_KEYS);
}

export function riskItem(rule: CapRule | PauseRule): YamlItem {
  const { comments } = rule;
  if (rule.kind === 'cap') {
    const pairs = [
      text('cap', rule.name.text),
      text('at', flat(rule.limit, 'chain')),
      ...when(rule.else, action => text('else', capActionText(action))),
    ];
    return { comments, value: map(pairs) };
  }
  const pairs = [
    text('pause', flat(rule.length, 'chain')),
    text('when', flat(rule.condition, 'chain')),
    ...when(rule.axis, axis => text('across', axisNames(axis))),
  ];
  return { comments, value: map(pairs) };
}
