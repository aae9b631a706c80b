/**
 * Program → Graph: the checked nodes as they are, with everything that is asked of them as roots. The roots of the rules,
 * the risk limits and the costs come first and in file order, since that order has a meaning; watched streams come last,
 * so that asking for one changes nothing before it.
 */
import type { Rebalance } from '../../language/check/model.ts';
import type { NodeId } from '../../language/check/node.ts';
import type { Bracket, OrderSpec, Program, Rule, Size } from '../../language/check/program.ts';
import type { Graph, Root } from './graph.ts';

export interface Watch {
  readonly name: string;
  readonly node: NodeId;
  readonly pane?: string;
}

export interface BuiltGraph {
  readonly graph: Graph;
  /** How many of the roots are there without the watches. */
  readonly meaningful: number;
}

export function buildGraph(program: Program, watches: readonly Watch[]): BuiltGraph {
  const roots: Root[] = [
    ...program.rules.flatMap((rule, index) => prefixed(`rule.${index}`, ruleRoots(rule))),
    ...program.risk.caps.map(cap => ({ name: `cap.${cap.name}`, node: cap.limit })),
    ...program.risk.pauses.flatMap((pause, index) =>
      prefixed(`pause.${index}`, [
        { name: 'length', node: pause.length },
        { name: 'when', node: pause.when },
      ]),
    ),
    ...program.rebalances.flatMap((rebalance, index) => prefixed(`rebalance.${index}`, rebalanceRoots(rebalance))),
    ...prefixed('execution', executionRoots(program)),
    ...program.requires.map(({ node }, index) => ({ name: `require.${index}`, node })),
  ];
  const meaningful = roots.length;
  roots.push(...watches.map(({ name, node }) => ({ name: `watch.${name}`, node })));
  const { nodes, clocks, params, states } = program;
  return { graph: { nodes, clocks, params, states, roots }, meaningful };
}

/** Streams and plots by name; `undefined` for a name that is neither. */
export function watchOf(program: Program, name: string): Watch | undefined {
  const plot = program.plots.find(candidate => candidate.name === name);
  const node = program.streams.find(candidate => candidate.name === name)?.node ?? plot?.node;
  if (node === undefined) return undefined;
  return plot ? { name, node, pane: plot.pane } : { name, node };
}

function ruleRoots(rule: Rule): Root[] {
  const when = { name: 'when', node: rule.when };
  switch (rule.verb) {
    case 'enter':
      return [
        when,
        ...sizeRoots(rule.size),
        ...orderRoots(rule.order),
        ...bracketRoots(rule.bracket),
        ...optional('prefer', rule.prefer),
      ];
    case 'add':
      return [when, ...sizeRoots(rule.size), ...orderRoots(rule.order), ...bracketRoots(rule.bracket)];
    case 'reduce':
      return [when, { name: 'share', node: rule.share }];
    case 'exit':
      return [when, ...orderRoots(rule.order)];
    case 'flatten':
    case 'alert':
      return [when];
  }
}

function sizeRoots(size: Size): Root[] {
  const amount = { name: 'size', node: size.amount };
  return size.basis === 'volatility' ? [amount, { name: 'deviation', node: size.deviation }] : [amount];
}

function orderRoots(order: OrderSpec): Root[] {
  return [...optional('price', order.price), { name: 'expire', node: order.expire }];
}

function bracketRoots(bracket: Bracket): Root[] {
  const targets = bracket.targets.flatMap(({ share, price }, index) =>
    prefixed(`target.${index}`, [
      ...optional('share', share === 'rest' ? undefined : share),
      { name: 'price', node: price },
    ]),
  );
  return [
    ...optional('stop', bracket.stop),
    ...targets,
    ...optional('trail', bracket.trail?.distance),
    ...optional('after', bracket.trail?.after),
    ...optional('hold', bracket.hold),
  ];
}

function rebalanceRoots({ when, to, band }: Rebalance): Root[] {
  const weights =
    to.kind === 'across'
      ? [{ name: 'weight', node: to.weight }]
      : to.weights.map(({ weight }, index) => ({ name: `weight.${index}`, node: weight }));
  return [{ name: 'when', node: when }, ...weights, ...optional('band', band)];
}

function executionRoots({ execution }: Program): Root[] {
  return [
    { name: 'maker', node: execution.maker },
    { name: 'taker', node: execution.taker },
    { name: 'slippage', node: execution.slippage },
    { name: 'leverage', node: execution.leverage },
    ...optional('participation', execution.participation),
  ];
}

function optional(name: string, node: NodeId | undefined): Root[] {
  return node === undefined ? [] : [{ name, node }];
}

function prefixed(prefix: string, roots: readonly Root[]): Root[] {
  return roots.map(root => ({ name: `${prefix}.${root.name}`, node: root.node }));
}
