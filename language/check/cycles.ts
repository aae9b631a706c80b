/**
 * Names that depend on themselves within one bar (E0501), and functions that call themselves (E0502). Found before
 * anything is elaborated, on the graph of names of one scope; the shortest cycle is told by name, and everything on a
 * cycle is broken without further words.
 *
 * What a state held before this tick is a vertex of its own, `prev s`: it depends on `starts` and `reset`, not on `then`.
 */
import type { Span } from '../syntax/tree.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { components } from './components.ts';
import { type Context, clockWords, fileOf, report } from './context.ts';
import { type Reference, referencesOf } from './references.ts';
import type { Entry, FeaturesEntry, FunctionEntry, ModelEntry, Scope, StateEntry, StreamEntry } from './scope.ts';
import { propertyExpressions } from './tree-walk.ts';

/** A name whose declaration could not be read: nothing comes from it, but others may wait for it. */
type BrokenEntry = Extract<Entry, { kind: 'broken' }>;

interface Vertex {
  readonly label: string;
  readonly span: Span;
  readonly owner: StreamEntry | StateEntry | FeaturesEntry | ModelEntry | FunctionEntry | BrokenEntry;
  readonly edges: Vertex[];
}

type Key = `value ${string}` | `prev ${string}` | `fn ${string}`;

interface Draft {
  readonly vertex: Vertex;
  readonly reads: readonly Key[];
}

/** Who reads whom, by name: for the next check of the file after an edit. */
export interface NameGraph {
  readonly reads: ReadonlyMap<Key, readonly Key[]>;
  /** Names of what is elaborated, each behind those that it reads. */
  readonly ordered: readonly string[];
  readonly hasCycles: boolean;
}

/** What is elaborated by its name. */
export type Elaborated = StreamEntry | StateEntry | FeaturesEntry | ModelEntry;

export interface Ordered {
  readonly ordered: readonly Elaborated[];
  readonly graph: NameGraph;
}

/**
 * Reports the cycles of a scope and gives its streams, states, blocks of features and models, each after those it depends
 * on: elaborated in that order, no chain of names is too long.
 */
export function reportCycles(cx: Context, scope: Scope): Ordered {
  return inOrder(cx, scope, draftsOf(scope));
}

/**
 * The same, with those that depend on a name of `changed`, or are it. `before`: of the earlier check, where the names still
 * stand for the same kinds of things, on the same clocks.
 */
export function reportCyclesSince(
  cx: Context,
  scope: Scope,
  changed: ReadonlySet<string>,
  before: NameGraph | undefined,
): Ordered & { readonly affected: ReadonlySet<Vertex['owner']> } {
  const found = before === undefined ? reportCycles(cx, scope) : inOrderSince(cx, scope, changed, before);
  return { ...found, affected: readersOf(scope, changed, found.graph) };
}

function inOrderSince(cx: Context, scope: Scope, changed: ReadonlySet<string>, before: NameGraph): Ordered {
  const fresh = new Map(
    [...changed].flatMap(name => [
      ...draftsOfValue(scope, name, scope.values.get(name)),
      ...draftsOfFunction(scope, name, scope.functions.get(name)),
    ]),
  );
  const isSame = [...fresh].every(([key, { reads }]) => sameKeys(reads, before.reads.get(key)));
  if (isSame && !before.hasCycles) return ordersAgain(scope, before);
  return inOrder(cx, scope, draftsOf(scope, { fresh, before }));
}

function sameKeys(a: readonly Key[], b: readonly Key[] | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((key, index) => key === b[index]);
}

function ordersAgain(scope: Scope, graph: NameGraph): Ordered {
  const ordered = graph.ordered.flatMap(name => {
    const entry = scope.values.get(name);
    return entry !== undefined && isElaborated(entry) ? [entry] : [];
  });
  return { ordered, graph };
}

