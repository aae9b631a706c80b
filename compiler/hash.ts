/**
 * The three names of a plan. `planHash` names the meaning: equal for twins, whatever things are called and however they
 * are laid out in files. `layoutHash` names the state: a snapshot is valid only for its own. `cacheKey` names the
 * compilation: the same sources, library, compiler and watches give the same plan.
 */
import { createHash } from 'node:crypto';
import type { Param, Program } from '../language/check/program.ts';
import type { Graph } from './graph/graph.ts';
import { nodeKey, numberText } from './graph/intern.ts';
import type { Plan, PlanStage } from './plan.ts';

/** Counts up whenever the same source could give another plan. */
export const COMPILER_VERSION = 3;

/** What a plan means. The rules refer to nodes by place, so the graph and all outputs are part of it. */
export type Meaning = Pick<
  Plan,
  | 'instruments'
  | 'universes'
  | 'clocks'
  | 'params'
  | 'account'
  | 'graph'
  | 'rules'
  | 'caps'
  | 'pauses'
  | 'rebalances'
  | 'execution'
  | 'requires'
> &
  Pick<Plan, 'fixed' | 'brackets' | 'marketColumns' | 'flagColumns' | 'accountColumns'> & {
    readonly stages: readonly Omit<PlanStage, 'stateBytes'>[];
  };

export function planHash(meaning: Meaning): string {
  const { instruments, universes, clocks, params, account, graph, rules, requires, ...rest } = meaning;
  return sha256(
    canonicalText({
      universes: universes.map(({ members }) => members),
      instruments: instruments.map(({ span: _span, name: _name, ...facts }) => facts),
      clocks: clocks.map(({ period }) => period),
      params: params.map(paramMeaning).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      account,
      graph: graphText(graph),
      rules: rules.map(({ text: _text, ...rule }) => rule),
      requires: requires.map(({ fixed }) => fixed),
      ...rest,
      pauses: rest.pauses.map(({ text: _text, ...pause }) => pause),
      rebalances: rest.rebalances.map(({ text: _text, ...rebalance }) => rebalance),
    }),
  );
}

/** `layout`: what the kernel says of its own state. */
export function layoutHash(stages: readonly PlanStage[], graph: Graph, layout: readonly string[]): string {
  return sha256(canonicalText({ version: COMPILER_VERSION, stages, nodes: graph.nodes.map(nodeKey), layout }));
}

/** Params, blocks, labels and models may come from the documents of a deployment instead of the sources. */
export type Sources = Pick<Program, 'files' | 'params' | 'blocks' | 'labels' | 'models'>;

export function cacheKey({ files, params, blocks, labels, models }: Sources, watches: readonly string[]): string {
  return sha256(
    canonicalText({
      version: COMPILER_VERSION,
      files: files.map(({ form, text }) => ({ form, text })),
      params: params.map(paramMeaning),
      blocks: blocks.map(({ name, columns }) => [name, columns.map(column => column.name)]),
      labels: labels.map(({ name }) => name),
      models,
      watches,
    }),
  );
}

function paramMeaning({ name, type, value, low, high, step, choices }: Param) {
  return { name, type, value, low, high, step, choices };
}

function graphText(graph: Graph): unknown {
  return {
    nodes: graph.nodes.map(nodeKey),
    states: graph.states.map(({ clock, optional }) => ({ clock, optional })),
  };
}

export function sha256(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** One text for one value: keys in order, no two numbers alike, `undefined` as if it were not there. */
export function canonicalText(value: unknown): string {
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields: Readonly<Record<string, unknown>> = { ...value };
    let text = '';
    for (const key of Object.keys(fields).sort()) {
      const field = fields[key];
      if (field !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalText(field)}`;
    }
    return `{${text}}`;
  }
  return JSON.stringify(value);
}
