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
  readonly edges: readonly Vertex[];
}

type Key = `value ${string}` | `prev ${string}` | `fn ${string}`;

interface Draft {
  readonly vertex: Vertex & { edges: Vertex[] };
  readonly references: readonly (readonly [Reference, StateEntry | undefined])[];
  readonly also: readonly Key[];
}

/**
 * Reports the cycles of a scope and gives its streams and states, each after those it depends on: elaborated in that
 * order, no chain of names is too long.
 */
export function reportCycles(cx: Context, scope: Scope): readonly (StreamEntry | StateEntry)[] {
  return inOrder(cx, scope, graphOf(scope));
}

/** The same, with those that depend on a name of `changed`, or are it. */
export function reportCyclesSince(
  cx: Context,
  scope: Scope,
  changed: ReadonlySet<string>,
): { readonly ordered: readonly (StreamEntry | StateEntry)[]; readonly affected: ReadonlySet<Vertex['owner']> } {
  const vertices = graphOf(scope);
  const ordered = inOrder(cx, scope, vertices);
  const readers = new Map<Vertex['owner'], Set<Vertex['owner']>>();
  for (const { owner, edges } of vertices) {
    for (const edge of edges) {
      const known = readers.get(edge.owner) ?? new Set();
      readers.set(edge.owner, known.add(owner));
    }
  }
  const open = [...changed].flatMap(name => [scope.values.get(name), scope.functions.get(name)]);
  const affected = new Set<Vertex['owner']>();
  for (let at = open.pop(); open.length > 0 || at !== undefined; at = open.pop()) {
    if (at === undefined || affected.has(at as Vertex['owner'])) continue;
    affected.add(at as Vertex['owner']);
    open.push(...(readers.get(at as Vertex['owner']) ?? []));
  }
  return { ordered, affected };
}

function inOrder(cx: Context, scope: Scope, vertices: readonly Vertex[]): readonly (StreamEntry | StateEntry)[] {
  const ordered = new Set<StreamEntry | StateEntry>();
  const indexOf = new Map(vertices.map((vertex, index) => [vertex, index]));
  const edges = vertices.map(vertex => vertex.edges.flatMap(edge => indexOf.get(edge) ?? []));
  for (const members of components(vertices.length, index => edges[index] ?? [])) {
    const component = members.flatMap(index => vertices[index] ?? []);
    const cycle = holdsCycle(component) ? shortestCycle(component) : undefined;
    if (cycle) reportCycle(cx, scope, cycle);
    for (const { owner } of component) {
      if (cycle) breakOwner(owner);
      else if ('kind' in owner && (owner.kind === 'stream' || owner.kind === 'state')) ordered.add(owner);
    }
  }
  return [...ordered];
}

function breakOwner(owner: Vertex['owner']): void {
  if ('expansions' in owner) owner.broken = true;
  else if ('progress' in owner) owner.progress = 'done';
  if ('previous' in owner) owner.previous.progress = 'done';
}

// ---------------------------------------------------------------- the graph of names

function graphOf(scope: Scope): readonly Vertex[] {
  const drafts = new Map<Key, Draft>();
  const draft = (
    key: Key,
    label: string,
    span: Span,
    owner: Vertex['owner'],
    references: Draft['references'],
    also: readonly Key[] = [],
  ) => drafts.set(key, { vertex: { label, span, owner, edges: [] }, references, also });

  for (const [name, entry] of scope.values) {
    if (entry.kind === 'broken') draft(`value ${name}`, name, entry.span, entry, []);
    else if (entry.kind === 'stream') {
      const { declaration } = entry;
      draft(`value ${name}`, name, declaration.name.span, entry, plain(referencesOf(declaration.value)));
    } else if (entry.kind === 'state') {
      const { declaration } = entry;
      const begins = [
        ...referencesOf(declaration.starts),
        ...(declaration.reset ? referencesOf(declaration.reset) : []),
      ];
      const updates = [...referencesOf(declaration.then)].map(reference => [reference, entry] as const);
      draft(`prev ${name}`, `prev ${name}`, declaration.name.span, entry, plain(begins));
      draft(`value ${name}`, name, declaration.name.span, entry, updates, [`prev ${name}`]);
    } else if (entry.kind === 'features') {
      const references = entry.declaration.columns.flatMap((column): readonly Reference[] => {
        if (column.kind === 'column') return [...referencesOf(column.value)];
        // Columns that are taken in again are those written beside them.
        const { text, span } = column.group;
        return text === name ? [] : [{ role: 'value', name: text, span }];
      });
      draft(`value ${name}`, name, entry.span, entry, plain(references));
    } else if (entry.kind === 'model') {
      // What a model learns says what its answer is, so a label that asked the model itself would turn round as well.
      const { learn, from, when, properties } = entry.declaration;
      const named = [from, ...(learn ? [learn] : [])].map(
        ({ text, span }) => ({ role: 'value', name: text, span }) as const,
      );
      const read = [...(when ? [when] : []), ...propertyExpressions(properties)].flatMap(value => [
        ...referencesOf(value),
      ]);
      draft(`value ${name}`, name, entry.span, entry, plain([...named, ...read]));
    }
  }
  for (const [name, entry] of scope.functions)
    draft(`fn ${name}`, `${name}()`, entry.declaration.name.span, entry, plain(freeReferences(entry)));

  for (const { vertex, references, also } of drafts.values()) {
    const keys = [...references.map(([reference, state]) => keyOf(scope, reference, state)), ...also];
    for (const key of new Set(keys)) {
      const target = drafts.get(key);
      if (target) vertex.edges.push(target.vertex);
    }
  }
  return [...drafts.values()].map(({ vertex }) => vertex);
}

const plain = (references: Iterable<Reference>): Draft['references'] =>
  [...references].map(reference => [reference, undefined] as const);

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
