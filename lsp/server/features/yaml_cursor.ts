/**
 * Where the caret stands in the YAML form: the keys that lead there, and whether a key or a value is being written. Read
 * from the lines above by their indentation, since a file that is being written is seldom well-formed YAML.
 */
import { type Beginning, type CursorAt, cursorIn } from '../../../language/query/cursor.ts';
import {
  CAPS,
  DURATIONS,
  type Key,
  KIND_WORDS,
  keysOf,
  SIDES,
  TRAINERS,
  TRAINING_METHODS,
  VENUES,
  type Wants,
} from '../../../language/query/vocabulary.ts';
import type { Span } from '../../../language/syntax/tree.ts';

export interface YamlKey {
  readonly name: string;
  readonly doc?: string;
  readonly insert: string;
  readonly isValue?: boolean;
}

export interface YamlPlace {
  /** Keys from the root; `-` for an item of a list. */
  readonly path: readonly string[];
  /** Keys that stand beside the caret's own. */
  readonly beside: ReadonlyMap<string, string>;
  readonly at: 'key' | 'value';
  /** What has been written of the key or value, up to the caret. */
  readonly typed: Span;
}

interface Level {
  readonly indent: number;
  readonly key: string;
}

const KEY = /^(\s*)((?:- +)*)("?[A-Za-z_][\w]*"?)\s*:(?:\s+(.*))?$/;

