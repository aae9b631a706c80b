/**
 * Declarations become names. Everything is entered before anything is elaborated, so the order of a file does not matter.
 */
import type {
  AtDeclaration,
  ClockDeclaration,
  Declaration,
  FnDeclaration,
  InputDeclaration,
  LabelDeclaration,
  LetDeclaration,
  Name,
  ParamDeclaration,
  SignalDeclaration,
  StateDeclaration,
  Tree,
} from '../syntax/tree.ts';
import { alignsWith, periodOf } from './calendar.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { type Context, fileOf, noteNotYet, periodWords, report } from './context.ts';
import type { ClockId } from './node.ts';
import { lowerParam } from './params.ts';
import { type Entry, nearestEntry, newScope, type Place, type Scope, spanOfEntry } from './scope.ts';
import { BUILTINS, meaningOf } from './sources.ts';

type OfKind<K extends Declaration['kind']> = Extract<Declaration, { kind: K }>;

/** The declarations of one kind, in file order. */
export function ofKind<K extends Declaration['kind']>(
  declarations: readonly Declaration[],
  kind: K,
): readonly OfKind<K>[] {
  return declarations.filter((declaration): declaration is OfKind<K> => declaration.kind === kind);
}

/** Enters a value; a name that is taken, or that the language gives a meaning, is reported. */
export function declareValue(cx: Context, scope: Scope, name: Name, entry: Entry): void {
  const first = scope.values.get(name.text);
  const builtin = BUILTINS.get(name.text);
  if (first) {
    const related = [{ file: fileOf(cx, scope.file), span: spanOfEntry(first), message: 'the first one' }];
    report(cx, scope.file, {
      code: EXPRESSION_CODE.declaredTwice,
      span: name.span,
      facts: { name: name.text },
      related,
    });
  } else {
    if (builtin) {
      const facts = { name: name.text, meaning: meaningOf(builtin) };
      report(cx, scope.file, { code: EXPRESSION_CODE.nameTaken, span: name.span, facts });
    }
    scope.values.set(name.text, entry);
  }
}

export function declareFunction(cx: Context, scope: Scope, declaration: FnDeclaration, library: boolean): void {
  const name = declaration.name.text;
  const first = scope.functions.get(name);
  if (first) {
    const span = first.declaration.name.span;
    report(cx, scope.file, {
      code: EXPRESSION_CODE.declaredTwice,
      span: declaration.name.span,
      facts: { name },
      related: [{ file: fileOf(cx, scope.file), span, message: 'the first one' }],
    });
  } else scope.functions.set(name, { declaration, scope, library, expansions: 0 });
}

/** The library's functions, by name; their bodies wait in their trees until somebody calls them. */
export function libraryScope(trees: readonly Tree[], firstFile: number): Scope {
  const all = newScope(firstFile);
  trees.forEach((tree, index) => {
    const scope = newScope(firstFile + index, { parent: all });
    for (const declaration of tree.declarations) {
      if (declaration.kind === 'fn')
        all.functions.set(declaration.name.text, { declaration, scope, library: true, expansions: 0 });
      else if (declaration.kind === 'features') all.groups.set(declaration.name.text, { declaration, scope });
    }
  });
  return all;
}

export function declareClock(cx: Context, scope: Scope, declaration: ClockDeclaration, title: string): void {
  const { name, zone, span } = declaration;
  const period = periodOf(declaration.period);
  const base = cx.clocks[0]?.period;
  if (zone) noteNotYet(cx, zone.span, 'a clock in a time zone');
  let clock: ClockId | undefined;
  if (base && !alignsWith(period, base)) {
    const slower = period.kind === 'months' || (base.kind === 'fixed' && period.ms > base.ms);
    report(cx, scope.file, {
      code: EXPRESSION_CODE.clockDoesNotAlign,
      span: declaration.period.span,
      facts: { clock: name.text, period: periodWords(period), base: periodWords(base), slower },
    });
  } else {
    clock = cx.clocks.length;
    cx.clocks.push({ name: title, period, span });
  }
  declareValue(cx, scope, name, { kind: 'clock', clock, span: name.span });
}

export function declareParams(cx: Context, place: Place, declarations: readonly ParamDeclaration[], prefix = ''): void {
  for (const declaration of declarations) {
    const { name } = declaration;
    // Known before it is lowered: a param that refers to another is told so, not that there is none.
    const param = lowerParam(cx, place, declaration, prefix);
    const fresh = !place.scope.values.has(name.text);
    if (param && fresh) {
      cx.params.push(param);
      cx.paramsByName.set(param.name, param);
    }
    declareValue(
      cx,
      place.scope,
      name,
      param ? { kind: 'param', param, span: name.span } : { kind: 'broken', span: name.span },
    );
  }
}

type Stream = LetDeclaration | SignalDeclaration | StateDeclaration | LabelDeclaration;

export function declareStream(cx: Context, place: Place, declaration: Stream): void {
  const label = declaration.kind === 'label';
  const at: Place = label ? { ...place, label } : place;
  const entry: Entry =
    declaration.kind === 'state'
      ? { kind: 'state', declaration, place: at, progress: 'new', previous: { progress: 'new' } }
      : { kind: 'stream', declaration, place: at, progress: 'new' };
  declareValue(cx, place.scope, declaration.name, entry);
}

/** `at day { … }`: names of the file that tick on another clock. */
export function declareAt(cx: Context, place: Place, declaration: AtDeclaration): void {
  const entry = place.scope.values.get(declaration.clock.text);
  const clock = entry?.kind === 'clock' ? entry.clock : undefined;
  if (entry?.kind !== 'clock' && entry?.kind !== 'broken') {
    const suggestion = nearestEntry(place.scope, declaration.clock, known => known.kind === 'clock');
    report(cx, place.scope.file, {
      code: EXPRESSION_CODE.unknownName,
      span: declaration.clock.span,
      facts: { name: declaration.clock.text, wanted: 'a clock', suggestion },
    });
  }
  for (const inner of declaration.declarations) {
    if (clock !== undefined) declareStream(cx, { ...place, clock }, inner);
    else declareValue(cx, place.scope, inner.name, { kind: 'broken', span: inner.name.span });
  }
}

export function declareInput(cx: Context, scope: Scope, declaration: InputDeclaration): void {
  noteNotYet(cx, declaration.span, 'an input beside the bars');
  const period = periodOf(declaration.period);
  const base = cx.clocks[0]?.period;
  const { name } = declaration;
  const own = cx.clocks.findIndex(known => JSON.stringify(known.period) === JSON.stringify(period));
  const aligned = own >= 0 || (base && alignsWith(period, base));
  if (!aligned && base) {
    report(cx, scope.file, {
      code: EXPRESSION_CODE.clockDoesNotAlign,
      span: declaration.period.span,
      facts: { clock: name.text, period: periodWords(period), base: periodWords(base), slower: true },
    });
  }
  if (aligned && own < 0) cx.clocks.push({ name: name.text, period, span: declaration.period.span });
  const clock = own >= 0 ? own : aligned ? cx.clocks.length - 1 : undefined;
  declareValue(cx, scope, name, { kind: 'input', declaration, clock, span: name.span });
}
