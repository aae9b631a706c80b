/**
 * Chance that depends on its place alone: a draw is a function of (seed, stream, place), so that any order of work and any
 * number of threads draw the same.
 */

/** What a draw is for. */
export const STREAM = { rows: 1, treeColumns: 2, levelColumns: 3, nodeColumns: 4 } as const;

/** A uniform draw in [0, 2³²) for each place. */
export type Draws = (place: number) => number;

export function draws(seed: number, ...stream: readonly number[]): Draws {
  let key = mix(seed >>> 0) ^ mix(Math.floor(seed / 2 ** 32) + 0x51ed270b);
  for (const part of stream) key = mix(key ^ Math.imul(part + 1, 0x9e3779b1));
  const second = mix(key ^ 0x6a09e667);
  return place => mix(mix(key ^ Math.imul(place + 1, 0x85ebca77)) + second);
}

/** The finaliser of MurmurHash3: every bit of the input reaches every bit of the output. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The share of `columns` (at least one) with the lowest draws, in their order. */
export function sampleColumns(columns: readonly number[], share: number, draw: Draws): readonly number[] {
  if (share === 1) return columns;
  const count = Math.max(1, Math.floor(Math.fround(share) * columns.length));
  return columns
    .map(column => ({ column, key: draw(column) }))
    .sort((a, b) => a.key - b.key || a.column - b.column)
    .slice(0, count)
    .map(({ column }) => column)
    .sort((a, b) => a - b);
}
