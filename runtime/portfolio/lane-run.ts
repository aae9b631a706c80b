/** A run as one of its lanes sees it: what has the universe's axis is that member's, all else is as it is. */
import type { PlanRun } from '../../compiler/kernel/run.ts';
import type { Plan } from '../../compiler/plan.ts';

export function laneRun(run: PlanRun, lane: number, plan: Plan = run.plan): PlanRun {
  const columns = () => run.lanes[lane] ?? run;
  return {
    plan,
    fixed: run.fixed,
    ruleReady: run.ruleReady,
    get blockStart() {
      return run.blockStart;
    },
    get blockLength() {
      return run.blockLength;
    },
    get blocks() {
      return run.blocks;
    },
    get flags() {
      return columns().flags;
    },
    get market() {
      return columns().market;
    },
    lanes: run.lanes,
    nextBlock: () => run.nextBlock(),
    engine: run.engine,
    hasAccountPart: run.hasAccountPart,
    accountReads: run.accountReads,
    step: (tick, count) => run.step(tick, count),
    get account() {
      return columns().account;
    },
    bracket: (k, frozen, tick) => run.bracket(k, frozen, tick),
    stateNaN: () => run.stateNaN(),
    snapshot: () => run.snapshot(),
    restore: bytes => run.restore(bytes),
  };
}
