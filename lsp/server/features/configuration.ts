/** What is wrong with a document of the configuration, as an editor shows and mends it. */
import {
  type CodeAction,
  CodeActionKind,
  DiagnosticSeverity,
  type Diagnostic as EditorDiagnostic,
  type Range,
} from 'vscode-languageserver-types';
import type { ConfigurationMistake } from '../../../runtime/config/examine.ts';
import type { ExaminedDocument } from '../configurations.ts';
import type { Places } from '../places.ts';
import { rangeIn } from './diagnostics.ts';

export function configurationDiagnostics({ source, mistakes }: ExaminedDocument, places: Places): EditorDiagnostic[] {
  return mistakes.map(({ span, error: { code, message, why, help } }) => ({
    range: rangeIn(source, span),
    severity: DiagnosticSeverity.Error,
    code,
    codeDescription: { href: places.ofCode(code) },
    source: 'vela',
    message: [message, why, `help: ${help}`].join('\n'),
  }));
}

/** A word that was probably meant takes the place of the one that is there. */
export function configurationActions(uri: string, { source, mistakes }: ExaminedDocument, asked: Range): CodeAction[] {
  return mistakes.flatMap(mistake => {
    const meant = meantBy(mistake);
    const range = rangeIn(source, mistake.span);
    const isAsked = range.start.line <= asked.end.line && asked.start.line <= range.end.line;
    const written = source.text.slice(mistake.span.start, mistake.span.end);
    // In quotes it would have to keep them.
    if (meant === undefined || !isAsked || !/^\w+$/.test(written)) return [];
    const edit = { changes: { [uri]: [{ range, newText: meant }] } };
    return [{ title: `Write \`${meant}\``, kind: CodeActionKind.QuickFix, edit }];
  });
}

function meantBy({ error: { facts } }: ConfigurationMistake): string | undefined {
  const isRecord = typeof facts === 'object' && facts !== null && 'suggestion' in facts;
  return isRecord && typeof facts.suggestion === 'string' ? facts.suggestion : undefined;
}
