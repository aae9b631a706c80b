/**
 * Look-ahead, refused by name (E03xx). The words of the file are searched, not the nodes, so that each message points at
 * the very word that leaks, and a value built on a leak is not blamed again: the declaration that leaks first is.
 */
import { ENGINE_STREAMS } from '../operators/streams.ts';
import type { Problem } from '../syntax/problem.ts';
import type { Call, Expression, NameReference, Span, Tree } from '../syntax/tree.ts';
import { walk } from '../syntax/visit.ts';
import { behind } from './check-models.ts';
import { ANALYSIS_CODE, DECLARATION_CODE } from './declaration-codes.ts';
import type { Causality, Warmup } from './facts.ts';
import type { NodeId } from './node.ts';
import type { Program } from './program.ts';
import { nodesOfRebalance, nodesOfRule } from './rule-places.ts';
import { functionBodies, learnedExpressions, type Placed, tradedExpressions } from './tree-walk.ts';

const ENGINE_NAMES = new Set(ENGINE_STREAMS.map(stream => stream.field.split('.')[0] ?? stream.field));

/** Trainings whose models have seen bars after the ones they predict. */
const CROSS_VALIDATION = new Set(['k_fold', 'kfold', 'purged_kfold', 'purged_k_fold', 'combinatorial', 'cpcv']);

export interface NodeFacts {
  readonly causality: readonly Causality[];
  readonly warmup: readonly Warmup[];
}

export function checkCausality(program: Program, facts: NodeFacts): readonly Problem[] {
  const { declarations } = program.tree;
  const traded = declarations.flatMap(tradedExpressions);
  const future = futureIn(traded, program, facts);
  const ownPast = ownPastIn(declarations.flatMap(learnedExpressions), program, facts);
  const folds = foldsIn(traded, program);
  return [
    ...(future.length > 0 ? future : futureInNodes(program, facts)),
    ...ownPast,
    ...learnedInNodes(program, facts).filter(found => !ownPast.some(told => within(told.span, found.span))),
    ...(folds.length > 0 ? folds : foldsInNodes(program)),
    ...inputsWithoutLag(program),
  ];
}

/** Reports once a place and word: a name that stands twice in one expression leaks once. */
function findings(
  placed: Placed,
  program: Program,
  find: (word: NameReference | Call) => Omit<Problem, 'file' | 'span'> | undefined,
): readonly Problem[] {
  const problems: Problem[] = [];
  const said = new Set<string>();
  walk(placed.expression, inner => {
    if (inner.kind !== 'name' && inner.kind !== 'call') return;
    const word = wordOf(inner);
    const found = word === undefined || said.has(word) ? undefined : find(inner);
    if (word === undefined || !found) return;
    said.add(word);
    problems.push({ file: program.tree.source, span: inner.span, ...found });
  });
  return problems;
}

function wordOf(inner: NameReference | Call): string | undefined {
  if (inner.kind === 'name') return inner.text;
  return inner.callee.kind === 'name' ? inner.callee.text : undefined;
}

// ---------------------------------------------------------------- the future

/**
 * A label named outside of labels, or a function that reads one. (`ahead` itself is refused where it is elaborated, also
 * inside functions.)
 */
function futureIn(traded: readonly Placed[], program: Program, facts: NodeFacts): readonly Problem[] {
  const labels = labelsOf(program.tree);
  if (labels.size === 0) return [];
  const through = functionsThatUse(program.tree, new Set(labels.keys()));
  const file = program.tree.source;
  return traded.flatMap(placed =>
    findings(placed, program, inner => {
      const word = wordOf(inner) ?? '';
      const inside = inner.kind === 'call' ? through.get(word) : undefined;
      const name = inside ? inside.source : inner.kind === 'name' ? word : '';
      const label = labels.get(name);
      if (!label) return undefined;
      return {
        code: ANALYSIS_CODE.usesFuture,
        facts: { what: placed.what, name, bars: barsAhead(name, program, facts), model: modelOf(name, program.tree) },
        related: [
          { file, span: label, message: 'here' },
          ...(inside ? [{ file, span: inside.span, message: `inside \`${word}\`` }] : []),
        ],
      };
    }),
  );
}

