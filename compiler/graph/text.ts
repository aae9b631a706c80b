/** The graph as lines of text, for `vela explain --graph`: one node a line, with what the analyses say of it. */
import type { Causality, Warmup } from '../../language/check/facts.ts';
import type { Node } from '../../language/check/node.ts';
import type { Graph } from './graph.ts';

export interface GraphFacts {
  /** Parallel to the nodes, for the values of params that the reader cares about. */
  readonly warmup?: readonly Warmup[];
  readonly causality?: readonly Causality[];
  /** Names of the universes, by number. */
  readonly universes?: readonly string[];
}

export function graphText(graph: Graph, { warmup = [], causality = [], universes = [] }: GraphFacts = {}): string {
  const names = rootNames(graph);
  const rows = graph.nodes.map((node, id) => [
    `%${id}`,
    expressionText(node),
    clockText(graph, node, universes),
    warmupText(node, warmup[id]),
    causalityText(node, causality[id]),
    (names.get(id) ?? []).join(', '),
  ]);
  return `${table(rows)}\n`;
}

/** What asks for a node, by node. */
export function rootNames(graph: Graph): ReadonlyMap<number, readonly string[]> {
  const names = new Map<number, string[]>();
  for (const { name, node } of graph.roots) names.set(node, [...(names.get(node) ?? []), name]);
  return names;
}

/** `sum(%3, %4)`, `input close`, `state s2(%5, %9)`. */
export function expressionText({ op, args, attrs }: Node): string {
  if (op === 'const') return `${attrs.value}`;
  const detail = [
    attrs.name,
    attrs.field,
    attrs.state === undefined ? undefined : `s${attrs.state}`,
    attrs.clock === undefined ? undefined : `clock ${attrs.clock}`,
    attrs.instrument ? `of instrument ${attrs.instrument}` : undefined,
  ].filter(part => part !== undefined);
  const list = args.length === 0 ? '' : `(${args.map(id => `%${id}`).join(', ')})`;
  return [op, ...detail].join(' ') + list;
}

function clockText(graph: Graph, { clock, stage, axis }: Node, universes: readonly string[]): string {
  const each = axis === null ? '' : ` across ${universes[axis] ?? `universe ${axis}`}`;
  return (stage === 'series' ? `@${graph.clocks[clock]?.name ?? 'base'}` : stage) + each;
}

function warmupText({ stage }: Node, warmup: Warmup | undefined): string {
  if (!warmup || stage !== 'series') return '';
  return `ready ${tickText(warmup.ready)}  settled ${tickText(warmup.settled)}`;
}

function causalityText({ stage }: Node, causality: Causality | undefined): string {
  if (!causality || stage !== 'series') return '';
  return `horizon [${tickText(causality.low)}, ${tickText(causality.high)}]${causality.account ? '  account' : ''}`;
}

function tickText(ticks: number): string {
  return ticks === Number.POSITIVE_INFINITY ? 'never' : ticks === Number.NEGATIVE_INFINITY ? 'all' : `${ticks}`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
