/** Functions of the language itself: the body is elaborated anew for each call, with the arguments bound to its names. */
import type { Call, Expression, FnDeclaration, Name } from '../syntax/tree.ts';
import { matchArguments } from './arguments.ts';
import { EXPRESSION_CODE } from './codes.ts';
import { add, type CallFrame, type Context, fileOf, report } from './context.ts';
import { reportCycles } from './cycles.ts';
import { elaborate, evaluate } from './elaborate.ts';
import { acceptKind, KINDS, type Kind, kindNamed, resultOfKind } from './kinds.ts';
import type { ClockId, NodeId } from './node.ts';
import { asStream, type FunctionEntry, lookUp, newScope, type Place, type Scope, type Value } from './scope.ts';
import { elaborateState } from './states.ts';
import { elaborateStream } from './streams.ts';
import { nearest } from './suggest.ts';

/** Arguments before their names are bound: nodes, or absent where the default holds. */
type Bound = readonly (NodeId | undefined)[];

export function expand(cx: Context, place: Place, entry: FunctionEntry, call: Call): Value | undefined {
  const { declaration } = entry;
  entry.expansions++;
  if (entry.broken || refuseRecursion(cx, place, entry, call) || refuseSize(cx, place, entry, call)) return undefined;
  const name = declaration.name.text;
  const parameters = declaration.parameters.map(parameter => ({
    name: parameter.name.text,
    optional: parameter.default !== undefined,
  }));
  const matched = matchArguments(cx, place, call, name, parameters);
  const kinds = kindsOf(cx, entry);
  if (!matched || !kinds) return undefined;
  const given = matched.map((argument, index) =>
    argument ? elaborate(cx, place, argument.value, kinds[index] === 'bool' ? 'bool' : 'num') : undefined,
  );
  if (matched.some((argument, index) => argument && given[index] === undefined)) return undefined;
  const clock = clockOfCall(cx, place, given);
  const bound = given.map((id, index) => {
    const argument = matched[index];
    const kind = kinds[index];
    if (id === undefined || !argument || !kind) return undefined;
    const what = `\`${argument.name?.text ?? parameters[index]?.name}\` of \`${name}\``;
    return acceptKind(cx, { place, span: argument.value.span, what, clock }, id, kind);
  });
  if (bound.some((id, index) => given[index] !== undefined && id === undefined)) return undefined;
  const spans = new Map(
    matched.flatMap((argument, index) => {
      const parameter = parameters[index];
      return argument && parameter ? [[parameter.name, argument.value.span] as const] : [];
    }),
  );
  return expandBound(cx, { ...place, clock }, entry, bound, {
    file: place.scope.file,
    span: call.span,
    arguments: spans,
  });
}

/** The clock that bare names of the body tick on: the place's, unless all streams given are of another one. */
function clockOfCall(cx: Context, place: Place, given: Bound): ClockId {
  const clocks = given.map(id => (id === undefined ? -1 : cx.builder.node(id).clock)).filter(clock => clock >= 0);
  const [first = place.clock] = clocks;
  return clocks.includes(place.clock) ? place.clock : first;
}

/** Equal calls give equal streams, so they are expanded once. */
function expandBound(
  cx: Context,
  place: Place,
  entry: FunctionEntry,
  bound: Bound,
  site: Omit<CallFrame, 'function'>,
): Value | undefined {
  const known = cx.expansions.get(entry) ?? new Map<string, Value | undefined>();
  cx.expansions.set(entry, known);
  const key = `${bound.map(id => id ?? '-').join(' ')} @${place.clock} ${place.label} ${place.axis}`;
  if (known.has(key)) {
    const before = known.get(key);
    if (before === undefined || cx.loud.has(before)) cx.repeated = true;
    return before;
  }
  const problems = cx.problems.length;
  cx.calls.push({ ...site, function: entry });
  const value = body(cx, place, entry, bound);
  cx.calls.pop();
  known.set(key, value);
  if (cx.problems.length > problems) cx.loud.add(value);
  return value;
}