/** Whatever depends on one of the names, and what they name. */
function readersOf(scope: Scope, changed: ReadonlySet<string>, { reads }: NameGraph): ReadonlySet<Vertex['owner']> {
  const readers = new Map<Key, Key[]>();
  for (const [key, read] of reads) {
    for (const other of read) {
      const known = readers.get(ownerOf(other));
      if (known) known.push(ownerOf(key));
      else readers.set(ownerOf(other), [ownerOf(key)]);
    }
  }
  const open: Key[] = [...changed].flatMap(name => [`value ${name}` as const, `fn ${name}` as const]);
  const seen = new Set<Key>();
  const affected = new Set<Vertex['owner']>();
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    const name = key.slice(key.indexOf(' ') + 1);
    const owner = key.startsWith('fn') ? scope.functions.get(name) : scope.values.get(name);
    if (owner) affected.add(owner as Vertex['owner']);
    open.push(...(readers.get(key) ?? []));
  }
  return affected;
}

/** What a state held before is the state's. */
function ownerOf(key: Key): Key {
  return key.startsWith('prev ') ? `value ${key.slice('prev '.length)}` : key;
}

function inOrder(cx: Context, scope: Scope, drafts: ReadonlyMap<Key, Draft>): Ordered {
  for (const { vertex, reads } of drafts.values()) {
    for (const key of reads) {
      const target = drafts.get(key);
      if (target) vertex.edges.push(target.vertex);
    }
  }
  const vertices = [...drafts.values()].map(({ vertex }) => vertex);
  const ordered = new Set<Elaborated>();
  const indexOf = new Map(vertices.map((vertex, index) => [vertex, index]));
  const edges = vertices.map(vertex => vertex.edges.flatMap(edge => indexOf.get(edge) ?? []));
  let hasCycles = false;
  for (const members of components(vertices.length, index => edges[index] ?? [])) {
    const component = members.flatMap(index => vertices[index] ?? []);
    const cycle = holdsCycle(component) ? shortestCycle(component) : undefined;
    if (cycle) {
      hasCycles = true;
      reportCycle(cx, scope, cycle);
    }
    for (const { owner } of component) {
      if (cycle) breakOwner(owner);
      else if (isElaborated(owner)) ordered.add(owner);
    }
  }
  const reads = new Map([...drafts].map(([key, draft]) => [key, draft.reads]));
  const all = whenNeeded(scope, [...ordered], reads);
  const names = all.map(({ declaration }) => declaration.name.text);
  return { ordered: all, graph: { reads, ordered: names, hasCycles } };
}

/** Blocks and models stand where they are first needed, so that it makes no difference where they are written. */
function whenNeeded(
  scope: Scope,
  ordered: readonly Elaborated[],
  reads: ReadonlyMap<Key, readonly Key[]>,
): readonly Elaborated[] {
  const open = new Set(ordered.filter(({ kind }) => kind === 'features' || kind === 'model'));
  if (open.size === 0) return ordered;
  const placed: Elaborated[] = [];
  const seen = new Set<Key>();
  const needs = (key: Key): void => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const read of reads.get(key) ?? []) {
      const name = read.slice(read.indexOf(' ') + 1);
      const entry = read.startsWith('value') ? scope.values.get(name) : undefined;
      const isOpen = entry !== undefined && isElaborated(entry) && open.has(entry);
      if (isOpen || read.startsWith('fn')) needs(read);
      if (isOpen && open.delete(entry)) placed.push(entry);
    }
  };
  for (const entry of ordered) {
    if (entry.kind === 'features' || entry.kind === 'model') continue;
    const { text } = entry.declaration.name;
    if (entry.kind === 'state') needs(`prev ${text}`);
    needs(`value ${text}`);
    placed.push(entry);
  }
  const rest = [...scope.values.values()].filter(entry => isElaborated(entry)).filter(entry => open.has(entry));
  const isBlock = ({ kind }: Elaborated) => kind === 'features';
  return [...placed, ...rest.filter(isBlock), ...rest.filter(entry => !isBlock(entry))];
}

function isElaborated(entry: Entry | Vertex['owner']): entry is Elaborated {
  return 'progress' in entry;
}

