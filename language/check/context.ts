/** What the elaboration of one file accumulates: nodes, clocks, params, states, problems. One record, passed along. */
import type { Problem } from '../syntax/problem.ts';
import type { SourceFile, Span } from '../syntax/tree.ts';
import { Builder } from './builder.ts';
import type { Configuration } from './configuration.ts';
import type { Configured } from './configured.ts';
import type { Universe as ListedUniverse } from './model.ts';
import type { BaseType, ClockId, Node, NodeId, Unit } from './node.ts';
import type { Clock, Instrument, Param, Period, StateSlot } from './program.ts';
import type { FunctionEntry, Place, Value } from './scope.ts';
import { ANY, type Assets, unitWords } from './units.ts';

export interface Universe extends ListedUniverse {
  readonly assets: Assets;
}

/** A function being expanded: who called it, and where. */
export interface CallFrame {
  readonly function: FunctionEntry;
  readonly file: number;
  readonly span: Span;
  /** Where the argument of each parameter stands. */
  readonly arguments: ReadonlyMap<string, Span>;
}

export interface Context {
  readonly files: SourceFile[];
  readonly builder: Builder;
  readonly problems: Problem[];
  readonly notYet: { readonly span: Span; readonly what: string }[];
  readonly clocks: Clock[];
  readonly params: Param[];
  readonly paramsByName: Map<string, Param>;
  readonly states: StateSlot[];
  readonly instruments: Instrument[];
  readonly universes: Universe[];
  /** The instrument that bare names mean; absent where they mean members of a universe, or could be any one's. */
  own: number | undefined;
  /** Blocks of features so far: the number of the next one. */
  blocks: number;
  readonly configuration: Configuration;
  /** The model of the configuration, once a strategy has asked for it. */
  configured: Configured | 'broken' | undefined;
  /** Where the declarations of the strategy's own file stand. */
  top: Place | undefined;
  /** Currency of the account's money. */
  currency: string | undefined;
  /** The fill rule that labels measure from. */
  fillsAt: 'next_open' | 'this_close';
  /** Which of two barriers counts that one bar reaches. */
  bothHit: 'worst' | 'best';
  readonly calls: CallFrame[];
  /** Expansions by function and arguments: equal calls are one. */
  readonly expansions: Map<FunctionEntry, Map<string, Value | undefined>>;
  readonly reported: Set<string>;
  /** Expansions inside which something was reported. */
  readonly loud: Set<Value | undefined>;
  /** One report stands for several places, so that what one place says depends on what others said before it. */
  repeated: boolean;
  /** The strategy outgrew what is ever expanded, which has been reported. */
  tooLarge: boolean;
}

/** `builder`: with the nodes of an earlier check, where they are taken over. */
export function newContext(
  files: SourceFile[],
  configuration: Configuration = {},
  builder: Builder = new Builder(),
): Context {
  return {
    files,
    builder,
    problems: [],
    notYet: [],
    clocks: [],
    params: [],
    paramsByName: new Map(),
    states: [],
    instruments: [],
    universes: [],
    own: undefined,
    blocks: 0,
    configuration,
    configured: undefined,
    top: undefined,
    currency: undefined,
    fillsAt: 'next_open',
    bothHit: 'worst',
    calls: [],
    expansions: new Map(),
    reported: new Set(),
    loud: new Set(),
    repeated: false,
    tooLarge: false,
  };
}

export function fileOf(cx: Context, index: number): SourceFile {
  const file = cx.files[index];
  if (!file) throw new RangeError(`no file ${index}`);
  return file;
}

/**
 * A problem inside a function of the library is the caller's: it is shown at the call, or at the argument that caused it,
 * with the place in the function beside it. Inside the strategy's own function it is shown there, with the call beside it.
 */