function body(cx: Context, caller: Place, entry: FunctionEntry, bound: Bound): Value | undefined {
  const { declaration } = entry;
  const name = declaration.name.text;
  const scope = newScope(entry.scope.file, { parent: entry.scope, title: name });
  const place: Place = { scope, clock: caller.clock, label: caller.label, axis: caller.axis };
  if (!bindParameters(cx, place, declaration, bound)) return undefined;
  if (declaration.body.kind === 'expression')
    return result(cx, place, declaration, evaluateBody(cx, place, declaration.body.value), declaration.body.value.span);
  declareBody(cx, place, declaration);
  // All of the block is looked at, also what no result needs, so that its mistakes are told.
  let last: Value | undefined;
  for (const entryOfBody of scope.values.values()) {
    if (entryOfBody.kind === 'stream') last = elaborateStream(cx, entryOfBody);
    else if (entryOfBody.kind === 'state') {
      const node = elaborateState(cx, entryOfBody);
      last = node === undefined ? undefined : { kind: 'stream', node };
    }
  }
  if (declaration.result.kind === 'several') return severalResults(cx, place, declaration, declaration.result.names);
  return result(cx, place, declaration, last, declaration.body.declarations.at(-1)?.name.span ?? declaration.name.span);
}

function evaluateBody(cx: Context, place: Place, value: Expression): Value | undefined {
  const found = evaluate(cx, place, value);
  // A body that is another function's several results needs one of them named.
  return found?.kind === 'record' ? asStream(elaborate(cx, place, value)) : found;
}

function bindParameters(cx: Context, place: Place, declaration: FnDeclaration, bound: Bound): boolean {
  for (const [index, parameter] of declaration.parameters.entries()) {
    const given = bound[index];
    const node = given ?? (parameter.default && defaultOf(cx, place, parameter.default, parameter.type));
    if (node === undefined) return false;
    place.scope.values.set(parameter.name.text, {
      kind: 'bound',
      value: { kind: 'stream', node },
      span: parameter.name.span,
    });
  }
  return true;
}

function defaultOf(cx: Context, place: Place, value: Expression, type: Name): NodeId | undefined {
  const node = elaborate(cx, place, value);
  const kind = kindNamed(type.text);
  if (node === undefined || !kind) return undefined;
  return acceptKind(cx, { place, span: value.span, what: 'a default', clock: place.clock }, node, kind);
}

function declareBody(cx: Context, place: Place, declaration: FnDeclaration): void {
  const { scope } = place;
  if (declaration.body.kind !== 'block') return;
  for (const local of declaration.body.declarations) {
    const name = local.name.text;
    const first = scope.values.get(name);
    if (first && first.kind !== 'broken') {
      const span = first.kind === 'stream' || first.kind === 'state' ? first.declaration.name.span : first.span;
      report(cx, scope.file, {
        code: EXPRESSION_CODE.declaredTwice,
        span: local.name.span,
        facts: { name },
        related: [{ file: fileOf(cx, scope.file), span, message: 'the first one' }],
      });
      continue;
    }
    if (local.kind === 'let') scope.values.set(name, { kind: 'stream', declaration: local, place, progress: 'new' });
    else
      scope.values.set(name, {
        kind: 'state',
        declaration: local,
        place,
        progress: 'new',
        previous: { progress: 'new' },
      });
  }
  reportCycles(cx, scope);
}

function result(
  cx: Context,
  place: Place,
  declaration: FnDeclaration,
  value: Value | undefined,
  span: Expression['span'],
): Value | undefined {
  if (declaration.result.kind === 'several') {
    return severalResults(cx, place, declaration, declaration.result.names);
  }
  const kind = kindNamed(declaration.result.type.text);
  if (value?.kind !== 'stream' || !kind) return undefined;
  const what = `the result of \`${declaration.name.text}\``;
  return asStream(resultOfKind(cx, { place, span, what, clock: place.clock }, value.node, kind));
}

function severalResults(
  cx: Context,
  place: Place,
  declaration: FnDeclaration,
  names: readonly Name[],
): Value | undefined {
  const fields = new Map<string, NodeId | undefined>();
  for (const name of names) {
    const entry = place.scope.values.get(name.text);
    // A line of the block that could not be read has its problem already.
    if (!entry && lookUp(place.scope, name.text)?.kind !== 'broken') {
      const suggestion = nearest(name.text, place.scope.values.keys());
      report(cx, place.scope.file, {
        code: EXPRESSION_CODE.unknownResult,
        span: name.span,
        facts: { function: declaration.name.text, name: name.text, suggestion },
      });
    }
    fields.set(name.text, nodeOf(cx, place.scope, name.text));
  }
  return { kind: 'record', of: declaration.name.text, fields };
}

