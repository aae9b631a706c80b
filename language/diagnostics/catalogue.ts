/**
 * The catalogue: every code, its words and its page. A code that is raised and has no entry here is a bug, which a test
 * finds; at run time it is still shown, as bare as it is.
 */
import type { Problem } from '../syntax/problem.ts';
import type { Diagnostic, Severity } from './diagnostic.ts';
import type { Entry, RunEntry } from './entry.ts';
import { tightened } from './position.ts';
import { BLOCKS } from './words/blocks.ts';
import { CAUSALITY } from './words/causality.ts';
import { CLOCKS } from './words/clocks.ts';
import { CYCLES } from './words/cycles.ts';
import { EXECUTION } from './words/execution.ts';
import { MEMORY } from './words/memory.ts';
import { MISSING } from './words/missing.ts';
import { MODELS } from './words/models.ts';
import { NAMES } from './words/names.ts';
import { SYNTAX } from './words/syntax.ts';
import { TYPES } from './words/types.ts';
import { WARMUP } from './words/warmup.ts';
import { YAML } from './words/yaml.ts';

export type AnyEntry = Entry | RunEntry;

export interface FamilyOfCodes {
  readonly title: string;
  readonly codes: ReadonlyMap<string, AnyEntry>;
}

/** In the order of their numbers, as the documentation lists them. */
export const FAMILIES: readonly FamilyOfCodes[] = [
  family('Reading the text', SYNTAX),
  family('Reading YAML', YAML),
  family('Names and calls', NAMES),
  family('Declarations and their properties', BLOCKS),
  family('Models', MODELS),
  family('Clocks and universes', CLOCKS),
  family('Causality', CAUSALITY),
  family('Types and units', TYPES),
  family('Cycles', CYCLES),
  family('Memory', MEMORY),
  family('Warm-up', WARMUP),
  family('Missing data', MISSING),
  family('Execution', EXECUTION),
];

export const CATALOGUE: ReadonlyMap<string, AnyEntry> = new Map(FAMILIES.flatMap(({ codes }) => [...codes]));

/** Words that are typed by the facts of their own code become entries that take the facts of any problem. */
function family(title: string, entries: object): FamilyOfCodes {
  return { title, codes: new Map(Object.entries(entries) as [string, AnyEntry][]) };
}

/** Gives a problem its words. */
export function toDiagnostic(problem: Problem): Diagnostic {
  const { code, file, facts, fix } = problem;
  const entry = CATALOGUE.get(code);
  const label = entry?.label?.(facts);
  const help = entry?.help(facts);
  return {
    code,
    severity: entry?.severity ?? severityOf(code),
    file,
    span: tightened(file, problem.span),
    message: entry?.message(facts) ?? `${code} (no words for it yet)`,
    ...(label !== undefined && { label }),
    related: (problem.related ?? []).map(related => ({ ...related, span: tightened(related.file, related.span) })),
    ...(entry && { explanation: entry.why }),
    ...(help !== undefined && { help }),
    ...(fix && { fix }),
  };
}

function severityOf(code: string): Severity {
  return code.startsWith('W') ? 'warning' : 'error';
}

/** Errors before warnings would hide what belongs together: a file is read from top to bottom, and so are its problems. */
export function inFileOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics
    .map((diagnostic, index) => ({ diagnostic, index }))
    .sort((a, b) => a.diagnostic.span.start - b.diagnostic.span.start || a.index - b.index)
    .map(({ diagnostic }) => diagnostic);
}
