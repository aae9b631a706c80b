/**
 * The largest position the rules can command, as a multiple of equity: what `vela explain` prints, and what a strategy's
 * own limit is held against. A bound over all values of the params; Infinity where nothing bounds it.
 */
import { bounds } from './bounds.ts';
import { fixedValues, type ParamValues } from './fixed.ts';
import { levelOf } from './level.ts';
import type { AddRule, Cap, EnterRule, Program } from './program.ts';

export interface Exposure {
  /** Over all values of the params, of one entry and its adds, before any limit. */
  readonly commanded: number;
  /** The tightest `cap exposure`, `cap position` or `cap leverage`, and what a spot market's cash allows. */
  readonly allowed: number;
  /** Why there is no bound, when there is none. */
  readonly reason?: string;
}

export function exposure(program: Program): Exposure {
  const ranges = bounds(program.nodes, program.params);
  const entries = program.rules.filter(rule => rule.verb === 'enter');
  const adds = program.rules.filter(rule => rule.verb === 'add');
  const most = (rule: EnterRule | AddRule): number => {
    if (rule.size.basis !== 'equity') return Number.POSITIVE_INFINITY;
    return ranges[rule.size.amount]?.high ?? Number.POSITIVE_INFINITY;
  };
  const entered = Math.max(0, ...entries.map(most));
  const commanded = entered === 0 ? 0 : adds.length > 0 ? Number.POSITIVE_INFINITY : entered;
  const allowed = Math.min(
    ...program.risk.caps.flatMap(cap => (LIMITS_POSITION.has(cap.name) ? [ranges[cap.limit]?.high ?? Infinity] : [])),
    program.instruments[0]?.market === 'spot' ? 1 : Number.POSITIVE_INFINITY,
  );
  const reason = commanded === Number.POSITIVE_INFINITY ? reasonOf(entries, adds) : undefined;
  return { commanded, allowed, ...(reason !== undefined && { reason }) };
}

const LIMITS_POSITION: ReadonlySet<Cap['name']> = new Set(['exposure', 'position', 'leverage']);

function reasonOf(entries: readonly EnterRule[], adds: readonly AddRule[]): string {
  if (adds.length > 0) return '`add` may act any number of times';
  if (entries.some(rule => rule.size.basis === 'risk')) return '`risking` buys more the nearer the stop is';
  if (entries.some(rule => rule.size.basis === 'volatility')) return '`target_vol` buys more the calmer the market is';
  return 'a size varies by bar';
}

/** What one entry asks for at given values of the params, where that can be told; a multiple of equity. */
export function askedAt(rule: EnterRule | AddRule, program: Program, values: ParamValues): number | undefined {
  const fixed = fixedValues(program.nodes, values);
  const amount = fixed[rule.size.amount] ?? Number.NaN;
  if (Number.isNaN(amount)) return undefined;
  if (rule.size.basis === 'equity') return amount;
  if (rule.size.basis !== 'risk' || rule.bracket.stop === undefined) return undefined;
  const level = levelOf(rule.bracket.stop, program.nodes, fixed);
  // A stop at 0.95 of the entry loses 5 % of the position: risking 1 % of equity buys a fifth of it.
  return level?.step === undefined && level && level.entry !== 1 ? amount / Math.abs(1 - level.entry) : undefined;
}
