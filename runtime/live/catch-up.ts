/** What a run that was away has missed: said once, when its bars have been told. */
import type { PastTold } from './online.ts';
import type { LiveRun } from './run.ts';

/** `found` gives the run when the past is told: by then it stands where its journal ends. */
export function catchUp(found: () => LiveRun | undefined): PastTold {
  let before = { ticks: 0, missed: 0 };
  return {
    get isFull() {
      return found()?.parts.trader.live.isFull === true;
    },
    begin: () => {
      const run = found();
      if (run === undefined) return;
      run.isCatchingUp = true;
      before = { ticks: run.parts.trader.live.length, missed: run.parts.trader.missedSignals };
    },
    end: () => {
      const run = found();
      if (run === undefined) return;
      run.isCatchingUp = false;
      const { live, fromTick, missedSignals, isExitWaiting } = run.parts.trader;
      const bars = live.length - before.ticks;
      if (bars === 0 || before.ticks <= fromTick) return;
      const signalsNotTaken = missedSignals - before.missed;
      run.notice('info', 'caught up', { bars, signalsNotTaken, exitTakenLate: isExitWaiting });
    },
  };
}