function breakOwner(owner: Vertex['owner']): void {
  if ('expansions' in owner) owner.broken = true;
  else if ('progress' in owner) owner.progress = 'done';
  if ('previous' in owner) owner.previous.progress = 'done';
}

// ---------------------------------------------------------------- the graph of names

/** `again`: what is known of the names that have not changed. */
function draftsOf(
  scope: Scope,
  again?: { readonly fresh: ReadonlyMap<Key, Draft>; readonly before: NameGraph },
): ReadonlyMap<Key, Draft> {
  const drafts = new Map<Key, Draft>();
  const known = (key: Key) => again?.before.reads.get(key);
  const add = (found: readonly (readonly [Key, Draft])[]) => {
    for (const [key, draft] of found) drafts.set(key, again?.fresh.get(key) ?? draft);
  };
  for (const [name, entry] of scope.values) add(draftsOfValue(scope, name, entry, known));
  for (const [name, entry] of scope.functions) add(draftsOfFunction(scope, name, entry, known));
  return drafts;
}

type Known = (key: Key) => readonly Key[] | undefined;
const NOTHING_KNOWN: Known = () => undefined;

function draftsOfFunction(
  scope: Scope,
  name: string,
  entry: FunctionEntry | undefined,
  known: Known = NOTHING_KNOWN,
): readonly (readonly [Key, Draft])[] {
  if (entry === undefined) return [];
  const key: Key = `fn ${name}`;
  const reads = known(key) ?? keysOf(scope, freeReferences(entry));
  return [[key, draft(`${name}()`, entry.declaration.name.span, entry, reads)]];
}

function draftsOfValue(
  scope: Scope,
  name: string,
  entry: Entry | undefined,
  known: Known = NOTHING_KNOWN,
): readonly (readonly [Key, Draft])[] {
  const key: Key = `value ${name}`;
  switch (entry?.kind) {
    case 'broken':
      return [[key, draft(name, entry.span, entry, [])]];
    case 'stream': {
      const { declaration } = entry;
      const reads = known(key) ?? keysOf(scope, referencesOf(declaration.value));
      return [[key, draft(name, declaration.name.span, entry, reads)]];
    }
    case 'state': {
      const { declaration } = entry;
      const { span } = declaration.name;
      const before: Key = `prev ${name}`;
      const begins = () => [
        ...referencesOf(declaration.starts),
        ...(declaration.reset ? referencesOf(declaration.reset) : []),
      ];
      const updates = () => [...keysOf(scope, referencesOf(declaration.then), entry), before];
      return [
        [before, draft(before, span, entry, known(before) ?? keysOf(scope, begins()))],
        [key, draft(name, span, entry, known(key) ?? [...new Set(updates())])],
      ];
    }
    case 'features': {
      const references = () =>
        entry.declaration.columns.flatMap((column): readonly Reference[] => {
          if (column.kind === 'column') return referencesOf(column.value);
          // Columns that are taken in again are those written beside them.
          const { text, span } = column.group;
          return text === name ? [] : [{ role: 'value', name: text, span }];
        });
      return [[key, draft(name, entry.span, entry, known(key) ?? keysOf(scope, references()))]];
    }
    case 'model':
      return [[key, draft(name, entry.span, entry, known(key) ?? keysOf(scope, referencesOfModel(entry)))]];
    default:
      return [];
  }
}

/** What a model learns says what its answer is, so a label that asked the model itself would turn round as well. */
function referencesOfModel({ declaration }: ModelEntry): readonly Reference[] {
  const { learn, from, when, properties } = declaration;
  const named = [from, ...(learn ? [learn] : [])].map(
    ({ text, span }) => ({ role: 'value', name: text, span }) as const,
  );
  const read = [...(when ? [when] : []), ...propertyExpressions(properties)].flatMap(referencesOf);
  return [...named, ...read];
}

function draft(label: string, span: Span, owner: Vertex['owner'], reads: readonly Key[]): Draft {
  return { vertex: { label, span, owner, edges: [] }, reads };
}

