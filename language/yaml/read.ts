/**
 * The YAML form of a strategy → the same tree that its `.vela` text gives. Never throws; problems and spans point into
 * the YAML file. A file is a mapping of sections, one row of `SECTIONS` each.
 */
import type { Problem } from '../syntax/problem.ts';
import { mostSimilar } from '../syntax/similar.ts';
import type { BrokenPart, Declaration, SourceFile, Span, Tree } from '../syntax/tree.ts';
import { readDocument, type YamlEntry, type YamlMap, type YamlNode } from './document.ts';
import * as one from './read-declarations.ts';
import { readRebalance, readRisk, readRule } from './read-rules.ts';
import { entrySpan, type ReadExpressions, YamlReader } from './reader.ts';

export interface YamlResult {
  readonly tree: Tree;
  readonly problems: Problem[];
  /** For the next reading of the file after an edit. */
  readonly expressions: ReadExpressions;
}

/** How a section holds its declarations. */
type Section =
  /** It is one declaration. */
  | {
      readonly holds: 'one';
      readonly kind: Declaration['kind'];
      readonly read: (reader: YamlReader, entry: YamlEntry) => Declaration;
    }
  /** A mapping from names to declarations. */
  | {
      readonly holds: 'names';
      readonly kind: Declaration['kind'];
      readonly read: (reader: YamlReader, entry: YamlEntry) => Declaration;
    }
  /** A list of declarations, or a single one. */
  | {
      readonly holds: 'list';
      readonly kind: Declaration['kind'];
      readonly read: (reader: YamlReader, node: YamlNode, section: YamlEntry) => Declaration;
    };

export const SECTIONS: Readonly<Record<string, Section>> = {
  strategy: {
    holds: 'one',
    kind: 'strategy',
    read: (reader, entry) => ({
      kind: 'strategy',
      title: reader.text(entry.value, '`strategy`'),
      ...reader.declared(entrySpan(entry), entry.key),
    }),
  },
  use: {
    holds: 'names',
    kind: 'use',
    read: (reader, entry) => ({
      kind: 'use',
      path: reader.text(entry.value, '`use`'),
      as: reader.nameOf(entry.key, '`use`'),
      ...reader.declared(entrySpan(entry), entry.key),
    }),
  },
  instrument: { holds: 'one', kind: 'instrument', read: (reader, entry) => one.readInstrument(reader, entry, false) },
  instruments: { holds: 'names', kind: 'instrument', read: (reader, entry) => one.readInstrument(reader, entry, true) },
  universes: { holds: 'names', kind: 'universe', read: one.readUniverse },
  every: {
    holds: 'one',
    kind: 'every',
    read: (reader, entry) => ({
      kind: 'every',
      period: reader.duration(entry.value, '`every`'),
      ...reader.declared(entrySpan(entry), entry.key),
    }),
  },
  clocks: { holds: 'names', kind: 'clock', read: one.readClock },
  sessions: { holds: 'names', kind: 'session', read: one.readSession },
  account: { holds: 'one', kind: 'account', read: (reader, entry) => one.readBlock(reader, entry, 'account') },
  inputs: { holds: 'names', kind: 'input', read: one.readInput },
  params: { holds: 'names', kind: 'param', read: one.readParam },
  require: {
    holds: 'list',
    kind: 'require',
    read: (reader, node) => ({
      kind: 'require',
      condition: reader.expression(node, '`require`'),
      ...reader.declared(node.span),
    }),
  },
  at: {
    holds: 'list',
    kind: 'at',
    read: (reader, node) => {
      const clock = reader.fields(node, 'an `at` block').required('clock');
      return one.readAt(reader, reader.name(clock, 'an `at` block'), node, undefined);
    },
  },
  functions: { holds: 'names', kind: 'fn', read: one.readFn },
  let: { holds: 'names', kind: 'let', read: (reader, entry) => one.readBinding(reader, entry, 'let') },
  signals: { holds: 'names', kind: 'signal', read: (reader, entry) => one.readBinding(reader, entry, 'signal') },
  states: { holds: 'names', kind: 'state', read: one.readState },
  features: { holds: 'names', kind: 'features', read: one.readFeatures },
  labels: { holds: 'names', kind: 'label', read: (reader, entry) => one.readBinding(reader, entry, 'label') },
  models: { holds: 'names', kind: 'model', read: one.readModel },
  train: { holds: 'names', kind: 'train', read: one.readTrain },
  rules: { holds: 'list', kind: 'when', read: readRule },
  rebalance: { holds: 'list', kind: 'rebalance', read: readRebalance },
  risk: { holds: 'one', kind: 'risk', read: readRisk },
  execution: { holds: 'one', kind: 'execution', read: (reader, entry) => one.readBlock(reader, entry, 'execution') },
  plots: { holds: 'list', kind: 'plot', read: one.readPlot },
  tests: { holds: 'list', kind: 'test', read: one.readTest },
};

