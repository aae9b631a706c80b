/** What of a strategy's holdings nothing closes at the venue while no process of the run is there. */
import type { Plan } from '../../compiler/plan.ts';

/** In a sentence; undefined where each entry states a stop or a trail. */
export function bareHoldings({ rules, rebalances }: Pick<Plan, 'rules' | 'rebalances'>): string | undefined {
  if (rebalances.length > 0)
    return 'a portfolio has no stops: while the run is down nothing at the venue protects what it holds, and its limits do not act';
  const bare = rules.flatMap(rule =>
    rule.verb === 'enter' && rule.bracket.stop === undefined && rule.bracket.trail === undefined ? [rule.text] : [],
  );
  if (bare.length === 0) return undefined;
  const which = bare.map(text => `\`when ${text}\``).join(', ');
  return `${which} ${bare.length === 1 ? 'enters' : 'enter'} without a stop: while the run is down nothing at the venue protects what that holds`;
}
