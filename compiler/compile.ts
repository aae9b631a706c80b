/** Program → Plan: build the graph, run the passes, lower the rules, cut the stages, emit the kernel, name the result. */
import type { NodeId } from '../language/check/node.ts';
import type { Program } from '../language/check/program.ts';
import { buildGraph, type Watch, watchOf } from './graph/build.ts';
import { CompileError } from './graph/compile-error.ts';
import { dropDeadNodes } from './graph/dead-nodes.ts';
import type { Graph, Root } from './graph/graph.ts';
import { type PassReport, runPasses, type Stopwatch } from './graph/passes.ts';
import { withPresence } from './graph/presence.ts';
import { createRequester } from './graph/requests.ts';
import type { KernelEmitter } from './graph/schedule.ts';
import { cutStages } from './graph/stages.ts';
import { cacheKey, layoutHash, type Meaning, planHash } from './hash.ts';
import { BLOCK_TICKS } from './kernel/run.ts';
import { lower } from './lower.ts';
import type { Plan } from './plan.ts';

export interface CompileOptions {
  /** Names of streams or plots to be had as columns. */
  readonly watch?: readonly string[];
  /** Makes the Wasm of a schedule. */
  readonly kernel: KernelEmitter;
  /** For the times in the report of the passes; milliseconds. */
  readonly stopwatch?: Stopwatch;
}

export interface Compiled {
  readonly plan: Plan;
  readonly passes: readonly PassReport[];
  /** The stopwatch's milliseconds from the cut stages to the emitted bytes. */
  readonly emitMs: number;
}

/** Throws a `CompileError` for a program with errors, one that cannot run yet, and a watch that names no stream. */
export function compile(program: Program, options: CompileOptions): Plan {
  return compileInDetail(program, options).plan;
}

export function compileInDetail(program: Program, { watch = [], kernel, stopwatch }: CompileOptions): Compiled {
  refuseBroken(program);
  const watches = watch.map(name => watchNamed(program, name));
  const named = { cacheKey: cacheKey(program, watch), isWatched: true };
  return compileGraph(program, watches, named, kernel, stopwatch);
}

export interface Naming {
  readonly cacheKey: string;
  /** Watches are looked at only: the plan means what it would without them. Else they are what it is made for. */
  readonly isWatched: boolean;
}

/** From a program that can run to its plan. */
export function compileGraph(
  program: Program,
  watches: readonly Watch[],
  { cacheKey: key, isWatched }: Naming,
  kernel: KernelEmitter,
  stopwatch: Stopwatch = () => 0,
): Compiled {
  const { graph: built, meaningful } = buildGraph(program, watches);
  const { graph, reports } = runPasses(withPresence(built), stopwatch);
  const programNodes = built.roots.map(root => root.node);

  // Watches do not change what a strategy means: the hash is that of the plan without them.
  const whole = arrange(program, graph, programNodes, watches);
  const unwatched = { ...graph, roots: graph.roots.slice(0, meaningful) };
  const meaning =
    watches.length === 0 || !isWatched ? whole : arrange(program, dropDeadNodes(unwatched), programNodes, []);

  const startedMs = stopwatch();
  const emitted = kernel({ graph: whole.graph, stages: whole.stages, brackets: whole.brackets });
  const emitMs = stopwatch() - startedMs;
  const stages = whole.stages.map((stage, index) => ({ ...stage, stateBytes: emitted.stateBytes[index] ?? 0 }));
  const { graph: planGraph, ...rest } = whole;
  const plan: Plan = {
    format: 1,
    title: program.title,
    planHash: planHash(meaning),
    layoutHash: layoutHash(stages, planGraph, emitted.layout ?? []),
    cacheKey: key,
    ...rest,
    graph: planGraph,
    stages,
    memory: memoryOf(stages, whole.universes),
    wasm: emitted.wasm,
  };
  return { plan, passes: reports, emitMs };
}

export function refuseBroken({ problems, notYet }: Program): void {
  const [error] = problems.filter(problem => problem.code.startsWith('E'));
  if (error) throw new CompileError('problems', `the strategy has errors, the first is ${error.code}`);
  const [missing] = notYet;
  if (missing) throw new CompileError('not yet', `${missing.what} cannot run yet`);
}

function watchNamed(program: Program, name: string): Watch {
  const watch = watchOf(program, name);
  if (watch) return watch;
  const known = program.streams.map(stream => stream.name).join(', ');
  throw new CompileError('unknown stream', `no stream is named \`${name}\`; there are: ${known || 'none'}`);
}

/** Everything of a plan that follows from the graph. `programNodes`: the program's node of each root. */
function arrange(
  program: Program,
  graph: Graph,
  programNodes: readonly NodeId[],
  watches: readonly Watch[],
): Meaning & Pick<Plan, 'watches'> {
  const requester = createRequester(graph);
  const lowered = lower(program, requester, rootLookup(graph.roots, programNodes));
  const watched = watches.map(({ name, pane }) => {
    const root = graph.roots.find(candidate => candidate.name === `watch.${name}`);
    if (!root) throw new Error(`no root for the watch ${name}`);
    const clock = Math.max(requester.node(root.node).clock, 0);
    return { name, clock, value: requester.value(root.node), ...(pane === undefined ? {} : { pane }) };
  });
  const cut = cutStages(requester, block => program.blocks[block]?.name ?? `${block}`);
  const { stages, brackets } = cut.schedule;
  const { instruments, clocks, account } = program;
  return {
    instruments,
    universes: program.universes.map(({ name, members }) => ({ name, members })),
    clocks,
    params: graph.params,
    account,
    graph,
    stages,
    brackets,
    marketColumns: cut.market,
    flagColumns: cut.flags,
    accountColumns: cut.account,
    fixed: requester.requests.fixed,
    ...lowered,
    watches: watched,
  };
}

/** Finds the graph's node of a program's node by the root that both have. */
function rootLookup(roots: readonly Root[], programNodes: readonly NodeId[]): (id: NodeId) => NodeId {
  const nodes = new Map<NodeId, NodeId>();
  roots.forEach((root, index) => {
    const original = programNodes[index];
    if (original !== undefined) nodes.set(original, root.node);
  });
  return id => {
    const node = nodes.get(id);
    if (node === undefined) throw new Error(`node ${id} of the program is no root of the graph`);
    return node;
  };
}

/** A stage with an axis has state and columns for each member. */
function memoryOf(stages: Plan['stages'], universes: Plan['universes']): Plan['memory'] {
  const lanes = (axis: number | null | undefined): number =>
    typeof axis === 'number' ? (universes[axis]?.members.length ?? 1) : 1;
  const columns = stages.reduce((sum, { axis, host, inputs, outputs }) => {
    return sum + inputs.length * lanes(host?.over ?? axis) + outputs.length * lanes(axis);
  }, 0);
  return {
    stateBytes: stages.reduce((sum, { axis, stateBytes }) => sum + stateBytes * lanes(axis), 0),
    blockBytes: columns * BLOCK_TICKS * Float64Array.BYTES_PER_ELEMENT,
  };
}
