/** The budget of memory (E0602). A length that nothing bounds is refused where it is written (E0601, length.ts). */
import type { Problem } from '../syntax/problem.ts';
import type { Span } from '../syntax/tree.ts';
import type { Interval } from './bounds.ts';
import { ANALYSIS_CODE } from './declaration-codes.ts';
import { MEMORY_BUDGET_BYTES, memory } from './memory.ts';
import type { NodeId } from './node.ts';
import type { Program } from './program.ts';

/** `kept`: bytes of each node (memory.ts). */
export function checkMemory(program: Program, limits: readonly Interval[], kept: Float64Array): readonly Problem[] {
  let sum = 0;
  for (let id = 0; id < kept.length; id++) {
    const own = kept[id] ?? 0;
    if (own !== Number.POSITIVE_INFINITY) sum += own;
  }
  if (sum <= MEMORY_BUDGET_BYTES) return [];
  const { bytes, parts } = memory(program.nodes, limits);
  const [largest] = parts;
  if (bytes <= MEMORY_BUDGET_BYTES || !largest) return [];
  return [
    {
      code: ANALYSIS_CODE.memoryExceeded,
      file: program.tree.source,
      span: placeOf(largest.node, program),
      facts: {
        needed: bytesWords(bytes),
        budget: bytesWords(MEMORY_BUDGET_BYTES),
        ticks: largest.ticks,
        part: bytesWords(largest.bytes),
      },
    },
  ];
}

/**
 * Where the strategy asks for the node. One that a library function made is shown at the first thing it was given in the
 * strategy's own file (most often its length), or at the stream it is part of.
 */
function placeOf(id: NodeId, program: Program): Span {
  const { nodes, origins } = program;
  const own = [id, ...(nodes[id]?.args ?? []).toReversed()].find(candidate => origins.at(candidate)?.file === 0);
  const span = own === undefined ? undefined : origins.at(own)?.span;
  return span ?? program.streams.find(stream => stream.node >= id)?.span ?? { start: 0, end: 0 };
}

/** "256 MiB": whole numbers below a thousand. */
export function bytesWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${amount >= 100 || power === 0 ? Math.round(amount) : Math.round(amount * 10) / 10} ${units[power]}`;
}
