/**
 * The public face of the language: text in, checked program and diagnostics out. Whatever the text, nothing here throws;
 * a mistake of the trader's is a diagnostic with a place and a mend.
 */
import { type CheckedInDetail, type CheckOptions, checkInDetail } from './check/check.ts';
import type { Program } from './check/program.ts';
import { inFileOrder, toDiagnostic } from './diagnostics/catalogue.ts';
import type { Diagnostic, Severity } from './diagnostics/diagnostic.ts';
import { parse } from './syntax/parse.ts';
import type { Problem } from './syntax/problem.ts';
import type { SourceFile, Tree } from './syntax/tree.ts';
import { parseYaml } from './yaml/read.ts';

export { analyse, causalityOf, defaultValues, labelHorizon, warmupOf } from './check/analyses.ts';
export type { CheckOptions } from './check/check.ts';

export type { Program } from './check/program.ts';
export { inFileOrder, toDiagnostic } from './diagnostics/catalogue.ts';
export type { Diagnostic, Related, Severity } from './diagnostics/diagnostic.ts';
export { type JsonDiagnostic, toJson } from './diagnostics/json.ts';
export { type LateOrders, lateOrders } from './diagnostics/late-orders.ts';
export { explainCode } from './diagnostics/page.ts';
export { type RenderOptions, render } from './diagnostics/render.ts';
export type { Problem } from './syntax/problem.ts';
export type { SourceFile, Tree } from './syntax/tree.ts';

export interface ReadStrategy {
  readonly tree: Tree;
  readonly problems: readonly Problem[];
}

export interface CheckedStrategy {
  readonly tree: Tree;
  readonly program: Program;
  /** In file order; errors and warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The tree of a file, in whichever of the two spellings it is; broken declarations are left out of it. */
export function readStrategy(source: SourceFile): ReadStrategy {
  return source.form === 'yaml' ? parseYaml(source) : parse(source);
}

/** Reads and checks a file. `program.problems` holds what `diagnostics` says in words. */
export function checkStrategy(source: SourceFile, options: CheckOptions = {}): CheckedStrategy {
  const { tree, program, diagnostics } = checkStrategyInDetail(source, options);
  return { tree, program, diagnostics };
}

/** The same, with what the elaboration knew, for questions about single expressions. */
export interface StrategyInDetail extends CheckedStrategy {
  readonly elaboration: CheckedInDetail['elaboration'];
}

export function checkStrategyInDetail(source: SourceFile, options: CheckOptions = {}): StrategyInDetail {
  const read = readStrategy(source);
  return inWords(read, checkInDetail(read.tree, options));
}

/** What was read and what was checked, as one: problems in the order of the file and in words. */
function inWords({ tree, problems: reading }: ReadStrategy, { program: checked, elaboration }: CheckedInDetail) {
  const problems = [...reading, ...ofTheirOwn(checked.problems, reading, tree)];
  const program: Program = { ...checked, problems };
  const diagnostics = inFileOrder([...problems.map(toDiagnostic), ...cannotRunYet(program, 'warning')]);
  return { tree, program, diagnostics, elaboration };
}

/** Mistakes after which only the beginning of a value is left: what that beginning lacks is no mistake of its own. */
const CUTS_SHORT = new Set(['E0110', 'E0111', 'E0113']);

/** The problems outside declarations whose value was cut short by one that has been told already. */
function ofTheirOwn(problems: readonly Problem[], reading: readonly Problem[], tree: Tree): readonly Problem[] {
  const cutShort = new Set(
    reading.filter(({ code }) => CUTS_SHORT.has(code)).map(({ span }) => holderAt(tree, span.start)),
  );
  if (cutShort.size === 0) return problems;
  return problems.filter(({ file, span }) => file !== tree.source || !cutShort.has(holderAt(tree, span.start)));
}

/** Number of the declaration that an offset belongs to: what is cut off stands behind it, before the next one. */
function holderAt({ declarations }: Tree, offset: number): number {
  let [low, high] = [-1, declarations.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((declarations[middle]?.span.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What was understood and cannot run yet: a warning for `check`, an error for whatever wants to run it. */
export function cannotRunYet(program: Program, severity: Severity): readonly Diagnostic[] {
  const code = severity === 'error' ? 'E0190' : 'W0190';
  return program.notYet.map(({ span, what }) =>
    toDiagnostic({ code, file: program.tree.source, span, facts: { what } }),
  );
}
