/**
 * The caps of a run as numbers, in two families. Order caps (exposure, leverage, position) look at what an order would
 * make of the account, at its reference price. Loss caps (daily_loss, drawdown) look at the marked account at each real
 * close; open loss counts.
 */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { PlanCap } from '../../compiler/plan.ts';
import type { Refusal } from '../engine/refusals.ts';
import { RunRefused } from '../engine/settings.ts';

export interface OrderCap {
  readonly refusal: Refusal;
  /** Notional over equity. */
  readonly limit: number;
  readonly action: PlanCap['action'];
}

export interface LossCap {
  readonly refusal: Refusal;
  /** From what the loss is measured: equity at the start of the UTC day, or its peak. */
  readonly from: 'day' | 'peak';
  /** Loss over that equity. */
  readonly limit: number;
  readonly action: PlanCap['action'];
}

export interface Limits {
  readonly orders: readonly OrderCap[];
  readonly losses: readonly LossCap[];
}

const ORDER_CAPS: Partial<Record<PlanCap['name'], Refusal>> = {
  exposure: 'cap exposure',
  leverage: 'cap leverage',
  position: 'cap position',
};
const LOSS_CAPS: Partial<Record<PlanCap['name'], Pick<LossCap, 'refusal' | 'from'>>> = {
  daily_loss: { refusal: 'cap daily_loss', from: 'day' },
  drawdown: { refusal: 'cap drawdown', from: 'peak' },
};

export function limitsOf(run: PlanRun): Limits {
  const orders: OrderCap[] = [];
  const losses: LossCap[] = [];
  for (const { name, limit: ref, action } of run.plan.caps) {
    const limit = ref.from === 'fixed' ? run.fixed[ref.index] : undefined;
    if (limit === undefined || !(limit >= 0)) throw new RunRefused(`cap ${name} needs a limit of 0 or more`);
    const refusal = ORDER_CAPS[name];
    const loss = LOSS_CAPS[name];
    if (refusal !== undefined) orders.push({ refusal, limit, action });
    else if (loss !== undefined) losses.push({ ...loss, limit, action });
    else throw new RunRefused(`cap ${name} cannot be run yet`);
  }
  return { orders, losses };
}

/** A limit is reached when the loss is as large as it says. */
export function isReached(cap: LossCap, equity: number, from: number): boolean {
  return from - equity >= cap.limit * from;
}

/** Equity at which a loss cap is reached, for a scan that may stop too early but never too late. */
export function floorOf(cap: LossCap, from: number): number {
  const floor = from * (1 - cap.limit);
  return floor + Math.abs(from) * SCAN_MARGIN;
}
const SCAN_MARGIN = 1e-12;
