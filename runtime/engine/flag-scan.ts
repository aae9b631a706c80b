/** Looks for the next 1 in a column of flags, eight at a time: signals are rare, so most of a scan is over zeros. */

const WORD_BYTES = 8;
const NO_WORDS = new Float64Array(0);

/** The flags read eight at a time; none where they do not start on a word. */
export function wordsOf(flags: Uint8Array): Float64Array {
  if (flags.byteOffset % WORD_BYTES !== 0) return NO_WORDS;
  return new Float64Array(flags.buffer, flags.byteOffset, Math.floor(flags.length / WORD_BYTES));
}

/** First index of [from, to) whose flag is 1, or `to`. `words` are the flags' own. */
export function nextSet(flags: Uint8Array, words: Float64Array, from: number, to: number): number {
  const whole = Math.min(words.length, Math.floor(to / WORD_BYTES));
  let at = from;
  while (at < to) {
    if (at % WORD_BYTES === 0) {
      // Eight flags that are all 0 are the double 0, and no others of 0 and 1 are.
      let word = at / WORD_BYTES;
      while (word < whole && words[word] === 0) word++;
      at = word * WORD_BYTES;
    }
    const end = Math.min(to, at - (at % WORD_BYTES) + WORD_BYTES);
    for (; at < end; at++) if (flags[at] === 1) return at;
  }
  return to;
}
