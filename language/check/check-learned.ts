/**
 * What a model may not learn from (E0306, E0308): the account, since it would learn what the strategy did, and what depends
 * on where the data began, since training and trading begin at different bars.
 */
import { ENGINE_STREAMS } from '../operators/streams.ts';
import type { Problem } from '../syntax/problem.ts';
import type { Span } from '../syntax/tree.ts';
import { ANALYSIS_CODE } from './declaration-codes.ts';
import type { NodeFacts } from './facts.ts';
import { findings, functionsThatUse, wordOf } from './leaking-words.ts';
import type { NodeId } from './node.ts';
import type { Program } from './program.ts';
import { learnedExpressions, type Placed } from './tree-walk.ts';

const ENGINE_NAMES = new Set(ENGINE_STREAMS.map(stream => stream.field.split('.')[0] ?? stream.field));

/** By the words of the file; then what no word of it says, through functions of the library or another file. */
export function checkLearned(program: Program, facts: NodeFacts): readonly Problem[] {
  const told = ownPastIn(program.tree.declarations.flatMap(learnedExpressions), program, facts);
  const inNodes = learnedInNodes(program, facts);
  return [...told, ...inNodes.filter(found => !told.some(one => within(one.span, found.span)))];
}

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
export interface Learned {
  readonly what: string;
  readonly name: string;
  readonly node: NodeId;
  readonly span: Span;
  readonly isLabel: boolean;
}

export function learnedNodes(program: Program): readonly Learned[] {
  const { tree, origins } = program;
  // The configured model is made of groups of the library and a label of its own, in a file of its own.
  const written = new Set(tree.declarations.flatMap(one => ('name' in one && one.name ? [one.name.text] : [])));
  const text = ({ start, end }: Span) => tree.source.text.slice(start, end);
  const isOwn = (node: NodeId) => origins.at(node)?.file === 0;
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
      const place = isOwn(node) ? (origins.at(node)?.span ?? span) : span;
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
