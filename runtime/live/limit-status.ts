/** Where the account stands against each cap of the plan: what an order or a bar more would be held against. */
import type { PlanCap } from '../../compiler/plan.ts';
import type { LiveTrader } from './live-trader.ts';
import type { LimitStatus, RiskStatus } from './status.ts';

/** What caps are held against, as shares of equity; of turnover only a rebalance knows. */
interface Standing {
  readonly risk: RiskStatus;
  /** Value of the largest position. */
  readonly largest: number;
  readonly positions: number;
  /** Equity at the start of the UTC day, and its peak. */
  readonly dayStart: number;
  readonly peak: number;
  readonly equity: number;
}

const VALUE: Readonly<Partial<Record<PlanCap['name'], (standing: Standing) => number>>> = {
  exposure: ({ risk }) => risk.grossExposure,
  leverage: ({ risk }) => risk.grossExposure,
  gross: ({ risk }) => risk.grossExposure,
  net: ({ risk }) => Math.abs(risk.netExposure),
  position: ({ largest }) => largest,
  positions: ({ positions }) => positions,
  daily_loss: ({ equity, dayStart }) => Math.max(0, 1 - equity / dayStart),
  drawdown: ({ equity, peak }) => Math.max(0, 1 - equity / peak),
};

/** The order in which a gate keeps its caps; that of a portfolio keeps those on losses alone. */
const ON_ORDERS: readonly PlanCap['name'][] = ['exposure', 'leverage', 'position'];
const ON_LOSSES: readonly PlanCap['name'][] = ['daily_loss', 'drawdown'];

export function limitStatuses(trader: LiveTrader, risk: RiskStatus, dayStart: number): readonly LimitStatus[] {
  const { plan, fixed } = trader.run;
  const { equity, peak } = trader.account;
  const values = trader.traded.map(instrument => {
    const { quantity, mark } = trader.position(instrument);
    return quantity === 0 ? 0 : Math.abs(quantity * mark) / equity;
  });
  const standing = {
    risk,
    equity,
    peak,
    dayStart,
    largest: Math.max(0, ...values),
    positions: values.filter(value => value > 0).length,
  };
  const halting = haltingCaps(trader);
  return plan.caps.flatMap(cap => {
    const bound = cap.limit.from === 'fixed' ? fixed[cap.limit.index] : undefined;
    const value = VALUE[cap.name]?.(standing);
    return bound === undefined || value === undefined
      ? []
      : [{ name: cap.name, value, bound, isHalted: halting.has(cap) }];
  });
}

function haltingCaps({ run: { plan }, risk }: LiveTrader): ReadonlySet<PlanCap | undefined> {
  const of = (names: readonly PlanCap['name'][]) => plan.caps.filter(({ name }) => names.includes(name));
  const caps = [...(plan.rebalances.length > 0 ? [] : of(ON_ORDERS)), ...of(ON_LOSSES)];
  return new Set(risk.snapshot().active.map(({ cap }) => caps[cap]));
}
