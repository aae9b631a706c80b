/** What a reader would have to work out, written beside the text: unit and clock of a value, its warm-up, argument names. */
import { type InlayHint, InlayHintKind } from 'vscode-languageserver-types';
import { callableNamed } from '../../../language/query/functions.ts';
import { isExpression } from '../../../language/query/tree-at.ts';
import type { Call, Declaration, Expression, Span } from '../../../language/syntax/tree.ts';
import { walk } from '../../../language/syntax/visit.ts';
import type { Analysis, Document } from '../document.ts';
import type { Settings } from '../protocol.ts';
import { clockText, typeText, unitShort } from '../words.ts';

export function inlayHints(
  document: Document,
  analysis: Analysis,
  range: Span,
  settings: Settings['inlayHints'] = {},
): InlayHint[] {
  const hints: InlayHint[] = [];
  const { units = true, warmup = true, argumentNames = true } = settings;
  const isIn = ({ start, end }: Span) => end >= range.start && start <= range.end;
  if (units || warmup) hints.push(...streamHints(document, analysis, isIn, units, warmup));
  if (argumentNames) {
    for (const declaration of analysis.tree.declarations) {
      if (isIn(declaration.span)) hints.push(...argumentHints(document, analysis, declaration));
    }
  }
  return hints;
}

function streamHints(
  document: Document,
  { program, symbols, facts }: Analysis,
  isIn: (span: Span) => boolean,
  units: boolean,
  warmup: boolean,
): readonly InlayHint[] {
  const wholes = new Map(symbols.symbols.map(({ span, whole }) => [span.start, whole]));
  const { warmups } = facts;
  return program.streams.flatMap(({ node: id, span, name }): InlayHint[] => {
    const node = program.nodes[id];
    const whole = wholes.get(span.start);
    // A result of several has no place of its own.
    if (node === undefined || whole === undefined || !isIn(whole) || name.includes('.')) return [];
    const unit = node.base === 'num' ? unitShort(node.unit) : undefined;
    const clock = node.clock > 0 ? program.clocks[node.clock]?.name : undefined;
    const label = [unit, clock === undefined ? undefined : `@${clock}`].filter(part => part !== undefined).join(' ');
    const ready = warmups[id]?.ready ?? 0;
    const tooltip = [typeText({ node }), clockText(program.clocks[node.clock])].join(' · ');
    const hints: InlayHint[] = [];
    if (units && label !== '') {
      hints.push({ position: document.positionAt(span.end), label: `: ${label}`, kind: InlayHintKind.Type, tooltip });
    }
    if (warmup && ready > 0) {
      const bars = node.clock > 0 ? `bars of ${clock}` : 'bars';
      hints.push({
        position: document.positionAt(whole.end),
        label: Number.isFinite(ready) ? `ready ${ready}` : 'never ready',
        paddingLeft: true,
        tooltip: `Its first value comes after ${ready} ${bars}.`,
      });
    }
    return hints;
  });
}

function argumentHints(document: Document, analysis: Analysis, declaration: Declaration): readonly InlayHint[] {
  return callsIn(declaration).flatMap(call => {
    const name =
      call.callee.kind === 'name' ? call.callee.text : `${nameOf(call.callee.object)}.${call.callee.property.text}`;
    const literals = call.arguments.some(argument => isLiteral(argument.value));
    const callable = literals && call.arguments.length > 1 ? callableNamed(name, analysis) : undefined;
    if (callable === undefined) return [];
    return call.arguments.flatMap(({ name: given, value }, index) => {
      const parameter = callable.parameters[index];
      if (given || parameter === undefined || !isLiteral(value) || parameter.text.endsWith('…')) return [];
      return [
        {
          position: document.positionAt(value.span.start),
          label: `${parameter.name} =`,
          kind: InlayHintKind.Parameter,
          paddingRight: true,
        },
      ];
    });
  });
}

function nameOf(expression: Expression): string {
  return expression.kind === 'name' ? expression.text : '';
}

function isLiteral({ kind }: Expression): boolean {
  return kind === 'number' || kind === 'duration' || kind === 'suffixed' || kind === 'string' || kind === 'date';
}

/** All calls of a declaration, wherever they stand in it. */
export function callsIn(part: unknown): readonly Call[] {
  const calls: Call[] = [];
  const visit = (value: unknown) => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    if (isExpression(value)) {
      walk(value, inner => {
        if (inner.kind === 'call') calls.push(inner);
      });
      return;
    }
    for (const [key, inner] of Object.entries(value)) if (key !== 'span' && key !== 'comments') visit(inner);
  };
  visit(part);
  return calls;
}
