/** The limits of a portfolio: those on losses, and pauses, are the gate of every run; it sees the account as a whole. */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { RiskGate } from '../engine/ports.ts';
import { RunRefused } from '../engine/settings.ts';
import { laneRun } from './lane-run.ts';
import { LOSS_LIMITS } from './settings.ts';
import type { PortfolioRisk } from './state.ts';

/** The run with only those limits that look at losses. */
export function withLossLimits(run: PlanRun): PlanRun {
  const { plan } = run;
  for (const { name, action } of plan.caps) {
    const isKnown = LOSS_LIMITS.has(name) || action.kind === 'reduce' || action.kind === 'refuse';
    if (!isKnown) throw new RunRefused(`\`cap ${name} … else ${action.kind}\` cannot be run on a portfolio yet`);
  }
  return laneRun(run, 0, { ...plan, caps: plan.caps.filter(({ name }) => LOSS_LIMITS.has(name)) });
}

export function portfolioRisk(gate: RiskGate): PortfolioRisk {
  return Object.assign(gate, { breach: () => 'nothing' as const });
}
