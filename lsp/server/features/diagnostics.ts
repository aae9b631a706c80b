/**
 * What is wrong, as an editor shows it: the catalogue's words, the cause as a related place, a link to the page of the
 * code, and the mend as data, for the bulb.
 */
import {
  DiagnosticSeverity,
  DiagnosticTag,
  type Diagnostic as EditorDiagnostic,
  type Range,
  type TextEdit,
} from 'vscode-languageserver-types';
import { positionOf } from '../../../language/diagnostics/position.ts';
import type { Diagnostic } from '../../../language/index.ts';
import type { SourceFile, Span } from '../../../language/syntax/tree.ts';
import { type Analysis, type Document, LARGEST_TEXT } from '../document.ts';
import type { Places } from '../places.ts';

/** The mend that goes with a diagnostic. */
export interface FixData {
  readonly title: string;
  /** Keeps what the strategy does, or cannot but be meant. */
  readonly safe: boolean;
  readonly edits: readonly TextEdit[];
}

export function editorDiagnostics(
  document: Document,
  { diagnostics, source }: Analysis,
  places: Places,
): EditorDiagnostic[] {
  if (document.content.length > LARGEST_TEXT) return [tooLarge(document)];
  return diagnostics.flatMap(diagnostic => {
    if (diagnostic.file === source) return editorDiagnostic(document, diagnostic, places);
    return isWrittenOut(diagnostic.file) ? inConfiguredModel(document, diagnostic, places) : [];
  });
}

/** The configured model as text of the language (language/check/configured.ts), which is in no file. */
function isWrittenOut({ name }: SourceFile): boolean {
  return name.startsWith('config/model.yaml');
}

/** What is wrong with the model of the configuration is shown where the strategy asks it. */
function inConfiguredModel(document: Document, diagnostic: Diagnostic, places: Places): EditorDiagnostic {
  // What would mend it stands in another file.
  const { fix: _, file, span, ...rest } = diagnostic;
  const asked = /\b(?:predict|likeliest|drift)\(\s*/.exec(document.content);
  const start = asked === null ? 0 : asked.index + asked[0].length;
  const shown = editorDiagnostic(
    document,
    { ...rest, file, related: [], span: { start, end: start + 'model'.length } },
    places,
  );
  const written = file.text.slice(span.start, span.end);
  return { ...shown, message: `In the configured model, at \`${written}\`: ${shown.message}` };
}

function tooLarge(document: Document): EditorDiagnostic {
  return {
    range: document.rangeOf({ start: 0, end: 0 }),
    severity: DiagnosticSeverity.Information,
    source: 'vela',
    message: `This file is too large for a strategy: files of more than ${LARGEST_TEXT / 1024 / 1024} MB are not checked.`,
  };
}

function editorDiagnostic(document: Document, diagnostic: Diagnostic, places: Places): EditorDiagnostic {
  const { code, severity, span, message, label, explanation, help, related } = diagnostic;
  const more = [label, explanation, help === undefined ? undefined : `help: ${help}`];
  const fix = fixOf(document, diagnostic);
  return {
    range: document.rangeOf(span),
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    codeDescription: { href: places.ofCode(code) },
    source: 'vela',
    message: [message, ...more].filter(text => text !== undefined).join('\n'),
    ...(code === 'W0190' && { tags: [DiagnosticTag.Unnecessary] }),
    ...(related.length > 0 && {
      relatedInformation: related.map(({ file, span: place, message: words }) => ({
        location: { uri: addressOf(file, places), range: rangeIn(file, place) },
        message: words,
      })),
    }),
    ...(fix && { data: { fix } }),
  };
}

export function fixOf(document: Document, { fix }: Diagnostic): FixData | undefined {
  if (fix === undefined) return undefined;
  const { title, safe, edits } = fix;
  return {
    title: `${title.charAt(0).toUpperCase()}${title.slice(1)}`,
    safe,
    edits: edits.map(({ span, text }) => ({ range: document.rangeOf(span), newText: text })),
  };
}

/** Files of the workspace are named by their address, those of the library by their path in it. */
function addressOf(file: SourceFile, places: Places): string {
  return file.name.startsWith('stdlib/') ? places.ofLibrary(file) : file.name;
}

/** Ranges in a file that need not be open, such as the standard library's. */
export function rangeIn(file: SourceFile, { start, end }: Span): Range {
  const at = (offset: number) => {
    const { line, column } = positionOf(file, offset);
    return { line: line - 1, character: column - 1 };
  };
  return { start: at(start), end: at(end) };
}
