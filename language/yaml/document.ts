/**
 * YAML text → nodes with their places, its comments, and the problems of its form. Never throws.
 *
 * A strategy file is plain data: anchors, aliases, tags, merge keys and several documents are refused. Where the text
 * is not well-formed YAML, each section (a key in the first column with what belongs to it) is read on its own, so that
 * a mistake costs one section.
 */
import {
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';
import type { Problem } from '../syntax/problem.ts';
import type { ScannedComment } from '../syntax/scan.ts';
import { syntaxProblem } from '../syntax/syntax-codes.ts';
import type { SourceFile, Span } from '../syntax/tree.ts';
import { scalarOffsets } from './scalar-map.ts';
import { yamlProblem } from './yaml-errors.ts';

export type YamlNode = YamlScalar | YamlList | YamlMap;

export interface YamlScalar {
  readonly kind: 'scalar';
  /** With its quotes; of an empty value, the place where it would stand. */
  readonly span: Span;
  readonly value: string;
  /** `key:` without a value, or YAML's words for nothing: `~`, `null`. */
  readonly isEmpty: boolean;
  /** From an offset in `value` to the offset in the file. */
  readonly place: (offset: number) => number;
}
export interface YamlList {
  readonly kind: 'list';
  readonly span: Span;
  readonly items: readonly YamlNode[];
}
export interface YamlMap {
  readonly kind: 'map';
  readonly span: Span;
  readonly entries: readonly YamlEntry[];
}
export interface YamlEntry {
  readonly key: YamlScalar;
  readonly value: YamlNode;
}

export interface YamlDocument {
  /** Absent when the file is empty or nothing of it can be read. */
  readonly root?: YamlNode;
  readonly comments: readonly ScannedComment[];
  readonly problems: readonly Problem[];
  /** The sections that are not well-formed. */
  readonly broken: readonly Span[];
}

export function readDocument(source: SourceFile): YamlDocument {
  const whole = readPart(source, 0, source.text.length);
  if (whole.error === undefined) return finish(source, [whole], []);
  const sections = splitSections(source.text);
  const parts = sections.map(({ start, end }) => readPart(source, start, end));
  const failed = parts.filter(part => part.error !== undefined);
  const isUnhelpful = failed.length === 0 || sections.length < 2;
  const errors = (isUnhelpful ? [whole] : failed).flatMap(({ error }) => error ?? []);
  const broken = isUnhelpful
    ? [{ start: 0, end: source.text.length }]
    : sections.filter((_, index) => parts[index]?.error !== undefined);
  return finish(source, isUnhelpful ? [] : parts.filter(part => part.error === undefined), errors, broken);
}

interface Part {
  readonly nodes: readonly YamlNode[];
  readonly problems: readonly Problem[];
  readonly scalars: readonly Span[];
  readonly error?: Problem;
}

function finish(
  source: SourceFile,
  parts: readonly Part[],
  errors: readonly Problem[],
  broken: readonly Span[] = [],
): YamlDocument {
  const roots = parts.flatMap(part => part.nodes);
  const maps = roots.filter(node => node.kind === 'map');
  const [first] = maps;
  const merged: YamlNode | undefined =
    maps.length > 1 && maps.length === roots.length && first !== undefined
      ? {
          kind: 'map',
          span: { start: first.span.start, end: maps.at(-1)?.span.end ?? 0 },
          entries: maps.flatMap(map => map.entries),
        }
      : roots[0];
  const problems = [...errors, ...parts.flatMap(part => part.problems)];
  const duplicates = merged?.kind === 'map' ? duplicateKeys(source, merged) : [];
  return {
    ...(merged !== undefined && { root: merged }),
    comments: commentsOf(
      source.text,
      parts.flatMap(part => part.scalars),
      broken,
    ),
    problems: [...problems, ...duplicates],
    broken,
  };
}

/** Ranges that begin with a key in the first column. What stands before the first one belongs to it. */
function splitSections(text: string): Span[] {
  const starts = [...text.matchAll(/^[^\s#\-}\]][^\n]*/gm)].map(match => match.index);
  starts[0] = 0;
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? text.length }));
}

// ---------------------------------------------------------------- events → nodes

function readPart(source: SourceFile, start: number, end: number): Part {
  const text = source.text.slice(start, end);
  let events: readonly Event[];
  try {
    events = parseEvents(text, {});
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return { nodes: [], problems: [], scalars: [], error: yamlProblem(source, start, text, error) };
  }
  const builder = new NodeBuilder(source, text, start, events);
  return { nodes: builder.documents(), problems: builder.problems, scalars: builder.scalars };
}

class NodeBuilder {
  readonly problems: Problem[] = [];
  readonly scalars: Span[] = [];
  private readonly source: SourceFile;
  private readonly text: string;
  private readonly base: number;
  private readonly events: readonly Event[];
  private at = 0;
  private lastEnd = 0;

  constructor(source: SourceFile, text: string, base: number, events: readonly Event[]) {
    this.source = source;
    this.text = text;
    this.base = base;
    this.events = events;
    this.lastEnd = base;
  }

  documents(): YamlNode[] {
    const nodes: YamlNode[] = [];
    let documents = 0;
    for (let event = this.next(); event !== undefined; event = this.next()) {
      if (event.type !== EVENT_ID.DOCUMENT) continue;
      if (event.directives.length > 0) this.refuse('a directive', { start: this.base, end: this.base + 1 });
      documents++;
      const node = this.node();
      if (documents === 2) this.refuse('a second document', node?.span ?? { start: this.lastEnd, end: this.lastEnd });
      if (documents === 1 && node !== undefined) nodes.push(node);
    }
    return nodes;
  }

  private next(): Event | undefined {
    return this.events[this.at++];
  }

  private refuse(feature: string, span: Span): void {
    this.problems.push(syntaxProblem('E0125', this.source, span, { feature }));
  }

  /** The next node, or none where the document or collection ends. */
  private node(): YamlNode | undefined {
    const event = this.next();
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        this.refuseProperties(event);
        return this.scalar(event);
      case EVENT_ID.SEQUENCE: {
        this.refuseProperties(event);
        const start = this.base + event.start;
        this.lastEnd = start;
        const items: YamlNode[] = [];
        for (let item = this.node(); item !== undefined; item = this.node()) items.push(item);
        return { kind: 'list', span: { start, end: this.close(event.style, ']') }, items };
      }
      case EVENT_ID.MAPPING: {
        this.refuseProperties(event);
        return this.mapping(this.base + event.start, event.style);
      }
      case EVENT_ID.ALIAS: {
        const span = { start: this.base + event.anchorStart - 1, end: this.base + event.anchorEnd };
        this.refuse('an alias', span);
        this.lastEnd = span.end;
        return emptyScalar(span);
      }
      default:
        return undefined;
    }
  }

  private mapping(start: number, style: number): YamlMap {
    this.lastEnd = start;
    const entries: YamlEntry[] = [];
    for (let key = this.node(); key !== undefined; key = this.node()) {
      const value = this.node();
      if (value === undefined) break;
      if (key.kind !== 'scalar') {
        const found = key.kind === 'map' ? 'a mapping' : 'a list';
        this.problems.push(
          syntaxProblem('E0123', this.source, key.span, { place: 'a key', expected: 'a word', found }),
        );
        continue;
      }
      if (key.value === '<<') this.refuse('a merge key', key.span);
      else entries.push({ key, value });
    }
    return { kind: 'map', span: { start, end: this.close(style, '}') }, entries };
  }

  /** Where a collection ends: behind its bracket in flow style, else where its last node ends. */
  private close(style: number, bracket: string): number {
    if (style !== COLLECTION_STYLE.FLOW) return this.lastEnd;
    const found = this.source.text.indexOf(bracket, this.lastEnd);
    if (found !== -1) this.lastEnd = found + 1;
    return this.lastEnd;
  }

  private refuseProperties(event: { anchorStart: number; anchorEnd: number; tagStart: number; tagEnd: number }): void {
    const { base } = this;
    if (event.anchorStart !== -1)
      this.refuse('an anchor', { start: base + event.anchorStart - 1, end: base + event.anchorEnd });
    if (event.tagStart !== -1) this.refuse('a tag', { start: base + event.tagStart, end: base + event.tagEnd });
  }

  private scalar(event: Extract<Event, { type: typeof EVENT_ID.SCALAR }>): YamlScalar {
    if (event.valueStart === -1) {
      const end = this.afterColon();
      return emptyScalar({ start: end, end });
    }
    const { base } = this;
    const decoded = getScalarValue(this.text, event);
    const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    const margin = isQuoted ? 1 : 0;
    const span = { start: base + event.valueStart - margin, end: base + event.valueEnd + margin };
    this.lastEnd = span.end;
    this.scalars.push(span);
    const isEmpty = event.style === SCALAR_STYLE.PLAIN && /^(?:~|null|Null|NULL)$/.test(decoded);
    const value = isEmpty ? '' : decoded;
    if (event.fast && decoded.length === event.valueEnd - event.valueStart) {
      return { kind: 'scalar', span, value, isEmpty, place: offset => base + event.valueStart + offset };
    }
    let offsets: readonly number[] | undefined;
    const place = (offset: number) => {
      offsets ??= scalarOffsets({ ...event, source: this.text }, value);
      return base + (offsets[Math.min(offset, offsets.length - 1)] ?? event.valueStart);
    };
    return { kind: 'scalar', span, value, isEmpty, place };
  }

  /** The place of a value that is missing: behind the colon of its key. */
  private afterColon(): number {
    const colon = /^[ \t]*:/.exec(this.source.text.slice(this.lastEnd, this.lastEnd + 200));
    return this.lastEnd + (colon?.[0].length ?? 0);
  }
}

