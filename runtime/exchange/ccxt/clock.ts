/**
 * Venue time: a monotonic clock plus an offset that is measured. This machine's own clock plays no part, so it may be
 * minutes off or be set while a run goes on.
 */
export interface VenueTime {
  /** UTC milliseconds. Before the first measurement: this machine's clock. */
  now(): number;
  /** Asks the venue; the answer that came fastest of a few is the surest. */
  measure(): Promise<ClockMeasure>;
  readonly last: ClockMeasure | undefined;
}

export interface ClockMeasure {
  /** The venue's clock less what we took it for until now; at first less this machine's clock. */
  readonly jumpMs: number;
  /** The venue's clock less this machine's. */
  readonly offsetMs: number;
  /** Half of the round trip. */
  readonly uncertaintyMs: number;
}

const TRIES = 3;

/** `ticks`: milliseconds of a monotonic clock; `ask`: the venue's time. */
export function venueTime(ask: () => Promise<number>, ticks: () => number, machine: () => number): VenueTime {
  let zero = machine() - ticks();
  let last: ClockMeasure | undefined;
  const now = () => zero + ticks();

  async function once() {
    const sent = ticks();
    const theirs = await ask();
    const received = ticks();
    return { zero: theirs - (sent + received) / 2, uncertaintyMs: (received - sent) / 2 };
  }

  async function measure(): Promise<ClockMeasure> {
    let best = await once();
    for (let i = 1; i < TRIES && best.uncertaintyMs > 5; i++) {
      const next = await once();
      if (next.uncertaintyMs < best.uncertaintyMs) best = next;
    }
    const { uncertaintyMs } = best;
    last = { jumpMs: best.zero - zero, offsetMs: best.zero + ticks() - machine(), uncertaintyMs };
    zero = best.zero;
    return last;
  }

  return {
    now,
    measure,
    get last() {
      return last;
    },
  };
}
