/** What a run that was away has missed: said once, when its bars have been told. */
import type { LiveTrader } from './live-trader.ts';
import type { PastTold } from './online.ts';
import type { Notice } from './run.ts';

/** `trader` is asked when the past is told: by then the run stands where its journal ends. */
export function catchUp(trader: () => LiveTrader | undefined, notice: (notice: Notice) => void): PastTold {
  let before = { ticks: 0, missed: 0 };
  return {
    begin: () => {
      const found = trader();
      if (found !== undefined) before = { ticks: found.live.length, missed: found.missedSignals };
    },
    end: () => {
      const found = trader();
      if (found === undefined || before.ticks <= found.fromTick) return;
      const bars = found.live.length - before.ticks;
      if (bars === 0) return;
      notice({
        level: 'info',
        what: 'caught up',
        facts: {
          bars,
          signalsNotTaken: found.missedSignals - before.missed,
          exitTakenLate: found.isExitWaiting,
        },
      });
    },
  };
}
