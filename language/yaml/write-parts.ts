/** The small parts that all declarations are written with: pairs, expressions, properties beside a statement's keys. */
import { flat } from '../syntax/format-expressions.ts';
import { partText, valueText } from '../syntax/format-properties.ts';
import type { Expression, Property } from '../syntax/tree.ts';
import { list, map, scalar, type YamlPair, type YamlValue } from './emit.ts';
import { PROPERTIES_KEY } from './read-properties.ts';

export function pair(key: string, value: YamlValue): YamlPair {
  return { key, value };
}

export function text(key: string, value: string): YamlPair {
  return { key, value: scalar(value) };
}

export function expression(value: Expression): YamlValue {
  return scalar(flat(value));
}

/** The pairs of an optional part. */
export function when<T>(part: T | undefined, write: (part: T) => YamlPair): YamlPair[] {
  return part === undefined ? [] : [write(part)];
}

/** A statement's own pairs and its properties beside them, or under one key where a name would mean both. */
export function withProperties(
  own: readonly YamlPair[],
  properties: readonly Property[],
  taken: readonly string[] = [],
): YamlValue {
  const names = new Set([...own.map(({ key }) => key), ...taken, PROPERTIES_KEY]);
  const pairs = properties.map(propertyPair);
  if (properties.some(({ key }) => names.has(key.text))) return map([...own, pair(PROPERTIES_KEY, map(pairs))]);
  return map([...own, ...pairs]);
}

export function propertyPair({ key, value, comments }: Property): YamlPair {
  return { key: key.text, value: propertyValue(value), comments };
}

export function propertyValue(value: Property['value']): YamlValue {
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
