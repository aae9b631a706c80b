/**
 * Tree → YAML: one section for each kind of declaration, in the order in which a strategy is usually read. Reading the
 * result gives an equal tree (after `withoutPositions`); comments stay with the declaration they belong to.
 */

import { capActionText, daysText, orderText, stepsText } from '../syntax/format-declarations.ts';
import { axisNames, boundsText, durationText, flat, rangeText } from '../syntax/format-expressions.ts';
import { partText, valueText } from '../syntax/format-properties.ts';
import { bySection } from '../syntax/positions.ts';
import type {
  AtDeclaration,
  CapRule,
  Declaration,
  Expression,
  FeatureColumn,
  FeatureGroup,
  FeaturesDeclaration,
  FnDeclaration,
  FnParameter,
  InstrumentDeclaration,
  ModelDeclaration,
  ParamDeclaration,
  PauseRule,
  Property,
  RebalanceDeclaration,
  StateDeclaration,
  TestDeclaration,
  Tree,
  WhenDeclaration,
  WhileDeclaration,
} from '../syntax/tree.ts';
import { emitDocument, list, map, scalar, type YamlItem, type YamlPair, type YamlValue } from './emit.ts';
import { PROPERTIES_KEY } from './read-properties.ts';

export function toYaml(tree: Tree): string {
  const sections: YamlPair[] = [];
  for (const group of groups(bySection(tree.declarations))) sections.push(...sectionOf(group));
  return emitDocument(sections, tree.trailing);
}

/** Neighbours that stand in one section. */
function groups(declarations: readonly Declaration[]): Declaration[][] {
  const result: Declaration[][] = [];
  for (const declaration of declarations) {
    const last = result.at(-1);
    if (last?.[0] !== undefined && sectionKey(last[0]) === sectionKey(declaration)) last.push(declaration);
    else result.push([declaration]);
  }
  return result;
}

/** The key of a declaration's section. */
function sectionKey(declaration: Declaration): string {
  switch (declaration.kind) {
    case 'instrument':
      return declaration.name === undefined ? 'instrument' : 'instruments';
    case 'when':
    case 'while':
      return 'rules';
    default:
      return SECTION_KEYS[declaration.kind];
  }
}

const SECTION_KEYS = {
  strategy: 'strategy',
  use: 'use',
  universe: 'universes',
  every: 'every',
  clock: 'clocks',
  session: 'sessions',
  account: 'account',
  input: 'inputs',
  param: 'params',
  require: 'require',
  at: 'at',
  fn: 'functions',
  let: 'let',
  signal: 'signals',
  state: 'states',
  features: 'features',
  label: 'labels',
  model: 'models',
  train: 'train',
  rebalance: 'rebalance',
  risk: 'risk',
  execution: 'execution',
  plot: 'plots',
  test: 'tests',
} as const satisfies Readonly<Record<Exclude<Declaration['kind'], 'instrument' | 'when' | 'while'>, string>>;

function sectionOf(group: readonly Declaration[]): YamlPair[] {
  const [first] = group;
  if (first === undefined) return [];
  const key = sectionKey(first);
  switch (first.kind) {
    case 'strategy':
    case 'every':
    case 'account':
    case 'execution':
      return group.map(declaration => ({ ...notes(declaration), key, value: bodyOf(declaration) }));
    case 'instrument':
      if (first.name === undefined)
        return group.map(declaration => ({ ...notes(declaration), key, value: bodyOf(declaration) }));
      return [{ key, value: map(group.map(named), 'block') }];
    case 'risk': {
      // Several blocks mean what one with all their rules means.
      const rules = group.flatMap(declaration => (declaration.kind === 'risk' ? declaration.rules : []));
      return [{ ...notes(first), key, value: { kind: 'list', style: 'block', items: rules.map(riskItem) } }];
    }
    case 'rebalance':
      if (group.length === 1) return [{ ...notes(first), key, value: bodyOf(first) }];
      return [{ key, value: { kind: 'list', style: 'block', items: group.map(item) } }];
    case 'at':
      return [{ key, value: atSection(group.filter(one => one.kind === 'at')) }];
    case 'require':
    case 'when':
    case 'while':
    case 'plot':
    case 'test':
      return [{ key, value: { kind: 'list', style: 'block', items: group.map(item) } }];
    default:
      return [{ key, value: map(group.map(named), 'block') }];
  }
}

/** Comments and doc of a declaration, for its line. */
function notes({ comments, doc }: Declaration): Pick<YamlPair, 'comments' | 'doc'> {
  return { comments, doc };
}

function item(declaration: Declaration): YamlItem {
  return { ...notes(declaration), value: bodyOf(declaration) };
}

function named(declaration: Declaration): YamlPair {
  return { ...notes(declaration), key: nameOf(declaration), value: bodyOf(declaration) };
}

function nameOf(declaration: Declaration): string {
  if (declaration.kind === 'use') return declaration.as.text;
  if (declaration.kind === 'train') return declaration.model.text;
  return 'name' in declaration && declaration.name !== undefined ? declaration.name.text : '';
}

