/**
 * Reading YAML nodes into parts of the tree: names, texts, expressions, mappings with known keys.
 *
 * A part that cannot be read is reported and thrown away with the declaration it belongs to (`Unreadable`, which never
 * leaves `attempt`); what stands beside it is read all the same.
 */
import { CommentIndex, type TakenComments } from '../syntax/comments.ts';
import { type FragmentRule, parseFragment } from '../syntax/fragment.ts';
import type { Problem } from '../syntax/problem.ts';
import { shifted } from '../syntax/reparse.ts';
import type { ScannedComment } from '../syntax/scan.ts';
import { mostSimilar } from '../syntax/similar.ts';
import { type SyntaxCode, type SyntaxFacts, syntaxProblem } from '../syntax/syntax-codes.ts';
import { isName, RESERVED_WORDS } from '../syntax/tokens.ts';
import type { BrokenPart, Comments, Duration, Expression, Name, SourceFile, Span, Text } from '../syntax/tree.ts';
import type { YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar } from './document.ts';

/** Expressions without a problem by their text, each with the place at which it was read. */
export type ReadExpressions = ReadonlyMap<string, { readonly value: Expression; readonly start: number }>;

/** Leaves a declaration whose problem has been reported. */
class Unreadable extends Error {}

export class YamlReader {
  readonly source: SourceFile;
  readonly comments: CommentIndex;
  readonly problems: Problem[] = [];
  readonly broken: BrokenPart[] = [];
  readonly expressions = new Map<string, { readonly value: Expression; readonly start: number }>();
  private readonly before: ReadExpressions;

  /** `before`: of an earlier reading, whose expressions need only be moved. */
  constructor(source: SourceFile, comments: readonly ScannedComment[], before: ReadExpressions = new Map()) {
    this.source = source;
    this.before = before;
    this.comments = new CommentIndex({ text: source.text, comments });
  }

  report<C extends SyntaxCode>(
    code: C,
    span: Span,
    facts: SyntaxFacts[C],
    more?: Pick<Problem, 'fix' | 'related'>,
  ): void {
    this.problems.push(syntaxProblem(code, this.source, span, facts, more));
  }

  fail<C extends SyntaxCode>(code: C, span: Span, facts: SyntaxFacts[C]): never {
    this.report(code, span, facts);
    throw new Unreadable();
  }

  /** Runs a reading; a part that cannot be read becomes a broken part of the tree. */
  attempt<T>(part: BrokenPart, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.broken.push(part);
      return undefined;
    }
  }

  // -------------------------------------------------------------- shapes

  scalar(node: YamlNode, place: string, expected: string): YamlScalar {
    if (node.kind !== 'scalar') return this.fail('E0123', node.span, { place, expected, found: SHAPE[node.kind] });
    if (node.isEmpty) return this.fail('E0123', node.span, { place, expected, found: 'nothing' });
    return node;
  }

  map(node: YamlNode, place: string): YamlMap {
    if (node.kind === 'map') return node;
    // `key:` without anything is a mapping without entries.
    if (node.kind === 'scalar' && node.isEmpty) return { kind: 'map', span: node.span, entries: [] };
    return this.fail('E0123', node.span, { place, expected: 'a mapping', found: SHAPE[node.kind] });
  }

  list(node: YamlNode, place: string): YamlList {
    if (node.kind === 'list') return node;
    if (node.kind === 'scalar' && node.isEmpty) return { kind: 'list', span: node.span, items: [] };
    return this.fail('E0123', node.span, { place, expected: 'a list', found: SHAPE[node.kind] });
  }

  /** A list, or one item that stands for a list of one; nothing is an empty list. */
  items(node: YamlNode): readonly YamlNode[] {
    if (node.kind === 'scalar' && node.isEmpty) return [];
    return node.kind === 'list' ? node.items : [node];
  }

  /** As `items`, but at least one. */
  someItems(node: YamlNode, place: string, expected: string): readonly YamlNode[] {
    const items = this.items(node);
    if (items.length > 0) return items;
    return this.fail('E0123', node.span, {
      place,
      expected,
      found: node.kind === 'list' ? 'an empty list' : 'nothing',
    });
  }

  fields(node: YamlNode, place: string): Fields {
    return new Fields(this, this.map(node, place), place);
  }

  // -------------------------------------------------------------- leaves

  text(node: YamlNode, place: string): Text {
    const { value, span } = this.scalar(node, place, 'a text');
    return { value, span };
  }

  name(node: YamlNode, place: string): Name {
    return this.nameOf(this.scalar(node, place, 'a name'), place);
  }

  nameOf({ value, span }: YamlScalar, place: string): Name {
    if (!isName(value)) return this.fail('E0127', span, { key: value, place });
    return { text: value, span };
  }

  /** A scalar that holds a part of the language, read by a rule of its grammar. */
  fragment<T>(node: YamlNode, owner: string, rule: FragmentRule<T>): T {
    const scalar = this.scalar(node, owner, 'a value');
    const { value: text, place } = scalar;
    const run = parseFragment({ text, source: this.source, place, owner }, rule);
    this.problems.push(...run.problems);
    if (run.value === undefined) throw new Unreadable();
    return run.value;
  }

  expression(node: YamlNode, owner: string): Expression {
    const text = node.kind === 'scalar' && !node.isEmpty ? node.value : undefined;
    const start = node.kind === 'scalar' ? node.place(0) : 0;
    // Where escapes or folded lines stand between, places do not move alike.
    const isStraight = text !== undefined && node.kind === 'scalar' && node.place(text.length) === start + text.length;
    if (!isStraight) return this.fragment(node, owner, grammar => grammar.expression());
    const known = this.expressions.get(text) ?? this.before.get(text);
    const told = this.problems.length;
    const value =
      known === undefined
        ? this.fragment(node, owner, grammar => grammar.expression())
        : shifted(known.value, start - known.start);
    if (this.problems.length === told) this.expressions.set(text, { value, start });
    return value;
  }

  duration(node: YamlNode, owner: string): Duration {
    return this.fragment(node, owner, grammar => grammar.duration());
  }

  // -------------------------------------------------------------- places and comments

  /** Span, comments and doc comment of a declaration; `key` is the one it hangs on, if any. */
  declared(span: Span, key?: YamlScalar): { readonly span: Span } & TakenComments {
    return { span, ...this.comments.take(span, this.behind(key), true) };
  }

  /** Span and comments of a statement inside a declaration. */
  commented(span: Span, key?: YamlScalar): { readonly span: Span; readonly comments?: Comments } {
    const { comments } = this.comments.take(span, this.behind(key), false);
    return { span, ...(comments && { comments }) };
  }

  /** Gives the comments around a key that is only a heading to the first node below it. */
  heading(key: YamlScalar, first: number | undefined): void {
    if (first !== undefined)
      this.comments.moveFromHeading({ start: key.span.start, end: this.colonOf(key) + 1 }, first);
  }

  /** A comment behind a key and its colon stands where one behind the `{` of a block would. */
  private behind(key: YamlScalar | undefined): Span | undefined {
    return key === undefined ? undefined : { start: this.colonOf(key), end: -1 };
  }

  private colonOf({ span }: YamlScalar): number {
    return this.source.text.indexOf(':', span.end);
  }
}

