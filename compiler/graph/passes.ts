/**
 * The passes in their order, and what each of them did. Folding comes first, since it takes nodes away from all others and
 * makes some equal; `now` sinks before merging for that reason too; dead nodes go last, since every pass leaves some.
 */
import { spreadAxes } from './axes.ts';
import { dropDeadNodes } from './dead-nodes.ts';
import { foldConstants } from './fold-constants.ts';
import type { Graph } from './graph.ts';
import { hashCons } from './hash-cons.ts';
import { hoist } from './hoist.ts';
import { mergeWindows } from './merge-windows.ts';
import { sinkNow } from './sink-now.ts';

export interface Pass {
  readonly name: string;
  readonly does: string;
  readonly run: (graph: Graph) => Graph;
}

export const PASSES: readonly Pass[] = [
  { name: 'fold constants', does: 'computes what depends on constants alone', run: foldConstants },
  { name: 'axes', does: 'computes once what is the same for all members of a universe', run: spreadAxes },
  { name: 'hoist', does: 'moves what is known before the first bar out of the kernel', run: hoist },
  { name: 'sink now', does: 'leaves `now` only where it makes a difference', run: sinkNow },
  { name: 'merge windows', does: 'lets windows over one source and length share their sum', run: mergeWindows },
  { name: 'hash-cons', does: 'makes equal expressions and equal states one', run: hashCons },
  { name: 'dead nodes', does: 'drops what nothing needs', run: dropDeadNodes },
];

export interface PassReport {
  readonly pass: string;
  readonly does: string;
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  readonly statesBefore: number;
  readonly statesAfter: number;
  readonly elapsedMs: number;
}

/** The compiler reads no clock: who wants times gives one. */
export type Stopwatch = () => number;

export function runPasses(
  graph: Graph,
  now: Stopwatch = () => 0,
): { readonly graph: Graph; readonly reports: readonly PassReport[] } {
  const reports: PassReport[] = [];
  let current = graph;
  for (const pass of PASSES) {
    const startedMs = now();
    const next = pass.run(current);
    reports.push({
      pass: pass.name,
      does: pass.does,
      nodesBefore: current.nodes.length,
      nodesAfter: next.nodes.length,
      statesBefore: current.states.length,
      statesAfter: next.states.length,
      elapsedMs: now() - startedMs,
    });
    current = next;
  }
  return { graph: current, reports };
}
