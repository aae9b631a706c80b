/**
 * Checking a tree: names are entered, expressions become typed nodes, declarations become records, and the analyses look
 * at the result. Every mistake of the file is found in one run; what is broken stays silent for whoever needs it.
 */
import type { Problem } from '../syntax/problem.ts';
import type { SourceFile, Span, Tree } from '../syntax/tree.ts';
import { lowerAccount, refuseConversion } from './account.ts';
import { analyseInDetail } from './analyses.ts';
import { periodOf } from './calendar.ts';
import { EXPRESSION_CODE } from './codes.ts';
import type { Configuration } from './configuration.ts';
import { withDocument } from './configured.ts';
import { appendConstant, type Context, newContext, noteNotYet, report } from './context.ts';
import { type Elaborated, reportCycles, reportCyclesSince } from './cycles.ts';
import {
  declareAt,
  declareClock,
  declareFunction,
  declareInput,
  declareParams,
  declareStream,
  declareValue,
  libraryScope,
  ofKind,
} from './declare.ts';
import type { Reporter } from './elaborator.ts';
import { elaboratorAt } from './elaborator-at.ts';
import { lowerExecution } from './execution.ts';
import { tryAlone } from './expand.ts';
import { elaborateBlock } from './features.ts';
import { lowerInstruments } from './instrument.ts';
import type { Kind } from './kinds.ts';
import { checkLater } from './later.ts';
import { lowerLearning } from './learning.ts';
import { withLimits } from './limits.ts';
import { modelCore } from './model-core.ts';
import { declareModules, type Modules } from './modules.ts';
import type { NodeId } from './node.ts';
import { lowerRequires } from './params.ts';
import { lowerPlots } from './plots.ts';
import type { Instrument, NamedStream, Program } from './program.ts';
import { onlyOne } from './properties.ts';
import { lowerRebalances } from './rebalance.ts';
import { type Earlier, Keeper, type Kept, steadyGraph, sweep, takenOver } from './reuse.ts';
import { lowerRisk } from './risk.ts';
import { lowerRules } from './rules.ts';
import { newScope, type Place } from './scope.ts';
import { assetsOf } from './sources.ts';
import { elaborateState } from './states.ts';
import { elaborateStream } from './streams.ts';
import { ANY, BARS, DURATION, INDEX, PLAIN, RATIO, unitNamed } from './units.ts';
import { lowerUniverse } from './universes.ts';

export interface CheckOptions {
  /** Trees of the standard library; their functions are names of lower precedence. */
  readonly library?: readonly Tree[];
  /** Trees of files that `use` names, by the path as written. */
  readonly modules?: Modules;
  /** The documents of the deployment, read and validated. What they leave out is as shipped (configuration.ts). */
  readonly configuration?: Configuration;
}

/** Checks a strategy. Never throws on a tree that a parser made; what is wrong is in `problems`. */
export function check(tree: Tree, options: CheckOptions = {}): Program {
  return checkInDetail(tree, options).program;
}

/** A program, and what its elaboration knew: for questions about single expressions (probe.ts). */
export interface CheckedInDetail {
  readonly program: Program;
  readonly elaboration: { readonly cx: Context; readonly place: Place };
  /** For checking the file again after an edit (reuse.ts). */
  readonly kept: Kept;
}

