/**
 * What an entry commands, as a multiple of equity, where that can be told before any data are seen: what a strategy's own
 * limits are held against. The bound over all params and rules is the compiler's (compiler/exposure.ts).
 */
import { levelOf } from './level.ts';
import type { AddRule, EnterRule, Program } from './program.ts';

/** `fixed`: values of the nodes that no tick changes; `undefined` where it varies by bar. */
export function askedAt(rule: EnterRule | AddRule, program: Program, fixed: Float64Array): number | undefined {
  const amount = fixed[rule.size.amount] ?? Number.NaN;
  if (Number.isNaN(amount)) return undefined;
  if (rule.size.basis === 'equity') return amount;
  if (rule.size.basis !== 'risk' || rule.bracket.stop === undefined) return undefined;
  const level = levelOf(rule.bracket.stop, program.nodes, fixed);
  // A stop at 0.95 of the entry loses 5 % of the position: risking 1 % of equity buys a fifth of it.
  return level?.step === undefined && level && level.entry !== 1 ? amount / Math.abs(1 - level.entry) : undefined;
}
