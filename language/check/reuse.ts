/**
 * Checking a file again after an edit. What a stream's elaboration gave (its nodes, its problems) still holds where neither
 * its own text nor anything that it reads has changed; then it is taken over, with its places moved. The nodes of what did
 * change stay in the array as constants that nothing reads, so that no number of a node moves.
 *
 * The result says the same as a fresh check, only the numbers of nodes differ (tested with random edits).
 */
import type { Problem } from '../syntax/problem.ts';
import type { SourceFile, Span } from '../syntax/tree.ts';
import type { AnalysedFacts } from './analyses.ts';
import { Builder } from './builder.ts';
import type { Configuration } from './configuration.ts';
import { type Context, newContext } from './context.ts';
import type { Elaborated, NameGraph } from './cycles.ts';
import type { FeatureBlock } from './model.ts';
import type { Node, NodeId } from './node.ts';
import { type Entry, lookUp, type ModelCore, type ModelEntry, type Place, type Scope, type Value } from './scope.ts';
import { PLAIN } from './units.ts';

/** What the elaboration of one entry gave. */
interface KeptEntry {
  readonly entry: Elaborated;
  readonly problems: readonly Problem[];
  readonly notYet: Context['notYet'];
  /** How often each function of the file was expanded for it. */
  readonly calls: ReadonlyMap<string, number>;
}

export interface Kept {
  readonly cx: Context;
  readonly entries: ReadonlyMap<string, KeptEntry>;
  readonly graph: NameGraph;
  readonly facts: AnalysedFacts;
}

export interface Earlier {
  readonly kept: Kept;
  /** Names whose declarations have changed; all others are the same but for their places. */
  readonly changed: ReadonlySet<string>;
  readonly from: SourceFile;
  readonly to: SourceFile;
  /** Where a place of the text before the edit is now. */
  readonly move: (span: Span) => Span;
}

/** Nodes that nothing reads take room and time: with more than this share of them the array is made anew. */
const MOST_UNREAD = 0.35;
/** As long as an array may grow in one check (expand.ts), with room to spare. */
const MOST_NODES = 40_000;

export function mayReuse({ cx }: Kept): boolean {
  const { nodes } = cx.builder;
  if (cx.repeated || cx.tooLarge || nodes.length > MOST_NODES) return false;
  // What the configuration fills in is made when a stream first asks for it.
  if (cx.configured !== undefined || cx.params.some(({ name }) => name.startsWith('config.'))) return false;
  let unread = 0;
  for (const node of nodes) if (node === NOTHING) unread++;
  return unread < nodes.length * MOST_UNREAD;
}

/** A context that begins with the nodes of the earlier check, at their places in the new text. */
export function takenOver(files: SourceFile[], configuration: Configuration, { kept, move }: Earlier): Context {
  const cx = newContext(files, configuration, new Builder(kept.cx.builder, move));
  cx.states.push(...kept.cx.states);
  return cx;
}

/** Who read whom, where the changed names still stand for the same kinds of things, on the same clocks. */
export function steadyGraph(scope: Scope, { kept, changed }: Earlier): NameGraph | undefined {
  const before = kept.cx.top?.scope;
  const isSteady = [...changed].every(
    name => before !== undefined && standsForTheSame(scope.values.get(name), before.values.get(name)),
  );
  return isSteady ? kept.graph : undefined;
}

function standsForTheSame(now: Entry | undefined, before: Entry | undefined): boolean {
  if (now?.kind !== before?.kind) return false;
  return (
    now === undefined || !('place' in now) || !before || !('place' in before) || sameClock(now.place, before.place)
  );
}

function sameClock(a: Place, b: Place): boolean {
  return a.clock === b.clock;
}

export class Keeper {
  private readonly cx: Context;
  private readonly scope: Scope;
  private readonly entries = new Map<string, KeptEntry>();

  constructor(cx: Context, scope: Scope) {
    this.cx = cx;
    this.scope = scope;
  }

  /** Elaborates an entry and notes what that gave. */
  record(entry: Elaborated, elaborate: () => void): void {
    const { cx } = this;
    const [problems, notYet] = [cx.problems.length, cx.notYet.length];
    const before: (readonly [string, number])[] = [];
    for (const [name, { expansions }] of this.scope.functions) before.push([name, expansions]);
    elaborate();
    const calls = before.flatMap(([name, count]) => {
      const more = (this.scope.functions.get(name)?.expansions ?? 0) - count;
      return more > 0 ? [[name, more] as const] : [];
    });
    this.entries.set(entry.declaration.name.text, {
      entry,
      problems: cx.problems.slice(problems),
      notYet: cx.notYet.slice(notYet),
      calls: new Map(calls),
    });
  }

