/**
 * The plans of a model (compiler/learning.ts): a Program without rules, whose watches are the block's columns, the rows'
 * condition and, for a training, weights and the label as delays.
 */
import { fixedValues } from '../../language/check/fixed.ts';
import type { FeatureBlock, Label, Model } from '../../language/check/model.ts';
import type { NodeId } from '../../language/check/node.ts';
import type { Program } from '../../language/check/program.ts';
import { compileGraph, refuseBroken } from '../compile.ts';
import type { Watch } from '../graph/build.ts';
import { withPresence } from '../graph/presence.ts';
import type { KernelEmitter } from '../graph/schedule.ts';
import { cacheKey } from '../hash.ts';
import type { FeaturesPlan, LabelColumns, TrainingPlan, WatchIndex } from '../learning.ts';
import type { Plan } from '../plan.ts';
import { Forms } from './form.ts';
import { type LoweredLabel, lowerLabel } from './label.ts';
import { paramsBehind, paramsRead, structureHash } from './structure.ts';

/** The plan that computes what a model reads. Throws a `CompileError`. */
export function compileFeaturesWith(kernel: KernelEmitter, program: Program, model: number): FeaturesPlan {
  const learner = learnerOf(program, model);
  const watches = new Watches();
  const ids = featureWatches(learner, watches, id => id);
  const plan = compileLearner(program, program.nodes, watches, `features ${model}`, kernel);
  return featuresPlan(learner, ids, plan);
}

/** The plan that computes what a model learns from. Throws a `CompileError` for a model that learns no label. */
export function compileTrainingWith(kernel: KernelEmitter, given: Program, model: number): TrainingPlan {
  refuseBroken(given);
  // The lowering moves the mark of held members with everything else, so it must be there before.
  const { program, at } = present(given);
  const learner = learnerOf(program, model);
  const { label: number, weight = [] } = learner.model;
  if (number === undefined) throw new Error(`model ${learner.model.name} learns no label`);
  const forms = new Forms(program);
  const watches = new Watches();
  const ids = featureWatches(learner, watches, at);
  const weights = weight.flatMap(factor =>
    factor.kind === 'value' ? [watches.add(`weight.${watches.all.length}`, at(factor.node))] : [],
  );
  const numbers = new Set([number, ...weight.flatMap(factor => (factor.kind === 'uniqueness' ? [factor.label] : []))]);
  const labels = [...numbers].map(index => {
    const lowered = lowerLabel(at(labelOf(program, index).node), forms, program.execution);
    const value = watches.add(`label.${index}`, lowered.value);
    const end = lowered.end === undefined ? undefined : watches.add(`end.${index}`, lowered.end);
    return { index, lowered, value, end };
  });
  const plan = compileLearner(program, forms.nodes, watches, `training ${model}`, kernel);
  const columns = labels.map(({ index, lowered, value, end }) => {
    const hash = structureHash(nodeOfWatch(plan, value), plan);
    const horizon = horizonOf(lowered, program, forms);
    return { label: index, columns: { value, ...(end !== undefined && { end }), hash, horizon } };
  });
  const [own] = columns;
  if (!own) throw new Error('a training has a label');
  return {
    ...featuresPlan(learner, ids, plan),
    label: own.columns,
    weights,
    uniqueness: columns,
    entry: program.execution.fill === 'next_open' ? 1 : 0,
  };
}

// ---------------------------------------------------------------- the parts

interface Learner {
  readonly model: Model;
  readonly block: FeatureBlock;
}

function learnerOf(program: Program, number: number): Learner {
  refuseBroken(program);
  const model = program.models[number];
  const block = program.blocks[model?.block ?? -1];
  if (!model || !block) throw new Error(`there is no model ${number}`);
  return { model, block };
}

function labelOf({ labels }: Program, number: number): Label {
  const label = labels[number];
  if (!label) throw new Error(`there is no label ${number}`);
  return label;
}

class Watches {
  readonly all: Watch[] = [];

  add(name: string, node: NodeId): WatchIndex {
    return this.all.push({ name, node }) - 1;
  }
}

interface FeatureWatches {
  readonly columns: readonly WatchIndex[];
  readonly when: WatchIndex | undefined;
}

function featureWatches({ model, block }: Learner, watches: Watches, at: (id: NodeId) => NodeId): FeatureWatches {
  const columns = block.columns.map(({ name, node }) => watches.add(`feature.${name}`, at(node)));
  return { columns, when: model.when && watches.add('when', at(model.when.node)) };
}

function featuresPlan({ block }: Learner, { columns, when }: FeatureWatches, plan: Plan): FeaturesPlan {
  return {
    plan,
    clock: block.clock,
    axis: block.axis,
    columns: columns.map((watch, index) => {
      const node = nodeOfWatch(plan, watch);
      return {
        name: block.columns[index]?.name ?? '',
        watch,
        hash: structureHash(node, plan),
        params: paramsBehind(node, plan.graph),
      };
    }),
    ...(when !== undefined && { when }),
    params: paramsRead(plan.graph),
  };
}

function nodeOfWatch(plan: Plan, watch: WatchIndex): NodeId {
  const name = plan.watches[watch]?.name;
  const root = plan.graph.roots.find(candidate => candidate.name === `watch.${name}`);
  if (!root) throw new Error(`no root for the watch ${name}`);
  return root.node;
}

function horizonOf({ horizon }: LoweredLabel, { params }: Program, { nodes }: Forms): LabelColumns['horizon'] {
  return given => {
    const values = new Map(params.map(({ name, value }) => [name, given[name] ?? value]));
    return fixedValues(nodes, values)[horizon] ?? Number.NaN;
  };
}

/** The program with its cross-sections told who is held, and where each of its nodes has gone. */
function present(program: Program): { readonly program: Program; readonly at: (id: NodeId) => NodeId } {
  const { nodes, clocks, params, states } = program;
  const roots = nodes.map((_, node) => ({ name: `${node}`, node }));
  const marked = withPresence({ nodes, clocks, params, states, roots });
  const at = (id: NodeId): NodeId => marked.roots[id]?.node ?? id;
  const moved: Program = {
    ...program,
    nodes: marked.nodes,
    requires: program.requires.map(one => ({ ...one, node: at(one.node) })),
  };
  return { program: moved, at };
}

/** Without rules, risk and costs: a model learns from what the market does. */
function compileLearner(
  program: Program,
  nodes: Program['nodes'],
  { all }: Watches,
  part: string,
  kernel: KernelEmitter,
): Plan {
  const withCosts = [...nodes, constant(0), constant(1)];
  const [nothing, one] = [nodes.length, nodes.length + 1];
  const { participation: _participation, ...execution } = program.execution;
  const learner: Program = {
    ...program,
    nodes: withCosts,
    rules: [],
    risk: { caps: [], pauses: [] },
    rebalances: [],
    plots: [],
    streams: [],
    execution: { ...execution, maker: nothing, taker: nothing, slippage: nothing, leverage: one },
  };
  const naming = { cacheKey: cacheKey(program, [part]), isWatched: false };
  return compileGraph(learner, all, naming, kernel).plan;
}

const constant = (value: number): Program['nodes'][number] => ({
  op: 'const',
  args: [],
  attrs: { value },
  base: 'num',
  unit: { dimension: {}, flavour: 'plain' },
  clock: -1,
  stage: 'const',
  axis: null,
});
