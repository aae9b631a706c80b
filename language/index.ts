/**
 * The public face of the language: text in, checked program and diagnostics out. Whatever the text, nothing here throws;
 * a mistake of the trader's is a diagnostic with a place and a mend.
 */
import { type CheckedInDetail, type CheckOptions, checkInDetail } from './check/check.ts';
import type { Program } from './check/program.ts';
import { type Earlier, mayReuse } from './check/reuse.ts';
import { inFileOrder, toDiagnostic } from './diagnostics/catalogue.ts';
import type { Diagnostic, Severity } from './diagnostics/diagnostic.ts';
import { compare } from './syntax/compare.ts';
import { type Part, type PartedFile, parse, parseParts, wholeOf } from './syntax/parse.ts';
import type { Problem } from './syntax/problem.ts';
import { type Reparsed, reparse } from './syntax/reparse.ts';
import { scan } from './syntax/scan.ts';
import type { SourceFile, Tree } from './syntax/tree.ts';
import { parseYaml } from './yaml/read.ts';
import type { ReadExpressions } from './yaml/reader.ts';

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

/** The same, with what the elaboration knew, for questions about single expressions; and for the next check. */
export interface StrategyInDetail extends CheckedStrategy {
  readonly elaboration: CheckedInDetail['elaboration'];
  readonly again: Again;
}

/** What a check after an edit may take over. */
interface Again {
  readonly parted?: PartedFile;
  /** Of the YAML form. */
  readonly expressions?: ReadExpressions;
  readonly kept: CheckedInDetail['kept'];
  readonly options: CheckOptions;
}

/** `before`: the check of the same file before an edit. The result is the same without it, and takes longer. */
export function checkStrategyInDetail(
  source: SourceFile,
  options: CheckOptions = {},
  before?: StrategyInDetail,
): StrategyInDetail {
  if (source.form === 'yaml') {
    const read = parseYaml(source, before?.again.expressions);
    const { expressions } = read;
    const compared = before && compare(before.tree, read.tree);
    const earlier = before && compared && earlierOf(before, compared, read.tree, options);
    return inWords(read, checkInDetail(read.tree, options, earlier), { options, expressions });
  }
  const reparsed = before?.again.parted && reparse(before.again.parted, source);
  const parted = reparsed?.file ?? parseParts(source, scan(source.text));
  const read = wholeOf(parted);
  const earlier = before && reparsed && earlierOf(before, reparsed, read.tree, options);
  return inWords(read, checkInDetail(read.tree, options, earlier), { options, parted });
}

/** Declarations that mean the same to all others whatever they say: only what depends on them by name changes. */
const READ_BY_NAME: ReadonlySet<string> = new Set([
  'let',
  'signal',
  'state',
  'at',
  'param',
  'fn',
  'features',
  'label',
  'model',
]);
/** Declarations that nothing else reads, or that are read anew each time. */
const READ_BY_NONE: ReadonlySet<string> = new Set([
  'strategy',
  'when',
  'while',
  'plot',
  'risk',
  'rebalance',
  'require',
  'test',
  'train',
]);