export function yamlPlaceAt(text: string, offset: number): YamlPlace | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const typedLine = text.slice(lineStart, offset);
  if (/(?:^|\s)#/.test(typedLine.replace(/"[^"]*"/g, ''))) return undefined;
  const flow = flowAt(text, offset);
  const anchor = flow?.start ?? lineStart;
  const levels = levelsBefore(text, flow === undefined ? lineStart : text.lastIndexOf('\n', anchor - 1) + 1);
  const line = flow === undefined ? typedLine : text.slice(text.lastIndexOf('\n', anchor - 1) + 1, anchor);
  const indent = /^\s*/.exec(line)?.[0].length ?? 0;
  let path = levels
    .filter(level => level.indent < indent || (level.key === '-' && level.indent < indent))
    .map(({ key }) => key);
  const dashes = /^\s*((?:- +|-$)*)/.exec(line)?.[1] ?? '';
  if (dashes !== '') {
    const at = line.indexOf('-');
    path = levels
      .filter(level => level.indent < at || (level.indent === at && level.key !== '-'))
      .map(({ key }) => key);
    path.push('-');
  }
  if (flow !== undefined) {
    const head = KEY.exec(line.replace(/[{[]\s*$/, ''));
    if (head?.[3] !== undefined) path.push(head[3].replaceAll('"', ''));
    return { path: [...path, ...flow.path], beside: flow.beside, at: flow.at, typed: flow.typed };
  }
  const content = line.slice(indent + dashes.length);
  const start = offset - content.length;
  const keyed = /^("?[A-Za-z_]\w*"?)\s*:(?:(\s+)(.*))?$/.exec(content);
  const beside = besideOf(text, lineStart, indent + dashes.length);
  if (keyed === null) {
    const isBlock = path.length > 0 && path.at(-1) === '-' && isExpressionList(path);
    return { path, beside, at: isBlock ? 'value' : 'key', typed: { start, end: offset } };
  }
  const [, key = '', gap, value = ''] = keyed;
  if (gap === undefined) return undefined;
  return {
    path: [...path, key.replaceAll('"', '')],
    beside,
    at: 'value',
    typed: { start: offset - value.length, end: offset },
  };
}

function isExpressionList(path: readonly string[]): boolean {
  return path[0] === 'require' || path.at(-2) === 'expect' || path.at(-2) === 'series';
}

/** The keys that are open before a line, outermost first. */
function levelsBefore(text: string, end: number): readonly Level[] {
  const levels: Level[] = [];
  for (const line of text.slice(0, end).split(/\r?\n/)) {
    const found = KEY.exec(line);
    if (found === null) continue;
    const [, blanks = '', dashes = '', key = ''] = found;
    const pop = (indent: number) => {
      while (levels.length > 0 && (levels.at(-1)?.indent ?? -1) >= indent) levels.pop();
    };
    if (dashes !== '') {
      pop(blanks.length + 1);
      while (levels.at(-1)?.indent === blanks.length && levels.at(-1)?.key === '-') levels.pop();
      levels.push({ indent: blanks.length, key: '-' });
    } else pop(blanks.length);
    if (dashes !== '') levels.push({ indent: blanks.length + dashes.length, key: key.replaceAll('"', '') });
    else levels.push({ indent: blanks.length, key: key.replaceAll('"', '') });
  }
  return levels;
}

/** Keys with their values on the lines around, at the same indentation. */
function besideOf(text: string, lineStart: number, indent: number): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const note = (line: string): boolean => {
    if (line.trim() === '') return true;
    const match = KEY.exec(line);
    const own = (match?.[1]?.length ?? 0) + (match?.[2]?.length ?? 0);
    if (match?.[3] !== undefined && own === indent) found.set(match[3].replaceAll('"', ''), match[4] ?? '');
    const isFirst = (match?.[2] ?? '') !== '' && own <= indent;
    return !isFirst && (/^\s*/.exec(line)?.[0].length ?? 0) >= indent;
  };
  for (const line of text
    .slice(0, Math.max(0, lineStart - 1))
    .split(/\r?\n/)
    .reverse())
    if (!note(line)) break;
  const after = text.indexOf('\n', lineStart);
  if (after >= 0) {
    for (const line of text.slice(after + 1).split(/\r?\n/)) {
      if (/^\s*- /.test(line) || !note(line)) break;
    }
  }
  return found;
}

interface Flow {
  readonly start: number;
  readonly path: readonly string[];
  readonly beside: ReadonlyMap<string, string>;
  readonly at: 'key' | 'value';
  readonly typed: Span;
}

/** The caret inside `{ … }` or `[ … ]` of one line or several. */
function flowAt(text: string, offset: number): Flow | undefined {
  const from = Math.max(0, text.lastIndexOf('\n\n', offset - 1));
  const opens: { at: number; parts: { start: number; key?: string }[]; isMap: boolean }[] = [];
  let quote: string | undefined;
  for (let at = from; at < offset; at++) {
    const sign = text[at] ?? '';
    if (quote !== undefined) {
      if (sign === quote) quote = undefined;
      continue;
    }
    if ((sign === '"' || sign === "'") && /[\s,[{:]/.test(text[at - 1] ?? ' ')) quote = sign;
    else if (
      (sign === '{' || sign === '[') &&
      (opens.length > 0 || /[:-]\s*$/.test(text.slice(text.lastIndexOf('\n', at) + 1, at)))
    ) {
      opens.push({ at, parts: [{ start: at + 1 }], isMap: sign === '{' });
    } else if (sign === '}' || sign === ']') opens.pop();
    else if (sign === ',') opens.at(-1)?.parts.push({ start: at + 1 });
    else if (sign === ':' && /\s|$/.test(text[at + 1] ?? ' ')) {
      const part = opens.at(-1)?.parts.at(-1);
      if (part !== undefined && part.key === undefined && opens.at(-1)?.isMap === true) {
        part.key = text.slice(part.start, at).trim().replaceAll('"', '');
        part.start = at + 1;
      }
    }
  }
  const inner = opens.at(-1);
  const outer = opens[0];
  if (inner === undefined || outer === undefined) return undefined;
  const path = opens.flatMap(({ parts, isMap }, index) => {
    const { key } = parts.at(-1) ?? {};
    if (!isMap) return index === opens.length - 1 ? ['-'] : ['-'];
    return key === undefined ? [] : [key];
  });
  const last = inner.parts.at(-1) ?? { start: offset };
  const typed = text.slice(last.start, offset);
  const start = offset - typed.trimStart().length;
  // A brace that is still open ends with its line: what comes below is somebody else's.
  const end =
    [text.indexOf('}', offset), text.indexOf('\n', offset)].filter(at => at >= 0).sort((a, b) => a - b)[0] ?? -1;
  const rest = text.slice(inner.at + 1, end < 0 ? offset : end);
  const beside = new Map(
    [...rest.matchAll(/(?:^|,)\s*"?([A-Za-z_]\w*)"?\s*:\s*([^,]*)/g)].map(([, key = '', value = '']) => [
      key,
      value.trim(),
    ]),
  );
  const isValue = last.key !== undefined || !inner.isMap;
  return { start: outer.at, path, beside, at: isValue ? 'value' : 'key', typed: { start, end: offset } };
}

// ---------------------------------------------------------------- what fits there

/** What may be written at the caret: keys by the schema, or the cursor of the language inside a scalar. */
export function yamlCursor(
  text: string,
  offset: number,
  schema: unknown,
): CursorAt | { readonly keys: readonly YamlKey[]; readonly prefix: Span } | undefined {
  const place = yamlPlaceAt(text, offset);
  if (place === undefined) return undefined;
  const { path, typed } = place;
  if (place.at === 'key') return { keys: keysAt(place, schema), prefix: wordBefore(text, typed) };
  const fixed = valuesAt(place);
  if (fixed !== undefined) return { keys: fixed, prefix: typed };
  const key = keyOf(place);
  const beginning =
    beginningAt(path) ?? (key && { statement: 'when', block: 'file' as const, wants: key.wants ?? 'any' });
  if (beginning === undefined) return undefined;
  const raw = text.slice(typed.start, typed.end);
  const quote = /^["']/.test(raw) ? 1 : 0;
  const found = cursorIn(raw.slice(quote), typed.start + quote, beginning);
  if (key !== undefined && found.cursor.kind === 'expression' && raw.slice(quote).trim().match(/^\w*$/) && key.words) {
    return { cursor: { kind: 'value', key, expression: found.cursor }, prefix: found.prefix };
  }
  return found;
}

function wordBefore(text: string, { start, end }: Span): Span {
  const word = /\w*$/.exec(text.slice(start, end))?.[0] ?? '';
  return { start: end - word.length, end };
}

/** The key of a property block that the caret is the value of. */
function keyOf({ path, beside }: YamlPlace): Key | undefined {
  const name = path.at(-1);
  return blockKeys(path.slice(0, -1), beside).find(key => key.name === name);
}

function blockKeys(path: readonly string[], beside: ReadonlyMap<string, string>): readonly Key[] {
  const [section] = path;
  if (section === 'rules') {
    const verb = ['enter', 'add', 'exit', 'while'].find(one => beside.has(one));
    return verb === undefined ? [] : keysOf(verb);
  }
  if (section === 'execution' || section === 'account' || section === 'instrument')
    return path.length === 1 ? keysOf(section) : [];
  if (section === 'instruments' || section === 'universes' || section === 'inputs')
    return path.length === 2 ? keysOf(section.slice(0, -1)) : [];
  if (section === 'rebalance') return keysOf('rebalance');
  if (section === 'models') return path.length === 2 ? keysOf('model', beside.get('type')) : [];
  if (section === 'train')
    return path.length === 3
      ? keysOf('train', path[2])
      : path.length === 4
        ? (keysOf('train', path[2]).find(({ name }) => name === path[3])?.block ?? [])
        : [];
  return [];
}

function keysAt({ path, beside }: YamlPlace, schema: unknown): readonly YamlKey[] {
  if (path[0] === 'train' && path.length === 2)
    return TRAINING_METHODS.map(({ name, doc }) => ({ name, doc, insert: `${name}:` }));
  const ours = blockKeys(path, beside).map(({ name, doc }) => ({ name, doc, insert: `${name}: ` }));
  const theirs = schemaKeys(schema, path).map(({ name, doc }) => ({
    name,
    insert: path.length === 0 && !FLAT.has(name) ? `${name}:\n  ` : `${name}: `,
    ...(doc !== undefined && { doc }),
  }));
  const seen = new Set<string>();
  const isRule = path[0] === 'rules' && beside.has('when');
  return [...theirs, ...ours].filter(
    ({ name }) =>
      !(isRule && STANDING.has(name)) &&
      !beside.has(name) &&
      name !== 'properties' &&
      !seen.has(name) &&
      seen.add(name),
  );
}
/** Keys of a standing order, which a rule has not. */
const STANDING: ReadonlySet<string> = new Set(['while', 'keep', 'then', 'for']);
const FLAT: ReadonlySet<string> = new Set(['strategy', 'every', 'instrument', 'execution', 'account']);

function valuesAt({ path }: YamlPlace): readonly YamlKey[] | undefined {
  const value = (name: string, doc = ''): YamlKey => ({
    name,
    insert: name,
    isValue: true,
    ...(doc !== '' && { doc }),
  });
  const last = path.at(-1);
  const [section] = path;
  if (section === 'rules' && (last === 'enter' || last === 'add' || last === 'exit')) {
    return [
      ...(last === 'enter' ? [] : [value('any', 'Either side.')]),
      ...SIDES.map(({ name, doc }) => value(name, doc)),
    ];
  }
  if ((section === 'every' && path.length === 1) || section === 'clocks' || (last === 'every' && section !== 'train')) {
    return DURATIONS.map(length => value(length));
  }
  if (last === 'venue') return VENUES.map(venue => value(venue));
  if (section === 'risk' && last === 'cap') return CAPS.map(({ name, doc }) => value(name, doc));
  if (section === 'models' && last === 'type') return TRAINERS.map(({ name, doc }) => value(name, doc));
  if (section === 'params' && last === 'type') return KIND_WORDS.map(({ name, doc }) => value(name, doc));
  if (section === 'functions' && (path[2] === 'takes' || last === 'gives'))
    return KIND_WORDS.map(({ name, doc }) => value(name, doc));
  return undefined;
}

/** What a scalar holds, by the keys that lead to it: the statement that it would be in the other form. */
export function beginningAt(path: readonly string[]): Beginning | undefined {
  const [section, , third] = path;
  const expression = (statement: string, wants: Wants = 'any', block: Beginning['block'] = 'file'): Beginning => ({
    statement,
    block,
    wants,
  });
  switch (section) {
    case 'let':
      return expression('let');
    case 'signals':
      return expression('signal', 'bool');
    case 'labels':
      return expression('label');
    case 'states':
      return expression('state', third === 'reset' ? 'bool' : 'any');
    case 'require':
      return expression('require', 'bool');
    case 'params':
      return path.length === 2 || third === 'default' || third === 'in' || third === 'step'
        ? expression('param', 'params')
        : undefined;
    case 'rules': {
      const last = path.at(-1);
      if (last === 'when' || last === 'while') return expression('when', 'bool');
      return last === 'reduce' ? expression('when', 'ratio') : undefined;
    }
    case 'risk':
      return path.at(-1) === 'at'
        ? expression('cap', 'ratio')
        : path.at(-1) === 'when'
          ? expression('pause', 'bool')
          : path.at(-1) === 'pause'
            ? expression('pause', 'bars')
            : undefined;
    case 'features':
      return path.includes('columns') ? expression('column') : undefined;
    case 'plots':
      return expression('plot');
    case 'rebalance':
      return path.includes('to')
        ? expression('rebalance', 'num')
        : path.at(-1) === 'when'
          ? expression('rebalance', 'bool')
          : undefined;
    case 'at': {
      const kind = path.find(key => key === 'let' || key === 'signals' || key === 'states');
      return kind === undefined
        ? undefined
        : expression(
            kind === 'signals' ? 'signal' : kind === 'states' ? 'state' : 'let',
            kind === 'signals' ? 'bool' : 'any',
            'at',
          );
    }
    case 'functions':
      return path.includes('is') || path.includes('let') || path.includes('states') ? expression('fn') : undefined;
    case 'tests':
      return expression('expect');
    default:
      return undefined;
  }
}

// ---------------------------------------------------------------- schema

type Schema = Readonly<Record<string, unknown>>;

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The keys that the schema knows at a path, with what it says of them. */
export function schemaKeys(
  schema: unknown,
  path: readonly string[],
): readonly { readonly name: string; readonly doc?: string }[] {
  if (!isSchema(schema)) return [];
  const found = new Map<string, string | undefined>();
  for (const part of schemasAt(schema, path)) {
    if (!isSchema(part.properties)) continue;
    for (const [name, inner] of Object.entries(part.properties)) {
      const doc = isSchema(inner) && typeof inner.description === 'string' ? inner.description : undefined;
      if (!found.has(name)) found.set(name, doc);
    }
  }
  return [...found].map(([name, doc]) => ({ name, ...(doc !== undefined && { doc }) }));
}

export function schemaDoc(schema: unknown, path: readonly string[]): string | undefined {
  const parent = schemaKeys(schema, path.slice(0, -1));
  return parent.find(({ name }) => name === path.at(-1))?.doc;
}

function schemasAt(root: Schema, path: readonly string[]): readonly Schema[] {
  let at = variants(root, root);
  for (const key of path) {
    at = at.flatMap(schema => {
      if (key === '-') return isSchema(schema.items) ? variants(root, schema.items) : [];
      const own = isSchema(schema.properties) ? schema.properties[key] : undefined;
      if (isSchema(own)) return variants(root, own);
      return isSchema(schema.additionalProperties) ? variants(root, schema.additionalProperties) : [];
    });
  }
  return at;
}

/** A schema with all that it refers to or allows instead. */
function variants(root: Schema, schema: Schema, depth = 0): readonly Schema[] {
  if (depth > 8) return [];
  const inner: Schema[] = [];
  if (typeof schema.$ref === 'string') {
    const target = isSchema(root.$defs) ? root.$defs[schema.$ref.replace('#/$defs/', '')] : undefined;
    if (isSchema(target)) inner.push(target);
  }
  for (const list of [schema.anyOf, schema.oneOf, schema.allOf])
    if (Array.isArray(list)) inner.push(...list.filter(isSchema));
  for (const one of [schema.then, schema.else]) if (isSchema(one)) inner.push(one);
  return [schema, ...inner.flatMap(one => variants(root, one, depth + 1))];
}

/** What the schema says of the key at an offset. */
export function yamlKeyDoc(
  text: string,
  offset: number,
  schema: unknown,
): { readonly span: Span; readonly doc: string } | undefined {
  let start = offset;
  let end = offset;
  while (/\w/.test(text.charAt(start - 1))) start--;
  while (/\w/.test(text.charAt(end))) end++;
  if (start === end || !/^\s*:(?:\s|$)/.test(text.slice(end, end + 20))) return undefined;
  const colon = text.indexOf(':', end);
  const place = yamlPlaceAt(`${text.slice(0, colon)}: `, colon + 2);
  const doc = place && schemaDoc(schema, place.path);
  return doc === undefined ? undefined : { span: { start, end }, doc };
}