/** `earlier`: what is known of the file before an edit, and may still hold. */
export function checkInDetail(
  tree: Tree,
  { library = [], modules = new Map(), configuration = {} }: CheckOptions = {},
  earlier?: Earlier,
): CheckedInDetail {
  const files: SourceFile[] = [tree.source, ...library.map(({ source }) => source)];
  const cx = earlier ? takenOver(files, configuration, earlier) : newContext(files, configuration);
  const reporter: Reporter = {
    file: tree.source,
    report: problem => report(cx, 0, problem),
    notYet: (span, what) => noteNotYet(cx, span, what),
  };
  const all = tree.declarations;

  const title = onlyOne(ofKind(all, 'strategy'), 'strategy', reporter)?.title.value ?? '';
  const account = lowerAccount(ofKind(all, 'account'), reporter);
  declareMarkets(cx, tree, reporter);
  refuseConversion(ofKind(all, 'account'), account, cx.instruments[0], reporter);
  cx.currency = account.currency;
  cx.fillsAt = wordIn(tree, 'fill') === 'this_close' ? 'this_close' : 'next_open';
  cx.bothHit = wordIn(tree, 'both_hit') === 'best' ? 'best' : 'worst';

  const scope = newScope(0, { parent: libraryScope(library, 1) });
  const place: Place = {
    scope,
    clock: 0,
    label: false,
    axis: cx.own === undefined && cx.universes.length === 1 ? 0 : null,
  };
  cx.top = place;
  declareNames(cx, place, tree, modules);
  const { ordered, graph, affected } = earlier
    ? reportCyclesSince(cx, scope, earlier.changed, steadyGraph(scope, earlier))
    : { ...reportCycles(cx, scope), affected: undefined };

  const elaborator = elaboratorAt(cx, place);
  const requires = lowerRequires(cx, place, ofKind(all, 'require'));
  const keeper = new Keeper(cx, scope);
  for (const entry of ordered) {
    if (affected !== undefined && !affected.has(entry) && earlier && keeper.reuse(entry, earlier)) continue;
    keeper.record(entry, () => elaborateEntry(cx, entry));
  }
  if (earlier) sweep(cx, scope, earlier);
  const streams = elaborateStreams(cx, place, tree);
  const rules = lowerRules(ofKind(all, 'when'), elaborator);
  const ownRisk = lowerRisk(ofKind(all, 'risk'), ofKind(all, 'rebalance').length > 0, elaborator);
  const execution = lowerExecution(ofKind(all, 'execution'), elaborator);
  const rebalances = lowerRebalances(cx, place, ofKind(all, 'rebalance'));
  const plots = lowerPlots(ofKind(all, 'plot'), elaborator);
  const { blocks, labels, models } = lowerLearning(cx, place, all);
  const risk = withLimits(cx, place, ownRisk, all);
  checkLater(cx, place, all);
  tryUncalled(cx, place);

  const program: Program = {
    tree,
    files,
    title,
    instruments: cx.instruments,
    universes: cx.universes.map(({ name, venue, members, span }) => ({ name, venue, members, span })),
    clocks: cx.clocks,
    params: cx.params,
    requires,
    account,
    nodes: cx.builder.nodes,
    origins: cx.builder.origins,
    streams,
    blocks,
    labels,
    models,
    rebalances,
    states: cx.states,
    rules,
    risk: ownRisk,
    execution,
    plots,
    notYet: cx.notYet.toSorted((a, b) => a.span.start - b.span.start),
    problems: cx.problems,
  };
  // Limits of the account cut what a strategy does; that it asks for more than they allow is no mistake of its own.
  const { problems, facts } = analyseInDetail(program, earlier?.kept.facts);
  const checked = { ...program, risk, problems: inFileOrder([...cx.problems, ...problems], files) };
  return { program: checked, elaboration: { cx, place }, kept: keeper.kept(graph, facts) };
}

function inFileOrder(problems: readonly Problem[], files: readonly SourceFile[]): readonly Problem[] {
  return problems.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.span.start - b.span.start || a.span.end - b.span.end,
  );
}

// ---------------------------------------------------------------- markets and clocks

const NOWHERE: Span = { start: 0, end: 0 };

/** Stands in where a strategy names no market, so that the rest of it can still be checked. */
const SOME_MARKET: Instrument = {
  symbol: 'BASE/QUOTE',
  venue: '',
  market: 'spot',
  base: 'BASE',
  quote: 'QUOTE',
  settle: 'QUOTE',
  gaps: 'hold',
  maxGapMs: 0,
  span: NOWHERE,
};

