/**
 * Look-ahead, refused by name (E03xx). The words of the file are searched, not the nodes, so that each message points at
 * the very word that leaks, and a value built on a leak is not blamed again: the declaration that leaks first is.
 */
import type { Problem } from '../syntax/problem.ts';
import type { Span, Tree } from '../syntax/tree.ts';
import { checkLearned, learnedNodes } from './check-learned.ts';
import { behind } from './check-models.ts';
import { ANALYSIS_CODE, DECLARATION_CODE } from './declaration-codes.ts';
import type { NodeFacts } from './facts.ts';
import { findings, functionsThatUse, wordOf } from './leaking-words.ts';
import type { Program } from './program.ts';
import { nodesOfRebalance, nodesOfRule } from './rule-places.ts';
import { type Placed, tradedExpressions } from './tree-walk.ts';

/** Trainings whose models have seen bars after the ones they predict. */
const CROSS_VALIDATION = new Set(['k_fold', 'kfold', 'purged_kfold', 'purged_k_fold', 'combinatorial', 'cpcv']);

export function checkCausality(program: Program, facts: NodeFacts): readonly Problem[] {
  const { declarations } = program.tree;
  const learns = declarations.some(({ kind }) => kind === 'label' || kind === 'train');
  const traded = learns ? declarations.flatMap(tradedExpressions) : [];
  const future = futureIn(traded, program, facts);
  const folds = foldsIn(traded, program);
  return [
    ...(future.length > 0 ? future : futureInNodes(program, facts)),
    ...checkLearned(program, facts),
    ...(folds.length > 0 ? folds : foldsInNodes(program)),
    ...inputsWithoutLag(program),
  ];
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
