/**
 * What the catalogue knows of a code: its words for a case at hand, and its page. One entry a code; messages, pages,
 * documentation and tests all come from it.
 */
import type { Problem } from '../syntax/problem.ts';
import type { Severity } from './diagnostic.ts';

export type Facts = Problem['facts'];

export interface Entry<Known = Facts> {
  readonly severity: Severity;
  /** Head of the page: what is wrong, without the names of a case. */
  readonly title: string;
  /** One plain sentence, no final stop. */
  readonly message: (facts: Known) => string;
  /** Stands under the carets. */
  readonly label?: (facts: Known) => string | undefined;
  /** Why this is so, in a trader's words: under the excerpt, and on the page. */
  readonly why: string;
  /** How to mend the case at hand. */
  readonly help: (facts: Known) => string | undefined;
  readonly page: {
    /** Strategy text that raises the code; what stands before it is `PREAMBLE`, unless `whole`. */
    readonly example: string;
    readonly whole?: true;
    readonly form?: 'yaml';
    /** The example put right, or a sentence where no text can show it. */
    readonly mended?: string;
    /** Anything else worth knowing. */
    readonly more?: string;
  };
}

/** Codes that a run raises rather than a file: the page describes the case in words. */
export interface RunEntry<Known = Facts> extends Omit<Entry<Known>, 'page'> {
  readonly page: { readonly case: string; readonly facts: Known; readonly mended?: string; readonly more?: string };
}

export type Family<Code extends string> = { readonly [C in Code]: Entry };

/** Stands before each example that is not whole. */
export const PREAMBLE = 'strategy "Example"\ninstrument "BTC/USDT" on binance\nevery 1h\n';

// ---------------------------------------------------------------- short ways to say what many messages say

/** Words of the file in code quotes; a phrase ("the end of the file") and quoted text stay as they are. */
export function quoted(found: unknown): string {
  const text = String(found);
  return /^[`"']/.test(text) || /^(the|a|an) /.test(text) ? text : `\`${text}\``;
}

/** "a function" as "function". */
export function bare(phrase: unknown): string {
  return String(phrase).replace(/^an? /, '');
}

/** "did you mean `x`?", when there is something to suggest. */
export function didYouMean(suggestion: unknown): string | undefined {
  return typeof suggestion === 'string' && suggestion !== '' ? `did you mean \`${suggestion}\`?` : undefined;
}

/** The suggestion where there is one, else the sentence. */
export function meantOr(suggestion: unknown, otherwise: string): string {
  return didYouMean(suggestion) ?? otherwise;
}

/** `a b c` as "`a`, `b` and `c`"; text that is quoted already stays as it is. */
export function listed(words: unknown): string {
  if (typeof words !== 'string') return '';
  const items = words.split(/[\s,]+/).filter(word => word !== '');
  const quoted = items.map(word => (word.startsWith('`') ? word : `\`${word}\``));
  const last = quoted.pop();
  if (last === undefined) return '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`;
}
