/** What a strategy asks of its venue, held against what the venue can do: before the first order, not when one is refused. */
import type { Plan } from '../../compiler/plan.ts';
import type { MarketFacts } from '../data/series.ts';
import { clientIdOf } from './client-id.ts';
import type { VenueAbilities } from './ports.ts';

export interface Bound {
  readonly plan: Pick<Plan, 'rules' | 'instruments' | 'rebalances'>;
  readonly venue: string;
  readonly abilities: VenueAbilities;
  /** By symbol. */
  readonly facts: Readonly<Record<string, MarketFacts>>;
  readonly capital: number;
  readonly currency: string;
}

/** Why the strategy cannot be run there, each in a sentence; empty when it can. */
export function inabilities({ plan, venue, abilities, facts, capital, currency }: Bound): readonly string[] {
  const missing = [...orderTypesOf(plan)].filter(type => !abilities.orderTypes.has(type));
  const steps = plan.instruments.flatMap(({ symbol }) => {
    const { tick, lot, minNotional } = facts[symbol] ?? {};
    return [
      ...(tick === undefined || lot === undefined
        ? [`${venue} does not say in which steps prices and quantities of ${symbol} go; state them with \`--market\``]
        : []),
      ...(minNotional !== undefined && Number(minNotional) > capital
        ? [`an order of ${symbol} is worth at least ${minNotional} ${currency}, and the run has ${capital} ${currency}`]
        : []),
    ];
  });
  const holdsShorts = plan.instruments.some(({ market }) => market !== 'spot');
  return [
    ...missing.map(type => `the strategy places ${type} orders, which ${venue} does not keep`),
    ...steps,
    ...(holdsShorts && !abilities.reduceOnly
      ? [`${venue} has no orders that can only reduce a position: an exit that comes late could open another one`]
      : []),
    ...(isIdTaken(abilities) ? [] : [`${venue} does not take the ids that orders of a run have`]),
  ];
}

function orderTypesOf({ rules, rebalances }: Bound['plan']): ReadonlySet<'market' | 'limit' | 'stop'> {
  const types = new Set<'market' | 'limit' | 'stop'>();
  if (rebalances.length > 0) types.add('market');
  for (const rule of rules) {
    if (rule.verb === 'alert') continue;
    types.add('market');
    if (rule.verb === 'enter' || rule.verb === 'add' || rule.verb === 'exit') types.add(rule.order.type);
    if (rule.verb !== 'enter' && rule.verb !== 'add') continue;
    const { stop, trail, targets } = rule.bracket;
    if (stop !== undefined || trail !== undefined) types.add('stop');
    if (targets.length > 0) types.add('limit');
  }
  return types;
}

function isIdTaken({ clientIdRule: { pattern, longest } }: VenueAbilities): boolean {
  const id = clientIdOf({ runId: 'any', account: 'any', symbol: 'any', slot: 0, number: 1 });
  return id.length <= longest && pattern.test(id);
}