/** The second line: no value that a rule, a portfolio or a model can read carries the taint, however it came by it. */
function futureInNodes(program: Program, facts: NodeFacts): readonly Problem[] {
  const file = program.tree.source;
  const leaks = (node: number) => facts.causality[node]?.label === true;
  const found = (what: string, name: string, span: Span): Problem => ({
    code: ANALYSIS_CODE.usesFuture,
    file,
    span,
    facts: { what, name },
  });
  return [
    ...program.streams
      .filter(stream => leaks(stream.node))
      .map(({ name, kind, span }) => found(`${kind} \`${name}\``, name, span)),
    ...program.rules
      .filter(rule => nodesOfRule(rule).some(leaks))
      .map(({ span, text }) => found('this rule', text, span)),
    ...program.rebalances
      .filter(rebalance => nodesOfRebalance(rebalance).some(leaks))
      .map(({ span, text }) => found('this portfolio', text, span)),
    ...program.risk.pauses
      .filter(({ when, length }) => leaks(when) || leaks(length))
      .map(({ span, text }) => found('a pause', text, span)),
    ...learnedNodes(program)
      .filter(({ isLabel, node }) => !isLabel && leaks(node))
      .map(({ what, name, span }) => found(what, name, span)),
  ];
}

function labelsOf(tree: Tree): ReadonlyMap<string, Span> {
  return new Map(
    tree.declarations.flatMap(declaration =>
      declaration.kind === 'label' ? [[declaration.name.text, declaration.span] as const] : [],
    ),
  );
}

function barsAhead(label: string, program: Program, facts: NodeFacts): number | undefined {
  const known = program.labels.find(candidate => candidate.name === label);
  const high = known && facts.causality[known.node]?.high;
  return high !== undefined && high > 0 && Number.isFinite(high) ? high : undefined;
}

/** The model that learns the label: what a trader probably wanted to ask. */
function modelOf(label: string, tree: Tree): string | undefined {
  const model = tree.declarations.find(
    declaration => declaration.kind === 'model' && declaration.learn?.text === label,
  );
  return model?.kind === 'model' ? model.name.text : undefined;
}

/** A word of a function's body, and the name that makes it matter: itself, or what a function called there uses. */
interface Use {
  readonly word: string;
  readonly source: string;
  readonly span: Span;
}

/** Functions of the file that use one of the words, directly or through another function. */
function functionsThatUse(tree: Tree, words: ReadonlySet<string>): ReadonlyMap<string, Use> {
  const bodies = functionBodies(tree.declarations);
  const found = new Map<string, Use>();
  for (let changed = true; changed; ) {
    changed = false;
    for (const [name, { expressions, own }] of bodies) {
      const use = found.has(name)
        ? undefined
        : firstUse(expressions, (word, isCall) =>
            isCall ? found.get(word)?.source : words.has(word) && !own.has(word) ? word : undefined,
          );
      if (!use) continue;
      found.set(name, use);
      changed = true;
    }
  }
  return found;
}

function firstUse(
  expressions: readonly Expression[],
  sourceOf: (word: string, isCall: boolean) => string | undefined,
): Use | undefined {
  let use: Use | undefined;
  for (const expression of expressions)
    walk(expression, inner => {
      if (inner.kind !== 'name' && inner.kind !== 'call') return;
      const word = wordOf(inner);
      const source = word === undefined ? undefined : sourceOf(word, inner.kind === 'call');
      if (use === undefined && word !== undefined && source !== undefined) use = { word, source, span: inner.span };
    });
  return use;
}

// ---------------------------------------------------------------- the strategy's own past, and values that never settle

