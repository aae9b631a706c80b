/** Damaged versions of good files, from a seed: what an unfinished edit, a lost line or a bad merge leaves behind. */

/** Uniform in [0, 1), the same sequence for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const SNIPPETS = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '"',
  "'",
  '#',
  '##',
  ':',
  '=',
  ',',
  '.',
  '..',
  '->',
  '%',
  '^',
  '-',
  '\n',
  '\t',
  '\r\n',
  ' let ',
  ' when ',
  ' at ',
  ' if ',
  ' then ',
  ' else ',
  ' of ',
  ' across ',
  ' 5 ',
  ' 1h ',
  '\\',
  '\u0000',
  'é',
  '😀',
  '\ud800',
  '&',
  '*',
  '!',
  '|',
  '>',
  '- ',
  '? ',
  ': ',
  '---\n',
  '&a ',
  '*a ',
  '!!str ',
  '<<: ',
];

export function* mutations(originals: readonly string[], count: number, seed: number): Generator<string> {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let index = 0; index < count; index++) {
    let text = originals[index % originals.length] ?? '';
    for (let edits = 1 + below(4); edits > 0; edits--) text = damage(text, below);
    yield text;
  }
}

function damage(text: string, below: (limit: number) => number): string {
  const at = below(text.length + 1);
  const length = 1 + below(below(4) === 0 ? 200 : 8);
  switch (below(7)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + (SNIPPETS[below(SNIPPETS.length)] ?? '') + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at, at + length) + text.slice(at);
    case 3:
      return text.slice(0, at) + (SNIPPETS[below(SNIPPETS.length)] ?? '') + text.slice(at + 1);
    case 4: {
      const lines = text.split('\n');
      lines.splice(below(lines.length), 1);
      return lines.join('\n');
    }
    case 5: {
      const from = below(text.length + 1);
      return text.slice(0, at) + text.slice(from, from + length) + text.slice(at);
    }
    default:
      return text.slice(0, at);
  }
}