  /** Takes over what an entry gave before; false where it was not there, or was something else. */
  reuse(entry: Elaborated, { kept, from, to, move }: Earlier): boolean {
    const name = entry.declaration.name.text;
    const before = kept.entries.get(name);
    if (before === undefined || before.entry.kind !== entry.kind || before.entry.progress !== 'done') return false;
    if (before.entry.place.clock !== entry.place.clock || before.entry.place.label !== entry.place.label) return false;
    const { cx } = this;
    takeOver(entry, before.entry, move);
    const problems = before.problems.map(problem => moved(problem, from, to, move));
    for (const problem of problems) cx.problems.push(problem);
    const notYet = before.notYet.map(one => ({ ...one, span: move(one.span) }));
    cx.notYet.push(...notYet);
    for (const [called, count] of before.calls) {
      const fn = this.scope.functions.get(called);
      if (fn) fn.expansions += count;
    }
    this.entries.set(name, { entry, problems, notYet, calls: before.calls });
    return true;
  }

  kept(graph: NameGraph, facts: AnalysedFacts): Kept {
    return { cx: this.cx, entries: this.entries, graph, facts };
  }
}

/** What an entry stands for, of one of the same kind. */
function takeOver(entry: Elaborated, before: Elaborated, move: (span: Span) => Span): void {
  entry.progress = 'done';
  if (entry.kind === 'features' && before.kind === 'features')
    entry.block = before.block && movedBlock(before.block, move);
  if (entry.kind === 'model' && before.kind === 'model') entry.core = before.core && coreAgain(entry, before.core);
  if (entry.kind === 'stream' && before.kind === 'stream') entry.value = before.value;
  if (entry.kind === 'state' && before.kind === 'state') {
    entry.value = before.value;
    entry.previous.progress = before.previous.progress;
    entry.previous.node = before.previous.node;
  }
}

function movedBlock(block: FeatureBlock, move: (span: Span) => Span): FeatureBlock {
  const columns = block.columns.map(column => ({ ...column, span: move(column.span) }));
  return { ...block, columns, span: move(block.span) };
}

/** Label and block are what their names stand for now. */
function coreAgain({ declaration, place }: ModelEntry, core: ModelCore): ModelCore | undefined {
  const features = lookUp(place.scope, declaration.from.text);
  const label = declaration.learn && lookUp(place.scope, declaration.learn.text);
  if (features?.kind !== 'features' || features.block === undefined) return undefined;
  return { ...core, features, block: features.block, ...(label?.kind === 'stream' && { label }) };
}

function moved(problem: Problem, from: SourceFile, to: SourceFile, move: (span: Span) => Span): Problem {
  const { file, span, related, fix } = problem;
  const inFile = (one: SourceFile) => (one === from ? to : one);
  const placed = (one: SourceFile, at: Span) => (one === from ? move(at) : at);
  return {
    ...problem,
    file: inFile(file),
    span: placed(file, span),
    ...(related && {
      related: related.map(one => ({ ...one, file: inFile(one.file), span: placed(one.file, one.span) })),
    }),
    ...(fix && { fix: { ...fix, edits: fix.edits.map(edit => ({ ...edit, span: placed(file, edit.span) })) } }),
  };
}

/** Makes constants of the nodes of the earlier check that nothing reads any more. */
export function sweep(cx: Context, scope: Scope, { kept }: Earlier): void {
  const { nodes } = cx.builder;
  const seeded = kept.cx.builder.nodes.length;
  const isLive = new Uint8Array(nodes.length).fill(1, seeded);
  const mark = (id: NodeId | undefined) => {
    if (id !== undefined) isLive[id] = 1;
  };
  const markValue = (value: Value | undefined) => {
    if (value?.kind === 'stream') mark(value.node);
    else for (const node of value?.fields.values() ?? []) mark(node);
  };
  const slots = new Map<number, NodeId>();
  nodes.forEach((node, id) => {
    if (node.op === 'state' && node.attrs.state !== undefined) slots.set(node.attrs.state, id);
  });
  for (const entry of scope.values.values()) {
    switch (entry.kind) {
      case 'state':
        mark(entry.previous.node);
        markValue(entry.value);
        break;
      case 'stream':
        markValue(entry.value);
        break;
      case 'features':
        for (const { node } of entry.block?.columns ?? []) mark(node);
        break;
      case 'model':
        mark(entry.core?.when);
    }
  }
  // A state that is read by its past alone stands behind its reader: then the walk begins again from there.
  let top = nodes.length - 1;
  while (top >= 0) {
    let again = -1;
    for (let id = top; id >= 0; id--) {
      if (isLive[id] !== 1) continue;
      const node = nodes[id];
      if (node === undefined) continue;
      for (const arg of node.args) isLive[arg] = 1;
      const state = node.op === 'state_prev' ? slots.get(node.attrs.state ?? -1) : undefined;
      if (state !== undefined && isLive[state] !== 1) {
        isLive[state] = 1;
        again = Math.max(again, state);
      }
    }
    top = again;
  }
  for (let id = 0; id < seeded; id++) {
    if (isLive[id] === 1 || nodes[id] === NOTHING) continue;
    nodes[id] = NOTHING;
  }
}

const NOTHING: Node = {
  op: 'const',
  args: [],
  attrs: { value: 0 },
  base: 'num',
  unit: PLAIN,
  clock: -1,
  stage: 'const',
  axis: null,
};
