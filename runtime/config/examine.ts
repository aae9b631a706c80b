/**
 * Documents as somebody has them before him: what they say, and all that is wrong with them, each with its place. An editor
 * shows all of it; a command stops at the first (read.ts).
 */
import { type Configuration, SHIPPED } from '../../language/check/configuration.ts';
import { lineStarts, positionOf } from '../../language/diagnostics/position.ts';
import type { SourceFile, Span } from '../../language/syntax/tree.ts';
import { ModelError, modelError } from '../models/errors.ts';
import type { DocumentName } from './texts.ts';
import { mistakesIn } from './validate.ts';
import { type ReadValue, readValue } from './value.ts';

export interface DocumentText {
  readonly name: DocumentName;
  readonly source: SourceFile;
}

export interface ConfigurationMistake {
  readonly document: DocumentName;
  readonly span: Span;
  readonly error: ModelError;
}

export interface Examined {
  /** Of the documents that nothing is wrong with. */
  readonly configuration: Configuration;
  /** Document by document, each in the order of its text. */
  readonly mistakes: readonly ConfigurationMistake[];
}

export function examine(documents: readonly DocumentText[]): Examined {
  const parts: Configuration[] = [];
  const mistakes: ConfigurationMistake[] = [];
  const reads = new Map<DocumentName, ReadValue>();
  for (const { name, source } of documents) {
    const found = examineDocument(name, source);
    if ('mistakes' in found) {
      mistakes.push(...found.mistakes);
      continue;
    }
    parts.push((found.read.value ?? {}) as Configuration);
    reads.set(name, found.read);
  }
  const configuration: Configuration = Object.assign({}, ...parts);
  const source = documents.find(({ name }) => name === 'trading')?.source;
  const crossing = crossingIn(configuration, source, reads.get('trading'));
  return { configuration, mistakes: crossing === undefined ? mistakes : [...mistakes, crossing] };
}

function examineDocument(
  name: DocumentName,
  source: SourceFile,
): { readonly read: ReadValue } | { readonly mistakes: readonly ConfigurationMistake[] } {
  try {
    const read = readValue(source);
    const mistakes = mistakesIn(name, read, source);
    return mistakes.length === 0 ? { read } : { mistakes: mistakes.map(one => ({ document: name, ...one })) };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return { mistakes: [{ document: name, span: restOfLine(source, error), error }] };
  }
}

function restOfLine(source: SourceFile, { line = 1, column = 1 }: ModelError): Span {
  const starts = lineStarts(source);
  const start = (starts[line - 1] ?? 0) + column - 1;
  const next = starts[line] ?? source.text.length + 1;
  return { start, end: Math.max(start, next - 1) };
}

function crossingIn(
  { trading }: Configuration,
  source: SourceFile | undefined,
  read: ReadValue | undefined,
): ConfigurationMistake | undefined {
  const { entry, exit } = { ...SHIPPED.trading.signal_thresholds, ...trading?.signal_thresholds };
  if (exit <= entry || source === undefined) return undefined;
  const thresholds = '/trading/signal_thresholds';
  const span = read?.keyAt.get(`${thresholds}/exit`) ?? read?.keyAt.get(thresholds) ?? { start: 0, end: 0 };
  const place = { file: source.name, ...positionOf(source, span.start) };
  return { document: 'trading', span, error: modelError('E1108', { entry, exit }, place) };
}
