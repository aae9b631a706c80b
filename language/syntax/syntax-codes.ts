/**
 * The codes that reading a file can raise, with the facts each one hands to the catalogue of words.
 *
 * E0101–E0119 belong to the text of the language (also inside a YAML scalar), E0120–E0129 to the shape of a YAML file.
 * Facts are ready to be shown: `found` is what stands in the file, `expected` a phrase ("a name", "`=`") that is given
 * only where exactly one thing could stand, never a list of alternatives.
 */
import type { Problem } from './problem.ts';
import type { SourceFile, Span } from './tree.ts';

export interface SyntaxFacts {
  /** Something stands where it makes no sense. `reading`: "the value of `let quick`", "an `execution` property" … */
  readonly E0101: {
    readonly found: string;
    readonly reading: string;
    readonly expected?: string;
    /** `expected` is missing before `found`; otherwise it belongs in its place. */
    readonly missing?: boolean;
  };
  /** The declaration ends before it is complete. The span is empty and stands behind its last word. */
  readonly E0102: { readonly reading: string; readonly expected?: string; readonly before: string };
  /** A line begins with a word that starts no declaration. `suggestion`: the keyword that was probably meant. */
  readonly E0103: { readonly found: string; readonly suggestion?: string };
  /** A bracket that is never closed. `bracket` and `closer` are single characters. */
  readonly E0104: { readonly bracket: string; readonly closer: string };
  /** A closing bracket with no opening one. */
  readonly E0105: { readonly bracket: string };
  /** A text without its closing quote. */
  readonly E0106: { readonly text: string };
  /** A backslash followed by a character that has no meaning there; known are `\"`, `\\`, `\n`, `\r`, `\t`. */
  readonly E0107: { readonly escape: string };
  /** A character or pair that the language does not have: `;`, `&&`, `'x'`. `suggestion`: what is written instead. */
  readonly E0108: { readonly found: string; readonly suggestion?: string };
  /** A number with an unknown ending (`5x`), a broken duration (`1.5h`), a missing leading digit (`.5`). */
  readonly E0109: {
    readonly found: string;
    readonly reason:
      | 'unknown suffix'
      | 'duration must be whole'
      | 'leading digit missing'
      | 'too large'
      | 'digits grouped';
    readonly suggestion?: string;
  };
  /** `a < b < c`. `suggestion`: the same with `between` or `and`. */
  readonly E0110: { readonly first: string; readonly second: string };
  /** `=` inside an expression, where `==` compares. */
  readonly E0111: { readonly reading: string };
  /** A reserved word used as a name. */
  readonly E0112: { readonly word: string };
  /** `between a` without `and b`. */
  readonly E0113: Record<string, never>;
  /** A date that the calendar does not have. */
  readonly E0114: { readonly text: string };
  /** The same key twice in one block. The first one stands in `related`. */
  readonly E0115: { readonly key: string };
  /** A declaration inside a block that cannot hold it. */
  readonly E0116: { readonly keyword: string; readonly block: string };
  /** Nested deeper, or longer, than the language allows in one expression. */
  readonly E0117: { readonly limit: number };

  /** Not well-formed YAML. `reason` is a plain phrase, given where one is known. */
  readonly E0120: { readonly reason: string };
  /** A key that this place does not have. */
  readonly E0121: { readonly key: string; readonly place: string; readonly suggestion?: string };
  /** The same key twice in one mapping. The first one stands in `related`. */
  readonly E0122: { readonly key: string };
  /** Another shape than the place needs. `expected`, `found`: "a list", "a mapping", "a text", "nothing" … */
  readonly E0123: { readonly place: string; readonly expected: string; readonly found: string };
  /** A key that must be there. */
  readonly E0124: { readonly key: string; readonly place: string };
  /** A YAML feature that a strategy file may not use. `feature`: "an anchor", "an alias", "a tag", "a merge key",
   *  "a second document", "a directive". */
  readonly E0125: { readonly feature: string };
  /** Two keys that exclude each other. */
  readonly E0126: { readonly first: string; readonly second: string; readonly place: string };
  /** A name (a key) that is no name: names are letters, digits and `_`, and no reserved word. */
  readonly E0127: { readonly key: string; readonly place: string };
}

export type SyntaxCode = keyof SyntaxFacts;

/** Builds a problem whose facts fit its code. */
export function syntaxProblem<C extends SyntaxCode>(
  code: C,
  file: SourceFile,
  span: Span,
  facts: SyntaxFacts[C],
  more: Pick<Problem, 'related' | 'fix'> = {},
): Problem {
  return { code, file, span, facts: facts as Problem['facts'], ...more };
}
