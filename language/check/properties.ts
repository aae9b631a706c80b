/**
 * Reading `{ key: value }` blocks. Every block states its keys in a list; a key outside it, or with a value of the wrong
 * shape, is reported here, in the same words everywhere.
 */
import type { ProblemFix } from '../syntax/problem.ts';
import type { Duration, Expression, Property, Span } from '../syntax/tree.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Reporter } from './elaborator.ts';
import { nearest } from './suggest.ts';

export interface Properties<Key extends string> {
  get(key: Key): Property | undefined;
  has(key: Key): boolean;
  /** An unknown key was told to be this one: that it is missing then needs no word of its own. */
  isMisspelt(key: Key): boolean;
}

/** `where` completes "… is not a property of …": `enter`, `the account`. */
export function readProperties<Key extends string>(
  properties: readonly Property[],
  keys: readonly Key[],
  where: string,
  reporter: Reporter,
): Properties<Key> {
  const found = new Map<Key, Property>();
  const meant = new Set<string>();
  for (const property of properties) {
    const key = keys.find(candidate => candidate === property.key.text);
    if (key === undefined) {
      const suggestion = nearest(property.key.text, keys);
      if (suggestion !== undefined) meant.add(suggestion);
      reportUnknown(property, suggestion, keys, where, reporter);
    }
    // Reading the file has reported a key that stands twice (E0115, E0122); the first one counts.
    else if (!found.has(key)) found.set(key, property);
  }
  return { get: key => found.get(key), has: key => found.has(key), isMisspelt: key => meant.has(key) };
}

function reportUnknown(
  property: Property,
  suggestion: string | undefined,
  keys: readonly string[],
  where: string,
  reporter: Reporter,
): void {
  reporter.report({
    code: DECLARATION_CODE.unknownProperty,
    span: property.key.span,
    facts: {
      property: property.key.text,
      where,
      suggestion,
      known: keys.length === 0 ? undefined : keys.map(key => `\`${key}\``).join(' '),
    },
    ...(suggestion !== undefined && {
      fix: {
        title: `Write \`${suggestion}\``,
        safe: false,
        edits: [{ span: property.key.span, text: suggestion }],
      },
    }),
  });
}

/** A value that is there but cannot be read as what the key wants. `expected`: "a price, such as `close * 0.98`". */
export function wrongShape(property: Property, expected: string, reporter: Reporter, fix?: ProblemFix): void {
  reporter.report({
    code: DECLARATION_CODE.propertyShape,
    span: valueSpan(property),
    facts: { property: property.key.text, expected },
    ...(fix && { fix }),
  });
}

/** The plain expression of a property; reports any other shape. */
export function expressionOf(
  property: Property | undefined,
  expected: string,
  reporter: Reporter,
): Expression | undefined {
  if (!property) return undefined;
  if (property.value.kind === 'expression') return property.value.expression;
  wrongShape(property, expected, reporter);
  return undefined;
}

/** One of a closed list of words. */
export function choiceOf<Choice extends string>(
  property: Property | undefined,
  choices: readonly Choice[],
  reporter: Reporter,
): Choice | undefined {
  const word = property && wordOf(property);
  if (!property) return undefined;
  const choice = choices.find(candidate => candidate === word);
  if (choice !== undefined) return choice;
  const span = valueSpan(property);
  const suggestion = word === undefined ? undefined : nearest(word, choices);
  reporter.report({
    code: DECLARATION_CODE.unknownChoice,
    span,
    facts: {
      property: property.key.text,
      choices: choices.map(candidate => `\`${candidate}\``).join(' or '),
      suggestion,
    },
    ...(suggestion !== undefined && {
      fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span, text: suggestion }] },
    }),
  });
  return undefined;
}

/** The single word of a property: `market`, `ignored`. */
export function wordOf(property: Property): string | undefined {
  const { value } = property;
  if (value.kind === 'order' && value.price === undefined) return value.type;
  if (value.kind !== 'expression') return undefined;
  if (value.expression.kind === 'name') return value.expression.text;
  // `gaps: absent`: a word here, a value elsewhere.
  return value.expression.kind === 'absent' ? 'absent' : undefined;
}

export function durationOf(property: Property | undefined, reporter: Reporter): Duration | undefined {
  const expected = 'a length of time, such as `6h` or `2d`';
  const expression = expressionOf(property, expected, reporter);
  if (!property || !expression) return undefined;
  if (expression.kind === 'duration') return expression.duration;
  wrongShape(property, expected, reporter);
  return undefined;
}

/** Where the value of a property stands. */
export function valueSpan(property: Property): Span {
  const { value } = property;
  switch (value.kind) {
    case 'expression':
      return value.expression.span;
    case 'flag':
      return property.key.span;
    case 'sizing':
      return { start: afterKey(property), end: value.amount.span.end };
    default:
      return { start: afterKey(property), end: property.span.end };
  }
}

/** Just past the key and its colon; the exact spelling between them does not matter to a message. */
function afterKey(property: Property): number {
  return Math.min(property.key.span.end + 1, property.span.end);
}

/** The first of the blocks that may stand only once; reports the others. */
export function onlyOne<Declared extends { readonly span: Span }>(
  declarations: readonly Declared[],
  block: string,
  reporter: Reporter,
): Declared | undefined {
  const [first, ...others] = declarations;
  for (const other of others)
    reporter.report({
      code: DECLARATION_CODE.blockTwice,
      span: other.span,
      facts: { block },
      ...(first && { related: [{ file: reporter.file, span: first.span, message: 'the first one' }] }),
    });
  return first;
}