function nodeOf(cx: Context, scope: Scope, name: string): NodeId | undefined {
  const entry = scope.values.get(name);
  if (entry?.kind === 'stream') {
    const value = elaborateStream(cx, entry);
    return value?.kind === 'stream' ? value.node : undefined;
  }
  if (entry?.kind === 'state') return elaborateState(cx, entry);
  return entry?.kind === 'bound' && entry.value?.kind === 'stream' ? entry.value.node : undefined;
}

/** The kinds of the parameters; a kind that does not exist is reported once, where it was written. */
function kindsOf(cx: Context, entry: FunctionEntry): readonly Kind[] | undefined {
  const { declaration, scope } = entry;
  const types = declaration.parameters.map(parameter => parameter.type);
  if (declaration.result.kind === 'single') types.push(declaration.result.type);
  const kinds: Kind[] = [];
  for (const type of types) {
    const kind = kindNamed(type.text);
    if (kind) kinds.push(kind);
    else reportUnknownKind(cx, scope.file, type);
  }
  return kinds.length === types.length ? kinds : undefined;
}

export function reportUnknownKind(cx: Context, file: number, type: Name): void {
  const suggestion = nearest(type.text, KINDS);
  report(cx, file, {
    code: EXPRESSION_CODE.unknownKind,
    span: type.span,
    facts: { name: type.text, known: KINDS.map(kind => `\`${kind}\``).join(' '), suggestion },
    ...(suggestion !== undefined && {
      fix: { title: `Write \`${suggestion}\``, safe: false, edits: [{ span: type.span, text: suggestion }] },
    }),
  });
}

/** Functions do not call themselves, also not through others: every program ends. */
function refuseRecursion(cx: Context, place: Place, entry: FunctionEntry, call: Call): boolean {
  const at = cx.calls.findIndex(frame => frame.function === entry);
  if (at < 0) return false;
  const path = [...cx.calls.slice(at).map(frame => frame.function), entry];
  report(cx, place.scope.file, {
    code: EXPRESSION_CODE.recursion,
    span: call.callee.span,
    facts: { path: path.map(({ declaration }) => declaration.name.text).join(' → ') },
  });
  return true;
}

/** Far beyond what a person writes; functions that call functions twice each would double it with every one. */
const MOST_NODES = 50_000;
const DEEPEST_CALL = 60;

function refuseSize(cx: Context, place: Place, entry: FunctionEntry, call: Call): boolean {
  const deep = cx.calls.length >= DEEPEST_CALL;
  if (!deep && cx.builder.nodes.length < MOST_NODES) return false;
  const outermost = cx.calls[0];
  // Said once, at the call of the file that grew too far; everything after it is too large as well.
  if (!cx.tooLarge)
    add(cx, {
      code: EXPRESSION_CODE.tooLarge,
      file: fileOf(cx, outermost?.file ?? place.scope.file),
      span: outermost?.span ?? call.span,
      facts: {
        function: (outermost?.function ?? entry).declaration.name.text,
        reason: deep ? 'deep' : 'large',
        most: deep ? DEEPEST_CALL : MOST_NODES,
      },
    });
  cx.tooLarge = true;
  return true;
}

/** A function that nobody calls is tried on its own: with a stream of the kind that each parameter names. */
export function tryAlone(cx: Context, place: Place, entry: FunctionEntry, streamOfKind: (kind: Kind) => NodeId): void {
  const kinds = kindsOf(cx, entry);
  if (!kinds) return;
  const bound = entry.declaration.parameters.map((_, index) => streamOfKind(kinds[index] ?? 'num'));
  entry.expansions++;
  body(cx, place, entry, bound);
}

/** Where the body of a function stands, with a stream of the kind that each parameter names: for questions about it. */
export function placeInside(
  cx: Context,
  place: Place,
  entry: FunctionEntry,
  streamOfKind: (kind: Kind) => NodeId,
): Place {
  const { declaration } = entry;
  const scope = newScope(entry.scope.file, { parent: entry.scope, title: declaration.name.text });
  const inside: Place = { scope, clock: place.clock, label: place.label, axis: place.axis };
  for (const { name, type } of declaration.parameters) {
    const value = asStream(streamOfKind(kindNamed(type.text) ?? 'num'));
    scope.values.set(name.text, { kind: 'bound', value, span: name.span });
  }
  declareBody(cx, inside, declaration);
  return inside;
}
