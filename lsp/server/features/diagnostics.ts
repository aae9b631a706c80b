/** What is wrong, as an editor shows it: the catalogue's words, the cause as a related place, the mend kept for the bulb. */
import { DiagnosticSeverity, type Diagnostic as EditorDiagnostic } from 'vscode-languageserver-types';
import { positionOf } from '../../../language/diagnostics/position.ts';
import type { Diagnostic } from '../../../language/index.ts';
import type { SourceFile, Span } from '../../../language/syntax/tree.ts';
import type { Analysis, Document } from '../document.ts';

/** The page of a code in the manual. */
export function manualPage(code: string): string {
  return `https://vela.invalid/diagnostics#${code.toLowerCase()}`;
}

export function editorDiagnostics(document: Document, { diagnostics, source }: Analysis): EditorDiagnostic[] {
  return diagnostics.filter(({ file }) => file === source).map(diagnostic => editorDiagnostic(document, diagnostic));
}

function editorDiagnostic(document: Document, diagnostic: Diagnostic): EditorDiagnostic {
  const { code, severity, span, message, label, explanation, help, related } = diagnostic;
  const more = [label, explanation, help === undefined ? undefined : `help: ${help}`].filter(
    text => text !== undefined,
  );
  return {
    range: document.rangeOf(span),
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    source: 'vela',
    message: [message, ...more].join('\n'),
    relatedInformation: related.map(({ file, span: place, message: words }) => ({
      location: { uri: file.name, range: rangeIn(file, place) },
      message: words,
    })),
  };
}

/** Ranges in a file that need not be open, such as the standard library's. */
export function rangeIn(file: SourceFile, { start, end }: Span) {
  const at = (offset: number) => {
    const { line, column } = positionOf(file, offset);
    return { line: line - 1, character: column - 1 };
  };
  return { start: at(start), end: at(end) };
}
