/** The gate of a portfolio is that of every run: it keeps the limits on losses, and pauses, and sees the account as a whole. */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import { laneRun } from './lane-run.ts';
import { LOSS_LIMITS } from './settings.ts';

/** The run with only those limits that look at losses; limits of weights are kept where weights are. */
export function withLossLimits(run: PlanRun): PlanRun {
  const { plan } = run;
  return laneRun(run, 0, { ...plan, caps: plan.caps.filter(({ name }) => LOSS_LIMITS.has(name)) });
}
