/**
 * Labels: what a model learns to say, the only values that read later bars. Each becomes a record beside the nodes; how far
 * it reads is an analysis (`labelHorizon`).
 */
import type { LabelDeclaration } from '../syntax/tree.ts';
import { type Context, report, textAt } from './context.ts';
import { MODEL_CODE } from './declaration-codes.ts';
import type { Label } from './model.ts';
import type { NodeId } from './node.ts';
import type { Entry, StreamEntry } from './scope.ts';
import { elaborateStream } from './streams.ts';

/** Labels in file order, and the number of each by its entry. */
export interface Labels {
  readonly all: Label[];
  readonly numbers: Map<StreamEntry, number>;
}

/** Elaborates every label, learned or not. */
export function lowerLabels(cx: Context, entries: Iterable<Entry>): Labels {
  const labels: Labels = { all: [], numbers: new Map() };
  for (const entry of entries) if (isLabel(entry)) addLabel(cx, labels, entry);
  refuseInnerCuts(cx, labels);
  return labels;
}

export function isLabel(entry: Entry | undefined): entry is StreamEntry & { readonly declaration: LabelDeclaration } {
  return entry?.kind === 'stream' && entry.declaration.kind === 'label';
}

export function addLabel(cx: Context, labels: Labels, entry: StreamEntry): void {
  const value = elaborateStream(cx, entry);
  if (value?.kind !== 'stream' || labels.numbers.has(entry)) return;
  const label = labelOf(cx, entry, value.node);
  if (!label) return;
  labels.numbers.set(entry, labels.all.length);
  labels.all.push(label);
}

function labelOf(cx: Context, { declaration, place }: StreamEntry, node: NodeId): Label | undefined {
  const { name, value, span } = declaration;
  const found = cx.builder.node(node);
  if (found.stage !== 'series' || found.base === 'text') {
    const { file } = place.scope;
    const facts = { what: `label \`${name.text}\``, text: textAt(cx, file, value.span) };
    report(cx, file, { code: MODEL_CODE.neverVaries, span: value.span, facts });
    return undefined;
  }
  const about = { name: name.text, axis: found.axis, clock: found.clock, span } as const;
  const { categories } = found.attrs;
  if (found.base !== 'category') return { ...about, node, base: found.base };
  // The cuts between quantiles are fitted, so the number itself is what the plan of a training computes.
  const [inner = node] = found.op === 'quantile_class' ? found.args : [];
  return {
    ...about,
    node: inner,
    base: 'category',
    categories: categories ?? [],
    ...(found.op === 'quantile_class' && { quantiles: true as const }),
  };
}

/** `quantile_class` is cut by the training rows, so it can only be the whole of a label. */
function refuseInnerCuts(cx: Context, labels: Labels): void {
  const learned = new Set(
    [...labels.numbers.keys()].map(entry => (entry.value?.kind === 'stream' ? entry.value.node : -1)),
  );
  cx.builder.nodes.forEach((node, id) => {
    if (node.op !== 'quantile_class' || learned.has(id)) return;
    const origin = cx.builder.origins.at(id);
    if (origin) report(cx, origin.file, { code: MODEL_CODE.cutsInside, span: origin.span, facts: {} });
  });
}