/** Features, labels and choices of members may read neither the account nor what depends on where the data began. */
function ownPastIn(learned: readonly Placed[], program: Program, facts: NodeFacts): readonly Problem[] {
  if (learned.length === 0) return [];
  const streams = new Map(program.streams.map(stream => [stream.name, stream]));
  const through = functionsThatUse(program.tree, ENGINE_NAMES);
  return learned.flatMap(placed =>
    findings(placed, program, inner => {
      const word = wordOf(inner) ?? '';
      const stream = inner.kind === 'name' ? streams.get(word) : undefined;
      if (!stream) {
        const direct = inner.kind === 'name' && ENGINE_NAMES.has(word) ? word : undefined;
        const inside = inner.kind === 'call' ? through.get(word) : undefined;
        if (direct === undefined && !inside) return undefined;
        return {
          code: ANALYSIS_CODE.accountInFeatures,
          facts: { what: placed.what, name: word, stream: direct ?? inside?.source },
          ...(inside && { related: [{ file: program.tree.source, span: inside.span, message: 'here' }] }),
        };
      }
      const related = [{ file: program.tree.source, span: stream.span, message: 'here' }];
      if (facts.causality[stream.node]?.account)
        return {
          code: ANALYSIS_CODE.accountInFeatures,
          facts: { what: placed.what, name: word, stream: engineStreamBehind(stream.node, program) },
          related,
        };
      if (facts.warmup[stream.node]?.settled === Number.POSITIVE_INFINITY)
        return { code: ANALYSIS_CODE.unsettledInFeatures, facts: { what: placed.what, name: word }, related };
      return undefined;
    }),
  );
}

/** A node that a model learns from, or that says which rows it has. */
interface Learned {
  readonly what: string;
  readonly name: string;
  readonly node: NodeId;
  readonly span: Span;
  readonly isLabel: boolean;
}

function learnedNodes(program: Program): readonly Learned[] {
  const { tree, origins } = program;
  // The configured model is made of groups of the library and a label of its own, in a file of its own.
  const written = new Set(tree.declarations.flatMap(one => ('name' in one && one.name ? [one.name.text] : [])));
  const text = ({ start, end }: Span) => tree.source.text.slice(start, end);
  const isOwn = (node: NodeId) => origins[node]?.file === 0;
  const ownBlocks = program.blocks.filter(({ name }) => written.has(name));
  const columns = ownBlocks.flatMap(block =>
    block.columns.map(({ name, node, span }) => ({
      what: `feature \`${block.name}.${name}\``,
      name: text(span),
      node,
      span,
      isLabel: false,
    })),
  );
  const values = new Map(
    tree.declarations.flatMap(one => (one.kind === 'label' ? [[one.name.text, one.value.span] as const] : [])),
  );
  const ownLabels = program.labels.flatMap(label => {
    const span = values.get(label.name);
    return span ? [{ ...label, span }] : [];
  });
  const labels = ownLabels.map(({ name, node, span }) => ({
    what: `label \`${name}\``,
    name,
    node,
    span,
    isLabel: true,
  }));
  const rows = program.models.flatMap(({ name, when, weight = [], span }) => {
    const values = weight.flatMap(factor => (factor.kind === 'value' ? [factor.node] : []));
    return [...(when ? [when.node] : []), ...values].map(node => {
      const place = isOwn(node) ? (origins[node]?.span ?? span) : span;
      return { what: `model \`${name}\``, name: text(place), node, span: place, isLabel: false };
    });
  });
  return [...columns, ...labels, ...rows];
}

/** What never settles, or reads the account, through a function rather than a name of the file. */
function learnedInNodes(program: Program, facts: NodeFacts): readonly Problem[] {
  const file = program.tree.source;
  return learnedNodes(program).flatMap(({ what, name, node, span }): readonly Problem[] => {
    if (facts.causality[node]?.account) {
      const stream = engineStreamBehind(node, program);
      return [{ code: ANALYSIS_CODE.accountInFeatures, file, span, facts: { what, name, stream } }];
    }
    if (facts.warmup[node]?.settled !== Number.POSITIVE_INFINITY) return [];
    return [{ code: ANALYSIS_CODE.unsettledInFeatures, file, span, facts: { what, name } }];
  });
}

