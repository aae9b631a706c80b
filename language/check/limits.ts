/**
 * `risk_limits` of the configuration: limits of the account, on top of what the strategy says itself. Where both limit the
 * same thing the tighter one holds, with what the strategy does about it.
 */
import type { Declaration } from '../syntax/tree.ts';
import { apply } from './apply.ts';
import { appendConstant, type Context } from './context.ts';
import { ofKind } from './declare.ts';
import type { Cap, Risk } from './program.ts';
import type { Place } from './scope.ts';
import { PLAIN, RATIO } from './units.ts';

const LIMITS = [
  { key: 'max_position_size', cap: 'position', action: { kind: 'reduce' } },
  { key: 'max_drawdown', cap: 'drawdown', action: { kind: 'refuse' } },
  { key: 'max_leverage', cap: 'leverage', action: { kind: 'reduce' } },
] as const;

export function withLimits(cx: Context, place: Place, risk: Risk, all: readonly Declaration[]): Risk {
  const stated = cx.configuration.trading?.risk_limits;
  if (!stated) return risk;
  const span = ofKind(all, 'strategy')[0]?.title.span ?? { start: 0, end: 0 };
  const caps = LIMITS.flatMap(({ key, cap, action }): readonly Cap[] => {
    const value = stated[key];
    if (value === undefined) return [];
    const limit = appendConstant(cx, place, value, span, { unit: cap === 'leverage' ? PLAIN : RATIO });
    const own = risk.caps.filter(({ name }) => name === cap);
    if (own.length === 0) return [{ name: cap, limit, action, span }];
    return own.map(known => {
      const site = { place, span, operation: 'min', spans: [known.span, span] };
      return { ...known, limit: apply(cx, site, 'min', [known.limit, limit]) ?? limit };
    });
  });
  const limited = new Set(caps.map(({ name }) => name));
  return { ...risk, caps: [...risk.caps.filter(({ name }) => !limited.has(name)), ...caps] };
}