// ---------------------------------------------------------------- declarations

/** What stands behind a declaration's key, or as its item of a list. */
function bodyOf(declaration: Declaration): YamlValue {
  switch (declaration.kind) {
    case 'strategy':
      return scalar(declaration.title.value);
    case 'use':
      return scalar(declaration.path.value);
    case 'instrument':
      return instrumentValue(declaration);
    case 'universe': {
      const symbols = declaration.symbols.map(({ value }) => scalar(value));
      return withProperties(
        [pair('symbols', list(symbols)), text('venue', declaration.venue.text)],
        declaration.properties,
      );
    }
    case 'every':
      return scalar(durationText(declaration.period));
    case 'clock': {
      const period = durationText(declaration.period);
      return declaration.zone === undefined
        ? scalar(period)
        : map([text('period', period), text('zone', declaration.zone.value)]);
    }
    case 'session': {
      const { hours, zone, days } = declaration;
      return map([
        text('hours', hours.value),
        text('zone', zone.value),
        ...when(days, value => text('days', daysText(value))),
      ]);
    }
    case 'account':
    case 'execution':
      return map(declaration.properties.map(propertyPair));
    case 'input': {
      const { type, period, from } = declaration;
      const own = [text('type', type.text), text('every', durationText(period)), text('from', from.value)];
      return withProperties(own, declaration.properties);
    }
    case 'param':
      return paramValue(declaration);
    case 'require':
      return scalar(flat(declaration.condition));
    case 'let':
    case 'signal':
    case 'label':
      return scalar(flat(declaration.value));
    case 'state':
      return stateValue(declaration);
    case 'fn':
      return fnValue(declaration);
    case 'at':
      return map(atParts(declaration), 'block');
    case 'features':
      return featuresValue(declaration);
    case 'model':
      return modelValue(declaration);
    case 'train':
      return map([pair(declaration.method.text, map(declaration.properties.map(propertyPair)))]);
    case 'when':
      return whenValue(declaration);
    case 'while':
      return whileValue(declaration);
    case 'rebalance':
      return rebalanceValue(declaration);
    case 'risk':
      return { kind: 'list', style: 'block', items: declaration.rules.map(riskItem) };
    case 'plot': {
      const [only, ...more] = declaration.series;
      const series =
        only !== undefined && more.length === 0 ? expression(only) : list(declaration.series.map(expression));
      return map([pair('series', series), ...when(declaration.pane, pane => text('on', pane.text))]);
    }
    case 'test':
      return testValue(declaration);
  }
}

function pair(key: string, value: YamlValue): YamlPair {
  return { key, value };
}

function text(key: string, value: string): YamlPair {
  return { key, value: scalar(value) };
}

function expression(value: Expression): YamlValue {
  return scalar(flat(value));
}

/** The pairs of an optional part. */
function when<T>(part: T | undefined, write: (part: T) => YamlPair): YamlPair[] {
  return part === undefined ? [] : [write(part)];
}

function instrumentValue({ symbol, venue, properties }: InstrumentDeclaration): YamlValue {
  return withProperties([text('symbol', symbol.value), text('venue', venue.text)], properties);
}

function paramValue({ type, value, range, choices }: ParamDeclaration, isShort = true): YamlValue {
  if (isShort && type === undefined && range === undefined && choices === undefined) return expression(value);
  return map([
    ...when(type, name => text('type', name.text)),
    pair('default', expression(value)),
    ...when(range, ({ low, high }) => text('in', boundsText(low, high))),
    ...when(range?.step, step => pair('step', expression(step))),
    ...when(choices, values => pair('of', list(values.map(expression)))),
  ]);
}

function stateValue({ starts, then: update, reset }: StateDeclaration): YamlValue {
  return map([
    pair('starts', expression(starts)),
    pair('then', expression(update)),
    ...when(reset, condition => pair('reset', expression(condition))),
  ]);
}

function fnValue({ parameters, result, body }: FnDeclaration): YamlValue {
  const gives = result.kind === 'single' ? scalar(result.type.text) : list(result.names.map(name => scalar(name.text)));
  return map([
    ...(parameters.length === 0 ? [] : [pair('takes', map(parameters.map(parameterPair)))]),
    pair('gives', gives),
    body.kind === 'expression'
      ? pair('is', expression(body.value))
      : pair('body', map(body.declarations.map(named), 'block')),
  ]);
}

function parameterPair({ name, type, default: preset }: FnParameter): YamlPair {
  if (preset === undefined) return text(name.text, type.text);
  return pair(name.text, map([text('type', type.text), pair('default', expression(preset))]));
}

/** By clock where each has one block, else a list. */
function atSection(blocks: readonly AtDeclaration[]): YamlValue {
  const clocks = new Set(blocks.map(block => block.clock.text));
  if (clocks.size === blocks.length) {
    return map(
      blocks.map(block => ({ ...notes(block), key: block.clock.text, value: map(atParts(block), 'block') })),
      'block',
    );
  }
  const items = blocks.map(block => ({
    ...notes(block),
    value: map([text('clock', block.clock.text), ...atParts(block)], 'block'),
  }));
  return { kind: 'list', style: 'block', items };
}