function within(inner: Span, outer: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** The first account stream that the node is computed from. */
function engineStreamBehind(id: number, program: Program, seen = new Set<number>()): string | undefined {
  const node = program.nodes[id];
  if (!node || seen.has(id)) return undefined;
  seen.add(id);
  if (node.op === 'engine') return node.attrs.field;
  for (const arg of node.args) {
    const found = engineStreamBehind(arg, program, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

// ---------------------------------------------------------------- models and inputs

/** `predict` of a model that was trained in folds: it has seen later bars. */
function foldsIn(traded: readonly Placed[], program: Program): readonly Problem[] {
  const methods = new Map(
    program.tree.declarations.flatMap(declaration =>
      declaration.kind === 'train' && CROSS_VALIDATION.has(declaration.method.text)
        ? [[declaration.model.text, declaration] as const]
        : [],
    ),
  );
  if (methods.size === 0) return [];
  return traded.flatMap(placed =>
    findings(placed, program, inner => {
      const train = inner.kind === 'name' ? methods.get(inner.text) : undefined;
      return (
        train && {
          code: ANALYSIS_CODE.modelSawLater,
          facts: { what: placed.what, name: train.model.text, method: train.method.text },
          related: [{ file: program.tree.source, span: train.method.span, message: 'here' }],
        }
      );
    }),
  );
}

/** The same through functions and modules: what a rule or a portfolio reads is followed to the models behind it. */
function foldsInNodes(program: Program): readonly Problem[] {
  const folded = new Map(
    program.models.flatMap(({ name, training }) => {
      const kind = training?.split.kind;
      return kind === 'purged_kfold' || kind === 'combinatorial' ? [[name, kind] as const] : [];
    }),
  );
  if (folded.size === 0) return [];
  const file = program.tree.source;
  const places = [
    ...program.rules.map(rule => ({ what: 'this rule', nodes: nodesOfRule(rule), span: rule.span })),
    ...program.rebalances.map(rebalance => ({
      what: 'this portfolio',
      nodes: nodesOfRebalance(rebalance),
      span: rebalance.span,
    })),
    ...program.risk.pauses.map(({ when, length, span }) => ({ what: 'a pause', nodes: [when, length], span })),
  ];
  return places.flatMap(({ what, nodes, span }) => {
    const name = nodes
      .flatMap(node => [...behind(program, node)])
      .flatMap(id => (program.nodes[id]?.op === 'predict' ? (program.nodes[id]?.attrs.name ?? []) : []))
      .find(model => folded.has(model));
    if (name === undefined) return [];
    return [{ code: ANALYSIS_CODE.modelSawLater, file, span, facts: { what, name, method: folded.get(name) } }];
  });
}

/** A lag is a length of time: with a negative one a value would be used before anybody knew it. */
function inputsWithoutLag(program: Program): readonly Problem[] {
  const file = program.tree.source;
  return program.tree.declarations.flatMap((declaration): readonly Problem[] => {
    if (declaration.kind !== 'input') return [];
    const lag = declaration.properties.find(property => property.key.text === 'lag');
    const { name } = declaration;
    if (!lag) return [{ code: ANALYSIS_CODE.inputWithoutLag, file, span: name.span, facts: { name: name.text } }];
    const value = lag.value.kind === 'expression' ? lag.value.expression : undefined;
    if (value?.kind === 'duration') return [];
    const span = value?.span ?? lag.key.span;
    const text = file.text.slice(span.start, span.end);
    const facts = { what: '`lag`', value: text, range: 'a length of time of 0 or more, such as `1h`' };
    return [{ code: DECLARATION_CODE.outOfRange, file, span, facts }];
  });
}
