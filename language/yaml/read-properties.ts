/**
 * YAML mappings → property blocks. A value without text is a flag, a list is the parts of a target or several values,
 * a mapping is a block of its own, and a scalar is whatever the same text is behind the key in a `.vela` file.
 */
import { scan } from '../syntax/scan.ts';
import { Equals, K } from '../syntax/tokens.ts';
import type { Name, Property, PropertyValue } from '../syntax/tree.ts';
import type { YamlEntry, YamlList, YamlNode, YamlScalar } from './document.ts';
import { entrySpan, type Fields, type YamlReader } from './reader.ts';

/** Where the properties stand when one of them has the name of a key of the statement itself. */
export const PROPERTIES_KEY = 'properties';

/** All keys of a statement that it does not know itself, or what stands under `properties`. */
export function restProperties(reader: YamlReader, fields: Fields, owner: string): readonly Property[] {
  const nested = fields.optional(PROPERTIES_KEY);
  if (nested === undefined) return readProperties(reader, fields.rest(), owner);
  fields.end();
  return readProperties(reader, reader.map(nested, `the properties of ${owner}`).entries, owner);
}

export function readProperties(reader: YamlReader, entries: readonly YamlEntry[], owner: string): readonly Property[] {
  // Of two entries with one key the first counts; that there are two has been reported.
  const seen = new Set<string>();
  return entries.flatMap(entry => {
    if (seen.has(entry.key.value)) return [];
    seen.add(entry.key.value);
    return [readProperty(reader, entry, owner)];
  });
}

function readProperty(reader: YamlReader, entry: YamlEntry, owner: string): Property {
  const key = propertyKey(reader, entry.key, owner);
  const value = readValue(reader, key, entry.value, owner);
  return { key, value, ...reader.commented(entrySpan(entry), entry.key) };
}

/** Any word may be a key, also a reserved one. */
function propertyKey(reader: YamlReader, { value, span }: YamlScalar, owner: string): Name {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) return { text: value, span };
  return reader.fail('E0127', span, { key: value, place: owner });
}

function readValue(reader: YamlReader, key: Name, node: YamlNode, owner: string): PropertyValue {
  switch (node.kind) {
    case 'scalar':
      if (node.isEmpty) return { kind: 'flag' };
      return reader.fragment(node, `\`${key.text}\` of ${owner}`, grammar => grammar.propertyValue(key.text));
    case 'map':
      return { kind: 'block', properties: readProperties(reader, node.entries, `\`${key.text}\``) };
    case 'list':
      return readItems(reader, key, node, owner);
  }
}

function readItems(reader: YamlReader, key: Name, list: YamlList, owner: string): PropertyValue {
  const place = `\`${key.text}\` of ${owner}`;
  const [first] = list.items;
  if (first === undefined)
    return reader.fail('E0123', list.span, { place, expected: 'at least one value', found: 'an empty list' });
  const text = reader.scalar(first, place, 'a value').value;
  if (hasPrice(text)) {
    return {
      kind: 'parts',
      parts: list.items.map(item => reader.fragment(item, place, grammar => grammar.targetPart())),
    };
  }
  const items = list.items.map(item => reader.expression(item, place));
  const [only] = items;
  return items.length === 1 && only !== undefined ? { kind: 'expression', expression: only } : { kind: 'list', items };
}

/** Whether a text is `SHARE at PRICE`: the word `at` stands in no expression, except as an argument's name. */
function hasPrice(text: string): boolean {
  const { tokens } = scan(text);
  return tokens.some((token, index) => token.tokenType === K.at && tokens[index + 1]?.tokenType !== Equals);
}