/** An `at` section that is a mapping names the clock of each block by its key. */
const AT_BY_NAME: Section = {
  holds: 'names',
  kind: 'at',
  read: (reader, entry) => one.readAt(reader, reader.nameOf(entry.key, '`at`'), entry.value, entry),
};

export function parseYaml(source: SourceFile, before?: ReadExpressions): YamlResult {
  const document = readDocument(source);
  const reader = new YamlReader(source, document.comments, before);
  reader.problems.push(...document.problems);
  for (const part of document.broken) reader.broken.push(...namesIn(source, part));
  const declarations = document.root === undefined ? [] : readRoot(reader, document.root);
  if (document.root === undefined && document.problems.length === 0) {
    const span = { start: source.text.length, end: source.text.length };
    reader.report('E0123', span, { place: 'the file', expected: 'a mapping', found: 'nothing' });
  }
  const tree: Tree = {
    source,
    declarations,
    trailing: reader.comments.takeRest([]),
    ...(reader.broken.length > 0 && { broken: reader.broken }),
  };
  return { tree, problems: reader.problems, expressions: reader.expressions };
}

function readRoot(reader: YamlReader, root: YamlNode): Declaration[] {
  let map: YamlMap | undefined;
  reader.attempt({ span: root.span }, () => {
    map = reader.map(root, 'the file');
  });
  return (map?.entries ?? []).flatMap((entry, index, all) => {
    const isSecond = all.findIndex(other => other.key.value === entry.key.value) < index;
    if (isSecond) return [];
    const section = sectionOf(entry);
    if (section === undefined) {
      reportUnknown(reader, entry);
      return [];
    }
    return readSection(reader, section, entry);
  });
}

function sectionOf({ key, value }: YamlEntry): Section | undefined {
  if (!Object.hasOwn(SECTIONS, key.value)) return undefined;
  return key.value === 'at' && value.kind !== 'list' ? AT_BY_NAME : SECTIONS[key.value];
}

function reportUnknown(reader: YamlReader, { key, value }: YamlEntry): void {
  const names = Object.keys(SECTIONS);
  const suggestion = names.find(name => name === `${key.value}s`) ?? mostSimilar(key.value, names);
  const fix = suggestion && {
    title: `write \`${suggestion}\``,
    safe: true,
    edits: [{ span: key.span, text: suggestion }],
  };
  const facts = { key: key.value, place: 'the file', ...(suggestion && { suggestion }) };
  reader.report('E0121', key.span, facts, fix ? { fix } : {});
  const entries = value.kind === 'map' ? value.entries : [];
  for (const inner of entries)
    reader.broken.push({ name: { text: inner.key.value, span: inner.key.span }, span: entrySpan(inner) });
}

function readSection(reader: YamlReader, section: Section, entry: YamlEntry): Declaration[] {
  const part = (span: Span, name?: YamlEntry['key']): BrokenPart => ({
    keyword: section.kind,
    ...(name && { name: { text: name.value, span: name.span } }),
    span,
  });
  switch (section.holds) {
    case 'one': {
      const declaration = reader.attempt(part(entrySpan(entry)), () => section.read(reader, entry));
      return declaration === undefined ? [] : [declaration];
    }
    case 'names': {
      const map = reader.attempt(part(entrySpan(entry)), () => reader.map(entry.value, `\`${entry.key.value}\``));
      reader.heading(entry.key, map?.entries[0]?.key.span.start);
      return unique(map?.entries ?? []).flatMap(
        named => reader.attempt(part(entrySpan(named), named.key), () => section.read(reader, named)) ?? [],
      );
    }
    case 'list': {
      const items = reader.items(entry.value);
      // A single `rebalance` hangs on the key itself, and so do its comments.
      if (entry.value.kind === 'list' || section.kind !== 'rebalance') reader.heading(entry.key, items[0]?.span.start);
      return items.flatMap(item => reader.attempt(part(item.span), () => section.read(reader, item, entry)) ?? []);
    }
  }
}

/** Without the later ones of entries that share a key; document.ts has reported those. */
function unique(entries: readonly YamlEntry[]): readonly YamlEntry[] {
  return entries.filter(({ key }, index) => entries.findIndex(other => other.key.value === key.value) === index);
}

/** What a section that is not well-formed would have declared, as far as its keys can be seen. */
function namesIn(source: SourceFile, part: Span): BrokenPart[] {
  const text = source.text.slice(part.start, part.end);
  const names = [...text.matchAll(/^[ \t]+([A-Za-z_][A-Za-z0-9_]*)[ \t]*:/gm)].map((match): BrokenPart => {
    const start = part.start + match.index + match[0].search(/\S/);
    const span = { start, end: start + (match[1]?.length ?? 0) };
    return { name: { text: match[1] ?? '', span }, span };
  });
  return [{ span: part }, ...names];
}