function declareMarkets(cx: Context, tree: Tree, reporter: Reporter): void {
  const all = tree.declarations;
  const declared = ofKind(all, 'instrument');
  const universes = ofKind(all, 'universe');
  // The one without a name comes first: it is what bare names and rules without `on` mean.
  const instruments = lowerInstruments(declared, reporter);
  cx.instruments.push(...instruments.filter(({ name }) => !name), ...instruments.filter(({ name }) => name));
  const [first] = cx.instruments;
  const isOwn = first && (first.name === undefined || (cx.instruments.length === 1 && universes.length === 0));
  cx.own = isOwn ? 0 : undefined;
  for (const universe of universes) lowerUniverse(cx, universe, reporter);
  const at = ofKind(all, 'strategy')[0]?.title.span ?? NOWHERE;
  // A part that could not be read may have been the one that seems to be missing.
  const unreadable = (keyword: string) =>
    tree.broken?.some(part => part.keyword === undefined || part.keyword === keyword) ?? false;
  const isUnreadable = unreadable('instrument') || unreadable('universe');
  if (declared.length === 0 && universes.length === 0 && !isUnreadable) {
    const facts = { what: 'an instrument', example: 'instrument "BTC/USDT" on binance' };
    report(cx, 0, { code: EXPRESSION_CODE.missingDeclaration, span: at, facts });
  }
  if (cx.instruments.length === 0 && universes.length === 0) {
    cx.instruments.push(SOME_MARKET);
    cx.own = 0;
  }
  const every = onlyOne(ofKind(all, 'every'), 'every', reporter);
  if (!every && !unreadable('every')) {
    const facts = { what: '`every`, the length of a bar', example: 'every 1h' };
    report(cx, 0, { code: EXPRESSION_CODE.missingDeclaration, span: at, facts });
  }
  const period = every ? periodOf(every.period) : ({ kind: 'fixed', ms: 3_600_000, anchorMs: 0 } as const);
  cx.clocks.push({ period, span: every?.span ?? NOWHERE });
}

/** Labels are measured from the fills that `execution { fill: … }` states, and closed by its rules. */
function wordIn(tree: Tree, key: 'fill' | 'both_hit'): string | undefined {
  const properties = ofKind(tree.declarations, 'execution').flatMap(({ properties }) => properties);
  const value = properties.find(property => property.key.text === key)?.value;
  return value?.kind === 'expression' && value.expression.kind === 'name' ? value.expression.text : undefined;
}

// ---------------------------------------------------------------- names

function declareNames(cx: Context, place: Place, tree: Tree, modules: Modules): void {
  const { scope } = place;
  const all = tree.declarations;
  for (const { name, symbol, venue } of ofKind(all, 'instrument')) {
    const instrument = cx.instruments.findIndex(known => known.symbol === symbol.value && known.venue === venue.text);
    if (name)
      declareValue(
        cx,
        scope,
        name,
        instrument < 0 ? { kind: 'broken', span: name.span } : { kind: 'instrument', instrument, span: name.span },
      );
  }
  ofKind(all, 'universe').forEach(({ name }, axis) => {
    declareValue(cx, scope, name, { kind: 'universe', axis, span: name.span });
  });
  for (const clock of ofKind(all, 'clock')) declareClock(cx, scope, clock, clock.name.text);
  for (const { name } of ofKind(all, 'session')) declareValue(cx, scope, name, { kind: 'session', span: name.span });
  for (const input of ofKind(all, 'input')) declareInput(cx, scope, input);
  for (const fn of ofKind(all, 'fn')) declareFunction(cx, scope, fn, false);
  declareModules(cx, place, ofKind(all, 'use'), modules);
  declareParams(cx, place, ofKind(all, 'param'));
  for (const declaration of all) {
    if (declaration.kind === 'at') declareAt(cx, place, declaration);
    else if (
      declaration.kind === 'let' ||
      declaration.kind === 'signal' ||
      declaration.kind === 'state' ||
      declaration.kind === 'label'
    )
      declareStream(cx, place, declaration);
  }
  for (const declaration of ofKind(all, 'features')) {
    const { name } = declaration;
    const about = { declaration, place, progress: 'new', span: name.span } as const;
    declareValue(cx, scope, name, { kind: 'features', index: cx.blocks++, ...about });
    // A block of the strategy can be taken into another one, with lags, like a group of the library.
    scope.groups.set(name.text, { declaration, scope });
  }
  for (const written of ofKind(all, 'model')) {
    const declaration = withDocument(cx, written);
    const { name } = declaration;
    declareValue(cx, scope, name, { kind: 'model', declaration, place, progress: 'new', span: name.span });
  }
  // What could not be read has its problem already; its name is known, and says nothing.
  for (const { keyword, name } of tree.broken ?? []) {
    if (keyword === 'fn' && name && !scope.functions.has(name.text)) scope.unreadable.add(name.text);
    else if (name && !scope.values.has(name.text)) scope.values.set(name.text, { kind: 'broken', span: name.span });
  }
}

