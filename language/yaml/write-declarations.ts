/** One declaration in YAML: what stands behind its key, or as its item of a list. */

import { daysText } from '../syntax/format-declarations.ts';
import { axisNames, boundsText, durationText, flat, rangeText } from '../syntax/format-expressions.ts';
import type {
  AtDeclaration,
  Declaration,
  FeatureColumn,
  FeatureGroup,
  FeaturesDeclaration,
  FnDeclaration,
  FnParameter,
  InstrumentDeclaration,
  ModelDeclaration,
  ParamDeclaration,
  StateDeclaration,
  TestDeclaration,
} from '../syntax/tree.ts';
import { list, map, scalar, type YamlItem, type YamlPair, type YamlValue } from './emit.ts';
import { expression, pair, propertyPair, text, when, withProperties } from './write-parts.ts';
import { rebalanceValue, riskItem, whenValue, whileValue } from './write-rules.ts';

/** Keys of a model itself, which a parameter of the same name must not take. */
const MODEL_KEYS = ['type', 'learn', 'from', 'when'];

/** Comments and doc of a declaration, for its line. */
export function notes({ comments, doc }: Declaration): Pick<YamlPair, 'comments' | 'doc'> {
  return { comments, doc };
}

export function item(declaration: Declaration): YamlItem {
  return { ...notes(declaration), value: bodyOf(declaration) };
}

export function named(declaration: Declaration): YamlPair {
  return { ...notes(declaration), key: nameOf(declaration), value: bodyOf(declaration) };
}

function nameOf(declaration: Declaration): string {
  if (declaration.kind === 'use') return declaration.as.text;
  if (declaration.kind === 'train') return declaration.model.text;
  return 'name' in declaration && declaration.name !== undefined ? declaration.name.text : '';
}

/** What stands behind a declaration's key, or as its item of a list. */
export function bodyOf(declaration: Declaration): YamlValue {
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

export function atParts({ declarations }: AtDeclaration): YamlPair[] {
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
