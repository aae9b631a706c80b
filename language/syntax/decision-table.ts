/**
 * The parser's decisions, worked out beforehand. In the repository there are none, so that they always fit the grammar;
 * the published bundle replaces this module by one that holds them (tools/embed.ts).
 */
import type { DecisionTable } from './decisions.ts';

export function decisionTable(): DecisionTable | undefined {
  return undefined;
}