function emptyScalar(span: Span): YamlScalar {
  return { kind: 'scalar', span, value: '', isEmpty: true, place: () => span.start };
}

// ---------------------------------------------------------------- problems of form

function duplicateKeys(source: SourceFile, node: YamlNode): Problem[] {
  if (node.kind === 'scalar') return [];
  if (node.kind === 'list') return node.items.flatMap(item => duplicateKeys(source, item));
  const seen = new Map<string, YamlScalar>();
  const problems: Problem[] = [];
  for (const { key, value } of node.entries) {
    const first = seen.get(key.value);
    if (first === undefined) seen.set(key.value, key);
    else {
      const related = [{ file: source, span: first.span, message: 'the first one' }];
      problems.push(syntaxProblem('E0122', source, key.span, { key: key.value }, { related }));
    }
    problems.push(...duplicateKeys(source, value));
  }
  return problems;
}

// ---------------------------------------------------------------- comments

/** `#` at the beginning of a line or behind white space, outside of all scalars and of what is not well-formed. */
function commentsOf(text: string, scalars: readonly Span[], broken: readonly Span[]): ScannedComment[] {
  const ordered = [...scalars, ...broken].toSorted((a, b) => a.start - b.start);
  const found: Span[] = [];
  let from = 0;
  for (const { start, end } of [...ordered, { start: text.length, end: text.length }]) {
    for (const match of text.slice(from, Math.max(from, start)).matchAll(/(?<=^|[\s{}[\],])#[^\n\r]*/gm)) {
      found.push({ start: from + match.index, end: from + match.index + match[0].length });
    }
    from = Math.max(from, end);
  }
  return found.map(({ start, end }) => {
    const body = text.slice(start, end).replace(/^# ?/, '').trimEnd();
    const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
    // The dash of a list is no node: a comment behind it stands before its item.
    const sameLine = !/^(?:\s|-(?=\s))*$/.test(before);
    const previousEnd = sameLine ? start - (/\s*$/.exec(before)?.[0].length ?? 0) : -1;
    return { start, end, text: body, previousEnd, sameLine, nextStart: nextNode(text, end) };
  });
}

/** The start of the next node behind an offset: over white space, comments and the dashes of lists. */
function nextNode(text: string, offset: number): number {
  const gap = /^(?:\s+|#[^\n\r]*|-(?=\s))*/.exec(text.slice(offset));
  return offset + (gap?.[0].length ?? 0);
}