export function report(cx: Context, file: number, problem: Omit<Problem, 'file'>): void {
  const outer = cx.calls.find(frame => frame.function.library);
  const inner = cx.calls.at(-1);
  if (outer) {
    const name = outer.function.declaration.name.text;
    const argument = argumentBehind(cx, file, problem.span);
    const { fix, ...rest } = problem;
    // A mend of the very word mends the argument that it stands for; any other one would change the library.
    const mend = fix?.edits.length === 1 && fix.edits[0]?.span.start === problem.span.start ? fix.edits[0] : undefined;
    add(cx, {
      ...rest,
      facts: {
        ...problem.facts,
        inside: name,
        ...(argument && { what: `\`${name}\``, text: textAt(cx, outer.file, argument) }),
      },
      file: fileOf(cx, outer.file),
      span: argument ?? outer.span,
      ...(argument && fix && mend && { fix: { ...fix, edits: [{ span: argument, text: mend.text }] } }),
      related: [{ file: fileOf(cx, file), span: problem.span, message: `inside \`${name}\`` }],
    });
  } else if (inner) {
    const call = { file: fileOf(cx, inner.file), span: inner.span, message: 'called here' };
    add(cx, { ...problem, file: fileOf(cx, file), related: [...(problem.related ?? []), call] });
  } else add(cx, { ...problem, file: fileOf(cx, file) });
}

/** The caller's argument that a name in the innermost function stands for, followed out of the library. */
function argumentBehind(cx: Context, file: number, span: Span): Span | undefined {
  let at = { file, span };
  for (const frame of cx.calls.toReversed()) {
    const argument = frame.arguments.get(textAt(cx, at.file, at.span));
    if (!argument) return undefined;
    at = { file: frame.file, span: argument };
    if (frame === cx.calls.find(known => known.function.library)) return at.span;
  }
  return undefined;
}

/** One problem a place, code and subject: a function expanded twice says it once. */
export function add(cx: Context, problem: Problem): void {
  const key = [problem.code, problem.file.name, problem.span.start, problem.span.end, problem.facts.what].join(' ');
  if (cx.reported.has(key)) {
    cx.repeated = true;
    return;
  }
  cx.reported.add(key);
  cx.problems.push(problem);
}

/** Notes a construct that cannot run yet, once a place. Inside a function, at the outermost call. */
export function noteNotYet(cx: Context, span: Span, what: string): void {
  const at = cx.calls[0]?.span ?? span;
  if (cx.notYet.some(known => known.what === what && known.span.start === at.start)) return;
  cx.notYet.push({ span: at, what });
}

export function textAt(cx: Context, file: number, span: Span): string {
  return fileOf(cx, file).text.slice(span.start, span.end);
}

export function appendConstant(
  cx: Context,
  place: Place,
  value: number,
  span: Span,
  type: { readonly base?: BaseType; readonly unit?: Unit } = {},
): NodeId {
  return cx.builder.append(
    {
      op: 'const',
      args: [],
      attrs: { value },
      base: type.base ?? 'num',
      unit: type.unit ?? ANY,
      clock: -1,
      stage: 'const',
      axis: null,
    },
    place.scope.file,
    span,
  );
}

export function appendSource(
  cx: Context,
  place: Place,
  span: Span,
  source: Pick<Node, 'op' | 'attrs' | 'base' | 'unit'> & { readonly clock: ClockId; readonly axis?: number | null },
): NodeId {
  return cx.builder.append({ args: [], stage: 'series', axis: null, ...source }, place.scope.file, span);
}

// ---------------------------------------------------------------- words

export function periodWords(period: Period): string {
  if (period.kind === 'months') return period.months % 12 === 0 ? `${period.months / 12}y` : `${period.months}mo`;
  for (const [unit, ms] of [
    ['w', 604_800_000],
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const)
    if (period.ms % ms === 0) return `${period.ms / ms}${unit}`;
  return `${period.ms}ms`;
}

/** "every 1h", "`day`". */
export function clockWords(cx: Context, clock: ClockId): string {
  const known = cx.clocks[clock];
  if (!known) return 'no clock';
  return known.name === undefined ? `every ${periodWords(known.period)}` : `\`${known.name}\``;
}

/** "a condition", "a price in USDT per BTC". */
export function typeWords(node: Pick<Node, 'base' | 'unit' | 'attrs'>): string {
  switch (node.base) {
    case 'bool':
      return 'a condition';
    case 'category':
      return `one of ${(node.attrs.categories ?? []).map(name => `\`${name}\``).join(', ')}`;
    case 'text':
      return 'a choice of names';
    case 'num':
      return unitWords(node.unit);
  }
}