const SHAPE = { scalar: 'a text', list: 'a list', map: 'a mapping' } as const;

export function entrySpan({ key, value }: YamlEntry): Span {
  return { start: key.span.start, end: Math.max(key.span.end, value.span.end) };
}

/** A mapping whose keys are known: each is asked for, and what is left over is properties or a mistake. */
export class Fields {
  readonly node: YamlMap;
  private readonly reader: YamlReader;
  private readonly place: string;
  private readonly asked = new Set<string>();

  constructor(reader: YamlReader, node: YamlMap, place: string) {
    this.reader = reader;
    this.node = node;
    this.place = place;
  }

  entry(key: string): YamlEntry | undefined {
    this.asked.add(key);
    return this.node.entries.find(entry => entry.key.value === key);
  }

  optional(key: string): YamlNode | undefined {
    return this.entry(key)?.value;
  }

  required(key: string): YamlNode {
    const found = this.optional(key);
    return found ?? this.missing([key], this.node.entries[0]?.key.span ?? this.node.span);
  }

  /** None of these keys is there: one of them is misspelt, or the first one is said to be missing, at `span`. */
  missing(keys: readonly [string, ...string[]], span: Span): never {
    for (const { key } of this.rest()) {
      if (RESERVED_WORDS.has(key.value)) continue;
      const suggestion = mostSimilar(key.value, keys);
      if (suggestion === undefined) continue;
      this.unknown(key, suggestion);
      throw new Unreadable();
    }
    return this.reader.fail('E0124', span, { key: keys[0], place: this.place });
  }

  /** The one of these keys that is there; two of them exclude each other. */
  oneOf<K extends string>(keys: readonly K[]): { readonly key: K; readonly value: YamlNode } | undefined {
    const present = keys.flatMap(key => {
      const entry = this.entry(key);
      return entry === undefined ? [] : [{ key, entry }];
    });
    const [first, second] = present;
    if (first === undefined) return undefined;
    if (second === undefined) return { key: first.key, value: first.entry.value };
    const facts = { first: first.key, second: second.key, place: this.place };
    return this.reader.fail('E0126', second.entry.key.span, facts);
  }

  /** What has not been asked for. */
  rest(): readonly YamlEntry[] {
    return this.node.entries.filter(({ key }) => !this.asked.has(key.value));
  }

  /** Reports what has not been asked for. */
  end(): void {
    for (const { key } of this.rest()) this.unknown(key, mostSimilar(key.value, this.asked));
  }

  private unknown(key: YamlScalar, suggestion: string | undefined): void {
    const fix = suggestion && {
      title: `write \`${suggestion}\``,
      safe: true,
      edits: [{ span: key.span, text: suggestion }],
    };
    const facts = { key: key.value, place: this.place, ...(suggestion && { suggestion }) };
    this.reader.report('E0121', key.span, facts, fix ? { fix } : {});
  }
}
