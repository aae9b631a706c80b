/**
 * What the language says to a trader: one problem, one message.
 *
 * A `Diagnostic` is data. `catalogue.ts` turns (code, facts) into words, `render.ts` turns it into text with the source
 * excerpt; the JSON of `vela check --json` is this record with positions as lines and columns.
 */
import type { ProblemFix } from '../syntax/problem.ts';
import type { SourceFile, Span } from '../syntax/tree.ts';

export type Severity = 'error' | 'warning';

export interface Diagnostic {
  /** `E0301`, `W0701`. Every code has an entry in the catalogue and a page. */
  readonly code: string;
  readonly severity: Severity;
  readonly file: SourceFile;
  readonly span: Span;
  /** One plain sentence, no final stop: "signal `buy` uses the future". */
  readonly message: string;
  /** What stands under the excerpt's carets. */
  readonly label?: string;
  /** The cause, when it stands elsewhere. May point into another file (the standard library). */
  readonly related: readonly Related[];
  /** Why this is so, in a trader's words. */
  readonly explanation?: string;
  /** How to mend it. */
  readonly help?: string;
  readonly fix?: ProblemFix;
}

export interface Related {
  readonly file: SourceFile;
  readonly span: Span;
  readonly message: string;
}
