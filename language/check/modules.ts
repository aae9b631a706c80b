/** `use "lib/stops.vela" as stops`: another file's functions, params and clocks, under a name. */
import type { Declaration, Tree, UseDeclaration } from '../syntax/tree.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, report } from './context.ts';
import { reportCycles } from './cycles.ts';
import { declareClock, declareFunction, declareParams, declareValue, ofKind } from './declare.ts';
import { newScope, type Place, type Scope } from './scope.ts';

/** Trees of used files by the path that `use` names. */
export type Modules = ReadonlyMap<string, Tree>;

/** What a used file may hold. */
const EXPORTED: ReadonlySet<Declaration['kind']> = new Set(['fn', 'param', 'clock', 'use']);

/** `path`: the files that are being entered, outermost first. `prefix`: names the params of this file from outside. */
export function declareModules(
  cx: Context,
  place: Place,
  uses: readonly UseDeclaration[],
  modules: Modules,
  path: readonly string[] = [],
  prefix = '',
): void {
  for (const use of uses) {
    const scope = declareModule(cx, place, use, modules, path, prefix);
    declareValue(
      cx,
      place.scope,
      use.as,
      scope ? { kind: 'module', scope, span: use.as.span } : { kind: 'broken', span: use.as.span },
    );
  }
}

function declareModule(
  cx: Context,
  place: Place,
  use: UseDeclaration,
  modules: Modules,
  path: readonly string[],
  prefix: string,
): Scope | undefined {
  const name = use.path.value;
  const tree = modules.get(name);
  if (path.includes(name)) {
    const cycle = [...path.slice(path.indexOf(name)), name].join(' → ');
    report(cx, place.scope.file, { code: EXPRESSION_CODE.moduleCycle, span: use.path.span, facts: { path: cycle } });
    return undefined;
  }
  if (!tree) {
    report(cx, place.scope.file, { code: EXPRESSION_CODE.moduleMissing, span: use.path.span, facts: { path: name } });
    return undefined;
  }
  const file = fileOfTree(cx, tree);
  const library = place.scope.parent;
  const scope = newScope(file, library ? { parent: library } : {});
  const inside: Place = { ...place, scope };
  const inner = `${prefix}${use.as.text}.`;
  for (const declaration of tree.declarations) {
    if (EXPORTED.has(declaration.kind)) continue;
    report(cx, file, {
      code: EXPRESSION_CODE.notInModule,
      span: declaration.span,
      facts: { declaration: declaration.kind, path: name },
    });
  }
  for (const clock of ofKind(tree.declarations, 'clock')) declareClock(cx, scope, clock, `${inner}${clock.name.text}`);
  declareParams(cx, inside, ofKind(tree.declarations, 'param'), inner);
  declareModules(cx, inside, ofKind(tree.declarations, 'use'), modules, [...path, name], inner);
  for (const fn of ofKind(tree.declarations, 'fn')) declareFunction(cx, scope, fn, false);
  reportCycles(cx, scope);
  return scope;
}

/** A file used twice is listed once. */
function fileOfTree(cx: Context, tree: Tree): number {
  const known = cx.files.indexOf(tree.source);
  if (known >= 0) return known;
  cx.files.push(tree.source);
  return cx.files.length - 1;
}
