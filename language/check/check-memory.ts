/** The budget of memory (E0602); a length that nothing bounds is refused where it is written (E0601). */
import type { Problem } from '../syntax/problem.ts';
import { bounds } from './bounds.ts';
import { ANALYSIS_CODE } from './declaration-codes.ts';
import { MEMORY_BUDGET_BYTES, memory } from './memory.ts';
import type { Program } from './program.ts';

export function checkMemory(program: Program): readonly Problem[] {
  const { bytes, parts } = memory(program.nodes, bounds(program.nodes, program.params));
  const [largest] = parts;
  if (bytes <= MEMORY_BUDGET_BYTES || !largest) return [];
  const origin = program.origins[largest.node];
  return [
    {
      code: ANALYSIS_CODE.memoryExceeded,
      file: program.files[origin?.file ?? 0] ?? program.tree.source,
      span: origin?.span ?? { start: 0, end: 0 },
      facts: {
        needed: bytesWords(bytes),
        budget: bytesWords(MEMORY_BUDGET_BYTES),
        ticks: largest.ticks,
        part: bytesWords(largest.bytes),
      },
    },
  ];
}

/** "256 MiB": whole numbers below a thousand. */
export function bytesWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${amount >= 100 || power === 0 ? Math.round(amount) : Math.round(amount * 10) / 10} ${units[power]}`;
}