function earlierOf(
  before: StrategyInDetail,
  reparsed: Pick<Reparsed, 'before' | 'after' | 'move'>,
  tree: Tree,
  options: CheckOptions,
): Earlier | undefined {
  const { kept, options: asked } = before.again;
  const isSame =
    asked.library === options.library &&
    asked.configuration === options.configuration &&
    sameModules(asked.modules, options.modules);
  if (!isSame || !mayReuse(kept)) return undefined;
  const { move } = reparsed;
  const textIn = (file: SourceFile) => (part: Part) => file.text.slice(part.span.start, part.span.end);
  const [oldText, newText] = [textIn(before.tree.source), textIn(tree.source)];
  // Between two edits a part can be as it was and yet not where `move` takes it: nothing of it is taken over then.
  const [oldPlaced, newPlaced] = [
    (part: Part) => `${move(part.span).start} ${oldText(part)}`,
    (part: Part) => `${part.span.start} ${newText(part)}`,
  ];
  const [old, now] = [new Set(reparsed.before.map(oldPlaced)), new Set(reparsed.after.map(newPlaced))];
  const gone = reparsed.before.filter(part => !now.has(oldPlaced(part)));
  const come = reparsed.after.filter(part => !old.has(newPlaced(part)));
  const isLocal = [...gone, ...come].every(
    ({ keyword = '' }) => READ_BY_NAME.has(keyword) || READ_BY_NONE.has(keyword),
  );
  const [removed, added] = [namesOf(gone), namesOf(come)];
  const isSameNames = removed.length === added.length && new Set([...removed, ...added]).size === new Set(added).size;
  if (!isLocal || !isSameNames || reparsed.before.length !== reparsed.after.length) return undefined;
  if (numbered(reparsed.before, oldText) !== numbered(reparsed.after, newText)) return undefined;
  if (callsLess(gone, come, tree)) return undefined;
  return { kept, changed: new Set(added), from: before.tree.source, to: tree.source, move };
}

/** Markets, clocks and blocks of features are known by their number in the file: their order must be what it was. */
function numbered(parts: readonly Part[], textOf: (part: Part) => string): string {
  return parts
    .flatMap(part => {
      const { keyword = '' } = part;
      if (keyword === 'features') return namesOf([part]);
      return READ_BY_NAME.has(keyword) || READ_BY_NONE.has(keyword) ? [] : [textOf(part)];
    })
    .join('\n');
}

function sameModules(before: CheckOptions['modules'] = new Map(), now: CheckOptions['modules'] = new Map()): boolean {
  return before.size === now.size && [...now].every(([path, tree]) => before.get(path) === tree);
}

/** The names that parts declare, or would if they could be read, in order. */
function namesOf(parts: readonly Part[]): readonly string[] {
  return parts
    .flatMap(({ declaration, broken }) => [
      ...(declaration?.kind === 'at' ? declaration.declarations.map(({ name }) => name.text) : []),
      ...(declaration !== undefined && 'name' in declaration && declaration.name ? [declaration.name.text] : []),
      ...broken.flatMap(({ name }) => (name === undefined ? [] : [name.text])),
    ])
    .filter((name, index, all) => all.indexOf(name) === index);
}

/** A function of the file that is called no more is tried on its own. */
function callsLess(gone: readonly Part[], come: readonly Part[], { source, declarations }: Tree): boolean {
  const functions = declarations.flatMap(one => (one.kind === 'fn' ? [one.name.text] : []));
  if (functions.length === 0) return false;
  // Broken parts call nothing, so it is the readable ones that count.
  const called = (parts: readonly Part[]) =>
    new Set(parts.flatMap(({ declaration }) => (declaration ? callsOf(declaration) : [])));
  const [before, after] = [called(gone), called(come)];
  return source.form === 'vela' && functions.some(name => before.has(name) !== after.has(name));
}

function callsOf(part: unknown): readonly string[] {
  if (typeof part !== 'object' || part === null) return [];
  if (Array.isArray(part)) return part.flatMap(callsOf);
  const own = 'kind' in part && part.kind === 'call' && 'callee' in part ? part.callee : undefined;
  const name = typeof own === 'object' && own !== null && 'text' in own ? [String(own.text)] : [];
  return [...name, ...Object.values(part).flatMap(callsOf)];
}

/** What was read and what was checked, as one: problems in the order of the file and in words. */
function inWords(
  { tree, problems: reading }: ReadStrategy,
  { program: checked, elaboration, kept }: CheckedInDetail,
  again: Omit<Again, 'kept'>,
): StrategyInDetail {
  const problems = [...reading, ...ofTheirOwn(checked.problems, reading, tree)];
  const program: Program = { ...checked, problems };
  const diagnostics = inFileOrder([...problems.map(toDiagnostic), ...cannotRunYet(program, 'warning')]);
  return { tree, program, diagnostics, elaboration, again: { ...again, kept } };
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
