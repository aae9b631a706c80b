/**
 * The clock of a venue whose run can be killed: it goes as fast as is asked for, leaps when a bar is over, and knows how much
 * of its time has passed without the leaps: that is what deadlines are measured by.
 */
import type { VenueClock } from '../../../venue/clock.ts';

export interface KillClock extends VenueClock {
  readonly speed: number;
  /** Without the leaps. */
  ranMs(): number;
}

/** Milliseconds that are the same in every process of this machine. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** `leapt`: hears what is to be added to the machine's milliseconds. */
export function killClock(startMs: number, speed: number, leapt: (offsetMs: number) => void = () => {}): KillClock {
  const begunMs = machineMs();
  let leaps = 0;
  const ranMs = () => (machineMs() - begunMs) * speed;
  const now = () => Math.floor(startMs + leaps + ranMs());
  const tell = () => leapt(startMs + leaps - begunMs);
  tell();
  return {
    speed,
    now,
    ranMs,
    moveTo: timeMs => {
      leaps += Math.max(0, timeMs - now());
      tell();
    },
  };
}
