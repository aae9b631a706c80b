/**
 * Tree → YAML: one section for each kind of declaration, in the order in which a strategy is usually read. Reading the
 * result gives an equal tree (after `withoutPositions`); comments stay with the declaration they belong to.
 */

import { bySection } from '../syntax/positions.ts';
import type { AtDeclaration, Declaration, Tree } from '../syntax/tree.ts';
import { emitDocument, map, type YamlPair, type YamlValue } from './emit.ts';
import { atParts, bodyOf, item, named, notes } from './write-declarations.ts';
import { text } from './write-parts.ts';
import { riskItem } from './write-rules.ts';

export function toYaml(tree: Tree): string {
  const sections: YamlPair[] = [];
  for (const group of groups(bySection(tree.declarations))) sections.push(...sectionOf(group));
  return emitDocument(sections, tree.trailing);
}

/** Neighbours that stand in one section. */
function groups(declarations: readonly Declaration[]): Declaration[][] {
  const result: Declaration[][] = [];
  for (const declaration of declarations) {
    const last = result.at(-1);
    if (last?.[0] !== undefined && sectionKey(last[0]) === sectionKey(declaration)) last.push(declaration);
    else result.push([declaration]);
  }
  return result;
}

/** The key of a declaration's section. */
function sectionKey(declaration: Declaration): string {
  switch (declaration.kind) {
    case 'instrument':
      return declaration.name === undefined ? 'instrument' : 'instruments';
    case 'when':
    case 'while':
      return 'rules';
    default:
      return SECTION_KEYS[declaration.kind];
  }
}

const SECTION_KEYS = {
  strategy: 'strategy',
  use: 'use',
  universe: 'universes',
  every: 'every',
  clock: 'clocks',
  session: 'sessions',
  account: 'account',
  input: 'inputs',
  param: 'params',
  require: 'require',
  at: 'at',
  fn: 'functions',
  let: 'let',
  signal: 'signals',
  state: 'states',
  features: 'features',
  label: 'labels',
  model: 'models',
  train: 'train',
  rebalance: 'rebalance',
  risk: 'risk',
  execution: 'execution',
  plot: 'plots',
  test: 'tests',
} as const satisfies Readonly<Record<Exclude<Declaration['kind'], 'instrument' | 'when' | 'while'>, string>>;

function sectionOf(group: readonly Declaration[]): YamlPair[] {
  const [first] = group;
  if (first === undefined) return [];
  const key = sectionKey(first);
  switch (first.kind) {
    case 'strategy':
    case 'every':
    case 'account':
    case 'execution':
      return group.map(declaration => ({ ...notes(declaration), key, value: bodyOf(declaration) }));
    case 'instrument':
      if (first.name === undefined)
        return group.map(declaration => ({ ...notes(declaration), key, value: bodyOf(declaration) }));
      return [{ key, value: map(group.map(named), 'block') }];
    case 'risk': {
      // Several blocks mean what one with all their rules means.
      const rules = group.flatMap(declaration => (declaration.kind === 'risk' ? declaration.rules : []));
      return [{ ...notes(first), key, value: { kind: 'list', style: 'block', items: rules.map(riskItem) } }];
    }
    case 'rebalance':
      if (group.length === 1) return [{ ...notes(first), key, value: bodyOf(first) }];
      return [{ key, value: { kind: 'list', style: 'block', items: group.map(item) } }];
    case 'at':
      return [{ key, value: atSection(group.filter(one => one.kind === 'at')) }];
    case 'require':
    case 'when':
    case 'while':
    case 'plot':
    case 'test':
      return [{ key, value: { kind: 'list', style: 'block', items: group.map(item) } }];
    default:
      return [{ key, value: map(group.map(named), 'block') }];
  }
}

/** By clock where each has one block, else a list. */
function atSection(blocks: readonly AtDeclaration[]): YamlValue {
  const clocks = new Set(blocks.map(block => block.clock.text));
  if (clocks.size === blocks.length) {
    return map(
      blocks.map(block => ({ ...notes(block), key: block.clock.text, value: map(atParts(block), 'block') })),
      'block',
    );
  }
  const items = blocks.map(block => ({
    ...notes(block),
    value: map([text('clock', block.clock.text), ...atParts(block)], 'block'),
  }));
  return { kind: 'list', style: 'block', items };
}