function atParts({ declarations }: AtDeclaration): YamlPair[] {
  const part = (key: string, kind: Declaration['kind']): YamlPair[] => {
    const members = declarations.filter(one => one.kind === kind);
    return members.length === 0 ? [] : [pair(key, map(members.map(named), 'block'))];
  };
  return [...part('let', 'let'), ...part('signals', 'signal'), ...part('states', 'state')];
}

function featuresValue({ axis, columns }: FeaturesDeclaration): YamlValue {
  const across = when(axis, value => text('across', axisNames(value)));
  const names = columns.flatMap(column => (column.kind === 'column' ? [column.name.text] : []));
  // A mapping has room for columns with different names; groups and equal names need a list.
  if (new Set(names).size === columns.length) {
    const pairs = columns.flatMap(column => (column.kind === 'column' ? [columnPair(column)] : []));
    return map([...across, pair('columns', map(pairs, 'block'))], 'block');
  }
  const items = columns.map((column): YamlItem => {
    if (column.kind === 'group') return { comments: column.comments, value: groupValue(column) };
    return { comments: column.comments, value: map([pair(column.name.text, expression(column.value))]) };
  });
  return map([...across, pair('columns', { kind: 'list', style: 'block', items })], 'block');
}

function columnPair({ name, value, comments }: FeatureColumn): YamlPair {
  return { key: name.text, value: expression(value), comments };
}

function groupValue({ group, over, lags }: FeatureGroup): YamlValue {
  return map([
    text('use', group.text),
    ...(over.length === 0 ? [] : [pair('over', list(over.map(period => scalar(durationText(period)))))]),
    ...when(lags, range => text('lags', rangeText(range))),
  ]);
}

function modelValue({ trainer, learn, from, when: rows, properties }: ModelDeclaration): YamlValue {
  const own = [
    text('type', flat(trainer)),
    ...when(learn, label => text('learn', label.text)),
    text('from', from.text),
    ...when(rows, condition => text('when', flat(condition, 'chain'))),
  ];
  return withProperties(own, properties, MODEL_KEYS);
}

// ---------------------------------------------------------------- rules

function whenValue({ condition, action, target, properties }: WhenDeclaration): YamlValue {
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

function targetPairs(target: WhenDeclaration['target']): YamlPair[] {
  if (target === undefined) return [];
  return [target.kind === 'on' ? text('on', target.name.text) : text('across', axisNames(target.axis))];
}

function whileValue(declaration: WhileDeclaration): YamlValue {
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

function rebalanceValue({ on, to, properties }: RebalanceDeclaration): YamlValue {
  const moment =
    on.kind === 'every' ? text('every', durationText(on.period)) : text('when', flat(on.condition, 'chain'));
  const weights =
    to.kind === 'weights'
      ? expression(to.value)
      : map(to.weights.map(({ name, value }) => pair(name.text, expression(value))));
  return withProperties([moment, pair('to', weights)], properties, REBALANCE_KEYS);
}

function riskItem(rule: CapRule | PauseRule): YamlItem {
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

function testValue({ title, given, expect }: TestDeclaration): YamlValue {
  const values = given.map(one => ({
    ...named(one),
    // A text is a `let`, so a param keeps its mapping also where it has only a value.
    value: one.kind === 'param' ? paramValue(one, false) : bodyOf(one),
  }));
  return map(
    [
      text('test', title.value),
      ...(given.length === 0 ? [] : [pair('given', map(values))]),
      ...(expect.length === 0 ? [] : [pair('expect', list(expect.map(expression), 'block'))]),
    ],
    'block',
  );
}

// ---------------------------------------------------------------- properties

const MODEL_KEYS = ['type', 'learn', 'from', 'when'];
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

/** A statement's own pairs and its properties beside them, or under one key where a name would mean both. */
function withProperties(
  own: readonly YamlPair[],
  properties: readonly Property[],
  taken: readonly string[] = [],
): YamlValue {
  const names = new Set([...own.map(({ key }) => key), ...taken, PROPERTIES_KEY]);
  const pairs = properties.map(propertyPair);
  if (properties.some(({ key }) => names.has(key.text))) return map([...own, pair(PROPERTIES_KEY, map(pairs))]);
  return map([...own, ...pairs]);
}

function propertyPair({ key, value, comments }: Property): YamlPair {
  return { key: key.text, value: propertyValue(value), comments };
}

function propertyValue(value: Property['value']): YamlValue {
  switch (value.kind) {
    case 'flag':
      return { kind: 'nothing' };
    case 'block':
      return map(value.properties.map(propertyPair));
    case 'parts':
      return list(value.parts.map(part => scalar(partText(part))));
    case 'list':
      return list(value.items.map(expression));
    default:
      return scalar(valueText(value));
  }
}
