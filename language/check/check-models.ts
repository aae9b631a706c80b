/** What can be said of models once everything is a node: trained or not, how labels start, and what scores mean. */
import type { Problem } from '../syntax/problem.ts';
import type { Span } from '../syntax/tree.ts';
import { MODEL_CODE } from './declaration-codes.ts';
import type { Causality } from './facts.ts';
import type { Label, Model } from './model.ts';
import type { Node, NodeId } from './node.ts';
import type { Program } from './program.ts';
import { hasDimension } from './units.ts';

export function checkModels(program: Program, causality: readonly Causality[]): readonly Problem[] {
  return [
    ...neverTrained(program),
    ...program.labels.flatMap(label => entersElsewhere(label, program, causality)),
    ...scoresAgainstConstants(program),
    ...drivenTwice(program),
  ];
}

function problemAt(program: Program, id: NodeId, problem: Omit<Problem, 'file' | 'span'>): Problem | undefined {
  const origin = program.origins.at(id);
  const file = origin && program.files[origin.file];
  return file && { ...problem, file, span: origin.span };
}

/** Nodes that a node is computed from, itself included. */
export function* behind(program: Pick<Program, 'nodes'>, id: NodeId, seen: Set<NodeId> = new Set()): Generator<NodeId> {
  const waiting = [id];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    yield next;
    waiting.push(...(program.nodes[next]?.args ?? []));
  }
}

// ---------------------------------------------------------------- training

/** A forecast of a model that nothing trains would be absent for ever. */
function neverTrained(program: Program): readonly Problem[] {
  const untrained = new Map<string, Model>(
    program.models.flatMap(model =>
      model.source.kind === 'trained' && !model.training && !isTrainWritten(program, model.name)
        ? [[model.name, model] as const]
        : [],
    ),
  );
  if (untrained.size === 0) return [];
  const said = new Set<string>();
  return program.nodes.flatMap((node, id) => {
    const name = node.op === 'predict' || node.op === 'drift' ? (node.attrs.name ?? '') : '';
    const model = untrained.get(name);
    if (!model || said.has(name)) return [];
    said.add(name);
    const related = [{ file: program.tree.source, span: model.span, message: 'here' }];
    return problemAt(program, id, { code: MODEL_CODE.neverTrained, facts: { name }, related }) ?? [];
  });
}

/** One that could not be made sense of has been told. */
function isTrainWritten({ tree }: Program, name: string): boolean {
  const broken = tree.broken?.some(({ keyword }) => keyword === undefined || keyword === 'train') ?? false;
  return broken || tree.declarations.some(one => one.kind === 'train' && one.model.text === name);
}

// ---------------------------------------------------------------- how labels start

const COMPARED = new Set(['div', 'sub', 'lt', 'le', 'gt', 'ge']);

/** A label that compares a later price with one at which no order sent now would have filled. */
function entersElsewhere(label: Label, program: Program, causality: readonly Causality[]): readonly Problem[] {
  for (const id of behind(program, label.node)) {
    const node = program.nodes[id];
    if (!node || !COMPARED.has(node.op)) continue;
    const [a = -1, b = -1] = node.args;
    const high = (arg: NodeId) => causality[arg]?.high ?? 0;
    if (!isPrice(program.nodes[a]) || !isPrice(program.nodes[b]) || high(a) === high(b)) continue;
    const start = high(a) < high(b) ? a : b;
    if (isFill(start, program)) continue;
    const next = program.execution.fill === 'next_open';
    const text = textAt(program, start);
    const found = problemAt(program, start, {
      code: MODEL_CODE.entersElsewhere,
      facts: { name: label.name, price: text, fill: next ? 'the next open' : 'this close' },
      ...(text !== undefined && {
        fix: {
          title: 'Write `fill_price`',
          safe: false,
          edits: [{ span: spanAt(program, start), text: 'fill_price' }],
        },
      }),
    });
    if (found?.file === program.tree.source) return [found];
  }
  return [];
}

function isPrice(node: Node | undefined): boolean {
  return node !== undefined && node.stage === 'series' && hasDimension(node.unit);
}

function isFill(id: NodeId, { nodes, execution }: Program): boolean {
  const node = nodes[id];
  if (execution.fill === 'this_close') return node?.op === 'input' && node.attrs.field === 'close';
  const price = nodes[node?.args[0] ?? -1];
  const ticks = nodes[node?.args[1] ?? -1];
  return node?.op === 'ahead' && price?.op === 'input' && price.attrs.field === 'open' && ticks?.attrs.value === 1;
}

function spanAt(program: Program, id: NodeId): Span {
  return program.origins.at(id)?.span ?? { start: 0, end: 0 };
}

function textAt(program: Program, id: NodeId): string | undefined {
  const origin = program.origins.at(id);
  return origin?.file === 0 ? program.tree.source.text.slice(origin.span.start, origin.span.end) : undefined;
}

// ---------------------------------------------------------------- scores

const COMPARISONS = new Set(['lt', 'le', 'gt', 'ge', 'eq', 'ne']);

/** What a rank model says has a meaning only beside what it says of the other members of the tick. */
function scoresAgainstConstants(program: Program): readonly Problem[] {
  const ranks = new Set(program.models.flatMap(model => (model.objective.kind === 'rank' ? [model.name] : [])));
  if (ranks.size === 0) return [];
  return program.nodes.flatMap((node, id) => {
    if (!COMPARISONS.has(node.op)) return [];
    const scores = node.args.flatMap(arg => scoreOf(arg, program, ranks) ?? []);
    const fixed = node.args.some(arg => program.nodes[arg]?.stage !== 'series');
    const [model] = scores;
    if (model === undefined || !fixed) return [];
    const facts = { model, text: textAt(program, id) };
    return problemAt(program, id, { code: MODEL_CODE.scoreAgainstConstant, facts }) ?? [];
  });
}

function scoreOf(id: NodeId, program: Program, ranks: ReadonlySet<string>): string | undefined {
  const node = program.nodes[id];
  if (node?.op === 'predict') return ranks.has(node.attrs.name ?? '') ? node.attrs.name : undefined;
  const [only] = node?.args ?? [];
  const passes = node?.op === 'neg' || node?.op === 'plain' || node?.op === 'delay' || node?.op === 'or_else';
  return passes && only !== undefined ? scoreOf(only, program, ranks) : undefined;
}

// ---------------------------------------------------------------- portfolios

/** Two drivers of one position would undo each other. */
function drivenTwice(program: Program): readonly Problem[] {
  const file = program.tree.source;
  const byPortfolio = new Map(
    program.rebalances.flatMap(({ to, span }) => {
      const numbers =
        to.kind === 'across'
          ? (program.universes[to.axis]?.members ?? [])
          : to.weights.map(({ instrument }) => instrument);
      return numbers.map(number => [number, span] as const);
    }),
  );
  return program.rules.flatMap(rule => {
    const span = rule.verb === 'alert' ? undefined : byPortfolio.get(rule.instrument);
    if (!span) return [];
    const symbol = program.instruments[rule.instrument]?.symbol;
    const related = [{ file, span, message: 'the portfolio' }];
    return [{ code: MODEL_CODE.drivenTwice, file, span: rule.span, facts: { symbol }, related }];
  });
}