// ---------------------------------------------------------------- streams

/** Elaborates every named stream, needed or not, and lists those that can be watched, in file order. */
function elaborateStreams(cx: Context, place: Place, tree: Tree): readonly NamedStream[] {
  const streams: NamedStream[] = [];
  for (const outer of tree.declarations) {
    for (const declaration of outer.kind === 'at' ? outer.declarations : [outer]) {
      const { kind } = declaration;
      if (kind !== 'let' && kind !== 'signal' && kind !== 'state') continue;
      const entry = place.scope.values.get(declaration.name.text);
      if ((entry?.kind !== 'stream' && entry?.kind !== 'state') || entry.declaration !== declaration) continue;
      elaborateEntry(cx, entry);
      const { doc } = declaration;
      const about = { kind, ...(doc !== undefined && { doc }), span: declaration.name.span };
      const watch = (name: string, node: NodeId | undefined) => {
        if (node !== undefined && cx.builder.node(node).stage === 'series') streams.push({ name, node, ...about });
      };
      if (entry.value?.kind === 'stream') watch(declaration.name.text, entry.value.node);
      if (entry.value?.kind === 'record')
        for (const [field, node] of entry.value.fields) watch(`${declaration.name.text}.${field}`, node);
    }
  }
  return streams;
}

function elaborateEntry(cx: Context, entry: Elaborated): void {
  switch (entry.kind) {
    case 'state':
      elaborateState(cx, entry);
      return;
    case 'stream':
      elaborateStream(cx, entry);
      return;
    case 'features':
      elaborateBlock(cx, entry);
      return;
    case 'model':
      modelCore(cx, entry);
  }
}

/** Functions of the strategy that nobody calls are tried with a stream of each kind; their nodes are forgotten. */
function tryUncalled(cx: Context, place: Place): void {
  const length = cx.builder.nodes.length;
  const states = cx.states.length;
  for (const entry of place.scope.functions.values()) {
    if (entry.expansions > 0 || entry.broken) continue;
    const { span } = entry.declaration.name;
    tryAlone(cx, place, entry, kind => streamOfKind(cx, place, kind, span));
  }
  cx.builder.forget(length);
  cx.states.length = states;
}

/** Stands for an argument of any sort: no tick changes it, so that it fits where a fixed value is needed, too. */
export function streamOfKind(cx: Context, place: Place, kind: Kind, span: Span): NodeId {
  if (kind === 'bars') return appendConstant(cx, place, 10, span, { unit: BARS });
  const assets = assetsOf(cx, place);
  const units = { ratio: RATIO, index: INDEX, duration: DURATION, bool: PLAIN, num: ANY } as const;
  const ofMarket = kind === 'price' || kind === 'money' || kind === 'qty';
  return cx.builder.append(
    {
      op: 'meta',
      args: [],
      attrs: { field: 'lot', instrument: 0 },
      base: kind === 'bool' ? 'bool' : 'num',
      unit: ofMarket ? (assets ? unitNamed(kind, assets) : PLAIN) : units[kind],
      clock: -1,
      stage: 'meta',
      axis: null,
    },
    place.scope.file,
    span,
  );
}
