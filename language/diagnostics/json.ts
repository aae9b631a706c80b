/** A diagnostic as `vela check --json` prints it: positions as lines and columns, both from 1. */
import type { Diagnostic, Severity } from './diagnostic.ts';
import { type Range, rangeOf } from './position.ts';

export interface JsonDiagnostic {
  readonly file: string;
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly range: Range;
  readonly label?: string;
  readonly related: readonly { readonly file: string; readonly message: string; readonly range: Range }[];
  readonly explanation?: string;
  readonly help?: string;
  readonly fix?: {
    readonly title: string;
    readonly safe: boolean;
    readonly edits: readonly { readonly range: Range; readonly text: string }[];
  };
}

export function toJson(diagnostic: Diagnostic): JsonDiagnostic {
  const { file, span, code, severity, message, label, explanation, help, fix } = diagnostic;
  return {
    file: file.name,
    code,
    severity,
    message,
    range: rangeOf(file, span),
    ...(label !== undefined && { label }),
    related: diagnostic.related.map(related => ({
      file: related.file.name,
      message: related.message,
      range: rangeOf(related.file, related.span),
    })),
    ...(explanation !== undefined && { explanation }),
    ...(help !== undefined && { help }),
    ...(fix && {
      fix: {
        title: fix.title,
        safe: fix.safe,
        edits: fix.edits.map(edit => ({ range: rangeOf(file, edit.span), text: edit.text })),
      },
    }),
  };
}
