/**
 * A finding before it has words: code, place and the facts of the case. The diagnostics room turns it into a
 * `Diagnostic`; every analysis, from the parser to the risk check, reports in this form.
 */
import type { SourceFile, Span } from './tree.ts';

export interface Problem {
  readonly code: string;
  readonly file: SourceFile;
  readonly span: Span;
  /** What the catalogue's words need: names, values, suggestions. */
  readonly facts: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly related?: readonly { readonly file: SourceFile; readonly span: Span; readonly message: string }[];
  readonly fix?: ProblemFix;
}

export interface ProblemFix {
  readonly title: string;
  readonly safe: boolean;
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}
