/** Did-you-mean: the candidate that a misspelt word was most likely meant to be. */

/** Letters that a word may lack at its end: `cross` for `crosses` is nearer than another word at one letter's distance. */
const MISSING_END = 2;
const SHORTEST_STEM = 4;

/** The nearest candidate within a third of the word's length, or none. Earlier candidates win ties. */
export function mostSimilar(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (isStemOf(lower, candidate.toLowerCase())) return candidate;
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function isStemOf(stem: string, word: string): boolean {
  const missing = word.length - stem.length;
  return missing > 0 && missing <= MISSING_END && stem.length >= SHORTEST_STEM && word.startsWith(stem);
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). From `enough` on the distance
 * does not matter, and is not worked out to the end.
 */
function editDistance(a: string, b: string, enough: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    // A swap reaches over one row, so two rows tell that no way is shorter.
    if (Math.min(...last, ...current) >= enough) return enough;
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