/** Each once. `updating`: of the `then` of a state. */
function keysOf(scope: Scope, references: Iterable<Reference>, updating?: StateEntry): readonly Key[] {
  const keys = new Set<Key>();
  for (const reference of references) keys.add(keyOf(scope, reference, updating));
  return [...keys];
}

/** `prev t` inside the `then` of a state of the same scope and clock reads the slot; everywhere else it needs t. */
function keyOf(scope: Scope, { role, name }: Reference, updating: StateEntry | undefined): Key {
  if (role === 'call') return `fn ${name}`;
  const target = scope.values.get(name);
  const readsSlot =
    role === 'prev' && updating && target?.kind === 'state' && target.place.clock === updating.place.clock;
  return readsSlot ? `prev ${name}` : `value ${name}`;
}

function* freeReferences({ declaration }: FunctionEntry): Generator<Reference> {
  const bound = new Set(declaration.parameters.map(parameter => parameter.name.text));
  const { body } = declaration;
  const expressions =
    body.kind === 'expression'
      ? [body.value]
      : body.declarations.flatMap(local =>
          local.kind === 'let' ? [local.value] : [local.starts, local.then, ...(local.reset ? [local.reset] : [])],
        );
  if (body.kind === 'block') for (const local of body.declarations) bound.add(local.name.text);
  for (const expression of expressions)
    for (const reference of referencesOf(expression))
      if (reference.role === 'call' || !bound.has(reference.name)) yield reference;
}

// ---------------------------------------------------------------- cycles

function holdsCycle(component: readonly Vertex[]): boolean {
  return component.length > 1 || component.some(vertex => vertex.edges.includes(vertex));
}

/** The shortest way from a vertex back to itself, over all vertices; the first in the file among equals. */
function shortestCycle(component: readonly Vertex[]): readonly Vertex[] | undefined {
  const members = new Set(component);
  let best: readonly Vertex[] | undefined;
  for (const start of component.toSorted((a, b) => a.span.start - b.span.start)) {
    const cycle = cycleFrom(start, members);
    if (cycle && (!best || cycle.length < best.length)) best = cycle;
  }
  return best;
}

function cycleFrom(start: Vertex, members: ReadonlySet<Vertex>): readonly Vertex[] | undefined {
  const cameFrom = new Map<Vertex, Vertex | undefined>([[start, undefined]]);
  const queue: Vertex[] = [start];
  for (const vertex of queue) {
    for (const next of vertex.edges) {
      if (next === start) {
        const path: Vertex[] = [];
        for (let at: Vertex | undefined = vertex; at; at = cameFrom.get(at)) path.unshift(at);
        return path;
      }
      if (!members.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, vertex);
      queue.push(next);
    }
  }
  return undefined;
}

function reportCycle(cx: Context, scope: Scope, cycle: readonly Vertex[]): void {
  const [first, ...others] = cycle;
  if (!first) return;
  const onlyFunctions = cycle.every(({ owner }) => 'expansions' in owner);
  const clocks = new Set(cycle.flatMap(({ owner }) => ('place' in owner ? [owner.place.clock] : [])));
  const builds = cycle.length === 1 && 'kind' in first.owner && first.owner.kind === 'stream';
  report(cx, scope.file, {
    code: onlyFunctions ? EXPRESSION_CODE.recursion : EXPRESSION_CODE.cycle,
    span: first.span,
    facts: {
      path: [...cycle, first].map(({ label }) => label).join(' → '),
      name: first.label,
      // A `let` that reads itself mostly wants to build on its own past, which is what a state does.
      builds,
      // A state that reads itself mostly means what it held before.
      held: cycle.length === 1 && 'kind' in first.owner && first.owner.kind === 'state' ? first.label : undefined,
      clocks: clocks.size > 1 ? [...clocks].map(clock => clockWords(cx, clock)).join(' and ') : undefined,
    },
    related: others.map(({ span, label }) => ({ file: fileOf(cx, scope.file), span, message: `through \`${label}\`` })),
  });
}
